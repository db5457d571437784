"""Plating on two and four ranks: nuclei on a foil and a porous host, plated and stripped, as in serial."""

import csv
import json

import pytest

from .launch import ByRanks, needs_mpiexec, on_ranks

pytestmark = needs_mpiexec

#: The studies solve to 1e-11 of the current; sums of another order and another pivoting leave the rest.
SAME = 1e-8

HEAD = """
study: {name}
materials:
  electrolyte: KFSI_DME_1M
  anode: K
  cathode: K
  overrides: {{anode.film_resistance: 10 ohm*cm^2, cathode.film_resistance: 10 ohm*cm^2}}
interfaces:
  cathode: {{plating: {{substrate: Cu, coulombic_efficiency: 0.98, {plating}}}}}
solver: {{linear: direct, newton_tolerance: 1e-11, tolerance: 5e-2{steps}}}
output: {{fields: 1, figures: false, errors: false}}
"""

#: Potassium nucleates on a foil, is stripped and has nowhere to go on; and grows on the walls of channels.
STUDIES = {
    "foil": HEAD.format(
        name="foil", steps="", plating="nucleation: {surface_energy: 0.05 J/m^2, site_density: 1e16 1/m^2}"
    )
    + """
geometry: {architecture: planar, gap: 20 um, width: 8 um}
mesh: {size: 8 um, interface_size: 3 um}
protocol:
  - {discharge: 1 mA/cm^2, until: {time: 5 s}}
  - {rest: 1 s}
  - {charge: 1 mA/cm^2, until: {voltage: 0.6 V}}
""",
    "host": HEAD.format(name="host", steps=", initial_step: 0.2 s, max_step: 0.7 s", plating="deposit_porosity: 0.2")
    + """
geometry:
  architecture: porous_electrode
  electrode: cathode
  solid: surface
  shape: {channels: {radius: 7.5 um, pitch: 20 um}}
  width: 20 um
  thickness: 20 um
  reservoir_thickness: 5 um
mesh: {interface_size: 2.5 um, size: 8 um}
protocol:
  - {discharge: 5 mA/cm^2, until: {time: 5 s}}
  - {charge: 5 mA/cm^2, until: {time: 1 s}}
""",
}

#: The host behind the marker slow; four ranks on fewer cores wait for each other, so one study has them.
PARALLEL = (("foil", 2), *(pytest.param("host", n, marks=pytest.mark.slow) for n in (2, 4)))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Time series and summary by study and number of ranks."""
    folder = tmp_path_factory.mktemp("plating")

    def run(which):
        name, ranks = which
        study, out = folder / f"{name}.yml", folder / str(ranks)
        study.write_text(STUDIES[name], encoding="utf-8")
        on_ranks(ranks, "-m", "archode.studies.cli", "run", str(study), "--out", str(out), "--quiet")
        case = out / name / "base"
        with (case / "timeseries.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return rows, json.loads((case / "summary.json").read_text(encoding="utf-8"))

    return ByRanks(run)


@pytest.mark.parametrize(("name", "ranks"), PARALLEL)
def test_time_series_agree(results, name, ranks):
    """Every time step: voltage, deposit, cover."""
    mine, theirs = results[name, ranks][0], results[name, 1][0]
    assert [row["kind"] for row in mine] == [row["kind"] for row in theirs]
    assert len(mine) > 8
    columns = ["time [s]", "voltage [V]", "anode_deposit [m]", "cathode_deposit [m]", "cathode_deposit_max [m]"]
    columns += ["cathode_c_min [mol/m3]"] + ["cathode_covered"] * (name == "foil")
    for column in columns:
        a, b = ([float(row[column]) for row in rows] for rows in (mine, theirs))
        largest = max(map(abs, b))
        assert largest > 0, column
        apart = max(abs(x - y) for x, y in zip(a, b, strict=True))
        assert apart <= SAME * largest, f"{column}: {apart / largest:.1e}"


@pytest.mark.parametrize(("name", "ranks"), PARALLEL)
def test_criteria_and_plating_agree(results, name, ranks):
    mine, theirs = results[name, ranks][1], results[name, 1][1]
    assert mine["solver"]["ranks"] == ranks
    assert [s["ended_by"] for s in mine["steps"]] == [s["ended_by"] for s in theirs["steps"]]
    for kind in ("criteria", "plating"):
        assert set(theirs[kind]) == {"anode", "cathode"}
        assert_alike(mine[kind], theirs[kind], kind)


def assert_alike(mine, theirs, path):
    """Numbers to 1e-6, what is said to the letter; ``why`` rounds numbers."""
    if isinstance(theirs, dict):
        assert set(mine) == set(theirs), path
        for key in theirs:
            # Errors are differences of such numbers, alike to what is left of them.
            if key not in ("why", "place [um]") and "_error [" not in key:
                assert_alike(mine[key], theirs[key], f"{path}.{key}")
    elif isinstance(theirs, float):
        # Steady diffusion behind the limiting current is solved to 1e-8, and time follows from its square.
        assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-15), path
    else:
        assert mine == theirs, path


def test_strip_ends(results):
    """The foil's last step goes on until its metal is gone."""
    assert [s["ended_by"] for s in results["foil", 2][1]["steps"]] == ["time", "time", "voltage"]
