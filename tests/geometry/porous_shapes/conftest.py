"""Every shape with ordinary and with extreme parameters, and how to measure fields."""

import numpy as np
import pytest
from archode.geometry.shapes import SHAPES, from_plain

UM = 1e-6

# Shape and a box to use it in; several for every shape but images, which need a file.
CASES = {
    "waves": ({"random_waves": {"size": 2 * UM, "solid_fraction": 0.35}}, (8, 8, 6)),
    "waves-period": (
        {"random_waves": {"size": 4 * UM, "solid_fraction": 0.25, "definition": "period", "seed": 3}},
        (10, 8, 8),
    ),
    "waves-stretched": (
        {
            "random_waves": {
                "size": 2 * UM,
                "solid_fraction": 0.6,
                "definition": "local_thickness",
                "anisotropy": [1, 1, 3],
            }
        },
        (8, 8, 8),
    ),
    "gyroid": ({"gyroid": {"period": 10 * UM, "solid_fraction": 0.3}}, (10, 10, 10)),
    "gyroid-thin": ({"gyroid": {"period": 10 * UM, "solid_fraction": 0.05}}, (10, 10, 10)),
    "gyroid-sheet": ({"gyroid": {"period": 10 * UM, "solid_fraction": 0.2, "kind": "sheet"}}, (10, 10, 10)),
    "schwarz-p": ({"schwarz_p": {"period": 10 * UM, "solid_fraction": 0.5}}, (10, 10, 10)),
    "schwarz-p-thin": ({"schwarz_p": {"period": 10 * UM, "solid_fraction": 0.24}}, (10, 10, 5)),
    "schwarz-p-sheet": (
        {"schwarz_p": {"period": 10 * UM, "solid_fraction": 0.15, "kind": "sheet"}},
        (5, 5, 10),
    ),
    "schwarz-d": ({"schwarz_d": {"period": 10 * UM, "solid_fraction": 0.7}}, (10, 10, 10)),
    "schwarz-d-thin": ({"schwarz_d": {"period": 10 * UM, "solid_fraction": 0.12}}, (10, 10, 10)),
    "schwarz-d-sheet": ({"schwarz_d": {"period": 9 * UM, "solid_fraction": 0.3, "kind": "sheet"}}, (9, 9, 9)),
    "simple-cubic": ({"simple_cubic": {"cell": 10 * UM, "radius": 1 * UM}}, (10, 10, 10)),
    "simple-cubic-fillet": (
        {"simple_cubic": {"cell": 10 * UM, "radius": 2 * UM, "fillet": 2 * UM}},
        (5, 10, 5),
    ),
    "simple-cubic-thick": ({"simple_cubic": {"cell": 10 * UM, "radius": 4.5 * UM}}, (10, 10, 10)),
    "bcc": ({"bcc": {"cell": 10 * UM, "radius": 1 * UM}}, (10, 5, 5)),
    "bcc-fillet": ({"bcc": {"cell": 10 * UM, "radius": 1 * UM, "fillet": 1 * UM}}, (10, 10, 5)),
    "bcc-thick": ({"bcc": {"cell": 10 * UM, "radius": 3 * UM}}, (5, 5, 5)),
    "fcc": ({"fcc": {"cell": 10 * UM, "radius": 1 * UM}}, (10, 5, 5)),
    "fcc-fillet": ({"fcc": {"cell": 10 * UM, "radius": 1 * UM, "fillet": 1.5 * UM}}, (10, 10, 5)),
    "fcc-thick": ({"fcc": {"cell": 10 * UM, "radius": 2.6 * UM}}, (5, 5, 5)),
    "octet": ({"octet": {"cell": 10 * UM, "radius": 0.7 * UM}}, (10, 5, 5)),
    "octet-fillet": ({"octet": {"cell": 10 * UM, "radius": 0.5 * UM, "fillet": 1 * UM}}, (10, 10, 5)),
    "octet-thick": ({"octet": {"cell": 10 * UM, "radius": 1.8 * UM}}, (5, 5, 5)),
    "fibres": ({"fibres": {"radius": 1 * UM, "solid_fraction": 0.2}}, (20, 20, 15)),
    "fibres-random": (
        {"fibres": {"radius": 0.5 * UM, "count": 40, "orientation": "random", "fillet": 0.5 * UM}},
        (12, 10, 8),
    ),
    "fibres-aligned": (
        {
            "fibres": {
                "radius": 0.5 * UM,
                "solid_fraction": 0.3,
                "orientation": "aligned",
                "axis": "y",
                "arrangement": "separate",
            }
        },
        (9, 10, 8),
    ),
    "fibres-tilted": (
        {"fibres": {"radius": 0.5 * UM, "solid_fraction": 0.6, "orientation": "aligned", "tilt": 0.3}},
        (6, 5, 4),
    ),
    "hollow-spheres": (
        {"hollow_spheres": {"radius": 5 * UM, "wall": 1 * UM, "hole": 1 * UM}},
        (9.5, 9.5, 9.5),
    ),
    "hollow-spheres-windows": (
        {"hollow_spheres": {"radius": 5 * UM, "wall": 0.4 * UM, "hole": 0, "pitch": 8 * UM}},
        (4, 8, 4),
    ),
    "hollow-spheres-thin": (
        {"hollow_spheres": {"radius": 5 * UM, "wall": 0.25 * UM, "hole": 2 * UM, "pitch": 9.79 * UM}},
        (9.79, 9.79, 9.79),
    ),
    "inverse-opal": ({"inverse_opal": {"diameter": 5 * UM, "overlap": 1.1}}, None),
    "inverse-opal-closed": ({"inverse_opal": {"diameter": 5 * UM, "overlap": 1.005}}, None),
    "inverse-opal-open": ({"inverse_opal": {"diameter": 5 * UM, "overlap": 1.14}}, None),
    "spheres": ({"spheres": {"radius": 5 * UM, "pitch": 9 * UM}}, (9, 9, 4.5)),
    "spheres-apart": ({"spheres": {"radius": 2 * UM, "pitch": 8 * UM}}, (8, 8, 8)),
    "spheres-random": (
        {"spheres": {"radius": 1 * UM, "arrangement": "random", "solid_fraction": 0.26}},
        (8, 7, 6),
    ),
    "channels": ({"channels": {"radius": 3 * UM, "pitch": 10 * UM}}, (10, 10, 5)),
    "channels-hexagonal": (
        {"channels": {"radius": 4.8 * UM, "pitch": 10 * UM, "arrangement": "hexagonal"}},
        (10, 10 * 3**0.5, 5),
    ),
    "channels-x": ({"channels": {"radius": 0.5 * UM, "pitch": 5 * UM, "axis": "x"}}, (2, 5, 10)),
    "pillars": ({"pillars": {"radius": 2 * UM, "pitch": 10 * UM}}, (10, 5, 20)),
    "pillars-fillet": (
        {"pillars": {"radius": 2 * UM, "pitch": 10 * UM, "height": 12 * UM, "fillet": 2.5 * UM}},
        (10, 10, 20),
    ),
    "pillars-hexagonal": (
        {"pillars": {"radius": 1 * UM, "pitch": 8 * UM, "height": 20 * UM, "arrangement": "hexagonal"}},
        (8, 4 * 3**0.5, 20),
    ),
    "box": ({"box": {"corner": [1 * UM, 2 * UM, 0], "size": [3 * UM, 4 * UM, 5 * UM]}}, (8, 8, 8)),
    "ball": ({"ball": {"centre": [4 * UM, 4 * UM, 4 * UM], "radius": 3 * UM}}, (8, 8, 8)),
    "cylinder": (
        {
            "cylinder": {
                "start": [2 * UM, 2 * UM, 2 * UM],
                "end": [6 * UM, 5 * UM, 4 * UM],
                "radius": 1.5 * UM,
            }
        },
        (8, 8, 8),
    ),
    "half-space": ({"half_space": {"point": [4 * UM, 4 * UM, 4 * UM], "normal": [1, 2, -2]}}, (8, 8, 8)),
    "union": (
        {
            "union": [
                {"box": {"corner": [0, 0, 0], "size": [8 * UM, 8 * UM, 2 * UM]}},
                {"gyroid": {"period": 8 * UM, "solid_fraction": 0.4}},
            ]
        },
        (8, 8, 8),
    ),
    "nested": (
        {
            "difference": [
                {"complement": {"ball": {"centre": [0, 0, 0], "radius": 3 * UM}}},
                {"offset": {"of": {"bcc": {"cell": 8 * UM, "radius": 0.5 * UM}}, "by": 0.3 * UM}},
                {
                    "place": {
                        "of": {"channels": {"radius": 1 * UM, "pitch": 4 * UM}},
                        "at": [1 * UM, 0, 0],
                    }
                },
            ]
        },
        (8, 8, 8),
    ),
    "blend": (
        {
            "blend": {
                "of": [
                    {"cylinder": {"start": [0, 0, 4 * UM], "end": [8 * UM, 0, 4 * UM], "radius": 2 * UM}},
                    {"simple_cubic": {"cell": 8 * UM, "radius": 1 * UM}},
                ],
                "radius": 1 * UM,
            }
        },
        (8, 8, 8),
    ),
    "intersection": (
        {
            "intersection": [
                {"half_space": {"point": [0, 0, 5 * UM], "normal": [0, 0, 1]}},
                {"random_waves": {"size": 2 * UM, "solid_fraction": 0.4, "waves": 60}},
            ]
        },
        (8, 8, 8),
    ),
}


