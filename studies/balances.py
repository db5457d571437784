"""What a run's balances say of it: whether what went in is what is stored, and a run is a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

#: Relative error past which a balance is broken. Runs that are solved as they should be stay a hundred times below it.
BROKEN = 1e-7

BALANCES = {
    "salt": "salt in the electrolyte",
    "solid_anode": "ions in the anode",
    "solid_cathode": "ions in the cathode",
    "deposit_anode": "metal on the anode",
    "deposit_cathode": "metal on the cathode",
    "charge": "charge passed, against what was asked for",
    "current": "current in, against current out",
}
"""What is balanced, by its name in the summary; an ion is called by its own."""


def judged(worst: float | None) -> tuple[Literal["good", "bad"], str]:
    """How a relative error of a balance is to be taken."""
    # Of an error that is no number nothing holds.
    holds = worst is not None and worst <= BROKEN
    return ("good", "holds") if holds else ("bad", "broken: do not trust what depends on it")


def worst_balance(summary: Mapping[str, Any]) -> float | None:
    """The largest relative error of all balances; None where none was audited."""
    errors = list((summary.get("conservation") or {}).values())
    # An error that is no number was written as null, and is the worst of all.
    return None if not errors else float("nan") if None in errors else max(errors)


def broken_balance(errors: Mapping[str, float]) -> str | None:
    """What is wrong with the balance that is off most [relative], in words; None where all hold."""
    name = max(errors, key=errors.__getitem__, default=None)
    if name is None or errors[name] <= BROKEN:
        return None
    what = BALANCES.get(name, f"{name} in the electrolyte")
    return (
        f"a balance is broken ({what}: off by {errors[name]:.1e}, at most {BROKEN:.0e} may be), so the numbers are no "
        "result. Try: a smaller solver.newton_tolerance, or a smaller solver.tolerance"
    )
