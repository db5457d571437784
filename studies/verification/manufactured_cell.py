"""A manufactured solution of the whole cell: two regions, an interface, all fields, the cell's own Newton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import mesh as dmesh
from mpi4py import MPI

from ...geometry import TaggedMesh
from ...solvers.cell import Cell
from ...solvers.description import CellDescription
from ...solvers.electrolyte import electroneutral
from .manufactured import Errors, error_norms, refine
from .result import Result
from .systems import TEMPERATURE, binary_electrolyte, insertion, metal, newton_of

#: Cells along the bar, by polynomial degree; half of them lie in the electrolyte.
DIVISIONS = {1: (8, 16, 24), 2: (8, 12, 16)}

#: Sides of the bar that carry no electrode, by the region they bound: natural fluxes are prescribed there.
_TAGS = {"electrolyte": 1, "cathode": 3}
_BOUNDARIES = {
    "anode_surface": 11,
    "cathode_surface": 12,
    "cathode_contact": 14,
    "electrolyte_sides": 21,
    "cathode_sides": 22,
}


def _two_regions(n: int) -> TaggedMesh:
    """Bar 1 × ½ × ½: metal anode at x = 0, electrolyte to x = ½, insertion cathode with its contact at 1."""
    corners = [np.zeros(3), np.array([1.0, 0.5, 0.5])]
    domain = dmesh.create_box(MPI.COMM_WORLD, corners, [n, n // 2, n // 2])
    tdim = domain.topology.dim
    cells = np.arange(domain.topology.index_map(tdim).size_local, dtype=np.int32)
    middle = dmesh.compute_midpoints(domain, tdim, cells)[:, 0]
    regions = np.where(middle < 0.5, _TAGS["electrolyte"], _TAGS["cathode"]).astype(np.int32)
    planes = {"anode_surface": 0.0, "cathode_surface": 0.5, "cathode_contact": 1.0}
    found = {
        name: dmesh.locate_entities(domain, tdim - 1, lambda x, at=at: np.isclose(x[0], at))
        for name, at in planes.items()
    }
    domain.topology.create_connectivity(tdim - 1, tdim)
    sides = dmesh.exterior_facet_indices(domain.topology)
    sides = np.setdiff1d(sides, np.concatenate(list(found.values()))).astype(np.int32)
    left = dmesh.compute_midpoints(domain, tdim - 1, sides)[:, 0] < 0.5
    found |= {"electrolyte_sides": sides[left], "cathode_sides": sides[~left]}
    facets = np.concatenate(list(found.values())).astype(np.int32)
    values = np.concatenate([np.full(len(entities), _BOUNDARIES[name], np.int32) for name, entities in found.items()])
    order = np.argsort(facets)
    return TaggedMesh(
        domain,
        dmesh.meshtags(domain, tdim, cells, regions),
        dmesh.meshtags(domain, tdim - 1, facets[order], values[order]),
        _TAGS,
        _BOUNDARIES,
        length_unit=1e-6,
    )


@dataclass(frozen=True)
class _Exact:
    """Fields that are to solve the coupled problem, as UFL expressions of the position; V a number."""

    u: object
    phi: object
    theta: object
    psi: object
    V: float


def _exact_fields(domain) -> _Exact:
    x, y, z = ufl.SpatialCoordinate(domain)
    return _Exact(
        u=0.3 * ufl.sin(x + 0.5 * y) + 0.2 * ufl.cos(y - z),
        phi=0.4 * ufl.cos(0.8 * x - y) + 0.3 * ufl.sin(z + x),
        theta=0.5 + 0.15 * ufl.sin(1.2 * x + y) * ufl.cos(z - 0.5 * y),
        psi=(1 - x) * (0.5 + 0.3 * ufl.cos(y + x) * ufl.sin(0.7 * z + 0.3)),
        V=2.0,
    )


def _add_sources(cell: Cell, exact: _Exact) -> None:
    """Extend the cell's residuals so that the exact fields solve them, interfacial currents included."""
    domain, d = cell.domain, cell.description
    normal = ufl.FacetNormal(domain.mesh)
    salt_flux = electroneutral.anion_flux(cell.electrolyte.transport, exact.u, exact.phi)
    ionic = electroneutral.current(cell.electrolyte.transport, exact.u, exact.phi)
    material, scales = d.cathode.material, cell.scales
    capacity = material.c_max / scales.concentration
    into_solid = capacity * material.diffusivity / scales.diffusivity * ufl.grad(exact.theta)
    electronic = material.conductivity / scales.conductivity * ufl.grad(exact.psi)
    q_row, theta_row, psi_row, voltage_row = range(4)
    w, z = ufl.TestFunction(cell.q.function_space)
    q, p = ufl.TestFunction(cell.theta.function_space), ufl.TestFunction(cell.psi.function_space)
    # The old fields are zero: the discrete rates are exp(u) − 1 and θ.
    salt_source = ufl.exp(exact.u) - 1 + ufl.div(salt_flux)
    dx, sides = domain.dx("electrolyte"), domain.surface("electrolyte_sides")
    extra = -(salt_source * w + ufl.div(ionic) * z) * dx
    extra += (ufl.inner(salt_flux, normal) * w + ufl.inner(ionic, normal) * z) * sides
    dx, sides = domain.dx("cathode"), domain.surface("cathode_sides")
    theta_source = capacity * exact.theta - ufl.div(into_solid)
    theta_extra = -theta_source * q * dx - ufl.inner(into_solid, normal) * q * sides
    theta_extra -= ufl.inner(into_solid, normal) * q * domain.surface("cathode_contact")
    psi_extra = ufl.div(electronic) * p * dx - ufl.inner(electronic, normal) * p * sides
    replaced = {
        cell.q: ufl.as_vector((exact.u, exact.phi)),
        cell.theta: exact.theta,
        cell.psi: exact.psi,
        cell.V: ufl.as_ufl(exact.V),
    }
    current = {name: ufl.replace(surface.current, replaced) for name, surface in cell.surfaces.items()}
    dA, n = domain.surface("anode_surface"), normal
    extra += (ufl.inner(salt_flux, n) * w + (ufl.inner(ionic, n) + current["anode"]) * z) * dA
    dA, n = domain.surface("cathode_surface"), normal("+")
    j = current["cathode"]
    extra += (ufl.inner(salt_flux("+"), n) * w("+") + (ufl.inner(ionic("+"), n) + j) * z("+")) * dA
    n = normal("-")
    theta_extra -= (ufl.inner(into_solid("-"), n) + j / material.ion_charge) * q("-") * dA
    psi_extra -= (ufl.inner(electronic("-"), n) + j) * p("-") * dA
    cell.residuals[q_row] += extra
    cell.residuals[theta_row] += theta_extra
    cell.residuals[psi_row] += psi_extra
    # The applied current is that of the exact fields.
    cell.applied_current.value = 0.0
    r = ufl.TestFunction(cell.V.function_space)
    cell.residuals[voltage_row] -= j * r("+") * dA


