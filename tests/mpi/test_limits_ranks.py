"""The search for limits on two ranks: what one rank finds, and nobody waits for the others."""

import json

import pytest

from .launch import needs_mpiexec, on_ranks

THIN = """\
study: thin
geometry: {architecture: planar, gap: 300 um, width: 20 um, depth: 20 um}
mesh: {size: 60 um, interface_size: 10 um, growth: 1.6}
materials: {electrolyte: KFSI_DME_1M, anode: K, cathode: K}
protocol: [{discharge: 40 mA/cm^2, until: {time: 90 s}}]
"""

RUN = """
import sys
from archode.studies.cli import main
sys.exit(main(["limits", sys.argv[1], "--out", sys.argv[2], "--tolerance", "20%", "--quiet"]))
"""


@pytest.mark.slow
@needs_mpiexec
def test_ranks_find_the_same_limit(tmp_path):
    (tmp_path / "thin.yml").write_text(THIN, encoding="utf-8")
    told = []
    for ranks in (1, 2):
        out = tmp_path / str(ranks)
        shown = on_ranks(ranks, "-c", RUN, str(tmp_path / "thin.yml"), str(out))
        assert shown.count("Safe up to") == 1  # rank 0 alone speaks
        told.append(json.loads((out / "thin/limits/base/limits.json").read_text()))
    assert told[0]["status"] == "limit found"
    currents = [[trial["current_density [A/m2]"] for trial in one["trials"]] for one in told]
    assert currents[0] == currents[1]
    for one, two in zip(*(found["trials"] for found in told), strict=True):
        assert one["cause"] == two["cause"]
        # The step control's tolerance is 1e-3; both take the same steps but for rounding.
        assert two["capacity [C/m2]"] == pytest.approx(one["capacity [C/m2]"], rel=1e-4)
