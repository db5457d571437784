r"""One electrode's surface: what reacts there, what it holds, and which ions carry the current.

The current density j is that of the reaction plus that of charging, dq/dt, both anodic positive. Potentials enter as

- E = φ_s − φ_e, the drop that charges the surface, from the potential of zero charge;
- η = φ_s − μ/z − U, the overpotential of the ion that reacts, with μ its electrochemical potential at the surface.

With Poisson–Nernst–Planck the surface is the reaction plane: φ_e and the concentrations are those behind the compact
layer, which is Frumkin's correction of the kinetics (A. N. Frumkin, Z. Phys. Chem. 164A (1933) 121).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import ufl_ops
from .description import CellDescription, Plating
from .electrolyte.model import Constant, Electrolyte, reacting_ion
from .errors import SolverError
from .interface import butler_volmer, deposit, double_layer, nuclei
from .scales import FARADAY

#: Conductance of a reservoir's mouth, in conductances of the electrolyte across its own size.
RESERVOIR = 1e5

#: Capacitance that stands for no compact layer, in capacitances of the diffuse layer at rest.
NO_COMPACT_LAYER = 1e6


@dataclass(frozen=True)
class State:
    """UFL values at the surface at one time: q, θ and ψ of the solid (0 for none), the terminal's potential."""

    q: object
    theta: object
    psi: object
    terminal: object

    @property
    def solid_potential(self):
        """φ_s."""
        return self.psi + self.terminal


