"""Random full cells come to their end in order, balanced, in a bounded number of time steps, ten cycles long.

The full campaign is ``python -m tests.robustness.random_cells --count 200 --out results/random_cells.csv``.
"""

import pytest

from .campaign import campaign, missed
from .random_cells import CYCLES, PAIRS, drawn, open_circuit, study

#: Of a bar between films, a high rate; of fingers. The first 200 are behind the marker slow.
SAMPLE = (40, 68)

#: Studies of the campaign that ``make test-all`` runs.
CAMPAIGN = range(200)

#: Seconds a study of the sample and of the campaign may take, far beyond what 20 half-cycles of a few hundred unknowns
#: are worth.
SOON, TIMEOUT = 60.0, 600.0


def test_seeds_stand_for_studies():
    assert study(7) == study(7) != study(8)
    told = [drawn(seed) for seed in range(200)]
    pairs = {(p.anode, p.cathode) for p in PAIRS}
    assert {(t["pair"].split("|")[0], t["pair"].split("|")[2]) for t in told} == pairs
    assert {t["shape"] for t in told} == {"stack", "planar", "interdigital", "interdigital_pillars"}
    assert any(t["discharge_to"] < 0 for t in told)
    assert study(7)["protocol"][0]["repeat"] == CYCLES


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.anode}-{pair.cathode}")
def test_pairs_make_cells(pair):
    empty, full = open_circuit(pair)
    assert full > 1.0 and full > empty


def test_sample():
    rows = campaign("tests.robustness.random_cells", SAMPLE, timeout=SOON, tell=lambda row: None)
    told = missed(rows)
    assert not told, told


@pytest.mark.slow
def test_campaign():
    rows = campaign("tests.robustness.random_cells", CAMPAIGN, timeout=TIMEOUT, tell=lambda row: None)
    told = missed(rows)
    assert not told, told
