"""What is simulated, without a mesh: electrolyte, electrodes, double layers, temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..materials import ActiveMaterial, BinaryElectrolyte, Collector, IonicElectrolyte, Metal, SurfaceEnergies

ELECTRODES = ("anode", "cathode")

ElectrolyteModel = Literal["electroneutral", "poisson-nernst-planck"]


@dataclass(frozen=True)
class DoubleLayer:
    """The charge an electrode's surface holds besides what reacts.

    With the electroneutral electrolyte it is an interface law: ``capacitance``, or Gouy–Chapman–Stern from the
    local concentrations where ``stern_capacitance`` is given. With Poisson–Nernst–Planck the diffuse layer is
    solved for: ``stern_capacitance`` is the compact layer's, ``surface_charge`` fixes the charge instead, and
    neither fixes the potential at the reaction plane to the metal's.

    Attributes
    ----------
    capacitance, stern_capacitance
        F/m².
    surface_charge
        C/m², Poisson–Nernst–Planck only.
    potential_of_zero_charge
        φ_s − φ_e at which the surface holds no charge, against the standard hydrogen electrode [V]; ``None``
        for the electrode's initial equilibrium, so that it starts uncharged.
    cation_share
        Share of the charging current that the reacting ion carries, with ``capacitance``; the anions (all other
        ions, by z²c) carry the rest.
    """

    capacitance: float | None = None
    stern_capacitance: float | None = None
    surface_charge: float | None = None
    potential_of_zero_charge: float | None = None
    cation_share: float = 0.5


@dataclass(frozen=True)
class Nucleation:
    """How a metal nucleates on a substrate that it does not wet, see :mod:`~.interface.nuclei`.

    Attributes
    ----------
    contact_angle
        Of the metal on the substrate under the electrolyte [rad], 0 < θ ≤ π.
    surface_energy
        Of the metal against the electrolyte, γ_NE [J/m²].
    site_density
        Sites at which a nucleus can form [1/m²].
    rate_factor
        Multiplies the rate of classical theory, which absorbs the error of γ in no other way.
    """

    contact_angle: float
    surface_energy: float
    site_density: float
    rate_factor: float = 1.0


@dataclass(frozen=True)
class Plating:
    """What is plated on, and stripped from, a surface of metal.

    Attributes
    ----------
    reserve
        Metal on the surface at the start, as thickness of the deposit with its pores [m]; ``None``: the electrode
        is a foil of it, which stripping does not use up.
    porosity
        Share of the deposit's volume that is not metal.
    coulombic_efficiency
        Share of the plated charge that becomes metal; the rest is lost to the surface film.
    cover_thickness
        Thickness of metal that, when stripping, still offers half of the surface [m].
    nucleation
        How metal starts on the bare surface; ``None``: as on itself.
    energies
        Of the interfaces of substrate, metal and electrolyte, for the criteria; ``None`` where not known.
    critical_thickness
        Of metal that spreads at first, from which on it stands in islands [m]; ``None``: it goes on spreading.
    """

    reserve: float | None = None
    porosity: float = 0.0
    coulombic_efficiency: float = 1.0
    cover_thickness: float = 1e-9
    nucleation: Nucleation | None = None
    energies: SurfaceEnergies | None = None
    critical_thickness: float | None = None

    @property
    def limited(self) -> bool:
        """Whether stripping can use the metal up."""
        return self.reserve is not None


@dataclass(frozen=True)
class Electrode:
    """One electrode of the cell.

    Attributes
    ----------
    material
        Insertion material (fills the region of that name), metal (the boundary ``<name>_surface``), or ``None``
        for a surface on which nothing reacts.
    stoichiometry
        Initial θ of an insertion material.
    collector
        Material of the region ``<name>_collector``, where the mesh has one.
    double_layer
        What the surface holds beside the reaction; ``None``: nothing.
    plating
        What is on the surface of a metal, and how it grows; ``None``: a foil of it.
    reservoir
        The surface opens to bulk electrolyte at the terminal's potential: every ion passes, each at its bulk
        electrochemical potential (no material, no double layer).
    """

    material: ActiveMaterial | Metal | None = None
    stoichiometry: float | None = None
    collector: Collector | None = None
    double_layer: DoubleLayer | None = None
    plating: Plating | None = None
    reservoir: bool = False

    @property
    def inserts(self) -> bool:
        """Whether ions are stored in the electrode's volume."""
        return isinstance(self.material, ActiveMaterial)

    @property
    def reversible(self) -> bool:
        """Whether ions are stored without kinetics of a lattice: a capacitive film."""
        return self.inserts and self.material.reversible

    @property
    def plates(self) -> bool:
        """Whether metal grows on the electrode's surface."""
        return isinstance(self.material, Metal)


@dataclass(frozen=True)
class Separator:
    """A porous medium soaked with electrolyte, taken as homogeneous.

    Attributes
    ----------
    porosity
        Share ε of its volume that is electrolyte.
    tortuosity
        Tortuosity factor τ; diffusivity and conductivity are those of the electrolyte times ε/τ.
    shear_modulus
        Pa, for the criterion of mechanical suppression; ``None`` where not known.
    """

    porosity: float
    tortuosity: float
    shear_modulus: float | None = None

    @property
    def transport_factor(self) -> float:
        """ε/τ, the inverse of the MacMullin number."""
        return self.porosity / self.tortuosity


@dataclass(frozen=True)
class CellDescription:
    """What is simulated, without a mesh.

    Attributes
    ----------
    electrolyte
        A binary salt, or a list of ions.
    anode, cathode
        The electrodes.
    temperature
        K.
    separator
        Of the region ``separator``, if any.
    model
        ``electroneutral`` or ``poisson-nernst-planck``.
    ion_size
        Edge a of the lattice cell that one ion takes [m], of Bikerman's model; ``None`` for point ions.
    wall_charge
        Fixed surface charge [C/m²] by boundary name, Poisson–Nernst–Planck only.
    """

    electrolyte: BinaryElectrolyte | IonicElectrolyte
    anode: Electrode
    cathode: Electrode
    temperature: float
    separator: Separator | None = None
    model: ElectrolyteModel = "electroneutral"
    ion_size: float | None = None
    wall_charge: Mapping[str, float] = field(default_factory=dict)

    def electrode(self, name: str) -> Electrode:
        """The electrode called ``anode`` or ``cathode``."""
        return getattr(self, name)

    def open_circuit_potential(self, name: str) -> float:
        """Initial equilibrium potential of an electrode against the standard hydrogen electrode [V].

        0 for a surface on which nothing reacts and for a reservoir.
        """
        electrode = self.electrode(name)
        if electrode.material is None:
            return 0.0
        if not electrode.inserts:
            return electrode.material.standard_potential
        curve = electrode.material.open_circuit
        return float(curve.potential_vs_she(electrode.stoichiometry, self.temperature))

    def open_circuit_voltage(self) -> float:
        """Initial equilibrium voltage of the cell [V]."""
        return self.open_circuit_potential("cathode") - self.open_circuit_potential("anode")
