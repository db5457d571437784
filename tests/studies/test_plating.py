"""Plating sections: what of a study and of the library the solver gets, what is refused, and a run's own words."""

import csv
import json
import math
import shutil
from pathlib import Path

import pytest
from archode.materials import Wetting
from archode.studies.cell import describe_cell
from archode.studies.cli import main
from archode.studies.load import StudyError, load_study
from archode.studies.protocol_steps import protocol_steps
from archode.studies.wetting import contact, unusual_wetting
from ruamel.yaml import YAML

LIBRARY = Path(__file__).parents[2] / "materials" / "data"

STUDY = """
study: plated
geometry: {{architecture: planar, gap: 20 um, width: 8 um}}
mesh: {{size: 8 um, interface_size: 4 um}}
materials:
  electrolyte: KFSI_DME_1M
  anode: K
  cathode: {metal}
  overrides: {{anode.film_resistance: 0 ohm*m^2{overrides}}}
interfaces: {{cathode: {{plating: {{{plating}}}}}}}
protocol: [{protocol}]
output: {{figures: false, fields: 1, errors: false}}
"""
PLATE = "{discharge: 1 mA/cm^2, until: {time: 2 s}}"


@pytest.fixture
def load(tmp_path):
    def loaded(plating="substrate: Cu", protocol=PLATE, metal="K", overrides=""):
        file = tmp_path / "study.yml"
        text = STUDY.format(plating=plating, protocol=protocol, metal=metal, overrides=overrides)
        file.write_text(text, encoding="utf-8")
        return load_study(file).study

    return loaded


def cathode(study):
    return describe_cell(study).cathode


# ---------------------------------------------------------------------- what the solver gets
def test_bare_substrate_reserve_and_foil(load):
    assert cathode(load()).plating.reserve == 0.0
    assert cathode(load("substrate: Cu, reserve: 2 um")).plating.reserve == pytest.approx(2e-6)
    assert cathode(load("reserve: 2 um")).plating.reserve == pytest.approx(2e-6)
    foil = cathode(load("coulombic_efficiency: 0.9")).plating
    assert foil.reserve is None and not foil.limited and foil.coulombic_efficiency == 0.9


def test_film_layers_are_resistances_in_series(load):
    """20 nm/1e-6 S/m + 50 nm/1e-5 S/m, in place of the material's."""
    layers = "film: [{thickness: 20 nm, conductivity: 1e-6 S/m}, {thickness: 50 nm, conductivity: 1e-5 S/m}]"
    assert cathode(load(layers)).material.film_resistance == pytest.approx(0.025, rel=1e-12)
    assert cathode(load("deposit_porosity: 0.1")).material.film_resistance == pytest.approx(0.02, rel=1e-12)


def test_nucleation_takes_what_the_library_has(load):
    nucleation = cathode(load("substrate: Cu, nucleation: {}")).plating.nucleation
    assert nucleation.contact_angle == pytest.approx(math.radians(120))
    assert nucleation.surface_energy == pytest.approx(0.13)
    assert (nucleation.site_density, nucleation.rate_factor) == (1e13, 1.0)
    # Its substrate's own double layer, which the potassium that charges it carries.
    layer = cathode(load("substrate: Cu, nucleation: {}")).double_layer
    assert (layer.capacitance, layer.cation_share) == (pytest.approx(0.2), 1.0)
    assert cathode(load()).double_layer is None
    gold = cathode(load("substrate: Au, nucleation: {}")).plating.nucleation
    assert gold.contact_angle == pytest.approx(math.radians(60))


def test_what_is_stated_goes_before_the_library(load):
    stated = "substrate: Cu, nucleation: {contact_angle: 80 deg, surface_energy: 50 mJ/m^2, rate_factor: 3}"
    nucleation = cathode(load(stated)).plating.nucleation
    assert nucleation.contact_angle == pytest.approx(math.radians(80))
    assert (nucleation.surface_energy, nucleation.rate_factor) == (pytest.approx(0.05), 3.0)
    overridden = load("substrate: Cu, nucleation: {}", overrides=", cathode.surface_energy: 0.07 J/m^2")
    assert cathode(overridden).plating.nucleation.surface_energy == pytest.approx(0.07)


