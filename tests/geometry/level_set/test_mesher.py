import signal

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.level_set import filler, refill
from archode.geometry.level_set.adjacency import match_faces, surface_facets
from archode.geometry.level_set.components import pieces
from archode.geometry.level_set.lattice import positively_oriented
from archode.geometry.level_set.mesher import Recipe, Slab, mesh_level_set
from archode.geometry.level_set.pinches import pinched_vertices
from archode.geometry.quality import dihedral_angles, radius_ratios
from archode.geometry.tetrahedra import cell_volumes, facet_areas

from .fields import UM, Balls, Gyroid, Pillars, Waves, check_conformal, levels, sample, stack, volumes

SIZE = 0.12 * UM
SIDE = 1.8 * UM


def ball(x, y, z, radius, **more):
    return Balls(((x * UM, y * UM, z * UM),), radius * UM, **more)


def contact(mesh):
    """Areas [m²] between phases, by pair of names in order; "" stands for outside."""
    facets, left, right = surface_facets(mesh.points, mesh.cells, mesh.phases)
    areas = facet_areas(mesh.points, facets)
    names = (*mesh.names, "")
    pairs = [(names[one], names[other]) for one, other in zip(left, right, strict=True)]
    found = {}
    for pair, area in zip(pairs, areas, strict=True):
        found[pair] = found.get(pair, 0.0) + area
    return found


def number_of_pieces(mesh, name):
    _, piece = pieces(match_faces(mesh.cells).neighbours, mesh.phases)
    return len(np.unique(piece[mesh.phases == mesh.names.index(name)]))


@pytest.fixture(scope="module")
def waves():
    """Random waves between a collector and a reservoir, with a film: everything at once."""
    field = Waves(0.5 * UM, 0.35, 1)
    recipe = Recipe(
        size=SIZE, coarse_size=3 * SIZE, solid_fraction=0.35, film_thickness=0.06 * UM, flatten=0.25 * UM
    )
    return mesh_level_set(field, SIDE, SIDE, stack(SIDE, SIZE), recipe)


def test_stack_is_conformal_with_exact_planes(waves):
    check_conformal(waves, (0, 0, -3 * SIZE), (SIDE, SIDE, SIDE + 6.5 * SIZE))
    found = volumes(waves)
    assert found["collector"] == pytest.approx(3 * SIZE * SIDE**2, rel=1e-9)
    assert found["counter"] == pytest.approx(1.5 * SIZE * SIDE**2, rel=1e-9)
    areas = contact(waves)
    assert areas["collector", ""] == pytest.approx(SIDE**2 + 12 * SIZE * SIDE)
    lower = areas["solid", "collector"] + areas["film", "collector"] + areas.get(("pore", "collector"), 0)
    assert lower == pytest.approx(SIDE**2, rel=1e-9)
    # The whole counter electrode is a wall, and so covered by film.
    assert areas["film", "counter"] == pytest.approx(SIDE**2, rel=1e-9)


def test_fraction_of_the_connected_solid_is_met(waves):
    assert volumes(waves)["solid"] == pytest.approx(0.35 * SIDE**3, rel=0.005)
    assert waves.details["solid_fraction"] == pytest.approx(volumes(waves)["solid"] / SIDE**3)
    facets, left, right = surface_facets(waves.points, waves.cells, waves.phases)
    _, piece = pieces(match_faces(waves.cells).neighbours, waves.phases)
    solid = waves.phases == 0
    shared = facets[(left == 0) & (right == waves.names.index("collector"))]
    on_collector = np.isin(waves.cells, shared).sum(axis=1) == 3
    assert set(piece[solid]) == set(piece[solid & on_collector])


def test_film_parts_solid_and_electrolyte(waves):
    areas = contact(waves)
    for wall in ("solid", "collector", "counter"):
        for fluid in ("pore", "reservoir"):
            assert (wall, fluid) not in areas
            assert (fluid, wall) not in areas
    wall = areas["solid", "film"] + areas["film", "collector"] + areas["film", "counter"]
    # Thin against the radii of curvature, the volume is area times thickness, up to what curvature adds.
    assert volumes(waves)["film"] == pytest.approx(wall * 0.06 * UM, rel=0.1)
    assert number_of_pieces(waves, "reservoir") == 1


