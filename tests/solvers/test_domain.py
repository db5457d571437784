"""Submeshes, oriented interfaces and measures."""

import numpy as np
import pytest
import ufl
from archode.geometry import load_mesh, mesh_file
from archode.solvers.domain import Domain
from archode.solvers.errors import SolverError
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from .cells import SHAPES, SIZES


@pytest.fixture(scope="module")
def domains():
    made = {}
    for name, shape in SHAPES.items():
        tagged = load_mesh(mesh_file(shape, SIZES, MPI.COMM_WORLD), MPI.COMM_WORLD)
        made[name] = Domain(tagged, 1)
    return made


def integral(domain, integrand):
    return domain.integrate(fem.form(integrand))


@pytest.mark.parametrize("name", SHAPES)
def test_measures_have_the_closed_form_sizes(domains, name):
    domain, shape = domains[name], SHAPES[name]
    one, unit = fem.Constant(domain.mesh, 1.0), domain.length_unit
    for region, volume in shape.volumes().items():
        for measure in (domain.dx(region), domain.storage(region)):
            assert integral(domain, one * measure) * unit**3 == pytest.approx(volume, rel=1e-9)
    for boundary, area in shape.areas().items():
        assert integral(domain, one * domain.surface(boundary)) * unit**2 == pytest.approx(area, rel=1e-9)


@pytest.mark.parametrize("name", SHAPES)
def test_the_plus_side_is_the_electrolyte(domains, name):
    domain, shape = domains[name], SHAPES[name]
    tags = fem.Function(fem.functionspace(domain.mesh, ("DG", 0)))
    tags.x.array[:] = domain._cell_tag
    electrolyte = domain.region_tags["electrolyte"]
    for side in ("anode", "cathode"):
        surface = f"{side}_surface"
        assert domain.is_interior(surface) == (side in shape.volumes())
        if not domain.is_interior(surface):
            continue
        area = shape.areas()[surface] / domain.length_unit**2
        dA = domain.surface(surface)
        assert integral(domain, tags("+") * dA) == pytest.approx(electrolyte * area)
        assert integral(domain, tags("-") * dA) == pytest.approx(domain.region_tags[side] * area)


@pytest.mark.parametrize(("name", "axis", "anode_side"), [("planar", 0, -1), ("stack", 2, +1)])
def test_normals_leave_the_electrolyte(domains, name, axis, anode_side):
    domain, shape = domains[name], SHAPES[name]
    n = ufl.FacetNormal(domain.mesh)
    for side, direction in (("anode", anode_side), ("cathode", -anode_side)):
        surface = f"{side}_surface"
        area = shape.areas()[surface] / domain.length_unit**2
        found = integral(domain, n("+")[axis] * domain.surface(surface))
        assert found == pytest.approx(direction * area)


@pytest.mark.parametrize("name", SHAPES)
def test_submeshes_know_their_parent(domains, name):
    domain = domains[name]
    for names in ([n] for n in domain.region_tags):
        region = domain.region(names)
        # Vertices and geometry nodes of a linear mesh are numbered apart; cells tell one from the other.
        dim = domain.mesh.topology.dim
        midpoints = dmesh.compute_midpoints(region.mesh, dim, np.arange(len(region.parent_cells), dtype=np.int32))
        parents = dmesh.compute_midpoints(domain.mesh, dim, region.parent_cells)
        assert midpoints == pytest.approx(parents)
        assert np.array_equal(domain.cells_of(region, names[0]), np.arange(len(midpoints)))


@pytest.mark.parametrize("name", SHAPES)
def test_facets_of_submeshes(domains, name):
    """Surfaces are found again in the submeshes on both sides, contacts in the solid's."""
    domain = domains[name]
    fdim = domain.mesh.topology.dim - 1
    sides = [
        (region, boundary)
        for boundary in domain.boundary_tags
        for region in ("electrolyte", boundary.split("_")[0])
        if boundary.endswith("_surface") and region in domain.region_tags
    ]
    for side in ("anode", "cathode"):
        holder = f"{side}_collector" if f"{side}_collector" in domain.region_tags else side
        if f"{side}_contact" in domain.boundary_tags:
            sides.append((holder, f"{side}_contact"))
    for region_name, boundary in sides:
        region = domain.region([region_name])
        found = domain.submesh_facets(region, boundary)
        expected = domain.facets(boundary)
        assert len(found) == len(expected) > 0, (region_name, boundary)
        points = dmesh.compute_midpoints(region.mesh, fdim, found)
        wanted = dmesh.compute_midpoints(domain.mesh, fdim, expected)
        apart = np.abs(points[:, None] - wanted[None]).max(axis=2).min(axis=1)
        assert apart.max() < 1e-9
    assert len(domain.submesh_facets(domain.region(["electrolyte"]), "cathode_surface")) > 0
    if "cathode_contact" in domain.boundary_tags:
        assert len(domain.submesh_facets(domain.region(["electrolyte"]), "cathode_contact")) == 0


def test_nodal_storage_is_exact_for_linear_contents_and_diagonal(domains):
    domain = domains["planar"]
    region = domain.region(["electrolyte"])
    space = fem.functionspace(region.mesh, ("Lagrange", 1))
    f = fem.Function(space)
    f.interpolate(lambda x: 2 + x[0])
    maps = [region.entity_map]
    smooth, nodal = (
        domain.integrate(fem.form(f * measure, entity_maps=maps))
        for measure in (domain.dx("electrolyte"), domain.storage("electrolyte"))
    )
    gap, area = SHAPES["planar"].gap / 1e-6, 16.0
    assert smooth == pytest.approx((2 + gap / 2) * gap * area, rel=1e-12)
    assert nodal == pytest.approx(smooth, rel=1e-12)
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    mass = fem.assemble_matrix(fem.form(u * v * domain.storage("electrolyte"), entity_maps=maps)).to_dense()
    assert np.count_nonzero(mass - np.diag(np.diag(mass))) == 0
    assert np.diag(mass).min() > 0


def test_a_boundary_must_be_interior_or_exterior(domains):
    tagged = domains["planar"].tagged
    facets = tagged.facet_tags
    mixed = facets.values.copy()
    names = tagged.boundaries
    mixed[mixed == names["anode_contact"]] = names["anode_surface"]

    tags = dmesh.meshtags(tagged.mesh, 2, facets.indices, mixed)
    with pytest.raises(SolverError, match="anode_surface"):
        Domain(tagged._replace(facet_tags=tags), 1)
