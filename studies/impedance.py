"""Impedance of a study's cases: the spectrum about their start or about the state that a run has left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry import GeometryError
from .companion import companion
from .discretisation import Discretisation, discretisation
from .errors import StudyError
from .load import Case
from .quantity import parse_text

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

    from ..solvers.checkpoint import Restart
    from ..solvers.impedance import Point
    from ..solvers.impedance_checks import SpectrumChecks
    from ..solvers.simulation import Run

log = logging.getLogger(__name__)

#: Frequencies of one spectrum; more is a slip of the keyboard.
MOST_FREQUENCIES = 10_000

#: Column of the estimated magnitude of the error of Z by the mesh.
ERROR = "error [ohm cm2]"

#: cm² per m².
PER_AREA = 1e4


class After(StrEnum):
    """State that a spectrum is taken about."""

    START = "start"
    END = "end"


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes
    ----------
    frequencies
        From the highest on [Hz].
    after
        The state.
    """

    frequencies: tuple[float, ...]
    after: After


def parse_request(lowest: str, highest: str, per_decade: int, after: After) -> Request:
    """Frequencies from a lowest to a highest one, both of them met, evenly spaced on a logarithmic scale.

    Raises
    ------
    StudyError
        No frequencies, or in the wrong order.
    """
    low, high = _frequency("--from", lowest), _frequency("--to", highest)
    if high <= low:
        raise StudyError(f"--from {lowest} --to {highest}: the first must be the lower frequency")
    if per_decade < 1:
        raise StudyError(f"--per-decade {per_decade}: must be 1 or more")
    count = max(round(np.log10(high / low) * per_decade), 1) + 1
    if count > MOST_FREQUENCIES:
        raise StudyError(f"--per-decade {per_decade}: {count} frequencies; at most {MOST_FREQUENCIES} are computed")
    return Request(tuple(np.geomspace(high, low, count).tolist()), After(after))


def _frequency(option: str, text: str) -> float:
    try:
        value = parse_text(text, "Hz")
    except ValueError as error:
        raise StudyError(f"{option} {text}: {error}") from None
    if value <= 0:
        raise StudyError(f"{option} {text}: must be positive, such as '10 mHz'")
    return value


def impedance_of(case: Case, folder: Path, request: Request, comm: Comm) -> Iterator[str]:
    """Compute and write the spectrum of a case; yields what there is to tell. Collective.

    Parameters
    ----------
    folder
        Of the case's results; made where it is absent.

    Raises
    ------
    StudyError
        The case cannot be built, or there is no run of it whose end could be taken.
    """
    from ..solvers.errors import ConvergenceError, SolverError
    from ..solvers.gather import from_root, on_root
    from ..solvers.record import write_json, write_table
    from .execute import make_run
    from .resuming import require_restart

    restart = from_root(comm, lambda: require_restart(case, folder)) if request.after is After.END else None
    # A state that a run has left is that of the run's mesh.
    finely = discretisation(case.study, request.frequencies if request.after is After.START else ())
    try:
        run, _ = make_run(case, folder, comm, finely=finely)
    except (GeometryError, SolverError) as error:
        raise StudyError(f"{case.name}: {error}") from error
    try:
        time = _bring(run, restart)
        points, checks, method = _spectrum(run, request.frequencies)
        state = _state(run, request.after, time)
    except ConvergenceError:
        raise
    except SolverError as error:
        raise StudyError(f"{case.name}: {error}") from error
    finally:
        run.newton.destroy()
    told = list(checks.warnings)
    table = table_of(points, run.device.multiplicity, run.device.footprint_area)
    if case.study.output.errors and request.after is After.START:
        told += _add_errors(table, case, finely, lambda coarser: _coarse_spectrum(case, folder, request, comm, coarser))
    for warning in told:
        log.warning("%s: %s", case.name, warning)
    if checks.kramers_kronig is not None:
        table["Kramers-Kronig residual"] = checks.kramers_kronig.residuals.tolist()
    summary = _summary(case, run, state, table) | {"checks": checks_of(checks, _per_area(run))}
    summary["solver"]["method"] = method
    summary["accuracy"] = {"asked": case.study.accuracy, "worst_error": _worst(table)}
    summary["checks"]["warnings"] = told

    def write() -> None:
        import pandas

        folder.mkdir(parents=True, exist_ok=True)
        write_table(pandas.DataFrame(table), folder / "impedance")
        write_json(folder / "impedance.json", summary)

    on_root(comm, write)
    yield (
        f"{case.name}: {summary['R_high_frequency [ohm cm2]']:.4g} ohm cm2 at {max(request.frequencies):.4g} Hz, "
        f"{summary['R_low_frequency [ohm cm2]']:.4g} ohm cm2 at {min(request.frequencies):.4g} Hz"
    )
    yield f"wrote {folder / 'impedance.csv'}"
    if comm.rank == 0:
        yield from _draw(folder)


