"""What a comparison of hosts says: one row for every host and current, the safest host of each current first.

Made of the summaries of the cases alone, so that it can be made again at any time. What a case does not know is left
empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..visualization.curves import PLATED
from .comparison_claims import Columns, claims
from .errors import StudyError
from .hosts import PARAMETER
from .quantity import parse_drive

if TYPE_CHECKING:
    import pandas

Summary = Mapping[str, Any]
Row = dict[str, Any]

#: C/m² in 1 mAh/cm², A/m² in 1 mA/cm².
PER_CAPACITY, PER_CURRENT = 3.6e4, 10.0

CURRENT = "current density [mA/cm2]"
LIMIT = "limiting current density [mA/cm2]"
SAND = "Sand time [s]"
DEPLETED = "depleted at [s]"
PEAK = "current maximum / mean"
SPEAKING = "criteria that speak"
PLATEAU = "overpotential [V]"
NINETY_FIVE = "current 95 % / mean"
NUCLEATION = "nucleation overpotential [V]"
AREA_ERROR = "area factor_error"
CAPACITY = "capacity [mAh/cm2]"
CAPACITY_ERROR = "capacity_error [mAh/cm2]"
VOLTAGE_ERROR = "end voltage_error [V]"
DEPLETED_ERROR = "depleted at_error [s]"

#: What claims are held against beside current, its maximum and depletion.
CLAIMED = Columns(CAPACITY, AREA_ERROR, CAPACITY_ERROR, DEPLETED_ERROR)


def comparison_rows(summaries: Sequence[Summary]) -> list[Row]:
    """One row a case, by current and then the safest first.

    Safest: fewest criteria speak, then the one that is nearest to speaking has the most room; cases that did not
    finish, or of which no criterion is known, come last.
    """
    return sorted((_row(summary) for summary in summaries), key=_safest_first)


def _row(summary: Summary) -> Row:
    step = _driven(summary)
    side = PLATED.get(step.get("kind", ""), _other_side(summary))
    plating, criteria = (_section(_section(summary, key), side) for key in ("plating", "criteria"))
    findings = {name: found for name, found in criteria.items() if isinstance(found, Mapping) and "voice" in found}
    speaking = sorted(
        (n for n, found in findings.items() if found["voice"] == "speaks"), key=lambda n: _room(findings[n])
    )
    current = _current(summary, step)
    parameters = {path: value for path, value in summary.get("parameters", {}).items() if path != PARAMETER}
    concentration = findings.get("current_concentration", {})
    return {
        "host": summary.get("parameters", {}).get(PARAMETER, summary.get("case")),
        "case": summary.get("case"),
        "status": summary.get("status"),
        "plated": side,
        CURRENT: current,
        **{f"parameter: {path}": str(value) for path, value in parameters.items()},
        SPEAKING: len(speaking) if findings else math.nan,
        "worst criterion": speaking[0] if speaking else None,
        "least margin": min((_room(found) for found in findings.values()), default=math.nan),
        "area factor": _number(plating.get("area_factor")),
        AREA_ERROR: _area_error(summary, side, plating),
        LIMIT: _limit(plating, findings.get("limiting_current"), current),
        SAND: _value(findings.get("sand_time")),
        DEPLETED: _number(_section(plating, "depletion").get("time [s]")),
        DEPLETED_ERROR: _number(_section(plating, "depletion").get("time_error [s]")),
        NUCLEATION: _number(plating.get("nucleation_overpotential [V]")),
        PLATEAU: _number(plating.get("plateau_overpotential [V]")),
        PEAK: _number(concentration.get("value")),
        NINETY_FIVE: math.nan,
        "top plugging": _value(findings.get("top_plugging")),
        "usable capacity [mAh/cm2]": _usable(findings.get("pore_clogging"), current),
        "thickness maximum [m]": _number(plating.get("thickness_max [m]")),
        CAPACITY: _number(step.get("areal_capacity [mAh/cm2]")),
        CAPACITY_ERROR: _capacity_error(step),
        "ended by": step.get("ended_by"),
        "end voltage [V]": _number(step.get("end_voltage [V]")),
        VOLTAGE_ERROR: _number(step.get("end_voltage_error [V]")),
        "reason": summary.get("reason"),
    }


def _driven(summary: Summary) -> Mapping[str, Any]:
    """The last protocol step that a current drove."""
    return next((step for step in reversed(summary.get("steps") or []) if step.get("kind") in PLATED), {})


def _section(data: Any, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _other_side(summary: Summary) -> str:
    """The plated electrode of a case without a driven step: the one that has plating, else the cathode."""
    sides = list(_section(summary, "plating"))
    return sides[0] if len(sides) == 1 else "cathode"


def _area_error(summary: Summary, side: str, plating: Mapping[str, Any]) -> float:
    """Error of an area factor by that of the meshed surface; NaN where it is not known."""
    area = _number(_section(_section(summary, "mesh"), "areas").get(f"{side}_surface"))
    errors = _section(_section(_section(summary, "metrology"), "errors"), "areas")
    return _number(plating.get("area_factor")) * _number(errors.get(f"{side}_surface")) / area if area > 0 else math.nan


def _capacity_error(step: Mapping[str, Any]) -> float:
    """Error of the capacity per footprint, also where only that of the charge is told; NaN where neither is."""
    stated = _number(step.get("areal_capacity_error [mAh/cm2]"))
    if not math.isnan(stated):
        return stated
    charge, error = (_number(step.get(key)) for key in ("capacity [C]", "capacity_error [C]"))
    return abs(_number(step.get("areal_capacity [mAh/cm2]")) * error / charge) if charge else math.nan


def _number(value: Any) -> float:
    return math.nan if value is None or isinstance(value, bool) else float(value)


def _value(finding: Mapping[str, Any] | None) -> float:
    """A criterion's number; NaN where it has none, ∞ where a criterion is silent for want of an event."""
    if not finding or finding["voice"] == "no say":
        return math.nan
    # JSON knows no infinity: a silent criterion without a number is one whose event never comes.
    return math.inf if finding.get("value") is None and finding["voice"] == "silent" else _number(finding.get("value"))


