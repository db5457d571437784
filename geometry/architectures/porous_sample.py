"""A piece of a porous solid with its pores, without cell around it: for metrology and effective transport.

The solid is the region ``anode``, the pores are ``electrolyte``; with a film on the walls, that is the ``anode``
and the solid the ``anode_collector``.  An image that tells several solid phases apart has them as ``anode``,
``solid_2`` and ``solid_3``, in the order of its labels.  There is no counter electrode, so no protocol can be run on
it.

With ``electrodes`` across an axis the pores alone are meshed, between an anode and a cathode on the sample's end
planes; the solid's walls are ``insulation``.  That is a cell: a porous membrane under bias.
"""

import dataclasses
from typing import Literal, get_args

import numpy as np

from ..errors import GeometryError
from ..gmsh_model import add_to_current_model
from ..own_shape import require_own_fraction
from ..parameters import MICROMETRE, Length, require_lengths
from ..porous import (
    estimate_porous_cells,
    mesh_porous,
    pores_that_join,
    porous_slab,
    require_room,
    resolved_porous_sizes,
)
from ..porous_measure import PorousMeasure, Seeds, measure
from ..quality import LEVEL_SET, SEVERAL_SOLIDS, Gate
from ..shapes import Shape
from ..sizing import MeshSizes
from ..tags import OMITTED, SOLIDS, boundary_between, interface
from ..tetrahedra import TetrahedralMesh
from ..wall_layers import add_wall_layers

