"""Connected pieces of a phase on a grid of voxels: which of them stay."""

import numpy as np


def islands(phase: np.ndarray, begins: int | None) -> np.ndarray | None:
    """Voxels of a phase that do not hang together with the rest; None if no voxel of it does.

    Parameters
    ----------
    phase : (nx, ny, nz) bool
    begins
        Index along z of the end where pieces must begin: 0 or −1.  None: those stay that join two opposite faces of
        the grid, and the largest.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(phase)
    if begins is not None:
        stays = np.unique(pieces[:, :, begins])
    else:
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
        spans = [
            number
            for number, box in enumerate(ndimage.find_objects(pieces), start=1)
            if any(part.stop - part.start == length for part, length in zip(box, phase.shape, strict=True))
        ]
        stays = np.array([*spans, *(1 + np.flatnonzero(sizes == sizes.max(initial=1))[:1])])
    stays = stays[stays > 0]
    if not len(stays):
        return None
    keep = np.zeros(count + 1, dtype=bool)
    keep[stays] = True
    return phase & ~keep[pieces]
