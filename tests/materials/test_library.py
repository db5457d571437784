import dataclasses
import math
import os
import shutil
import subprocess
import sys

import pytest
from archode.materials import (
    MaterialError,
    describe,
    ion_charge,
    load_material,
    material_names,
    summary_table,
    to_si,
)
from archode.materials.constants import FARADAY, GAS_CONSTANT
from archode.materials.library import DATA, read_material
from archode.materials.properties import KINDS, STATUSES
from archode.materials.transport import (
    ambipolar_diffusivity,
    arrhenius,
    equal_time_film_diffusivity,
    transference_number,
)
from rich.console import Console

ISSUE_SYSTEMS = (
    "K2SO4_aq_0.5M KVO_a_0.25 KVO_ac_0.25 KVO_c_0.25 KVO_ac_0.2 KVO_ac_0.1 VO_ac "
    "KMnO2_cryptomelane NVP NTO NTP NMO PB LiCoO2 V2O5 VOC1 LiPON NaClO4_ECPC_1M Na2SO4_aq_1M LiPF6_ECDEC_1M "
    "Li Na K Au Cu Al Pt C "
    "KPF6_ECDEC_0.8M KPF6_ECDEC_0.5M KFSI_ECDEC_1M KFSI_DME_1M KFSI_DPGDME_1.5M KPF6_DME_TTE_0.5M KFSI_KPF6_DME "
    "KFSI_Pyr13FSI ISPE_K4BiI7 KFSI_DMS_1_9 KFSI_DMS_2_8 K2Fe4O7 K0.62MSO K2.2Ba0.4SbSe4 KB3H8_NH3B3H7 KCB9H10_C3H4N2"
).split()
SOLIDS = ["LiPON", "K2Fe4O7", "K0.62MSO", "K2.2Ba0.4SbSe4", "KCB9H10_C3H4N2"]
FILMS = [n for n in material_names() if "effective_film_diffusivity" in load_material(n).properties]


def shown(renderable, width=200):
    console = Console(width=width, record=True, file=open("/dev/null", "w"))
    console.print(renderable)
    return console.export_text()


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_all_systems_are_there():
    assert set(ISSUE_SYSTEMS) <= set(material_names())


@pytest.mark.parametrize("name", material_names())
def test_every_number_is_documented(name):
    material = load_material(name)
    assert material.kind in KINDS
    assert material.description.endswith(".")
    of_ions = {key: item for ion in material.ions for key, item in ion.numbers.items()}
    angles = {f"angle on {key}": item for key, item in material.wetting.items()}
    for key, item in (material.properties | of_ions | angles).items():
        assert item.status in STATUSES
        assert item.source and item.unit
        values = item.value if isinstance(item.value, tuple) else (item.value,)
        assert all(map(math.isfinite, values)), key
        # Nothing from the literature has been read again, so all of it must say so.
        if item.status == "literature":
            assert "recalled" in item.source, key
        if item.range is not None:
            assert all(item.range[0] <= v <= item.range[1] for v in values), key
        for text in (item.source, item.note or ""):
            assert "seed" not in text.lower(), key


@pytest.mark.parametrize("name", material_names())
def test_model_parameters_are_complete(name):
    material = load_material(name)
    for key, parameter in material.parameters.items():
        if parameter.default is None and not parameter.optional:
            assert key in material.properties


def test_values_of_the_papers():
    """Table 1 of Nat. Commun. 2019, 10:4292 in mAh/cm³, and the capacity of VOC1 in uAh/cm²/um."""
    table = {"a_0.25": 370, "c_0.25": 500, "ac_0.25": 717, "ac_0.2": 554, "ac_0.1": 464}
    for name, capacity in {f"KVO_{k}": v for k, v in table.items()}.items() | {("VO_ac", 242)}:
        properties = load_material(name).properties
        assert properties["volumetric_capacity"].si == pytest.approx(capacity * 3.6e6, rel=1e-12)
        # c_max is rounded to whole mol/m³.
        assert properties["c_max"].si == pytest.approx(capacity * 3.6e6 / FARADAY, abs=0.51)
    assert load_material("VOC1").properties["c_max"].si == pytest.approx(76.4 * 3.6e7 / FARADAY, abs=0.51)
    capacity = to_si("256 mAh/cm^3", "C/m^3")
    assert load_material("KMnO2_cryptomelane").properties["c_max"].si == pytest.approx(capacity / FARADAY, abs=0.51)
    assert load_material("KMnO2_cryptomelane").properties["c_max"].is_estimate


