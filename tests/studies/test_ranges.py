"""Numbers used where they are not known: told once for each material, with values, ranges and what they are used at."""

from types import SimpleNamespace

import pytest
from archode.solvers.stated_ranges import RangeWatch, StatedRange
from archode.studies.document import parse_document
from archode.studies.load import load_document
from archode.studies.ranges import local_ranges, outside_ranges

from .tiny import TINY


def study(**values):
    """The tiny study with other values by key path (``__`` for a dot)."""
    sets = [f"{key.replace('__', '.')}={value}" for key, value in values.items()]
    return load_document(parse_document(TINY, "tiny.yml"), sets).study


def test_nothing_is_said_where_everything_is_known():
    assert list(outside_ranges(study())) == []


def test_every_material_is_told_of_once_with_value_range_and_temperature():
    told = list(outside_ranges(study(physics__temperature=350)))
    assert [line.split(",")[0] for line in told] == ["materials.electrolyte", "materials.anode", "materials.cathode"]
    assert "is used at 350 K: diffusivity 3e-10 m²/s" in told[0]
    assert "known about 298.15 K (no law of temperature is stated)" in told[0]
    # What the study states itself is the study's own.
    assert "diffusivity" not in told[2] and "conductivity 0.01 S/m" in told[2] and "open circuit" in told[2]


def test_a_bulk_far_from_the_measured_one_is_told():
    changed = {"materials__overrides": "{electrolyte.concentration: 1 mol/m^3}"}
    (told,) = outside_ranges(study(**changed))
    assert "is used with 1 mol/m³ in the bulk" in told and "conductivity 0.8 S/m known about 1000 mol/m³" in told
    changed = {"materials__overrides": "{electrolyte.concentration: 300 mol/m^3}"}
    assert list(outside_ranges(study(**changed))) == []


def observed(low, high, theta):
    """A state of the cell as far as ranges look at it."""
    return SimpleNamespace(
        concentration_min=low,
        concentration_max=high,
        surface_min={"anode": 500.0, "cathode": low},
        surface_max={"anode": high, "cathode": 1000.0},
        stoichiometry_range={"cathode": theta},
    )


def test_local_values_are_told_once_with_time_and_place(caplog):
    ranges = local_ranges(study())
    assert [one.quantity for one in ranges] == ["concentration", "cathode"]
    watch = RangeWatch(ranges)
    watch.look(1.0, observed(200.0, 1900.0, (0.4, 0.6)))
    assert not watch.found
    watch.look(2.5, observed(40.0, 1900.0, (0.4, 0.6)))
    watch.look(3.5, observed(30.0, 1900.0, (0.4, 0.6)))
    (told,) = watch.found.values()
    assert told.startswith("from t = 2.5 s on: 40 mol/m³ at the cathode, outside 100 to 2000 mol/m³")
    assert len(caplog.records) == 1


@pytest.mark.parametrize(("theta", "left"), [((0.2, 0.8), False), ((0.195, 0.8), False), ((0.1, 0.8), True)])
def test_a_stoichiometry_beyond_its_table_is_told(theta, left):
    watch = RangeWatch([StatedRange("cathode", 0.2, 0.9, "a table")])
    watch.look(0.0, observed(500.0, 600.0, theta))
    assert bool(watch.found) == left
