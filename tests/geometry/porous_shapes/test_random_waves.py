import math

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.metrics import local_thickness
from archode.geometry.shapes import SHAPES, fraction
from archode.geometry.shapes.random_waves import local_thickness_ratio
from scipy.special import erfinv

RandomWaves = SHAPES["random_waves"]

STRUCTURES = {
    "chord": {"size": 70e-9, "solid_fraction": 0.35},
    "sparse": {"size": 200e-9, "solid_fraction": 0.25, "definition": "period"},
    "thick": {"size": 50e-9, "solid_fraction": 0.7, "definition": "local_thickness"},
    "stretched": {"size": 70e-9, "solid_fraction": 0.5, "anisotropy": (1, 1, 2)},
}


def surface_area(field, extent, samples):
    from skimage.measure import marching_cubes, mesh_surface_area

    axes = [np.linspace(0, length, samples) for length in extent]
    vertices, faces, _, _ = marching_cubes(field.on_grid(*axes), 0.0, spacing=[axis[1] for axis in axes])
    return mesh_surface_area(vertices, faces)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_surface_and_fraction_agree_with_theory(structure):
    parameters = STRUCTURES[structure]
    shape = RandomWaves(**parameters)
    # Five wavelengths, longer where the structure is stretched.
    extent = 5 * 2 * math.pi / shape.q0 * shape.stretch
    fractions, surfaces = [], []
    for seed in range(10):
        field = RandomWaves(**parameters, seed=seed).field(extent)
        fractions.append(fraction(field, extent, 60))
        surfaces.append(surface_area(field, extent, 60) / np.prod(extent))
    # Ten boxes: the means scatter by about 0.5 % (fraction) and 0.3 % (surface); contouring adds 0.4 %.
    assert np.mean(fractions) == pytest.approx(shape.solid_fraction, rel=0.015)
    assert np.mean(surfaces) == pytest.approx(shape.specific_surface, rel=0.02)


def test_level_and_wave_number_are_the_closed_forms():
    shape = RandomWaves(size=70e-9, solid_fraction=0.3)
    assert shape.xi == pytest.approx(math.sqrt(2) * erfinv(2 * 0.3 - 1), rel=1e-12)
    specific_surface = 2 * shape.q0 / (math.pi * math.sqrt(3)) * math.exp(-(shape.xi**2) / 2)
    assert shape.specific_surface == pytest.approx(specific_surface, rel=1e-12)
    assert 4 * 0.3 / specific_surface == pytest.approx(70e-9, rel=1e-12)
    assert shape.chord == pytest.approx(70e-9, rel=1e-12)


def test_definitions_of_the_size_are_consistent():
    chord = RandomWaves(size=100e-9, solid_fraction=0.35)
    thickness = RandomWaves(
        size=100e-9 * local_thickness_ratio(0.35), solid_fraction=0.35, definition="local_thickness"
    )
    period = RandomWaves(size=1.23 * 2 * math.pi / chord.q0, solid_fraction=0.35, definition="period")
    assert thickness.q0 == pytest.approx(chord.q0, rel=1e-12)
    assert period.q0 == pytest.approx(chord.q0, rel=1e-12)


@pytest.mark.parametrize("solid_fraction", [0.25, 0.35, 0.6])
def test_local_thickness_is_the_mean_diameter_of_the_largest_balls(solid_fraction):
    means = []
    for seed in range(2):
        shape = RandomWaves(size=1.0, solid_fraction=solid_fraction, definition="local_thickness", seed=seed)
        axis = np.arange(96) / 14
        solid = shape.field(np.full(3, 7.0)).on_grid(axis, axis, axis) < 0
        inner = (slice(20, -20),) * 3
        means.append(local_thickness(solid, 1 / 14)[inner][solid[inner]].mean())
    # Voxels of 1/14 make rods and balls 2 to 7 % too thin; two boxes of 7 ligaments scatter by 1.5 %.
    assert np.mean(means) == pytest.approx(0.97, abs=0.04)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_field_is_a_distance_in_the_mean(structure):
    shape = RandomWaves(**STRUCTURES[structure], seed=1)
    extent = 5 * 2 * math.pi / shape.q0 * shape.stretch
    axes = [np.linspace(0, length, 100) for length in extent]
    values = shape.field(extent).on_grid(*axes)
    step = 0.02 * shape.chord
    grown = np.mean(np.abs(values) < step) / (2 * step)
    # The layer between two levels has the thickness they are apart in the mean; one box scatters by 3 %.
    assert grown == pytest.approx(shape.specific_surface, rel=0.06)


