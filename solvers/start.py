"""Where a run starts: the equilibrium of charged surfaces, reached by continuation where Newton fails.

A surface that is charged at rest (a wall of fixed charge, an electrode away from its potential of zero charge) is
screened by ions. That state is the solution of one very long implicit step at no current from a uniform
electrolyte, so closed cells keep their ions. It is sought directly; where Newton's method fails, the surfaces'
charge is raised in parts, and where that stalls, from a longer Debye length, at which potentials are small.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from mpi4py import MPI

from .cell import Cell
from .domain import reduced
from .errors import ConvergenceError
from .newton import Newton

log = logging.getLogger(__name__)

#: The long step, in the slowest times of diffusion and charging.
LONG = 1e4

#: Smallest part of a continuation's way that is tried.
SMALLEST_PART = 1e-3

#: Residual wanted, relative to the charge that is screened, and allowed where rounding ends earlier, to all ions.
#: The charge that is left over flows in the first time step, which may be short.
TOLERANCE, ATTAINABLE = 1e-13, 1e-9

#: Permittivity the second continuation starts from, in its own.
STRETCH = 1e4


def follow(solve_at: Callable[[float], bool], restore: Callable[[], None], keep: Callable[[], None]) -> bool:
    """Go from 0 to 1 in parts that double where ``solve_at`` succeeds and halve where it fails.

    Parameters
    ----------
    solve_at
        Solves at a share of the way from the state at hand; tells whether it converged.
    restore, keep
        Put back, and replace, the last good state.

    Returns
    -------
    bool
        Whether 1 was reached.
    """
    share, part = 0.0, 1.0
    while share < 1.0:
        goal = min(1.0, share + part)
        if solve_at(goal):
            keep()
            share, part = goal, 2 * part
            continue
        restore()
        part /= 2
        if part < SMALLEST_PART:
            return False
        log.info("start: Newton failed at %.3g of the way; going there in parts of %.3g", goal, part)
    return True


def equilibrate(cell: Cell, newton: Newton) -> None:
    """Bring the cell's functions from a uniform electrolyte to equilibrium with its charged surfaces.

    Nothing is done where no surface is charged at rest. The control is left at no current.

    Raises
    ------
    ConvergenceError
        Neither continuation reaches the full charge.
    """
    if not cell.charged_at_rest:
        return
    _set_long_step(cell)
    for (_, old, older), values in zip(cell.history, _copy(cell), strict=True):
        old.x.array[:], older.x.array[:] = values, values
    scale, contents = _screened_charge(cell), _mobile_charge(cell)
    good = _copy(cell)
    cell.old_charge_share.value = 0.0

    def keep() -> None:
        good[:] = _copy(cell)

    def restore() -> None:
        for function, values in zip(cell.unknowns, good, strict=True):
            function.x.array[:] = values

    def solve() -> bool:
        newton.renew()
        return newton.solve(TOLERANCE * scale, ATTAINABLE * (scale + contents)).converged

    def charge(share: float) -> bool:
        cell.charge_share.value = share
        return solve()

    def stretch(share: float) -> bool:
        cell.electrolyte.stretch(STRETCH ** (1 - share))
        return solve()

    start = _copy(cell)
    reached = follow(charge, restore, keep)
    if not reached:
        log.info("start: raising the charge stalled; going there from a longer Debye length")
        good[:] = start
        restore()
        cell.charge_share.value = 1.0
        cell.electrolyte.stretch(STRETCH)
        reached = follow(stretch, restore, keep)
        cell.electrolyte.stretch(1.0)
    cell.charge_share.value = cell.old_charge_share.value = 1.0
    newton.renew()
    if not reached:
        raise ConvergenceError(
            time=0.0,
            step=0,
            field=newton.worst_field(),
            reason="no equilibrium was found between the electrolyte and its charged surfaces",
            advice="a smaller surface charge, a potential of zero charge nearer the electrode's own, or a finer mesh",
            protocol_step=0,
        )
    cell.level_potential()


def _set_long_step(cell: Cell) -> None:
    """BDF1 over many times of diffusion along the electrolyte and of charging by the reactions, at no current."""
    x = cell.electrolyte_region.mesh.geometry.x
    lowest = reduced(cell.comm, x.min(axis=0, initial=np.inf), MPI.MIN)
    highest = reduced(cell.comm, x.max(axis=0, initial=-np.inf), MPI.MAX)
    extent = float((highest - lowest).max())
    slowest = min(ion.diffusivity for ion in cell.electrolyte.electrolyte.ions) / cell.scales.diffusivity
    time = max(extent**2 / slowest, *(_charging_time(cell, name) for name in cell.surfaces))
    rate = 1.0 / (LONG * time)
    for constant, value in zip(cell.bdf, (rate, -rate, 0.0), strict=True):
        constant.value = value
    cell.rate_scale.value = 1.0
    cell.galvanostatic.value = 1.0
    cell.applied_current.value = 0.0


def _charging_time(cell: Cell, name: str) -> float:
    """C RT/(F i₀) [t₀], in which a reaction charges its surface; 0 where nothing reacts or is charged."""
    electrode = cell.description.electrode(name)
    if electrode.material is None or electrode.double_layer is None:
        return 0.0
    diffuse = np.sqrt(cell.electrolyte.permittivity) * cell.scales.charge_density
    layer = electrode.double_layer
    charge = abs(layer.surface_charge or 0.0) or (layer.stern_capacitance or 0.0) * cell.scales.potential or diffuse
    return charge / electrode.material.exchange_current_density / cell.scales.time


def _screened_charge(cell: Cell) -> float:
    """Size of the charge on all surfaces, F c₀ L₀³; at least that of a thermal voltage across a diffuse layer."""
    unit = cell.scales.charge_density
    total = sum(abs(sigma) / unit * cell.area(name) for name, sigma in cell.description.wall_charge.items())
    diffuse = np.sqrt(cell.electrolyte.permittivity)
    return total + diffuse * sum(cell.area(f"{name}_surface") for name in cell.surfaces)


def _mobile_charge(cell: Cell) -> float:
    """Σ |z| c V of the bulk's ions, F c₀ L₀³: their rows cannot be rounder than that."""
    return cell.electrolyte_volume * float(np.abs(cell.electrolyte.bulk * cell.electrolyte.charges).sum())


def _copy(cell: Cell) -> list[np.ndarray]:
    return [f.x.array.copy() for f in cell.unknowns]
