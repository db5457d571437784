"""The field as the mesher sees it: placed in the box, flattened at the walls, its necks kept, its level set.

Cells in the wedge between an oblique surface and a wall are flat.  Coordinates are therefore remapped near
the walls, u(x) with du/dx = 0 on them, so that the surface meets them at right angles; deeper than the depth d
of flattening nothing changes: u = (2 − x/d) x²/d for x < d joins u = x with a continuous slope.  Since u(0) = 0,
what is drawn out at the wall is made up for below it, and the surface keeps its area in the mean.
"""

from dataclasses import dataclass, field

import numpy as np

from ..shapes.field import Field
from .necks import Bumps, no_bumps


@dataclass(frozen=True)
class PlacedField:
    """A field over the porous slab, in the box's coordinates.

    Parameters
    ----------
    shape
        Signed distance, negative in the solid, on [0, extent] [m].
    extent : (3,) float
        Of the porous slab [m].
    base
        z of the slab's lower end [m].
    flatten
        Depth of flattening at the six faces [m]; at most half of the extent is used.
    level
        The solid is where the field lies below this level [m].
    bumps
        Where the field is lowered, in the box's coordinates.
    """

    shape: Field
    extent: np.ndarray
    base: float
    flatten: float = 0.0
    level: float = 0.0
    bumps: Bumps = field(default_factory=no_bumps)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field minus level at points (n, 3) [m], shape (n,)."""
        mapped = np.stack([self._inner(points[:, axis], axis) for axis in range(3)], axis=1)
        return self.shape.values(mapped) - self.level - self.bumps.values(points)

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field minus level on the tensor grid of three levels [m], shape (nx, ny, nz)."""
        mapped = (self._inner(levels, axis) for axis, levels in enumerate((x, y, z)))
        return self.shape.on_grid(*mapped) - self.level - self.bumps.on_grid(x, y, z)

    def _inner(self, levels: np.ndarray, axis: int) -> np.ndarray:
        levels = levels - self.base if axis == 2 else levels
        length = self.extent[axis]
        depth = min(self.flatten, length / 2)
        if depth <= 0:
            return levels
        lower = np.where(levels < depth, (2 - levels / depth) * levels**2 / depth, levels)
        beyond = length - levels
        return np.where(beyond < depth, length - (2 - beyond / depth) * beyond**2 / depth, lower)
