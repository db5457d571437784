"""All measures of a structure of phases in one dictionary."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..tetrahedra import TetrahedralMesh
from .chords import chords, mean_chord
from .raster import rasterise
from .surface import interface_area, outer_wall_area, tag_fractions
from .thickness import local_thickness
from .window import Regions, Window, resolved_window, tags_of

_BINS = 20


def describe(
    mesh: TetrahedralMesh,
    phases: Mapping[str, Regions],
    window: Window | None = None,
    voxels: int = 128,
) -> dict[str, Any]:
    """Fractions, specific surfaces, chords and local thickness of phases, ready for JSON.

    Parameters
    ----------
    phases
        Phase's name in the result to its regions, e.g. ``{"ligament": ["anode"], "pore": ["electrolyte"]}``.
    window
        What to measure [m], e.g. the porous slab of a cell; the bounding box of the mesh unless given.
    voxels
        Number along the longest edge of the window, for chords and thickness.

    Returns
    -------
    dict
        Keys ``"<phase>_fraction"``, ``"<phase>_chord_mean [m]"`` and the like; None for what is infinite.
        ``"<phase>_chord_stereological [m]"`` is 4φ/S_V with S_V the area of all of the phase's faces towards
        other phases and solids left out of the mesh, for comparison with ``"<phase>_chord_mean [m]"``.
    """
    box = resolved_window(mesh, window)
    grid = rasterise(mesh, voxels, window)
    result: dict[str, Any] = {
        "window [m]": [np.asarray(corner).tolist() for corner in box],
        "voxel [m]": grid.spacing,
    }
    of_mesh = fractions_and_surfaces(mesh, phases, window)
    for name, regions in phases.items():
        fraction, surface = (of_mesh[f"{name}_{key}"] for key in ("fraction", "specific_surface [1/m]"))
        result |= {
            f"{name}_fraction": fraction,
            f"{name}_specific_surface [1/m]": surface,
            f"{name}_chord_stereological [m]": 4 * fraction / surface if surface else None,
        }
        result |= _of_voxels(name, np.isin(grid.labels, tags_of(regions)), grid.spacing)
    return result


def fractions_and_surfaces(
    mesh: TetrahedralMesh, phases: Mapping[str, Regions], window: Window | None = None
) -> dict[str, float]:
    """What of :func:`describe` needs no voxels: ``"<phase>_fraction"``, ``"<phase>_specific_surface [1/m]"``."""
    volume, fractions = resolved_window(mesh, window).volume, tag_fractions(mesh, window)
    result = {}
    for name, regions in phases.items():
        tags = tags_of(regions)
        others = [tag for tag in fractions if tag not in tags]
        walls = interface_area(mesh, tags, others, window) + outer_wall_area(mesh, tags, window)
        result[f"{name}_fraction"] = sum(fractions.get(tag, 0.0) for tag in tags)
        result[f"{name}_specific_surface [1/m]"] = walls / volume
    return result


def _of_voxels(name: str, phase: np.ndarray, spacing: float) -> dict[str, Any]:
    """Chords and thickness of a phase on the grid."""
    result: dict[str, Any] = {f"{name}_chord_mean [m]": _finite(mean_chord(phase, spacing))}
    for axis, letter in enumerate("xyz"):
        found = chords(phase, spacing, axis)
        result[f"{name}_chord_{letter}_mean [m]"] = _finite(found.mean)
        result[f"{name}_chord_{letter}_std [m]"] = _finite(found.std)
        result[f"{name}_chord_{letter}_histogram"] = _histogram(found.lengths, found.weights)
    thickness = local_thickness(phase, spacing)[phase]
    if not len(thickness) or not np.all(np.isfinite(thickness)):
        thickness = np.array([])
    for statistic, function in (("mean", np.mean), ("median", np.median), ("std", np.std)):
        key = f"{name}_local_thickness_{statistic} [m]"
        result[key] = float(function(thickness)) if len(thickness) else None
    shares = np.full(len(thickness), 1 / max(len(thickness), 1))
    result[f"{name}_local_thickness_histogram"] = _histogram(thickness, shares)
    return result


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _histogram(lengths: np.ndarray, shares: np.ndarray) -> dict[str, list[float]] | None:
    """Shares in equal classes from zero to the largest length."""
    if not len(lengths):
        return None
    counts, edges = np.histogram(lengths, _BINS, (0.0, float(lengths.max())), weights=shares)
    return {"edges [m]": edges.tolist(), "share": counts.tolist()}
