"""Hand a tetrahedral mesh to Gmsh as a discrete model with named physical groups."""

import numpy as np

from .tags import BOUNDARIES, REGIONS
from .tetrahedra import TetrahedralMesh

_TRIANGLE, _TETRAHEDRON = 2, 4


def add_to_current_model(mesh: TetrahedralMesh) -> None:
    """Add nodes, tetrahedra and facets to the current Gmsh model, grouped by the names of ``tags.py``."""
    import gmsh

    regions = {name: tag for name, tag in REGIONS.items() if np.any(mesh.cell_tags == tag)}
    boundaries = {name: tag for name, tag in BOUNDARIES.items() if np.any(mesh.facet_tags == tag)}
    for dimension, groups in ((3, regions), (2, boundaries)):
        for name, tag in groups.items():
            gmsh.model.addDiscreteEntity(dimension, tag)
            gmsh.model.addPhysicalGroup(dimension, [tag], tag, name)
    holder = next(iter(regions.values()))
    gmsh.model.mesh.addNodes(3, holder, np.arange(1, len(mesh.points) + 1), mesh.points.ravel())
    for tag in regions.values():
        gmsh.model.mesh.addElementsByType(
            tag, _TETRAHEDRON, [], mesh.cells[mesh.cell_tags == tag].ravel() + 1
        )
    for tag in boundaries.values():
        gmsh.model.mesh.addElementsByType(tag, _TRIANGLE, [], mesh.facets[mesh.facet_tags == tag].ravel() + 1)


def write_msh(path: str) -> None:
    """Write the current Gmsh model as a binary .msh file, format 4.1."""
    import gmsh

    gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
    gmsh.option.setNumber("Mesh.Binary", 1)
    gmsh.option.setNumber("Mesh.SaveAll", 0)
    gmsh.write(path)
