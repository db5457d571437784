"""A straight pore through a solid, round or a slit, open at both ends or between two reservoirs.

The axis is z.  The solid is not part of the mesh: its walls are ``insulation``, be they charged or not.  The two end
planes are ``anode_surface`` (z = 0) and ``cathode_surface``.  With reservoirs the pore pierces a membrane: wider
cylinders (or slits) of electrolyte join it at both ends, the membrane's faces are ``insulation`` too, and the
reservoirs' side is ``outer``, where nothing passes.
"""

import dataclasses
import math
from typing import Annotated, Literal

import numpy as np

from ..errors import GeometryError
from ..extrusion import Side
from ..parameters import MICROMETRE, Length, micrometres, require_lengths
from ..planform import Planform, polar_strips, strips, uniform_points
from ..prism import CurvedPrism, Prism, Section, Storey
from ..quality import CURVED, LAYERED, Gate
from ..sector import divisions_of_sector, require_sector
from ..sizing import MeshSizes, first_at_walls, graded_layers, layer_count, resolve
from ..tags import OMITTED
from ..tetrahedra import TetrahedralMesh

Domain = Literal["sector", "quarter", "half", "whole"]

_DOMAINS = {"radius": ("sector", "quarter", "whole"), "width": ("half", "whole")}

# A long pore needs no more layers along its middle than these, however narrow it is.
_LAYERS_ALONG = 24
_ROLES = ("pore", "membrane")