def test_cells_are_usable(waves):
    assert waves.details["fill"] == "hxt"
    assert dihedral_angles(waves.points, waves.cells).min() > 5
    assert radius_ratios(waves.points, waves.cells).min() > 0.02
    assert len(waves.cells) < waves.details["cells_before_refill"]


def test_film_on_a_flat_wall_has_its_thickness():
    class Floor(Gyroid):
        def values(self, points):
            return points[:, 2] - 0.63 * UM

    recipe = Recipe(size=SIZE, coarse_size=SIZE, fill="stuffed", film_thickness=0.05 * UM)
    mesh = mesh_level_set(Floor(UM), SIDE, SIDE, sample(SIDE, SIZE), recipe)
    found = volumes(mesh)
    assert found["solid"] == pytest.approx(0.63 * UM * SIDE**2, rel=1e-6)
    assert found["film"] == pytest.approx(0.05 * UM * SIDE**2, rel=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_waves(seed):
    field = Waves(0.5 * UM, 0.25, seed)
    recipe = Recipe(size=SIZE, coarse_size=3 * SIZE, solid_fraction=0.25, flatten=0.25 * UM)
    mesh = mesh_level_set(field, SIDE, SIDE, sample(SIDE, SIZE), recipe)
    check_conformal(mesh, (0, 0, 0), (SIDE, SIDE, SIDE))
    assert volumes(mesh)["solid"] == pytest.approx(0.25 * SIDE**3, rel=0.005)
    assert dihedral_angles(mesh.points, mesh.cells).min() > 5
    assert number_of_pieces(mesh, "solid") == number_of_pieces(mesh, "pore") == 1
    faces = match_faces(mesh.cells)
    assert len(pinched_vertices(mesh.cells, faces, mesh.phases == 0)) == 0


def test_gyroid_has_its_fraction_and_area():
    period = 1.2 * UM
    mesh = mesh_level_set(
        Gyroid(period), period, period, sample(period, period / 14), Recipe(period / 14, period / 5)
    )
    assert volumes(mesh)["solid"] == pytest.approx(0.5 * period**3, rel=0.003)
    # Area of the gyroid surface per cubic cell: 3.0915 of the period squared, on average 1 % less in chords.
    assert contact(mesh)["solid", "pore"] == pytest.approx(3.0915 * period**2, rel=0.02)
    check_conformal(mesh, (0, 0, 0), (period,) * 3)


def test_ball_keeps_its_volume():
    mesh = mesh_level_set(ball(0.9, 0.93, 0.88, 0.6), SIDE, SIDE, sample(SIDE, SIZE), Recipe(SIZE, 3 * SIZE))
    assert volumes(mesh)["solid"] == pytest.approx(4 / 3 * np.pi * (0.6 * UM) ** 3, rel=0.004)


def test_sharp_edges_are_made_up_for():
    # Cut edges are chamfered, which the level makes up for.
    field = Pillars(0.9 * UM, 0.25 * UM, 1.23 * UM)
    slabs = stack(SIDE, SIZE)
    mesh = mesh_level_set(field, SIDE, SIDE, slabs, Recipe(SIZE, 3 * SIZE, fill="stuffed"))
    assert volumes(mesh)["solid"] == pytest.approx(4 * np.pi * 0.25**2 * 1.23 * UM**3, rel=0.01)
    assert number_of_pieces(mesh, "solid") == 4


@pytest.mark.parametrize("fill", ["stuffed", "hxt"])
def test_the_same_input_gives_the_same_mesh(fill):
    field = Waves(0.6 * UM, 0.5, 3)
    recipe = Recipe(SIZE, 3 * SIZE, fill=fill, flatten=0.25 * UM)
    one, other = (mesh_level_set(field, 1.2 * UM, 1.2 * UM, sample(1.2 * UM, SIZE), recipe) for _ in range(2))
    for name in ("points", "cells", "phases"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


class TestIslands:
    field = Balls(((0.9 * UM, 0.9 * UM, 0), (0.9 * UM, 0.9 * UM, 1.2 * UM)), 0.4 * UM)

    def test_removed(self):
        mesh = mesh_level_set(self.field, SIDE, SIDE, stack(SIDE, SIZE), Recipe(SIZE, SIZE, "stuffed"))
        assert volumes(mesh)["solid"] == pytest.approx(2 / 3 * np.pi * (0.4 * UM) ** 3, rel=0.01)
        assert mesh.details["islands_removed"]["solid"] == 1

    def test_kept(self):
        recipe = Recipe(SIZE, SIZE, "stuffed", islands="keep")
        mesh = mesh_level_set(self.field, SIDE, SIDE, stack(SIDE, SIZE), recipe)
        assert volumes(mesh)["solid"] == pytest.approx(6 / 3 * np.pi * (0.4 * UM) ** 3, rel=0.01)
        assert number_of_pieces(mesh, "solid") == 2

    def test_largest_without_slabs_beyond(self):
        mesh = mesh_level_set(self.field, SIDE, SIDE, sample(SIDE, SIZE), Recipe(SIZE, SIZE, "stuffed"))
        assert volumes(mesh)["solid"] == pytest.approx(4 / 3 * np.pi * (0.4 * UM) ** 3, rel=0.01)

    def test_closed_pores_are_filled(self):
        field = Balls(((0.9 * UM, 0.9 * UM, 0.8 * UM), (0.9 * UM, 0.9 * UM, SIDE)), 0.4 * UM, outside=True)
        mesh = mesh_level_set(field, SIDE, SIDE, stack(SIDE, SIZE), Recipe(SIZE, SIZE, "stuffed"))
        assert volumes(mesh)["pore"] == pytest.approx(2 / 3 * np.pi * (0.4 * UM) ** 3, rel=0.05)
        assert mesh.details["islands_removed"]["pore"] == 1


class TestErrors:
    def mesh(self, field, recipe=Recipe(SIZE, SIZE, "stuffed"), slabs=None):  # noqa: B008
        return mesh_level_set(field, SIDE, SIDE, slabs or stack(SIDE, SIZE), recipe)

    def test_solid_that_reaches_no_end(self):
        with pytest.raises(GeometryError, match="no solid reaches the lower end"):
            self.mesh(ball(0.9, 0.9, 0.9, 0.5))

    def test_pore_that_reaches_no_end(self):
        with pytest.raises(GeometryError, match="no pore reaches the upper end"):
            self.mesh(ball(0.9, 0.9, 0.9, 0.5, outside=True))

    def test_fraction_that_cannot_be_connected(self):
        field = Balls(((0.9 * UM, 0.9 * UM, 0), (0.9 * UM, 0.9 * UM, 1.2 * UM)), 0.3 * UM)
        with pytest.raises(GeometryError, match=r"solid_fraction = 0\.11: .* jumps from 0\.\d+ to 0\.\d+"):
            self.mesh(field, Recipe(SIZE, SIZE, "stuffed", solid_fraction=0.11))

    def test_features_thinner_than_the_mesh(self):
        with pytest.raises(GeometryError, match="interface_size"):
            self.mesh(Pillars(0.3 * UM, 0.03 * UM, UM))

    def test_thin_film(self):
        with pytest.raises(GeometryError, match=r"film_thickness of 0\.03 µm is too thin"):
            Recipe(SIZE, SIZE, film_thickness=0.03 * UM)

    def test_film_that_closes_the_pores(self):
        field = ball(0.9, 0.9, 0.9, 0.3, outside=True)
        with pytest.raises(GeometryError, match="closes the pores"):
            self.mesh(field, Recipe(SIZE, SIZE, "stuffed", film_thickness=0.4 * UM), sample(SIDE, SIZE))

    def test_size_too_coarse(self):
        with pytest.raises(GeometryError, match=r"interface_size at most 0\.9 µm"):
            self.mesh(Gyroid(UM), Recipe(UM, UM))

    def test_slabs(self):
        porous, other = Slab("porous", levels(0, SIDE, SIZE), porous=True), levels(SIDE, 2 * SIDE, SIZE)
        for slabs, message in (
            ([Slab("one", other)], "exactly one slab"),
            ([porous, Slab("pore", other)], "names of their own"),
            ([porous, Slab("next", other + SIZE)], "must start where porous ends"),
            ([porous, Slab("next", other[::-1])], "increasing levels"),
        ):
            with pytest.raises(GeometryError, match=message):
                self.mesh(Gyroid(UM), slabs=slabs)

    def test_recipe(self):
        for wrong in (
            {"size": 0.0},
            {"coarse_size": np.nan},
            {"fill": "best"},
            {"islands": "some"},
            {"solid_fraction": 1.0},
            {"flatten": -1.0},
        ):
            with pytest.raises(GeometryError, match=next(iter(wrong))):
                Recipe(**({"size": SIZE, "coarse_size": SIZE} | wrong))


class TestRefillThatFails:
    def details(self):
        field, side = Gyroid(1.2 * UM), 1.2 * UM
        mesh = mesh_level_set(field, side, side, sample(side, SIZE), Recipe(SIZE, 3 * SIZE))
        check_conformal(mesh, (0, 0, 0), (side,) * 3)
        assert len(mesh.cells) == mesh.details["cells_before_refill"]
        return mesh.details["fill"]

    def script(self, monkeypatch, tmp_path, text):
        path = tmp_path / "worker.py"
        path.write_text(text)
        monkeypatch.setattr(filler, "SCRIPT", path)

    def test_process_that_ends(self, monkeypatch, tmp_path):
        self.script(monkeypatch, tmp_path, "raise SystemExit('Error: overlapping facets')")
        # As PETSc does: a pipe to a process that has ended must not end this one.
        before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            assert self.details() == "stuffed (HXT failed: Error: overlapping facets)"
        finally:
            # None: a handler that Python does not know.
            signal.signal(signal.SIGPIPE, signal.SIG_IGN if before is None else before)

    def test_process_that_hangs(self, monkeypatch, tmp_path):
        self.script(monkeypatch, tmp_path, "import time; time.sleep(60)")
        monkeypatch.setattr(refill, "_SECONDS", 0.1)
        monkeypatch.setattr(refill, "_SECONDS_PER_CELL", 0.0)
        assert "no result after" in self.details()

    def test_body_left_empty(self, monkeypatch):
        fill = filler.Filler.fill

        def filled(*arguments):
            points, cells, bodies = fill(*arguments)
            return points, cells[bodies > 0], bodies[bodies > 0]

        monkeypatch.setattr(filler.Filler, "fill", filled)
        assert "1 bodies were not filled" in self.details()

    def test_worse_cells(self, monkeypatch):
        fill = filler.Filler.fill

        def filled(self, points, facets, *arguments):
            # One inner vertex almost in the plane of a face of one of its cells, without turning another one over.
            points, cells, bodies = fill(self, points, facets, *arguments)
            cells = positively_oriented(points, cells)
            inner = int(facets.max()) + 1
            around = cells[np.any(cells == inner, axis=1)]
            for cell in around:
                moved = points.copy()
                moved[inner] += 0.97 * (points[cell[cell != inner]].mean(axis=0) - points[inner])
                if cell_volumes(moved, around).min() > 0:
                    return moved, cells, bodies
            pytest.fail("every move turns a cell over")

        monkeypatch.setattr(filler.Filler, "fill", filled)
        monkeypatch.setattr(refill, "widen_smallest_angles", lambda points, *_: points)
        assert "HXT failed: smallest dihedral angle" in self.details()