YOUNG = (
    "substrate: Cu, nucleation: {{surface_energy: 0.1 J/m^2, substrate_metal_energy: {} J/m^2, "
    "substrate_electrolyte_energy: {} J/m^2}}"
)


@pytest.mark.parametrize(
    ("metal_energy", "electrolyte_energy", "wetting", "degrees"),
    [
        (0.50, 0.55, Wetting.PARTIAL, 60.0),
        (0.55, 0.50, Wetting.PARTIAL, 120.0),
        (0.30, 0.40, Wetting.COMPLETE, 0.0),
        (0.10, 0.90, Wetting.COMPLETE, 0.0),
        (0.90, 0.10, Wetting.NONE, 180.0),
    ],
)
def test_youngs_equation(load, metal_energy, electrolyte_energy, wetting, degrees):
    """cos θ = (γ_SE − γ_SN)/γ_NE; beyond ±1 the metal spreads, or does not touch: both are results."""
    study = load(YOUNG.format(metal_energy, electrolyte_energy))
    found = contact(study, "cathode")
    assert found.wetting is wetting
    # acos near 0 takes the root of rounding.
    assert math.degrees(found.angle) == pytest.approx(degrees, abs=1e-5)
    nucleation = cathode(study).plating.nucleation
    if wetting is Wetting.COMPLETE:
        assert nucleation is None and cathode(study).double_layer is None
        assert "nucleation is off" in unusual_wetting(study, "cathode")
    elif wetting is Wetting.NONE:
        assert nucleation.contact_angle == pytest.approx(math.pi)
        assert "dewetting, cos θ = -8" in unusual_wetting(study, "cathode")
    else:
        assert unusual_wetting(study, "cathode") is None


def test_a_film_of_reaction_products_mixes_the_energies(load):
    """A metal that wets bare copper, cos θ = 0.5, and not its film, cos θ = −0.5: half covered, 90°."""
    energies = "surface_energy: 0.1 J/m^2, substrate_metal_energy: 0.25 J/m^2, substrate_electrolyte_energy: 0.3 J/m^2"
    film = "sei: {coverage: %s, metal_energy: 0.25 J/m^2, electrolyte_energy: 0.2 J/m^2}"
    for coverage, degrees in ((0, 60), (0.5, 90), (1, 120)):
        study = load(f"substrate: Cu, nucleation: {{{energies}, {film % coverage}, critical_thickness: 3 nm}}")
        assert math.degrees(contact(study, "cathode").angle) == pytest.approx(degrees)
        plating = cathode(study).plating
        assert math.degrees(plating.nucleation.contact_angle) == pytest.approx(degrees)
        assert plating.critical_thickness == pytest.approx(3e-9)
        difference = plating.energies.substrate_electrolyte - plating.energies.substrate_nucleus
        assert difference == pytest.approx(0.1 * math.cos(math.radians(degrees)), abs=1e-15)


