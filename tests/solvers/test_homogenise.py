"""Effective conductivities against closed forms."""

import json

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from archode.geometry.metrics import Window
from archode.solvers.components import connected_components
from archode.solvers.errors import SolverError
from archode.solvers.homogenise import PREFIX, conductance, effective_conductivity, transport_table
from archode.solvers.voxel_transport import voxel_conductivity
from archode.studies.verification.structures import cubic_array
from mpi4py import MPI
from petsc4py import PETSc

from .conductors import UM, inclusion_in_an_eighth, tagged_box, tagged_phases


def layers(x):
    return np.where(x[:, 2] < 0.25, "anode", "electrolyte")


@pytest.mark.parametrize("degree", [1, 2])
def test_layers_in_series_and_in_parallel(degree):
    """The potential is piecewise linear, so the answer is exact up to what the linear solver leaves, squared."""
    box = tagged_box((4, 4, 8), layers, (2.0, 3.0, 1.0))
    sigma = {"electrolyte": 2.0, "anode": 10.0}
    found = {d: effective_conductivity(box, sigma, d, degree=degree) for d in "xyz"}
    parallel = 0.25 * 10 + 0.75 * 2
    assert found["x"].value == pytest.approx(parallel, rel=1e-12)
    assert found["y"].value == pytest.approx(parallel, rel=1e-12)
    assert found["z"].value == pytest.approx(1 / (0.25 / 10 + 0.75 / 2), rel=1e-12)
    for each in found.values():
        # The current at the planes is of first order in the linear solver's error.
        assert each.flux_in == pytest.approx(each.value, rel=1e-7)
        assert each.flux_out == pytest.approx(each.value, rel=1e-7)
        assert each.relative == pytest.approx(each.value / 10)
        assert each.tortuosity == pytest.approx(parallel / each.value)
        assert each.porosity == pytest.approx(1) and each.connected == pytest.approx(1)
        assert each.iterations > 0 and each.note == ""


def test_one_layer_alone():
    box = tagged_box((4, 4, 8), layers)
    along = effective_conductivity(box, {"anode": 3.0}, "x")
    assert along.value == pytest.approx(0.75) and along.porosity == pytest.approx(0.25)
    assert along.tortuosity == pytest.approx(1)
    assert along.unknowns == 9 * 9 * 5, "others than the conductor's own nodes are solved for"
    across = effective_conductivity(box, {"anode": 3.0}, "z")
    assert across.value == across.flux_in == across.flux_out == across.connected == 0
    assert across.tortuosity is None and across.unknowns == 0
    assert across.note == "anode does not join both planes across z"
    assert across.porosity == pytest.approx(0.25)


def test_a_window_between_planes_of_the_mesh():
    """A slab with two rods between reservoirs that would conduct: only the slab counts."""

    def rods(x):
        slab = (x[:, 2] > 1) & (x[:, 2] < 2)
        return np.where(slab & (x[:, 0] % 1 < 0.5), "anode", np.where(slab, "cathode", "electrolyte"))

    box = tagged_box((8, 2, 12), rods, (2.0, 1.0, 3.0))
    window = Window(np.array([0, 0, 1]) * UM, np.array([2, 1, 2]) * UM)
    rod = effective_conductivity(box, {"anode": 4.0, "electrolyte": 9.0}, "z", window)
    assert rod.value == pytest.approx(2.0) and rod.porosity == pytest.approx(0.5)
    series = effective_conductivity(box, {"anode": 1.0, "cathode": 3.0}, "x", window)
    assert series.value == pytest.approx(1.5)
    # In the whole box the rods are in series with the reservoirs, which spread the current.
    whole = effective_conductivity(box, {"anode": 4.0, "electrolyte": 1e6}, "z")
    assert whole.value == pytest.approx(6, rel=1e-3)


