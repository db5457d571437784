r"""How wrong a time step is: the distance of its solution from what the states before predicted.

The predictor is the polynomial through the last states; its distance from the solution, times the step's share of the
time that the polynomial spans, estimates the local error of BDF2 (of BDF1 at a start). Each of these counts against
the tolerance by itself, and the worst decides:

- every ion's concentration (or the salt's) relative to the bulk's, and the stoichiometry: root mean square over the
  nodes of their region, and over the nodes of each electrode's surface, where laws act;
- the cell voltage, :data:`VOLTAGE_WEIGHT` per RT/F;
- where the voltage is set, the current, :data:`CURRENT_WEIGHT` relative to itself.

Voltage and current jump with the control: they are predicted from states after its last jump alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from .cell import Cell
from .description import ELECTRODES
from .domain import reduced

#: Above this many times the bulk's, as in a double layer, a concentration's error counts relative to itself.
CROWDED = 3.0

#: Weight of the voltage's error [RT/F] and of the current's relative error beside those of the fields.
VOLTAGE_WEIGHT, CURRENT_WEIGHT = 0.1, 1.0

#: Weight of the root mean square over an electrode's surface, where every law acts.
SURFACE_WEIGHT = 2.0


@dataclass(frozen=True)
class LocalError:
    """Estimated local error of a time step.

    Attributes
    ----------
    fields
        The worst of the concentrations' and stoichiometries', weighted.
    voltage
        Of the cell voltage, with its sign [RT/F]; ``None`` where nothing could be told.
    current
        Of the current where the voltage is set, with its sign, in the scaled unit; ``None`` else.
    worst
        Of everything over the tolerance.
    """

    fields: float = 0.0
    voltage: float | None = None
    current: float | None = None
    worst: float = 0.0


class TimeError:
    """Compares the state that a cell holds with a prediction."""

    def __init__(self, cell: Cell):
        self.cell = cell
        self.components = len(cell.electrolyte.components)
        self._salt_nodes = self._groups(cell.q, cell.electrolyte_region)
        self._theta_nodes = [] if cell.theta is None else self._groups(cell.theta, cell.active_region)

    def _groups(self, function, region) -> list[tuple[float, np.ndarray]]:
        """Weight and owned nodes: of the whole region, and of each electrode's surface."""
        space, domain = function.function_space, self.cell.domain
        owned = space.dofmap.index_map.size_local
        groups = [(1.0, np.arange(owned))]
        for name in ELECTRODES:
            facets = domain.submesh_facets(region, f"{name}_surface")
            nodes = fem.locate_dofs_topological(space, domain.mesh.topology.dim - 1, facets)
            groups.append((SURFACE_WEIGHT, nodes[nodes < owned]))
        return groups

    def __call__(
        self,
        predicted: list[np.ndarray],
        share: float,
        algebraic_share: float | None,
        predicted_current: float | None,
        current: float,
        current_scale: float,
        tolerance: float,
    ) -> LocalError:
        """The error of the state that the cell holds. Collective.

        Parameters
        ----------
        predicted
            Values of every unknown.
        share, algebraic_share
            Of the time that the polynomials span, of contents and of voltage and current; ``None``: not predicted.
        predicted_current, current, current_scale
            Where the voltage is set, in one unit; the scale bounds the relative error from below.
        """
        cell = self.cell
        now, expected = (
            cell.electrolyte.relative_contents(values.reshape(-1, self.components))
            for values in (cell.q.x.array, predicted[0])
        )
        distance = (now - expected) / np.maximum(now / CROWDED, 1.0)
        sums, weights = [], []
        for weight, nodes in self._salt_nodes:
            # Each ion by itself: which of them errs most is known after the sum over ranks.
            sums += [(float(column), len(nodes)) for column in np.sum(distance[nodes] ** 2, axis=0)]
            weights += [weight] * distance.shape[1]
        if cell.theta is not None:
            distance = cell.theta.x.array - predicted[cell.unknowns.index(cell.theta)]
            for weight, nodes in self._theta_nodes:
                sums.append((float(np.sum(distance[nodes] ** 2)), len(nodes)))
                weights.append(weight)
        totals = reduced(cell.comm, sums)
        squares = np.divide(totals[:, 0], totals[:, 1], out=np.zeros(len(totals)), where=totals[:, 1] > 0)
        fields = share * float(np.max(np.array(weights) * np.sqrt(squares)))
        voltage = current_error = None
        errors = [fields]
        if algebraic_share is not None:
            voltage = algebraic_share * (float(cell.V.x.array[0]) - float(predicted[-1][0]))
            errors.append(VOLTAGE_WEIGHT * abs(voltage))
            if predicted_current is not None:
                current_error = algebraic_share * (current - predicted_current)
                errors.append(CURRENT_WEIGHT * abs(current_error) / max(abs(current), current_scale))
        worst = max(errors) / tolerance
        return LocalError(fields, voltage, current_error, worst if np.isfinite(worst) else np.inf)
