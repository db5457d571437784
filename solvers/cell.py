r"""The coupled cell: which fields live where, and which residuals tie them together.

Unknowns, all dimensionless:

========== ==================== =====================================================================
field      lives on             meaning
========== ==================== =====================================================================
q = (u, φ) electrolyte          u = ln(c/c₀); electrostatic potential φ against ``potential_level``, RT/F
θ          active regions       stoichiometry c_s/c_max (absent when both electrodes are metal)
ψ          active + collectors  potential drop from the body's own terminal (zero at its contact), RT/F
V          the cell (one number) voltage against the initial open-circuit voltage, RT/F
========== ==================== =====================================================================

All potentials are kept as departures from the initial equilibrium, so that small currents keep their digits: each
electrode counts its own from the initial open-circuit potential, and U from the same; the electrolyte's mean is
carried by a constant that :meth:`Cell.level_potential` moves. :attr:`Cell.voltage` and the written fields are
absolute, with the anode terminal as ground.

Every row is a current in units of F D_ref c₀ L₀, with L₀ the mesh's unit of length, D_ref the salt's diffusivity
and t₀ = L₀²/D_ref. Row V is ∫ j dA over the cathode − I (galvanostatic) or V − V_set (potentiostatic).
Currents: I > 0 oxidises the cathode, that is, charges the cell.
"""

from __future__ import annotations

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from ..geometry import ELECTROLYTES, TaggedMesh
from . import ufl_ops
from .description import ELECTRODES, CellDescription
from .domain import Domain, Region
from .electrolyte import electroneutral
from .errors import SolverError
from .interface import butler_volmer
from .scales import Scales
from .solid import conduction, diffusion


