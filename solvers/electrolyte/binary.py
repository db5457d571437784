"""The electroneutral binary salt as an electrolyte model: q = (ln(c/c₀), φ), equations in :mod:`.electroneutral`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import ufl

from ...materials import BinaryElectrolyte
from ...materials.constants import VACUUM_PERMITTIVITY
from ..scales import FARADAY, GAS_CONSTANT, Scales
from . import electroneutral
from .model import Constant

#: Largest change of ln c in one Newton iteration; ohmic drops are linear and free to follow.
CAP = 2.0


class BinaryModel:
    """See :class:`~.model.Electrolyte`; currents of both ions enter, one of which usually is zero."""

    polarises = False
    closes = True

    def __init__(self, electrolyte: BinaryElectrolyte, length_unit: float, temperature: float, constant: Constant):
        self.scales = Scales(length_unit, electrolyte.concentration, electrolyte.diffusivity, temperature)
        self.components = ("salt concentration", "electrolyte potential")
        self.contents = self.components[:1]
        self.ions = (electrolyte.cation, electrolyte.anion)
        self.charges = (electrolyte.z_cation, electrolyte.z_anion)
        self.numbers = (electrolyte.nu_cation, electrolyte.nu_anion)
        self.level = np.array([0.0, 1.0])
        self.tracked = {"salt": 1.0}
        self.permittivity = permittivity(electrolyte.permittivity, self.scales)
        z_p, z_m = self.charges
        t_p = electrolyte.transference_number
        self.transport = electroneutral.BinaryTransport(
            diffusivity=constant(electrolyte.diffusivity / self.scales.diffusivity),
            conductivity=constant(electrolyte.conductivity / self.scales.conductivity),
            diffusion_potential=constant(t_p / z_p + (1 - t_p) / z_m),
            anion_migration=constant((1 - t_p) / (z_m * electrolyte.nu_anion)),
        )

    def rows(self, states: Sequence, tests, bdf: Sequence, factor, porosity, dx, storage):
        transport = self.transport if factor is None else electroneutral.hindered(self.transport, factor)
        rate = sum(a * ufl.exp(q[0]) for a, q in zip(bdf, states, strict=True))
        stored = rate if porosity is None else porosity * rate
        u, phi = states[0][0], states[0][1]
        return electroneutral.residual(transport, u, phi, stored, tests[0], tests[1], dx, storage)

    def surface_rows(self, ion_currents: Mapping[str, object], tests, dA):
        row = -sum(ion_currents.values()) * tests[1] * dA
        inflow = self.inflow(ion_currents)["salt"]
        return row if inflow is None else row - inflow * tests[0] * dA

    def inflow(self, ion_currents: Mapping[str, object]) -> dict:
        anion = ion_currents.get(self.ions[1])
        return {"salt": None if anion is None else anion / (self.charges[1] * self.numbers[1])}

    def potentials(self, q) -> dict:
        mu = {ion: q[0] + z * q[1] for ion, z in zip(self.ions, self.charges, strict=True)}
        return mu | {"φ": q[1]}

    def ln_activity(self, q, ion: str):
        return q[0]

    def wall_concentrations(self, q) -> list:
        return [n * ufl.exp(q[0]) for n in self.numbers]

    def tracked_concentrations(self, q) -> dict:
        return {"salt": ufl.exp(q[0])}

    def relative_contents(self, q: np.ndarray) -> np.ndarray:
        return np.exp(q[:, :1])

    def concentrations(self, q: np.ndarray) -> dict[str, np.ndarray]:
        return {"salt": np.exp(q[:, 0]) * self.scales.concentration}

    def current_density(self, q: np.ndarray, gradients: np.ndarray, factor: float) -> np.ndarray:
        transport = self.transport
        kappa = factor * float(transport.conductivity.value) * np.exp(q[:, 0])
        drive = gradients[:, 1] + float(transport.diffusion_potential.value) * gradients[:, 0]
        return -kappa[:, None] * drive

    def damp(self, update: np.ndarray) -> bool:
        return False

    def update_share(self, update: np.ndarray) -> float:
        return np.abs(update[:, 0]).max(initial=0.0) / CAP


def permittivity(relative: float, scales: Scales) -> float:
    """ε RT/(F² c₀ L₀²): the square of √2 Debye lengths of a 1:1 salt of concentration c₀, in L₀²."""
    absolute = relative * VACUUM_PERMITTIVITY
    return absolute * GAS_CONSTANT * scales.temperature / (FARADAY**2 * scales.concentration * scales.length**2)
