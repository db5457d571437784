"""The short studies of the library run as they stand, and give the numbers they are about."""

import csv
import json
import math
from pathlib import Path

import pytest
from archode.studies.cli import main
from archode.studies.verification.pores import potassium_chloride, round_conductance

LIBRARY = Path(__file__).parents[2] / "studies" / "library"


def run(name, tmp_path, *options):
    """Summaries of every case, by name."""
    study = str(LIBRARY / f"{name}.yml")
    quick = ["--set", "output.figures=false", "--set", "output.errors=false"]
    assert main(["run", study, "--out", str(tmp_path), *quick, *options]) == 0
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


def test_k_host_comparison(tmp_path):
    """Foil and channels of the comparison, on coarse meshes: equal charge per footprint, spread over their surfaces."""
    left_out = [f"hosts.{host}=" for host in ("cu_foam", "gyroid", "hollow_spheres", "fibre_cloth", "nanoporous_gold")]
    coarse = [
        "hosts.channels.mesh={interface_size: 2.5 um, size: 10 um}",
        "hosts.cu_foil.mesh={size: 5 um, interface_size: 1 um}",
        # Nuclei take some fifty short steps of their own.
        "interfaces.cathode.plating.nucleation=",
        "sweep.protocol.0.discharge=[5 mA/cm^2]",
        "output.fields=1",
    ]
    options = [text for given in (*left_out, *coarse) for text in ("--set", given)]
    summaries = run("k_host_comparison", tmp_path, *options)
    assert set(summaries) == {"cu_foil__discharge=5mA_cm2", "channels__discharge=5mA_cm2"}
    folder = tmp_path / "k_host_comparison"
    metal = 3.6e4 * 4.5358e-05 / 96485.33
    for case, summary in summaries.items():
        assert summary["steps"][0]["areal_capacity [mAh/cm2]"] == pytest.approx(1.0, rel=1e-6)
        areas = summary["mesh"]["areas"]
        factor = areas["cathode_surface"] / areas["anode_surface"]
        assert factor == pytest.approx(1.0 if "foil" in case else 5.7, rel=0.01)
        with (folder / case / "timeseries.csv").open() as file:
            *_, last = csv.DictReader(file)
        # Faraday's law; the mean over the surface is as exact as the charge passed.
        assert float(last["cathode_deposit [m]"]) * factor == pytest.approx(metal, rel=1e-4)
    with (folder / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["host"] for row in rows) == ["channels", "cu_foil"]
    assert all(math.isclose(float(row["current density [mA/cm2]"]), 5.0, rel_tol=1e-9) for row in rows)


def test_k_on_copper(tmp_path):
    """The dip on copper is that of the fit, less deep where the metal wets, and 98 % of the metal comes back."""
    summaries = run("k_on_copper", tmp_path)
    dips = [
        summaries[f"contact_angle={angle}deg"]["plating"]["cathode"]["nucleation_overpotential [V]"]
        for angle in (120, 90, 60, 41)
    ]
    # The comments' numbers; steps may err by 0.26 mV each.
    assert dips[0] == pytest.approx(0.161, abs=2e-3)
    assert dips[-1] == pytest.approx(0.061, abs=2e-3)
    assert dips == sorted(dips, reverse=True)
    for summary in summaries.values():
        assert [step["ended_by"] for step in summary["steps"]] == ["capacity", "time", "voltage"]
        # Some e^-19 of a nanometre is left, and the double layer takes 20 µF/cm² times 0.5 V: 3e-6 of it all.
        assert summary["reference"][0]["relative"] == pytest.approx(0.0, abs=1e-5)
        assert summary["conservation"]["deposit_cathode"] < 1e-12


def test_k_anode_free(tmp_path):
    """Every discharge returns the efficiency's share of the charge before it: that is all the metal there is."""
    (summary,) = run("k_anode_free", tmp_path).values()
    first, back, second, again = (step["areal_capacity [mAh/cm2]"] for step in summary["steps"])
    # The double layer of the copper is 1e-4 of what is stored at this small capacity.
    assert back / first == pytest.approx(0.95, rel=3e-4)
    assert again / second == pytest.approx(0.95, rel=3e-4)
    # Prussian blue is filled with what came back.
    assert second == pytest.approx(back, rel=1e-3)
    thickest = first * 3.6e4 * 0.95 * 4.5358e-5 / 96485.33 / 0.7
    assert summary["plating"]["anode"]["thickness_mean [m]"] == pytest.approx(thickest, rel=1e-3)
    # The film of 250 ohm*cm^2 is stated, not the library's.
    assert "anode.film_resistance (K)" not in summary["estimates"]