def _room(finding: Mapping[str, Any]) -> float:
    """How far a criterion is from speaking; ∞ where it has no say."""
    margin = finding.get("margin")
    return math.inf if margin is None or finding["voice"] == "no say" else float(margin)


def _current(summary: Summary, step: Mapping[str, Any]) -> float:
    """Current per footprint [mA/cm²]: as it was run, else as a parameter says it."""
    footprint = summary.get("footprint_area [m2]")
    if step.get("value") is not None and footprint:
        return abs(step["value"]) / footprint / PER_CURRENT
    for path, value in summary.get("parameters", {}).items():
        if path.rsplit(".", 1)[-1] in PLATED:
            try:
                drive = parse_drive(value)
            except ValueError:
                continue
            if drive.mode == "current_density":
                return drive.value / PER_CURRENT
    return math.nan


def _limit(plating: Mapping[str, Any], finding: Mapping[str, Any] | None, current: float) -> float:
    """Limiting current per footprint [mA/cm²], computed or by the share of it that flows; ∞: nothing limits."""
    computed = plating.get("limiting_current_density [A/m2]")
    if computed is not None:
        return float(computed) / PER_CURRENT
    share = _value(finding)
    return math.inf if share == 0 else current / share


def _usable(finding: Mapping[str, Any] | None, current: float) -> float:
    """Capacity per footprint before clogging [mAh/cm²]: as expected, or as had passed when pores were found closed."""
    expected = _value(finding) / PER_CAPACITY
    first = _section(finding, "first").get("time [s]")
    return expected if first is None else min(expected, current * first / 3600.0)


def _safest_first(row: Row) -> tuple:
    known = not math.isnan(row[SPEAKING])
    current, speaking = row[CURRENT], row[SPEAKING] if known else math.inf
    return (
        math.inf if math.isnan(current) else round(current, 9),
        row["status"] != "done",
        speaking,
        -row["least margin"] if known else 0.0,
        str(row["host"]),
    )


def comparison_table(rows: Sequence[Row]) -> pandas.DataFrame:
    """The rows as a table whose columns have one type each, also where nothing is known."""
    import pandas

    table = pandas.DataFrame(rows)
    for name in table:
        if all(isinstance(value, int | float) for value in table[name]):
            table[name] = table[name].astype(float)
        else:
            table[name] = table[name].astype("string")
    return table


#: Errors that stand beside a number on the page.
_ERRORS = {
    "area factor": AREA_ERROR,
    DEPLETED: DEPLETED_ERROR,
    CAPACITY: CAPACITY_ERROR,
    "end voltage [V]": VOLTAGE_ERROR,
}

#: Columns of the page: heading, key of the row, digits.
_PAGE = (
    ("area factor", "area factor"),
    ("J_lim / mA cm⁻²", LIMIT),
    ("t_Sand / s", SAND),
    ("depleted / s", DEPLETED),
    ("nucleation / mV", NUCLEATION),
    ("plateau / mV", PLATEAU),
    ("max/mean", PEAK),
    ("95 %/mean", NINETY_FIVE),
    ("top plugging", "top plugging"),
    ("usable / mAh cm⁻²", "usable capacity [mAh/cm2]"),
    ("passed / mAh cm⁻²", CAPACITY),
    ("ended by", "ended by"),
    ("end voltage / V", "end voltage [V]"),
)

