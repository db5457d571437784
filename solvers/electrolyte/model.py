"""What the cell asks of an electrolyte model, whatever its equations are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from ...materials import BinaryElectrolyte, MaterialError
from ..description import CellDescription
from ..errors import SolverError
from ..scales import Scales


class Electrolyte(Protocol):
    """An electrolyte model: the fields q it lives in and the rows it contributes.

    Values are dimensionless in the units of ``scales``; arrays hold q by node, shape (nodes, components).

    Attributes
    ----------
    components
        Name of every component of q, as errors and solvers call them; the potential φ is the last.
    contents
        Those of them whose rows are balances of ions or salt.
    ions, charges
        The mobile ions and their charge numbers.
    level
        How each component of q moves when all potentials rise by one.
    tracked
        What is balanced, and the concentration in the bulk that fields of it are relative to [c₀].
    permittivity
        ε RT/(F² c₀ L₀²), for diffuse layers.
    polarises
        Whether diffuse layers are solved for (Poisson's equation).
    closes
        Whether the balances of a step can be closed by a factor of the contents (:mod:`~archode.solvers.closing`):
        where no charge is the small difference of concentrations.
    """

    scales: Scales
    components: tuple[str, ...]
    contents: tuple[str, ...]
    ions: tuple[str, ...]
    charges: tuple[int, ...]
    level: np.ndarray
    tracked: Mapping[str, float]
    permittivity: float
    polarises: bool
    closes: bool

    def rows(self, states: Sequence, tests, bdf: Sequence, factor, porosity, dx, storage):
        """Weak form in a region; ``states`` are q now, before and before that."""

    def surface_rows(self, ion_currents: Mapping[str, object], tests, dA):
        """What currents of ions out of an electrode (z_i F times their flux into the electrolyte) add to the rows."""

    def charged_rows(self, charge, tests, dA):
        """What a surface charge adds to Poisson's row."""

    def potentials(self, q) -> dict:
        """Electrochemical potential of every ion, and ``φ``."""

    def ln_activity(self, q, ion: str):
        """ln of an ion's activity relative to the bulk's."""

    def wall_concentrations(self, q) -> list:
        """c_i/c₀ of every ion."""

    def tracked_concentrations(self, q) -> dict:
        """UFL expressions of what is balanced, c/c₀."""

    def inflow(self, ion_currents: Mapping[str, object]) -> dict:
        """Flux into the electrolyte of what is balanced, from the currents of ions."""

    def relative_contents(self, q: np.ndarray) -> np.ndarray:
        """Concentrations relative to the bulk's, shape (nodes, contents)."""

    def concentrations(self, q: np.ndarray) -> dict[str, np.ndarray]:
        """Concentrations [mol/m³] by name; the first is the one that limits are about."""

    def current_density(self, q: np.ndarray, gradients: np.ndarray, factor: float) -> np.ndarray:
        """Ionic current density [F D_ref c₀/L₀], from q (cells, components) and its gradients (…, 3)."""

    def damp(self, update: np.ndarray) -> bool:
        """Shorten steps of single nodes in place, before caps scale the whole; tells whether any was."""

    def update_share(self, update: np.ndarray) -> float:
        """Largest part of its cap that a Newton update of q takes."""


Constant = Callable[[float], object]


def reacting_ion(description: CellDescription, name: str) -> str | None:
    """The ion that an electrode exchanges; ``None`` where nothing reacts.

    Raises
    ------
    SolverError
        The electrolyte has no such ion.
    """
    material = description.electrode(name).material
    if material is None:
        return None
    electrolyte = description.electrolyte
    if isinstance(electrolyte, BinaryElectrolyte):
        return electrolyte.cation
    try:
        return electrolyte.ion(material.ion).name
    except MaterialError as error:
        raise SolverError(f"the {name} {material.name} exchanges {material.ion}: {error}") from None
