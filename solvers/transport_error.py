"""Errors of effective conductivities: half of the distance between their bounds, and what facets miss of the shape.

The bounds hold for the body that the mesh is.  Its faceted surface misses a smooth one by the second power of the
sizes; a companion mesh of other sizes tells by how much.  Cut meshes are irregular, so that the difference of one
direction is partly chance: every direction gets the largest relative difference of those that conduct on both meshes.
Where a difference is more than a tenth, necks and throats of a few cells carry the current or open and close, and no
more than first order is assumed of that direction: a piece of nanoporous gold with its oxide, 70 nm, lost a quarter
of its conductivity along x between cells of 14 and 10.5 nm.

A conductor whose mesh misses its volume by a share δ conducts about 3δ/2 less (Bruggeman's ε^1.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORDER = 2.0
"""Power of the sizes with which facets miss a smooth surface."""

BRUGGEMAN = 1.5

UNSETTLED = 0.1
"""Relative difference above which a conductivity hangs on what the companion does not resolve."""

BOUNDS_ALONE = "bounds on this mesh: what its facets miss of the shape is not in them"

Table = Mapping[str, Any]


def factor_of_companion(ratio: float, order: float = ORDER) -> float:
    """Error of a number over its difference from that on a mesh whose sizes are ``ratio`` times as large."""
    return 1 / abs(ratio**order - 1)


def with_errors(table: Table, other: Table | None, ratio: float | None, missed: Mapping[str, float]) -> dict[str, Any]:
    """A table of :func:`.homogenise.transport_table` with errors beside its numbers.

    Parameters
    ----------
    other
        The same table on a companion; None: the mesh has none.
    ratio
        Sizes of the companion over those of the mesh.
    missed
        By what share the mesh misses the volume of a phase.
    """
    phases = {
        name: _phase(phase, None if other is None else other["phases"][name], ratio, missed.get(name, 0.0))
        for name, phase in table["phases"].items()
    }
    source = BOUNDS_ALONE if other is None else f"bounds, and a mesh of {ratio:.3g} times the sizes"
    return {**table, "errors from": source, "phases": phases}


def _phase(phase: Table, other: Table | None, ratio: float | None, missed: float) -> dict[str, Any]:
    errors = {axis: (found["upper"] - found["lower"]) / 2 for axis, found in phase["directions"].items()}
    values = {axis: found["relative"] for axis, found in phase["directions"].items()}
    if other is not None:
        shape = _of_facets(values, {axis: found["relative"] for axis, found in other["directions"].items()}, ratio)
        errors = {axis: error + shape[axis] for axis, error in errors.items()}
    errors = {axis: error + BRUGGEMAN * missed * values[axis] for axis, error in errors.items()}
    directions = {axis: found | _errors(found, errors[axis], missed) for axis, found in phase["directions"].items()}
    return {**phase, "directions": directions, "relative_mean_error": sum(errors.values()) / len(errors)}


def _of_facets(values: Mapping[str, float], others: Mapping[str, float], ratio: float) -> dict[str, float]:
    """What facets miss of the shape, by direction, from the values on a companion."""
    apart = {axis: abs(others[axis] - value) for axis, value in values.items()}
    shares = [apart[axis] / value for axis, value in values.items() if value > 0 and others[axis] > 0]
    common = factor_of_companion(ratio) * max(shares, default=0.0)
    errors = {}
    for axis, value in values.items():
        order = 1.0 if apart[axis] > UNSETTLED * value else ORDER
        # No more than all of it is in doubt.
        own = min(factor_of_companion(ratio, order) * apart[axis], max(value, others[axis]))
        errors[axis] = max(own, common * value)
    return errors


def _errors(found: Table, error: float, missed: float) -> dict[str, float | None]:
    """Errors of one direction; of the tortuosity that of the fraction too."""
    share = error / found["relative"] if found["relative"] > 0 else None
    tortuosity = found["tortuosity"]
    return {
        "value_error": error if share is None else found["value"] * share,
        "relative_error": error,
        "tortuosity_error": None if tortuosity is None or share is None else tortuosity * (share + missed),
    }
