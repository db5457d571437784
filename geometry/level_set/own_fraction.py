"""What part of a box the field's own connected solid fills, measured on a fine grid."""

import numpy as np

from ..shapes.field import Field

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
        Whether solid must begin at the lower end, pore at the upper end; otherwise the largest piece stays.
    """
    from scipy import ndimage

    spacing = max(size / 3, (np.prod(extent) / _SAMPLES) ** (1 / 3))
    counts = np.maximum(np.round(extent / spacing).astype(int), 8)
    x, y, z = ((np.arange(n) + 0.5) * length / n for n, length in zip(counts, extent, strict=True))
    width = float((np.prod(extent) / np.prod(counts)) ** (1 / 3))
    values = field.on_grid(x, y, z)
    part = np.clip(0.5 - values / width, 0, 1)
    if not remove:
        return float(part.mean())
    solid = values < 0
    for phase, end in ((True, 0), (False, -1)):
        pieces, count = ndimage.label(solid == phase)
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        sizes[0] = 0
        if seeded[0 if phase else 1]:
            stays = np.unique(pieces[:, :, end])
        else:
            stays = np.array([sizes.argmax()])
        stays = stays[stays > 0]
        if not len(stays):
            return 0.0 if phase else 1.0
        leaves = (solid == phase) & ~np.isin(pieces, stays)
        if leaves.any():
            solid ^= leaves
            # The neighbours of an island carry the rest of its smoothed surface.
            halo = ndimage.binary_dilation(leaves) & ~ndimage.binary_dilation(solid == phase)
            part[halo | leaves] = 0.0 if phase else 1.0
    return float(part.mean())
