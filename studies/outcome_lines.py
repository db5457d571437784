"""What the log says of a case that is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .summary import passed_both_ways


def in_short(summary: dict[str, Any]) -> str:
    """One line of what came out."""
    steps = [f"{step['kind']} {_passed(step)}" for step in summary["steps"] if step["kind"] != "rest"]
    worst = max(summary["conservation"].values(), default=0.0)
    return f"{'; '.join(steps)}; balance {worst:.1e}; {summary['wall_time [s]']:.1f} s"


def _passed(step: dict[str, Any]) -> str:
    """The charge of a step per footprint, by sign where the current had both."""
    told = f"{step['areal_capacity [mAh/cm2]']:.4g}{_give_or_take(step)} mAh/cm2"
    if passed_both_ways(step):
        anodic, cathodic = step["areal_anodic_charge [mAh/cm2]"], step["areal_cathodic_charge [mAh/cm2]"]
        told += f" ({anodic:.4g} anodic, {cathodic:.4g} cathodic)"
    return told


def _give_or_take(step: dict[str, Any]) -> str:
    error = step.get("areal_capacity_error [mAh/cm2]")
    return "" if error is None else f" ± {error:.2g}"


def held_against(summary: dict[str, Any]) -> Iterator[str]:
    """Every quoted number beside the simulated one."""
    for reference in summary["reference"]:
        name = f"step {reference['step']}, {reference['quantity']} [{reference['unit']}]"
        if reference["simulated"] is None:
            yield f"{name}: not reached, quoted {reference['quoted']:.4g}"
        else:
            yield (
                f"{name}: simulated {reference['simulated']:.4g}, quoted {reference['quoted']:.4g}, "
                f"difference {reference['difference']:+.3g} ({100 * (reference['relative'] or 0.0):+.1f} %)"
            )
