"""Two coated fibres side by side in a cylinder of electrolyte.

Each fibre is a wire, its electrode's collector, with an active film around it.  The axes run along z, in the
plane y = 0.  The anode's terminal is its wire's end face at z = 0, the cathode's that of its wire at
z = length, so that the current has the same way to go everywhere.
"""

import dataclasses
from typing import Literal, get_args

from ..errors import GeometryError
from ..fibre_pair import ROLES, FibrePair
from ..parameters import Length, require_lengths
from ..prism import CurvedPrism, EvenLayers, Prism, Storey
from ..sizing import MeshSizes
from ..tetrahedra import TetrahedralMesh

Domain = Literal["half", "whole"]


@dataclasses.dataclass(frozen=True)
class ParallelFibres(CurvedPrism):
    """Two coated fibres side by side in a cylinder of electrolyte.

    Parameters
    ----------
    core_radius
        Radius of either wire [m].
    anode_thickness, cathode_thickness
        Thickness of the film on each wire [m].
    separation
        Distance between the films' surfaces [m].
    length
        Length of the fibres [m].
    radius
        Radius of the electrolyte's cylinder, about the middle of the gap between the fibres [m]; unless
        given, it leaves as much room outside the thicker fibre as that one's own radius.
    domain
        What is simulated: "half", enough by symmetry, or "whole".
    """

    core_radius: Length
    anode_thickness: Length
    cathode_thickness: Length
    separation: Length
    length: Length
    radius: Length | None = None
    domain: Domain = "half"

    def __post_init__(self) -> None:
        owner = "parallel_fibres"
        names = ("core_radius", "anode_thickness", "cathode_thickness", "separation", "length")
        require_lengths(owner, {name: getattr(self, name) for name in names})
        if self.radius is None:
            dimensions = (self.core_radius, self.anode_thickness, self.cathode_thickness, self.separation)
            object.__setattr__(self, "radius", FibrePair.default_radius(*dimensions))
        require_lengths(owner, {"radius": self.radius})
        if self.domain not in get_args(Domain):
            raise GeometryError(
                f"{owner}: domain must be one of {', '.join(get_args(Domain))}, not {self.domain!r}"
            )
        self._pair.require_room(owner)

    @property
    def _pair(self) -> FibrePair:
        return FibrePair(
            self.core_radius,
            self.anode_thickness,
            self.cathode_thickness,
            self.separation,
            self.radius,
            self.domain == "half",
        )

    @property
    def _prism(self) -> Prism:
        return Prism(
            self._pair.section(),
            (Storey(EvenLayers(self.length, 4, 24), {role: role for role in ROLES}),),
            {"anode_collector": "anode_contact"},
            {"cathode_collector": "cathode_contact"},
        )

    @property
    def footprint_area(self) -> float:
        """Longitudinal section of the simulated domain [m²]: diameter (radius in the half) times length."""
        return (1 if self.domain == "half" else 2) * self.radius * self.length

    @property
    def multiplicity(self) -> float:
        """2 for the half, 1 for the whole."""
        return 2.0 if self.domain == "half" else 1.0

    @property
    def characteristic_length(self) -> float:
        """The separation of the fibres [m]."""
        return self.separation

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the fibres, at half their length."""
        return (0.0, 0.0, 1.0), (0.0, self.radius / 2 if self.domain == "half" else 0.0, self.length / 2)

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a quarter of the narrowest gap and of the thinnest film, 1/8 of the radius."""
        return self._pair.resolved_sizes(sizes)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra."""
        sizes = self.resolved_sizes(sizes)
        return self._prism.cell_count(self._pair.estimate_triangles(sizes), sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        return self._prism.mesh(self._pair.planform(sizes), sizes)
