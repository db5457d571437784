"""What to try where a step of a protocol cannot go on: what the physics forbids first, the numerics last."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from .drive import ProtocolStep
from .stepping import CLOSED_TOLERANCE, OPEN_TOLERANCE, Integrator

#: How the end is called that a stripped electrode makes, behind its name.
BARE = " metal used up"

#: Share of the bulk's concentration below which an electrolyte is said to run out of ions.
DEPLETED = 0.1

#: Sand's time, in the time that a step should take, below which its current is beyond all transport.
AT_ONCE = 1e-6

#: Distance from the open-circuit voltage that no electrode's window spans [V].
FAR = 6.0

#: Share of a lattice's sites, or of its ions, below which there are hardly any where the current enters.
NEARLY = 2e-2

#: Stoichiometries of an electrode that differ by less are one.
EVEN = 1e-2


def advice(integrator: Integrator, step: ProtocolStep, elapsed: float, field: str, end: str | None) -> str:
    """What to try, and why. Collective.

    Parameters
    ----------
    step, elapsed
        The protocol step, and for how long it has gone on [s].
    field
        In which the residual is largest.
    end
        What the current has used up, see :func:`~.ends.used_up`.
    """
    cell = integrator.cell
    if end and end.endswith(BARE):
        return (
            "a voltage limit (until: voltage) that the step meets as its metal ends, or less charge: the metal on the "
            f"{end.removesuffix(BARE)} is used up"
        )
    if end and end.startswith("electrolyte"):
        return (
            "a smaller current, or an end before that (until: concentration): the current is beyond what the "
            f"electrolyte transports, and its ions are used up at the {end.split()[-1]}"
        )
    end = end or _nearly(integrator)
    if end:
        return _of_electrode(integrator, *end.split(), elapsed)
    if step.galvanostatic and step.soonest is not None and step.soonest < AT_ONCE * step.expected_duration:
        return (
            f"a smaller current: this one would use up what is at an electrode's surface within {step.soonest:.2g} s "
            f"(Sand's time) of the {step.expected_duration:.2g} s that the step should take, so it is far beyond what "
            "diffusion transports"
        )
    if not step.galvanostatic:
        asked, rest = step.value_at(elapsed), cell.description.open_circuit_voltage()
        if abs(asked - rest) > FAR:
            return (
                f"a voltage nearer to the cell's own: {asked:.4g} V is far outside of what its electrodes span, with "
                f"{rest:.4g} V at open circuit at the start"
            )
    if field in cell.electrolyte.contents and _scarce(integrator):
        return "a smaller current or a finer mesh at the electrodes: the electrolyte is running out of ions"
    return " or ".join(_numerical(integrator))


def _nearly(integrator: Integrator) -> str | None:
    """The electrode that a given current has nearly filled or emptied where it enters, if any. Collective."""
    cell, current = integrator.cell, integrator.asked_current()
    if not cell.sets_current or not current or cell.theta is None:
        return None
    theta = integrator.history[0].values[cell.unknowns.index(cell.theta)]
    for side in cell.theta_nodes:
        # A positive current oxidises the cathode, which empties it.
        empties = (current > 0) == (side == "cathode")
        low, high = cell.stoichiometry_range(side, theta)
        if (low if empties else 1 - high) < NEARLY:
            return f"{side} {'empty' if empties else 'full'}"
    return None


def _of_electrode(integrator: Integrator, side: str, state: str, elapsed: float) -> str:
    """Of an electrode that is full or empty where the current enters it."""
    cell = integrator.cell
    theta = integrator.history[0].values[cell.unknowns.index(cell.theta)]
    low, high = cell.stoichiometry_range(side, theta)
    if high - low > EVEN:
        return (
            "a smaller current, or a voltage limit (until: voltage): the current is beyond what diffuses in the "
            f"{side}, which is {state} at its surface and not in its depth (stoichiometry {low:.4g} to {high:.4g})"
        )
    if elapsed == 0.0 and integrator.accepted == 0:
        return (
            "another physics.initial.state_of_charge, or a step of the other direction first: the "
            f"{side} is {state} at the start"
        )
    return f"a voltage limit (until: voltage), or less charge: the {side} is {state}"


def _numerical(integrator: Integrator) -> list[str]:
    """What may help where nothing is used up."""
    control = integrator.control
    found = ["a finer mesh at the electrodes (mesh.interface_size, mesh.film_size)"]
    if integrator.newton.linear == "iterative":
        found.append("solver.linear: direct")
    usual = CLOSED_TOLERANCE if integrator.cell.electrolyte.closes else OPEN_TOLERANCE
    if control.newton_tolerance is not None and control.newton_tolerance < usual:
        found.append(f"a larger solver.newton_tolerance (it is {usual:.0e} unless given)")
    return found


def _scarce(integrator: Integrator) -> bool:
    """Whether an ion is scarce somewhere in the last accepted state. Collective."""
    cell = integrator.cell
    q = integrator.history[0].values[0].reshape(-1, len(cell.electrolyte.components))
    lowest = float(np.min(cell.electrolyte.relative_contents(q), initial=1.0))
    return cell.comm.allreduce(lowest, op=MPI.MIN) < DEPLETED