@pytest.mark.parametrize("degree", [1, 2])
def test_islands_and_dead_ends_change_nothing(degree):
    """A rod, with and without islands inside the insulator, on the planes, and joined along an edge only."""

    def rod(x):
        return (x[:, 0] < 0.25) & (x[:, 1] < 0.25)

    def cluttered(x):
        island = np.all(np.abs(x - 0.625) < 0.125, axis=1)
        stub = (x[:, 0] > 0.75) & (x[:, 1] < 0.25) & (x[:, 2] < 0.5)
        edge = (np.abs(x[:, 0] - 0.375) < 0.125) & (np.abs(x[:, 1] - 0.375) < 0.125) & (x[:, 2] > 0.5)
        return np.where(rod(x) | island | stub | edge, "anode", "electrolyte")

    found = effective_conductivity(tagged_box((8, 8, 8), cluttered), {"anode": 1.0}, "z", degree=degree)
    assert found.value == pytest.approx(1 / 16, rel=1e-10)
    assert found.connected == pytest.approx((1 / 16) / (1 / 16 + 1 / 64 + 1 / 32 + 1 / 32))
    clean = tagged_box((8, 8, 8), lambda x: np.where(rod(x), "anode", "electrolyte"))
    assert found.unknowns == effective_conductivity(clean, {"anode": 1.0}, "z", degree=degree).unknowns


def test_components_are_told_apart():
    def columns(x):
        return np.where(np.any(x[:, :2] % 0.5 < 1 / 6, axis=1), "electrolyte", "anode")

    box = tagged_box((6, 6, 6), columns)
    marked = np.zeros(len(box.cell_tags.indices), dtype=bool)
    marked[box.cell_tags.find(2)] = True
    found = connected_components(box.mesh, marked)
    assert found.number == 4
    assert np.all((found.of_cell >= 0) == marked)
    sizes = np.bincount(found.of_cell[marked])
    assert np.all(sizes == marked.sum() / 4)


@pytest.mark.parametrize(("fraction", "ratio"), [(0.2, 0.0), (0.4, 0.0), (0.3, 10.0)])
def test_cubic_array_of_spheres(fraction, ratio, tmp_path):
    radius = (3 * fraction / (4 * np.pi)) ** (1 / 3)
    mesh = inclusion_in_an_eighth(tmp_path / "sphere.msh", radius, 0.06, inclusion=ratio > 0)
    sigma = {"electrolyte": 1.0} | ({"anode": ratio} if ratio else {})
    found = effective_conductivity(mesh, sigma, "z", degree=2)
    # Facets cut caps off the sphere; the fraction they leave is what the formula is asked for.
    matrix = effective_conductivity(mesh, {"electrolyte": 1.0}, "x").porosity
    expected = cubic_array(1 - matrix, ratio)
    # The series goes on with φ^(25/3), 5e-4 at φ = 0.4 and 2e-6 at 0.2; quadratic elements leave 3e-5.
    assert found.value == pytest.approx(expected, rel=2 * fraction ** (25 / 3) + 1e-4)
    rough = effective_conductivity(mesh, sigma, "z", degree=1)
    # The conductivity of the faceted body is between all bounds, and those of the finer spaces are closer to it.
    assert rough.lower < found.lower < found.upper < rough.upper
    assert found.upper - found.lower < 2e-3 * found.value
    assert rough.upper - rough.lower < 0.03 * rough.value
    assert max(rough.iterations, rough.flux_iterations, found.flux_iterations) <= 25


@pytest.mark.parametrize("degree", [1, 2])
def test_bounds_close_in_from_both_sides(degree):
    """Around a square prism that insulates: the singular edges r^(2/3) let both bounds close with the power 4/3."""

    def prism(x):
        return np.where(np.all(x[:, :2] < 0.5, axis=1), "anode", "electrolyte")

    found = [
        effective_conductivity(tagged_box((n, n, 2), prism), {"electrolyte": 1.0}, "x", degree=degree)
        for n in (4, 8, 16)
    ]
    lower, upper = (np.array([getattr(each, bound) for each in found]) for bound in ("lower", "upper"))
    assert np.all(np.diff(lower) > 0) and np.all(np.diff(upper) < 0)
    order = np.log2((upper - lower)[:-1] / (upper - lower)[1:])
    assert order == pytest.approx(4 / 3, abs=0.25)
    assert (upper - lower)[-1] < {1: 0.03, 2: 0.01}[degree] * found[-1].value


