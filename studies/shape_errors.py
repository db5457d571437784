"""By how much a mesh misses the volumes and areas of the shape that it stands for.

Straight shapes are met to rounding, polygons in place of circles are held against the closed forms that the
architecture declares, and surfaces cut by a level set against a companion mesh: a faceted surface is off by the
square of its facets' size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..geometry import Architecture, MeshFile
from ..geometry.coarser import Companion
from ..geometry.quality import LAYERED

ORDER = 2.0
"""Power of the sizes with which facets miss a smooth surface."""

Errors = dict[str, dict[str, float | None]]


def shape_errors(architecture: Architecture, file: MeshFile, beside: Companion | None) -> Errors:
    """Errors by name of ``volumes`` [m³] and ``areas`` [m²]; None where nothing is known."""
    estimated = getattr(architecture, "estimated_regions", ())
    allowed = _gate_deviation(architecture)
    compared, exact = math.isfinite(allowed), allowed <= LAYERED.volume_deviation
    declared = {
        "volumes": {name: v for name, v in architecture.volumes().items() if compared and name not in estimated},
        "areas": architecture.areas() if compared else {},
    }
    return {
        kind: {
            # Where every plane is met to rounding, so is what is not declared.
            name: _error(
                value,
                known.get(name, value if exact else None),
                beside,
                beside.file.report[kind].get(name, 0.0) if beside else None,
            )
            for name, value in file.report[kind].items()
        }
        for kind, known in declared.items()
    }


def _error(value: float, declared: float | None, beside: Companion | None, other: float | None) -> float | None:
    """The larger of what a declared value and a companion's say."""
    found = [abs(value - declared)] if declared is not None else []
    if beside is not None:
        found.append(beside.error(value, other, ORDER))
    return max(found, default=None)


def structure_errors(
    phases: Mapping[str, Any],
    own: Mapping[str, float],
    other: Mapping[str, float] | None,
    beside: Companion | None,
    missed: Mapping[str, float],
) -> dict[str, float | None]:
    """Errors of fractions and specific surfaces of phases, keyed ``"<phase>_fraction_error"`` and alike.

    Parameters
    ----------
    own, other
        On the mesh and on its companion, see :func:`archode.geometry.metrics.fractions_and_surfaces`.
    missed
        By what share of its fraction a phase misses the declared volume.
    """
    found: dict[str, float | None] = {}
    for name in phases:
        for key, error_key in (
            (f"{name}_fraction", f"{name}_fraction_error"),
            (f"{name}_specific_surface [1/m]", f"{name}_specific_surface_error [1/m]"),
        ):
            seen = [beside.error(own[key], other[key], ORDER)] if beside is not None and other is not None else []
            if key.endswith("fraction") and name in missed:
                seen.append(missed[name] * own[key])
            found[error_key] = max(seen, default=None)
    return found


def missed_shares(
    architecture: Architecture, report: Mapping[str, Any], phases: Mapping[str, Any]
) -> dict[str, float]:
    """By what share the regions of a phase miss their declared volumes, of phases that have any."""
    estimated, declared = getattr(architecture, "estimated_regions", ()), architecture.volumes()
    shares = {}
    if not math.isfinite(_gate_deviation(architecture)):
        return shares
    for name, regions in phases.items():
        known = [region for region in regions if region in declared and region not in estimated]
        total = sum(declared[region] for region in known)
        if total > 0:
            off = abs(sum(report["volumes"].get(region, 0.0) for region in known) - total)
            shares[name] = off / total
    return shares


def _gate_deviation(architecture: Architecture) -> float:
    return getattr(architecture, "gate", LAYERED).volume_deviation