@pytest.mark.parametrize("name", ["K2SO4_aq_0.5M", "Na2SO4_aq_1M", "NaClO4_ECPC_1M"])
def test_salt_values_follow_from_their_ions(name):
    material = load_material(name)
    ions = tuple(material.properties[f"diffusivity_{ion}"].si for ion in ("cation", "anion"))
    charges = (material.salt.z_cation, material.salt.z_anion)
    # Stored with three digits.
    assert material.properties["diffusivity"].si == pytest.approx(ambipolar_diffusivity(*charges, *ions), rel=5e-3)
    expected = transference_number(*charges, *ions)
    assert material.properties["transference_number"].si == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", FILMS)
def test_effective_film_diffusivity_follows_from_the_shell(name):
    properties = load_material(name).properties
    expected = equal_time_film_diffusivity(properties["diffusivity"].si, properties["shell_thickness"].si, 750e-9)
    # Stored with two digits, and declared an estimate.
    assert properties["effective_film_diffusivity"].si == pytest.approx(expected, rel=0.03)
    assert properties["effective_film_diffusivity"].status == "estimate"


@pytest.mark.parametrize("name", [n for n in material_names() if "rate_constant" in load_material(n).properties])
def test_exchange_current_density_follows_from_the_rate_constant(name):
    properties = load_material(name).properties
    expected = FARADAY * properties["rate_constant"].si * properties["c_max"].si / 2
    assert properties["exchange_current_density"].si == pytest.approx(expected, rel=1e-3)
    assert properties["exchange_current_density"].status == "estimate"


@pytest.mark.parametrize(("name", "temperature"), [(n, 298.15) for n in SOLIDS] + [("KB3H8_NH3B3H7", 333.15)])
def test_diffusivities_of_single_ion_conductors_follow_from_their_conductivities(name, temperature):
    """D = κRT/(F²c), stored with three digits."""
    p = {key: item.si for key, item in load_material(name).properties.items()}
    expected = p["conductivity"] * GAS_CONSTANT * temperature / (FARADAY**2 * p["concentration"])
    assert p["diffusivity"] == pytest.approx(expected, rel=5e-3)
    assert load_material(name).single_ion


def test_activation_of_a_selenoantimonate():
    """The conductivity is printed for 20 °C, with 0.28 eV."""
    conductivity = load_material("K2.2Ba0.4SbSe4").properties["conductivity"]
    # 27.0 kJ/mol and 5.36 mS/m are stored with three digits.
    assert conductivity.at(293.15) == pytest.approx(4.45e-3, rel=2e-3)


def test_energy_of_a_microcapacitor():
    """Half C V² of AC//VS2@EG: 110.7 mF/cm² at 3.5 V are the 188.3 uWh/cm² of the same table, to its digits."""
    properties = load_material("VS2_EG").properties
    energy = 0.5 * properties["device_areal_capacitance"].si * properties["device_window"].si[1] ** 2
    assert energy == pytest.approx(to_si("188.3 uWh/cm^2", "J/m^2"), abs=to_si("0.05 uWh/cm^2", "J/m^2"))
    assert properties["device_areal_energy"].si == pytest.approx(energy, rel=3e-4)


@pytest.mark.parametrize("name", ["AC", "EG"])
def test_capacitances_of_carbons_follow_from_their_films(name):
    """Of the mass or of the surface, times the film's density."""
    p = {key: item.si for key, item in load_material(name).properties.items()}
    mass = p.get("specific_capacitance", p["double_layer_capacitance"] * p["specific_surface"])
    assert p["volumetric_capacitance"] == pytest.approx(mass * p["electrode_density"], rel=1e-12)


@pytest.mark.parametrize("name", ["Li", "Na", "K"])
def test_metals_hold_together(name):
    properties = load_material(name).properties
    volume = properties["molar_mass"].si / properties["density"].si
    assert properties["molar_volume"].si == pytest.approx(volume, rel=1e-3)
    # Rounded capacities of the papers: 0.3 %.
    assert properties["specific_capacity"].si == pytest.approx(FARADAY / properties["molar_mass"].si, rel=3e-3)