def test_a_coarse_mesh_of_wild_conductivities_is_bracketed():
    """Random conductivities over four decades: fine quadratic elements lie within the bounds of coarse meshes."""
    generator = np.random.default_rng(2)
    kinds = generator.integers(0, 3, (4, 4, 4))
    names = np.array(["electrolyte", "anode", "cathode"])

    def blocks(x):
        return names[kinds[tuple(np.minimum((4 * x).astype(int), 3).T)]]

    sigma = {"electrolyte": 1.0, "anode": 1e-4, "cathode": 0.03}
    reference = effective_conductivity(tagged_box((16, 16, 16), blocks), sigma, "y")
    for degree in (1, 2):
        coarse = effective_conductivity(tagged_box((4, 4, 4), blocks), sigma, "y", degree=degree)
        assert coarse.lower < reference.lower < reference.value < reference.upper < coarse.upper


def square_array_of_holes(fraction):
    """Relative conductivity across insulating cylinders in a square array.

    W. T. Perrins, D. R. McKenzie, R. C. McPhedran, Proc. R. Soc. A 369, 207 (1979), eq. 14 with T = 1.
    """
    f = fraction
    return 1 - 2 * f / (1 + f - 0.305827 * f**4 / (1 - 1.402958 * f**8) - 0.013362 * f**8)


def test_bar_with_a_hole_converges(tmp_path):
    """Both the linear elements' energy and the facets' shape are of second order."""
    radius = 0.3
    errors = []
    for size in (0.1, 0.05, 0.025):
        mesh = inclusion_in_an_eighth(tmp_path / "hole.msh", radius, size, inclusion=False, cylinder=True)
        found = effective_conductivity(mesh, {"electrolyte": 1.0}, "x")
        errors.append(found.value / square_array_of_holes(np.pi * radius**2) - 1)
    order = np.log2(errors[0] / errors[2]) / 2
    assert 1.6 < order < 2.4, f"order {order:.2f}, errors {errors}"
    assert 0 < errors[-1] < 2e-3
    # Without the facets' error, at the fraction of the mesh itself, quadratic elements are exact to 1e-5.
    quadratic = effective_conductivity(mesh, {"electrolyte": 1.0}, "x", degree=2)
    assert quadratic.value == pytest.approx(square_array_of_holes(1 - quadratic.porosity), rel=1e-4)


def test_conductance_of_a_gap(tmp_path):
    """Between plane electrodes: area over distance."""
    planar = ARCHITECTURES["planar"](gap=10 * UM, width=3 * UM, depth=2 * UM)
    mesh = load_mesh(mesh_file(planar, MeshSizes(), cache_dir=tmp_path), MPI.COMM_SELF)
    found = conductance(mesh, ["electrolyte"], "anode_surface", "cathode_surface")
    assert found == pytest.approx(3 * 2 / 10 * UM, rel=1e-12)
    with pytest.raises(SolverError, match="no boundary 'anode'"):
        conductance(mesh, "electrolyte", "anode", "cathode_surface")


