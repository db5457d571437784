"""Studies of several ions, double layers, open and capacitive electrodes: what they describe, and that it is kept."""

import pytest
from archode.materials import BinaryElectrolyte, IonicElectrolyte
from archode.solvers.description import DoubleLayer
from archode.studies import StudyError, dump_study, load_study, study_json_schema
from archode.studies.assumptions import STERN_CAPACITANCE, assumed_layers, estimates
from archode.studies.cell import describe_cell
from archode.studies.check import study_overview
from archode.studies.ratings import (
    bulk_concentration,
    electrode,
    electrolyte,
    estimated_size,
    initial_stoichiometry,
    initial_voltage,
    nominal_capacity,
)
from rich.console import Console

PORE = """
study: pore
geometry: {architecture: planar, gap: 100 nm}
mesh: {interface_size: 0.5 nm}
materials:
  electrolyte: K2SO4_aq_0.5M
  ions:
    Cl-: {concentration: 10 mol/m^3, diffusivity: 2.032e-9 m^2/s}
    K+: {concentration: 0.01 mol/L}
interfaces:
  anode: {reaction: blocking, stern_capacitance: 15 uF/cm^2, potential_of_zero_charge: -50 mV}
  cathode: {reaction: reservoir}
  walls: {outer: {surface_charge: -2 uC/cm^2}}
physics: {electrolyte: poisson-nernst-planck, ion_size: 0.3 nm}
protocol: [{hold: 25 mV, until: {time: 1 ms}}]
"""
HYBRID = """
study: hybrid
geometry: {architecture: planar, gap: 30 um, anode_thickness: 1 um, cathode_thickness: 8 um, device_area: 1 cm^2}
materials: {electrolyte: NaClO4_ECPC_1M, anode: NTO, cathode: AC}
protocol: [{charge: 1 C, until: {voltage: 3 V}}]
"""
METALS = """
study: metals
geometry: {architecture: planar, gap: 30 um}
materials: {electrolyte: K2SO4_aq_0.5M, anode: K, cathode: K}
protocol: [{charge: 1 uA, until: {time: 1 s}}]
"""
NEUTRAL = "physics.electrolyte=electroneutral"
RESOLVED = "physics.electrolyte=poisson-nernst-planck"


@pytest.fixture
def load(tmp_path):
    def loaded(text, *sets):
        path = tmp_path / "study.yml"
        path.write_text(text, encoding="utf-8")
        return load_study(path, sets)

    return loaded


def test_ions_replace_the_salt_in_their_order(load):
    bulk = electrolyte(load(PORE).study)
    assert [ion.name for ion in bulk.ions] == ["Cl-", "K+"]
    assert bulk.concentrations == (10.0, 10.0)
    assert bulk.mobility_factor == 1.0


@pytest.mark.parametrize(
    ("text", "sets", "kind"),
    [
        (METALS, [], BinaryElectrolyte),
        (METALS, [RESOLVED], IonicElectrolyte),
        (METALS, ["materials.ions={K+: {concentration: 2}, SO4^2-: {concentration: 1}}"], IonicElectrolyte),
        (METALS, ["materials.electrolyte=NaK_SO4_aq", "materials.anode=Na"], IonicElectrolyte),
        (METALS, ["materials={electrolyte: LiPON, anode: Li, cathode: Li}"], IonicElectrolyte),
    ],
)
def test_a_neutral_salt_alone_is_one_concentration(load, text, sets, kind):
    assert isinstance(describe_cell(load(text, *sets).study).electrolyte, kind)


def test_a_resolved_cell_is_described(load):
    cell = describe_cell(load(PORE).study)
    assert cell.model == "poisson-nernst-planck" and cell.ion_size == 3e-10
    assert cell.wall_charge == {"outer": -0.02}
    assert cell.anode.material is None and not cell.anode.reservoir
    assert cell.anode.double_layer == DoubleLayer(stern_capacitance=0.15, potential_of_zero_charge=-0.05)
    assert cell.cathode.reservoir and cell.cathode.double_layer is None


