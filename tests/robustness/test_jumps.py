"""Jumps of the voltage by 2 V and ramps of up to 1 kV/s with their vertices: every one converges.

The full campaign is ``python -m tests.robustness.random_jumps --count 50 --out results/random_jumps.csv``.
"""

import pytest

from .campaign import campaign, missed
from .random_jumps import KINDS, drawn, study

#: A jump of a full cell, ramps of a symmetric one, a jump of blocking electrodes.
SAMPLE = (0, 5, 6)

CAMPAIGN = range(50)

#: Seconds a study of the sample and of the campaign may take, far beyond what five steps of a few hundred unknowns are
#: worth.
SOON, TIMEOUT = 60.0, 300.0


def test_seeds_stand_for_studies():
    assert study(4) == study(4) != study(14)
    told = [drawn(seed) for seed in CAMPAIGN]
    assert {t["kind"] for t in told} == set(KINDS)
    assert {(t["kind"], t["control"]) for t in told} == {(k, c) for k in KINDS for c in ("jumps", "ramps")}


def test_sample():
    rows = campaign("tests.robustness.random_jumps", SAMPLE, timeout=SOON, tell=lambda row: None)
    told = missed(rows)
    assert not told, told


@pytest.mark.slow
def test_campaign():
    rows = campaign("tests.robustness.random_jumps", CAMPAIGN, timeout=TIMEOUT, tell=lambda row: None)
    told = missed(rows)
    assert not told, told
