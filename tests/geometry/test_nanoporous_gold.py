"""Leveled random waves as meshes: how often they succeed, how good their cells are, and what they measure.

The full count, 20 seeds at three solid fractions, is marked slow; the default suite takes two seeds of each.
"""

import math

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, mesh_file
from archode.geometry.shapes import SHAPES
from archode.geometry.shapes.random_waves import SPACING_FACTOR

LIGAMENT = 70e-9
FRACTIONS = (0.25, 0.35, 0.5)


def build(fraction, seed, folder, spacings, edges):
    """Report of a cube of so many ligament spacings with so many lattice edges per ligament; None if refused."""
    waves = SHAPES["random_waves"](LIGAMENT, fraction, seed=seed)
    width = spacings * SPACING_FACTOR * 2 * math.pi / waves.q0
    sample = ARCHITECTURES["porous_sample"](waves, width)
    try:
        file = mesh_file(sample, MeshSizes(interface_size=LIGAMENT / edges), cache_dir=folder)
    except GeometryError as error:
        return str(error), waves, width
    file.path.unlink()
    return file.report, waves, width


def judged(seeds, folder, spacings, edges):
    """Successes, smallest angles, deviations of the fraction, and S_V over theory, by fraction."""
    found = {fraction: [] for fraction in FRACTIONS}
    refused = []
    for fraction in FRACTIONS:
        for seed in seeds:
            report, waves, width = build(fraction, seed, folder, spacings, edges)
            if isinstance(report, str):
                refused.append((fraction, seed, report))
                continue
            found[fraction].append(
                (
                    report["quality"]["dihedral_angle_min"],
                    report["volumes"]["anode"] / width**3 / fraction - 1,
                    report["details"]["walls [m2]"] / width**3 / waves.specific_surface,
                    report["cells"],
                    report["seconds"],
                )
            )
    return {fraction: np.array(rows) for fraction, rows in found.items()}, refused


def test_random_waves_of_each_fraction(tmp_path):
    found, refused = judged((1, 2), tmp_path, spacings=2.5, edges=4)
    assert not refused
    for fraction, rows in found.items():
        assert rows[:, 0].min() >= 5
        assert np.abs(rows[:, 1]).max() <= 0.01
        # Two small boxes, whose S_V scatters by a few per cent each.
        assert rows[:, 2].mean() == pytest.approx(1.0, abs=0.06), fraction


@pytest.mark.slow
def test_sixty_builds_of_four_spacings(tmp_path, capsys):
    found, refused = judged(range(20), tmp_path, spacings=4, edges=4)
    angles = np.concatenate([rows[:, 0] for rows in found.values()])
    with capsys.disabled():
        for fraction, rows in found.items():
            print(
                f"\nφ = {fraction}: {len(rows)} of 20 built, smallest angle {rows[:, 0].min():.1f}° "
                f"(median {np.median(rows[:, 0]):.1f}°), fraction within {np.abs(rows[:, 1]).max():.2%}, "
                f"S_V {rows[:, 2].mean():.3f} ± {rows[:, 2].std():.3f} of theory, "
                f"{rows[:, 3].mean():,.0f} tetrahedra in {rows[:, 4].mean():.1f} s",
                end="",
            )
        print("\nrefused:", refused)
    assert len(angles) >= 59
    assert angles.min() >= 5
    assert np.mean(angles >= 8) >= 0.9
    for fraction, rows in found.items():
        assert np.abs(rows[:, 1]).max() <= 0.01
        if fraction > 0.3:
            assert rows[:, 2].mean() == pytest.approx(1.0, abs=0.03)