def test_unknown_names_lead_to_the_nearest():
    for name, near in (
        ("K2SO4", "K2SO4_aq_0.5M"),
        ("KVO_ac_0.52", "KVO_ac_0.25"),
        ("voc1", "VOC1"),
        ("KMnO2", "KMnO2_cryptomelane"),
    ):
        with pytest.raises(MaterialError, match=f"no material '{name}'; did you mean .*'{near}'"):
            load_material(name)
    with pytest.raises(MaterialError, match="valid names: AC, AG, Al"):
        load_material("zzzz")
    with pytest.raises(MaterialError, match="must be text"):
        load_material(3)


def test_aliases_lead_to_the_material():
    assert load_material("LCO") is load_material("LiCoO2")
    aliases = [alias for name in material_names() for alias in load_material(name).aliases]
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(material_names())


def test_files_of_one_name_in_two_folders_and_after_an_edit(tmp_path, monkeypatch):
    text = (DATA / "Cu.yaml").read_text()
    for folder, conductivity in (("one", "1e7"), ("two", "2e7")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.yaml").write_text(text.replace("59000000.0", conductivity))
        monkeypatch.chdir(tmp_path / folder)
        assert load_material("mine.yaml").properties["conductivity"].si == float(conductivity)
    file = tmp_path / "two" / "mine.yaml"
    file.write_text(text.replace("59000000.0", "3e7"))
    os.utime(file, ns=(1, 1))
    assert load_material("mine.yaml").properties["conductivity"].si == 3e7


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.yaml"
    shutil.copy(DATA / "Au.yaml", path)
    assert load_material(str(path)).properties == load_material("Au").properties
    with pytest.raises(MaterialError, match="cannot be read"):
        load_material(str(tmp_path / "absent.yaml"))


WETTING = "wetting: {Cu: {contact_angle: {value: 90, unit: deg, status: estimate, source: test}}}"

VALID = """
name: test
kind: collector
formula: X
description: A test.
properties:
  conductivity: {value: 1.0e+5, unit: S/cm, status: estimate, source: test}
"""


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("unit: S/cm, ", "", ["properties.conductivity.unit: is missing"]),
        ("status: estimate, ", "", ["properties.conductivity.status: is missing"]),
        (", source: test", "", ["properties.conductivity.source: is missing"]),
        ("source: test", "source: test, colour: red", ["properties.conductivity.colour: is not a known key"]),
        ("status: estimate", "status: guess", ["properties.conductivity.status"]),
        ("conductivity:", "conductivty:", ["properties.conductivty", "did you mean 'conductivity'"]),
        ("unit: S/cm", "unit: S/s", ["properties.conductivity", "wrong dimension", "a conductivity in S/m"]),
        ("unit: S/cm", "unit: sm/cm", ["unknown unit 'sm'"]),
        ("value: 1.0e+5", "value: -1.0", ["properties.conductivity.value", "must be above 0"]),
        ("value: 1.0e+5", "value: .nan", ["properties.conductivity.value"]),
        ("value: 1.0e+5", "value: [1.0, 2.0]", ["one number is wanted"]),
        ("value: 1.0e+5", "value: much", ["properties.conductivity.value"]),
        ("source: test", "source: test, range: [2, 1]", ["the lower end must come first"]),
        ("source: test", "source: test, activation_energy: 3 m", ["a molar energy in J/mol"]),
        ("kind: collector", "kind: wire", ["kind"]),
        ("kind: collector", "kind: insertion", ["needs 'open_circuit'"]),
        ("kind: collector", "kind: metal", ["needs 'ion'"]),
        ("kind: collector", "kind: electrolyte", ["needs 'salt'"]),
        ("kind: collector", "kind: collector\nsingle_ion: true", ["only an electrolyte"]),
        ("kind: collector", f"kind: collector\n{WETTING}", ["only a metal has 'wetting'"]),
        ("kind: collector", "kind: capacitive", ["a capacitive material needs 'window'"]),
        (
            "kind: collector",
            "kind: collector\nwindow: {potentials: [0, 1], reference: SHE, status: estimate, source: test}",
            ["no other kind has one"],
        ),
        (
            "kind: collector",
            "kind: capacitive\nwindow: {potentials: [1, 1], reference: SHE, status: estimate, source: test}",
            ["window.potentials", "the two must differ"],
        ),
        (
            "kind: collector",
            "kind: capacitive\nwindow: {potentials: [0, 1], reference: RHE, status: estimate, source: test}",
            ["window.reference", "unknown reference electrode"],
        ),
        ("kind: collector", "kind: collector\nkind: metal", ["duplicate key"]),
        ("kind: collector", "kind: [", ["not valid YAML"]),
        ("name: test\n", "", ["name: is missing"]),
    ],
)
def test_wrong_files_name_file_and_key(tmp_path, old, new, parts):
    assert old in VALID
    path = write(tmp_path / "test.yaml", VALID.replace(old, new))
    with pytest.raises(MaterialError) as error:
        read_material(path)
    for part in (str(path), *parts):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("value: 120.0", "value: 190.0", "wetting.Cu.contact_angle.value: must be at most 3.14159 rad"),
        ("unit: deg", "unit: m", "wetting.Cu.contact_angle: .* wrong dimension"),
        ("contact_angle:", "angle:", "wetting.Cu.contact_angle: is missing"),
    ],
)
def test_wrong_wetting_names_the_key(tmp_path, old, new, part):
    text = (DATA / "K.yaml").read_text(encoding="utf-8").replace(old, new, 1)
    with pytest.raises(MaterialError, match=part):
        read_material(write(tmp_path / "test.yaml", text))


