"""Tagged meshes: built or found in the cache, then handed to DOLFINx with named regions and boundaries."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ._dolfinx import ensure_dolfinx
from .cache import MeshFile, find_or_build
from .errors import GeometryError
from .parameters import MICROMETRE
from .registry import Architecture
from .sizing import MeshSizes

if TYPE_CHECKING:
    from dolfinx.mesh import Mesh, MeshTags
    from mpi4py.MPI import Comm


class TaggedMesh(NamedTuple):
    """A distributed mesh with named regions and boundaries.

    Attributes
    ----------
    mesh
        Tetrahedral DOLFINx mesh; one coordinate unit is ``length_unit`` metres.
    cell_tags, facet_tags
        Tags of all cells, and of all named facets.
    regions, boundaries
        Name to tag, the same on every rank.
    length_unit
        Metres per coordinate unit.
    """

    mesh: "Mesh"
    cell_tags: "MeshTags"
    facet_tags: "MeshTags"
    regions: dict[str, int]
    boundaries: dict[str, int]
    length_unit: float = MICROMETRE


def mesh_file(
    architecture: Architecture,
    sizes: MeshSizes | None = None,
    comm: "Comm | None" = None,
    cache_dir: Path | None = None,
) -> MeshFile:
    """Find the mesh of an architecture in the cache, or build it.

    Collective if a communicator is given: rank 0 builds, and a failure is raised on every rank.

    Raises
    ------
    GeometryError
        If the sizes do not fit the shape or the mesh cannot be built.
    """
    sizes = sizes if sizes is not None else MeshSizes()
    if comm is None:
        return find_or_build(architecture, sizes, cache_dir)
    return on_rank_zero(comm, find_or_build, architecture, sizes, cache_dir)


def load_mesh(source: MeshFile | Path | str, comm: "Comm") -> TaggedMesh:
    """Read a mesh file on rank 0 and distribute it; collective.

    Cells are shared through facets, without which integrals over interior facets are wrong on several ranks.

    Raises
    ------
    GeometryError
        On every rank, if the file cannot be read.
    """
    ensure_dolfinx()
    import gmsh
    from dolfinx.cpp.mesh import GhostMode
    from dolfinx.io.gmsh import model_to_mesh
    from dolfinx.mesh import create_cell_partitioner

    path = Path(source.path if isinstance(source, MeshFile) else source)
    partitioner = create_cell_partitioner(GhostMode.shared_facet, 2)
    started_here = comm.rank == 0 and not gmsh.isInitialized()
    try:
        on_rank_zero(comm, _open_in_gmsh, path)
        data = model_to_mesh(gmsh.model, comm, 0, gdim=3, partitioner=partitioner)
    finally:
        if comm.rank == 0 and gmsh.isInitialized():
            gmsh.model.remove()
            if started_here:
                gmsh.finalize()
    groups = data.physical_groups
    regions = {name: group.tag for name, group in groups.items() if group.dim == 3}
    boundaries = {name: group.tag for name, group in groups.items() if group.dim == 2}
    return TaggedMesh(data.mesh, data.cell_tags, data.facet_tags, regions, boundaries)


def _open_in_gmsh(path: Path) -> None:
    import gmsh

    if not path.is_file():
        raise GeometryError(f"the mesh file {path} does not exist")
    if not gmsh.isInitialized():
        gmsh.initialize(interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.model.add(f"read {path.stem}")
    try:
        gmsh.merge(str(path))
        complete = len(gmsh.model.mesh.getElementsByType(4)[0]) > 0
    except Exception as error:  # Gmsh raises plain Exception
        raise GeometryError(
            f"the mesh file {path} cannot be read ({error}); delete it to have it built again"
        ) from error
    if not complete:
        raise GeometryError(f"the mesh file {path} holds no tetrahedra; delete it to have it built again")


def on_rank_zero(comm: "Comm", action: Any, *arguments: Any) -> Any:
    """Call on rank 0, give its result to all ranks, raise its exception on all ranks."""
    result, failure = None, None
    if comm.rank == 0:
        try:
            result = action(*arguments)
        except Exception as error:
            failure = error
    # The others sleep meanwhile instead of spinning, which would take the core from the builder.
    arrived = comm.Ibarrier()
    while not arrived.Test():
        time.sleep(0.01)
    result, failure = comm.bcast((result, failure), root=0)
    if failure is not None:
        raise failure
    return result
