"""What part of a box the field's own connected solid fills, measured on a fine grid."""

import numpy as np

from ..shapes.field import Field
from .grid_pieces import islands

_SAMPLES = 6_000_000
"""Most points of the grid."""

_REACH = 2
"""Distance from the surface [cells of the grid] within which a cell counts in part."""


def own_fraction(
    field: Field, extent: np.ndarray, size: float, seeded: tuple[bool, bool], remove: bool
) -> float:
    """Fraction of the field's own connected solid, on a grid of about size/3.

    Cells of the grid near the surface count by a part that hangs on the distance, so that curved surfaces are met to
    fourth order of the grid.

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
    part = _part(-values / (_REACH * width))
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
            near, others = (ndimage.binary_dilation(mask, iterations=_REACH) for mask in (leaves, solid == phase))
            halo = near & ~others
            part[halo | leaves] = 0.0 if phase else 1.0
    return float(part.mean())


def _part(depth: np.ndarray) -> np.ndarray:
    """Part in the solid at depths in units of the reach: the integral of a kernel without second moment.

    A kernel of second moment m would add 3m/R² of its volume to a ball of radius R.
    105/64 (1 − 5s² + 7s⁴ − 3s⁶): H.-G. Müller, Ann. Stat. 12 (1984) 766, doi:10.1214/aos/1176346523.
    """
    depth = np.clip(depth, -1.0, 1.0)
    square = depth * depth
    return 0.5 + 105 / 64 * depth * (1 - square * (5 / 3 - square * (7 / 5 - square * 3 / 7)))