@pytest.mark.parametrize(
    ("sets", "layer"),
    [
        ([], None),
        (["interfaces.anode.stern_capacitance=none"], None),
        (["interfaces.anode.stern_capacitance=0.1"], DoubleLayer(stern_capacitance=0.1)),
        (["interfaces.anode.capacitance=20 uF/cm^2"], DoubleLayer(capacitance=0.2, cation_share=0.5)),
        (
            ["interfaces.anode={capacitance: 0.1, cation_share: 0.9, potential_of_zero_charge: 1}"],
            DoubleLayer(capacitance=0.1, cation_share=0.9, potential_of_zero_charge=1.0),
        ),
        ([RESOLVED], DoubleLayer(stern_capacitance=STERN_CAPACITANCE)),
        ([RESOLVED, "interfaces.anode.stern_capacitance=none"], DoubleLayer()),
        ([RESOLVED, "interfaces.anode.stern_capacitance=0.1"], DoubleLayer(stern_capacitance=0.1)),
        ([RESOLVED, "interfaces.anode.surface_charge=1 uC/cm^2"], DoubleLayer(surface_charge=0.01)),
    ],
)
def test_laws_of_a_surface(load, sets, layer):
    assert describe_cell(load(METALS, *sets).study).anode.double_layer == layer


def test_a_compact_layer_that_nobody_stated_is_an_assumption(load):
    assert list(assumed_layers(load(METALS).study)) == []
    resolved = load(METALS, RESOLVED, "interfaces.cathode.stern_capacitance=none").study
    assert list(assumed_layers(resolved)) == ["interfaces.anode.stern_capacitance"]
    assert list(assumed_layers(load(PORE).study)) == []


def test_estimates_of_a_salt_that_is_replaced_do_not_matter(load):
    ions = "materials.ions={Na+: {concentration: 5}, ClO4-: {concentration: 5, diffusivity: 1e-9}}"
    metals = "materials={electrolyte: NaClO4_ECPC_1M, anode: Na, cathode: Na}"
    assert "transference_number" in estimates(load(METALS, metals).study)["electrolyte"][1]
    assert estimates(load(METALS, metals, ions).study)["electrolyte"][1] == ["permittivity"]


@pytest.mark.parametrize("text", [PORE, HYBRID, METALS])
def test_dump_and_load_again(load, text):
    study = load(text).study
    assert load(dump_study(study)).study == study


@pytest.mark.parametrize("wall", ["{surface_charge: 0.01}", "{insulation: {surface_charge: 0.01}}"])
def test_a_charge_alone_is_that_of_the_insulation(load, wall):
    pore = "geometry={architecture: nanopore, radius: 5 nm, length: 50 nm}"
    loaded = load(PORE, pore, f"interfaces.walls={wall}", "mesh=null").study
    assert loaded.interfaces.walls.charges() == {"insulation": 0.01}
    assert load(dump_study(loaded)).study == loaded


def test_concentrations_are_swept(load):
    axes = "{materials.ions.K+.concentration: [1, 10], materials.ions.Cl-.concentration: [1, 10]}"
    cases = load(PORE, f"sweep={{zip: {axes}}}").cases
    # ∝ c^-1/2
    lengths = [electrolyte(case.study).debye_length for case in cases]
    assert lengths[0] / lengths[1] == pytest.approx(10**0.5, rel=1e-12)


def test_surfaces_without_material_have_no_voltage_and_no_capacity(load):
    study = load(PORE).study
    assert initial_voltage(study) == 0.0
    assert nominal_capacity(study) is None
    with pytest.raises(StudyError, match="C-rate needs an insertion electrode"):
        load(PORE, "protocol=[{charge: 1 C, until: {time: 1 s}}]")


def test_unknowns_grow_with_the_ions(load):
    salt, neutral, resolved = (
        estimated_size(study := load(METALS, *sets).study, study.mesh, degree=1)[1]
        for sets in ([], ["materials.electrolyte=NaK_SO4_aq"], ["materials.electrolyte=NaK_SO4_aq", RESOLVED])
    )
    # Concentration and potential; two of three concentrations and potential; three and potential. Rounded.
    assert neutral == pytest.approx(1.5 * salt, abs=1)
    assert resolved == pytest.approx(2.0 * salt, abs=1)


