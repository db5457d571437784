"""Default runs against converged ones: how far their numbers are wrong, what they say of it, and whether they warn.

``python -m tests.accuracy.default_runs --jobs 1 --out results/default_runs.csv``

Of each number the table holds the true error (default less converged), the estimate, and their ratio. Voltages are
taken relative to the swing of their step, at least RT/F, other numbers relative to themselves. ``--keep FOLDER`` keeps
the converged runs, which take longest, for the next time.
"""

from __future__ import annotations

import argparse
import copy
import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from archode.materials.constants import REFERENCE_TEMPERATURE, thermal_voltage

from .studies import STUDIES, Document

#: Numbers of a protocol step that are judged: name and unit in the summary.
JUDGED = (("capacity", "C"), ("energy", "J"), ("duration", "s"), ("mean_voltage", "V"), ("end_voltage", "V"))

#: Relative error that a default run may have without a word: that of a study that asks for no other accuracy.
ASKED = 0.02

#: Relative error below which an estimate is not judged: rounding and what the converged run itself is wrong by.
ROUNDING = 1e-4

#: Share of a study's largest charge below which what a step passes is not judged.
NOTHING = 1e-3

#: Estimates may be off by these factors; the first two in one of ten numbers.
FEWEST, MOST, NEVER = 0.5, 3.0, 0.2

QUIET = {"fields": 0, "figures": False, "report": False}


class Judged(NamedTuple):
    """A number of a default run."""

    case: str
    number: str
    value: float
    true: float
    estimate: float
    space: float | None
    time: float | None
    ratio: float | None
    warned: bool
    cost: float
    judged: bool

    @property
    def missed(self) -> bool:
        """Whether it is wrong by more than was asked for, without a word."""
        return self.judged and abs(self.true) > ASKED and not self.warned


def solved(study: Document, folder: Path, errors: bool = True) -> Mapping[str, Any]:
    """The summary of a study that comes to its end."""
    from archode.studies import run

    told = {"study": "accuracy", **study, "output": QUIET | {"errors": errors}}
    case = run(told, out=folder, progress=False).case
    if case.status != "done":
        raise RuntimeError(case.summary.get("reason"))
    return case.summary


def converged(study: Document, scale: float, tolerance: float) -> Document:
    """The study on a mesh finer in everything by a factor, with time steps of a tolerance."""
    finer = copy.deepcopy(study)
    finer["mesh"] = {**finer.get("mesh", {}), "scale": scale}
    finer["solver"] = {**finer.get("solver", {}), "tolerance": tolerance}
    return finer


def judged(name: str, keep: Path | None = None) -> list[Judged]:
    """Every number of a case of :data:`.studies.STUDIES`; its converged run is kept in a folder, or comes from it."""
    asked = STUDIES[name]
    kept = None if keep is None else keep / f"{name}.json"
    with tempfile.TemporaryDirectory(prefix="accuracy-") as folder:
        default = solved(asked.study, Path(folder) / "default")
        if kept is not None and kept.exists():
            fine = json.loads(kept.read_text(encoding="utf-8"))
        else:
            fine = solved(converged(*asked), Path(folder) / "fine", errors=False)
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(json.dumps(dict(fine), default=str), encoding="utf-8")
    return list(compared(name, default, fine))


def compared(name: str, default: Mapping[str, Any], fine: Mapping[str, Any]) -> Iterator[Judged]:
    """Errors of the numbers of a default run."""
    warned = any("less certain" in text or "how far the mesh" in text for text in default["warnings"])
    cost = default["accuracy"].get("wall_time [s]") or 0.0
    cost += default["wall_time [s]"]
    largest = max(abs(step["capacity [C]"]) for step in fine["steps"])
    begun = fine["initial_voltage [V]"]
    for own, other in zip(default["steps"], fine["steps"], strict=True):
        passed = abs(other["capacity [C]"]) > NOTHING * largest
        known = [begun, other["mean_voltage [V]"], other["end_voltage [V]"]]
        known = [value for value in known if value is not None and value == value]
        swing = max(max(known) - min(known), thermal_voltage(REFERENCE_TEMPERATURE))
        begun = other["end_voltage [V]"]
        for quantity, unit in JUDGED:
            value, true = own[f"{quantity} [{unit}]"], other[f"{quantity} [{unit}]"]
            counts = passed or quantity in ("duration", "end_voltage")
            if value is None or true is None or value != value or true != true:
                continue
            scale = swing if unit == "V" else abs(true)
            if not scale:
                continue
            errors = [own.get(f"{quantity}_{part}error [{unit}]") for part in ("", "space_", "time_")]
            told, space, time = (None if error is None else error / scale for error in errors)
            off = (value - true) / scale
            ratio = (told or 0.0) / abs(off) if abs(off) > ROUNDING else None
            number = f"{own['index']} {own['kind']} {quantity}"
            yield Judged(name, number, value, off, told or 0.0, space, time, ratio, warned, cost, counts)


def dishonest(rows: Iterable[Judged]) -> list[Judged]:
    """Numbers whose estimate is below a fifth of what they are wrong by."""
    return [row for row in rows if row.judged and row.ratio is not None and not row.ratio >= NEVER]


def honest_share(rows: Iterable[Judged]) -> float:
    """Share of the numbers whose estimate is neither below half nor above thrice what they are wrong by."""
    ratios = [row.ratio for row in rows if row.judged and row.ratio is not None]
    return sum(FEWEST <= ratio <= MOST for ratio in ratios) / len(ratios) if ratios else 1.0


def line(row: Judged) -> str:
    """A number in a line."""
    ratio = "" if row.ratio is None else f"{row.ratio:6.2f}"
    parts = " ".join("       –" if part is None else f"{100 * part:+8.4f}" for part in (row.space, row.time))
    told = f"{row.case:20s} {row.number:28s} {row.value:11.5g} {100 * row.true:+9.4f} % ± {100 * row.estimate:8.4f} %"
    told += f" ({parts})"
    remarks = {"warned": row.warned, "not judged": not row.judged, "MISSED": row.missed}
    return f"{told} {ratio:>7s} {', '.join(name for name, holds in remarks.items() if holds)}"


def main() -> int:
    """The command line: 1 where a number misses what it was asked for without a word, or an estimate is dishonest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="names of cases")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where converged runs are kept, and taken from")
    parser.add_argument("--out", type=Path, help="table, such as results/default_runs.csv")
    asked = parser.parse_args()
    rows: list[Judged] = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        names = asked.only or list(STUDIES)
        for name, future in [(name, pool.submit(judged, name, asked.keep)) for name in names]:
            began = time.monotonic()
            try:
                found = future.result()
            except RuntimeError as error:
                print(f"{name}: {error}", flush=True)
                continue
            rows += found
            print(*(line(row) for row in found), f"{name}: {time.monotonic() - began:.0f} s", sep="\n", flush=True)
            if asked.out:
                _write(asked.out, rows)
    missed, bad = [row for row in rows if row.missed], dishonest(rows)
    print(f"{len(rows)} numbers, {len(missed)} missed, {len(bad)} dishonest, {honest_share(rows):.0%} within bounds")
    return int(bool(missed or bad) or honest_share(rows) < 0.9)


def _write(path: Path, rows: Iterable[Judged]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(Judged._fields)
        table.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
