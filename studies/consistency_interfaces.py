"""Checks of surfaces across the sections of a study: reactions, double layers, charged walls, sizes of ions."""

from __future__ import annotations

from collections.abc import Iterator

from ..geometry import Architecture
from ..materials.constants import AVOGADRO
from .ratings import ELECTRODES, electrolyte
from .schema import Study
from .section import Problem


def surfaces(study: Study) -> Iterator[Problem]:
    """Every surface has what its reaction and the electrolyte's model need, and nothing that contradicts them."""
    for side in ELECTRODES:
        yield from _reaction(study, side)
        yield from _layer(study, side)
    yield from _walls(study)
    if study.physics.polarises and "separator" in study.geometry.regions():
        yield (
            ("physics", "electrolyte"),
            "poisson-nernst-planck has no meaning in a separator, which is taken as homogeneous; "
            "use the electroneutral model, or set the separator's thickness in the geometry to 0",
        )


def _reaction(study: Study, side: str) -> Iterator[Problem]:
    """A reaction needs its material, and nothing else has one."""
    name, reaction = getattr(study.materials, side), study.interfaces.of(side).reaction
    if reaction == "material" and name is None:
        yield (
            ("materials", side),
            f"required key is missing: {'negative' if side == 'anode' else 'positive'} electrode, "
            "an insertion or capacitive material or a metal; "
            f"or set interfaces.{side}.reaction to blocking or reservoir",
        )
    if reaction != "material" and name is not None:
        yield (
            ("interfaces", side, "reaction"),
            f"a {reaction} electrode has no material, but materials.{side} is {name}; remove one of the two",
        )


def _layer(study: Study, side: str) -> Iterator[Problem]:
    """The law of a surface's charge is one that the electrolyte's model knows."""
    given = study.interfaces.of(side)
    loc = ("interfaces", side)
    if study.physics.polarises:
        if given.capacitance is not None:
            yield (
                (*loc, "capacitance"),
                "with poisson-nernst-planck the diffuse layer is solved for; "
                "use stern_capacitance, that of the compact layer",
            )
        if given.reaction == "blocking" and given.surface_charge is not None:
            driven = next((step for step in study.steps() if step.drive is not None), None)
            if driven is not None:
                yield (
                    (*loc, "surface_charge"),
                    "no current passes a blocking surface whose charge is fixed, "
                    f"but the protocol has a {driven.kind}; use stern_capacitance",
                )
        return
    if given.surface_charge is not None:
        yield (
            (*loc, "surface_charge"),
            "matters with physics.electrolyte: poisson-nernst-planck only; use capacitance or stern_capacitance",
        )
    if given.potential_of_zero_charge is not None and not given.has_layer:
        yield (
            (*loc, "potential_of_zero_charge"),
            "belongs to a double layer; give capacitance or stern_capacitance too, or remove this key",
        )
    if given.reaction == "blocking" and not given.has_layer:
        yield (
            (*loc, "reaction"),
            "no current can pass a blocking electrode without a double layer; give capacitance or stern_capacitance",
        )


def _walls(study: Study) -> Iterator[Problem]:
    known = _boundaries(study.geometry)
    for name in study.interfaces.walls.charges():
        loc = ("interfaces", "walls", name)
        if not study.physics.polarises:
            yield loc, "the charge of walls matters with physics.electrolyte: poisson-nernst-planck only"
        elif known is not None and name not in known:
            walls = [wall for wall in type(study.interfaces.walls).model_fields if wall in known]
            yield loc, f"the geometry has no boundary '{name}'; walls it has: {', '.join(walls)}"


def _boundaries(geometry: Architecture) -> set[str] | None:
    """Names of the boundaries; None where only the mesh knows them."""
    names = set(geometry.areas()) | {"outer"}
    return names if {"anode_surface", "cathode_surface"} <= names else None


def ion_size(study: Study) -> Iterator[Problem]:
    """The ions of the bulk leave room for more; their electrolyte must be valid."""
    size = study.physics.ion_size
    if size is None:
        return
    filled = AVOGADRO * size**3 * sum(electrolyte(study).concentrations)
    if filled >= 1.0:
        yield (
            ("physics", "ion_size"),
            f"the ions of the bulk alone would fill {filled:.3g} of the volume, which must be below 1; make it smaller",
        )