def _coupled(n: int, degree: int) -> Errors:
    tagged = _two_regions(n)
    hosts = {"c_max": 1500.0, "diffusivity": 0.6e-10, "conductivity": 2.0, "exchange_current_density": 3e4}
    electrolyte = binary_electrolyte(z=(1, -2), nu=(2, 1), transference_number=0.4)
    description = CellDescription(electrolyte, metal(2e4), insertion(0.5, **hosts), TEMPERATURE)
    cell = Cell(tagged, description, degree)
    exact = _exact_fields(cell.domain.mesh)
    _add_sources(cell, exact)
    for constant, value in zip(cell.bdf, (1.0, -1.0, 0.0), strict=True):
        constant.value = value
    with newton_of(cell) as newton:
        report = newton.solve(1e-11)
    if not report.converged:
        raise RuntimeError(f"the manufactured problem was not solved: {report.reason}")
    errors = {}
    for name, difference, region in (
        ("u", cell.q[0] - exact.u, "electrolyte"),
        ("φ", cell.q[1] - exact.phi, "electrolyte"),
        ("θ", cell.theta - exact.theta, "cathode"),
        ("ψ", cell.psi - exact.psi, "cathode"),
    ):
        measure = ufl.Measure("dx", domain=tagged.mesh, subdomain_data=tagged.cell_tags)
        measure = measure(_TAGS[region], metadata={"quadrature_degree": 2 * degree + 4})
        errors[name] = error_norms(tagged.mesh, difference, measure, cell.entity_maps)
    return errors


def coupled() -> Result:
    """The whole cell: metal | electrolyte | insertion host, all fields, Butler–Volmer at both electrodes.

    The cell's own residuals, Jacobian and Newton solver, galvanostatic, with sources in the volumes,
    prescribed fluxes on the sides, and at the electrodes the difference between the fields' fluxes and
    Butler–Volmer's current.
    """
    return refine("mms_coupled", _coupled, DIVISIONS, "bars")
