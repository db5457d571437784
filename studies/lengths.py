r"""Lengths that a study itself implies, which its mesh has to resolve.

Where something changes at an interface for a time t, the change reaches √(D t) into a body with diffusivity D. The time
is that of the protocol step, or, where the surface of the body runs full, empty or out of salt before, Sand's time

    τ = (π D / 4) (z F Δc A / (g I))²

with Δc what may change at the surface, A its area, I the current of the simulated domain, and g = 1 in a film, 1 − t₊
in an electrolyte of transference number t₊ (H. J. S. Sand, Phil. Mag. 1 (1901) 45). A ramp at the rate v moves the
voltage by RT/F within RT/(F v); at an angular frequency ω the change reaches √(D/ω).

A diffuse layer decays over the Debye length in the bulk; at a wall charged to the potential ζ it is thinner by
exp(−F|ζ|/2RT), for there the counter-ions are exp(F|ζ|/RT) as many (A. J. Bard, L. R. Faulkner, Electrochemical
Methods, 2nd ed., 13.3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..materials import ActiveMaterial, BinaryElectrolyte, IonicElectrolyte, format_si
from ..materials.constants import AVOGADRO, FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from . import ratings
from .foreseen import name
from .schema import Study
from .schema_interfaces import ElectrodeInterface
from .schema_protocol import Step

#: Potentials of walls beyond which ions are taken to crowd, in RT/F.
CROWDED = 16.0


@dataclass(frozen=True)
class PhysicalLength:
    """A length that the mesh has to resolve.

    Attributes
    ----------
    region
        ``film``, ``electrolyte`` or ``wall``: where something changes over it.
    value
        m.
    meaning
        What it is, and of which step.
    """

    region: str
    value: float
    meaning: str


def physical_lengths(study: Study, frequencies: Sequence[float] = ()) -> list[PhysicalLength]:
    """The shortest length of every kind in every region, for the protocol and the frequencies [Hz] of a spectrum."""
    found = [*_reaches(study, frequencies), *_diffuse_layers(study)]
    shortest: dict[str, PhysicalLength] = {}
    for one in found:
        if one.region not in shortest or one.value < shortest[one.region].value:
            shortest[one.region] = one
    return list(shortest.values())


def soonest(study: Study, step: Step) -> float | None:
    """Least of Sand's times of a step's current at the surfaces [s]; ``None`` where it has no current or they none."""
    if step.drive is None:
        return None
    return min((_sand(study, step, one) for one in (*_films(study), *_salts(study))), default=None)


@dataclass(frozen=True)
class _Surface:
    """A surface of the simulated domain [m²], and the body behind it: its reach, D, what may come or go [C/m³]."""

    region: str
    area: float
    depth: float
    diffusivity: float
    change: float
    meaning: str


# ---------------------------------------------------------------------- surfaces
def _films(study: Study) -> Iterator[_Surface]:
    volumes, areas = study.geometry.volumes(), study.geometry.areas()
    for side in ratings.ELECTRODES:
        material, area = ratings.electrode(study, side), areas.get(f"{side}_surface")
        if not isinstance(material, ActiveMaterial) or side not in volumes or not area:
            continue
        low, high = material.stoichiometry_window
        change = material.ion_charge * FARADAY * material.c_max * (high - low)
        yield _Surface(
            "film", area, volumes[side] / area, material.diffusivity, change, f"diffusion in the {side}, √(D t)"
        )


def _salts(study: Study) -> Iterator[_Surface]:
    bulk, areas = ratings.electrolyte(study), study.geometry.areas()
    diffusivity, change = _salt(bulk)
    if diffusivity is None:
        return
    depth = study.geometry.characteristic_length
    for side in ratings.ELECTRODES:
        if area := areas.get(f"{side}_surface"):
            yield _Surface("electrolyte", area, depth, diffusivity, change, "diffusion of the salt, √(D t)")


def _salt(bulk: BinaryElectrolyte | IonicElectrolyte) -> tuple[float | None, float]:
    """Diffusivity of the salt [m²/s], and the charge per volume that may be drawn before it runs out [C/m³]."""
    if isinstance(bulk, BinaryElectrolyte):
        others = max(1.0 - bulk.transference_number, 1e-3)
        return bulk.diffusivity, bulk.z_cation * FARADAY * bulk.cation_concentration / others
    if len(bulk.ions) < 2:
        return None, 0.0
    slowest = min(bulk.ions, key=lambda ion: ion.diffusivity)
    return slowest.diffusivity, FARADAY * min(abs(ion.charge) * ion.concentration for ion in bulk.ions)


# ---------------------------------------------------------------------- times
def _reaches(study: Study, frequencies: Sequence[float]) -> Iterator[PhysicalLength]:
    """How far changes get that do not fill the body."""
    for surface in (*_films(study), *_salts(study)):
        for time, told in _times(study, surface, frequencies):
            reach = math.sqrt(surface.diffusivity * time)
            if reach < surface.depth:
                yield PhysicalLength(surface.region, reach, f"{surface.meaning} with t = {told}")


def _times(study: Study, surface: _Surface, frequencies: Sequence[float]) -> Iterator[tuple[float, str]]:
    """Times [s] for which something goes on at a surface, and what they are."""
    if frequencies:
        yield 1 / (2 * math.pi * max(frequencies)), f"1/ω at {format_si(max(frequencies), 'Hz')}"
        return
    told_of: set[str] = set()
    for index, step in enumerate(study.steps()):
        if step.path in told_of:
            continue
        told_of.add(step.path)
        if (found := _time_of(study, step, surface)) is not None:
            time, what = found
            yield time, f"{format_si(time, 's')}, {what} of {name(index, step)}"


def _time_of(study: Study, step: Step, surface: _Surface) -> tuple[float, str] | None:
    known: list[tuple[float, str]] = []
    if step.until.time is not None:
        known.append((step.until.time, "the duration"))
    if step.rate is not None:
        known.append((thermal_voltage(study.physics.temperature) / step.rate, "RT/F over the rate"))
    if step.drive is not None:
        current = ratings.device_current(study, step.drive)
        nominal = ratings.nominal_capacity(study)
        if nominal is not None:
            known.append((nominal / current, "the nominal duration"))
        if step.until.capacity is not None:
            known.append((ratings.device_charge(study, step.until.capacity) / current, "the duration"))
        known.append((_sand(study, step, surface), "Sand's time"))
    return min(known, default=None)


def _sand(study: Study, step: Step, surface: _Surface) -> float:
    """Sand's time of a step of given current at a surface [s]."""
    density = ratings.device_current(study, step.drive) / (surface.area * study.geometry.multiplicity)
    return math.pi / 4 * surface.diffusivity * (surface.change / density) ** 2


