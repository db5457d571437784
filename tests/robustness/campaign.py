"""Many small studies in worker processes: a crash or a hang takes one of them, not the campaign.

``python -m tests.robustness.campaign MODULE`` is a worker: it reads a seed and a folder, one pair a line, and
answers each with one line of JSON, what ``MODULE.study(seed)`` came to by
``MODULE.CRITERIA`` (:func:`outcome`).
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

ROOT = Path(__file__).parents[2]

#: Largest error of a balance that a run may leave, relative (docs/model.md, balance audit).
WORST_BALANCE = 1e-9

#: Largest number of time steps that a half-cycle may take.
MOST_STEPS = 400

#: A step that passed less than this share of the nominal capacity has passed nothing.
NOTHING = 1e-6

#: Says of what :func:`outcome` found how it misses a criterion, or nothing.
Criterion = Callable[[Mapping[str, Any]], str | None]

#: What a row of the table says of a study; the drawn parameters follow.
COLUMNS = (
    "seed",
    "status",
    "verdict",
    "worst_balance",
    "balance_of",
    "most_steps",
    "steps_done",
    "steps_asked",
    "nothing_passed",
    "ended_by",
    "drift",
    "unknowns",
    "time_steps",
    "rejected",
    "newton",
    "cpu",
    "wall",
    "reason",
)


def ended(found: Mapping[str, Any]) -> str | None:
    """Whether a study came to its end in order; else how not."""
    return None if found["status"] == "done" else found["status"]


def balanced(found: Mapping[str, Any]) -> str | None:
    """Whether amounts are conserved; else the worst balance."""
    error = found.get("worst_balance")
    return None if error is None or error <= WORST_BALANCE else f"balance {error:.1e} ({found['balance_of']})"


def bounded(found: Mapping[str, Any]) -> str | None:
    """Whether every protocol step took a bounded number of time steps; else the largest."""
    most = found.get("most_steps")
    return None if most is None or most <= MOST_STEPS else f"{most} time steps in one step"


def outcome(
    study: Mapping[str, Any], folder: Path, criteria: Iterable[Criterion] = (ended, balanced, bounded)
) -> dict[str, Any]:
    """Run a study of one case and say what came out.

    Parameters
    ----------
    study
        Keys of a study file.
    folder
        For its results.
    criteria
        The ``verdict`` says which of them it misses.

    Returns
    -------
    dict
        As :data:`COLUMNS`, without the seed. ``status`` is that of the case, or ``refused``.
    """
    from archode.studies import run
    from archode.studies.errors import StudyError

    cpu, wall = time.process_time(), time.monotonic()
    try:
        case = run(study, out=folder, progress=False).case
        found = told(dict(case.summary)) if case.status != "unfinished" else {"status": "unfinished"}
    except StudyError as error:
        found = {"status": "refused", "reason": str(error)}
    except Exception as error:  # a campaign goes on whatever a case does
        found = {"status": "error", "reason": f"{type(error).__name__}: {error}"}
    steps = sum(step.get("repeat", 1) * len(step.get("steps", [0])) for step in study["protocol"])
    found |= {"steps_asked": steps, "cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}
    return found | {"verdict": "; ".join(filter(None, (criterion(found) for criterion in criteria))) or "passes"}


def told(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What ``summary.json`` says of how well a run went."""
    steps, balance = summary.get("steps", []), summary.get("conservation", {})
    nominal, solver = summary.get("nominal_capacity [C]"), summary.get("solver", {})
    known = {name: error for name, error in balance.items() if error is not None}
    worst = max(known, key=known.get, default=None)
    discharged = [step["capacity [C]"] for step in steps if step["kind"] == "discharge"]
    ends = Counter(str(step["ended_by"]) for step in steps)
    return {
        "status": summary["status"],
        "reason": summary.get("reason"),
        "worst_balance": known.get(worst),
        "balance_of": worst,
        "most_steps": max((step["time_steps"] for step in steps), default=None),
        "steps_done": len([step for step in steps if step["ended_by"] is not None]),
        "nothing_passed": len([s for s in steps if nominal and s["capacity [C]"] < NOTHING * nominal]),
        "ended_by": ", ".join(f"{name} ×{count}" for name, count in ends.items()),
        "drift": drift(discharged),
        "unknowns": solver.get("unknowns"),
        "time_steps": solver.get("time_steps"),
        "rejected": solver.get("rejected_steps"),
        "newton": solver.get("newton_iterations"),
    }


def drift(capacities: list[float]) -> float | None:
    """Relative change from the last but one to the last of ten discharges; by then cycles repeat."""
    if len(capacities) < 3 or not capacities[-2]:
        return None
    return capacities[-1] / capacities[-2] - 1


# ---------------------------------------------------------------------- workers
def serve(module: str) -> None:
    """Answer seeds, each with a folder for its results, from the standard input until it ends."""
    # The answers keep the pipe to themselves: meshing and solving may print.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    room = importlib.import_module(module)
    for line in sys.stdin:
        seed, folder = json.loads(line)
        print(json.dumps(outcome(room.study(seed), Path(folder), room.CRITERIA), default=str), file=answers, flush=True)


