"""What a study amounts to in amperes and coulombs: electrode parameters, capacities, currents, voltages.

The nominal capacity [C, whole device] is that of the smaller insertion electrode between the ends of its
stoichiometry window,

    Q = min_k  z F c_max (θ_max − θ_min) V_k · multiplicity

with V_k the film's volume in the simulated domain; a metal is taken as inexhaustible. A rate of 1 C passes
Q in 3600 s. The cell starts at state of charge s with θ = θ_min + s (θ_max − θ_min) in the anode and
θ = θ_max − s (θ_max − θ_min) in the cathode: charging fills the anode and empties the cathode.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..materials import (
    ActiveMaterial,
    BinaryElectrolyte,
    Collector,
    Metal,
    collector_at,
    electrolyte_at,
    insertion_at,
    load_material,
    metal_at,
)
from .quantity import Drive, Passed
from .schema import Study

Volumes = Mapping[str, float] | None

ELECTRODES = ("anode", "cathode")
SECONDS_PER_HOUR = 3600.0


def electrolyte(study: Study) -> BinaryElectrolyte:
    """Electrolyte parameters at the study's temperature, overrides applied.

    Raises
    ------
    MaterialError
        The material cannot serve, or an overridden value is out of bounds.
    """
    material = load_material(study.materials.electrolyte)
    return electrolyte_at(material, study.physics.temperature, study.materials.overrides_of("electrolyte"))


def electrode(study: Study, side: str) -> ActiveMaterial | Metal:
    """Parameters of the ``anode`` or ``cathode``, overrides applied; MaterialError as for `electrolyte`."""
    material = load_material(getattr(study.materials, side))
    at = metal_at if material.kind == "metal" else insertion_at
    return at(material, study.physics.temperature, study.materials.overrides_of(side))


def collector(study: Study, side: str) -> Collector | None:
    """Parameters of the collector of a side, None where the study names none."""
    name = getattr(study.materials, f"{side}_collector")
    if name is None:
        return None
    return collector_at(
        load_material(name), study.physics.temperature, study.materials.overrides_of(f"{side}_collector")
    )


#: A cell starts no closer to an empty or full lattice, where exchange currents vanish, unless told to.
KINETIC_MARGIN = 0.002


def initial_stoichiometry(study: Study, side: str) -> float | None:
    """Stoichiometry an electrode starts from; None for a metal."""
    material = electrode(study, side)
    if isinstance(material, Metal):
        return None
    initial = study.physics.initial
    given = getattr(initial, side)
    if given is not None:
        return given
    low, high = material.stoichiometry_window
    charged = initial.state_of_charge if side == "anode" else 1.0 - initial.state_of_charge
    theta = low + charged * (high - low)
    return min(max(theta, KINETIC_MARGIN), 1.0 - KINETIC_MARGIN)


def equilibrium_potential(material: ActiveMaterial | Metal, stoichiometry: float | None) -> float:
    """Potential of an electrode at rest, V against the standard hydrogen electrode."""
    if isinstance(material, Metal):
        return material.standard_potential
    return float(material.open_circuit.potential_vs_she(stoichiometry, material.temperature))


def initial_voltage(study: Study) -> float:
    """Open-circuit voltage of the cell at the start, V."""
    anode, cathode = (
        equilibrium_potential(electrode(study, side), initial_stoichiometry(study, side))
        for side in ELECTRODES
    )
    return cathode - anode


def electrode_capacity(study: Study, side: str, volumes: Volumes = None) -> float | None:
    """Charge an electrode of the whole device holds between the ends of its window, C; None for a metal.

    ``volumes`` are those of a mesh by region [m³]; without them the shape's own, which for porous films are estimates.
    """
    material = electrode(study, side)
    if isinstance(material, Metal):
        return None
    return material.volumetric_capacity * (volumes or study.geometry.volumes())[side] * study.geometry.multiplicity


def nominal_capacity(study: Study, volumes: Volumes = None) -> float | None:
    """Capacity of the whole device that C-rates refer to, C; None between two metals."""
    capacities = [q for side in ELECTRODES if (q := electrode_capacity(study, side, volumes)) is not None]
    return min(capacities, default=None)


def device_footprint(study: Study) -> float:
    """Footprint area of the whole device, m²."""
    return study.geometry.footprint_area * study.geometry.multiplicity


def device_current(study: Study, drive: Drive, volumes: Volumes = None) -> float:
    """Magnitude of a declared current for the whole device, A.

    Raises
    ------
    ValueError
        A C-rate in a cell without an insertion electrode.
    """
    if drive.mode == "current":
        return drive.value
    if drive.mode == "current_density":
        return drive.value * device_footprint(study)
    capacity = nominal_capacity(study, volumes)
    if capacity is None:
        raise ValueError(
            "a C-rate needs an insertion electrode; between two metals give a current or current density"
        )
    return drive.value * capacity / SECONDS_PER_HOUR


def device_charge(study: Study, passed: Passed) -> float:
    """A declared amount of charge for the whole device, C."""
    return passed.value if passed.mode == "capacity" else passed.value * device_footprint(study)


#: Seconds per unknown and protocol step: some 55 time steps of 4 Newton iterations at 5 µs, on one 2020s core.
SECONDS_PER_UNKNOWN = 1.2e-3


def estimated_seconds(study: Study) -> float:
    """Very rough wall time of a case on one core [s]; within a factor of three where it was compared."""
    return SECONDS_PER_UNKNOWN * estimated_size(study)[1] * len(study.steps())


def estimated_size(study: Study) -> tuple[int, int]:
    """Rough numbers of tetrahedra and of unknowns of a case.

    A tetrahedral mesh has about one node per 5.5 cells, and 7.5 times as many for quadratic elements. The
    electrolyte and the electrodes carry a concentration and a potential each.
    """
    cells = study.geometry.estimate_cells(study.mesh)
    nodes = cells / 5.5 * (1.0 if study.physics.degree == 1 else 7.5)
    return cells, round(2 * nodes)
