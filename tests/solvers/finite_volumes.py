"""Conductivity of voxel bodies by cell-centred finite volumes without archode: the reference of other tests."""

import numpy as np
import scipy.sparse as sp
from scipy.ndimage import label
from scipy.sparse.linalg import cg


def conductivity(phase, axis):
    """Relative conductivity of cubic voxels between the two faces across an axis; its sides insulate."""
    body = np.moveaxis(np.asarray(phase, dtype=bool), axis, 0)
    pieces, _ = label(body)
    through = np.intersect1d(pieces[0], pieces[-1])
    body = np.isin(pieces, through[through > 0])
    if not body.any():
        return 0.0
    number = np.full(body.shape, -1)
    number[body] = np.arange(body.sum())
    rows, columns = [], []
    for k in range(3):
        low, high = (np.take(number, range(start, body.shape[k] - 1 + start), k) for start in (0, 1))
        both = (low >= 0) & (high >= 0)
        rows += [low[both], high[both]]
        columns += [high[both], low[both]]
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    count = int(body.sum())
    between = sp.coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count)).tocsr()
    outside = np.zeros((2, count))
    for end, layer in enumerate((number[0], number[-1])):
        outside[end, layer[layer >= 0]] = 2.0
    diagonal = between.sum(axis=1) + outside.sum(axis=0)
    matrix = (sp.diags_array(diagonal) - between).tocsr()
    start = np.nonzero(body)[0] / body.shape[0]
    phi, failed = cg(matrix, outside[1], start, rtol=1e-8, M=sp.diags_array(1 / diagonal))
    assert not failed
    current = outside[1] @ (1 - phi)
    return float(current * body.shape[0] / (body.shape[1] * body.shape[2]))


def extrapolated(phase, axis, parts=(1, 2, 4)):
    """What finite volumes on divided voxels tend to, and the power of the edges that this assumes.

    The last three of them fix the value, what is missing, and its power, which edges of voxels let be about 4/3.
    """
    values = [conductivity(divided(phase, times), axis) for times in parts]
    if values[-1] == 0:
        return 0.0, np.nan
    from scipy.optimize import brentq

    one, two, three = values[-3:]
    a, b, c = (np.array(parts[-3:], dtype=float)).tolist()

    def mismatch(power):
        return (two - one) / (three - one) - (b**-power - a**-power) / (c**-power - a**-power)

    power = brentq(mismatch, 0.2, 3.0)
    return three + (three - one) * c**-power / (a**-power - c**-power), power


def divided(phase, times):
    for axis in range(3):
        phase = phase.repeat(times, axis)
    return phase
