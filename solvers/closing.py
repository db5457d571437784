r"""Conservative closing of a time step: contents follow exactly what passed.

Newton's method stops when the residual is small beside the current, and leaves each balance open by as much. The rows
of the contents are linear in what is stored, so they are closed by one shift instead of by further iterations: with
the flows J that count (the current that the control asks for, where it sets one), the salt's amount and the content of
each insertion electrode are moved until

.. math::
    \sum_k a_k\,m_{n+1-k} = J

holds to rounding. The salt is multiplied by one factor, a stoichiometry moves by a multiple of θ(1 − θ), so neither
leaves its bounds. The shift is as small as Newton's tolerance and changes no gradient of ln c.

What is asked for and what the kinetics pass differ by Newton's tolerance, and that difference is reported
(:attr:`Flows.mismatch`), it does not add up over time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import ufl

from .cell import Cell
from .description import ELECTRODES
from .domain import reduced

#: Distance that a stoichiometry keeps from 0 and 1.
INNERMOST = 1e-15

#: A shift above this share says that Newton's method had not converged; then nothing is closed.
LARGEST = 0.05


@dataclass(frozen=True)
class Flows:
    """What crosses the surfaces at one time, SI, of the simulated domain.

    Attributes
    ----------
    current, anode_current
        Through the cathode's and the anode's surface [A], positive when it is oxidised.
    reaction
        Current of the reaction at each electrode [A]: without what charges its surface.
    inflow, exchange
        Rate at which electrodes add to the salt or to every ion [mol/s], and the sum of its sizes over both.
    mismatch
        Largest difference of either electrode's current from the one asked for [A].
    asked
        The current asked for at this time [A], where one is. ``current`` is then what brings the charge asked for since
        the last time step by the time integrator's formula: the same unless the current asked for changes.
    """

    current: float
    anode_current: float
    reaction: dict[str, float]
    inflow: dict[str, float] = field(default_factory=dict)
    exchange: dict[str, float] = field(default_factory=dict)
    mismatch: float = 0.0
    asked: float | None = None

    def settled(self, asked: float | None, counting: float | None) -> Flows:
        """The flows that count: one current through both electrodes.

        ``asked`` is the one asked for now and ``counting`` what brings the charge asked for, both ``None`` where the
        voltage is set.
        """
        now, current = (self.current, self.current) if asked is None else (asked, counting)
        mismatch = max(abs(self.current - now), abs(self.anode_current + now))
        reaction = dict(self.reaction)
        for name, through, total in (
            ("cathode", self.current, current),
            ("anode", self.anode_current, -current),
        ):
            # What charges the surface stays, the reaction carries the rest.
            reaction[name] += total - through
        return replace(self, current=current, anode_current=-current, reaction=reaction, mismatch=mismatch, asked=asked)


class Closing:
    """Closes the balances of one cell with a binary salt."""

    def __init__(self, cell: Cell):
        self.cell = cell
        domain, electrolyte = cell.domain, cell.electrolyte
        rate = amount = 0
        for name in cell.electrolytes:
            share = cell.constant(cell.porosity(name))
            states = [electrolyte.tracked_concentrations(q)["salt"] for q in cell.history[0]]
            rate += share * sum(a * c for a, c in zip(cell.bdf, states, strict=True)) * domain.storage(name)
            amount += share * states[0] * domain.storage(name)
        self._salt_rate, self._salt_amount = cell.compile(rate), cell.compile(amount)
        self._salt_unit = cell.scales.concentration * cell.scales.length**3 / cell.scales.time
        self._weights = {}
        for name in ELECTRODES:
            if cell.description.electrode(name).inserts:
                test = ufl.TestFunction(cell.theta.function_space)
                self._weights[name] = cell.nodal(test * domain.storage(name))

    def __call__(self, flows: Flows) -> None:
        """Move the contents of the state that the cell holds to what flowed in the step. Collective."""
        cell = self.cell
        a0 = float(cell.bdf[0].value)
        missing = cell.domain.integrate(self._salt_rate) - flows.inflow["salt"] / self._salt_unit
        share = -missing / a0 / cell.domain.integrate(self._salt_amount)
        if abs(share) < LARGEST:
            # q holds ln c first.
            cell.q.x.array.reshape(-1, len(cell.electrolyte.components))[:, 0] += np.log1p(share)
        for name, weights in self._weights.items():
            self._close_solid(name, weights, flows.reaction[name])

    def _close_solid(self, name: str, weights: np.ndarray, reaction: float) -> None:
        cell = self.cell
        material = cell.description.electrode(name).material
        k = cell.unknowns.index(cell.theta)
        owned = cell.theta.function_space.dofmap.index_map.size_local
        now, old, older = (f.x.array for f in cell.history[k])
        a0, _, a2 = (float(a.value) for a in cell.bdf)
        # Of what Newton's method left beyond the bounds of a lattice, by its tolerance, the shift makes up.
        np.clip(now, INNERMOST, 1 - INNERMOST, out=now, where=cell.bounded)
        # A capacitive film has no bounds to keep.
        room = np.where(cell.bounded, now * (1 - now), 1.0)
        w = weights[:owned]
        # From differences: the contents themselves would cost their digits where a step is short.
        change = a0 * (w @ (now - old)[:owned]) - a2 * (w @ (old - older)[:owned])
        change, place = reduced(cell.comm, [change, w @ room[:owned]])
        capacity = material.ion_charge * material.c_max / cell.scales.concentration
        target = -reaction / cell.scales.current / capacity
        shift = (target - change) / a0 / place if place else 0.0
        if abs(shift) < LARGEST:
            now[weights != 0.0] += shift * room[weights != 0.0]
