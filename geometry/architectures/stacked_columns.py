"""An array of vertical columns of one electrode, a conformal electrolyte on it, the other electrode around.

Columns stand on a base film of their own material and form a square lattice in x and y; z points up.  The
electrolyte coats the base, the columns' sides and their tops with one thickness (with square edges); the
other electrode fills what is left and rises ``cover_thickness`` above the coated columns.  From z = 0
upwards: collector of the column's electrode, base film, columns, cover, collector of the other electrode.
"""

import dataclasses
import math
from typing import Literal, get_args

import numpy as np

from ..bar import Slab
from ..clearance import require_clearance
from ..errors import GeometryError
from ..figures import Rectangle, rings, sector
from ..parameters import MICROMETRE, Area, Length, micrometres, require_area, require_lengths
from ..planform import Planform
from ..prism import CurvedPrism, Prism, Section, Storey
from ..sizing import MeshSizes, graded_layers, resolve
from ..tetrahedra import TetrahedralMesh
from ..triangulation import Strip, estimate_triangles, triangulate

Domain = Literal["quarter", "cell"]
Electrode = Literal["anode", "cathode"]

_ROLES = ("column", "coat", "rest")

# Of a quarter circle, for areas within 0.3 %, which is 0.7 % of the little that densest columns leave.
_LEAST_DIVISIONS = 12