def test_valid_file(tmp_path):
    material = read_material(write(tmp_path / "test.yaml", VALID))
    assert material.properties["conductivity"].si == 1e7
    assert material.properties["conductivity"].value == 1e5
    assert material.estimates == ("conductivity",)


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just text\n"])
def test_files_that_are_no_mapping(tmp_path, content):
    with pytest.raises(MaterialError, match="must hold keys"):
        read_material(write(tmp_path / "test.yaml", content))


def test_binary_file(tmp_path):
    path = tmp_path / "test.yaml"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(MaterialError, match="not a text file"):
        read_material(path)


def test_salt_must_be_neutral(tmp_path):
    text = (DATA / "K2SO4_aq_0.5M.yaml").read_text(encoding="utf-8").replace("nu_cation: 2", "nu_cation: 1")
    with pytest.raises(MaterialError, match="do not make a neutral salt"):
        read_material(write(tmp_path / "test.yaml", text))


def test_unknown_reference_electrode(tmp_path):
    text = (DATA / "VOC1.yaml").read_text(encoding="utf-8").replace("reference: Li/Li+", "reference: Li")
    with pytest.raises(MaterialError, match=r"open_circuit.reference: unknown reference electrode"):
        read_material(write(tmp_path / "test.yaml", text))


def test_activation_energy_follows_arrhenius(tmp_path):
    text = VALID.replace("source: test", "source: test, activation_energy: 30 kJ/mol")
    item = read_material(write(tmp_path / "test.yaml", text)).properties["conductivity"]
    assert item.activation_energy == 30e3
    assert item.at(298.15) == item.si
    assert item.at(323.15) == pytest.approx(arrhenius(1e7, 30e3, 323.15), rel=1e-14)


@pytest.mark.parametrize(("ion", "charge"), [("K+", 1), ("ClO4-", -1), ("SO4^2-", -2), ("Ca^2+", 2), ("PF6-", -1)])
def test_ion_charges(ion, charge):
    assert ion_charge(ion) == charge


def test_ion_without_charge():
    with pytest.raises(MaterialError, match="is not an ion"):
        ion_charge("SO4")
    with pytest.raises(MaterialError, match="carries no charge"):
        ion_charge("Ar^0+")


@pytest.mark.parametrize("name", material_names())
def test_description_shows_everything(name):
    material = load_material(name)
    text = " ".join(shown(describe(material), width=4000).split())
    assert material.name in text and material.description in text
    of_ions = {key: item for ion in material.ions for key, item in ion.numbers.items()}
    for key, item in (material.properties | of_ions).items():
        assert key in text
        assert " ".join(item.source.split()) in text
        if item.note:
            assert item.note in text
    for substrate, angle in material.wetting.items():
        assert f"{substrate} {angle.value:g} deg" in text and angle.source in text
    if material.estimates:
        assert "estimate" in text
    if material.open_circuit is not None:
        assert material.open_circuit.curve.formula in text
        assert f"{material.open_circuit.reference}, " in text
        assert material.open_circuit.source in text


