"""Bars: a rectangle extruded through slabs, the common shape of planar cells and stacks."""

import dataclasses
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import numpy as np

from .extrusion import Extrusion, Layer
from .parameters import MICROMETRE
from .planform import Planform
from .sizing import MeshSizes, graded_layers, layer_count

_ROLE = "bar"

_TRIANGLES = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
"""A rectangle's corners, in turn, and its centre: nothing varies across a bar."""


@dataclasses.dataclass(frozen=True)
class Slab:
    """One region of a bar: thickness [m], which mesh size its fine end has, and where that end is."""

    region: str
    thickness: float
    fine_size: Literal["film_size", "interface_size", "size"]
    fine: Literal["start", "end", "both"]
    minimum: int = 2

    def _grading(self, sizes: MeshSizes) -> dict[str, float]:
        first = min(getattr(sizes, self.fine_size), self.thickness)
        return {"first": first, "growth": sizes.growth, "largest": sizes.size, "minimum": self.minimum}

    def layer_count(self, sizes: MeshSizes) -> int:
        """Number of cell layers, without drawing them."""
        if self.fine != "both":
            return layer_count(self.thickness, **self._grading(sizes))
        half = self._grading(sizes) | {"minimum": -(-self.minimum // 2)}
        return 2 * layer_count(self.thickness / 2, **half)

    def ends(self, start: float, sizes: MeshSizes) -> np.ndarray:
        """Ends of the cell layers [µm], beginning at ``start`` [m]."""
        return (start + graded_layers(self.thickness, fine=self.fine, **self._grading(sizes))) / MICROMETRE


def estimate_bar_cells(slabs: Sequence[Slab], sizes: MeshSizes) -> int:
    """Exact number of tetrahedra of a bar."""
    return 3 * len(_TRIANGLES) * sum(slab.layer_count(sizes) for slab in slabs)


def bar(
    slabs: Sequence[Slab],
    width: float,
    depth: float,
    sizes: MeshSizes,
    axis: Literal["x", "z"],
    start: float,
    end_names: tuple[str, str],
) -> Extrusion:
    """Describe a bar of ``width`` × ``depth`` [m] whose first slab begins at ``start`` [m] on the axis.

    ``end_names`` are the boundary names of its two end faces.
    """
    starts = accumulate((slab.thickness for slab in slabs[:-1]), initial=start)
    layers = [
        Layer(slab.ends(at, sizes), {_ROLE: slab.region}) for slab, at in zip(slabs, starts, strict=True)
    ]
    return Extrusion(
        _crossed(width / MICROMETRE, depth / MICROMETRE),
        tuple(layers),
        axis,
        bottom={_ROLE: end_names[0]},
        top={_ROLE: end_names[1]},
    )


def _crossed(width: float, depth: float) -> Planform:
    """A rectangle [µm] cut along both diagonals, the coarsest planform that prefers none of them.

    The centre, where the right angles are, comes between the corners of one diagonal and those of the other: so prisms
    are split without obtuse angles, and alike on both sides of the centre.
    """
    points = np.array([[0.0, 0.0], [width, 0.0], [width, depth], [0.0, depth], [width / 2, depth / 2]])
    kinds = np.array([0, 2, 0, 2, 1])
    return Planform(points, _TRIANGLES, np.zeros(len(_TRIANGLES), int), (_ROLE,), kinds)
