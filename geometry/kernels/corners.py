"""Values at the corners of cells; NumPy's reductions along such short rows take ten times as long."""

import numpy as np

from .compiling import compiled


@compiled
def corners_in(cells, marked):
    """How many corners of each cell are marked (n,) vertices, shape (m,)."""
    found = np.zeros(len(cells), np.int64)
    for cell in range(len(cells)):
        for corner in range(cells.shape[1]):
            found[cell] += marked[cells[cell, corner]]
    return found


@compiled
def corner_range(cells, values):
    """Smallest and largest value at the corners of each cell, shapes (m,)."""
    low, high = np.empty(len(cells)), np.empty(len(cells))
    for cell in range(len(cells)):
        least = most = values[cells[cell, 0]]
        for corner in range(1, cells.shape[1]):
            value = values[cells[cell, corner]]
            least, most = min(least, value), max(most, value)
        low[cell], high[cell] = least, most
    return low, high