def _coarse_spectrum(
    case: Case, folder: Path, request: Request, comm: Comm, finely: Discretisation
) -> dict[str, list[float]]:
    """The spectrum about the start on another mesh, as a table. Collective."""
    from .execute import make_run

    run, _ = make_run(case, folder, comm, finely=finely)
    run.title = f"{case.name}, coarser mesh"
    try:
        _bring(run, None)
        points, _, _ = _spectrum(run, request.frequencies)
    finally:
        run.newton.destroy()
    return table_of(points, run.device.multiplicity, run.device.footprint_area)


def _add_errors(
    table: dict[str, list[float]],
    case: Case,
    finely: Discretisation,
    run: Callable[[Discretisation], dict[str, list[float]]],
) -> list[str]:
    """Add the column of the errors by the mesh; what is to be said of them."""
    coarse = companion(case.study.geometry, finely, run)
    if coarse.reason is not None:
        return [f"how far the mesh is wrong is not known: {coarse.reason}"]
    here, there = (np.array(t["Z' [ohm cm2]"]) + 1j * np.array(t["Z'' [ohm cm2]"]) for t in (table, coarse.summary))
    table[ERROR] = [abs(coarse.error(fine, other)) for fine, other in zip(here, there, strict=True)]
    asked, worst = case.study.accuracy, _worst(table)
    if worst is None or worst <= asked:
        return []
    finer = case.study.mesh.scale * (worst / asked) ** (-1 / coarse.order)
    # Sizes that the study gives are not changed by its accuracy.
    accuracy = "" if case.study.mesh.given else f", or ask for accuracy: {100 * asked**2 / worst:.2g} %"
    return [
        f"by the mesh the impedance is known to ± {100 * worst:.2g} % only at its worst, less certain than the "
        f"{100 * asked:.3g} % asked for; set mesh.scale: {0.9 * finer:.2g}, which refines everything{accuracy}"
    ]


def _worst(table: dict[str, list[float]]) -> float | None:
    """Largest error over the magnitude of the impedance."""
    if ERROR not in table:
        return None
    size = np.hypot(table["Z' [ohm cm2]"], table["Z'' [ohm cm2]"])
    return float(np.max(np.array(table[ERROR]) / size))


def _draw(folder: Path) -> Iterator[str]:
    """Draw the spectrum; a picture that cannot be drawn is a warning, the numbers stand."""
    from ..visualization import VisualizationError
    from ..visualization.case import Case as CaseFolder
    from ..visualization.curve_figures import CURVES
    from ..visualization.page import save

    for name in ("nyquist", "bode"):
        try:
            yield f"picture: {save(CURVES[name](CaseFolder(folder)), folder / 'figures' / f'{name}.png')}"
        except VisualizationError as error:
            log.warning("no picture: %s", error)


def table_of(points: Sequence[Point], multiplicity: float, footprint: float) -> dict[str, list[float]]:
    """Columns of ``impedance.csv``: of the device [Ω], and per footprint [m²]. A capacitor has Z'' < 0."""
    device = np.array([point.impedance for point in points]) / multiplicity
    per_area = device * footprint * PER_AREA
    return {
        "frequency [Hz]": [point.frequency for point in points],
        "Z' [ohm]": device.real.tolist(),
        "Z'' [ohm]": device.imag.tolist(),
        "Z' [ohm cm2]": per_area.real.tolist(),
        "Z'' [ohm cm2]": per_area.imag.tolist(),
        "residual": [point.residual for point in points],
        "uncertainty": [point.uncertainty for point in points],
    }


