"""Errors of effective conductivities: half of the distance between their bounds, and what facets miss of the shape.

The bounds hold for the body that the mesh is.  Its faceted surface misses a smooth one by the second power of the
sizes; a companion mesh of other sizes tells by how much.  Cut meshes are irregular, so that the difference of one
direction is partly chance: every direction gets the largest relative difference of those that conduct on both meshes.
Where a difference is more than a tenth, necks and throats of a few cells carry the current or open and close, and no
more than first order is assumed of that direction: a piece of nanoporous gold with its oxide, 70 nm, lost a quarter
of its conductivity along x between cells of 14 and 10.5 nm.

A conductor whose mesh misses its volume by a share δ conducts about 3δ/2 less (Bruggeman's ε^1.5).

Mesh and companion can miss the same neck: three meshes of a random field, of cells of 1 to 1.5 µm, agreed to 2 % on
0.049 where finer ones and the voxels give 0.060.  Where the voxels of an image conduct otherwise by more than their
steps take, the error is at least the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORDER = 2.0
"""Power of the sizes with which facets miss a smooth surface."""

BRUGGEMAN = 1.5

UNSETTLED = 0.1
"""Relative difference above which a conductivity hangs on what the companion does not resolve."""

APART = 0.05
"""Relative difference from an image's voxels that tells something of the mesh; steps take 1 to 4 %."""

BOUNDS_ALONE = "bounds on this mesh: what its facets miss of the shape is not in them"

Table = Mapping[str, Any]


def factor_of_companion(ratio: float, order: float = ORDER) -> float:
    """Error of a number over its difference from that on a mesh whose sizes are ``ratio`` times as large."""
    return 1 / abs(ratio**order - 1)


def with_errors(
    table: Table,
    other: Table | None,
    ratio: float | None,
    missed: Mapping[str, float],
    on_voxels: Table | None = None,
) -> dict[str, Any]:
    """A table of :func:`.homogenise.transport_table` with errors beside its numbers.

    Parameters
    ----------
    other
        The same table on a companion; None: the mesh has none.
    ratio
        Sizes of the companion over those of the mesh.
    missed
        By what share the mesh misses the volume of a phase.
    on_voxels
        :func:`.voxel_transport.voxel_transport_table` of the image that was meshed.
    """
    raw = {} if on_voxels is None else on_voxels["phases"]
    phases = {
        name: _phase(
            phase,
            None if other is None else other["phases"][name],
            ratio,
            missed.get(name, 0.0),
            raw.get(name, {"directions": {}})["directions"],
        )
        for name, phase in table["phases"].items()
    }
    source = BOUNDS_ALONE if other is None else f"bounds, and a mesh of {ratio:.3g} times the sizes"
    source += "" if on_voxels is None else ", and the image's voxels"
    return {**table, "errors from": source, "phases": phases}


def off_voxels(own: Table, raw: Table | None) -> float:
    """Relative difference of one direction's conductivity from that of the voxels; 0 where these do not conduct."""
    return own["relative"] / raw["relative"] - 1 if raw is not None and raw["relative"] > 0 else 0.0


def _phase(phase: Table, other: Table | None, ratio: float | None, missed: float, raw: Table) -> dict[str, Any]:
    errors = {axis: (found["upper"] - found["lower"]) / 2 for axis, found in phase["directions"].items()}
    values = {axis: found["relative"] for axis, found in phase["directions"].items()}
    if other is not None:
        shape = _of_facets(values, {axis: found["relative"] for axis, found in other["directions"].items()}, ratio)
        errors = {axis: error + shape[axis] for axis, error in errors.items()}
    errors = {axis: error + BRUGGEMAN * missed * values[axis] for axis, error in errors.items()}
    for axis, found in phase["directions"].items():
        off = off_voxels(found, raw.get(axis))
        if abs(off) > APART:
            errors[axis] = max(errors[axis], abs(off) * raw[axis]["relative"])
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
