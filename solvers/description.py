"""What is simulated, without a mesh: electrolyte, electrodes, temperature."""

from __future__ import annotations

from dataclasses import dataclass

from ..materials import ActiveMaterial, BinaryElectrolyte, Collector, Metal

ELECTRODES = ("anode", "cathode")


@dataclass(frozen=True)
class Electrode:
    """One electrode of the cell.

    Attributes
    ----------
    material
        Insertion material (fills the region of that name) or metal (the boundary ``<name>_surface``).
    stoichiometry
        Initial θ of an insertion material.
    collector
        Material of the region ``<name>_collector``, where the mesh has one.
    """

    material: ActiveMaterial | Metal
    stoichiometry: float | None = None
    collector: Collector | None = None

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
    """What is simulated, without a mesh: electrolyte, two electrodes, temperature [K], separator if any."""

    electrolyte: BinaryElectrolyte
    anode: Electrode
    cathode: Electrode
    temperature: float
    separator: Separator | None = None

    def electrode(self, name: str) -> Electrode:
        """The electrode called ``anode`` or ``cathode``."""
        return getattr(self, name)

    def open_circuit_potential(self, name: str) -> float:
        """Initial equilibrium potential of an electrode against the standard hydrogen electrode [V]."""
        electrode = self.electrode(name)
        if not electrode.inserts:
            return electrode.material.standard_potential
        curve = electrode.material.open_circuit
        return float(curve.potential_vs_she(electrode.stoichiometry, self.temperature))

    def open_circuit_voltage(self) -> float:
        """Initial equilibrium voltage of the cell [V]."""
        return self.open_circuit_potential("cathode") - self.open_circuit_potential("anode")
