"""Straight pores: closed forms, names of their faces, layers at the walls, parameters that cannot be."""

import math

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, mesh_file, topology
from archode.geometry.quality import measure, measured_areas, measured_volumes, verify
from archode.geometry.tags import BOUNDARIES

Nanopore = ARCHITECTURES["nanopore"]
NM = 1e-9
FINE = MeshSizes(wall_size=0.1 * NM, growth=1.4)
ROUND, SLIT = {"radius": 5 * NM}, {"width": 10 * NM}
MEMBRANE = {"reservoir_length": 20 * NM}

PORES = {
    "sector": Nanopore(100 * NM, **ROUND),
    "quarter": Nanopore(100 * NM, **ROUND, domain="quarter"),
    "whole": Nanopore(20 * NM, **ROUND, domain="whole"),
    "sector-membrane": Nanopore(50 * NM, **ROUND, **MEMBRANE),
    "whole-membrane": Nanopore(10 * NM, **ROUND, **MEMBRANE, reservoir_radius=8 * NM, domain="whole"),
    "half-slit": Nanopore(100 * NM, **SLIT),
    "slit-membrane": Nanopore(100 * NM, **SLIT, **MEMBRANE, domain="whole", depth=4 * NM),
    "half-slit-membrane": Nanopore(100 * NM, **SLIT, **MEMBRANE),
    # Four orders of magnitude between the layer at the wall and the pore.
    "wide": Nanopore(1000 * NM, radius=1000 * NM),
}
pores = pytest.mark.parametrize("name", PORES)


@pytest.fixture
def mesh_of(gmsh_session):
    def build(name, sizes=FINE):
        gmsh_session.model.add(name)
        return PORES[name].build(sizes)

    return build


@pores
def test_volumes_and_areas_are_the_closed_forms(name, mesh_of):
    pore, mesh = PORES[name], mesh_of(name)
    # A polygon of 72 sides has 0.13 % less area than its circle; slits are exact.
    tolerance = 1.5e-3 if pore.is_round else 1e-9
    assert measured_volumes(mesh) == pytest.approx(pore.volumes(), rel=tolerance, abs=0)
    found = measured_areas(mesh)
    found.pop("outer", None)
    assert found == pytest.approx(pore.areas(), rel=tolerance, abs=0)
    verify(mesh, pore.volumes(), pore.areas(), measure(mesh), pore.gate)
    topology.verify(mesh)
    assert len(mesh.cells) == pore.estimate_cells(FINE)


def test_closed_forms_of_a_pore_in_a_membrane():
    pore = Nanopore(50 * NM, radius=5 * NM, reservoir_length=20 * NM, reservoir_radius=20 * NM, domain="whole")
    wide, narrow = math.pi * (20 * NM) ** 2, math.pi * (5 * NM) ** 2
    wall = 2 * math.pi * 5 * NM * 50 * NM
    assert pore.volumes() == pytest.approx({"electrolyte": 2 * wide * 20 * NM + narrow * 50 * NM}, rel=1e-12, abs=0)
    expected = {"anode_surface": wide, "cathode_surface": wide, "insulation": wall + 2 * (wide - narrow)}
    assert pore.areas() == pytest.approx(expected, rel=1e-12, abs=0)
    assert pore.multiplicity == 1


@pores
def test_parts_add_up_to_the_whole_pore(name):
    pore = PORES[name]
    area = math.pi * pore.radius**2 if pore.is_round else pore.width * pore.depth
    inside = pore.volumes()["electrolyte"] - 2 * pore.reservoir_length * pore.footprint_area
    assert inside * pore.multiplicity == pytest.approx(area * pore.length, rel=1e-12)


