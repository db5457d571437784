"""What finger tips, bus bars and spokes add to a device: the electrolyte's conductance against that of unit cells.

The ratio of a device's conductance (:mod:`.primary_conductance`) to that of unit cells in its place corrects what a
sweep on the unit cell gives: ohmic drops in the electrolyte shrink by it.

Both are singular at the electrodes' edges and converge from above, the coarse device far slower than its small unit
cell with sizes of its own.  Their ratio is therefore taken on meshes of the *same* sizes, where the edges' errors
are nearly the same share of either, and its error from the ratio on companions of both; where the two ratios are
closer by chance than the edges' errors cancel, that of the device's conductance decides.  The device's conductance
is the ratio times that of unit cells on their own, fine mesh.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..geometry import Architecture, MeshFile, TaggedMesh, architecture_name, load_mesh, mesh_file
from ..geometry.coarser import companion, sizes_of
from .primary_conductance import (
    Conductance,
    affordable,
    device_conductance,
    has_conductance,
    order_of,
    primary_conductance,
)

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

LEFT_IN_RATIO = 0.25
"""What is left at least of a conductance's relative error in the ratio to one on a mesh of the same sizes.

Corners of tips and bus bars are none of the unit cell's. Measured on finger pairs and combs: 0.25 to 0.3.
"""

UNITS = {"interdigital": "unit_cell", "interdigital_pillars": "unit_cell", "concentric_rings": "sector"}
"""The domain of an architecture that stands for its unit cell."""


def end_and_bus_correction(
    architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm
) -> dict[str, Any] | None:
    """Conductance of the electrolyte of a whole device, and of unit cells in its place. Collective.

    Returns
    -------
    dict or None
        ``ratio`` and ``ratio_error``, ``conductance [m]`` (per conductivity) of the device and ``conductance of unit
        cells [m]``, each with its error; None for architectures without a unit cell, or when the unit cell is what
        is meshed.
    """
    unit = UNITS.get(architecture_name(architecture))
    if unit is None or architecture.domain == unit or not has_conductance(architecture, tagged):
        return None
    cell = dataclasses.replace(architecture, domain=unit)
    file, tagged = affordable(architecture, file, tagged, comm)

    def both(mesh: MeshFile, loaded: TaggedMesh) -> tuple[float, float]:
        alike = load_mesh(mesh_file(cell, sizes_of(mesh), comm), comm)
        whole = device_conductance(architecture, loaded)
        return whole / device_conductance(cell, alike), whole

    (own, whole), error = both(file, tagged), None
    if (beside := companion(architecture, file, comm)) is not None:
        other, other_whole = both(beside.file, load_mesh(beside.file, comm))
        order = order_of(architecture)
        alone = own * beside.error(whole, other_whole, order) / whole
        error = max(beside.error(own, other, order), LEFT_IN_RATIO * alone)
    fine = mesh_file(cell, None, comm)
    together = primary_conductance(cell, fine, load_mesh(fine, comm), comm)
    device = _device(own, error, together)
    return {
        "domain": architecture.domain,
        "unit": unit,
        "conductance [m]": device.value,
        "conductance_error [m]": device.error,
        "conductance of unit cells [m]": together.value,
        "conductance of unit cells_error [m]": together.error,
        "ratio": own,
        "ratio_error": error,
    }


def _device(ratio: float, error: float | None, together: Conductance) -> Conductance:
    """The device's conductance by its ratio to unit cells; relative errors add up."""
    value = ratio * together.value
    return Conductance(value, None if error is None else value * (error / ratio + together.error / together.value))
