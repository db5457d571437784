"""Values of expressions at the nodes of an electrode's surface, so that sums over nodes are integrals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import ufl
from dolfinx import fem, la

from .domain import reduced


class NodalSurface:
    """Projects expressions onto linear elements with a lumped mass: v_i = ∫ f φ_i dA / ∫ φ_i dA.

    With linear elements, whose surface integrals take values at the nodes, that is the value there; with any others
    a local mean. Either way Σ v_i w_i is the integral of f.

    Parameters
    ----------
    cell
        The coupled problem.
    name
        ``anode`` or ``cathode``.
    expressions
        UFL scalars on its surface.

    Attributes
    ----------
    space
        Linear elements on the electrolyte.
    nodes
        Local nodes of the surface, owned and ghost.
    weights
        w_i in m², shape (local nodes,); zero off the surface.
    """

    def __init__(self, cell, name: str, expressions: Sequence):
        self.cell, self.name = cell, name
        self.space = cell.surface_space
        self.owned = self.space.dofmap.index_map.size_local
        one = cell.constant(1.0)
        unit = cell.scales.length**2
        self.weights = self._assemble(self._form(one)) * unit
        self.nodes = np.flatnonzero(self.weights)
        self._forms = [self._form(expression) for expression in expressions]

    def _form(self, expression):
        test = self.cell.on_side(ufl.TestFunction(self.space), f"{self.name}_surface")
        return self.cell.compile(expression * test * self.cell.domain.surface(f"{self.name}_surface"))

    def _assemble(self, form) -> np.ndarray:
        vector = fem.assemble_vector(form)
        vector.scatter_reverse(la.InsertMode.add)
        vector.scatter_forward()
        return vector.array.copy()

    def __call__(self) -> list[np.ndarray]:
        """Values at all local nodes by expression, zero off the surface. Collective."""
        area = self.weights / self.cell.scales.length**2
        values = []
        for form in self._forms:
            value = self._assemble(form)
            value[self.nodes] /= area[self.nodes]
            values.append(value)
        return values

    @cached_property
    def area(self) -> float:
        """Of the whole surface [m²]. Collective when first asked for."""
        return self.integral(np.ones_like(self.weights))

    def integral(self, values: np.ndarray) -> float:
        """∫ over the surface of nodal values, in their unit times m². Collective."""
        return float(reduced(self.cell.comm, [values[: self.owned] @ self.weights[: self.owned]])[0])
