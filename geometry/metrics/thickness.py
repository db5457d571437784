"""Local thickness: at every point, the diameter of the largest sphere in the phase that holds the point.

T. Hildebrand, P. Rüegsegger, J. Microsc. 185, 67 (1997).  On a grid the spheres have their centres in those
of voxels, and the phase ends where the next voxel has its centre.  Measured on bodies turned and shifted at
random, this makes rods 0.2 voxels too thin, balls 1.0 too thin and plates 0.3 too thick, whatever their size.
"""

import numpy as np


def local_thickness(phase: np.ndarray, spacing: float, radii: int = 48) -> np.ndarray:
    """Local thickness of every voxel of a phase.

    Parameters
    ----------
    phase : (nx, ny, nz) bool
        Where the phase is; beyond the grid it is taken to go on.
    spacing
        Edge of a voxel [m].
    radii
        Number of radii tried, spaced logarithmically; the largest sphere's is always among them.

    Returns
    -------
    numpy.ndarray, shape (nx, ny, nz)
        Thickness [m]; 0 outside the phase, infinite where the phase has no end in the grid.
    """
    from scipy.ndimage import distance_transform_edt

    if phase.all():
        return np.full(phase.shape, np.inf)
    thickness = np.zeros(phase.shape, dtype=np.float32)
    squares = np.rint(distance_transform_edt(phase) ** 2).astype(np.int64)
    for smallest, largest in _steps(np.unique(squares[phase]), radii):
        # Spheres of a class are drawn with its middle radius: some too large, which the phase's edge stops.
        middle = float(smallest * largest) ** 0.5
        covered = _within(squares >= smallest, round(middle)) & phase
        thickness[covered] = 2 * middle**0.5
    return thickness * spacing


def _steps(squares: np.ndarray, radii: int) -> list[tuple[int, int]]:
    """Smallest and largest squared radius of each class, ascending; the last holds the largest one alone."""
    if len(squares) == 0:
        return []
    wanted = np.geomspace(squares[0], squares[-1], radii)
    first = np.unique(np.append(np.searchsorted(squares, wanted[:-1] * (1 - 1e-9)), len(squares) - 1))
    last = np.append(first[1:] - 1, len(squares) - 1)
    return list(zip(squares[first], squares[last], strict=True))


def _within(centres: np.ndarray, square: int) -> np.ndarray:
    """Voxels nearer than the root of ``square`` [voxels] to one of the centres.

    A distance transform that stops at the radius: one sweep of shifted minima per axis, exact, and many
    times faster than a full transform while the radius is some voxels only.
    """
    reach = int(np.ceil(np.sqrt(square))) - 1
    dtype = np.uint16 if 2 * square < 2**16 else np.uint32
    nearest = np.where(centres, dtype(0), dtype(square))
    for axis in range(3):
        before, nearest = nearest, nearest.copy()
        for step in range(1, reach + 1):
            shifted = before + dtype(step * step)
            for here, there in (
                (slice(step, None), slice(None, -step)),
                (slice(None, -step), slice(step, None)),
            ):
                target = nearest[_along(axis, here)]
                np.minimum(target, shifted[_along(axis, there)], out=target)
    return nearest < square


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    return tuple(part if k == axis else slice(None) for k in range(3))
