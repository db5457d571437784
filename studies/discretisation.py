r"""How finely a study is solved: mesh sizes, degree of the elements and tolerance of the time steps, from its accuracy.

One number a, the relative error that the headline numbers may have, sets everything that is not given:

- a size is the smallest of what the shape asks for and of a share of every length that the physics implies
  (:mod:`.lengths`), times √(a/2 %), for linear elements err by the square of their size;
- neighbouring layers differ by a factor 1 + √(a/2 %)/5 in thickness, for in layers that grow with the distance x from a
  surface the size is (growth − 1) x, whatever the first;
- the local error of a time step is 1e-3 · a/2 %.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from ..geometry import MeshSizes
from ..materials import MaterialError, format_si
from . import ratings
from .lengths import PhysicalLength, physical_lengths
from .schema import MeshStudy, Study
from .schema_settings import DEFAULT_ACCURACY

#: Growth of neighbouring layers above 1, at the default accuracy.
GROWTH = 0.2

#: Largest growth of a coarse mesh.
MOST_GROWTH = 1.6

#: Local error of a time step, at the default accuracy, and the largest.
TOLERANCE = 1e-3
LARGEST_TOLERANCE = 1e-2

#: The size that a length of each region sets, and which share of the length it is at the default accuracy.
SHARES = {"film": ("film_size", 1 / 25), "electrolyte": ("interface_size", 1 / 10), "wall": ("wall_size", 1 / 4)}

#: Share of a diffuse layer with quadratic elements: they err there by 1e-4 where linear ones do by 1e-2.
QUADRATIC_WALL = 1.0


@dataclass(frozen=True)
class Discretisation:
    """How finely a case is solved.

    Attributes
    ----------
    sizes
        Of the mesh.
    degree
        Of the finite elements.
    tolerance
        Local error allowed in one time step.
    reasons
        What set each mesh size, by its key.
    """

    sizes: MeshSizes
    degree: int
    tolerance: float
    reasons: dict[str, str]

    def coarser(self, factor: float) -> Discretisation:
        """The same on a mesh that is coarser in everything by a factor."""
        return dataclasses.replace(self, sizes=dataclasses.replace(self.sizes, scale=factor * self.sizes.scale))

    def with_tolerance(self, tolerance: float) -> Discretisation:
        """The same with another tolerance of time steps, as far as that may be."""
        return dataclasses.replace(self, tolerance=min(tolerance, max(LARGEST_TOLERANCE, self.tolerance)))

    def coarser_in_all(self, factor: float) -> Discretisation:
        """The same with the mesh's sizes by a factor, and the tolerance of time steps by its square."""
        return self.coarser(factor).with_tolerance(self.tolerance * factor**2)


def discretisation(study: Study | MeshStudy, frequencies: Sequence[float] = ()) -> Discretisation:
    """How finely a case is solved, for its protocol or for the frequencies [Hz] of a spectrum.

    Raises
    ------
    GeometryError
        The sizes given do not fit the shape.
    """
    share = study.accuracy / DEFAULT_ACCURACY
    full = study if isinstance(study, Study) else _whole(study)
    tolerance, degree = min(TOLERANCE * share, LARGEST_TOLERANCE), 1
    if full is not None:
        tolerance = full.solver.tolerance or tolerance
        degree = full.physics.degree or default_degree(full)
    lengths = [] if full is None else _lengths(full, frequencies)
    sizes, reasons = _sizes(study, math.sqrt(share), degree, lengths)
    return Discretisation(sizes, degree, tolerance, reasons)


def default_degree(study: Study) -> int:
    """Quadratic where double layers are resolved: linear elements err by 1 to 4 % in their charge."""
    limited = any(
        (plating := study.interfaces.of(side).plating) is not None and plating.initial_thickness is not None
        for side in ratings.ELECTRODES
    )
    return 2 if study.physics.polarises and not limited else 1


def _whole(study: MeshStudy) -> Study | None:
    """The study with its other sections, where they are right."""
    try:
        return Study.model_validate(study.model_dump(exclude_none=True))
    except ValidationError:
        return None


def _lengths(study: Study, frequencies: Sequence[float]) -> list[PhysicalLength]:
    try:
        return physical_lengths(study, frequencies)
    except (MaterialError, ValueError, KeyError):
        # What is wrong with materials, films or currents is told where the cell is made.
        return []


def _sizes(
    study: Study | MeshStudy, finer: float, degree: int, lengths: list[PhysicalLength]
) -> tuple[MeshSizes, dict[str, str]]:
    given = study.mesh
    growth = given.growth if given.growth is not None else min(1 + GROWTH * finer, MOST_GROWTH)
    fitted = study.geometry.resolved_sizes(dataclasses.replace(given, growth=growth, scale=finer))
    told = {name: "given" for name, value in given.lengths().items() if value is not None}
    told["growth"] = "given" if given.growth is not None else "accuracy"
    found = {name: value for name, value in fitted.lengths().items() if value is not None and name not in told}
    reasons = told | dict.fromkeys(found, "the shape")
    for one in () if _is_lattice(study) else lengths:
        key, part = SHARES[one.region]
        if one.region == "wall" and degree > 1:
            part = QUADRATIC_WALL
        size = part * finer * one.value
        # Layers on walls are there to be thinner than the cells beside them.
        known = fitted.lengths() | found
        if key in told or size >= (known[key] or known["interface_size"] or math.inf):
            continue
        found[key] = size
        reasons[key] = f"{format_si(one.value, 'm')}: {one.meaning}"
    if "size" in found:
        found["size"] = max(found["size"], given.interface_size or 0.0)
    sizes = dataclasses.replace(given, growth=growth, **found)
    # A shape that cannot take them says so here.
    study.geometry.resolved_sizes(sizes)
    return sizes, reasons


def _is_lattice(study: Study | MeshStudy) -> bool:
    """Whether the mesh is cut from a lattice whose cells are of one size at all surfaces."""
    return hasattr(study.geometry, "phases")