class Surface:
    """The laws of one electrode's surface.

    Parameters
    ----------
    name
        ``anode`` or ``cathode``.
    states
        Now, before and before that.
    level
        What all potentials of the electrolyte count from.
    bdf
        Coefficients of the time derivative.
    size
        Extent of the electrolyte [L₀], for reservoirs.
    charge_share, old_charge_share
        Share of the charge in the ground state (potentials of zero charge) that is switched on.
    deposited
        Earlier states of what is on a metal's surface, newest first, see :mod:`.interface.deposit`.
    inertia
        UFL number that holds those states where it is large and is 0 in every time step.

    Attributes
    ----------
    reaction, charging, current
        UFL current densities, in units of F D_ref c₀/L₀; ``charging`` is ``None`` without double layer.
    charge
        UFL charge on the metal [F c₀ L₀], ``None`` without double layer.
    ion_currents
        Part of the current that each ion carries into the electrolyte.
    overpotential
        η of the reaction, film drop included [RT/F]; ``None`` where nothing reacts.
    plated
        What plating does to the surface (:class:`~.interface.deposit.Response`); ``None`` unless it is a metal.
    """

    def __init__(
        self,
        name: str,
        description: CellDescription,
        electrolyte: Electrolyte,
        states: tuple[State, State, State],
        level,
        bdf,
        size: float,
        charge_share,
        old_charge_share,
        constant: Constant,
        deposited: tuple | None = None,
        inertia=0.0,
    ):
        self.name, self.description, self.electrolyte = name, description, electrolyte
        self.electrode = description.electrode(name)
        self.level, self.size, self.constant = level, size, constant
        self.z = dict(zip(electrolyte.ions, electrolyte.charges, strict=True))
        self.ion = reacting_ion(description, name)
        self.bdf, self.deposited, self.inertia = bdf, deposited, inertia
        self._check()
        now = states[0]
        self.charge = self.charging = self.overpotential = self.plated = None
        if self.electrode.reservoir:
            self.ion_currents = self._reservoir(now)
            self.reaction = sum(self.ion_currents.values())
            self.current = self.reaction
            return
        self.reaction = self._reaction(now) if self.ion else None
        law = self._charge_law()
        if law is not None:
            shares = (charge_share, old_charge_share, old_charge_share)
            charges = [law(state, share) for state, share in zip(states, shares, strict=True)]
            self.charge = charges[0]
            self.charging = sum(a * q for a, q in zip(bdf, charges, strict=True))
        self.ion_currents = self._ion_currents(now)
        parts = [j for j in (self.reaction, self.charging) if j is not None]
        self.current = sum(parts) if parts else constant(0.0)

    def _check(self) -> None:
        layer, name = self.electrode.double_layer, self.name
        plating = self.electrode.plating
        if plating is not None and not self.electrode.plates:
            raise SolverError(f"the {name} is no metal; only metals are plated")
        if plating is not None and plating.nucleation is not None and layer is None:
            raise SolverError(
                f"metal nucleates on the {name}: before the first nuclei its double layer takes the current; "
                "give it a capacitance"
            )
        passes = self.ion is not None or self.electrode.reservoir
        if not passes and layer is None:
            raise SolverError(f"nothing reacts at the {name} and it holds no charge: no current can pass it")
        if layer is None:
            return
        if not passes and layer.surface_charge is not None:
            raise SolverError(f"nothing reacts at the {name} and its charge is fixed: no current can pass it")
        if self.electrode.reservoir:
            raise SolverError(f"the {name} is a reservoir, which has no double layer")
        if layer.surface_charge is not None and (layer.capacitance or layer.stern_capacitance):
            raise SolverError(f"the {name}'s charge is fixed; it cannot have a capacitance as well")
        if not self.electrolyte.polarises and layer.surface_charge is not None:
            raise SolverError(f"the {name} has a fixed surface charge, which only poisson-nernst-planck sees")
        if self.electrolyte.polarises and layer.capacitance is not None:
            raise SolverError(
                f"poisson-nernst-planck solves for the diffuse layer; give the {name} a stern_capacitance "
                "instead of a capacitance"
            )
        if not self.electrolyte.polarises and not layer.capacitance and not layer.stern_capacitance:
            raise SolverError(f"the {name}'s double layer needs a capacitance or a stern_capacitance")

    @property
    def charged_at_rest(self) -> bool:
        """Whether the surface holds charge in the initial state."""
        layer = self.electrode.double_layer
        if layer is None:
            return False
        if layer.surface_charge is not None:
            return layer.surface_charge != 0
        zero = layer.potential_of_zero_charge
        return zero is not None and zero != self.description.open_circuit_potential(self.name)

    # ------------------------------------------------------------------ potentials
    def _potentials(self, state: State) -> dict:
        """Electrochemical potentials and φ, from the common ground."""
        potentials = self.electrolyte.potentials(state.q)
        z = self.z | {"φ": 1}
        return {key: value + z[key] * self.level for key, value in potentials.items()}

    # ------------------------------------------------------------------ reaction
    def _reaction(self, state: State):
        d, scales = self.description, self.electrolyte.scales
        material = self.electrode.material
        alpha_a, alpha_c = material.anodic_transfer_coefficient, material.cathodic_transfer_coefficient
        z = self.z[self.ion]
        i0_ref = self.constant(material.exchange_current_density / scales.current_density)
        ln_c = self.electrolyte.ln_activity(state.q, self.ion)
        open_circuit = 0.0
        if self.electrode.inserts:
            open_circuit = material.open_circuit.potential_vs_she(state.theta, d.temperature, ops=ufl_ops)
            open_circuit = (open_circuit - self.constant(d.open_circuit_potential(self.name))) / scales.potential
            i0 = butler_volmer.insertion_exchange_current(i0_ref, ln_c, state.theta, alpha_a, alpha_c, z)
        else:
            i0 = butler_volmer.metal_exchange_current(i0_ref, ln_c, alpha_a, z)
        eta = self.overpotential = state.solid_potential - self._potentials(state)[self.ion] / z - open_circuit
        if self.electrode.reversible:
            return i0_ref * eta
        film = None
        if material.film_resistance > 0:
            film = self.constant(material.film_resistance * scales.current_density / scales.potential)
        kinetics = deposit.Kinetics(i0, eta, alpha_a, alpha_c, film)
        if self.electrode.inserts:
            ceiling = material.ion_charge * FARADAY * material.c_max * butler_volmer.FASTEST
            ceiling = self.constant(ceiling / scales.current_density)
            return butler_volmer.lattice_limited(kinetics.current(), state.theta, ceiling)
        if self.deposited is None:
            return kinetics.current()
        # A formula of large coefficients lets nothing on the surface change.
        held = self.bdf[0] + self.inertia, self.bdf[1] - self.inertia, self.bdf[2]
        self.plated = deposit.response(self._plating_law(), kinetics, held, *self.deposited)
        return self.plated.current

    def _plating_law(self) -> deposit.Law:
        """Constants of what is on the surface."""
        plating, metal = self.electrode.plating or Plating(), self.electrode.material
        constant, scales = self.constant, self.electrolyte.scales
        cover = None
        if plating.limited:
            # Dense: what covers half of the surface has no pores yet.
            per_area = plating.cover_thickness * metal.ion_charge * FARADAY / metal.molar_volume
            cover = constant(per_area / scales.charge_density)
        efficiency = constant(plating.coulombic_efficiency)
        if plating.nucleation is None:
            return deposit.Law(efficiency, cover)
        numbers = nuclei.nucleation_numbers(plating.nucleation, metal, scales.potential)
        per_current = scales.current_density * scales.time
        scaled = dataclasses.replace(
            numbers,
            rate_per_current=numbers.rate_per_current * per_current,
            growth_per_current=numbers.growth_per_current * per_current,
        )
        constants = {name: constant(value) for name, value in dataclasses.asdict(scaled).items()}
        return deposit.Law(efficiency, cover, nuclei.NucleationNumbers(**constants))

    def _reservoir(self, state: State) -> dict:
        """Currents through a thin mouth that holds every ion near its bulk electrochemical potential."""
        conductance = self.constant(RESERVOIR / self.size)
        potentials, currents = self._potentials(state), {}
        for ion, z in self.z.items():
            currents[ion] = z * conductance * (z * state.terminal - potentials[ion])
        return currents

    # ------------------------------------------------------------------ charge
    def _charge_law(self) -> Callable | None:
        """q of a state, with a share of the charge at the potential of zero charge switched on."""
        layer, electrolyte = self.electrode.double_layer, self.electrolyte
        scales = electrolyte.scales
        if layer is None:
            return None
        unit = scales.charge_density
        if layer.surface_charge is not None:
            fixed = self.constant(layer.surface_charge / unit)
            return lambda _state, share: share * fixed
        rest = self.description.open_circuit_potential(self.name)
        zero = rest if layer.potential_of_zero_charge is None else layer.potential_of_zero_charge
        offset = None if zero == rest else self.constant((rest - zero) / scales.potential)

        def drop(state: State, share):
            value = state.solid_potential - self._potentials(state)["φ"]
            return value if offset is None else value + share * offset

        # Where the diffuse layer is solved for, the compact layer alone stands between metal and reaction plane.
        given = layer.stern_capacitance if electrolyte.polarises else layer.capacitance
        if given is not None or electrolyte.polarises:
            bare = NO_COMPACT_LAYER * np.sqrt(electrolyte.permittivity)
            capacitance = self.constant(bare if given is None else given * scales.potential / unit)
            return lambda state, share: double_layer.constant_charge(capacitance, drop(state, share))
        stern = self.constant(layer.stern_capacitance * scales.potential / unit)
        epsilon = self.constant(electrolyte.permittivity)

        def diffuse(state: State, share) -> tuple:
            """E, the concentrations outside of the layer, and ζ."""
            c, e = electrolyte.wall_concentrations(state.q), drop(state, share)
            return e, c, double_layer.diffuse_potential(epsilon, stern, electrolyte.charges, c, e)

        def charge(state: State, share):
            e, _, zeta = diffuse(state, share)
            return stern * (e - zeta)

        def shares(state: State) -> list:
            _, c, zeta = diffuse(state, 1.0)
            return double_layer.diffuse_shares(electrolyte.charges, c, zeta)

        self._diffuse_shares = shares
        return charge

    # ------------------------------------------------------------------ ions
    def _ion_currents(self, state: State) -> dict:
        currents: dict = {}

        def add(ion: str, current) -> None:
            currents[ion] = currents[ion] + current if ion in currents else current

        if self.reaction is not None:
            share = getattr(self.electrode.material, "cation_share", 1.0)
            for ion, part in self._split(self.ion, share).items():
                add(ion, self.reaction if part == 1.0 else self.constant(part) * self.reaction)
        if self.charging is None or self.electrolyte.polarises:
            # A solved diffuse layer keeps its ions: the charge enters Poisson's row alone.
            return currents
        layer = self.electrode.double_layer
        if layer.capacitance is not None:
            lead = self.ion or next(i for i, z in self.z.items() if z > 0)
            for ion, part in self._split(lead, layer.cation_share).items():
                add(ion, self.constant(part) * self.charging)
        else:
            for ion, part in zip(self.electrolyte.ions, self._diffuse_shares(state), strict=True):
                add(ion, part * self.charging)
        return currents

    def _split(self, lead: str, share: float) -> dict[str, float]:
        """``share`` to one ion, the rest to the ions of the other sign by their part of the ionic strength."""
        if share == 1.0:
            return {lead: 1.0}
        sign = self.z[lead]
        bulk = self._bulk()
        weights = {ion: z * z * bulk[ion] for ion, z in self.z.items() if z * sign < 0}
        total = sum(weights.values())
        if not total:
            raise SolverError(f"the {self.name} needs an ion of the other sign to carry a share of its current")
        return ({lead: share} if share else {}) | {ion: (1 - share) * w / total for ion, w in weights.items()}

    def _bulk(self) -> dict[str, float]:
        salt = self.description.electrolyte
        if hasattr(salt, "ions"):
            return {ion.name: ion.concentration for ion in salt.ions}
        return {salt.cation: salt.cation_concentration, salt.anion: salt.anion_concentration}