@pytest.mark.parametrize(
    ("missing", "plating", "message"),
    [
        (
            "surface_energy",
            "nucleation: {}",
            r"no surface energy of .*without_surface_energy\.yaml; give surface_energy",
        ),
        ("wetting", "nucleation: {}", r"does not know how .*without_wetting\.yaml wets Cu; give contact_angle"),
        ("wetting", "nucleation: {contact_angle: 90 deg}", None),
    ],
)
def test_a_metal_of_ones_own_may_not_know_how_it_wets(load, tmp_path, monkeypatch, missing, plating, message):
    """The library's potassium with one entry less."""
    yaml = YAML(typ="safe", pure=True)
    data = yaml.load(LIBRARY / "K.yaml")
    # Files are kept by name once they were read.
    name = f"without_{missing}.yaml"
    del (data if missing in data else data["properties"])[missing]
    yaml.dump(data, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    if message is None:
        assert cathode(load(f"substrate: Cu, {plating}", metal=name)).plating.nucleation is not None
        return
    with pytest.raises(StudyError, match=rf"study\.yml:10: interfaces\.cathode\.plating\.nucleation: .*{message}"):
        load(f"substrate: Cu, {plating}", metal=name)


# ---------------------------------------------------------------------- limits of stripping
STRIP = "{charge: 1 mA/cm^2, until: {%s}}"


@pytest.mark.parametrize(
    ("plating", "until", "names"),
    [
        ("substrate: Cu", "time: 10 s", ["time", "deposit"]),
        ("substrate: Cu", "time: 10 s, voltage: 0.5 V", ["voltage", "time"]),
        # A foil is not used up.
        ("deposit_porosity: 0.2", "time: 10 s", ["time"]),
    ],
)
def test_a_strip_without_a_voltage_ends_with_its_metal(load, plating, until, names):
    study = load(plating, f"{PLATE}, {STRIP % until}")
    plated, strip = protocol_steps(study)
    assert [limit.name for limit in plated.limits] == ["time"]
    assert sorted(limit.name for limit in strip.limits) == sorted(names)


def test_a_reserve_may_be_stripped_first(load):
    study = load("substrate: Cu, reserve: 1 um", STRIP % "time: 10 s")
    (strip,) = protocol_steps(study)
    assert [limit.name for limit in strip.limits] == ["time", "deposit"]


# ---------------------------------------------------------------------- runs
def run(load, tmp_path, *arguments):
    load(*arguments)
    assert main(["run", str(tmp_path / "study.yml"), "--out", str(tmp_path / "out")]) == 0
    folder = tmp_path / "out" / "plated" / "base"
    return json.loads((folder / "summary.json").read_text(encoding="utf-8")), folder


def test_a_run_tells_of_nuclei_and_of_what_is_assumed(load, tmp_path):
    summary, folder = run(load, tmp_path, "substrate: Cu, nucleation: {surface_energy: 0.05 J/m^2}")
    plated = summary["plating"]["cathode"]
    # Deeper than the plateau of both electrodes' kinetics.
    assert plated["nucleation_overpotential [V]"] > 0.1
    assert plated["thickness_max [m]"] >= plated["thickness_mean [m]"] > 0
    assert set(summary["criteria"]) == {"cathode"}
    named = {"cathode.contact angle on Cu (K)", "cathode.site density of nuclei (K)", "cathode.double layer of Cu (K)"}
    assert named <= set(summary["estimates"])
    log = (folder / "run.log").read_text(encoding="utf-8")
    assert "contact angle on Cu, site density of nuclei, double layer of Cu" in log
    with (folder / "timeseries.csv").open(encoding="utf-8") as file:
        *_, last = csv.DictReader(file)
    assert 0 < float(last["cathode_covered"]) <= 1
    # 2 s at 10 A/m²; what the double layer takes is not metal.
    assert float(last["cathode_deposit [m]"]) < 20 * 4.5358e-5 / 96485.33
    assert {"cathode_surface.vtkhdf", "anode_surface.vtkhdf"} <= {path.name for path in folder.iterdir()}


def test_a_run_says_that_metal_spreads(load, tmp_path):
    summary, folder = run(load, tmp_path, YOUNG.format(0.1, 0.9))
    log = (folder / "run.log").read_text(encoding="utf-8")
    told = "K on the cathode's Cu: complete wetting, cos θ = 8; it spreads without a barrier, so nucleation is off"
    assert log.count(told) == 1
    assert summary["plating"]["cathode"]["nucleation_overpotential [V]"] is None


def test_stripping_beyond_all_metal_is_an_end(load, tmp_path, capsys):
    bare = ", cathode.film_resistance: 0 ohm*m^2, cathode.exchange_current_density: 10 A/m^2"
    load("substrate: Cu", f"{PLATE}, {STRIP % 'voltage: 50 V'}", overrides=bare)
    # Any voltage lies within reach of a surface that has no more metal to give.
    assert main(["run", str(tmp_path / "study.yml"), "--out", str(tmp_path / "out")]) == 0
    assert "cathode metal used up" in capsys.readouterr().err
    (summary,) = (tmp_path / "out").rglob("summary.json")
    assert json.loads(summary.read_text())["steps"][-1]["ended_by"] == "cathode metal used up"
    shutil.rmtree(tmp_path / "out")
