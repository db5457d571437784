"""A triangulated surface meshed anew, on itself, with facets of another size; runs in `worker` alone.

J.-F. Remacle, C. Geuzaine, G. Compère, E. Marchandise, Int. J. Numer. Methods Eng. 83, 403, 2010
(doi:10.1002/nme.2824): the surface is split along its edges into patches, each of which is mapped to the plane.
"""

import math

import numpy as np

from ..errors import GeometryError

EDGE_ANGLE = 40.0
"""Angle between facets [degrees] above which their common side is an edge of the body, and stays."""

_TRIANGLE, _FRONTAL_DELAUNAY = 2, 6


def remesh(points: np.ndarray, facets: np.ndarray, size: float) -> dict[str, np.ndarray]:
    """Mesh a surface anew.

    Parameters
    ----------
    points : (n, 3) float
    facets : (k, 3) int
        Where three or more share a side, that is an edge.
    size
        Of the new facets.

    Returns
    -------
    dict
        ``points`` and ``facets``, and ``origins``: a facet of the given surface that each new one lies on or beside.

    Raises
    ------
    GeometryError
        Gmsh cannot map the surface.
    """
    import gmsh
    from scipy.spatial import cKDTree

    gmsh.model.add("surface")
    gmsh.model.addDiscreteEntity(2, 1)
    gmsh.model.mesh.addNodes(2, 1, np.arange(1, len(points) + 1), points.ravel())
    gmsh.model.mesh.addElementsByType(1, _TRIANGLE, [], facets.ravel() + 1)
    limits = {"Mesh.MeshSizeMin": size, "Mesh.MeshSizeMax": size, "Mesh.Algorithm": _FRONTAL_DELAUNAY}
    for option, value in limits.items():
        gmsh.option.setNumber(option, value)
    try:
        gmsh.model.mesh.classifySurfaces(math.radians(EDGE_ANGLE), True, True, math.pi)
        origins = {face: _numbers(facets, _corners(face) - 1, len(points)) for _, face in gmsh.model.getEntities(2)}
        gmsh.model.mesh.createGeometry()
        gmsh.model.mesh.generate(2)
    except Exception as error:  # Gmsh raises plain Exception
        raise GeometryError(str(error)) from error
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    place = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    place[tags.astype(np.int64)] = np.arange(len(tags))
    new_points = coordinates.reshape(-1, 3)
    middles = points[facets].mean(axis=1)
    found, nearest = [], []
    for face, old in origins.items():
        corners = place[_corners(face)]
        if not len(corners):
            raise GeometryError("a part of it got no facets")
        found.append(corners)
        nearest.append(old[cKDTree(middles[old]).query(new_points[corners].mean(axis=1))[1]])
    used, renumbered = np.unique(np.concatenate(found), return_inverse=True)
    return {"points": new_points[used], "facets": renumbered.reshape(-1, 3), "origins": np.concatenate(nearest)}


def _corners(face: int) -> np.ndarray:
    import gmsh

    return gmsh.model.mesh.getElementsByType(_TRIANGLE, face)[1].astype(np.int64).reshape(-1, 3)


def _numbers(facets: np.ndarray, some: np.ndarray, count: int) -> np.ndarray:
    """Which of the facets, as sets of corners, some of them are."""
    weights = np.array([count * count, count, 1], dtype=object if count >= 2**21 else np.int64)
    key, wanted = (np.sort(x, axis=1) @ weights for x in (facets, some))
    order = np.argsort(key, kind="stable")
    return order[np.searchsorted(key[order], wanted)]
