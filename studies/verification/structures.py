"""Porous structures: surface of random waves; conductivities of laminates, sphere lattices, minimal surfaces."""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI

from ...geometry import ARCHITECTURES, MeshSizes, TaggedMesh, load_mesh, mesh_file
from ...geometry.shapes import SHAPES
from ...solvers.homogenise import effective_conductivity
from ...solvers.voxel_transport import voxel_conductivity
from ...visualization.book import Figure, compare, points
from .result import Result
from .row import Row, Stopwatch, comparison

SEEDS = 10
PERIOD = 60e-6

VOXELS = 80


def random_waves() -> Result:
    """Surface per volume of leveled random waves, S_V = (2 q₀/π√3) exp(−ξ²/2): mean of ten seeds.

    Contoured on 96³ voxels in boxes of six ligament spacings, islands and all. J. W. Cahn, J. Chem. Phys. 42 (1965) 93,
    doi:10.1063/1.1695731; C. Soyarslan et al., Acta Mater. 149 (2018) 326.
    """
    from scipy.special import erfinv
    from skimage.measure import marching_cubes, mesh_surface_area

    rows, means, single = [], {}, []
    for fraction in (0.3, 0.5):
        watch, found = Stopwatch(), []
        for seed in range(SEEDS):
            waves = SHAPES["random_waves"](70e-9, fraction, seed=seed)
            edge = 6 * 1.23 * 2 * math.pi / waves.q0
            x = np.linspace(0, edge, 97)
            values = waves.field(np.full(3, edge)).on_grid(x, x, x)
            corners, faces, _, _ = marching_cubes(values, 0.0, spacing=(edge / 96,) * 3)
            found.append(mesh_surface_area(corners, faces) / edge**3 / waves.q0)
        means[fraction] = float(np.mean(found))
        single += [(fraction, value) for value in found]
        exact = 2 / (math.pi * math.sqrt(3)) * math.exp(-(waves.xi**2) / 2)
        quantity = f"surface per volume over q₀ at φ = {fraction:g}"
        mesh = f"96³ voxels, {SEEDS} seeds"
        rows.append(comparison("random_waves", quantity, exact, means[fraction], 0.02, mesh, watch.lap()))

    def law(fraction: float) -> float:
        return 2 / (math.pi * math.sqrt(3)) * math.exp(-(erfinv(1 - 2 * fraction) ** 2))

    curves = [
        *compare(f"mean of {SEEDS} seeds", list(means), means.values(), law, 0.02, span=(0.05, 0.95)),
        points("each seed", *zip(*single, strict=True)),
    ]
    axes = "Solid fraction", "Surface per volume over q₀"
    return Result(rows, Figure("Leveled random waves", *axes, curves))


def laminate() -> Result:
    """Conductivity across and along layers: harmonic and arithmetic mean, exact for elements of any degree."""
    watch = Stopwatch()
    stack = ARCHITECTURES["stack"](electrolyte_thickness=30e-6, cathode_thickness=10e-6, width=20e-6)
    tagged, cells = _load(stack, MeshSizes(size=5e-6, interface_size=5e-6, film_size=5e-6))
    sigma, share = {"electrolyte": 2.0, "cathode": 10.0}, 0.25

    def along(share: float) -> float:
        return (1 - share) * sigma["electrolyte"] + share * sigma["cathode"]

    def across(share: float) -> float:
        return 1 / ((1 - share) / sigma["electrolyte"] + share / sigma["cathode"])

    rows, curves = [], []
    for axis, name, law in (("x", "along", along), ("z", "across", across)):
        found = effective_conductivity(tagged, sigma, axis)
        quantity = f"conductivity {name} layers of 2 and 10 S/m [S/m]"
        rows.append(comparison("laminate", quantity, law(share), found.value, 1e-9, cells, watch.lap()))
        curves += compare(f"{name} the layers", [share], [found.value], law, 1e-9, span=(0, 1))
    return Result(rows, Figure("Laminate", "Share of the layers of 10 S/m", "Conductivity / S m⁻¹", curves))


