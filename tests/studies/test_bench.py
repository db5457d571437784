"""The benchmark measures what it says, on a mesh small enough for a test; its conclusions follow from its rows."""

import io

import pytest
from archode.studies.bench import Measurement, conclusions, results_table
from rich.console import Console


def row(unknowns, linear="iterative", ranks=1, seconds=1.0):
    return {
        "problem": "discharge",
        "unknowns": unknowns,
        "linear": linear,
        "ranks": ranks,
        "steps": 50,
        "finished": True,
        "newton_per_step": 3.9,
        "jacobians_per_step": 0.9,
        "linear_per_newton": 10.5,
        "seconds_per_newton": seconds,
        "seconds_per_step": 4 * seconds,
        "assembly_share": 0.5,
        "poisson": 0.1,
        "poisson_iterations": 12,
        "step_over_poisson": 3.7,
        "first_over_poisson": 5.4,
        "memory_mb": 250.0,
    }


def test_growth_exponent_and_speed_up():
    results = [
        (Measurement(20_000, "iterative"), row(20_000, seconds=0.1)),
        (Measurement(200_000, "iterative"), row(200_000, seconds=1.0 * 10**0.1)),
        (Measurement(200_000, "iterative", ranks=2), row(200_000, ranks=2, seconds=0.5 * 10**0.1)),
    ]
    told = list(conclusions(results))
    assert any("unknowns^1.10 from 20,000 to 200,000" in line for line in told)
    assert any("2 ranks are 2.00 times as fast" in line for line in told)
    assert "discharge: linear iterations grow 1.00 times from 20,000 to 200,000 unknowns" in told


def test_table_shows_what_failed():
    failed = Measurement(200, "direct"), "killed"
    console = Console(width=300, file=io.StringIO())
    console.print(results_table([(Measurement(100, "direct"), row(100)), failed]))
    text = console.file.getvalue()
    assert "3.70" in text and "failed: killed" in text


@pytest.mark.parametrize(
    ("problem", "linear", "unknowns"),
    [("discharge", "direct", 2000), ("discharge", "iterative", 2000), ("pore", "iterative", 20_000)],
)
def test_measures_a_small_problem(problem, linear, unknowns):
    from archode.studies.bench_worker import measure

    result = measure(problem, unknowns, linear, 3)
    assert 0.5 * unknowns < result["unknowns"] < 2 * unknowns
    assert result["steps"] == 3 and not result["finished"]
    assert result["newton_per_step"] >= 1 and result["jacobians_per_step"] > 0
    assert 0 < result["assembly_share"] < 1
    assert result["step_over_poisson"] == pytest.approx(result["seconds_per_step"] / result["poisson"])


def test_meshes_are_timed_and_failures_told():
    from archode.geometry import ARCHITECTURES, MeshSizes
    from archode.studies import bench_geometry

    assert len(bench_geometry.buildings(quick=False)) > len(bench_geometry.buildings(quick=True)) > 0
    planar = ARCHITECTURES["planar"](gap=10e-6)
    wanted = [
        bench_geometry.Building("a bar", planar, MeshSizes()),
        bench_geometry.Building("an impossible one", planar, MeshSizes(size=4e-6, film_size=1e-9, interface_size=4e-6)),
    ]
    results = list(bench_geometry.run_benchmark(wanted[:1]))
    report = results[0][1]
    assert report["cells"] == planar.estimate_cells(MeshSizes())
    assert report["seconds"] > 0 and report["memory [MB]"] > 10
    results.append((wanted[1], "no room"))
    console = Console(width=200, file=io.StringIO())
    console.print(bench_geometry.results_table(results))
    told = console.file.getvalue()
    assert "a bar" in told and f"{report['cells']:,}" in told and "failed: no room" in told
