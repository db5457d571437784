"""Loops over the voxels of a body and over their corners, in machine code.

Voxels are numbered from 0 in ascending order along z, y and x, −1 outside the body: ``number`` (nx, ny, nz).  Corners
have a node for every group of voxels that faces join around them; ``first`` (nx + 1, ny + 1, nz + 1) is the number of
a corner's first node, and ``pattern`` tells by its bits which of the eight voxels around it there are.  In periodic
bodies the last corners are the first ones.
"""

from __future__ import annotations

import numpy as np

from ..geometry.kernels.compiling import compiled


@compiled
def neighbour(number, x, y, z, axis, up, periodic):
    """Number of the voxel above or below along an axis, −1 where there is none."""
    size = number.shape[axis]
    at = (x, y, z)[axis] + (1 if up else -1)
    if at < 0 or at == size:
        if not periodic:
            return -1
        at = at % size
    if axis == 0:
        return number[at, y, z]
    if axis == 1:
        return number[x, at, z]
    return number[x, y, at]


@compiled
def middle_links(number, count, conductance, rise, periodic):
    """The network of the voxels' middles.

    Parameters
    ----------
    conductance : (3,) float32
        That between neighbours along x, y and z.
    rise
        What the potential rises by from layer to layer along x beside its values.

    Returns
    -------
    starts, others, conductance, source
        See :class:`.network.Network`.
    """
    nx, ny, nz = number.shape
    starts = np.zeros(count + 1, np.int32)
    source = np.zeros(count)
    total = 0
    for run in range(2):
        if run == 1:
            others, values = np.empty(total, np.int32), np.empty(total, np.float32)
            total = 0
        for x in range(nx):
            for y in range(ny):
                for z in range(nz):
                    own = number[x, y, z]
                    if own < 0:
                        continue
                    for k in range(6):
                        axis = k if k < 3 else 5 - k
                        other = neighbour(number, x, y, z, axis, k >= 3, periodic)
                        # A voxel that is its own neighbour exchanges nothing.
                        if other < 0 or other == own:
                            continue
                        if run == 1:
                            others[total], values[total] = other, conductance[axis]
                            if axis == 0:
                                source[own] += conductance[0] if k >= 3 else -conductance[0]
                        total += 1
                    starts[own + 1] = total
    # Once: what cancels, cancels exactly.
    return starts, others, values, source * rise


@compiled
def middle_currents(number, count, conductance, values, rise, periodic):
    """Current from every voxel's upper neighbours along x, y and z, shape (voxels, 3).

    Parameters
    ----------
    rise
        What the potential rises by from layer to layer along x beside its values.
    """
    nx, ny, nz = number.shape
    currents = np.zeros((count, 3))
    for x in range(nx):
        for y in range(ny):
            for z in range(nz):
                own = number[x, y, z]
                if own < 0:
                    continue
                for axis in range(3):
                    other = neighbour(number, x, y, z, axis, True, periodic)
                    if other >= 0:
                        more = rise if axis == 0 else 0.0
                        currents[own, axis] = conductance[axis] * (values[other] - values[own] + more)
    return currents


@compiled
def balance(number, currents, low, high, periodic):
    """Correct currents along the shortest ways to the first and last layer so that every voxel conserves the charge.

    Parameters
    ----------
    currents : (voxels, 3) float
        See :func:`middle_currents`; changed in place.
    low, high : (ny, nz) float
        Currents out of the first layer through the face below, and into the last one through the face above; changed in
        place.  Periodic bodies leave them at zero.
    """
    nx, ny, nz = number.shape
    count = len(currents)
    excess = np.zeros(count)
    places = np.empty(count, np.int32)
    for x in range(nx):
        for y in range(ny):
            for z in range(nz):
                own = number[x, y, z]
                if own < 0:
                    continue
                places[own] = (x * ny + y) * nz + z
                for axis in range(3):
                    excess[own] += currents[own, axis]
                    other = neighbour(number, x, y, z, axis, True, periodic)
                    if other >= 0:
                        excess[other] -= currents[own, axis]
                if not periodic and x == 0:
                    excess[own] -= low[y, z]
                if not periodic and x == nx - 1:
                    excess[own] += high[y, z]
    # Breadth first: 6 is a voxel that nothing leads to yet, 7 one where ways begin.
    way = np.full(count, 6, np.int8)
    order = np.empty(count, np.int32)
    found = 0
    if not periodic:
        for own in range(count):
            x = places[own] // (ny * nz)
            if x == 0 or x == nx - 1:
                way[own], order[found] = 7, own
                found += 1
    done, untried = 0, 0
    while found < count or done < found:
        if done == found:
            while way[untried] != 6:
                untried += 1
            way[untried], order[found] = 7, untried
            found += 1
        own = order[done]
        done += 1
        place = places[own]
        x, y, z = place // (ny * nz), place // nz % ny, place % nz
        for k in range(6):
            other = neighbour(number, x, y, z, k % 3, k < 3, periodic)
            if other >= 0 and way[other] == 6:
                way[other], order[found] = k, other
                found += 1
    for at in range(count - 1, -1, -1):
        own = order[at]
        place = places[own]
        x, y, z = place // (ny * nz), place // nz % ny, place % nz
        k = way[own]
        if k == 7:
            if not periodic and x == 0:
                low[y, z] += excess[own]
            elif not periodic:
                high[y, z] -= excess[own]
            continue
        # The way came up or down to this voxel; the excess goes back along it.
        origin = neighbour(number, x, y, z, k % 3, k >= 3, periodic)
        excess[origin] += excess[own]
        if k < 3:
            currents[origin, k] += excess[own]
        else:
            currents[own, k - 3] -= excess[own]