def made(name):
    """A shape, the extent of a box for it [m], and the plain data it was made of."""
    data, size = CASES[name]
    shape = from_plain(data)
    extent = np.full(3, shape.cell) if size is None else UM * np.array(size)
    return shape, extent, data


# Lattices in boxes whose walls are mirror planes.
MIRRORED = [
    name
    for name, (data, _) in CASES.items()
    if not made(name)[0].walls_need_flattening and next(iter(data)) not in ("box", "blend")
]


@pytest.fixture(params=CASES)
def case(request):
    """One of all cases."""
    return made(request.param)


@pytest.fixture(params=MIRRORED)
def mirrored(request):
    """A lattice in a box whose walls are mirror planes."""
    return made(request.param)


def pytest_generate_tests(metafunc):
    if "registered" in metafunc.fixturenames:
        metafunc.parametrize("registered", SHAPES)


@pytest.fixture
def slopes():
    """Magnitude of a field's gradient by central differences, at points near its surface."""

    def measure(field, extent, near, count=20_000, seed=1):
        points = np.random.default_rng(seed).uniform(0.02, 0.98, (count, 3)) * extent
        points = points[np.abs(field.values(points)) < near]
        step = 1e-4 * near
        parts = [
            (field.values(points + step * axis) - field.values(points - step * axis)) / (2 * step)
            for axis in np.eye(3)
        ]
        return np.linalg.norm(parts, axis=0)

    return measure