Islands = Literal["remove", "keep"]
Electrodes = Literal["none", "x", "y", "z"]


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
    electrodes
        Axis on whose two end planes the pores meet an anode (lower end) and a cathode: "x", "y" or "z"; "none":
        there are no electrodes, the solid is meshed too.
    """

    shape: Shape
    width: Length
    depth: Length | None = None
    thickness: Length | None = None
    film_thickness: Length = 0.0
    islands: Islands = "remove"
    electrodes: Electrodes = "none"

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
        if self.electrodes not in get_args(Electrodes):
            allowed = ", ".join(get_args(Electrodes))
            raise GeometryError(f"porous_sample: electrodes must be one of {allowed}, not {self.electrodes!r}")
        if self.is_cell and self.film_thickness > 0:
            raise GeometryError(
                "porous_sample: with electrodes the pores alone are meshed, so there is no place for a film; "
                "set film_thickness to 0 or electrodes to none"
            )
        if self.film_thickness > 0 and len(self.shape.solids) > 1:
            raise GeometryError(
                f"porous_sample: a film covers a solid of one phase, and the shape has {', '.join(self.shape.solids)}; "
                "set film_thickness to 0, or list its labels without names"
            )
        require_room("porous_sample", self.shape, lengths)

    @property
    def is_cell(self) -> bool:
        """Whether there are two electrodes, so that a protocol can be run."""
        return self.electrodes != "none"

    @property
    def _extent(self) -> tuple[float, float, float]:
        return self.width, self.depth, self.thickness

    @property
    def _axis(self) -> int:
        """Axis across which the electrodes face one another; z where there are none."""
        return "xyz".index(self.electrodes) if self.is_cell else 2

    def film_parameter(self, side: str) -> tuple[None, str, str]:
        """No parameter gives an electrode a film; the last is what to use instead."""
        return None, "0", "another architecture, such as porous_electrode: the pores of a sample end in bare planes"

    @property
    def footprint_area(self) -> float:
        """Area of the box seen along z, or from one electrode to the other [m²]."""
        return float(np.prod(self._extent)) / self._extent[self._axis]

    @property
    def multiplicity(self) -> float:
        """1: the sample is what is simulated."""
        return 1.0

    @property
    def characteristic_length(self) -> float:
        """The thickness, or the distance of the electrodes [m]."""
        return self._extent[self._axis]

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: through the middle."""
        normal = (1.0, 0.0, 0.0) if self.electrodes == "y" else (0.0, 1.0, 0.0)
        return normal, tuple(length / 2 for length in self._extent)

    @property
    def sample_window(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Corners of the box [m], in which it is measured."""
        return (0.0, 0.0, 0.0), self._extent

    def phases(self) -> dict[str, tuple[str, ...]]:
        """Phases of the sample and their regions."""
        if self.is_cell:
            return {"pore": ("electrolyte",)}
        if self.film_thickness > 0:
            return {"solid": ("anode_collector",), "film": ("anode",), "pore": ("electrolyte",)}
        solids = {name: (region,) for name, region in zip(self.shape.solids, SOLIDS, strict=False)}
        return solids | {"pore": ("electrolyte",)}

    @property
    def estimated_regions(self) -> tuple[str, ...]:
        """Regions no mesh is held against: their volume hangs on throats that may or may not be shut.

        Nor are those of several solid phases, whose voxels the mesh is compared with instead.
        """
        if self.is_cell:
            return ("electrolyte",)
        if len(self.shape.solids) > 1:
            return SOLIDS[: len(self.shape.solids)]
        return ("anode", "electrolyte") if self.film_thickness > 0 else ()

    @property
    def gate(self) -> Gate:
        """What a mesh of this architecture must satisfy."""
        return SEVERAL_SOLIDS if len(self.shape.solids) > 1 and not self.is_cell else LEVEL_SET

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(region for regions in self.phases().values() for region in regions)

    def volumes(self) -> dict[str, float]:
        """Volumes by region [m³]: the shape's own, within about 1 % of the mesh's."""
        found = self._measured
        pore = 1 - found.solid - found.film - found.closed
        shares = {"solid": found.solid, "film": found.film, "pore": pore}
        if self.film_thickness == 0 and not self.is_cell:
            shares |= self.shape.solid_shares(np.array(self._extent), found.solid)
        box = float(np.prod(self._extent))
        return {region: shares[phase] * box for phase, (region,) in self.phases().items()}

    def _region_of(self, part: str) -> str:
        """Region of a part of the mesh; OMITTED where it has none."""
        phases = self.phases()
        if part.startswith("solid") and not self.is_cell and self.film_thickness == 0:
            return phases[self.shape.solids[int(part[6:] or 1) - 1]][0]
        return phases.get(part, (OMITTED,))[0]

    @property
    def _measured(self) -> PorousMeasure:
        remove, content = self.islands == "remove", self.shape.content()
        return measure(self.shape, self._extent, Seeds(False, False), remove, self.film_thickness, content=content)

    def areas(self) -> dict[str, float]:
        """None that the shape of the walls does not touch."""
        return {}

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a fifth of the shape's thinnest feature, and three times that far from it."""
        return resolved_porous_sizes(sizes, self.shape, self._extent, self.film_thickness)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra, within a factor of two."""
        box = float(np.prod(self._extent))
        return estimate_porous_cells(box, box, self.shape, self.resolved_sizes(sizes), self.film_thickness)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the box into the current Gmsh model [µm]; returns the same mesh as arrays."""
        from ..boundaries import tagged_mesh

        sizes = self.resolved_sizes(sizes)
        slabs = [porous_slab(self.thickness, sizes)]
        built = mesh_porous(
            self.shape,
            self.width,
            self.depth,
            slabs,
            sizes,
            self.islands,
            self.film_thickness,
            all_solids=not self.is_cell,
        )
        if self.is_cell:
            # The solid is not in the mesh, so that its volume is not compared later.
            require_own_fraction(built, self._measured.solid)
            built = pores_that_join(built, self._axis, self._extent[self._axis])
        names = tuple(self._region_of(name) for name in built.names)
        ends = {f"{self.electrodes}-": "anode_surface", f"{self.electrodes}+": "cathode_surface"}
        mesh = tagged_mesh(
            built.points / MICROMETRE,
            built.cells,
            built.phases,
            names,
            boundary_between if self.is_cell else interface,
            lambda region, plane: ends.get(plane, "outer"),
            built.details,
            built.faces,
        )
        mesh = add_wall_layers(mesh, sizes)
        add_to_current_model(mesh)
        return mesh
