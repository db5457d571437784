r"""Where the mesh is too coarse for a field: the error of its gradient in every cell, from the solution itself.

In a region :math:`\Omega` the indicator of a field :math:`u_h` in a cell :math:`K` is

.. math:: \eta_K = \sqrt{\frac{|K|^{-1}\int_K |G-\nabla u_h|^2\,dx}{|\Omega|^{-1}\int_\Omega |\nabla u_h|^2\,dx}}

with :math:`G` a recovered gradient that is more accurate than :math:`\nabla u_h`: root mean square of the error in the
cell over that of the gradient in the region, a number (in the files in %). The root of the volume-weighted mean of
:math:`\eta_K^2` over the region is the relative error of the gradient in the whole region.

Linear elements: :math:`\nabla u_h` is constant in a cell. :math:`G` is linear, and at a node the mean of the cells
around it, weighted by their volumes (O. C. Zienkiewicz and J. Z. Zhu, Int. J. Numer. Meth. Engng 24 (1987) 337).

Quadratic elements: the same mean at the nodes recovers too little, since the leading errors of the cells around a node
are alike there. The second derivatives, constant in a cell, are averaged in the same way. The slopes of their linear
interpolant are third derivatives, and the error is the gradient of what a quadratic interpolant misses of that cubic
(R. E. Bank, J. Xu and B. Zheng, SIAM J. Numer. Anal. 45 (2007) 2032). Gradients that jump from cell to cell show where
even the second derivatives are wrong; the larger of the two counts.

Cells of one region only are averaged, since gradients jump where materials meet. Fields of the element's own degree
have no error. What neighbouring cells do not show is not seen: a layer within a single cell passes as exact.
"""

from __future__ import annotations

from functools import cached_property

import basix
import numpy as np
from dolfinx import fem, la
from mpi4py import MPI

from .domain import reduced

EDGES = np.array(basix.topology(basix.CellType.tetrahedron)[1])

#: Gradients below this many times what rounding makes of a constant are none.
ROUNDING = 1e3 * np.finfo(float).eps


