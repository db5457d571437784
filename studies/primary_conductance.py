r"""Conductance of the electrolyte between equipotential electrodes, with its error.

For a conductivity κ it is κ·C, with a length C that the shape alone decides: the energy ∫|∇φ|² dV of
:math:`\nabla^2 φ = 0` with φ = 0 and 1 on the electrodes.  The primary resistance is 1/(κC) (J. Newman, K. E.
Thomas-Alyea, Electrochemical Systems, 3rd ed., Wiley 2004, § 18.2).

Elements are quadratic.  The current density is singular at the electrodes' edges, φ ~ r^λ, so that the energy's
error goes with the power 2λ of the sizes whatever the degree (P. Grisvard, Elliptic Problems in Nonsmooth Domains,
Pitman 1985): λ = 1/2 where an electrode ends on an insulating plane, 2/3 at the upper edge of a film, 1/3 at an
upper edge with an insulating top.  Without edges the error is that of polygons and facets, of second order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..geometry import ELECTROLYTES, Architecture, MeshFile, TaggedMesh, architecture_name, load_mesh
from ..geometry.coarser import companion

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

PAIR = ("anode_surface", "cathode_surface")

EDGED, SMOOTH, INSULATED_TOP = 1.0, 2.0, 2 / 3

ORDERS = dict.fromkeys(("interdigital", "interdigital_pillars", "concentric_rings", "stacked_columns"), EDGED)
ORDERS |= dict.fromkeys(
    ("planar", "stack", "coaxial_fibre", "parallel_fibres", "twisted_fibres", "nanopore"), SMOOTH
)
"""Order of the error in the sizes; architectures that are not here get no conductance."""

QUADRATIC_CELLS = 1_000_000
"""Tetrahedra above which a coarser companion takes a mesh's place."""

LEFT_BY_QUADRATIC = 1 / 3
"""What quadratic elements leave at singular edges of what they gain on linear ones; less where there are none."""


@dataclass(frozen=True)
class Conductance:
    """Conductance over conductivity of a whole device [m], and its estimated error [m]."""

    value: float
    error: float | None


def order_of(architecture: Architecture) -> float:
    """Power of the sizes with which a conductance's error goes."""
    return INSULATED_TOP if getattr(architecture, "insulated_top", False) else ORDERS[architecture_name(architecture)]


def has_conductance(architecture: Architecture, tagged: TaggedMesh) -> bool:
    """Whether one uniform electrolyte lies between two electrodes."""
    liquids = [name for name in ELECTROLYTES if name in tagged.regions]
    known = architecture_name(architecture) in ORDERS
    return known and liquids == ["electrolyte"] and all(name in tagged.boundaries for name in PAIR)


def primary_conductance(
    architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm
) -> Conductance | None:
    """The conductance of a device whose mesh is loaded; None if there is no such thing. Collective."""
    if not has_conductance(architecture, tagged):
        return None
    file, tagged = affordable(architecture, file, tagged, comm)
    value = device_conductance(architecture, tagged)
    beside = companion(architecture, file, comm)
    if beside is not None:
        other = device_conductance(architecture, load_mesh(beside.file, comm))
        error = beside.error(value, other, order_of(architecture))
    else:
        error = LEFT_BY_QUADRATIC * abs(device_conductance(architecture, tagged, degree=1) - value)
    return Conductance(value, error + abs(value) * _missed(architecture, file.report))


def affordable(
    architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm
) -> tuple[MeshFile, TaggedMesh]:
    """The mesh, or the finest of its coarser companions that quadratic elements can be afforded on. Collective.

    They err far less than linear ones on the mesh itself: 0.1 % instead of 0.4 % for fingers of 5 µm, gaps of 50 µm.
    """
    chosen = file
    while chosen.report["cells"] > QUADRATIC_CELLS:
        beside = companion(architecture, chosen, comm, finer=False)
        if beside is None:
            break
        chosen = beside.file
    return (file, tagged) if chosen is file else (chosen, load_mesh(chosen, comm))


def conductance_of(architecture: Architecture, found: Conductance) -> dict[str, Any]:
    """The conductance as ``mesh.json`` holds it."""
    return {
        "conductance [m]": found.value,
        "conductance_error [m]": found.error,
        "order": order_of(architecture),
    }


def device_conductance(architecture: Architecture, tagged: TaggedMesh, degree: int = 2) -> float:
    """Conductance of all domains of the device together, over conductivity [m]; collective."""
    from ..solvers.homogenise import conductance

    return conductance(tagged, ["electrolyte"], *PAIR, degree=degree) * architecture.multiplicity


def _missed(architecture: Architecture, report: Mapping[str, Any]) -> float:
    """By what share polygons in place of circles miss an electrode's area, where that is known.

    A companion may have as many corners, and would not tell.
    """
    areas = architecture.areas()
    pairs = [(report["areas"].get(name), areas.get(name)) for name in PAIR]
    return max((abs(found / wanted - 1) for found, wanted in pairs if found and wanted), default=0.0)
