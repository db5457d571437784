"""The cell that a study describes: materials, surfaces and models, and with its mesh the coupled problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..geometry import MeshFile, load_mesh, mesh_file
from ..solvers.description import ELECTRODES, CellDescription, DoubleLayer, Electrode, Separator
from . import ratings
from .assumptions import STERN_CAPACITANCE
from .discretisation import Discretisation, discretisation
from .plating import bare_layer, plating
from .schema import Study
from .schema_interfaces import NO_LAYER

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

    from ..solvers.cell import Cell


def build_cell(study: Study, comm: Comm, finely: Discretisation | None = None) -> tuple[Cell, MeshFile]:
    """Mesh a case and set up its coupled problem, as finely as its accuracy asks for unless told.

    Returns
    -------
    cell
        The coupled problem in its initial state.
    file
        The mesh and its report.

    Raises
    ------
    GeometryError, SolverError
        The mesh cannot be made, or does not fit the materials.
    """
    from ..solvers.cell import Cell

    finely = finely or discretisation(study)
    file = mesh_file(study.geometry, finely.sizes, comm)
    return Cell(load_mesh(file, comm), describe_cell(study), finely.degree), file


def describe_cell(study: Study) -> CellDescription:
    """What is simulated, without a mesh; MaterialError where a material cannot serve."""
    soaked = study.materials.separator
    return CellDescription(
        electrolyte=ratings.electrolyte(study),
        temperature=study.physics.temperature,
        separator=soaked and Separator(soaked.porosity, soaked.tortuosity, soaked.shear_modulus),
        model=study.physics.electrolyte,
        ion_size=study.physics.ion_size,
        wall_charge=study.interfaces.walls.charges(),
        **{side: _electrode(study, side) for side in ELECTRODES},
    )


def _electrode(study: Study, side: str) -> Electrode:
    return Electrode(
        material=ratings.electrode(study, side),
        stoichiometry=ratings.initial_stoichiometry(study, side),
        collector=ratings.collector(study, side),
        double_layer=_double_layer(study, side),
        plating=plating(study, side),
        reservoir=study.interfaces.of(side).reaction == "reservoir",
    )


def _double_layer(study: Study, side: str) -> DoubleLayer | None:
    """The law of a surface's charge: stated, or with Poisson–Nernst–Planck a typical compact layer."""
    given = study.interfaces.of(side)
    stern, uncharged = given.stern_capacitance, given.potential_of_zero_charge
    if given.reaction == "reservoir":
        return None
    if given.surface_charge is not None:
        return DoubleLayer(surface_charge=given.surface_charge)
    if study.physics.polarises:
        stern = STERN_CAPACITANCE if stern is None else stern
        return DoubleLayer(stern_capacitance=None if stern == NO_LAYER else stern, potential_of_zero_charge=uncharged)
    if given.capacitance is not None:
        share = {} if given.cation_share is None else {"cation_share": given.cation_share}
        return DoubleLayer(capacitance=given.capacitance, potential_of_zero_charge=uncharged, **share)
    if given.has_layer:
        return DoubleLayer(stern_capacitance=stern, potential_of_zero_charge=uncharged)
    bare = bare_layer(study, side)
    if bare is not None:
        # The ion that is plated comes and goes with the charge.
        return DoubleLayer(capacitance=bare, cation_share=1.0)
    return None