def test_stretching_lengthens_the_chords_along_its_axis():
    shape = RandomWaves(size=1.0, solid_fraction=0.5, anisotropy=(1, 1, 2), seed=3)
    axis = np.linspace(0, 12, 160)
    solid = shape.field(np.full(3, 12.0)).on_grid(axis, axis, axis) < 0
    crossings = [np.count_nonzero(np.diff(solid, axis=direction)) for direction in range(3)]
    # One box holds few long ligaments.
    assert crossings[0] / crossings[2] == pytest.approx(2, rel=0.1)
    assert crossings[0] / crossings[1] == pytest.approx(1, rel=0.1)


def test_volume_is_kept_when_only_ratios_of_stretches_differ():
    one = RandomWaves(size=1.0, solid_fraction=0.4, anisotropy=(1, 2, 3))
    other = RandomWaves(size=1.0, solid_fraction=0.4, anisotropy=(2, 4, 6))
    assert np.prod(one.stretch) == pytest.approx(1)
    assert one.specific_surface == pytest.approx(other.specific_surface, rel=1e-12)
    assert one.specific_surface > RandomWaves(size=1.0, solid_fraction=0.4).specific_surface


def test_seeds_give_different_structures_of_the_same_kind():
    points = np.random.default_rng(0).uniform(0, 10, (2000, 3))
    first, second = (
        RandomWaves(size=1.0, solid_fraction=0.4, seed=seed).field(np.full(3, 10.0)).values(points) < 0
        for seed in (0, 1)
    )
    # Independent structures agree at φ² + (1 − φ)² = 52 % of the points.
    assert np.mean(first == second) == pytest.approx(0.52, abs=0.08)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"size": -1e-9, "solid_fraction": 0.3}, "size must be positive"),
        ({"size": 1e-9, "solid_fraction": 0}, "solid_fraction must lie between 0 and 1"),
        ({"size": 1e-9, "solid_fraction": 1.2}, "solid_fraction must lie between 0 and 1"),
        ({"size": 1e-9, "solid_fraction": "much"}, "solid_fraction must be a finite number"),
        ({"size": 1e-9, "solid_fraction": 0.3, "definition": "pore"}, "definition must be one of chord"),
        ({"size": 1e-9, "solid_fraction": 0.3, "seed": -1}, "seed must be a whole number"),
        ({"size": 1e-9, "solid_fraction": 0.3, "waves": 3}, "waves must be a whole number of at least 30"),
        ({"size": 1e-9, "solid_fraction": 0.3, "anisotropy": (1, 1)}, "anisotropy must be three numbers"),
        ({"size": 1e-9, "solid_fraction": 0.3, "anisotropy": (1, 1, 0)}, "factors of anisotropy"),
        ({"size": 1e-9, "solid_fraction": 0.3, "anisotropy": (1, 1, 20)}, "factors of anisotropy"),
        (
            {"size": 1e-9, "solid_fraction": 0.1, "definition": "local_thickness"},
            "calibrated for solid_fraction from 0.2 to 0.7",
        ),
    ],
)
def test_nonsense_is_refused(parameters, message):
    with pytest.raises(GeometryError, match=message):
        RandomWaves(**parameters)