_LEGEND = """\
Currents and capacities are per footprint. Hosts stand in the order of safety: fewest criteria that speak, then most
room to the next. A dash: not known.

- **J_lim**: largest steady current that diffusion lets through.
- **t_Sand**: when the first spot of the surface would be depleted, by closed form. **depleted**: when it was.
- **nucleation**, **plateau**: overpotential at which metal starts, and at which it goes on.
- **max/mean**, **95 %/mean**: of the local current density, its maximum and what 95 % of the surface stay below.
- **top plugging**: deposit or current of the host's outer tenth over its share of the surface.
- **±**: estimated error of the computation, where it is known and reaches the digits shown.
- **usable**: capacity at which 1 % of the pores' surface is closed.
"""


def comparison_page(title: str, rows: Sequence[Row]) -> str:
    """Markdown: one table for every current, the safest host first."""
    text = [f"# {title}: hosts compared\n", _LEGEND]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_heading(row), []).append(row)
    for heading, group in groups.items():
        # What is known of no host is no column.
        shown = [(head, key) for head, key in _PAGE if any(_cell(row, key) != "–" for row in group)]
        text.append(f"## {heading}\n")
        text.append("| host | verdict | " + " | ".join(head for head, _ in shown) + " |")
        text.append("|---" * (2 + len(shown)) + "|")
        text += [
            "| " + " | ".join([str(r["host"]), _verdict(r), *(_cell(r, key) for _, key in shown)]) + " |" for r in group
        ]
        text += ["", *(f"- {claim}" for claim in claims(group, CURRENT, PEAK, DEPLETED, CLAIMED))]
        text += [*(f"- **{row['host']}**: {row['reason']}" for row in group if row["reason"]), ""]
    return "\n".join(text).rstrip() + "\n"


def _heading(row: Row) -> str:
    others = [f"{k.removeprefix('parameter: ')} = {v}" for k, v in row.items() if k.startswith("parameter: ")]
    current = "Unknown current" if math.isnan(row[CURRENT]) else f"{row[CURRENT]:.4g} mA/cm²"
    # The path that is the current itself says nothing new.
    others = [told for told in others if told.split(" = ")[0].rsplit(".", 1)[-1] not in PLATED]
    return ", ".join([current, *others])


def _verdict(row: Row) -> str:
    if row["status"] != "done":
        return str(row["status"])
    if math.isnan(row[SPEAKING]):
        return "–"
    if row[SPEAKING] == 0:
        return "silent" if math.isinf(row["least margin"]) else f"silent, {row['least margin']:.2g} to spare"
    more = f" and {row[SPEAKING] - 1} more" if row[SPEAKING] > 1 else ""
    return f"{str(row['worst criterion']).replace('_', ' ')}{more}"


def _cell(row: Row, key: str) -> str:
    value = row[key]
    if not isinstance(value, int | float):
        return "–" if value is None else str(value)
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "none: J < J_lim" if key == SAND else "none"
    shown = f"{1e3 * value:.3g}" if key in (NUCLEATION, PLATEAU) else f"{value:.3g}"
    error = row.get(_ERRORS.get(key, ""), math.nan)
    # Errors that the digits shown do not reach are left out.
    return shown if math.isnan(error) or error < 5e-4 * abs(value) else f"{shown} ± {error:.2g}"


def write_comparison(folder: Path) -> list[Path]:
    """Write ``comparison.csv``, ``.parquet`` and ``.md`` into the folder of a study.

    Raises
    ------
    StudyError
        There is no such folder, or no case in it.
    """
    from ..solvers.record import write_table, write_text

    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder; give that of a study, such as results/k_host_comparison")
    summaries = [found for path in sorted(folder.glob("*/summary.json")) if (found := _read(path))]
    if not summaries:
        raise StudyError(f"{folder}: holds no case with a summary.json; give the folder of a study, results/<study>")
    rows = comparison_rows(summaries)
    for row in rows:
        row[NINETY_FIVE] = _ninety_five(folder / str(row["case"]))
    title = next((str(s["study"]) for s in summaries if s.get("study")), folder.name)
    write_table(comparison_table(rows), folder / "comparison")
    write_text(folder / "comparison.md", comparison_page(title, rows))
    return [folder / f"comparison.{suffix}" for suffix in ("csv", "parquet", "md")]


def _ninety_five(folder: Path) -> float:
    """What 95 % of a case's plated surface stay below over the mean, at the end of plating; NaN without its file."""
    from ..visualization import VisualizationError
    from ..visualization.case import Case
    from ..visualization.surface_maps import panel

    try:
        surface = panel(folder.name, Case(folder), "plating")
    except VisualizationError:
        return math.nan
    return surface.percentile(0.95) / surface.mean if surface.mean > 0 else math.nan


def _read(path: Path) -> Summary | None:
    from ..visualization.case import VisualizationError, json_file

    try:
        found = json_file(path)
    except VisualizationError as error:
        raise StudyError(str(error)) from None
    return found if isinstance(found, Mapping) else None