class GradientError:
    """The indicator of one function in one region.

    Parameters
    ----------
    function
        Lagrange elements of degree 1 or 2 on tetrahedra, scalar or blocked; its values are read at every call.
    cells
        Cells of the region that this rank owns, local numbers. Some ranks may have none.
    """

    def __init__(self, function: fem.Function, cells: np.ndarray):
        space = function.function_space
        self.function, self.mesh = function, space.mesh
        self.comm = self.mesh.comm
        self.dofs = space.dofmap.list[cells]
        self.nodes = self.mesh.geometry.dofmaps[0][cells]
        if self.dofs.shape[1] not in (4, 10):
            raise ValueError("the error of the gradient is known for linear and quadratic elements")

    def __call__(self) -> np.ndarray:
        r""":math:`\eta_K` of every cell and component, shape (cells, components); 0 of uniform fields. Collective."""
        values = self._values()
        if self.dofs.shape[1] == 4:
            gradient = self._gradient(values, np.zeros(4))
            missed = self._averaged(gradient) - gradient[:, None]
            size, error = (gradient**2).sum(-1), _mean_square(missed)
        else:
            corners = np.stack([self._gradient(values, corner) for corner in np.eye(4)], axis=1)
            size, jumps = _mean_square(corners), _mean_square(self._averaged_at_corners(corners) - corners)
            error = np.maximum(jumps, self._missed_by_quadratics(self._averaged(self._second_derivatives(values))))
        total = self._mean(size)
        return np.sqrt(error / np.where(total > self._rounding(), total, np.inf))

    # ------------------------------------------------------------------ the cells
    @cached_property
    def _shape(self) -> tuple[np.ndarray, np.ndarray]:
        """Gradients of the barycentric coordinates, shape (cells, 4, 3), and volumes."""
        x = self.mesh.geometry.x[self.nodes]
        edges = x[:, 1:] - x[:, :1]
        slopes = np.swapaxes(np.linalg.inv(edges), 1, 2)
        return np.concatenate([-slopes.sum(axis=1, keepdims=True), slopes], axis=1), np.abs(np.linalg.det(edges)) / 6

    def _values(self) -> np.ndarray:
        """Of every cell's dofs against its first, of which gradients know nothing: (cells, dofs, components)."""
        values = self.function.x.array.reshape(-1, self.function.function_space.dofmap.bs)[self.dofs]
        return values - values[:, :1]

    def _gradient(self, values: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Gradients (cells, components, 3) of nodal values at barycentric coordinates (of no matter if linear)."""
        slopes = self._shape[0]
        if values.shape[1] == 4:
            return np.einsum("ciu,cik->cuk", values, slopes)
        a, b = EDGES.T
        shapes = [
            (4 * place - 1)[:, None] * slopes,
            4 * (place[a, None] * slopes[:, b] + place[b, None] * slopes[:, a]),
        ]
        return np.einsum("ciu,cik->cuk", values, np.concatenate(shapes, axis=1))

    def _second_derivatives(self, values: np.ndarray) -> np.ndarray:
        """Of quadratic elements, shape (cells, components, 3, 3)."""
        slopes = self._shape[0]
        products = slopes[:, :, :, None] * slopes[:, :, None]
        a, b = EDGES.T
        mixed = slopes[:, a, :, None] * slopes[:, b, None]
        shapes = 4 * np.concatenate([products, mixed + np.swapaxes(mixed, 2, 3)], axis=1)
        return np.einsum("ciu,cikl->cukl", values, shapes)

    # ------------------------------------------------------------------ recovery
    def _averaged(self, values: np.ndarray) -> np.ndarray:
        """Values of cells (cells, …) as volume-weighted means at their corners (cells, 4, …). Collective."""
        return self._averaged_at_corners(np.broadcast_to(values[:, None], (len(values), 4, *values.shape[1:])))

    def _averaged_at_corners(self, values: np.ndarray) -> np.ndarray:
        """The same of values at the corners of cells (cells, 4, …) that jump from cell to cell. Collective."""
        width = int(np.prod(values.shape[2:]))
        sums = la.vector(self.mesh.geometry.index_map(), width + 1)
        nodal = sums.array.reshape(-1, width + 1)
        weights = self._shape[1][:, None]
        for corner, rows in zip(self.nodes.T, np.moveaxis(values, 1, 0), strict=True):
            np.add.at(nodal, corner, np.column_stack([rows.reshape(-1, width) * weights, weights]))
        sums.scatter_reverse(la.InsertMode.add)
        sums.scatter_forward()
        means = nodal[self.nodes]
        return (means[..., :-1] / means[..., -1:]).reshape(values.shape)

    def _missed_by_quadratics(self, second: np.ndarray) -> np.ndarray:
        """Mean square in the cells of the gradient that quadratic elements miss of a field with second derivatives
        ``second`` at the corners (cells, 4, components, 3, 3): (cells, components).
        """
        slopes = self._shape[0]
        third = np.einsum("cvukl,cvm->cuklm", second, slopes)
        third = (third + np.moveaxis(third, 4, 2) + np.moveaxis(third, 4, 3)) / 3
        x = self.mesh.geometry.x[self.nodes]
        x = x - x.mean(axis=1, keepdims=True)
        nodes = np.concatenate([x, x[:, EDGES].mean(axis=2)], axis=1)
        cubic = np.einsum("cuklm,cik,cil,cim->ciu", third, nodes, nodes, nodes, optimize=True) / 6
        points, weights = basix.make_quadrature(basix.CellType.tetrahedron, 4)
        result = np.zeros(cubic[:, 0].shape)
        for point, weight in zip(points, weights / weights.sum(), strict=True):
            place = np.array([1 - point.sum(), *point])
            at = np.einsum("i,cik->ck", place, x)
            true = np.einsum("cuklm,ck,cl->cum", third, at, at, optimize=True) / 2
            result += weight * ((true - self._gradient(cubic, place)) ** 2).sum(-1)
        return result

    # ------------------------------------------------------------------ the region
    def _mean(self, squares: np.ndarray) -> np.ndarray:
        """Mean over the region of values of cells (cells, components). Collective."""
        volumes = self._shape[1]
        sums = reduced(self.comm, [*(volumes @ squares), volumes.sum()])
        return sums[:-1] / sums[-1]

    def _rounding(self) -> np.ndarray:
        """Mean square of the gradients that rounding makes, by component. Collective."""
        bs = self.function.function_space.dofmap.bs
        values = np.abs(self.function.x.array.reshape(-1, bs)[self.dofs])
        largest = reduced(self.comm, values.max(axis=(0, 1), initial=0.0), MPI.MAX)
        slopes = (self._shape[0] ** 2).sum(axis=(1, 2))
        return (ROUNDING * largest) ** 2 * self._mean(slopes[:, None])


def _mean_square(corners: np.ndarray) -> np.ndarray:
    """Mean square in the cells of vectors that are linear there: (cells, 4, components, 3) to (cells, components)."""
    return ((corners.sum(axis=1) ** 2).sum(-1) + (corners**2).sum(axis=(1, 3))) / 20
