"""Errors of effective conductivities, from those on a companion mesh.

With quadratic elements the faceted surface is what is left: of second order in the sizes, like the faces' distance
from the smooth one.  Cut meshes are irregular, so that the difference of one direction is partly chance: every
direction gets the largest relative difference of those that conduct on both meshes.  Where a difference is more than
a tenth, necks and throats of a few cells carry the current or open and close, and no more than first order is
assumed of that direction: a piece of nanoporous gold with its oxide, 70 nm, lost a quarter of its conductivity along
x between cells of 14 and 10.5 nm.

A conductor whose mesh misses its volume by a share δ conducts about 3δ/2 less (Bruggeman's ε^1.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORDER = 2.0
"""Power of the sizes with which quadratic elements on facets err."""

BRUGGEMAN = 1.5

LEFT_BY_QUADRATIC = 1 / 3
"""What quadratic elements leave at most of what they gain on linear ones, on walls with sharp re-entrant edges."""

Table = Mapping[str, Any]


UNSETTLED = 0.1
"""Relative difference above which a conductivity hangs on what the companion does not resolve."""


def factor_of_companion(ratio: float, order: float = ORDER) -> float:
    """Error of a number over its difference from that on a mesh whose sizes are ``ratio`` times as large."""
    return 1 / abs(ratio**order - 1)


def with_errors(
    table: Table,
    other: Table | None,
    factor: float,
    missed: Mapping[str, float],
    source: str,
    unsettled: float | None = None,
) -> dict[str, Any]:
    """A table of :func:`.homogenise.transport_table` with errors beside its numbers.

    Parameters
    ----------
    other
        The same table on a companion, or by other elements; None: errors are not known.
    factor
        Error of a number in ``table`` over its difference from that in ``other``.
    missed
        By what share the mesh misses the volume of a phase.
    source
        What ``other`` is, for readers.
    unsettled
        Takes the place of ``factor`` where the difference is above ``UNSETTLED``; the same unless given.
    """
    factors = factor, factor if unsettled is None else unsettled
    phases = {
        name: _phase(phase, None if other is None else other["phases"][name], factors, missed.get(name, 0.0))
        for name, phase in table["phases"].items()
    }
    return {**table, "errors from": source if other is not None else "nothing", "phases": phases}


def _phase(phase: Table, other: Table | None, factors: tuple[float, float], missed: float) -> dict[str, Any]:
    if other is None:
        directions = {axis: found | _errors(found, None, missed) for axis, found in phase["directions"].items()}
        return {**phase, "directions": directions, "relative_mean_error": None}
    values = {axis: found["relative"] for axis, found in phase["directions"].items()}
    others = {axis: found["relative"] for axis, found in other["directions"].items()}
    apart = {axis: abs(others[axis] - value) for axis, value in values.items()}
    shares = [apart[axis] / value for axis, value in values.items() if value > 0 and others[axis] > 0]
    common = factors[0] * max(shares, default=0.0)
    errors = {}
    for axis, value in values.items():
        # No more than all of it is in doubt.
        own = min(factors[apart[axis] > UNSETTLED * value] * apart[axis], max(value, others[axis]))
        errors[axis] = max(own, common * value) + BRUGGEMAN * missed * value
    directions = {
        axis: found | _errors(found, errors[axis], missed) for axis, found in phase["directions"].items()
    }
    return {**phase, "directions": directions, "relative_mean_error": sum(errors.values()) / len(errors)}


def _errors(found: Table, error: float | None, missed: float) -> dict[str, float | None]:
    """Errors of one direction; of the tortuosity that of the fraction too."""
    tortuosity = found["tortuosity"]
    if error is None or found["relative"] == 0:
        share = None
    else:
        share = error / found["relative"]
    return {
        "value_error": None if error is None else (found["value"] * share if share is not None else error),
        "relative_error": error,
        "tortuosity_error": None if tortuosity is None or share is None else tortuosity * (share + missed),
    }
