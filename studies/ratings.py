"""What a study amounts to in amperes and coulombs: electrode parameters, capacities, currents, voltages.

The nominal capacity [C, whole device] is that of the smaller insertion electrode between the ends of its
stoichiometry window,

    Q = min_k  z F c_max (θ_max − θ_min) V_k · multiplicity

with V_k the film's volume in the simulated domain; a metal is taken as inexhaustible, and an electrode without
material has none. A rate of 1 C passes
Q in 3600 s. The cell starts at state of charge s with θ = θ_min + s (θ_max − θ_min) in the anode and
θ = θ_max − s (θ_max − θ_min) in the cathode: charging fills the anode and empties the cathode.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..geometry import MeshSizes
from ..materials import (
    ActiveMaterial,
    BinaryElectrolyte,
    Collector,
    IonicElectrolyte,
    Metal,
    capacitor_at,
    collector_at,
    electrolyte_at,
    insertion_at,
    ion_charge,
    ionic_electrolyte_at,
    load_material,
    metal_at,
)
from .quantity import Drive, Passed
from .schema import Study

Volumes = Mapping[str, float] | None

ELECTRODES = ("anode", "cathode")
SECONDS_PER_HOUR = 3600.0


def electrolyte(study: Study) -> BinaryElectrolyte | IonicElectrolyte:
    """Electrolyte parameters at the study's temperature, overrides applied.

    A salt that stays neutral is one concentration; everything else is a list of ions.

    Raises
    ------
    MaterialError
        The material cannot serve, its ions do not make a neutral bulk, or a value is out of bounds.
    """
    given = study.materials
    material, overrides = load_material(given.electrolyte), given.overrides_of("electrolyte")
    if material.salt is not None and given.ions is None and not study.physics.polarises:
        return electrolyte_at(material, study.physics.temperature, overrides)
    return ionic_electrolyte_at(material, study.physics.temperature, overrides, given.amounts())


def ion_names(study: Study) -> tuple[str, ...]:
    """Names of the mobile ions, in order."""
    given = study.materials
    if given.ions is not None:
        return tuple(given.ions)
    material = load_material(given.electrolyte)
    if material.salt is not None:
        return (material.salt.cation, material.salt.anion)
    return tuple(ion.name for ion in material.ions) or (material.ion,)


def exchanged_ion(study: Study, side: str) -> str | None:
    """The ion an electrode exchanges; None where it has no material.

    A capacitive electrode takes that of the other electrode, or else the electrolyte's first cation.
    """
    name = getattr(study.materials, side)
    if name is None:
        return None
    material = load_material(name)
    if material.kind != "capacitive" or material.ion is not None:
        return material.ion
    other = getattr(study.materials, "cathode" if side == "anode" else "anode")
    ions = ion_names(study)
    wanted = load_material(other).ion if other is not None else None
    return wanted if wanted in ions else next((ion for ion in ions if ion_charge(ion) > 0), None)


def electrode(study: Study, side: str) -> ActiveMaterial | Metal | None:
    """Parameters of the ``anode`` or ``cathode``, overrides applied; None where nothing reacts.

    Raises
    ------
    MaterialError
        As for `electrolyte`.
    """
    name = getattr(study.materials, side)
    if name is None:
        return None
    material, overrides = load_material(name), study.materials.overrides_of(side)
    temperature = study.physics.temperature
    if material.kind == "capacitive":
        return capacitor_at(material, temperature, overrides, exchanged_ion(study, side), side == "cathode")
    if material.kind == "metal":
        metal, plating = metal_at(material, temperature, overrides), study.interfaces.of(side).plating
        film = None if plating is None else plating.film_resistance
        return metal if film is None else dataclasses.replace(metal, film_resistance=film)
    return insertion_at(material, temperature, overrides)


def substrate(study: Study, side: str) -> Collector | None:
    """The collector under a plated metal; None where none is named."""
    plating = study.interfaces.of(side).plating
    if plating is None or plating.substrate is None:
        return None
    return collector_at(load_material(plating.substrate), study.physics.temperature)


def bulk_concentration(study: Study) -> float:
    """Concentration that a protocol's limits look at, in the bulk [mol/m³]: the salt's, or the reacting ion's."""
    bulk = electrolyte(study)
    if isinstance(bulk, BinaryElectrolyte):
        return bulk.concentration
    exchanged = [ion for side in ELECTRODES if (ion := exchanged_ion(study, side)) is not None]
    return bulk.ion(next(iter(exchanged), bulk.ions[0].name)).concentration


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
    """Stoichiometry an electrode starts from; None for a metal and without a material."""
    material = electrode(study, side)
    if not isinstance(material, ActiveMaterial):
        return None
    initial = study.physics.initial
    given = getattr(initial, side)
    if given is not None:
        return given
    low, high = material.stoichiometry_window
    charged = initial.state_of_charge if side == "anode" else 1.0 - initial.state_of_charge
    theta = low + charged * (high - low)
    if material.reversible:
        return theta
    return min(max(theta, KINETIC_MARGIN), 1.0 - KINETIC_MARGIN)