def checks_of(checks: SpectrumChecks, per_area: float) -> dict[str, Any]:
    """What ``impedance.json`` says of the checks, with their bounds.

    Parameters
    ----------
    per_area
        Ω cm² of footprint per Ω of the simulated domain.
    """
    from ..solvers import impedance_checks as bounds

    consistent, above = checks.kramers_kronig, checks.above_limit
    return {
        "residual": {
            "worst": checks.residual.value,
            "frequency [Hz]": checks.residual.frequency,
            "bound": bounds.RESIDUAL,
        },
        "uncertainty": {
            "worst": checks.uncertainty.value,
            "frequency [Hz]": checks.uncertainty.frequency,
            "bound": bounds.UNCERTAINTY,
        },
        "kramers_kronig": None
        if consistent is None
        else {
            "worst": consistent.worst,
            "frequency [Hz]": consistent.frequency,
            "elements": consistent.elements,
            "bound": bounds.KRAMERS_KRONIG,
        },
        "high_frequency": {
            "R_infinite_frequency [ohm cm2]": checks.limit.infinite * per_area,
            "R_shorted_kinetics [ohm cm2]": checks.limit.shorted * per_area,
            "least_of_Z'_over_R_infinite_frequency": None if above is None else above.value,
            "frequency [Hz]": None if above is None else above.frequency,
            "bound": 1 - bounds.LIMIT,
        },
        "warnings": list(checks.warnings),
    }


def _per_area(run: Run) -> float:
    return run.device.footprint_area * PER_AREA / run.device.multiplicity


def _bring(run: Run, restart: Restart | None) -> float:
    """Bring the cell to its start, or to the state of a restart file; its time [s]."""
    from ..solvers.checkpoint import Checkpoint
    from ..solvers.start import equilibrate
    from ..solvers.stepping import Integrator

    if restart is None:
        equilibrate(run.cell, run.newton)
        return 0.0
    integrator = Integrator(run.cell, run.newton, run.control)
    position = Checkpoint(run.folder, run.cell, run.fingerprint, run.mesh).read(restart, integrator)
    if position.protocol_step < len(run.steps):
        log.warning(
            "%s: the run stands in step %d of its protocol, at %.4g s; the spectrum is that of this state",
            run.title,
            position.protocol_step,
            integrator.time,
        )
    return integrator.time


def _spectrum(run: Run, frequencies: Sequence[float]) -> tuple[list[Point], SpectrumChecks, str]:
    from ..solvers.impedance import SmallSignal
    from ..solvers.impedance_checks import check_spectrum
    from ..solvers.ohmic_limit import dielectric_frequency, ohmic_limit

    if run.cell.deposits:
        log.info("%s: metal on the surfaces stays as it is: no deposit grows or thins, no nuclei form", run.title)
    points: list[Point] = []
    with SmallSignal(run.cell, run.newton) as signal:
        for point in signal.sweep(frequencies):
            points.append(point)
            log.info("%s: %s", run.title, _told(point, len(points), len(frequencies)))
        checks = check_spectrum(points, ohmic_limit(signal), dielectric_frequency(run.cell))
        return points, checks, signal.system.method


def _told(point: Point, number: int, count: int) -> str:
    phase = np.degrees(np.angle(point.impedance))
    return f"frequency {number} of {count}: {point.frequency:.4g} Hz, phase {phase:.1f}°"


def _state(run: Run, after: After, time: float) -> dict[str, Any]:
    from ..solvers.observe import Observer

    seen = Observer(run.cell)()
    return {
        "after": str(after),
        "time [s]": time,
        "voltage [V]": seen.voltage,
        "stoichiometry": seen.stoichiometry,
        "held": [f"{name} deposit" for name in run.cell.deposits],
    }


def _summary(case: Case, run: Run, state: dict[str, Any], table: dict[str, list[float]]) -> dict[str, Any]:
    frequencies = table["frequency [Hz]"]
    highest, lowest = (frequencies.index(pick(frequencies)) for pick in (max, min))
    return {
        "study": case.study.study,
        "case": case.name,
        "parameters": case.parameters,
        "fingerprint": run.fingerprint,
        "state": state,
        "convention": "Z = dV/dI, I > 0 charges the cell; a capacitor has Z'' < 0",
        "footprint_area [m2]": run.device.footprint_area,
        "multiplicity": run.device.multiplicity,
        "frequencies": len(frequencies),
        "highest_frequency [Hz]": frequencies[highest],
        "lowest_frequency [Hz]": frequencies[lowest],
        "R_high_frequency [ohm]": table["Z' [ohm]"][highest],
        "R_high_frequency [ohm cm2]": table["Z' [ohm cm2]"][highest],
        "R_low_frequency [ohm]": table["Z' [ohm]"][lowest],
        "R_low_frequency [ohm cm2]": table["Z' [ohm cm2]"][lowest],
        "solver": {"unknowns": run.newton.unknown_count, "ranks": run.cell.comm.size},
    }
