import numpy as np
import pytest
from archode.geometry import load_mesh, mesh_file
from archode.geometry._dolfinx import ensure_dolfinx

from .shapes import SHAPES

ensure_dolfinx()
import ufl  # noqa: E402
from dolfinx import fem  # noqa: E402
from mpi4py import MPI  # noqa: E402


@pytest.mark.parametrize("name", ["planar-metal", "stack-full", "cell", "pair", "comb"])
def test_loaded_measures_are_the_closed_forms(name, mesh_cache):
    architecture, sizes = SHAPES[name]
    comm = MPI.COMM_WORLD
    file = mesh_file(architecture, sizes, comm, mesh_cache)
    tagged = load_mesh(file, comm)
    mesh, unit = tagged.mesh, tagged.length_unit
    assert tagged.regions.keys() == architecture.volumes().keys()
    assert tagged.boundaries.keys() == architecture.areas().keys() | {"outer"}
    assert len(tagged.cell_tags.values) == mesh.topology.index_map(3).size_local
    one = fem.Constant(mesh, 1.0)
    dx = ufl.Measure("dx", domain=mesh, subdomain_data=tagged.cell_tags)
    for region, volume in architecture.volumes().items():
        found = fem.assemble_scalar(fem.form(one * dx(tagged.regions[region]))) * unit**3
        assert found == pytest.approx(volume, rel=1e-9)
    ds, dS = (ufl.Measure(kind, domain=mesh, subdomain_data=tagged.facet_tags) for kind in ("ds", "dS"))
    for boundary, area in architecture.areas().items():
        tag = tagged.boundaries[boundary]
        found = fem.assemble_scalar(fem.form(one * ds(tag) + one * dS(tag))) * unit**2
        assert found == pytest.approx(area, rel=1e-9)


def test_loading_leaves_gmsh_as_it_was(mesh_cache, gmsh_session):
    gmsh_session.model.add("mine")
    load_mesh(mesh_file(*SHAPES["planar-metal"], cache_dir=mesh_cache), MPI.COMM_WORLD)
    assert gmsh_session.isInitialized()
    gmsh_session.model.setCurrent("mine")


def test_loaded_coordinates_are_micrometres(mesh_cache):
    architecture, sizes = SHAPES["planar-one-film"]
    tagged = load_mesh(mesh_file(architecture, sizes, cache_dir=mesh_cache), MPI.COMM_WORLD)
    x = tagged.mesh.geometry.x
    assert np.ptp(x, axis=0) == pytest.approx([10.5, 3.0, 2.0])
    assert x[:, 0].min() == 0.0
