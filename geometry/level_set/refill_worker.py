"""Refill one set of bodies with Gmsh's HXT, in a process that HXT may end.

``python refill_worker.py <folder>`` waits for the end of its standard input, reads ``surface.npz`` (points, facets,
left, right, coarse_size, growth, threads; lengths of order one) and writes ``bodies.npz`` (points, cells, bodies).
HXT: C. Marot, J. Pellerin, J.-F. Remacle, Int. J. Numer. Methods Eng. 117, 967, 2019 (doi:10.1002/nme.5987).
"""

import sys
from pathlib import Path

import numpy as np

SURFACE, BODIES = "surface.npz", "bodies.npz"

_OPTIONS = {
    "General.Terminal": 0,
    "Mesh.Reproducible": 1,  # with as many threads
    "Mesh.RandomSeed": 1,
    "Mesh.Algorithm3D": 10,
    "Mesh.Optimize": 1,
    "Mesh.MeshSizeExtendFromBoundary": 0,  # the size field does it
    "Mesh.Renumber": 0,  # the given points keep their numbers
}
_TRIANGLE, _TETRAHEDRON = 2, 4


def refill_bodies(
    points: np.ndarray,
    facets: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    coarse_size: float,
    growth: float,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tetrahedra inside closed surfaces, which they respect.

    Parameters
    ----------
    points : (n, 3) float
        All of them corners of facets.
    facets : (k, 3) int
    left, right : (k,) int
        Bodies on either side, numbered from 0; -1 is outside.
    coarse_size
        Largest size of cells.
    growth
        Growth of the size with distance from the surface, where it is about 1.
    threads
        Of HXT; another number gives another mesh.

    Returns
    -------
    points : (p, 3) float
        The given ones first.
    cells : (m, 4) int
    bodies : (m,) int
    """
    import gmsh

    gmsh.initialize(interruptible=False)
    try:
        for option, value in (_OPTIONS | {"General.NumThreads": threads, "Mesh.MeshSizeMax": coarse_size}).items():
            gmsh.option.setNumber(option, value)
        gmsh.model.add("bodies")
        # One discrete surface for every pair of bodies.
        _, first, pair = np.unique(left * (right.max() + 2) + right + 1, return_index=True, return_inverse=True)
        pairs = np.stack([left[first], right[first]], axis=1)
        for number in range(len(pairs)):
            gmsh.model.addDiscreteEntity(2, number + 1)
        gmsh.model.mesh.addNodes(2, 1, np.arange(1, len(points) + 1), points.ravel())
        for number in range(len(pairs)):
            gmsh.model.mesh.addElementsByType(
                number + 1, _TRIANGLE, [], facets[pair == number].ravel() + 1
            )
        gmsh.model.mesh.reclassifyNodes()
        bodies = np.unique(pairs[pairs >= 0])
        for body in bodies:
            around = np.flatnonzero((pairs == body).any(axis=1)) + 1
            gmsh.model.geo.addVolume([gmsh.model.geo.addSurfaceLoop(around.tolist())], int(body) + 1)
        gmsh.model.geo.synchronize()
        _grow_from_surfaces(len(pairs), coarse_size, growth)
        gmsh.model.mesh.generate(3)
        tags, coordinates, _ = gmsh.model.mesh.getNodes()
        cells = [
            gmsh.model.mesh.getElementsByType(_TETRAHEDRON, int(body) + 1)[1].reshape(-1, 4)
            for body in bodies
        ]
    finally:
        gmsh.finalize()
    tags = tags.astype(int)
    number = np.zeros(tags.max() + 1, int)
    number[tags] = 1
    number = np.cumsum(number) - 1
    ordered = np.empty((len(tags), 3))
    ordered[number[tags]] = coordinates.reshape(-1, 3)
    return ordered, number[np.concatenate(cells).astype(int)], np.repeat(bodies, [len(c) for c in cells])


def _grow_from_surfaces(surfaces: int, coarse_size: float, growth: float) -> None:
    """Let sizes grow from those of the facets, about 1, to the coarse size."""
    import gmsh

    field = gmsh.model.mesh.field.add("Extend")
    gmsh.model.mesh.field.setNumbers(field, "SurfacesList", list(range(1, surfaces + 1)))
    reach = max((coarse_size - 1) / growth, 1.0)
    for option, value in (("SizeMax", coarse_size), ("DistMax", reach), ("Power", 1)):
        gmsh.model.mesh.field.setNumber(field, option, value)
    gmsh.model.mesh.field.setAsBackgroundMesh(field)


def main() -> int:
    """Refill the surface in the folder given on the command line; nothing if there is none."""
    import gmsh  # noqa: F401  loaded while the caller still cuts

    sys.stdin.read()
    folder = Path(sys.argv[1])
    if not (folder / SURFACE).exists():
        return 0
    with np.load(folder / SURFACE) as data:
        surface = {name: data[name] for name in ("points", "facets", "left", "right")}
        sizes = {name: float(data[name]) for name in ("coarse_size", "growth")}
        threads = int(data["threads"])
    points, cells, bodies = refill_bodies(**surface, **sizes, threads=threads)
    np.savez(folder / BODIES, points=points, cells=cells, bodies=bodies)
    return 0


if __name__ == "__main__":
    sys.exit(main())
