"""What part of a box the field's own connected solid fills, measured on a fine grid."""

import numpy as np

from ..shapes.field import Field
from .grid_pieces import islands

_SAMPLES = 6_000_000
"""Most points of the grid."""


def own_fraction(
    field: Field, extent: np.ndarray, size: float, seeded: tuple[bool, bool], remove: bool
) -> float:
    """Fraction of the field's own connected solid, on a grid of about size/3.

    Cells of the grid that the surface crosses count by the part in the solid, if the field is a distance.

    Parameters
    ----------
    field
        With `on_grid`; its origin is the corner of the box.
    extent : (3,) float
    seeded
        Whether solid must begin at the lower end, pore at the upper end; otherwise pieces stay that join
        opposite faces, and the largest.
    """
    from scipy import ndimage

    spacing = max(size / 3, (np.prod(extent) / _SAMPLES) ** (1 / 3))
    counts = np.maximum(np.round(extent / spacing).astype(int), 8)
    x, y, z = ((np.arange(n) + 0.5) * length / n for n, length in zip(counts, extent, strict=True))
    width = float((np.prod(extent) / np.prod(counts)) ** (1 / 3))
    values = field.on_grid(x, y, z)
    # The kernel of `shapes.field.covered`, voxel by voxel.
    depth = np.clip(-values / width, -1.0, 1.0)
    part = 0.5 + depth * (1.5 - np.abs(depth))
    if not remove:
        return float(part.mean())
    solid = values < 0
    for phase, end in ((True, 0), (False, -1)):
        leaves = islands(solid == phase, end if seeded[0 if phase else 1] else None)
        if leaves is None:
            return 0.0 if phase else 1.0
        if leaves.any():
            solid ^= leaves
            # The neighbours of an island carry the rest of its smoothed surface.
            halo = ndimage.binary_dilation(leaves) & ~ndimage.binary_dilation(solid == phase)
            part[halo | leaves] = 0.0 if phase else 1.0
    return float(part.mean())
