"""`archode mesh` on two ranks: the same numbers and errors as in serial."""

import json

import pytest

from .launch import needs_mpiexec, on_ranks

pytestmark = needs_mpiexec

STUDIES = {
    "gyroid": """\
study: gyroid
geometry:
  architecture: porous_sample
  shape: {gyroid: {period: 10 um, solid_fraction: 0.4}}
  width: 10 um
""",
    "pair": """\
study: pair
geometry:
  {architecture: interdigital, finger_width: 10 um, gap: 10 um, thickness: 1 um, length: 15 um, domain: finger_pair}
mesh: {size: 6 um, interface_size: 2.5 um, film_size: 0.5 um}
""",
}

RUN = """
import os, sys
os.environ["ARCHODE_CACHE"] = sys.argv[1]
from archode.studies.cli import main
sys.exit(main(["mesh", sys.argv[2], "--out", sys.argv[3], "--no-pictures", "-q"]))
"""


def leaves(data, path=()):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from leaves(value, (*path, number))
    else:
        yield path, data


@pytest.mark.parametrize("name", [pytest.param("gyroid", marks=pytest.mark.slow), "pair"])
def test_numbers_and_errors_agree(name, tmp_path):
    (tmp_path / "study.yml").write_text(STUDIES[name])
    found = {}
    for ranks in (1, 2):
        out = tmp_path / f"{ranks}"
        # Measured anew on either number of ranks.
        on_ranks(ranks, "-c", RUN, str(tmp_path / f"cache{ranks}"), str(tmp_path / "study.yml"), str(out))
        report = json.loads((out / name / "base" / "mesh.json").read_text())
        found[ranks] = {key: report[key] for key in ("metrology", "conductance", "end_and_bus")}
    mine, theirs = (dict(leaves(found[ranks])) for ranks in (2, 1))
    assert mine.keys() == theirs.keys()
    for path, value in theirs.items():
        if "iterations" in path:
            continue
        if isinstance(value, float):
            # Errors are differences of numbers that agree to 1e-9.
            assert mine[path] == pytest.approx(value, rel=1e-5, abs=1e-12), path
        else:
            assert mine[path] == value, path
