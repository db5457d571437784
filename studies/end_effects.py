"""What finger tips and bus bars add to a comb: the electrolyte's conductance against that of unit cells.

Between equipotential electrodes the conductance of an insulated electrolyte of conductivity κ is κ·C with C a
length that the shape alone decides.  The ratio of C to that of the device put together from unit cells corrects what
a sweep on the unit cell gives: ohmic drops in the electrolyte shrink by it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..geometry import Architecture, TaggedMesh, load_mesh, mesh_file

if TYPE_CHECKING:
    from mpi4py.MPI import Comm


def end_and_bus_correction(
    architecture: Architecture, tagged: TaggedMesh, comm: Comm
) -> dict[str, Any] | None:
    """Conductance of the electrolyte of a whole device, and of unit cells in its place. Collective.

    Returns
    -------
    dict or None
        ``conductance [m]`` (per conductivity) of the device meshed here and of as many unit cells, and their ratio;
        None for architectures without a unit cell, or when the unit cell is what is meshed.
    """
    domain = getattr(architecture, "domain", None)
    if domain is None or domain == "unit_cell" or not hasattr(architecture, "pairs"):
        return None
    from ..solvers.homogenise import conductance

    cell = dataclasses.replace(architecture, domain="unit_cell")
    # The sizes of a comb are coarse for its unit cell, which can afford its own defaults.
    unit = load_mesh(mesh_file(cell, None, comm), comm)
    pair = ("anode_surface", "cathode_surface")
    device = conductance(tagged, ["electrolyte"], *pair) * architecture.multiplicity
    together = conductance(unit, ["electrolyte"], *pair) * cell.multiplicity
    return {
        "domain": domain,
        "conductance [m]": device,
        "conductance of unit cells [m]": together,
        "ratio": device / together,
    }
