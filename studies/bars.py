"""Bars that show a person how far a study is, in a notebook or a terminal."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .drawing import in_notebook

if TYPE_CHECKING:
    from ..solvers.progress import Stage


class Bars(AbstractContextManager):
    """A bar for the cases, where there are several, and one for the present step of the protocol.

    A listener of :func:`~.execute.run_study`.
    """

    def __init__(self, study: str, cases: int):
        self.study, self.cases, self.shown = study, cases, 0
        self.all: Any = None
        self.step: Any = None

    def __enter__(self) -> Bars:
        from tqdm.auto import tqdm

        if self.cases > 1:
            self.all = tqdm(total=self.cases, desc=self.study, unit="case")
        # The unit is free text here: a postfix would begin with a comma.
        layout = "{desc}: {percentage:3.0f}%|{bar}| {unit} [{elapsed}]"
        self.step = tqdm(total=100, desc=self.study, unit="", bar_format=layout, leave=self.cases == 1)
        return self

    def __exit__(self, *_exception: object) -> None:
        for bar in (self.step, self.all):
            if bar is not None:
                bar.close()

    def begin(self, case: str, number: int, cases: int) -> None:
        self._restart(case, "mesh and start")

    def stage(self, stage: Stage) -> None:
        name = f"{stage.title}: {stage.kind} {stage.protocol_step + 1}/{stage.protocol_steps}"
        if name != self.step.desc:
            self._restart(name, "")
        self.step.unit = f"t = {stage.time:.4g} s, {stage.voltage:.3f} V"
        self.step.update(100 * stage.share - self.step.n)

    def end(self, status: str) -> None:
        self.step.unit = status
        self.step.refresh()
        if self.all is not None and status != "interrupted":
            self.all.update()

    def _restart(self, name: str, told: str) -> None:
        self.step.unit = told
        self.step.set_description_str(name, refresh=False)
        self.step.reset(total=100)


def anybody_looks() -> bool:
    """Whether anybody sees a bar: in a notebook, or on a terminal."""
    return in_notebook() or sys.stderr.isatty()