@dataclasses.dataclass(frozen=True)
class StackedColumns(CurvedPrism):
    """Columns of one electrode inside the other one, a conformal electrolyte between them.

    Parameters
    ----------
    pitch
        Distance between the axes of neighbouring columns [m].
    radius
        Radius of the columns [m].
    height
        Height of the columns above the base film [m].
    electrolyte_thickness
        Thickness of the electrolyte on the columns and on the base film [m].
    base_thickness
        Thickness of the film under the columns [m].
    cover_thickness
        Thickness of the other electrode above the coated columns [m].
    collector_thickness
        Thickness of the collectors below and above [m]; 0: the films' outer faces are the contacts.
    electrode
        Which electrode the columns are: "anode" or "cathode".
    domain
        What is simulated of a lattice cell: "quarter", enough by symmetry, or "cell".
    device_area
        Footprint of the whole device [m²]; that of the simulated domain unless given.
    """

    pitch: Length
    radius: Length
    height: Length
    electrolyte_thickness: Length
    base_thickness: Length
    cover_thickness: Length
    collector_thickness: Length = 0.0
    electrode: Electrode = "anode"
    domain: Domain = "quarter"
    device_area: Area | None = None

    def __post_init__(self) -> None:
        owner = "stacked_columns"
        needed = (
            *("pitch", "radius", "height", "electrolyte_thickness", "base_thickness", "cover_thickness"),
        )
        require_lengths(owner, {name: getattr(self, name) for name in needed})
        require_lengths(owner, {"collector_thickness": self.collector_thickness}, zero_allowed=True)
        require_area(owner, "device_area", self.device_area)
        for name, words in (("electrode", get_args(Electrode)), ("domain", get_args(Domain))):
            if getattr(self, name) not in words:
                raise GeometryError(
                    f"{owner}: {name} must be one of {', '.join(words)}, not {getattr(self, name)!r}"
                )
        require_clearance(
            owner,
            "coated columns and the planes between them",
            self.pitch / 2 - self._coated_radius,
            self._coated_radius,
            "pitch",
            2.0,
        )
        if self.height <= self.electrolyte_thickness * (1 + 1e-9):
            raise GeometryError(
                f"{owner}: columns {micrometres(self.height)} high vanish in an electrolyte_thickness of "
                f"{micrometres(self.electrolyte_thickness)}; make height larger than that"
            )

    @property
    def _coated_radius(self) -> float:
        return self.radius + self.electrolyte_thickness

    @property
    def _quarters(self) -> int:
        return 1 if self.domain == "quarter" else 4

    @property
    def _section(self) -> Section:
        quarters, radius, coated = self._quarters, self.radius, self._coated_radius
        column, disk = math.pi / 4 * radius**2, math.pi / 4 * coated**2
        areas = {"column": column, "coat": disk - column, "rest": (self.pitch / 2) ** 2 - disk}
        edges = {("column", "coat"): math.pi / 2 * radius, ("coat", "rest"): math.pi / 2 * coated}
        return Section(
            {role: quarters * area for role, area in areas.items()},
            {roles: quarters * length for roles, length in edges.items()},
        )

    @property
    def _prism(self) -> Prism:
        inner = self.electrode
        outer = "cathode" if inner == "anode" else "anode"
        coat = self.electrolyte_thickness

        def regions(*of_roles: str) -> dict[str, str]:
            return dict(zip(_ROLES, of_roles, strict=True))

        def all_of(region: str) -> dict[str, str]:
            return dict.fromkeys(_ROLES, region)

        electrolyte = {"fine_size": "interface_size", "fine": "both"}
        return Prism(
            self._section,
            (
                Storey(
                    Slab("collector", self.collector_thickness, "size", "end", 1),
                    all_of(f"{inner}_collector"),
                ),
                Storey(Slab("base", self.base_thickness, "film_size", "end"), all_of(inner)),
                Storey(
                    Slab("floor", coat, **electrolyte, minimum=4),
                    regions(inner, "electrolyte", "electrolyte"),
                ),
                Storey(
                    Slab("columns", self.height - coat, **electrolyte), regions(inner, "electrolyte", outer)
                ),
                Storey(
                    Slab("cap", coat, **electrolyte, minimum=4), regions("electrolyte", "electrolyte", outer)
                ),
                Storey(Slab("cover", self.cover_thickness, "film_size", "start"), all_of(outer)),
                Storey(
                    Slab("collector", self.collector_thickness, "size", "start", 1),
                    all_of(f"{outer}_collector"),
                ),
            ),
            all_of(f"{inner}_contact"),
            all_of(f"{outer}_contact"),
        )

    @property
    def footprint_area(self) -> float:
        """Footprint of the simulated domain [m²]."""
        return self._quarters * (self.pitch / 2) ** 2

    @property
    def multiplicity(self) -> float:
        """Device area over simulated area; 1 when no device area is given."""
        return 1.0 if self.device_area is None else self.device_area / self.footprint_area

    @property
    def characteristic_length(self) -> float:
        """The electrolyte's thickness [m]."""
        return self.electrolyte_thickness

    @property
    def height_of_device(self) -> float:
        """Height of all layers together [m]."""
        return self._prism.height

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: through the column's axis, along the cell's diagonal."""
        middle = self.pitch / 4 if self.domain == "quarter" else 0.0
        return (math.sqrt(0.5), -math.sqrt(0.5), 0.0), (middle, middle, self.height_of_device / 2)

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a third of the radius, 1/8 of the electrolyte, 1/8 of the thinnest film."""
        coat = self.electrolyte_thickness
        film = min(self.base_thickness, self.cover_thickness, self.radius)
        limits = {
            "size": (self.pitch / 2, "half of the pitch"),
            "interface_size": (coat / 2, "half of electrolyte_thickness"),
            "film_size": (film, "the thinnest film or the radius"),
        }
        return resolve(sizes, self.radius / 3, coat / 8, film / 8, limits)

    def _divisions(self, sizes: MeshSizes) -> int:
        """Segments of a quarter of a circle, an even number; along it nothing varies much."""
        # No cells much longer than what lies between the columns is wide.
        longest = min(sizes.size, self.pitch / 2 - self._coated_radius)
        return 2 * max(_LEAST_DIVISIONS // 2, math.ceil(math.pi / 4 * self._coated_radius / longest - 1e-9))

    def _radii(self, sizes: MeshSizes) -> dict[str, np.ndarray]:
        """Ends of the regular rings of each role [m]: the column's outer half, the coat, a little beyond it."""
        grading = {"growth": sizes.growth, "largest": sizes.size}
        radius, coated = self.radius, self._coated_radius
        free = (self.pitch / 2 - coated) / 2
        column = graded_layers(radius / 2, min(sizes.film_size, radius / 2), fine="end", **grading)
        coat = graded_layers(coated - radius, sizes.interface_size, fine="both", minimum=4, **grading)
        rest = graded_layers(free, min(sizes.film_size, free), **grading)
        return {"column": radius / 2 + column, "coat": radius + coat, "rest": coated + rest}

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra."""
        sizes = self.resolved_sizes(sizes)
        divisions, radii = self._divisions(sizes), self._radii(sizes)
        regular = 2 * divisions * sum(len(ends) - 1 for ends in radii.values())
        core, beyond = radii["column"][0], radii["rest"][-1]
        chord = math.pi / 2 / divisions
        strips = [
            Strip(math.pi / 2 * core, core, core * chord, -1 / core),
            Strip(math.pi / 2 * beyond, self.pitch / 2 - beyond, beyond * chord, 1 / beyond),
        ]
        area = (self.pitch / 2) ** 2 - math.pi / 4 * (beyond**2 - core**2)
        triangles = regular + estimate_triangles(area, strips, sizes)
        return self._prism.cell_count(self._quarters * triangles, sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        return self._prism.mesh(self._planform(sizes), sizes)

    def _planform(self, sizes: MeshSizes) -> Planform:
        half, stop = self.pitch / 2 / MICROMETRE, self._quarters * math.pi / 2
        low = 0.0 if self.domain == "quarter" else -half
        divisions, radii, axis = self._divisions(sizes), self._radii(sizes), (0.0, 0.0)
        figures = sector("column", axis, 0.0, radii["column"][0] / MICROMETRE, 0.0, stop)
        row = 0
        for role, ends in radii.items():
            figures += rings(role, axis, ends / MICROMETRE, 0.0, stop, divisions, row)
            row += len(ends) - 1
        return triangulate(Rectangle("rest", low, low, half, half), figures, sizes)
