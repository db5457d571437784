"""Figures of merit of a case: what came out, how well it is balanced, and how it compares with quoted numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ..geometry import architecture_name
from . import ratings
from .assumptions import assumed_layers, estimates
from .empty_steps import empty_steps, states_at_ends
from .error_bars import error_of
from .foreseen import foreseen
from .load import Case
from .schema import Study
from .schema_protocol import Cycle, cycles
from .schema_settings import CHARGES
from .summary_plating import plated_surfaces

if TYPE_CHECKING:
    from ..solvers.record import Recorder
    from ..solvers.simulation import Run

PACKAGES = ("archode", "fenics-dolfinx", "dolfinx-solver-real", "gmsh", "numpy", "pyvista")

_FORMS = (("", "C", 1.0), ("areal_", "mAh/cm2", 3.6e4), ("volumetric_", "mAh/cm3", 3.6e6))

#: Charges of a protocol step or cycle: of the device, per footprint, per volume of the film.
CHARGE_MERITS = {f"{form}{name}": (f"{form}{name} [{unit}]", si) for name in CHARGES for form, unit, si in _FORMS}

#: Figures of merit of a protocol step that a reference may quote: key in the summary, SI per its unit.
MERITS = {
    **CHARGE_MERITS,
    "energy": ("energy [J]", 1.0),
    "duration": ("duration [s]", 1.0),
    "mean_voltage": ("mean_voltage [V]", 1.0),
    "end_voltage": ("end_voltage [V]", 1.0),
}


def case_summary(
    case: Case, run: Run, recorder: Recorder, mesh_report: dict[str, Any], measured: dict[str, Any]
) -> dict[str, Any]:
    """Everything ``summary.json`` holds; ``measured`` is the mesh's metrology."""
    study = case.study
    multiplicity = study.geometry.multiplicity
    steps = _steps(study, run, recorder)
    normal, origin = study.geometry.cross_section
    time_steps = run.integrator.accepted
    nominal = ratings.nominal_capacity(study, mesh_report["volumes"])
    return {
        "study": study.study,
        "case": case.name,
        "description": study.description,
        "architecture": architecture_name(study.geometry),
        "parameters": case.parameters,
        "fingerprint": run.fingerprint,
        "status": run.status,
        "reason": run.reason,
        "warnings": [*_warnings(study, recorder, steps, nominal), *run.range_watch.found.values(), *run.notes],
        "nominal_capacity [C]": nominal,
        "footprint_area [m2]": ratings.device_footprint(study),
        "multiplicity": multiplicity,
        "initial_voltage [V]": ratings.initial_voltage(study),
        "steps": steps,
        "cycles": cycle_summaries(cycles(study.protocol), steps),
        "reference": [_compared(reference, steps) for reference in study.reference],
        "accuracy": {"asked": study.accuracy, "scale": study.mesh.scale, "sizes_given": study.mesh.given},
        "conservation": dict(run.audit.worst),
        "double_layers": _double_layers(run),
        "plating": plated_surfaces(study, run, recorder),
        "criteria": run.watch.summary(),
        "mesh": mesh_report,
        "metrology": measured,
        "solver": {
            "unknowns": run.newton.unknown_count,
            "linear": run.newton.linear,
            "time_steps": time_steps,
            "rejected_steps": run.rejected,
            "newton_iterations": run.newton_iterations,
            "linear_iterations": run.linear_iterations,
            "jacobians": run.newton.total_jacobians,
            "newton_per_step": run.newton_iterations / max(time_steps, 1),
            "mismatch": run.audit.mismatch,
            "ranks": run.cell.comm.size,
        },
        "estimates": _estimates(study),
        "cut": {"normal": list(normal), "origin": [1e6 * x for x in origin]},
        "versions": _versions(),
        "wall_time [s]": run.wall_time,
    }


def companion_summary(case: Case, run: Run, recorder: Recorder) -> dict[str, Any]:
    """What is compared with the summary of the case: the same numbers under the same names."""
    return {
        "steps": _steps(case.study, run, recorder),
        "plating": plated_surfaces(case.study, run, recorder),
        "criteria": run.watch.summary(),
        "unknowns": run.newton.unknown_count,
        "wall_time [s]": run.wall_time,
    }


def _steps(study: Study, run: Run, recorder: Recorder) -> list[dict[str, Any]]:
    """Figures of merit of every protocol step begun, of the device."""
    multiplicity = study.geometry.multiplicity
    return recorder.step_summaries(
        [step.value * (multiplicity if step.galvanostatic else 1.0) for step in run.steps]
    )