class Cell:
    """The coupled problem on one mesh: functions, residual and Jacobian forms, controls.

    Parameters
    ----------
    tagged
        Mesh with the regions and boundaries named in :mod:`archode.geometry`.
    description
        Materials and initial state.
    degree
        Polynomial degree of every field.

    Attributes
    ----------
    unknowns
        DOLFINx functions, in block order.
    residuals, jacobian
        UFL forms by block.
    """

    def __init__(self, tagged: TaggedMesh, description: CellDescription, degree: int = 1):
        self.description = description
        self.degree = degree
        electrolyte = description.electrolyte
        self.scales = Scales(
            tagged.length_unit, electrolyte.concentration, electrolyte.diffusivity, description.temperature
        )
        self.domain = Domain(tagged, degree)
        self.comm = self.domain.comm
        self._check_regions()
        self._make_spaces()
        self._make_controls()
        self._make_forms()
        self.set_initial_state()

    # ------------------------------------------------------------------ structure
    def _check_regions(self) -> None:
        regions = self.domain.region_tags
        for name in ELECTRODES:
            electrode = self.description.electrode(name)
            if electrode.inserts and name not in regions:
                raise SolverError(
                    f"{electrode.material.name} stores ions in its volume, but the mesh has no region '{name}'; "
                    f"give the {name} a thickness"
                )
            if not electrode.inserts and name in regions:
                raise SolverError(
                    f"{electrode.material.name} is a metal, a surface of the electrolyte, but the mesh has a "
                    f"region '{name}'; set the {name}'s thickness to 0"
                )
            if f"{name}_collector" in regions and electrode.collector is None:
                raise SolverError(f"the mesh has a region '{name}_collector': name its material")
        if "separator" in regions and self.description.separator is None:
            raise SolverError("the mesh has a region 'separator': give its porosity and tortuosity")
        self.electrolytes = tuple(name for name in ELECTROLYTES if name in regions)

    def _make_spaces(self) -> None:
        domain, degree = self.domain, self.degree
        active = [name for name in ELECTRODES if self.description.electrode(name).inserts]
        collectors = [f"{n}_collector" for n in ELECTRODES if f"{n}_collector" in domain.region_tags]
        self.electrolyte_region = domain.region(self.electrolytes)
        self.active_region = domain.region(active) if active else None
        if not active:
            self.solid_region = None
        elif collectors:
            self.solid_region = domain.region(active + collectors)
        else:
            self.solid_region = self.active_region

        def lagrange(region: Region, shape=()):
            return fem.functionspace(region.mesh, ("Lagrange", degree, shape))

        self.q = fem.Function(lagrange(self.electrolyte_region, (2,)), name="electrolyte")
        self.V = fem.Function(
            fem.functionspace(domain.mesh, basix.ufl.real_element(domain.mesh.basix_cell())), name="voltage"
        )
        self.theta = self.psi = None
        self.unknowns = [self.q]
        if active:
            self.theta = fem.Function(lagrange(self.active_region), name="stoichiometry")
            self.psi = fem.Function(lagrange(self.solid_region), name="solid potential")
            self.unknowns += [self.theta, self.psi]
        self.unknowns.append(self.V)
        self.regions = {
            "electrolyte": self.electrolyte_region,
            "stoichiometry": self.active_region,
            "solid potential": self.solid_region,
        }
        maps = [self.electrolyte_region.entity_map]
        if active:
            maps.append(self.active_region.entity_map)
        if self.solid_region is not self.active_region:
            maps.append(self.solid_region.entity_map)
        self.entity_maps = maps

    def _constant(self, value: float) -> fem.Constant:
        return fem.Constant(self.domain.mesh, PETSc.ScalarType(value))

    def _make_controls(self) -> None:
        self.bdf = [self._constant(v) for v in (1.0, -1.0, 0.0)]
        self.galvanostatic = self._constant(1.0)
        self.applied_current = self._constant(0.0)
        self.applied_voltage = self._constant(0.0)
        self.potential_level = self._constant(0.0)
        self.old_q, self.older_q = (fem.Function(self.q.function_space) for _ in range(2))
        self.old_theta = self.older_theta = None
        if self.theta is not None:
            self.old_theta, self.older_theta = (fem.Function(self.theta.function_space) for _ in range(2))

    # ------------------------------------------------------------------ forms
    def _make_forms(self) -> None:
        d, scales, domain = self.description, self.scales, self.domain
        electrolyte = d.electrolyte
        z_p, z_m = electrolyte.z_cation, electrolyte.z_anion
        t_p = electrolyte.transference_number
        self.transport = electroneutral.BinaryTransport(
            diffusivity=self._constant(electrolyte.diffusivity / scales.diffusivity),
            conductivity=self._constant(electrolyte.conductivity / scales.conductivity),
            diffusion_potential=self._constant(t_p / z_p + (1 - t_p) / z_m),
            anion_migration=self._constant((1 - t_p) / (z_m * electrolyte.nu_anion)),
        )
        a0, a1, a2 = self.bdf
        u, phi = self.q[0], self.q[1]
        w, z = ufl.TestFunction(self.q.function_space)
        rate = a0 * ufl.exp(u) + a1 * ufl.exp(self.old_q[0]) + a2 * ufl.exp(self.older_q[0])
        rows = {"q": 0}
        for name in self.electrolytes:
            transport, stored = self.transport, rate
            if name == "separator":
                transport = electroneutral.hindered(transport, self._constant(self.transport_factor(name)))
                stored = self._constant(self.porosity(name)) * rate
            rows["q"] += electroneutral.residual(
                transport, u, phi, stored, w, z, domain.dx(name), domain.storage(name)
            )
        if self.theta is not None:
            tests = {"theta": ufl.TestFunction(self.theta.function_space)}
            tests["psi"] = ufl.TestFunction(self.psi.function_space)
            rows["theta"], rows["psi"] = self._solid_rows(tests)
        else:
            tests = {}
        r = ufl.TestFunction(self.V.function_space)
        self.boundary_conditions = self._contacts()
        self.interface_current = {}
        for name in ELECTRODES:
            j = self.interface_current[name] = self._interface_current(name)
            dA = domain.surface(f"{name}_surface")
            inner = domain.is_interior(f"{name}_surface")
            rows["q"] += -j * (z("+") if inner else z) * dA
            if d.electrode(name).inserts:
                ion_charge = d.electrode(name).material.ion_charge
                rows["theta"] += j / ion_charge * tests["theta"]("-") * dA
                rows["psi"] += j * tests["psi"]("-") * dA
            if name == "cathode":
                # Numbers enter as constants: another mesh or state of charge then finds the compiled form.
                area = self._constant(self.area("cathode_surface"))
                voltage, test = (self.V("+"), r("+")) if inner else (self.V, r)
                g = self.galvanostatic
                departure = self.applied_voltage - self._constant(d.open_circuit_voltage() / scales.potential)
                control = g * (j - self.applied_current / area) + (1 - g) * (voltage - departure) / area
                rows["V"] = control * test * dA
        self.residuals = list(rows.values())
        self.jacobian = [
            [
                ufl.derivative(row, f, ufl.TrialFunction(f.function_space)) if f in row.coefficients() else None
                for f in self.unknowns
            ]
            for row in self.residuals
        ]

    def porosity(self, name: str) -> float:
        """Share of a region's volume that is electrolyte."""
        return self.description.separator.porosity if name == "separator" else 1.0

    def transport_factor(self, name: str) -> float:
        """Effective over free diffusivity (and conductivity) of the electrolyte in a region."""
        return self.description.separator.transport_factor if name == "separator" else 1.0

    def volume_pattern(self) -> list:
        """One form per field (but V) that couples every pair of its dofs in a cell."""
        space = self.q.function_space
        trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
        product = (trial[0] + trial[1]) * (test[0] + test[1])
        forms = [sum(product * self.domain.dx(name) for name in self.electrolytes)]
        for function, region in ((self.theta, self.active_region), (self.psi, self.solid_region)):
            if function is not None:
                space = function.function_space
                mass = ufl.TrialFunction(space) * ufl.TestFunction(space)
                forms.append(sum(mass * self.domain.dx(name) for name in region.names))
        return forms

    def _solid_rows(self, tests: dict) -> tuple:
        d, scales, domain = self.description, self.scales, self.domain
        a0, a1, a2 = self.bdf
        rate = a0 * self.theta + a1 * self.old_theta + a2 * self.older_theta
        theta_row = psi_row = 0
        for name in ELECTRODES:
            electrode = d.electrode(name)
            if not electrode.inserts:
                continue
            material, dx = electrode.material, domain.dx(name)
            capacity = self._constant(material.c_max / scales.concentration)
            diffusivity = self._constant(material.diffusivity / scales.diffusivity)
            measures = dx, domain.storage(name)
            theta_row += diffusion.residual(capacity, diffusivity, self.theta, rate, tests["theta"], *measures)
            sigma = self._constant(material.conductivity / scales.conductivity)
            psi_row += conduction.residual(sigma, self.psi, tests["psi"], dx)
            if f"{name}_collector" in domain.region_tags:
                sigma = self._constant(electrode.collector.conductivity / scales.conductivity)
                psi_row += conduction.residual(sigma, self.psi, tests["psi"], domain.dx(f"{name}_collector"))
        return theta_row, psi_row

    def _interface_current(self, name: str):
        """UFL expression of j at an electrode, anodic > 0, in units of ``scales.current_density``."""
        d, scales = self.description, self.scales
        electrode = d.electrode(name)
        material = electrode.material
        inner = self.domain.is_interior(f"{name}_surface")
        q = self.q("+") if inner else self.q
        u, phi = q[0], q[1] + self.potential_level
        voltage = self.V("+") if inner else self.V
        terminal = voltage if name == "cathode" else 0.0
        alpha_a, alpha_c = material.anodic_transfer_coefficient, material.cathodic_transfer_coefficient
        z = d.electrolyte.z_cation
        i0_ref = self._constant(material.exchange_current_density / scales.current_density)
        if electrode.inserts:
            theta = self.theta("-")
            phi_s = self.psi("-") + terminal
            open_circuit = material.open_circuit.potential_vs_she(theta, d.temperature, ops=ufl_ops)
            open_circuit = (open_circuit - self._constant(d.open_circuit_potential(name))) / scales.potential
            i0 = butler_volmer.insertion_exchange_current(i0_ref, u, theta, alpha_a, alpha_c, z)
        else:
            phi_s = terminal
            open_circuit = 0.0
            i0 = butler_volmer.metal_exchange_current(i0_ref, u, alpha_a, z)
        eta = butler_volmer.overpotential(phi_s, phi, open_circuit, u, z)
        film = None
        if material.film_resistance > 0:
            film = self._constant(material.film_resistance * scales.current_density / scales.potential)
        return butler_volmer.current_density(i0, eta, alpha_a, alpha_c, film)

    def _contacts(self) -> list:
        """ψ = 0 on every contact."""
        if self.psi is None:
            return []
        space, tdim = self.psi.function_space, self.domain.mesh.topology.dim
        conditions = []
        for name in ELECTRODES:
            if not self.description.electrode(name).inserts:
                continue
            facets = self.domain.submesh_facets(self.solid_region, f"{name}_contact")
            dofs = fem.locate_dofs_topological(space, tdim - 1, facets)
            conditions.append(fem.dirichletbc(PETSc.ScalarType(0.0), dofs, space))
        return conditions

    # ------------------------------------------------------------------ numbers
    def compile(self, form):
        """Compile a UFL form of this cell's functions."""
        return fem.form(form, entity_maps=self.entity_maps)

    def area(self, boundary: str) -> float:
        """Area of a boundary, in L₀²."""
        return self.domain.integrate(fem.form(self._constant(1.0) * self.domain.surface(boundary)))

    def volume(self, region: str) -> float:
        """Volume of a region, in L₀³."""
        return self.domain.integrate(fem.form(self._constant(1.0) * self.domain.dx(region)))

    def history_functions(self) -> list[tuple[fem.Function, fem.Function, fem.Function]]:
        """(new, old, older) of every field whose rate of change is in the equations."""
        triples = [(self.q, self.old_q, self.older_q)]
        if self.theta is not None:
            triples.append((self.theta, self.old_theta, self.older_theta))
        return triples

    @property
    def voltage(self) -> float:
        """Terminal voltage [V]."""
        departure = float(self.V.x.array[0]) * self.scales.potential
        return self.description.open_circuit_voltage() + departure

    @property
    def electrolyte_reference(self) -> float:
        """Potential against the anode terminal from which φ counts [V]."""
        level = float(self.potential_level.value) * self.scales.potential
        return level - self.description.open_circuit_potential("anode")

    def level_potential(self, *states: np.ndarray) -> None:
        """Move the mean of φ into ``potential_level``, here and in stored values of q. Collective.

        Rounding in ∇φ is relative to φ itself; a mean of some RT/F would cost digits of a small current.
        """
        owned = self.q.function_space.dofmap.index_map.size_local
        total = self.comm.allreduce(float(self.q.x.array[1 : 2 * owned : 2].sum()))
        mean = total / self.q.function_space.dofmap.index_map.size_global
        self.potential_level.value += mean
        for values in (self.q.x.array, *states):
            values[1::2] -= mean

    def set_initial_state(self) -> None:
        """Equilibrium: uniform c₀ and θ, no current, both electrodes at their open-circuit potential."""
        d = self.description
        self.q.x.array[:] = 0.0
        self.potential_level.value = 0.0
        if self.theta is not None:
            self.psi.x.array[:] = 0.0
            for name in ELECTRODES:
                if d.electrode(name).inserts:
                    cells = self.domain.cells_of(self.active_region, name)
                    dofs = np.unique(self.theta.function_space.dofmap.list[cells])
                    self.theta.x.array[dofs] = d.electrode(name).stoichiometry
        self.V.x.array[:] = 0.0
