"""Bumps of one radius around many centres, at many points."""

import numpy as np

from .compiling import compiled


@compiled
def lowered_by(points, centres, heights, radius):
    """Largest height · (1 - (s/radius)²)² of the bumps at each point, s from their centres, shape (n,).

    Centres are dealt out to boxes as wide as the radius, so that each point looks at those near it only.
    """
    low, counts = np.empty(3), np.empty(3, np.int64)
    for axis in range(3):
        low[axis] = centres[:, axis].min()
        counts[axis] = int((centres[:, axis].max() - low[axis]) / radius) + 1
    boxes = counts[0] * counts[1] * counts[2]
    box = np.empty(len(centres), np.int64)
    start = np.zeros(boxes + 1, np.int64)
    for centre in range(len(centres)):
        box[centre] = 0
        for axis in range(3):
            box[centre] = box[centre] * counts[axis] + int((centres[centre, axis] - low[axis]) / radius)
        start[box[centre] + 1] += 1
    for number in range(boxes):
        start[number + 1] += start[number]
    order, place = np.empty(len(centres), np.int64), start[:-1].copy()
    for centre in range(len(centres)):
        order[place[box[centre]]] = centre
        place[box[centre]] += 1
    found = np.zeros(len(points))
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for point in range(len(points)):
        for axis in range(3):
            here = int(np.floor((points[point, axis] - low[axis]) / radius))
            first[axis], last[axis] = max(here - 1, 0), min(here + 2, counts[axis])
        for i in range(first[0], last[0]):
            for j in range(first[1], last[1]):
                row = (i * counts[1] + j) * counts[2]
                if first[2] >= last[2]:
                    continue
                for k in range(start[row + first[2]], start[row + last[2]]):
                    centre = order[k]
                    square = 0.0
                    for axis in range(3):
                        square += (points[point, axis] - centres[centre, axis]) ** 2
                    left = 1 - square / radius**2
                    if left > 0:
                        found[point] = max(found[point], heights[centre] * left**2)
    return found
