"""Field lines of the current density, evenly spaced on a cut."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyvista

MOST_SEEDS, MOST_LINES = 400, 60


def field_lines(grid: "pyvista.UnstructuredGrid", seeds: np.ndarray, vectors: str, longest: float) -> list[np.ndarray]:
    """One polyline (n, 3) through each seed, followed both ways to the boundary.

    Parameters
    ----------
    grid
        With the nodal array `vectors`.
    seeds
        Points (n, 3) inside the grid.
    longest
        Length at which a line is given up, µm.
    """
    import pyvista

    traced = grid.streamlines_from_source(
        pyvista.PolyData(seeds),
        vectors=vectors,
        integration_direction="both",
        max_length=longest,
        initial_step_length=0.1,
        max_step_length=0.15,
        terminal_speed=1e-30,
        max_steps=8000,
    )
    halves: dict[int, dict[bool, np.ndarray]] = {}
    for index in range(traced.n_cells):
        cell = traced.get_cell(index)
        if cell.n_points > 1:
            # Integration time runs backwards on the half against the field.
            forward = bool(traced.point_data["IntegrationTime"][cell.point_ids[-1]] > 0)
            halves.setdefault(int(traced.cell_data["SeedIds"][index]), {})[forward] = np.asarray(cell.points)
    return [joined(parts) for parts in halves.values()]


def joined(parts: dict[bool, np.ndarray]) -> np.ndarray:
    """The halves after (True) and before (False) a seed as one line, in the direction of the field."""
    if len(parts) == 1:
        return parts[True] if True in parts else parts[False][::-1]
    return np.concatenate([parts[False][:0:-1], parts[True]])


def evenly_spaced(lines: list[np.ndarray], apart: float, rim: np.ndarray) -> list[np.ndarray]:
    """Lines, long ones first, whose middle stays `apart` from those already chosen and off the rim (n, 3)."""
    from scipy.spatial import cKDTree

    lengths = [np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for line in lines]
    chosen: list[np.ndarray] = []
    taken = np.empty((0, 3))
    off_rim = cKDTree(rim)
    for index in np.argsort(lengths)[::-1]:
        if lengths[index] < 0.5 * apart or len(chosen) == MOST_LINES:
            break
        middle = middle_points(lines[index])
        if off_rim.query(middle)[0].min() < 0.3 * apart:
            continue
        if len(taken) and cKDTree(taken).query(middle)[0].min() < apart:
            continue
        chosen.append(lines[index])
        taken = np.concatenate([taken, dense(lines[index], apart / 3)])
    return chosen


def along(line: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def at_lengths(line: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    path = along(line)
    return np.column_stack([np.interp(lengths, path, line[:, axis]) for axis in range(3)])


def middle_points(line: np.ndarray) -> np.ndarray:
    """Points on the middle third: lines may come close to each other at the electrodes, not between them."""
    return at_lengths(line, along(line)[-1] * np.linspace(0.38, 0.62, 5))


def dense(line: np.ndarray, spacing: float) -> np.ndarray:
    total = along(line)[-1]
    return at_lengths(line, np.linspace(0, total, max(int(total / spacing), 2)))


def arrow_positions(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle of a line and its direction there."""
    total = along(line)[-1]
    before, middle, after = at_lengths(line, total * np.array([0.48, 0.5, 0.52]))
    tangent = after - before
    return middle, tangent / np.linalg.norm(tangent)


def seeds_on(cut: "pyvista.PolyData", number: int = MOST_SEEDS) -> np.ndarray:
    """Points spread over a cut's area: centres of triangles, drawn by area from a fixed stream."""
    sized = cut.compute_cell_sizes(length=False, volume=False)
    area = np.asarray(sized.cell_data["Area"])
    if area.sum() <= 0:
        return np.empty((0, 3))
    random = np.random.default_rng(0)
    size = min(number, np.count_nonzero(area))
    picked = random.choice(len(area), size=size, replace=False, p=area / area.sum())
    return np.asarray(cut.cell_centers().points)[picked]