def test_conductance_of_interdigitated_fingers(tmp_path):
    """Fingers as wide as their gaps: half the length of the slice, by conformal mapping.

    Between the middles of two fingers K'(k)/(2 K(k)) with k = cos(π w / 2(w + g)), which is 1/2 for w = g;
    the cover of three periods cuts off exp(−3π)².
    """
    comb = ARCHITECTURES["interdigital"](
        finger_width=10 * UM, gap=10 * UM, thickness=0.0, collector_thickness=0.0, cover=60 * UM, slice=1 * UM
    )
    mesh = load_mesh(mesh_file(comb, MeshSizes(), cache_dir=tmp_path), MPI.COMM_SELF)
    found = conductance(mesh, ["electrolyte"], "anode_surface", "cathode_surface", degree=2)
    # Currents are singular at the fingers' edges: from above, and slowly.
    assert 0.5 * UM < found < 0.5 * UM * 1.02


def test_conductance_where_nothing_joins(tmp_path):
    stack = ARCHITECTURES["stack"](electrolyte_thickness=1 * UM, cathode_thickness=0.3 * UM)
    mesh = load_mesh(mesh_file(stack, MeshSizes(), cache_dir=tmp_path), MPI.COMM_SELF)
    assert conductance(mesh, ["cathode"], "anode_surface", "cathode_contact") == 0.0
    through = conductance(mesh, ["cathode", "electrolyte"], "anode_surface", "cathode_contact")
    assert through == pytest.approx(stack.footprint_area / (1.3 * UM))


def test_table_of_all_phases_and_directions():
    def rods(x):
        return np.where(np.all(x[:, :2] % 0.5 < 0.25, axis=1), "anode", "electrolyte")

    table = transport_table(tagged_box((8, 8, 4), rods), {"solid": ["anode"], "pore": "electrolyte"})
    assert json.loads(json.dumps(table)) == table
    assert table["window [m]"] == [[0, 0, 0], pytest.approx([UM, UM, UM])]
    solid, pore = table["phases"]["solid"], table["phases"]["pore"]
    assert solid["fraction"] == pytest.approx(0.25) and pore["fraction"] == pytest.approx(0.75)
    assert solid["directions"]["z"]["value"] == pytest.approx(0.25)
    assert solid["directions"]["x"]["value"] == 0 and "does not join" in solid["directions"]["x"]["note"]
    assert pore["directions"]["x"]["value"] == pytest.approx(pore["directions"]["y"]["value"])
    # Across, the bounds of parallel plates hold: half is open, half of it is open for half of the way.
    assert 0.5 < pore["directions"]["x"]["value"] < 0.75
    assert solid["relative_mean"] == pytest.approx(0.25 / 3)
    assert pore["hashin_shtrikman_upper"] == pytest.approx(2 * 0.75 / 2.25)
    assert pore["bruggeman_power"] == pytest.approx(0.75**1.5)


def test_what_cannot_be_solved_is_said():
    box = tagged_box((2, 2, 2))
    with pytest.raises(SolverError, match="no region 'separator'"):
        effective_conductivity(box, {"separator": 1.0}, "x")
    with pytest.raises(SolverError, match="must be positive"):
        effective_conductivity(box, {"electrolyte": 0.0}, "x")
    with pytest.raises(SolverError, match="x, y or z, not 'w'"):
        effective_conductivity(box, {"electrolyte": 1.0}, "w")
    with pytest.raises(SolverError, match="holds no cell of anode"):
        effective_conductivity(box, {"anode": 1.0}, "x")
    with pytest.raises(SolverError, match="no volume"):
        effective_conductivity(box, {"electrolyte": 1.0}, "x", Window(np.zeros(3), np.zeros(3)))


def test_options_of_the_user_are_heeded_and_none_are_left():
    options = PETSc.Options()
    options[PREFIX + "ksp_max_it"] = 1
    try:
        with pytest.raises(SolverError, match="not found in 1 iterations"):
            effective_conductivity(tagged_box((4, 4, 4), layers), {"electrolyte": 1.0, "anode": 7.0}, "z")
        assert [key for key in options.getAll() if key.startswith(PREFIX)] == [PREFIX + "ksp_max_it"]
    finally:
        options.delValue(PREFIX + "ksp_max_it")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "alone"), [("schwarz_p", 0.3296), ("gyroid", 0.3200)])
