"""The short studies of the library run as they stand, and give the numbers they are about."""

import json
from pathlib import Path

import pytest
from archode.studies.cli import main
from archode.studies.verification.pores import potassium_chloride, round_conductance

LIBRARY = Path(__file__).parents[2] / "studies" / "library"


def run(name, tmp_path, *options):
    """Summaries of every case, by name."""
    study = str(LIBRARY / f"{name}.yml")
    assert main(["run", study, "--out", str(tmp_path), "--set", "output.figures=false", *options]) == 0
    return {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("*/*/summary.json")}


def test_charged_nanopore(tmp_path):
    (summary,) = run("charged_nanopore", tmp_path).values()
    step = summary["steps"][-1]
    current = step["capacity [C]"] / step["duration [s]"]
    expected = 0.025 * round_conductance(potassium_chloride(10.0), -0.02, 10e-9, 200e-9)
    # First cells of λ_D/9 and a polygon for a circle take some per cent; the first microseconds are not steady.
    assert current == pytest.approx(expected, rel=0.03)
    # Relative to what was there and passed; the walls' own charge is as large as what passes in ten microseconds.
    assert max(abs(summary["conservation"][ion]) for ion in ("K+", "Cl-")) < 1e-9
    assert summary["double_layers"]["debye_length [m]"] == pytest.approx(3.04e-9, rel=1e-3)


def test_hybrid_capacitor(tmp_path):
    """Faster is less, and the anions that the carbon takes are those the electrolyte loses."""
    summaries = run("hybrid_capacitor", tmp_path)
    slow, fast = (summaries[case]["steps"][1]["capacity [C]"] for case in ("charge=5C", "charge=50C"))
    assert 0 < fast < slow
    for summary in summaries.values():
        assert max(map(abs, summary["conservation"].values())) < 1e-8
