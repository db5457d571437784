"""Geometry of an electrode's surface as the criteria need it: how wide its pores are, and how deep they lie.

Radius: the largest ball in the electrolyte that touches the wall at a facet's centre (its medial radius), found by
shrinking a ball until no other facet's centre is inside: J. Ma, S. W. Bae, S. Choi, Vis. Comput. 28 (2012) 7,
doi:10.1007/s00371-011-0594-7. A ball is not shrunk by facets so close that the mesh's own roughness, and not a wall,
would decide it (angle between the two points as seen from the ball's centre).

Depth: distance to the nearest facet of the counter electrode. Along an axis between the electrodes' mean positions it
would be undefined where one surrounds the other (fibres), and along the pores it would count their tortuosity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

#: Facets that the ball's centre sees under a smaller angle [degrees] are its own neighbourhood. A normal that errs by δ
#: makes the ball smaller by δ cot(angle/2); corners that open by more than 120° do not narrow a pore.
SEPARATION = 60.0

#: Shrinking stops at the latest here; ten are enough in practice.
ITERATIONS = 40


def mirror_images(centres: np.ndarray, lower: np.ndarray, upper: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Points and their images in the planes of a box, for walls that no ion crosses; shape (3^axes n, 3)."""
    points = np.asarray(centres, dtype=float)
    for axis in axes:
        images = [points]
        for plane in (lower[axis], upper[axis]):
            image = points.copy()
            image[:, axis] = 2 * plane - image[:, axis]
            images.append(image)
        points = np.concatenate(images)
    return points


def pore_radii(centres: np.ndarray, normals: np.ndarray, largest: float, walls: np.ndarray | None = None) -> np.ndarray:
    """Radius of the largest ball that touches the surface at each facet's centre [m], shape (facets,).

    Parameters
    ----------
    centres
        m, shape (facets, 3).
    normals
        Into the electrolyte, of length 1, shape (facets, 3).
    largest
        Radius where no ball meets another facet: the extent of the domain [m].
    walls
        All points that bound the pores, shape (points, 3): other electrodes, images in mirror planes
        (:func:`mirror_images`). The surface's own centres unless given; pores then end where the mesh does, and
        balls reach past its outer walls.

    Resolves pores of a few facets across; nothing smaller than a facet.
    """
    tree = cKDTree(centres if walls is None else walls)
    radii = np.full(len(centres), float(largest))
    active = np.arange(len(centres))
    far = np.cos(np.radians(SEPARATION))
    for _ in range(ITERATIONS):
        if not len(active):
            break
        p, n, r = centres[active], normals[active], radii[active]
        middle = p + r[:, None] * n
        distance, nearest = tree.query(middle)
        to = tree.data[nearest] - p
        height = np.einsum("ij,ij->i", to, n)
        inside = (distance < r * (1 - 1e-9)) & (height > 0)
        shrunk = np.full(len(active), np.inf)
        np.divide(np.einsum("ij,ij->i", to, to), 2 * height, out=shrunk, where=inside)
        # Where p and the point that it now touches are seen from the new centre.
        toward = to - np.where(np.isfinite(shrunk), shrunk, 0.0)[:, None] * n
        cosine = np.full(len(active), 1.0)
        np.divide(-np.einsum("ij,ij->i", toward, n), shrunk, out=cosine, where=inside)
        shrinks = inside & (cosine < far)
        radii[active[shrinks]] = shrunk[shrinks]
        active = active[shrinks]
    return radii


def relative_depth(centres: np.ndarray, counter_centres: np.ndarray) -> np.ndarray:
    """Where facets lie between the front (0) and the back (1) of an electrode, shape (facets,).

    Distance to the nearest facet of the counter electrode, from the smallest to the largest; all 0 on a surface that is
    equally far everywhere, to within the counter electrode's own facets.
    """
    distance, _ = cKDTree(counter_centres).query(centres)
    span = np.ptp(distance)
    # Facets of two flat surfaces do not face each other exactly: differences of second order are no depth.
    if span <= 0.05 * distance.min():
        return np.zeros(len(distance))
    return (distance - distance.min()) / span