def test_a_hybrid_cell_is_rated_by_its_capacitor(load):
    study = load(HYBRID).study
    carbon = electrode(study, "cathode")
    assert carbon.ion == "Na+" and carbon.reversible and carbon.cation_share == 0.0
    # 60 F/cm³ over 2.7 V in 8 µm · 1 cm²
    assert nominal_capacity(study) == pytest.approx(60e6 * 2.7 * 8e-6 * 1e-4, rel=1e-9)
    # Uncharged, the carbon stands at the lower end of its window, with no margin: nothing vanishes there.
    assert initial_stoichiometry(study, "cathode") == 1.0
    assert carbon.open_circuit.potential_vs_she(1.0) == pytest.approx(1.5 - 2.71, abs=1e-9)


def test_a_negative_carbon_takes_cations_of_the_other_electrode(load):
    study = load(HYBRID, "materials={electrolyte: NaK_SO4_aq, anode: AC, cathode: KMnO2_cryptomelane}").study
    carbon = electrode(study, "anode")
    assert carbon.ion == "K+" and carbon.cation_share == 1.0
    swapped = load(HYBRID, "materials={electrolyte: NaK_SO4_aq, anode: AC, cathode: AC}").study
    assert electrode(swapped, "anode").ion == "Na+"


def test_capacitive_materials_are_overridden(load):
    study = load(HYBRID, "materials.overrides.cathode.volumetric_capacitance=30 F/cm^3").study
    assert nominal_capacity(study) == pytest.approx(30e6 * 2.7 * 8e-6 * 1e-4, rel=1e-9)


def test_limits_look_at_the_ion_that_reacts(load):
    mixed = ["materials.electrolyte=NaK_SO4_aq"]
    assert bulk_concentration(load(METALS).study) == 500.0  # the salt's, of 0.5 M K2SO4
    assert bulk_concentration(load(METALS, RESOLVED).study) == 1000.0  # potassium's
    assert bulk_concentration(load(METALS, *mixed).study) == 500.0
    limit = "protocol=[{charge: 1 uA, until: {concentration: {surface: anode, below: 600}}}]"
    with pytest.raises(StudyError, match="must be less than the concentration at the start, 500 mol/m"):
        load(METALS, *mixed, limit)


def overview(loaded):
    console = Console(width=300, record=True, file=open("/dev/null", "w"))
    for part in study_overview(loaded):
        console.print(part)
    return console.export_text()


def test_check_tells_the_debye_length_and_whether_the_mesh_resolves_it(load):
    assert "Debye length 248.2 pm" in overview(load(METALS))
    fine = overview(load(PORE, "mesh.interface_size=2 nm"))
    assert "Debye length 3.04 nm; mesh.wall_size" in fine and "Debye length 3.04 nm times exp" in fine
    assert "too coarse" not in fine
    coarse = overview(load(PORE, "mesh.interface_size=5 nm", "mesh.wall_size=5 nm"))
    assert "mesh.wall_size 5 nm is 1.6 of it: too coarse for double layers, set mesh.wall_size" in coarse


def test_check_tells_what_is_assumed(load):
    assert "interfaces.anode.stern_capacitance: 0.2 F/m², typical" in overview(load(METALS, RESOLVED))


def test_json_schema_knows_the_sections():
    schema = study_json_schema()
    sections = schema["$defs"]
    assert set(sections["Interfaces"]["properties"]) == {"anode", "cathode", "walls"}
    assert set(sections["IonSection"]["required"]) == {"concentration"}
    assert "reservoir" in sections["ElectrodeInterface"]["properties"]["reaction"]["enum"]
    assert "poisson-nernst-planck" in sections["Physics"]["properties"]["electrolyte"]["enum"]
    assert "AC" in sections["Materials"]["properties"]["cathode"]["examples"]
