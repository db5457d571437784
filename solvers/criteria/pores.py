r"""Geometry of an electrode's surface as the criteria need it: how wide its pores are, and how deep they lie.

Radius: the largest ball in the electrolyte that touches the wall at a facet's centre p and leaves out the centres q of
all walls that face it, found by shrinking it to the nearest one inside: J. Ma, S. W. Bae, S. Choi, Vis. Comput. 28
(2012) 7, doi:10.1007/s00371-011-0594-7. The ball through p and q that is tangent at p, with the normal n there, has

.. math:: r(q) = \frac{|d|^2}{2\,d\cdot n}, \qquad d = q - p

Walls face each other where their normals are far apart. Others are p's own neighbourhood, whose roughness on a mesh is
no wall, or meet p's wall in a corner, which fills without closing the pore.

Closing: metal of volume h per area of a wall with principal curvatures κ₁, κ₂ (positive where it is hollow) is t thick,

.. math:: h = t - \tfrac12(\kappa_1 + \kappa_2)\,t^2 + \tfrac13 \kappa_1\kappa_2\,t^3

(J. Steiner, 1840), so that a slit is full at h = r, a channel at r/2, a hollow sphere at r/3. The curvatures are those
of the plane fitted to the normals of the nearest facets, dn = −W dx, and no larger than 1/r.

Depth: distance to the nearest facet of the counter electrode. Along an axis between the electrodes' mean positions it
would be undefined where one surrounds the other (fibres), and along the pores it would count their tortuosity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

#: Angle between normals [degrees] from which walls face each other; wedges that open by less than 180° minus this are
#: pores. Facets are taken in groups of similar normals, so that it holds to within half of a group's width, 15°.
FACING = 120.0

#: Groups of normals.
GROUPS = 60

#: Facets whose normals tell a wall's curvature, and the cosine to the own normal from which they are on the same wall.
NEIGHBOURS, SAME_WALL = 16, 0.5

#: Shrinking stops at the latest here; ten are enough in practice.
ITERATIONS = 40


class Images(NamedTuple):
    """Copies of a surface in mirrors, itself first: points [m], shape (copies n, 3), and signs of axes (copies, 3)."""

    points: np.ndarray
    signs: np.ndarray


def mirror_images(centres: np.ndarray, lower: np.ndarray, upper: np.ndarray, axes: Sequence[int]) -> Images:
    """Points and their images in the planes of a box, for walls that no ion crosses; 3 copies for every axis."""
    points, signs = np.asarray(centres, dtype=float), np.ones((1, 3))
    for axis in axes:
        flip = np.where(np.arange(3) == axis, -1.0, 1.0)
        shifts = [plane * (1 - flip) for plane in (lower, upper)]
        points = np.concatenate([points, *(points * flip + shift for shift in shifts)])
        signs = np.concatenate([signs, signs * flip, signs * flip])
    return Images(points, signs)


def pore_radii(centres: np.ndarray, normals: np.ndarray, largest: float, images: Images | None = None) -> np.ndarray:
    """Radius of the largest ball that touches the surface at each facet's centre [m], shape (facets,).

    Parameters
    ----------
    centres
        m, shape (facets, 3).
    normals
        Into the electrolyte, of length 1, shape (facets, 3).
    largest
        Radius where no ball meets a wall that faces it: the extent of the domain [m].
    images
        The surface with its images in mirrors. Without them pores end where the mesh does, and balls reach past its
        outer walls.

    Resolves pores of a few facets across, and nothing smaller than a facet.
    """
    images = images or Images(centres, np.ones((1, 3)))
    walls = (images.signs[:, None, :] * normals).reshape(-1, 3)
    radii = np.full(len(centres), float(largest))
    for group in _groups(normals):
        middle = normals[group].mean(axis=0)
        facing = walls @ middle <= np.cos(np.radians(FACING)) * np.linalg.norm(middle)
        if facing.any():
            tree = cKDTree(images.points[facing])
            radii[group] = _shrink(tree, centres[group], normals[group], radii[group])
    return radii


def _groups(normals: np.ndarray) -> Iterator[np.ndarray]:
    """Facets of similar normals: those nearest to each of evenly spread directions (Fibonacci's lattice)."""
    k = np.arange(GROUPS) + 0.5
    polar, turn = np.arccos(1 - 2 * k / GROUPS), np.pi * (1 + np.sqrt(5)) * k
    directions = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], axis=1)
    nearest = np.argmax(normals @ directions.T, axis=1)
    for label in np.unique(nearest):
        yield np.flatnonzero(nearest == label)


def _shrink(tree: cKDTree, p: np.ndarray, n: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Radii of balls that are tangent at p and hold none of the tree's points, from radii that may."""
    radii, active = radii.copy(), np.arange(len(p))
    for _ in range(ITERATIONS):
        distance, nearest = tree.query(p[active] + radii[active, None] * n[active])
        active, nearest = (each[distance < radii[active] * (1 - 1e-9)] for each in (active, nearest))
        if not len(active):
            break
        d = tree.data[nearest] - p[active]
        # What lies in the ball lies above the tangent plane.
        radii[active] = np.sum(d * d, axis=1) / (2 * np.sum(d * n[active], axis=1))
    return radii


def closing_thickness(centres: np.ndarray, normals: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Volume of metal per area of wall that closes the pore at each facet [m], shape (facets,).

    Parameters
    ----------
    centres, normals, radii
        As for, and from, :func:`pore_radii`.
    """
    if len(centres) <= NEIGHBOURS:
        return np.array(radii, dtype=float)
    _, near = cKDTree(centres).query(centres, k=NEIGHBOURS + 1)
    near = near[:, 1:]
    along = np.eye(3)[np.argmin(np.abs(normals), axis=1)]
    first = np.cross(normals, along)
    first /= np.linalg.norm(first, axis=1)[:, None]
    basis = np.stack([first, np.cross(normals, first)], axis=1)
    shift, turn = (np.einsum("fab,fkb->fka", basis, a[near] - a[:, None]) for a in (centres, normals))
    # Beyond an edge another wall begins.
    same = np.einsum("fkb,fb->fk", normals[near], normals) > SAME_WALL
    moments = np.einsum("fk,fka,fkb->fab", same, shift, shift)
    mixed = np.einsum("fk,fka,fkb->fab", same, turn, shift)
    size = np.trace(moments, axis1=1, axis2=2)
    # Neighbours in one line tell one curvature; the other counts as none.
    shape = -mixed @ np.linalg.pinv(moments + 1e-9 * size[:, None, None] * np.eye(2), hermitian=True)
    half, product = np.trace(shape, axis1=1, axis2=2) / 2, np.linalg.det(shape)
    apart = np.sqrt(np.maximum(half**2 - product, 0.0))
    bound = 1 / radii
    one, other = (np.clip(half + sign * apart, -bound, bound) for sign in (1, -1))
    return radii - (one + other) / 2 * radii**2 + one * other / 3 * radii**3


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