# ---------------------------------------------------------------------- diffuse layers
def _diffuse_layers(study: Study) -> Iterator[PhysicalLength]:
    if not study.physics.polarises:
        return
    bulk = ratings.electrolyte(study)
    zeta = _wall_potential(study)
    # Ions of a size crowd: no more of them than fit, and no thinner a layer than that.
    crowded = 0.0 if study.physics.ion_size is None else math.sqrt(_least_room(bulk, study.physics.ion_size))
    told = f"Debye length {format_si(bulk.debye_length, 'm')}"
    if zeta > 0:
        told += f" times exp(−F ζ/2RT), ζ up to {format_si(zeta * thermal_voltage(study.physics.temperature), 'V')}"
    yield PhysicalLength("wall", bulk.debye_length * max(math.exp(-zeta / 2), crowded), told)


def _least_room(bulk: IonicElectrolyte, ion_size: float) -> float:
    """Share of the sites for ions that the bulk fills, by its ions of the smaller amount."""
    return AVOGADRO * ion_size**3 * min(bulk.concentrations)


def _wall_potential(study: Study) -> float:
    """Largest potential of a wall's diffuse layer that the study may bring about, in RT/F.

    Between two walls that take up charge a voltage is shared; at one that does not it falls wholly. A stated charge
    σ has the potential 2 asinh(σ λ_D F/(2 ε RT)) (Gouy and Chapman).
    """
    bulk, thermal = ratings.electrolyte(study), thermal_voltage(study.physics.temperature)
    start = ratings.initial_voltage(study)
    voltages = [start]
    for step in study.steps():
        voltages += [v for v in (step.voltage, step.until.voltage) if v is not None]
    charged = [study.interfaces.of(side) for side in ratings.ELECTRODES]
    blocking = [side for side, one in zip(ratings.ELECTRODES, charged, strict=True) if _is_blocking(study, side, one)]
    zeta = max(abs(v - start) for v in voltages) / max(len(blocking), 1) / thermal if blocking else 0.0
    for side, one in zip(ratings.ELECTRODES, charged, strict=True):
        if one.potential_of_zero_charge is not None:
            rest = ratings.equilibrium_potential(
                ratings.electrode(study, side), ratings.initial_stoichiometry(study, side)
            )
            zeta += abs(rest - one.potential_of_zero_charge) / thermal
    zeta = min(zeta, CROWDED)
    permittivity = bulk.permittivity * VACUUM_PERMITTIVITY
    stated = [one.surface_charge for one in charged if one.surface_charge is not None]
    stated += [s for s in study.interfaces.walls.charges().values() if s is not None]
    for sigma in stated:
        zeta = max(zeta, 2 * math.asinh(abs(sigma) * bulk.debye_length / (2 * permittivity * thermal)))
    return zeta


def _is_blocking(study: Study, side: str, interface: ElectrodeInterface) -> bool:
    return interface.reaction == "blocking" or (interface.reaction == "material" and not getattr(study.materials, side))