@pores
def test_faces_lie_where_their_names_say(name, mesh_of):
    pore, mesh = PORES[name], mesh_of(name)
    low, high = 1e6 * pore.reservoir_length, 1e6 * (pore.reservoir_length + pore.length)
    for boundary, place in (
        ("anode_surface", 0.0),
        ("cathode_surface", 1e6 * (pore.length + 2 * pore.reservoir_length)),
    ):
        corners = mesh.points[mesh.facets[mesh.facet_tags == BOUNDARIES[boundary]]]
        assert corners[..., 2] == pytest.approx(place, abs=1e-15)
    corners = mesh.points[mesh.facets[mesh.facet_tags == BOUNDARIES["insulation"]]]
    across = np.hypot(corners[..., 0], corners[..., 1]) if pore.is_round else np.abs(corners[..., 0])
    half = 1e6 * (pore.radius or pore.width / 2)
    # Rounding of coordinates of at most 1 µm.
    on_wall = np.all(np.abs(across - half) < 1e-12, axis=1)
    on_membrane = np.any([np.all(np.abs(corners[..., 2] - z) < 1e-12, axis=1) for z in (low, high)], axis=0)
    assert np.all(on_wall | on_membrane)
    assert np.all(corners[on_wall][..., 2] >= low - 1e-12) and np.all(corners[on_wall][..., 2] <= high + 1e-12)
    assert on_membrane.any() == (pore.reservoir_length > 0)


@pores
def test_first_layers_are_no_higher_than_asked_for(name, mesh_of):
    pore, mesh = PORES[name], mesh_of(name)
    half = 1e6 * (pore.radius or pore.width / 2)
    across = np.hypot(*mesh.points[:, :2].T) if pore.is_round else np.abs(mesh.points[:, 0])
    # Layers shrink to fit a whole number of them, by less than a ratio of growth; rounding beside that.
    for coordinate, places in (
        (across, [half]),
        (mesh.points[:, 2], [0.0, 1e6 * pore.reservoir_length, 1e6 * (pore.reservoir_length + pore.length)]),
    ):
        for place in places:
            off = np.abs(coordinate - place)
            first = off[off > 1e-9].min()
            assert 0.1e-3 / FINE.growth < first <= 0.1e-3 * (1 + 1e-6)


def test_without_wall_size_layers_start_with_interface_size(mesh_of):
    coarse, fine = mesh_of("sector", MeshSizes(interface_size=0.5 * NM)), mesh_of("sector")
    assert len(coarse.cells) < len(fine.cells)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "give radius (a round pore) or width (a slit); neither is given"),
        (ROUND | SLIT, "both are given"),
        ({"radius": -5 * NM}, "radius must be positive"),
        (ROUND | {"depth": 5 * NM}, "depth has no meaning for round pores"),
        (ROUND | {"domain": "half"}, "domain must be one of sector, quarter, whole"),
        (SLIT | {"domain": "quarter"}, "domain must be one of half, whole"),
        (ROUND | {"reservoir_radius": 20 * NM}, "give reservoir_length a value above 0"),
        (ROUND | MEMBRANE | {"reservoir_radius": 5 * NM}, "must be at least 1.2 times radius"),
        (SLIT | MEMBRANE | {"reservoir_radius": 50 * NM}, "reservoir_radius has no meaning for slits"),
        (ROUND | {"angle": 200}, "angle must lie between 0 and 90"),
    ],
)
def test_parameters_that_cannot_be(parameters, expected):
    with pytest.raises(GeometryError) as error:
        Nanopore(length=100 * NM, **parameters)
    assert expected in str(error.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"wall_size": 0.0}, "wall_size must be positive"),
        ({"wall_size": -1e-9}, "wall_size must be positive"),
        (
            {"wall_size": 1e-9, "interface_size": 0.5e-9},
            "wall_size (0.001 µm) is larger than interface_size (0.0005 µm)",
        ),
        ({"wall_size": 4e-9}, "make mesh.wall_size smaller"),
    ],
)
def test_wall_sizes_that_cannot_be(given, expected, tmp_path):
    with pytest.raises(GeometryError) as error:
        mesh_file(PORES["sector"], MeshSizes(**given), cache_dir=tmp_path)
    assert expected in str(error.value)


def test_loads_on_a_communicator(mesh_cache):
    from archode.geometry import load_mesh
    from mpi4py import MPI

    tagged = load_mesh(mesh_file(PORES["sector-membrane"], FINE, cache_dir=mesh_cache), MPI.COMM_WORLD)
    assert set(tagged.boundaries) == {"anode_surface", "cathode_surface", "insulation", "outer"}
    assert set(tagged.regions) == {"electrolyte"}