def cubic_array(fraction: float, ratio: float = 0.0) -> float:
    """Relative conductivity of a matrix with spheres on a simple cubic lattice.

    ``ratio`` is the spheres' conductivity over the matrix's; 0: they insulate.

    Lord Rayleigh, Philos. Mag. 34 (1892) 481; R. C. McPhedran, D. R. McKenzie, Proc. R. Soc. A 359 (1978) 45;
    coefficients of A. S. Sangani, A. Acrivos, Proc. R. Soc. A 386 (1983) 263.
    """
    pole = {n: (ratio - 1) / (ratio + 2 * n / (2 * n - 1)) for n in (1, 2, 3, 4, 5)}
    f = fraction
    inner = 1.3047 * pole[2] * f ** (10 / 3) * (1 + 0.2305 * pole[3] * f ** (11 / 3))
    inner /= 1 - 0.4054 * pole[2] * f ** (7 / 3)
    inner += 0.07231 * pole[3] * f ** (14 / 3) + 0.1526 * pole[4] * f**6 + 0.0105 * pole[5] * f ** (22 / 3)
    return 1 - 3 * f / (f - 1 / pole[1] + inner)


def sphere_lattice() -> Result:
    """Conductivity of the pores round a cubic lattice of insulating spheres, cut by the level-set mesher."""
    rows, conductivities = [], {}
    for fraction in (0.2, 0.4):
        watch = Stopwatch()
        radius = PERIOD * (3 * fraction / (4 * math.pi)) ** (1 / 3)
        sample = ARCHITECTURES["porous_sample"](SHAPES["spheres"](radius, pitch=PERIOD), PERIOD)
        tagged, cells = _load(sample, MeshSizes(interface_size=PERIOD / 24, fill="stuffed"))
        found = effective_conductivity(tagged, {"electrolyte": 1.0}, "z")
        quantity = f"pore conductivity at a sphere fraction of {fraction:g}"
        exact, conductivities[fraction] = cubic_array(fraction), found.value
        rows.append(comparison("sphere_lattice", quantity, exact, found.value, 0.005, cells, watch.lap()))
    curves = compare("computed", list(conductivities), conductivities.values(), cubic_array, 0.005, span=(0.01, 0.5))
    return Result(rows, Figure("Insulating spheres", "Fraction of spheres", "Relative conductivity", curves))


def minimal_surfaces() -> list[Row]:
    """Either labyrinth of Schwarz P and of the gyroid at one half conducts a third of what its material would.

    D. M. Anderson, H. Wennerström, J. Phys. Chem. 94 (1990) 8683. The nodal approximation of Schwarz P is a per cent
    off the minimal surface, and its walls are mirror planes. Those of the gyroid are not; it is measured endless, on
    voxels whose steps take a per cent.
    """
    rows, watch = [], Stopwatch()
    sample = ARCHITECTURES["porous_sample"](SHAPES["schwarz_p"](PERIOD, 0.5), PERIOD)
    tagged, cells = _load(sample, MeshSizes(interface_size=PERIOD / 16, fill="stuffed"))
    for phase, region in (("solid", "anode"), ("pore", "electrolyte")):
        found = np.mean([effective_conductivity(tagged, {region: 1.0}, axis).value for axis in "xyz"])
        quantity = f"schwarz_p, conductivity of the {phase}, mean of three directions"
        rows.append(comparison("minimal_surfaces", quantity, 1 / 3, found, 0.02, cells, watch.lap()))
    middles = (np.arange(VOXELS) + 0.5) * PERIOD / VOXELS
    solid = SHAPES["gyroid"](PERIOD, 0.5).field(np.full(3, PERIOD)).on_grid(*3 * [middles]) < 0
    for phase, voxels in (("solid", solid), ("pore", ~solid)):
        found = voxel_conductivity(voxels, (1, 1, 1), "x", periodic=True).relative
        quantity = f"gyroid without end, conductivity of the {phase}"
        rows.append(comparison("minimal_surfaces", quantity, 1 / 3, found, 0.02, f"{VOXELS}³ voxels", watch.lap()))
    return rows


def _load(architecture, sizes: MeshSizes) -> tuple[TaggedMesh, str]:
    file = mesh_file(architecture, sizes)
    return load_mesh(file, MPI.COMM_WORLD), f"{file.report['cells']} tetrahedra, P2"
