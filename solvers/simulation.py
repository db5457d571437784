"""One run from start to end: steps the protocol, records, saves fields, checkpoints, audits."""

from __future__ import annotations

import logging
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .balance import BalanceAudit
from .cell import Cell
from .checkpoint import Checkpoint, Restart, newest_whole
from .description import ELECTRODES
from .drive import ProtocolStep
from .errors import ConvergenceError, SolverError
from .fields import FieldWriter
from .gather import from_root, on_root
from .newton import Newton
from .observe import Observation
from .position import AcceptedStep, Position
from .progress import Progress, Stage
from .protocol import ProtocolRunner
from .record import Device, Recorder
from .start import equilibrate
from .stated_ranges import RangeWatch, StatedRange
from .step_run import LEAST_SHARE
from .stepping import Integrator, StepControl
from .stop_request import StopRequest
from .surface_view import SurfaceView
from .watch import Watch

log = logging.getLogger(__name__)


@dataclass
class Run:
    """Everything one simulation needs, and what it counted.

    Attributes
    ----------
    cell, newton
        The discretised problem and its solver.
    steps
        The protocol, for the simulated domain.
    control
        Time step control.
    device
        How the simulated domain stands for the device.
    folder
        Where results go.
    title
        Name shown with the progress.
    fingerprint, mesh
        Identify the study and its mesh in the restart file.
    current_unit
        A typical current of the simulated domain [A].
    save_fields
        Whether field files are written.
    output_times
        Times since the run's start at which fields are saved [s].
    checkpoint_every
        Accepted steps between restart files.
    max_steps
        Accepted steps after which the run gives up.
    keeps
        Whether time series and restart files are written; without, nothing is left on disk.
    ranges
        Ranges in which the materials' numbers hold, which local values may leave.
    listener
        Is told on rank 0 how far the run is, instead of the terminal.
    deadline
        Time of ``time.monotonic`` before which the run stops in order [s].
    under_way
        Is called on every rank when the first time step is accepted, before anything of it is written.
    notes
        What happened to its files that a person should know, in sentences; on rank 0.
    """

    cell: Cell
    newton: Newton
    steps: Sequence[ProtocolStep]
    control: StepControl
    device: Device
    folder: Path
    title: str
    fingerprint: str
    current_unit: float
    mesh: str = ""
    save_fields: bool = True
    output_times: Sequence[float] = ()
    checkpoint_every: int = 20
    max_steps: int = 100_000
    keeps: bool = True
    ranges: Sequence[StatedRange] = ()
    listener: Callable[[Stage], None] | None = None
    deadline: float | None = None
    under_way: Callable[[], None] | None = None
    status: str = "done"
    reason: str | None = None
    wall_time: float = 0.0
    newton_iterations: int = 0
    linear_iterations: int = 0
    rejected: int = 0
    notes: list[str] = field(default_factory=list)

    def execute(self, resume: bool) -> Recorder:
        """Run the protocol, from the restart file if asked and there is one.

        ``status`` afterwards is ``done``, ``failed`` or ``interrupted``; everything up to then is on disk.
        """
        self._begun = clock.monotonic()
        restart = from_root(self.cell.comm, lambda: newest_whole(self.folder)) if resume else None
        self._set_up(restart is not None)
        position = self._begin() if restart is None else self._go_on(restart)
        try:
            with (
                StopRequest(self.cell.comm, self.deadline) as stop,
                Progress(self.title, list(self.steps), self.cell.comm.rank == 0, self.listener) as progress,
            ):
                self._advance(position, progress, stop)
        except ConvergenceError as error:
            self.status, self.reason = "failed", str(error)
        except KeyboardInterrupt as stopped:
            why = str(stopped) or "interrupted"
            self.status, self.reason = "interrupted", f"{why} at t = {self.integrator.time:.6g} s"
        else:
            # A protocol may end without a time step.
            self._get_under_way()
        self._save()
        self.recorder.finish()
        self.rejected += self.runner.rejected
        return self.recorder

    # ------------------------------------------------------------------ parts
    def _set_up(self, resume: bool) -> None:
        if not resume:
            equilibrate(self.cell, self.newton)
        self.integrator = Integrator(self.cell, self.newton, self.control)
        self.runner = ProtocolRunner(self.integrator, self.steps, self.current_unit, self.output_times)
        self.recorder = Recorder(self.device, self.folder if self.keeps else None, self.cell.comm)
        self.audit = BalanceAudit(self.cell, self.runner.observe(), least_current=LEAST_SHARE * self.current_unit)
        self.range_watch = RangeWatch(self.ranges)
        self.checkpoint = Checkpoint(self.folder, self.cell, self.fingerprint, self.mesh)
        seen = ELECTRODES if self.save_fields or self.cell.deposits else ()
        self.views = {name: SurfaceView(self.cell, name) for name in seen}
        self.fields = FieldWriter(self.cell, self.views, self.folder) if self.save_fields else None
        self.watch = Watch(self.cell, self.views, self.device.footprint_area / self.device.multiplicity)

    def _begin(self) -> Position:
        if self.fields:
            self.fields.create()
        self._look(0.0, "rest", self.audit.start, saves=True)
        return Position()

    def _look(self, time: float, kind: str, observation: Observation, saves: bool) -> None:
        """Judge the surfaces, and save the fields. Collective."""
        saves = saves and self.fields is not None
        if not saves and not self.cell.deposits:
            return
        values = {name: view.values() for name, view in self.views.items()}
        maps = self.watch.look(time, kind, observation, values)
        if saves:
            self.fields.write(time, values, maps)

    def _go_on(self, restart: Restart) -> Position:
        extra = restart.extra
        position = self.checkpoint.read(restart, self.integrator)
        on_root(self.cell.comm, lambda: self.checkpoint.set_damaged_aside(restart))
        self.recorder.go_on(extra["recorder"])
        self.notes = extra["notes"]
        if restart.instead_of:
            self._note(f"{restart.instead_of}; the run went on from the restart file before it")
        self.audit.moved, self.audit.worst, self.audit.mismatch = extra["moved"], extra["worst"], extra["mismatch"]
        self.audit.exchanged = extra["exchanged"]
        deposits = {n: replace(self.audit.start.deposits[n], charge=q) for n, q in extra["deposits"].items()}
        self.audit.start = replace(
            self.audit.start, amounts=extra["amounts"], content=extra["content"], deposits=deposits
        )
        self.newton_iterations, self.linear_iterations = extra["newton"], extra["linear"]
        self.rejected = extra["rejected"]
        self.wall_time = extra["wall_time"]
        self.watch.told, self.watch.numbers = extra["criteria"], extra["surfaces"]
        self.range_watch.found = extra["ranges"]
        for told in self.fields.go_on(extra["fields"], self.integrator.time) if self.fields else ():
            self._note(told)
        log.info("%s: goes on at t = %.6g s", self.title, self.integrator.time)
        return position

    def _note(self, told: str) -> None:
        self.notes.append(told)
        if self.cell.comm.rank == 0:
            log.warning("%s: %s", self.title, told)

    def _advance(self, position: Position, progress: Progress, stop: StopRequest) -> None:
        self.position = position
        started = position.started
        for accepted in self.runner.run(position):
            self._take(accepted)
            progress.update(accepted, started)
            started = accepted.position.started
            stop.check()
            if self.integrator.accepted >= self.max_steps and accepted.position.protocol_step < len(self.steps):
                raise self._too_many(accepted)

    def _get_under_way(self) -> None:
        """Say once that the run has got so far as to replace another. Collective."""
        if self.under_way is not None:
            self.under_way()
            self.under_way = None

    def _take(self, accepted: AcceptedStep) -> None:
        self._get_under_way()
        self.position = accepted.position
        self.recorder.add(accepted)
        self.newton_iterations += accepted.newton_iterations
        self.linear_iterations += accepted.linear_iterations
        self.audit.update(
            accepted.charge_change, accepted.charge, accepted.dt, accepted.passed, accepted.observation
        )
        self.range_watch.look(accepted.time, accepted.observation)
        if accepted.is_output or accepted.ended_by:
            self._look(accepted.time, accepted.kind, accepted.observation, accepted.is_output)
        if self.integrator.accepted % self.checkpoint_every == 0 or accepted.ended_by:
            self._save()

    def _save(self) -> None:
        """Write the rows since the last time, and the restart file. Collective."""
        now = clock.monotonic()
        self.wall_time, self._begun = self.wall_time + now - self._begun, now
        # Rows before the restart file, which knows of them.
        on_root(self.cell.comm, self.recorder.write)
        self.recorder.forget_waiting()
        extra = {
            "recorder": self.recorder.kept,
            "fields": self.fields.marks if self.fields else {},
            "notes": self.notes,
            "moved": self.audit.moved,
            "worst": self.audit.worst,
            "exchanged": self.audit.exchanged,
            "mismatch": self.audit.mismatch,
            "amounts": self.audit.start.amounts,
            "content": self.audit.start.content,
            "deposits": {name: deposit.charge for name, deposit in self.audit.start.deposits.items()},
            "newton": self.newton_iterations,
            "linear": self.linear_iterations,
            "rejected": self.rejected + self.runner.rejected,
            "wall_time": self.wall_time,
            "criteria": self.watch.told,
            "surfaces": self.watch.numbers,
            "ranges": self.range_watch.found,
        }
        if self.keeps and self.integrator.accepted and hasattr(self, "position"):
            self.checkpoint.write(self.integrator, self.position, extra)
        # A resumed run starts with a fresh Jacobian; so does this one, and both go the same way.
        self.integrator.renew()

    def _too_many(self, accepted: AcceptedStep) -> SolverError:
        return ConvergenceError(
            time=accepted.time,
            step=self.integrator.accepted,
            field=self.newton.worst_field(),
            reason=f"solver.max_steps = {self.max_steps} time steps are used up",
            advice="a larger solver.max_steps, or an earlier end of the protocol step",
            protocol_step=accepted.protocol_step,
        )
