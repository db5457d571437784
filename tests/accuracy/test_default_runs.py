"""Default runs are within 2 % of converged ones or say that they are not, and what they say of their errors is true.

The full campaign is ``python -m tests.accuracy.default_runs --out results/default_runs.csv``.
"""

import pytest

from .default_runs import Judged, dishonest, honest_share, judged, line
from .studies import STUDIES

#: Bars that take seconds: a salt that runs out, and a film whose surface fills long before the rest of it.
SAMPLE = ("foils_3J", "series_1C")


def number(true, ratio, warned=False):
    """A number of a run, wrong by a share ``true`` of itself."""
    return Judged("made up", "capacity", 1.0, true, abs(true) * ratio, None, None, ratio, warned, 0.0, True)


def test_rules():
    assert number(0.03, 0.1).missed and not number(0.03, 1.0, warned=True).missed and not number(0.01, 1.0).missed
    rows = [number(0.01, ratio) for ratio in (0.1, 0.4, 1.0, 3.5)]
    assert dishonest(rows) == rows[:1] and honest_share(rows) == 0.25


def test_enough_studies():
    assert len(STUDIES) >= 30
    assert not any("mesh" in asked.study for asked in STUDIES.values())


def _hold_true(rows):
    told = "\n".join(line(row) for row in rows)
    assert not [row for row in rows if row.missed], told
    assert not dishonest(rows), told


def test_sample():
    rows = [row for name in SAMPLE for row in judged(name)]
    _hold_true(rows)
    assert honest_share(rows) >= 0.9


@pytest.mark.slow
def test_campaign():
    rows = [row for name in STUDIES for row in judged(name)]
    _hold_true(rows)
    assert honest_share(rows) >= 0.9
