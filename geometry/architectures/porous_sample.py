"""A piece of a porous solid with its pores, without cell around it: for metrology and effective transport.

The solid is the region ``anode``, the pores are ``electrolyte``; with a film on the walls, that is the ``anode``
and the solid the ``anode_collector``.  There is no counter electrode, so no protocol can be run on it.
"""

import dataclasses
from typing import ClassVar, Literal, get_args

from ..errors import GeometryError
from ..gmsh_model import add_to_current_model
from ..parameters import MICROMETRE, Length, require_lengths
from ..porous import (
    estimate_porous_cells,
    mesh_porous,
    porous_slab,
    require_room,
    resolved_porous_sizes,
    wall_flattening,
)
from ..porous_measure import Seeds, measure
from ..quality import LEVEL_SET, Gate
from ..shapes import Shape
from ..sizing import MeshSizes
from ..tags import interface
from ..tetrahedra import TetrahedralMesh
from ..wall_layers import add_wall_layers

Islands = Literal["remove", "keep"]


@dataclasses.dataclass(frozen=True)
class PorousSample:
    """A box of a porous solid and its pores.

    Parameters
    ----------
    shape
        The solid.
    width
        Extent of the box along x [m].
    depth
        Extent along y [m]; the width unless given.
    thickness
        Extent along z [m]; the width unless given.
    film_thickness
        Thickness of a conformal film on every wall of the solid [m]; 0: no film.
    islands
        What becomes of pieces apart from the largest body of solid or pore: "remove" or "keep".
    """

    is_cell: ClassVar[bool] = False

    shape: Shape
    width: Length
    depth: Length | None = None
    thickness: Length | None = None
    film_thickness: Length = 0.0
    islands: Islands = "remove"

    def __post_init__(self) -> None:
        require_lengths("porous_sample", {"width": self.width})
        for name in ("depth", "thickness"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, self.width)
        lengths = {name: getattr(self, name) for name in ("width", "depth", "thickness")}
        require_lengths("porous_sample", lengths)
        require_lengths("porous_sample", {"film_thickness": self.film_thickness}, zero_allowed=True)
        if self.islands not in get_args(Islands):
            allowed = ", ".join(get_args(Islands))
            raise GeometryError(f"porous_sample: islands must be one of {allowed}, not {self.islands!r}")
        require_room("porous_sample", self.shape, lengths)

    @property
    def footprint_area(self) -> float:
        """Area of the box seen along z [m²]."""
        return self.width * self.depth

    @property
    def multiplicity(self) -> float:
        """1: the sample is what is simulated."""
        return 1.0

    @property
    def characteristic_length(self) -> float:
        """The thickness [m]."""
        return self.thickness

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: through the middle."""
        return (0.0, 1.0, 0.0), (self.width / 2, self.depth / 2, self.thickness / 2)

    @property
    def sample_window(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Corners of the box [m], in which it is measured."""
        return (0.0, 0.0, 0.0), (self.width, self.depth, self.thickness)

    def phases(self) -> dict[str, tuple[str, ...]]:
        """Phases of the sample and their regions."""
        if self.film_thickness > 0:
            return {"solid": ("anode_collector",), "film": ("anode",), "pore": ("electrolyte",)}
        return {"solid": ("anode",), "pore": ("electrolyte",)}

    @property
    def estimated_regions(self) -> tuple[str, ...]:
        """Regions whose volume hangs on throats that a film may or may not shut: no mesh is held against it."""
        return ("anode", "electrolyte") if self.film_thickness > 0 else ()

    @property
    def gate(self) -> Gate:
        """What a mesh of this architecture must satisfy."""
        return LEVEL_SET

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(region for regions in self.phases().values() for region in regions)

    def volumes(self) -> dict[str, float]:
        """Volumes by region [m³]: the shape's own, within about 1 % of the mesh's."""
        extent = (self.width, self.depth, self.thickness)
        remove, content = self.islands == "remove", self.shape.fingerprint()
        flatten = wall_flattening(self.shape)
        film = self.film_thickness
        found = measure(self.shape, extent, flatten, Seeds(False, False), remove, film, content=content)
        pore = 1 - found.solid - found.film - found.closed
        shares = {"solid": found.solid, "film": found.film, "pore": pore}
        box = self.footprint_area * self.thickness
        return {region: shares[phase] * box for phase, (region,) in self.phases().items()}

    def areas(self) -> dict[str, float]:
        """None that the shape of the walls does not touch."""
        return {}

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a fifth of the shape's thinnest feature, and three times that far from it."""
        extents = (self.width, self.depth, self.thickness)
        return resolved_porous_sizes(sizes, self.shape, extents, self.film_thickness)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra, within a factor of two."""
        box = self.footprint_area * self.thickness
        return estimate_porous_cells(box, box, self.shape, self.resolved_sizes(sizes), self.film_thickness)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the box into the current Gmsh model [µm]; returns the same mesh as arrays."""
        from ..boundaries import tagged_mesh

        sizes = self.resolved_sizes(sizes)
        slabs = [porous_slab(self.thickness, sizes)]
        built = mesh_porous(
            self.shape, self.width, self.depth, slabs, sizes, self.islands, self.film_thickness
        )
        regions = self.phases()
        names = tuple(regions.get(name, ("",))[0] for name in built.names)
        mesh = tagged_mesh(
            built.points / MICROMETRE,
            built.cells,
            built.phases,
            names,
            interface,
            lambda region, plane: "outer",
            built.details,
        )
        mesh = add_wall_layers(mesh, sizes)
        add_to_current_model(mesh)
        return mesh
