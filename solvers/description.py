"""What is simulated, without a mesh: electrolyte, electrodes, double layers, temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..materials import ActiveMaterial, BinaryElectrolyte, Collector, IonicElectrolyte, Metal

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
    reservoir
        The surface opens to bulk electrolyte at the terminal's potential: every ion passes, each at its bulk
        electrochemical potential (no material, no double layer).
    """

    material: ActiveMaterial | Metal | None = None
    stoichiometry: float | None = None
    collector: Collector | None = None
    double_layer: DoubleLayer | None = None
    reservoir: bool = False

    @property
    def inserts(self) -> bool:
        """Whether ions are stored in the electrode's volume."""
        return isinstance(self.material, ActiveMaterial)


@dataclass(frozen=True)
class Separator:
    """A porous medium soaked with electrolyte, taken as homogeneous.

    Attributes
    ----------
    porosity
        Share ε of its volume that is electrolyte.
    tortuosity
        Tortuosity factor τ; diffusivity and conductivity are those of the electrolyte times ε/τ.
    """

    porosity: float
    tortuosity: float

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
