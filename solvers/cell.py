r"""The coupled cell: which fields live where, and which residuals tie them together.

Unknowns, all dimensionless:

========== ==================== =====================================================================
field      lives on             meaning
========== ==================== =====================================================================
q          electrolyte          of the electrolyte's model: (ln(c/c₀), φ) of a binary salt, or the ions'
                                electrochemical potentials and φ; potentials against ``potential_level``, RT/F
θ          active regions       stoichiometry c_s/c_max (absent when neither electrode inserts)
ψ          active + collectors  potential drop from the body's own terminal (zero at its contact), RT/F
V          the cell (one number) voltage against the initial open-circuit voltage, RT/F
========== ==================== =====================================================================

All potentials are kept as departures from the initial equilibrium, so that small currents keep their digits: each
electrode counts its own from the initial open-circuit potential, and U from the same; the electrolyte's mean is
carried by a constant that :meth:`Cell.level_potential` moves. :attr:`Cell.voltage` and the written fields are
absolute, with the anode terminal as ground.

Every row is a current in units of F D_ref c₀ L₀, with L₀ the mesh's unit of length and t₀ = L₀²/D_ref; c₀ and D_ref
are the electrolyte model's. Row V is ∫ j dA over the cathode − I (galvanostatic) or V − V_set (potentiostatic), with
j the current density of the reaction and of charging. Currents: I > 0 oxidises the cathode, that is, charges the cell.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cached_property

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI
from petsc4py import PETSc

from ..geometry import ELECTROLYTES, TaggedMesh
from ..materials import BinaryElectrolyte, from_binary
from .compiled_forms import compiled
from .deposit import Deposit
from .description import ELECTRODES, CellDescription
from .domain import Domain, Region
from .electrolyte.binary import BinaryModel
from .electrolyte.ionic import IonicModel
from .electrolyte.model import Electrolyte, reacting_ion
from .errors import SolverError
from .resolution import Resolution, check_resolution
from .solid import conduction, diffusion
from .surface import State, Surface

log = logging.getLogger(__name__)


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
    surfaces
        The two electrodes' surfaces with their laws.
    deposits, deposit_states
        What follows the metal on surfaces by electrode, and its states now (:class:`~.deposit.Deposit`).
    resolution
        Debye length and first cells, with Poisson–Nernst–Planck.
    """

    def __init__(self, tagged: TaggedMesh, description: CellDescription, degree: int = 1):
        self.description = description
        self.degree = degree
        self.domain = Domain(tagged, degree)
        self.comm = self.domain.comm
        self._check_regions()
        self.electrolyte = self._make_electrolyte()
        self.scales = self.electrolyte.scales
        self._make_spaces()
        self._make_controls()
        self._make_forms()
        self.resolution = self._check_resolution()
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
                what = electrode.material.name if electrode.material else f"the {name}"
                raise SolverError(
                    f"{what} is a surface of the electrolyte, but the mesh has a region '{name}'; "
                    f"set the {name}'s thickness to 0"
                )
            if f"{name}_collector" in regions and electrode.collector is None:
                raise SolverError(f"the mesh has a region '{name}_collector': name its material")
        if "separator" in regions and self.description.separator is None:
            raise SolverError("the mesh has a region 'separator': give its porosity and tortuosity")
        if "separator" in regions and self.description.model == "poisson-nernst-planck":
            raise SolverError(
                "a separator is taken as homogeneous, in which poisson-nernst-planck has no meaning; "
                "use the electroneutral model, or a mesh of the separator's pores"
            )
        if self.description.wall_charge and self.description.model != "poisson-nernst-planck":
            raise SolverError("a neutral electrolyte sees no charged walls; poisson-nernst-planck does")
        for name in self.description.wall_charge:
            if name not in self.domain.boundary_tags:
                known = ", ".join(sorted(self.domain.boundary_tags))
                raise SolverError(f"the mesh has no boundary '{name}' to carry a charge; it has {known}")
        self.electrolytes = tuple(name for name in ELECTROLYTES if name in regions)

    def _make_electrolyte(self) -> Electrolyte:
        d, unit = self.description, self.domain.length_unit
        polarises = d.model == "poisson-nernst-planck"
        self.rate_scale = self.constant(1.0)
        if isinstance(d.electrolyte, BinaryElectrolyte) and not polarises:
            return BinaryModel(d.electrolyte, unit, d.temperature, self.constant)
        electrolyte = d.electrolyte
        if isinstance(electrolyte, BinaryElectrolyte):
            electrolyte = from_binary(electrolyte)
        ions = [reacting_ion(d, name) for name in ELECTRODES]
        first = next((ion for ion in ions if ion), electrolyte.ions[0].name)
        return IonicModel(
            electrolyte, unit, d.temperature, self.constant, self.rate_scale, polarises, first, d.ion_size
        )

    def _check_resolution(self) -> Resolution | None:
        """Hold the mesh against the Debye length, where there are diffuse layers."""
        if not self.electrolyte.polarises:
            return None
        model = self.electrolyte
        log.info("Debye length of the bulk %.4g nm", 1e9 * model.electrolyte.debye_length)
        if model.saturation is not None:
            log.info("finite ions: at most %.4g mol/m³, %.2g of it in the bulk", model.saturation, model.packing)
        charged = [f"{name}_surface" for name, surface in self.surfaces.items() if surface.charge is not None]
        charged += [name for name, sigma in self.description.wall_charge.items() if sigma]
        return check_resolution(self.domain, charged, model.electrolyte.debye_length, self.degree)

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

        components = len(self.electrolyte.components)
        self.q = fem.Function(lagrange(self.electrolyte_region, (components,)), name="electrolyte")
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

    def constant(self, value: float) -> fem.Constant:
        """A number that enters forms by value."""
        return fem.Constant(self.domain.mesh, PETSc.ScalarType(value))

    def _make_controls(self) -> None:
        self.bdf = [self.constant(v) for v in (1.0, -1.0, 0.0)]
        self.deposit_inertia = self.constant(0.0)
        self.galvanostatic = self.constant(1.0)
        self.applied_current = self.constant(0.0)
        self.applied_voltage = self.constant(0.0)
        self.potential_level = self.constant(0.0)
        self.charge_share, self.old_charge_share = self.constant(1.0), self.constant(1.0)
        #: Every unknown with its two earlier values.
        self.history = [(f, *(fem.Function(f.function_space) for _ in range(2))) for f in self.unknowns]
        #: What is on the surfaces of metals.
        self.deposits = {n: Deposit(self, n) for n in ELECTRODES if self.description.electrode(n).plates}

    # ------------------------------------------------------------------ forms
    def _make_forms(self) -> None:
        d, domain = self.description, self.domain
        states = list(zip(*self.history, strict=True))
        tests = ufl.TestFunction(self.q.function_space)
        rows, past = {"q": 0}, self.history[0]
        for name in self.electrolytes:
            factor = porosity = None
            if name == "separator":
                factor, porosity = self.constant(self.transport_factor(name)), self.constant(self.porosity(name))
            rows["q"] += self.electrolyte.rows(
                past, tests, self.bdf, factor, porosity, domain.dx(name), domain.storage(name)
            )
        for name, charge in d.wall_charge.items():
            sigma = self.charge_share * self.constant(charge / self.scales.charge_density)
            rows["q"] += self.electrolyte.charged_rows(sigma, self.on_side(tests, name), domain.surface(name))
        if self.theta is not None:
            theta_test = ufl.TestFunction(self.theta.function_space)
            psi_test = ufl.TestFunction(self.psi.function_space)
            rows["theta"], rows["psi"] = self._solid_rows(theta_test, psi_test)
        r = ufl.TestFunction(self.V.function_space)
        self.boundary_conditions = self._contacts()
        self.surfaces = {}
        for name in ELECTRODES:
            surface = self.surfaces[name] = self._surface(name, states)
            dA, side = domain.surface(f"{name}_surface"), self.on_side(tests, f"{name}_surface")
            rows["q"] += self.electrolyte.surface_rows(surface.ion_currents, side, dA)
            if self.electrolyte.polarises and surface.charge is not None:
                # ε ∂φ/∂n = q: the field that the metal's charge sends through the compact layer.
                rows["q"] += self.electrolyte.charged_rows(surface.charge, side, dA)
            if d.electrode(name).inserts:
                ion_charge = d.electrode(name).material.ion_charge
                rows["theta"] += surface.reaction / ion_charge * theta_test("-") * dA
                rows["psi"] += surface.current * psi_test("-") * dA
            if name == "cathode":
                # Numbers enter as constants: another mesh or state of charge then finds the compiled form.
                area = self.constant(self.area("cathode_surface"))
                voltage, test = (self.on_side(f, "cathode_surface") for f in (self.V, r))
                g = self.galvanostatic
                departure = self.applied_voltage - self.constant(d.open_circuit_voltage() / self.scales.potential)
                control = g * (surface.current - self.applied_current / area) + (1 - g) * (voltage - departure) / area
                rows["V"] = control * test * dA
        self.residuals = list(rows.values())
        for name, deposit in self.deposits.items():
            deposit.compile(self.surfaces[name])
        self.jacobian = [
            [
                ufl.derivative(row, f, ufl.TrialFunction(f.function_space)) if f in row.coefficients() else None
                for f in self.unknowns
            ]
            for row in self.residuals
        ]

    def on_side(self, function, boundary: str):
        """A function's value at a boundary, on the electrolyte's side where it is an interface."""
        return function("+") if self.domain.is_interior(boundary) else function

    def _surface(self, name: str, states) -> Surface:
        boundary = f"{name}_surface"
        inserts = self.description.electrode(name).inserts
        index = {f: k for k, f in enumerate(self.unknowns)}
        at = []
        for values in states:
            terminal = self.on_side(values[-1], boundary) if name == "cathode" else 0.0
            theta = values[index[self.theta]]("-") if inserts else None
            psi = values[index[self.psi]]("-") if inserts else 0.0
            at.append(State(self.on_side(values[0], boundary), theta, psi, terminal))
        return Surface(
            name,
            self.description,
            self.electrolyte,
            tuple(at),
            self.potential_level,
            self.bdf,
            self.electrolyte_volume ** (1 / 3),
            self.charge_share,
            self.old_charge_share,
            self.constant,
            self._deposited(name),
            self.deposit_inertia,
        )

    def _deposited(self, name: str) -> tuple | None:
        if name not in self.deposits:
            return None
        deposit, boundary = self.deposits[name], f"{name}_surface"
        return tuple([self.on_side(f, boundary) for f in functions] for functions in (deposit.old, deposit.older))

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
        product = sum(trial[k] for k in range(len(trial))) * sum(test[k] for k in range(len(test)))
        forms = [sum(product * self.domain.dx(name) for name in self.electrolytes)]
        for function, region in ((self.theta, self.active_region), (self.psi, self.solid_region)):
            if function is not None:
                space = function.function_space
                mass = ufl.TrialFunction(space) * ufl.TestFunction(space)
                forms.append(sum(mass * self.domain.dx(name) for name in region.names))
        return forms

    def _solid_rows(self, theta_test, psi_test) -> tuple:
        d, scales, domain = self.description, self.scales, self.domain
        past = self.history[self.unknowns.index(self.theta)]
        rate = sum(a * theta for a, theta in zip(self.bdf, past, strict=True))
        theta_row = psi_row = 0
        for name in ELECTRODES:
            electrode = d.electrode(name)
            if not electrode.inserts:
                continue
            material, dx = electrode.material, domain.dx(name)
            capacity = self.constant(material.c_max / scales.concentration)
            diffusivity = self.constant(material.diffusivity / scales.diffusivity)
            measures = dx, domain.storage(name)
            theta_row += diffusion.residual(capacity, diffusivity, self.theta, rate, theta_test, *measures)
            sigma = self.constant(material.conductivity / scales.conductivity)
            psi_row += conduction.residual(sigma, self.psi, psi_test, dx)
            if f"{name}_collector" in domain.region_tags:
                sigma = self.constant(electrode.collector.conductivity / scales.conductivity)
                psi_row += conduction.residual(sigma, self.psi, psi_test, domain.dx(f"{name}_collector"))
        return theta_row, psi_row

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
        return compiled(form, self.entity_maps)

    def nodal(self, form) -> np.ndarray:
        """A linear form's values at all local dofs, those of other ranks added. Collective."""
        vector = fem.assemble_vector(self.compile(form))
        vector.scatter_reverse(la.InsertMode.add)
        vector.scatter_forward()
        return vector.array.copy()

    def area(self, boundary: str) -> float:
        """Area of a boundary, in L₀²."""
        return self.domain.integrate(compiled(self.constant(1.0) * self.domain.surface(boundary)))

    def volume(self, region: str) -> float:
        """Volume of a region, in L₀³."""
        return self.domain.integrate(compiled(self.constant(1.0) * self.domain.dx(region)))

    @cached_property
    def electrolyte_volume(self) -> float:
        """Volume of all regions in which ions move, in L₀³."""
        return sum(self.volume(name) for name in self.electrolytes)

    @cached_property
    def theta_nodes(self) -> dict[str, np.ndarray]:
        """Local dofs of θ of each insertion electrode."""
        nodes = {}
        for name in ELECTRODES:
            if self.description.electrode(name).inserts:
                cells = self.domain.cells_of(self.active_region, name)
                nodes[name] = np.unique(self.theta.function_space.dofmap.list[cells])
        return nodes

    @cached_property
    def bounded(self) -> np.ndarray:
        """Which local dofs of θ a lattice keeps between 0 and 1; those of capacitive films are not among them."""
        bounded = np.zeros(len(self.theta.x.array), dtype=bool)
        for name, nodes in self.theta_nodes.items():
            bounded[nodes] = not self.description.electrode(name).reversible
        return bounded

    def stoichiometry_range(self, name: str, theta: np.ndarray) -> tuple[float, float]:
        """Least and largest of an electrode's values of θ. Collective."""
        values = theta[self.theta_nodes[name]]
        low = self.comm.allreduce(float(values.min(initial=np.inf)), op=MPI.MIN)
        return low, self.comm.allreduce(float(values.max(initial=-np.inf)), op=MPI.MAX)

    @cached_property
    def surface_nodes(self) -> dict[str, np.ndarray]:
        """Local nodes of q at each electrode's surface."""
        space, tdim = self.q.function_space, self.domain.mesh.topology.dim
        return {
            name: fem.locate_dofs_topological(
                space, tdim - 1, self.domain.submesh_facets(self.electrolyte_region, f"{name}_surface")
            )
            for name in ELECTRODES
        }

    def surface_contents(self, name: str, q: np.ndarray) -> float:
        """Least concentration of any ion, relative to the bulk's, at an electrode's surface. Collective."""
        nodes = self.surface_nodes[name]
        values = self.electrolyte.relative_contents(q.reshape(-1, len(self.electrolyte.components))[nodes])
        return self.comm.allreduce(float(values.min(initial=np.inf)), op=MPI.MIN)

    @cached_property
    def surface_space(self) -> fem.FunctionSpace:
        """Linear elements on the electrolyte, for what is followed on surfaces."""
        return fem.functionspace(self.electrolyte_region.mesh, ("Lagrange", 1))

    @property
    def sets_current(self) -> bool:
        """Whether the control sets the current; else it sets the voltage."""
        return float(self.galvanostatic.value) == 1.0

    @property
    def charged_at_rest(self) -> bool:
        """Whether a surface holds charge in the initial state, which the ions then screen."""
        return self.electrolyte.polarises and (
            any(self.description.wall_charge.values()) or any(s.charged_at_rest for s in self.surfaces.values())
        )

    @property
    def thermal_current(self) -> float:
        """Current that RT/F drives through a cube of the electrolyte's volume [A], a scale where none is asked for."""
        extent = self.electrolyte_volume ** (1 / 3) * self.scales.length
        return self.description.electrolyte.conductivity * self.scales.potential * extent

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
        dofmap, level = self.q.function_space.dofmap, self.electrolyte.level
        potential = self.q.x.array.reshape(-1, len(level))[: dofmap.index_map.size_local, -1]
        mean = self.comm.allreduce(float(potential.sum())) / dofmap.index_map.size_global
        self.potential_level.value += mean
        for values in (self.q.x.array, *states):
            values.reshape(-1, len(level))[:] -= mean * level

    def set_initial_state(self) -> None:
        """Equilibrium: uniform c₀ and θ, no current, both electrodes at their open-circuit potential."""
        d = self.description
        self.q.x.array[:] = 0.0
        self.potential_level.value = 0.0
        if self.theta is not None:
            self.psi.x.array[:] = 0.0
            for name, nodes in self.theta_nodes.items():
                self.theta.x.array[nodes] = d.electrode(name).stoichiometry
        self.V.x.array[:] = 0.0
        self.deposit_states = tuple(deposit.initial() for deposit in self.deposits.values())

    def load_deposits(self, old: Sequence[np.ndarray], older: Sequence[np.ndarray]) -> None:
        """Set what was on the surfaces before a step, newest first."""
        for deposit, *states in zip(self.deposits.values(), old, older, strict=True):
            deposit.load(*states)

    def overdraws(self, bdf: tuple[float, ...]) -> bool:
        """Whether a formula would start from less metal than none on some surface. Collective."""
        limited = [d for d in self.deposits.values() if d.plating.limited]
        return bool(limited) and self.comm.allreduce(any(d.overdrawn(bdf) for d in limited), op=MPI.LOR)

    def follow_deposits(self, bdf: tuple[float, ...], factors: Mapping[str, float] | None = None) -> None:
        """Work out what is on the surfaces after the step that the functions hold. Collective.

        ``factors`` are those of the currents that count over the ones that the laws pass, by electrode.
        """
        factors = factors or {}
        self.deposit_states = tuple(
            deposit.after_step(bdf, factors.get(name, 1.0)) for name, deposit in self.deposits.items()
        )
