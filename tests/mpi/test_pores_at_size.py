"""Charged pores in three dimensions on two ranks, 2e5 unknowns and more: they converge, and no ion is lost."""

import json
from pathlib import Path

import pytest

from .launch import needs_mpiexec, on_ranks

LIBRARY = Path(__file__).resolve().parents[2] / "studies" / "library"
pytestmark = [
    pytest.mark.slow,
    needs_mpiexec,
]

#: What a run may lose of an ion, of what was there and passed.
LOST = 1e-9

PORE = """
import json
from mpi4py import MPI
from archode.geometry import MeshSizes
from archode.studies.verification.pores import CHARGE, HALF, conductance, potassium_chloride, round_conductance

length, salt = 40e-9, potassium_chloride(10.0)
sizes = MeshSizes(size=0.6e-9, interface_size=0.4e-9, wall_size=0.15e-9, growth=1.15)
geometry = {"radius": HALF, "length": length, "domain": "whole"}
pore = conductance(geometry, sizes, salt, CHARGE, linear="iterative")
if MPI.COMM_WORLD.rank == 0:
    exact = round_conductance(salt, CHARGE, HALF, length)
    print(json.dumps({"unknowns": pore.unknowns, "lost": pore.balance, "off": pore.conductance / exact - 1}))
"""


def on_two_ranks(*command):
    return on_ranks(2, *command, timeout=3000)


def test_round_pore():
    found = json.loads(on_two_ranks("-c", PORE).splitlines()[-1])
    assert found["unknowns"] >= 2e5
    assert found["lost"] <= LOST
    # The polygon's area and linear elements take half a per cent.
    assert abs(found["off"]) <= 0.01


@pytest.mark.parametrize("case", ["0.1 mol/L", "10 mmol/L", "1 mmol/L"])
def test_nanoporous_gold(case, tmp_path):
    """A piece of 70 nm ligaments: ions are kept, and the charged walls add to what the bulk's salt conducts."""
    study = LIBRARY / "nanoporous_gold_pores.yml"
    sets = [f"materials.ions.{ion}.concentration={case}" for ion in ("K+", "Cl-")] + ["mesh.interface_size=9.5 nm"]
    text = study.read_text(encoding="utf-8")
    single = tmp_path / "study.yml"
    single.write_text(text[: text.index("sweep:")] + text[text.index("solver:") :], encoding="utf-8")
    options = [part for given in sets for part in ("--set", given)]
    on_two_ranks("-m", "archode.studies.cli", "run", str(single), "--out", str(tmp_path), *options)
    summary = json.loads(next(tmp_path.glob("**/summary.json")).read_text(encoding="utf-8"))
    assert summary["status"] == "done"
    assert summary["solver"]["unknowns"] >= 2e5
    assert max(abs(summary["conservation"][key]) for key in ("K+", "Cl-", "current")) <= LOST