class Worker:
    """A process that answers seeds; started anew after a crash or a time-out."""

    def __init__(self, module: str, timeout: float):
        self.module, self.timeout = module, timeout
        self.process: subprocess.Popen | None = None

    def ask(self, seed: int) -> dict[str, Any]:
        """What a seed's study came to; ``crash`` and ``timeout`` are statuses too."""
        with tempfile.TemporaryDirectory(prefix="robustness-") as folder:
            process = self._running()
            # Of a process that has died there is nothing to read, which tells it.
            with suppress(BrokenPipeError):
                print(json.dumps([seed, folder]), file=process.stdin, flush=True)
            ready, _, _ = select.select([process.stdout], [], [], self.timeout)
            line = process.stdout.readline() if ready else ""
            if line:
                return json.loads(line)
            self._end()
            if ready:
                return {"status": "crash", "verdict": "crash", "reason": f"exit code {process.returncode}"}
            return {"status": "timeout", "verdict": f"timeout after {self.timeout:g} s", "reason": last_words(folder)}

    def close(self) -> None:
        """Let the process come to its end."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
        self.process = None

    def _end(self) -> None:
        """End a process that does not answer."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def _running(self) -> subprocess.Popen:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.robustness.campaign", self.module],
                cwd=ROOT,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self.process


def last_words(folder: str | Path) -> str | None:
    """The last line of the log of a run that was ended."""
    lines = [line for log in Path(folder).rglob("run.log") for line in log.read_text().splitlines() if line.strip()]
    return lines[-1] if lines else None


def campaign(
    module: str, seeds: Iterable[int], jobs: int = 1, timeout: float = 600.0, tell: Callable[[dict], None] = print
) -> list[dict[str, Any]]:
    """Run the studies of many seeds; ``tell`` hears of each as it ends. In order of the seeds."""
    waiting: Queue[int] = Queue()
    for seed in seeds:
        waiting.put(seed)
    rows: list[dict[str, Any]] = []
    lock = threading.Lock()

    def work() -> None:
        worker = Worker(module, timeout)
        try:
            while True:
                try:
                    seed = waiting.get_nowait()
                except Empty:
                    return
                row = {"seed": seed} | worker.ask(seed)
                with lock:
                    rows.append(row)
                    tell(row)
        finally:
            worker.close()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(rows, key=lambda row: row["seed"])


def missed(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line for every study that misses a criterion; empty where none does."""
    lines = [f"{row['seed']}: {row['verdict']}; {row.get('reason')}" for row in rows if row["verdict"] != "passes"]
    return "".join(f"\n{line}" for line in lines)


class Table:
    """A CSV file that grows by a line with every study that ends."""

    def __init__(self, path: Path, columns: Iterable[str]):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("w", newline="")
        self.writer = csv.DictWriter(self.file, list(columns), extrasaction="ignore")
        self.writer.writeheader()

    def add(self, row: Mapping[str, Any]) -> None:
        """Write a line and let it reach the disk."""
        shown = {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
        self.writer.writerow(shown)
        self.file.flush()


def summed_up(rows: list[dict[str, Any]]) -> str:
    """A campaign in a few lines."""
    passing = [row for row in rows if row["verdict"] == "passes"]
    lines = [f"{len(passing)} of {len(rows)} pass"]
    lines += [f"  {name}: {count}" for name, count in Counter(row["status"] for row in rows).most_common()]
    for key, title, bound in (
        ("worst_balance", "balance", WORST_BALANCE),
        ("most_steps", "time steps in one step", MOST_STEPS),
    ):
        values = [row[key] for row in rows if row.get(key) is not None]
        if values:
            over = sum(not value <= bound for value in values)
            lines.append(f"  {title}: worst {max(values):.3g}, above {bound:g} in {over}")
    drifts = [abs(row["drift"]) for row in rows if row.get("drift") is not None]
    if drifts:
        lines.append(f"  drift of the capacity over a cycle: worst {max(drifts):.2g}")
    lines.append(f"  nothing passed in {sum(row.get('nothing_passed') or 0 for row in rows)} steps")
    lines.append(f"  CPU time {sum(row.get('cpu') or 0 for row in rows):.0f} s")
    return "\n".join(lines)


def main(module: str, columns: Iterable[str], drawn: Callable[[int], Mapping[str, Any]]) -> int:
    """The command line of a campaign; ``drawn`` says what a seed's study is. 1 where one misses a criterion."""
    import argparse

    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds after which a study is given up")
    parser.add_argument("--out", type=Path, help="table, such as results/random_cells.csv")
    parser.add_argument("--show", type=int, metavar="SEED", help="print a seed's study and stop")
    asked = parser.parse_args()
    if asked.show is not None:
        print(json.dumps(importlib.import_module(module).study(asked.show), indent=1, ensure_ascii=False))
        return 0
    table = Table(asked.out, (*COLUMNS, *columns)) if asked.out else None

    def tell(row: dict[str, Any]) -> None:
        row |= drawn(row["seed"])
        if table:
            table.add(row)
        reason = f"  {row['reason']}" if row.get("reason") else ""
        print(
            f"{row['seed']:5d}  {row['cpu'] if 'cpu' in row else 0:6.1f} s  {row['verdict']}{reason[:160]}", flush=True
        )

    rows = campaign(module, range(asked.first, asked.first + asked.count), asked.jobs, asked.timeout, tell)
    print(summed_up(rows))
    return int(any(row["verdict"] != "passes" for row in rows))


if __name__ == "__main__":
    serve(sys.argv[1])