@dataclasses.dataclass(frozen=True)
class Nanopore(CurvedPrism):
    """A straight pore; give ``radius`` for a round one, ``width`` for a slit.

    Parameters
    ----------
    length
        Length of the pore [m].
    radius
        Radius of a round pore [m].
    width
        Distance between the walls of a slit [m].
    depth
        Extent of a slit that is simulated, along which nothing varies [m]; width/10 unless given.
    reservoir_length
        Length of the reservoirs at both ends [m]; 0: the pore ends at the electrodes.
    reservoir_radius
        Radius of the reservoirs of a round pore [m]; five times the radius unless given.
    reservoir_width
        Width of the reservoirs of a slit [m]; five times the width unless given.
    domain
        What is simulated: of a round pore a "sector", a "quarter" or the "whole", of a slit its "half" (from the
        middle to one wall) or the "whole"; "sector" or "half" unless given.
    angle
        Angle of the sector [degrees].
    """

    length: Length
    radius: Length | None = None
    width: Length | None = None
    depth: Length | None = None
    reservoir_length: Length = 0.0
    reservoir_radius: Length | None = None
    reservoir_width: Length | None = None
    domain: Domain | None = None
    angle: Annotated[float, "deg"] = 10.0

    def __post_init__(self) -> None:
        owner = "nanopore"
        if (self.radius is None) == (self.width is None):
            state = "neither is" if self.radius is None else "both are"
            raise GeometryError(f"{owner}: give radius (a round pore) or width (a slit); {state} given")
        across, other = ("radius", "width") if self.is_round else ("width", "radius")
        require_lengths(owner, {"length": self.length, across: getattr(self, across)})
        require_lengths(owner, {"reservoir_length": self.reservoir_length}, zero_allowed=True)
        foreign = [f"reservoir_{other}", *(["depth"] if self.is_round else [])]
        for name in foreign:
            if getattr(self, name) is not None:
                kind = "round pores" if self.is_round else "slits"
                raise GeometryError(f"{owner}: {name} has no meaning for {kind}; leave it out")
        if not self.is_round:
            self._fill_in("depth", self.width / 10)
            require_lengths(owner, {"depth": self.depth})
        self._require_reservoir(owner, across)
        domains = _DOMAINS[across]
        self._fill_in("domain", domains[0])
        if self.domain not in domains:
            raise GeometryError(f"{owner}: domain must be one of {', '.join(domains)}, not {self.domain!r}")
        require_sector(owner, self.angle)

    def _require_reservoir(self, owner: str, across: str) -> None:
        key, inner = f"reservoir_{across}", getattr(self, across)
        if self.reservoir_length == 0:
            if getattr(self, key) is not None:
                raise GeometryError(f"{owner}: {key} needs reservoirs; give reservoir_length a value above 0")
            return
        self._fill_in(key, 5 * inner)
        require_lengths(owner, {key: getattr(self, key)})
        if getattr(self, key) < 1.2 * inner:
            raise GeometryError(
                f"{owner}: {key} ({micrometres(getattr(self, key))}) must be at least 1.2 times {across} "
                f"({micrometres(inner)}); make {key} larger, or reservoir_length 0 for a pore without reservoirs"
            )

    def _fill_in(self, name: str, default: float | str) -> None:
        if getattr(self, name) is None:
            object.__setattr__(self, name, default)

    @property
    def is_round(self) -> bool:
        """Whether the pore is round; else it is a slit."""
        return self.radius is not None

    @property
    def _half(self) -> float:
        """From the middle to the wall [m]."""
        return self.radius if self.is_round else self.width / 2

    @property
    def _reservoir_half(self) -> float:
        """From the middle to the reservoirs' side [m]; to the wall where there are none."""
        if self.reservoir_length == 0:
            return self._half
        return self.reservoir_radius if self.is_round else self.reservoir_width / 2

    @property
    def _angle(self) -> float:
        """Angle of the simulated part of a round pore [degrees]."""
        return {"sector": self.angle, "quarter": 90.0, "whole": 360.0}[self.domain]

    @property
    def _section(self) -> Section:
        inner, outer = self._half, self._reservoir_half
        if self.is_round:
            turn = math.radians(self._angle)
            areas, edge = (turn / 2 * inner**2, turn / 2 * (outer**2 - inner**2)), turn * inner
        else:
            edge = self.depth * (1 if self.domain == "half" else 2)
            areas = edge * inner, edge * (outer - inner)
        if outer == inner:
            return Section({"pore": areas[0]}, {})
        return Section(dict(zip(_ROLES, areas, strict=True)), {_ROLES: edge})

    @property
    def _prism(self) -> Prism:
        roles = tuple(self._section.areas)
        reservoir = Storey(_Along(self.reservoir_length), dict.fromkeys(roles, "electrolyte"))
        pore = Storey(_Along(self.length), {"pore": "electrolyte"} | dict.fromkeys(roles[1:], OMITTED))
        ends = (dict.fromkeys(roles, f"{side}_surface") for side in ("anode", "cathode"))
        return Prism(self._section, (reservoir, pore, reservoir), *ends, sides=self._walls)

    @property
    def _walls(self) -> tuple[Side, ...]:
        """The wall of a pore without reservoirs, which is the outline of the section."""
        if self.reservoir_length > 0:
            return ()
        wall = self._half / MICROMETRE
        if self.is_round:
            return (Side("radius", wall, "electrolyte", "insulation"),)
        places = (wall,) if self.domain == "half" else (-wall, wall)
        return tuple(Side("u", place, "electrolyte", "insulation") for place in places)

    def film_parameter(self, side: str) -> tuple[None, str, str]:
        """No parameter gives an electrode a film; the last is what to use instead."""
        return None, "0", "another architecture, such as stack: a pore ends in bare planes"

    @property
    def footprint_area(self) -> float:
        """Area of an end plane of the simulated domain [m²]."""
        return self._section.area

    @property
    def multiplicity(self) -> float:
        """Simulated domains in the whole pore (of a slit: in its simulated depth)."""
        if self.is_round:
            return 360.0 / self._angle
        return 2.0 if self.domain == "half" else 1.0

    @property
    def characteristic_length(self) -> float:
        """Radius of the pore, or half the width of the slit [m]."""
        return self._half

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: along the axis, through the middle of the domain."""
        middle = self._prism.height / 2
        if not self.is_round:
            return (0.0, 1.0, 0.0), (self._half / 2, self.depth / 2, middle)
        turn = math.radians(self._angle) / 2 if self.domain != "whole" else 0.0
        reach = self.radius / 2
        return (-math.sin(turn), math.cos(turn), 0.0), (reach * math.cos(turn), reach * math.sin(turn), middle)

    @property
    def gate(self) -> Gate:
        """What the mesh must fulfil."""
        return CURVED if self.is_round else LAYERED

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated domain's boundaries [m²], all but "outer"."""
        areas = self._prism.areas()
        if self.reservoir_length == 0:
            whole = 2 * math.pi * self.radius if self.is_round else 2 * self.depth
            areas["insulation"] = whole / self.multiplicity * self.length
        return areas

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or an eighth of the reservoirs' (or the pore's) half width, 1/12 of the pore's at walls."""
        inner, outer = self._half, self._reservoir_half
        limits = {
            "size": (max(self.length, 2 * outer), "the largest extent of the pore"),
            "interface_size": (inner / 2, f"half of the {'radius' if self.is_round else 'half width'}"),
        }
        return resolve(sizes, max(inner / 4, outer / 8), inner / 12, inner / 12, limits)

    def _across(self, sizes: MeshSizes) -> dict[str, dict]:
        """Arguments of ``graded_layers`` for the extent of every role, from the middle outwards."""
        inner, outer = self._half, self._reservoir_half
        grading = {"first": sizes.interface_size, "growth": sizes.growth, "largest": sizes.size}
        across = {"pore": {"length": inner, "fine": "end", "minimum": 4} | grading}
        if outer > inner:
            across["membrane"] = {"length": outer - inner, "fine": "start", "minimum": 2} | grading
        return across

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Number of tetrahedra that ``build`` will make."""
        sizes = first_at_walls(self.resolved_sizes(sizes))
        counts = [
            layer_count(**{key: value for key, value in grading.items() if key != "fine"})
            for grading in self._across(sizes).values()
        ]
        if self.is_round:
            # Next to the axis one triangle of each pair shrinks to nothing.
            triangles = [divisions_of_sector(self._angle) * (2 * count - (n == 0)) for n, count in enumerate(counts)]
        else:
            rows = len(self._rows(sizes)) - 1
            triangles = [2 * rows * count * (1 if self.domain == "half" else 2) for count in counts]
        inside = _Along(self.length).layer_count(sizes)
        return 3 * (sum(triangles) * (self._prism.layer_count(sizes) - inside) + triangles[0] * inside)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = first_at_walls(self.resolved_sizes(sizes))
        return self._prism.mesh(self._planform(sizes), sizes)

    def _rows(self, sizes: MeshSizes) -> np.ndarray:
        """Dividing points along the depth of a slit [m]."""
        return uniform_points(self.depth, max(sizes.size, self.depth / 1000), 2)

    def _planform(self, sizes: MeshSizes) -> Planform:
        ends, start = [], 0.0
        for role, grading in self._across(sizes).items():
            ends.append((role, (start + graded_layers(**grading)) / MICROMETRE))
            start += grading["length"]
        if self.is_round:
            return polar_strips(ends, math.radians(self._angle), divisions_of_sector(self._angle))
        if self.domain == "whole":
            ends = [(role, -values[::-1]) for role, values in reversed(ends)] + ends
        return strips(ends, self._rows(sizes) / MICROMETRE)


@dataclasses.dataclass(frozen=True)
class _Along:
    """Layers along the axis, fine at both ends; in the middle of something long they are long as well."""

    thickness: float

    def _grading(self, sizes: MeshSizes) -> dict:
        return {
            "first": min(sizes.interface_size, self.thickness / 2),
            "growth": sizes.growth,
            "largest": max(sizes.size, self.thickness / _LAYERS_ALONG),
        }

    def layer_count(self, sizes: MeshSizes) -> int:
        """Number of cell layers."""
        return 2 * layer_count(self.thickness / 2, minimum=2, **self._grading(sizes))

    def ends(self, start: float, sizes: MeshSizes) -> np.ndarray:
        """Ends of the cell layers [µm], beginning at ``start`` [m]."""
        return (start + graded_layers(self.thickness, fine="both", minimum=4, **self._grading(sizes))) / MICROMETRE
