"""The state right after a jump of the control, near enough for Newton's method.

Right after a jump concentrations, stoichiometries and the charge of surfaces are as before, and potentials are not.
Two numbers of them bear the exponentials of the kinetics: the mean potential of the electrolyte, to which the anode
answers, and the cell voltage, to which the cathode answers. Where the current is set, each follows from one monotone
scalar equation (:class:`Levels`); what is left for Newton's method are ohmic drops, which are linear.

A voltage that is far from where the cell stands is reached through the current (:func:`approach`): the one that flows
at it is searched for by steps of given current. Where that fails, the control is moved there in parts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from scipy.optimize import brentq

from .cell import Cell
from .observe import Observer
from .stepping import Integrator

log = logging.getLogger(__name__)

#: Share of the current in which the levels are met.
CLOSE = 1e-3

#: Farthest that a level is moved [RT/F].
FARTHEST = 512.0

#: Steps of given current by which a voltage is searched for at most.
SEARCHES = 40

#: A voltage as near as this is reached by Newton's method [RT/F].
NEAR = 1.0

#: Smallest part of the way that is tried.
SMALLEST_PART = 1e-4


class Levels:
    """Moves the electrolyte's potential and the cell voltage until both electrodes pass a current."""

    def __init__(self, cell: Cell, observe: Observer):
        self.cell, self.observe = cell, observe

    def __call__(self) -> None:
        """Do so at the state, the coefficients and the control that the cell holds. Collective."""
        cell = self.cell
        if not cell.sets_current:
            return
        current = float(cell.applied_current.value) * cell.scales.current
        level = cell.electrolyte.level
        q = cell.q.x.array.reshape(-1, len(level))
        start, voltage = q.copy(), cell.V.x.array.copy()

        def lost(shift: float) -> float:
            q[:] = start + shift * level
            return -(self.observe.electrode_current("anode") + current)

        def missing(shift: float) -> float:
            cell.V.x.array[:] = voltage + shift
            return self.observe.electrode_current("cathode") - current

        for mismatch in (lost, missing):
            shift = _rising_root(mismatch, CLOSE * abs(current))
            mismatch(shift)


def _rising_root(function: Callable[[float], float], tolerance: float) -> float:
    """Near 0, where a rising function vanishes; 0 where it does not within reach."""
    here = function(0.0)
    if abs(here) <= tolerance:
        return 0.0
    sign, near, far = (-1.0 if here > 0 else 1.0), 0.0, 1.0
    while function(sign * far) * here > 0:
        near, far = far, 2 * far
        if far > FARTHEST:
            return 0.0
    return float(brentq(function, sign * near, sign * far, xtol=1e-6, rtol=1e-9, maxiter=80))


def approach(integrator: Integrator, dt: float, go: Callable[[float], None], unit: float) -> bool:
    """Find a state near that of the control at the start's first half; it becomes the integrator's guess.

    Parameters
    ----------
    integrator
        At a start; its control is the one to be reached.
    dt
        Length of the start [s].
    go
        Asks for a share of the way from where the control was to where it is.
    unit
        A current typical of the cell [A].

    Returns
    -------
    bool
        Whether it was found.
    """
    cell = integrator.cell
    integrator.reject()
    go(1.0)
    integrator.drive(integrator.time + dt / 2)
    log.debug("t = %.6g s: Newton's method did not follow the jump; going there in parts", integrator.time)
    charge = integrator.charge
    # On the way what counts is the current of the moment.
    integrator.charge = lambda begin, end: (end - begin) * integrator.asked_current()
    try:
        if not cell.sets_current and _through_current(integrator, dt / 2, unit):
            return True
        reached = _in_parts(integrator, dt / 2, go)
    finally:
        integrator.charge = charge
    go(1.0)
    return reached


def _through_current(integrator: Integrator, dt: float, unit: float) -> bool:
    """Search for the current that flows at the voltage asked for."""
    cell, drive = integrator.cell, integrator.drive
    target = float(cell.applied_voltage.value)
    here = (cell.voltage) / cell.scales.potential
    if not abs(target - here) > NEAR:
        return False
    sign = 1.0 if target > here else -1.0
    scale = integrator.current_scale

    def solve(current: float) -> float | None:
        """Distance beyond the target [RT/F]; ``None`` where no such current can flow."""

        def ask(_time: float) -> None:
            cell.galvanostatic.value, cell.applied_current.value = 1.0, current / cell.scales.current

        integrator.drive = ask
        integrator.current_scale = max(abs(current) / cell.scales.current, scale)
        if not integrator.solve(dt).report.converged:
            return None
        return sign * (cell.voltage / cell.scales.potential - target)

    try:
        found = _bracketed(solve, sign, unit, integrator)
    finally:
        integrator.drive, integrator.current_scale = drive, scale
        integrator.drive(integrator.time + dt)
    if not found:
        integrator.forget_guess()
    return found


def _bracketed(solve, sign: float, unit: float, integrator: Integrator) -> bool:
    """Widen, then narrow, a bracket of the current's size around the target."""
    low, beyond_low, high, beyond_high = 0.0, None, None, None
    size = unit
    for _ in range(SEARCHES):
        beyond = solve(sign * size)
        if beyond is not None:
            integrator.guess_from_cell()
            if abs(beyond) < NEAR:
                return True
        if beyond is None or beyond > 0:
            high, beyond_high = size, beyond
        else:
            low, beyond_low = size, beyond
        if high is None:
            size = 8 * low
        elif beyond_low is None:
            size = high / 64
        elif beyond_high is None or low < high / 16:
            size = (low * high) ** 0.5
        else:
            # Ohmic drops make it nearly linear.
            share = -beyond_low / (beyond_high - beyond_low)
            size = low + (high - low) * min(max(share, 0.1), 0.9)
        if high is not None and high - low < 1e-6 * high:
            return False
    return False


def _in_parts(integrator: Integrator, dt: float, go: Callable[[float], None]) -> bool:
    """Move the control in parts that double where Newton's method follows and halve where it does not."""
    share, part = 0.0, 0.25
    while share < 1.0 and part > SMALLEST_PART:
        goal = min(1.0, share + part)
        go(goal)
        if integrator.solve(dt).report.converged:
            share, part = goal, 2 * part
            integrator.guess_from_cell()
        else:
            part /= 2
    if share < 1.0:
        integrator.forget_guess()
    return share == 1.0
