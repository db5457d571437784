"""Claims on hosts for metal, held against the numbers of a comparison and their errors.

That a host lowers the local current, and that nothing is depleted at usual currents: both are said of potassium in
Chem. Soc. Rev. 2025, 54, 2543. Each is told as confirmed or not, with the numbers that say so. Which host passes most
charge is said beside, and of which others it does not differ beyond the errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

#: Area factor up to which an electrode counts as plane.
PLANE = 1.05

#: Relative difference of capacities that are the same to the digits of a protocol's limit.
SAME = 1e-6


@dataclass(frozen=True)
class Columns:
    """Columns that a comparison may have beside the current, its maximum and the depletion.

    Attributes
    ----------
    capacity
        Passed, per footprint.
    area_error, capacity_error, depleted_error
        Estimated errors of the area factor, the capacity and the time of depletion; NaN, or no column: not known.
    """

    capacity: str = ""
    area_error: str = ""
    capacity_error: str = ""
    depleted_error: str = ""


def claims(
    rows: Sequence[Row], current: str, peak: str, depleted: str, more: Columns | None = None
) -> Iterator[str]:
    """Sentences on the hosts run at one current; nothing where too little is known.

    No host is said to differ from another by less than the errors of both together, as far as these are known.

    Parameters
    ----------
    rows
        Of the comparison, all of one current.
    current, peak, depleted
        Their columns: current per footprint [mA/cm²], largest over mean local current, time of depletion [s].
    more
        Further columns, if there are any.
    """
    more = more or Columns()
    yield from _local_current(rows, current, peak, more)
    yield from _depletion(rows, depleted, more)
    yield from _capacity(rows, more)


def _local_current(rows: Sequence[Row], current: str, peak: str, more: Columns) -> Iterator[str]:
    """Largest local current of every host against the mean one of the plane electrode."""
    known = [row for row in rows if not any(math.isnan(row[key]) for key in ("area factor", current, peak))]
    plane = [row for row in known if row["area factor"] <= PLANE]
    hosts = [row for row in known if row["area factor"] > PLANE]
    if not plane or not hosts:
        return
    bare = min(row[current] / row["area factor"] for row in plane)
    local = {row["host"]: row[current] / row["area factor"] * row[peak] for row in hosts}
    # The local current goes with the inverse of the area, whose relative error it has at least.
    shares = {row["host"]: _error(row, more.area_error) / row["area factor"] for row in hosts}
    equal = [name for name, value in local.items() if 0 < abs(value - bare) <= shares[name] * value]
    above = [name for name, value in local.items() if value >= bare and name not in equal]
    most, least = max(local.values()), min(local.values())
    if above:
        verdict = f"contradicted by {', '.join(map(str, above))}"
    elif len(equal) == len(local):
        verdict = "neither confirmed nor contradicted"
    else:
        verdict = "confirmed"
    beyond = f"; no difference beyond the errors for {', '.join(map(str, equal))}" if equal else ""
    yield (
        f"“A host lowers the local current” — {verdict}{beyond}: at most {least:.3g} to {most:.3g} mA/cm² on the "
        f"surfaces of hosts, {bare:.3g} mA/cm² on the plane electrode."
    )


def _capacity(rows: Sequence[Row], more: Columns) -> Iterator[str]:
    """Which electrode passed most charge, and which others as much within the errors."""
    done = [row for row in rows if row["status"] == "done" and not math.isnan(row.get(more.capacity, math.nan))]
    if len(done) < 2:
        return
    ordered = sorted(done, key=lambda row: -row[more.capacity])
    best, others = ordered[0], ordered[1:]
    # Steps that end at a capacity all pass the same.
    if best[more.capacity] - others[-1][more.capacity] <= SAME * abs(best[more.capacity]):
        return
    if any(math.isnan(row.get(more.capacity_error, math.nan)) for row in done):
        yield (
            f"Most charge passed: {best['host']}, {best[more.capacity]:.3g} mAh/cm²; the errors of the capacities are "
            "not known, so that no order of the hosts follows from small differences."
        )
        return
    equal = [
        row["host"]
        for row in others
        if best[more.capacity] - row[more.capacity] <= row[more.capacity_error] + best[more.capacity_error]
    ]
    told = f"{best['host']}, {best[more.capacity]:.4g} ± {best[more.capacity_error]:.2g} mAh/cm²"
    beyond = f"; no difference beyond the errors from {', '.join(map(str, equal))}" if equal else ""
    yield f"Most charge passed: {told}{beyond}."


def _error(row: Row, column: str) -> float:
    """An error of a row; 0 where it is not known."""
    found = row.get(column, math.nan)
    return 0.0 if math.isnan(found) else found


def _depletion(rows: Sequence[Row], depleted: str, more: Columns) -> Iterator[str]:
    """Which surfaces ran out of ions."""
    done = [row for row in rows if row["status"] == "done"]
    if not done:
        return
    empty = {row["host"]: row[depleted] for row in done if not math.isnan(row[depleted])}
    if not empty:
        yield f"“Nothing is depleted” — confirmed for all {len(done)} electrodes that were run to the end."
        return
    errors = {row["host"]: _error(row, more.depleted_error) for row in done}
    told = ", ".join(
        f"{name} after {time:.3g} s" + (f" ± {errors[name]:.2g} s" if errors[name] > 5e-4 * time else "")
        for name, time in empty.items()
    )
    verdict = "contradicted" if len(empty) == len(done) else "contradicted by some"
    rest = f"; the other {len(done) - len(empty)} are not" if len(empty) < len(done) else ""
    yield f"“Nothing is depleted” — {verdict}: {told}{rest}."