def equilibrium_potential(material: ActiveMaterial | Metal | None, stoichiometry: float | None) -> float:
    """Potential of an electrode at rest, V against the standard hydrogen electrode; 0 where nothing reacts."""
    if material is None:
        return 0.0
    if isinstance(material, Metal):
        return material.standard_potential
    return float(material.open_circuit.potential_vs_she(stoichiometry, material.temperature))


def initial_voltage(study: Study) -> float:
    """Open-circuit voltage of the cell at the start, V."""
    anode, cathode = (
        equilibrium_potential(electrode(study, side), initial_stoichiometry(study, side)) for side in ELECTRODES
    )
    return cathode - anode


def electrode_capacity(study: Study, side: str, volumes: Volumes = None) -> float | None:
    """Charge an electrode of the whole device holds between the ends of its window, C; None without film.

    ``volumes`` are those of a mesh by region [m³]; without them the shape's own, which for porous films are estimates.
    """
    material = electrode(study, side)
    if not isinstance(material, ActiveMaterial):
        return None
    return material.volumetric_capacity * (volumes or study.geometry.volumes())[side] * study.geometry.multiplicity


def nominal_capacity(study: Study, volumes: Volumes = None) -> float | None:
    """Capacity of the whole device that C-rates refer to, C; None where no electrode stores charge."""
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
            "a C-rate needs an insertion electrode; between two metals, or surfaces on which nothing is stored, "
            "give a current or current density"
        )
    return drive.value * capacity / SECONDS_PER_HOUR


def device_charge(study: Study, passed: Passed) -> float:
    """A declared amount of charge for the whole device, C."""
    return passed.value if passed.mode == "capacity" else passed.value * device_footprint(study)


#: Seconds per unknown and protocol step: some 55 time steps of 4 Newton iterations at 5 µs, on one 2020s core.
SECONDS_PER_UNKNOWN = 1.2e-3


def estimated_seconds(study: Study, unknowns: int) -> float:
    """Very rough wall time of a case on one core [s]; within a factor of three where it was compared."""
    return SECONDS_PER_UNKNOWN * unknowns * len(study.steps())


#: Memory of the program itself [bytes]; per unknown with the iterative solver; of a direct factorisation, which grows
#: with the power 4/3 of the unknowns in three dimensions (A. George, SIAM J. Numer. Anal. 10 (1973) 345). Fitted to
#: peaks of one process at 4,464, 15,353 and 33,811 unknowns of quickstart.yml, which it meets within 2 %.
MEMORY, MEMORY_PER_UNKNOWN, MEMORY_OF_FACTORS = 4.1e8, 3.8e3, 235.0


def estimated_memory(study: Study, unknowns: int) -> float:
    """Rough memory that solving a case takes on one rank [bytes], pictures and saved fields aside.

    Where the solver is chosen by size, the few unknowns that are solved for directly make no difference.
    """
    if study.solver.linear == "direct":
        return MEMORY + MEMORY_OF_FACTORS * unknowns ** (4 / 3)
    return MEMORY + MEMORY_PER_UNKNOWN * unknowns


def estimated_size(study: Study, sizes: MeshSizes, degree: int) -> tuple[int, int]:
    """Rough numbers of tetrahedra and of unknowns of a case, on a mesh of these sizes.

    A tetrahedral mesh has about one node per 5.5 cells, and 7.5 times as many for quadratic elements. A salt
    and the electrodes have a concentration and a potential each; a list of ions as many concentrations as there
    are ions, less one where neutrality gives it.
    """
    cells = study.geometry.estimate_cells(sizes)
    nodes = cells / 5.5 * (1.0 if degree == 1 else 7.5)
    bulk = electrolyte(study)
    salt = isinstance(bulk, BinaryElectrolyte)
    fields = 2 if salt else len(bulk.ions) + study.physics.polarises
    return cells, round(max(fields, 2) * nodes)
