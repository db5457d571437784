"""Whether a case's numbers can be trusted: balances with a judgement, mesh, solver, versions, messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..materials import format_si
from ..visualization import VisualizationError
from ..visualization.case import json_file
from ..visualization.report import Block, Cell, Code, Facts, Note, Table
from .balances import BALANCES, judged, worst_balance
from .mesh_report import with_error
from .wording import number

Summary = Mapping[str, Any]

#: Lines of a log that are shown.
MOST_LINES = 400


def audit(summary: Summary, folder: Path) -> Iterator[Block]:
    """Everything a careful reader asks for."""
    yield from _balances(summary)
    yield from _resolution(summary)
    yield from _mesh(summary)
    yield from _solver(summary)
    yield from _spectrum(folder)
    if versions := summary.get("versions"):
        yield Facts(list(versions.items()), "Versions")
    yield from _messages(folder)


def _balances(summary: Summary) -> Iterator[Block]:
    found = summary.get("conservation") or {}
    if not found:
        yield Note("No balance was audited: the run ended before its first time step.", "warn")
        return
    worst = worst_balance(summary)
    tone, words = judged(worst)
    yield Note(f"What is conserved, largest relative error over the run: {_error(worst)}; {words}.", tone)
    rows = []
    for name, error in found.items():
        tone, words = judged(error)
        sort = float("inf") if error is None else error
        rows.append((Cell(BALANCES.get(name, name)), Cell(_error(error), sort=sort), Cell(words, tone=tone)))
    yield Table(("balance", "largest relative error", "judgement"), rows)


def _error(error: float | None) -> str:
    return "not a number" if error is None or error != error else number(error, 2)


def _spectrum(folder: Path) -> Iterator[Block]:
    """Warnings of the impedance's checks."""
    if not (folder / "impedance.json").is_file():
        return
    try:
        checks = json_file(folder / "impedance.json").get("checks") or {}
    except VisualizationError as error:
        yield Note(f"Impedance: {error}", "warn")
        return
    warnings = checks.get("warnings") or ()
    for warning in warnings:
        yield Note(f"Impedance: {warning}.", "warn")
    if checks and not warnings:
        told = "solved for, uncertain by less than {:.2g} %, above its limit at high frequencies"
        told = told.format(100 * checks["uncertainty"]["bound"])
        consistent = ", and consistent with Kramers and Kronig" if checks.get("kramers_kronig") else ""
        yield Note(f"Impedance: {told}{consistent}.", "good")


def _resolution(summary: Summary) -> Iterator[Block]:
    layers = summary.get("double_layers") or {}
    length, first, missed = (layers.get(key) for key in ("debye_length [m]", "first_cell [m]", "area_missed"))
    if length and first:
        coarse = bool(missed)
        told = f"Debye length {format_si(length, 'm')}, first cells at the wall {format_si(first, 'm')}"
        told += f"; {100 * missed:.2g} % of the surface under coarser cells." if coarse else ": resolved."
        yield Note(told, "warn" if coarse else "good")


def _mesh(summary: Summary) -> Iterator[Block]:
    mesh = summary.get("mesh") or {}
    for warning in mesh.get("warnings") or ():
        yield Note(f"Mesh: {warning}", "warn")
    quality = mesh.get("quality") or {}
    pairs = [(name, f"{mesh[name]:,}") for name in ("nodes", "cells", "facets") if mesh.get(name) is not None]
    if "dihedral_angle_min" in quality:
        span = f"{quality['dihedral_angle_min']:.2g}° to {quality['dihedral_angle_max']:.3g}°"
        pairs.append(("dihedral angles", f"{span}, median {quality['dihedral_angle_median']:.2g}°"))
    if "radius_ratio_min" in quality:
        ratios = f"{quality['radius_ratio_min']:.2g}, median {quality['radius_ratio_median']:.2g}"
        pairs.append(("radius ratio (1: regular)", f"at least {ratios}"))
    pairs += [
        (f"volume, {name.replace('_', ' ')}", f"{number(volume * 1e18, 4)} µm³")
        for name, volume in (mesh.get("volumes") or {}).items()
    ]
    pairs += [
        (f"area, {name.replace('_', ' ')}", f"{number(area * 1e12, 4)} µm²")
        for name, area in (mesh.get("areas") or {}).items()
    ]
    if pairs:
        yield Facts(pairs, "Mesh of the simulated domain")
    phases = ((summary.get("metrology") or {}).get("transport") or {}).get("phases") or {}
    rows = [
        (
            Cell(name.replace("_", " ")),
            Cell(axis),
            Cell(_with_error(found, "relative", 4), sort=found["relative"]),
            Cell("–")
            if found["tortuosity"] is None
            else Cell(_with_error(found, "tortuosity", 3), sort=found["tortuosity"]),
        )
        for name, phase in phases.items()
        for axis, found in phase.get("directions", {}).items()
    ]
    if rows:
        yield Table(
            ("phase", "along", "effective over own conductivity", "tortuosity"), rows, "Transport in the sample"
        )


def _with_error(found: Mapping[str, Any], key: str, digits: int) -> str:
    """A number of the transport table, with its error where that is known."""
    error = found.get(f"{key}_error")
    return f"{found[key]:.{digits}f}" if error is None else with_error(found[key], error)


def _solver(summary: Summary) -> Iterator[Block]:
    solver = summary.get("solver") or {}
    pairs = [
        (name.replace("_", " "), value if isinstance(value, str) else number(value, 6))
        for name, value in solver.items()
        if value is not None
    ]
    if (seconds := summary.get("wall_time [s]")) is not None:
        pairs.append(("solution, wall time", format_si(seconds, "s")))
    if (seconds := (summary.get("mesh") or {}).get("seconds")) is not None:
        pairs.append(("meshing, wall time", format_si(seconds, "s")))
    if pairs:
        yield Facts(pairs, "Solver")


def _messages(folder: Path) -> Iterator[Block]:
    """Warnings and errors of the log, and the log itself, folded."""
    try:
        lines = (folder / "run.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        yield Note("There is no run.log.")
        return
    graver = dict.fromkeys(
        found[2] for line in lines if (found := re.match(r"\S+ \S+ (WARNING|ERROR|CRITICAL) (.*)", line))
    )
    for line in graver:
        yield Note(f"Said while running: {line}", "warn")
    cut = [f"… {len(lines) - MOST_LINES} lines before", *lines[-MOST_LINES:]] if len(lines) > MOST_LINES else lines
    yield Code("run.log", "\n".join(cut))
