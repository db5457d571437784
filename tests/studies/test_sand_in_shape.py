"""Sand's criterion of whole runs against their own depletion: wires, fingers and pillars of lithium."""

import json
import re

import pytest
from archode.studies import run

SALT = {"concentration": 1000.0, "diffusivity": 3.0e-10, "transference_number": 0.38, "conductivity": 0.8}
METAL = {"exchange_current_density": 1000.0, "film_resistance": 0}
SHAPES = {
    "wire": {"architecture": "coaxial_fibre", "anode_thickness": 0, "cathode_thickness": 0, "length": "10 um"}
    | {"electrolyte_thickness": "50 um"},
    "fingers": {"architecture": "interdigital", "finger_width": "10 um", "gap": "10 um", "thickness": 0}
    | {"collector_thickness": 0},
    "pillars": {"architecture": "porous_electrode", "electrode": "anode", "solid": "surface", "width": "20 um"}
    | {"shape": {"pillars": {"radius": "5 um", "pitch": "20 um", "height": "30 um"}}, "thickness": "30 um"}
    | {"reservoir_thickness": "20 um"},
    "plates": {"architecture": "planar", "gap": "50 um", "width": "10 um"},
}


def plated(folder, shape, current, time, mesh=None, **geometry):
    """Sand's finding and the time of depletion [s] of an anode plated at a current per footprint [A/m²]."""
    overrides = {f"electrolyte.{k}": v for k, v in SALT.items()}
    overrides |= {f"{side}.{k}": v for side in ("anode", "cathode") for k, v in METAL.items()}
    until = {"time": time, "concentration": {"surface": "anode", "below": "9.9 mol/m^3"}}
    study = {
        "study": "shape",
        "geometry": SHAPES[shape] | geometry,
        "mesh": mesh or {},
        "materials": {"electrolyte": "LiPF6_ECDEC_1M", "anode": "Li", "cathode": "Li", "overrides": overrides},
        "protocol": [{"charge": f"{current} A/m^2", "until": until}],
        "output": {"fields": 0, "figures": False, "report": False},
    }
    run(study, out=folder, progress=False)
    told = json.loads((folder / "shape" / "base" / "summary.json").read_text(encoding="utf-8"))
    depletion = told["plating"]["anode"]["depletion"]
    assert depletion["how"] == "reached"
    return told["criteria"]["anode"]["sand_time"], depletion["time [s]"]


def ordered(found):
    """The times that ``why`` tells: in the mean, of the most loaded part, of the first place; in this order."""
    mean, loaded, first = (
        float(re.search(rf"{words} ([\d.e+-]+) s", found["why"])[1])
        for words in ("depleted after", "of the surface within", "the first place within")
    )
    assert first <= loaded <= mean
    return mean, loaded, first


def encloses(found, time, slack=0.05):
    """Whether the two times of a criterion that does not apply enclose an event."""
    assert found["voice"] == "no say" and found["value"] is None and found["why"].startswith("does not apply")
    early, late = re.search(r"between ([\d.e+-]+) s .* and ([\d.e+-]+) s", found["why"]).groups()
    assert (1 - slack) * float(early) <= time <= (1 + slack) * float(late)


@pytest.mark.parametrize(("radius", "current"), [(10, 1742.0), (50, 3310.0)])
def test_a_wire(tmp_path, radius, current):
    """At three times the limiting current."""
    found, time = plated(tmp_path, "wire", current, 10.0, core_radius=f"{radius} um")
    ordered(found)
    assert found["value"] == pytest.approx(time, rel=0.1)
    assert found["margin"] == pytest.approx(1.0, rel=0.1)
    assert 0 < found["value_error"] < 0.05 * found["value"]


def test_a_wire_thinner_than_its_cells_is_not_judged(tmp_path):
    found, _ = plated(tmp_path, "wire", 800.0, 1.0, {"interface_size": "1.25 um", "growth": 1.4}, core_radius="1 um")
    assert found["voice"] == "no say" and "on this mesh cells of" in found["why"]


def test_fingers(tmp_path):
    """A slice of bare fingers at 3.4 times the limiting current."""
    found, time = plated(tmp_path, "fingers", 8000.0, 20.0)
    ordered(found)
    assert found["value"] == pytest.approx(time, rel=0.1)


def test_pillars_are_left_by_the_current(tmp_path):
    """At three times the limiting current their tops come first, and lose most of their current to the rest."""
    found, time = plated(tmp_path, "pillars", 23815.5, 111.0)
    _, loaded, _ = ordered(found)
    encloses(found, time)
    # Still of the right size, where the planar law by facet was three times too early.
    assert loaded == pytest.approx(time, rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(("current", "time"), [(79385.0, 10.0), (158770.0, 2.5)])
def test_pillars_far_above_the_limit(tmp_path, current, time):
    found, depleted = plated(tmp_path, "pillars", current, time)
    ordered(found)
    encloses(found, depleted)


@pytest.mark.slow
def test_a_thin_wire_on_a_mesh_that_has_it(tmp_path):
    found, time = plated(tmp_path, "wire", 800.0, 1.0, core_radius="1 um")
    assert found["value"] == pytest.approx(time, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize(("current", "time"), [(5602.0, 6.0), (18673.0, 0.5), (37346.0, 0.13)])
def test_plates(tmp_path, current, time):
    """3, 10 and 20 times the limiting current, by the closed form."""
    found, depleted = plated(tmp_path, "plates", current, time)
    assert found["value"] == pytest.approx(depleted, rel=0.03)
