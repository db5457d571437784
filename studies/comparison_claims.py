"""Two common claims on hosts for metal, held against the numbers of a comparison.

That a host lowers the local current, and that nothing is depleted at usual currents: both are said of potassium in
Chem. Soc. Rev. 2025, 54, 2543. Each is told as confirmed or not, with the numbers that say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

#: Area factor up to which an electrode counts as plane.
PLANE = 1.05


def claims(rows: Sequence[Row], current: str, peak: str, depleted: str) -> Iterator[str]:
    """Sentences on the hosts run at one current; nothing where too little is known.

    Parameters
    ----------
    rows
        Of the comparison, all of one current.
    current, peak, depleted
        Their columns: current per footprint [mA/cm²], largest over mean local current, time of depletion [s].
    """
    yield from _local_current(rows, current, peak)
    yield from _depletion(rows, depleted)


def _local_current(rows: Sequence[Row], current: str, peak: str) -> Iterator[str]:
    """Largest local current of every host against the mean one of the plane electrode."""
    known = [row for row in rows if not any(math.isnan(row[key]) for key in ("area factor", current, peak))]
    plane = [row for row in known if row["area factor"] <= PLANE]
    hosts = [row for row in known if row["area factor"] > PLANE]
    if not plane or not hosts:
        return
    bare = min(row[current] / row["area factor"] for row in plane)
    local = {row["host"]: row[current] / row["area factor"] * row[peak] for row in hosts}
    above = [name for name, value in local.items() if value >= bare]
    most, least = max(local.values()), min(local.values())
    verdict = "confirmed" if not above else f"contradicted by {', '.join(map(str, above))}"
    yield (
        f"“A host lowers the local current” — {verdict}: at most {least:.3g} to {most:.3g} mA/cm² on the surfaces of "
        f"hosts, {bare:.3g} mA/cm² on the plane electrode."
    )


def _depletion(rows: Sequence[Row], depleted: str) -> Iterator[str]:
    """Which surfaces ran out of ions."""
    done = [row for row in rows if row["status"] == "done"]
    if not done:
        return
    empty = {row["host"]: row[depleted] for row in done if not math.isnan(row[depleted])}
    if not empty:
        yield f"“Nothing is depleted” — confirmed for all {len(done)} electrodes that were run to the end."
        return
    told = ", ".join(f"{name} after {time:.3g} s" for name, time in empty.items())
    verdict = "contradicted" if len(empty) == len(done) else "contradicted by some"
    rest = f"; the other {len(done) - len(empty)} are not" if len(empty) < len(done) else ""
    yield f"“Nothing is depleted” — {verdict}: {told}{rest}."