@compiled
def squared_currents(number, currents, low, high, periodic):
    """Three times the integral of the squares of currents that are linear from face to face, along x, y and z."""
    nx, ny, nz = number.shape
    squares = np.zeros(3)
    for x in range(nx):
        for y in range(ny):
            for z in range(nz):
                own = number[x, y, z]
                if own < 0:
                    continue
                for axis in range(3):
                    after = currents[own, axis]
                    other = neighbour(number, x, y, z, axis, False, periodic)
                    before = currents[other, axis] if other >= 0 else 0.0
                    if axis == 0 and not periodic:
                        if x == 0:
                            before = low[y, z]
                        if x == nx - 1:
                            after = high[y, z]
                    squares[axis] += before * (before + after) + after * after
    return squares


@compiled
def corner_links(first, pattern, group, number, conductance, begin, end, rise, periodic):
    """The network of the corners from ``begin`` to ``end``: those before have φ = 0, those behind φ = 1.

    Parameters
    ----------
    group : (256, 8) uint8
        Group of every voxel around a corner by the pattern.
    number : (256,) uint8
        How many groups there are.
    conductance : (3,) float32
        That of one voxel's edge along x, y and z.
    rise
        What the potential rises by from layer to layer along x beside its values.

    Returns
    -------
    starts, others, conductance, ground, source
        See :class:`.network.Network`.
    """
    shape = np.array(pattern.shape)
    if periodic:
        shape -= 1
    starts = np.zeros(end - begin + 1, np.int32)
    ground, source, rising = np.zeros(end - begin), np.zeros(end - begin), np.zeros(end - begin)
    near, between = np.empty(24, np.int64), np.empty(24, np.float32)
    total = 0
    for run in range(2):
        if run == 1:
            others, values = np.empty(total, np.int32), np.empty(total, np.float32)
            total = 0
        for x in range(shape[0]):
            for y in range(shape[1]):
                for z in range(shape[2]):
                    here = pattern[x, y, z]
                    for piece in range(number[here]):
                        own = first[x, y, z] + piece
                        if own < begin or own >= end:
                            continue
                        links = 0
                        for voxel in range(8):
                            if not here >> voxel & 1 or group[here, voxel] != piece:
                                continue
                            for axis in range(3):
                                bit = 4 >> axis
                                shift = 1 if voxel & bit else -1
                                i = x + shift if axis == 0 else x
                                j = y + shift if axis == 1 else y
                                k = z + shift if axis == 2 else z
                                # Only in periodic bodies is there a voxel below the first corner.
                                i = i if i >= 0 else shape[0] - 1
                                j = j if j >= 0 else shape[1] - 1
                                k = k if k >= 0 else shape[2] - 1
                                other = first[i, j, k] + group[pattern[i, j, k], voxel ^ bit]
                                if other == own:
                                    continue
                                at = 0
                                while at < links and near[at] != other:
                                    at += 1
                                if at == links:
                                    near[at], between[at] = other, 0
                                    links += 1
                                between[at] += conductance[axis]
                                if run == 1 and axis == 0:
                                    rising[own - begin] += conductance[0] * shift
                        for at in range(links):
                            inside = begin <= near[at] < end
                            if run == 1 and inside:
                                others[total], values[total] = near[at] - begin, between[at]
                            if run == 1 and not inside:
                                ground[own - begin] += between[at]
                                if near[at] >= end:
                                    source[own - begin] += between[at]
                            total += inside
                        starts[own - begin + 1] = total
    # Once: what cancels, cancels exactly.
    return starts, others, values, ground, source + rise * rising


@compiled
def trilinear_squares(body, first, pattern, group, values, rise):
    """Sum over voxels of the mean squares of the steps of a trilinear potential along x, y and z.

    Parameters
    ----------
    values
        The potential of every corner.
    rise
        What it rises by from layer to layer along x beside its values.
    """
    squares = np.zeros(3)
    corner = np.empty(8)
    for x in range(body.shape[0]):
        for y in range(body.shape[1]):
            for z in range(body.shape[2]):
                if not body[x, y, z]:
                    continue
                for k in range(8):
                    at = x + (k >> 2), y + (k >> 1 & 1), z + (k & 1)
                    corner[k] = values[first[at] + group[pattern[at], 7 - k]]
                for axis in range(3):
                    bit = 4 >> axis
                    u, v = 4 >> (axis + 1) % 3, 4 >> (axis + 2) % 3
                    more = rise if axis == 0 else 0.0
                    a = corner[bit] - corner[0] + more
                    b = corner[bit + u] - corner[u] + more
                    c = corner[bit + v] - corner[v] + more
                    d = corner[bit + u + v] - corner[u + v] + more
                    squares[axis] += (
                        2 * (a * a + b * b + c * c + d * d + a * b + c * d + a * c + b * d) + a * d + b * c
                    ) / 18
    return squares
