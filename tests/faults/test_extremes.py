"""Every cell at the ends of what may be asked for ends in order: balanced, or failed aloud with advice that is true."""

import re

import pytest

from .extremes import MOST_CPU, extremes, outcome, told

EXTREMES = list(extremes())

#: Cells of thousands of unknowns, and layers that are solved for, take minutes.
MARKED = [
    pytest.param(
        one,
        id=one.name,
        marks=pytest.mark.faults if (one.shape, one.model) == ("planar", "electroneutral") else pytest.mark.slow,
    )
    for one in EXTREMES
]

#: A run that is done ends with 0, one that failed with 3, one with a broken balance with 5.
ENDS = {"done": 0, "failed": 3, "unbalanced": 5}


def test_there_are_sixty_of_them_and_they_reach_the_ends():
    assert len(EXTREMES) == len({one.name for one in EXTREMES}) == 60
    assert {one.shape for one in EXTREMES} == {"planar", "comb", "pillars", "host"}
    for name, ends in {
        "length": (1e-9, 0.1),
        "rate": (1e-3, 1e4),
        "temperature": (150.0, 600.0),
        "concentration": (1e-6, 1e4),
        "state_of_charge": (0.0, 1.0),
    }.items():
        values = [getattr(one, name) for one in EXTREMES]
        assert (min(values), max(values)) == ends


@pytest.mark.parametrize("one", MARKED)
def test_it_ends_in_order(one, tmp_path, capsys):
    found = outcome(one, tmp_path)
    said = capsys.readouterr().err
    print(told(one, found))
    assert found["code"] == ENDS[found["status"]]
    assert "Traceback" not in said and "internal error" not in said
    assert found["cpu"] < MOST_CPU
    if found["status"] == "done":
        assert found["balance"] <= 1e-7
    if found["status"] == "failed":
        # The numbers of the solver are named last, and a direct solver to nobody who has it.
        assert re.search("Try: .*(current|electrode|voltage|mesh|max_steps|charge)", found["reason"])
        assert "linear: direct" not in found["reason"]
    if one.temperature != 298.15:
        assert any(f"is used at {one.temperature:g} K" in warning for warning in found["warnings"])
    if not 100 <= one.concentration <= 2000:
        assert any("mol/m³ in the bulk" in warning for warning in found["warnings"])