def test_both_labyrinths_of_minimal_surfaces_between_walls(name, alone):
    """Cut tetrahedra and voxels, which have nothing in common but the shape, agree on one period between walls.

    At equal fractions each labyrinth of a minimal surface conducts a third of what its material would (D. M.
    Anderson, H. Wennerström, J. Phys. Chem. 94, 8683, 1990).  The nodal approximation of Schwarz P is 1.1 % below
    that, and walls, which are no mirror planes of the gyroid, take 4 % from one period of it.
    """
    from archode.geometry.level_set.mesher import Recipe, Slab, mesh_level_set
    from archode.geometry.shapes import SHAPES

    length, size = 60 * UM, 60 * UM / 16
    field = SHAPES[name](period=length, solid_fraction=0.5).field(np.full(3, length))
    slab = Slab("porous", np.linspace(0, length, 17), porous=True)
    meshed = mesh_level_set(field, length, length, [slab], Recipe(size=size, coarse_size=3 * size, fill="stuffed"))
    table = transport_table(tagged_phases(meshed), {"solid": ["anode"], "pore": ["electrolyte"]})
    voxels = extrapolated(field, length, periodic=False)
    assert voxels == pytest.approx(alone, rel=2e-3)
    for phase in table["phases"].values():
        assert phase["relative_mean"] == pytest.approx(voxels, rel=4e-3)
        for each in phase["directions"].values():
            assert each["upper"] - each["lower"] < 3e-3 * each["value"]
            assert each["value"] < phase["hashin_shtrikman_upper"]
            assert each["connected"] == pytest.approx(1) and each["iterations"] <= 25


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gyroid", "schwarz_d"])
def test_labyrinths_of_endless_minimal_surfaces_conduct_a_third(name):
    from archode.geometry.shapes import SHAPES

    field = SHAPES[name](period=60 * UM, solid_fraction=0.5).field(np.full(3, 60 * UM))
    assert extrapolated(field, 60 * UM, periodic=True) == pytest.approx(1 / 3, rel=5e-3)


def extrapolated(field, length, periodic):
    """Conductivity of a solid along x from 48 and 96 voxels a side: what their steps miss is of first order."""
    found = []
    for count in (48, 96):
        middles = (np.arange(count) + 0.5) * length / count
        found.append(voxel_conductivity(field.on_grid(*3 * [middles]) < 0, (1, 1, 1), "x", periodic=periodic).relative)
    return 2 * found[1] - found[0]


@pytest.mark.slow
def test_random_waves_need_few_iterations():
    """The gate for meshes of nanoporous gold: CG with multigrid within 25 iterations in both phases."""
    mesher = pytest.importorskip("archode.geometry.level_set.mesher")
    shapes = pytest.importorskip("archode.geometry.shapes.registry")
    length, size = 420e-9, 18e-9
    shape = shapes.SHAPES["random_waves"](size=70e-9, solid_fraction=0.35, seed=1)
    slab = mesher.Slab("porous", np.linspace(0, length, round(length / size) + 1), porous=True)
    recipe = mesher.Recipe(size=size, coarse_size=3 * size, fill="stuffed", flatten=size)
    meshed = mesher.mesh_level_set(shape.field(np.full(3, length)), length, length, [slab], recipe)
    tagged = tagged_phases(meshed)
    for degree in (1, 2):
        table = transport_table(tagged, {"solid": ["anode"], "pore": ["electrolyte"]}, degree=degree)
        for phase in table["phases"].values():
            values = [each["value"] for each in phase["directions"].values()]
            # A box of six chords is isotropic to some ten per cent, so that the mean obeys the bound.
            assert 0.3 * phase["hashin_shtrikman_upper"] < np.mean(values) < phase["hashin_shtrikman_upper"]
            assert max(each["iterations"] for each in phase["directions"].values()) <= 25