def _warnings(study: Study, recorder: Recorder, steps: list[dict], nominal: float | None) -> list[str]:
    """What was foreseen of the cell and of steps that did not come to their end, and of the others what happened."""
    over = {step["index"] for step in steps if step["ended_by"]}
    ahead = [one.message for one in foreseen(study) if one.step not in over]
    return ahead + [one.message for one in empty_steps(study, steps, nominal, states_at_ends(study, recorder.table))]


#: Share of a step's charge below which what passed the other way is not worth a word.
BOTH_WAYS = 1e-3


def passed_both_ways(step: Mapping[str, Any]) -> bool:
    """Whether the current of a step charged the cell for a while and discharged it for another."""
    anodic, cathodic = step.get("anodic_charge [C]") or 0.0, step.get("cathodic_charge [C]") or 0.0
    return min(anodic, cathodic) > BOTH_WAYS * (anodic + cathodic)


def cycle_summaries(repetitions: Sequence[Cycle], steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What passed in every repetition, as far as it was begun, of a block of the protocol: the sums over its steps."""
    by_index = {step["index"]: step for step in steps}
    told = []
    for cycle in repetitions:
        begun = [by_index[index] for index in cycle.steps if index in by_index]
        if not begun:
            continue
        told.append(
            {
                "path": cycle.path,
                "cycle": cycle.number,
                "steps": [step["index"] for step in begun],
                "complete": len(begun) == len(cycle.steps) and all(step["ended_by"] for step in begun),
                "duration [s]": sum(step["duration [s]"] for step in begun),
                **{key: sum(step[key] for step in begun) for key, _ in CHARGE_MERITS.values()},
            }
        )
    return told


def _double_layers(run: Run) -> dict[str, float] | None:
    """Debye length beside the mesh, and where finite ions end, with Poisson–Nernst–Planck."""
    resolution, model = run.cell.resolution, run.cell.electrolyte
    if not model.polarises:
        return None
    told = {"debye_length [m]": model.electrolyte.debye_length}
    if resolution is not None:
        told |= {"first_cell [m]": resolution.first_cell, "area_missed": resolution.missed}
    if model.saturation is not None:
        told["saturation [mol/m3]"] = model.saturation
    return told


def _compared(reference, steps: list[dict]) -> dict[str, Any]:
    """A quoted number beside the simulated one."""
    key, si = MERITS[reference.quantity]
    step = next((s for s in steps if s["index"] == reference.step and s["ended_by"]), None)
    quoted = reference.value / si
    simulated = step[key] if step else None
    difference = None if simulated is None else simulated - quoted
    return {
        "quantity": key.split(" [")[0],
        "unit": key.split(" [")[1].rstrip("]"),
        "step": reference.step,
        "simulated": simulated,
        "quoted": quoted,
        "difference": difference,
        "relative": None if difference is None or quoted == 0 else difference / quoted,
        "source": reference.source,
    }


def _estimates(study: Study) -> list[str]:
    """Parameters that are estimates or fits, as ``role.property (material)``, and layers that are assumed."""
    found = [f"{role}.{p} ({name})" for role, (name, names) in estimates(study).items() for p in names]
    return [*found, *assumed_layers(study)]


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def table_row(summary: dict[str, Any]) -> dict[str, Any]:
    """One row of a sweep's table: parameters, status, and every step's figures of merit."""
    row: dict[str, Any] = {"case": summary["case"], "status": summary["status"], "reason": summary["reason"]}
    row |= {f"parameter: {path}": value for path, value in summary["parameters"].items()}
    for step in summary.get("steps", []):
        prefix = f"step {step['index']} ({step['kind']})"
        for key in ("value", "duration [s]", *(name for name, _ in MERITS.values()), "ended_by"):
            row.setdefault(f"{prefix}: {key}", step.get(key))
            if (error := step.get(error_of(key))) is not None:
                row.setdefault(f"{prefix}: {error_of(key)}", error)
    for reference in summary.get("reference", []):
        prefix = f"reference {reference['quantity']}, step {reference['step']} [{reference['unit']}]"
        row |= {f"{prefix}: {key}": reference[key] for key in ("simulated", "quoted", "difference", "relative")}
    row |= _metrology(summary.get("metrology", {}))
    row["balance, worst"] = max(summary.get("conservation", {}).values(), default=None)
    row["wall_time [s]"] = summary.get("wall_time [s]")
    return row


def _metrology(measured: dict[str, Any]) -> dict[str, Any]:
    """Fraction, sizes and mean effective transport of the phases of a porous sample."""
    phases = measured.get("transport", {}).get("phases", {})
    row = {}
    for name, phase in phases.items():
        for key in ("fraction", "specific_surface [1/m]", "chord_mean [m]", "local_thickness_mean [m]"):
            row[f"{name}: {key.replace('_', ' ')}"] = measured["structure"][f"{name}_{key}"]
        row[f"{name}: effective over own conductivity"] = phase["relative_mean"]
    return row