def test_recalled_literature_is_called_so():
    text = shown(describe(load_material("K2SO4_aq_0.5M")), width=300)
    (line,) = [line for line in text.splitlines() if line.strip().startswith("conductivity ")]
    assert "literature (recalled)" in line and "8 S/m" in line


def test_defaults_are_called_estimates():
    text = shown(describe(load_material("VOC1")), width=300)
    (line,) = [line for line in text.splitlines() if line.strip().startswith("film_resistance ")]
    assert "estimate" in line and "default" in line
    assert "film_resistance" in load_material("VOC1").estimates


def test_summary_lists_every_material():
    text = shown(summary_table())
    assert all(f" {name} " in text for name in material_names())
    assert "estimates" in text


def test_materials_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_material("Au").name = "Ag"


def test_import_is_light():
    """Reading units, files and tables comes later: a script that only imports pays for none of it."""
    code = (
        "import sys, archode.materials; "
        "heavy = {'pint', 'scipy', 'pydantic', 'rich', 'ruamel', 'dolfinx', 'gmsh'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def with_ions(*ions, **more):
    """A material file of an electrolyte that lists its ions, as (name, mol/m³, m²/s)."""
    number = "{{value: {}, unit: {}, status: estimate, source: test}}"
    entry = "  - ion: {}\n    concentration: " + number + "\n    diffusivity: " + number + "\n"
    entries = [entry.format(name, c, "mol/m^3", d, "m^2/s") for name, c, d in ions]
    properties = {"permittivity": (80, "'1'"), **more}
    stated = "".join(f"  {name}: {number.format(*value)}\n" for name, value in properties.items())
    head = "name: test\nkind: electrolyte\nformula: X\ndescription: A test.\n"
    return f"{head}ions:\n{''.join(entries)}properties:\n{stated}"


def test_a_list_of_ions(tmp_path):
    material = read_material(write(tmp_path / "test.yaml", with_ions(("Cl-", 10, 2e-9), ("K+", 10, 1e-9))))
    assert [(ion.name, ion.charge, ion.concentration.si) for ion in material.ions] == [("Cl-", -1, 10), ("K+", 1, 10)]
    # What an electrode exchanges is a cation, wherever it stands in the list.
    assert material.ion == "K+"
    assert set(material.parameters) == {"conductivity", "permittivity"}
    assert "K+ diffusivity" in material.estimates


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (with_ions(("K+", 10, 1e-9), ("Cl-", 8, 1e-9)), ["ions: the bulk is not neutral", "+2 mol/m³ of charge"]),
        (with_ions(("K+", 10, 1e-9)), ["ions: the bulk is not neutral", "add the missing anion"]),
        (with_ions(("K+", 5, 1e-9), ("K+", 5, 1e-9), ("Cl-", 10, 1e-9)), ["K+ is named twice"]),
        (with_ions(("K", 10, 1e-9), ("Cl-", 10, 1e-9)), ["ions.0.ion", "'K' is not an ion"]),
        (with_ions(("K+", -1, 1e-9), ("Cl-", 10, 1e-9)), ["ions.0.concentration.value", "must be above 0"]),
        (with_ions(("K+", 10, 1e-9), ("Cl-", 10, 0)), ["ions.1.diffusivity.value", "must be above 0"]),
        (
            with_ions(("K+", 10, 1e-9), ("Cl-", 10, 1e-9), concentration=(10, "mol/m^3")),
            ["properties.concentration", "belongs to a salt"],
        ),
        (
            with_ions(("K+", 10, 1e-9), ("Cl-", 10, 1e-9)) + "single_ion: true\n",
            ["'salt', 'ions' or 'single_ion: true', and one of them only"],
        ),
    ],
)
def test_wrong_lists_of_ions_are_explained(tmp_path, text, parts):
    with pytest.raises(MaterialError) as error:
        read_material(write(tmp_path / "test.yaml", text))
    for part in parts:
        assert part in str(error.value)
