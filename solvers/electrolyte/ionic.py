"""Any number of ions as an electrolyte model: q = (μ₁ … μ_N, φ), equations in :mod:`.nernst_planck`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...materials import IonicElectrolyte
from ...materials.constants import AVOGADRO
from ..errors import SolverError
from ..scales import Scales
from . import nernst_planck
from .binary import permittivity
from .model import Constant

#: Largest change of ln c and of φ (RT/F) in one Newton iteration.
CAPS = (3.0, 10.0)

#: Changes of μ or ln c below this are Newton's own.
UNDAMPED = 0.5


class IonicModel:
    """See :class:`~.model.Electrolyte`.

    Parameters
    ----------
    electrolyte
        Ions of the bulk.
    polarises
        Solve Poisson's equation; else the electrolyte is neutral everywhere.
    first
        Ion that concentration limits are about.
    ion_size
        Edge of an ion's lattice cell [m]; ``None`` for point ions.
    rate_scale
        What Poisson's row is multiplied by, the leading BDF coefficient.
    """

    closes = False

    def __init__(
        self,
        electrolyte: IonicElectrolyte,
        length_unit: float,
        temperature: float,
        constant: Constant,
        rate_scale,
        polarises: bool,
        first: str,
        ion_size: float | None = None,
    ):
        self.electrolyte, self.polarises, self.rate_scale, self.first = electrolyte, polarises, rate_scale, first
        strength = electrolyte.ionic_strength
        fastest = max(ion.diffusivity for ion in electrolyte.ions)
        self.scales = Scales(length_unit, strength, fastest, temperature)
        self.ions = tuple(ion.name for ion in electrolyte.ions)
        self.charges = electrolyte.charges
        self.contents = tuple(f"{ion} concentration" for ion in self.ions)
        self.components = (*self.contents, "electrolyte potential")
        self.level = np.array([*self.charges, 1.0])
        self.bulk = np.array(electrolyte.concentrations) / strength
        self.tracked = dict(zip(self.ions, self.bulk.tolist(), strict=True))
        self.permittivity = permittivity(electrolyte.permittivity, self.scales)
        #: Concentration of all ions together that finite ions end at, 1/(a³ N_A) [mol/m³]; ``None`` for point ions.
        self.saturation = None if ion_size is None else 1 / (ion_size**3 * AVOGADRO)
        self.packing = 0.0 if ion_size is None else sum(electrolyte.concentrations) / self.saturation
        if self.packing >= 1:
            raise SolverError(
                f"ions of {1e9 * ion_size:g} nm leave room for {self.saturation:.4g} mol/m³, but the bulk holds "
                f"{sum(electrolyte.concentrations):.4g} mol/m³; give a smaller ion_size"
            )
        factor, fixed = electrolyte.mobility_factor, electrolyte.fixed_charge
        self.transport = nernst_planck.IonicTransport(
            charges=self.charges,
            bulk=tuple(constant(b) for b in self.bulk),
            diffusivities=tuple(constant(ion.diffusivity / fastest) for ion in electrolyte.ions),
            mobility_factor=None if factor == 1.0 else constant(factor),
            permittivity=constant(self.permittivity) if polarises else None,
            fixed_charge=constant(fixed / strength) if fixed else None,
            packing=constant(self.packing) if self.packing else None,
        )

    def _split(self, q) -> tuple[list, object]:
        n = len(self.ions)
        return [q[k] for k in range(n)], q[n]

    def _concentrations(self, q) -> list:
        return nernst_planck.concentrations(self.transport, *self._split(q))

    def rows(self, states: Sequence, tests, bdf: Sequence, factor, porosity, dx, storage):
        transport = self.transport if factor is None else nernst_planck.hindered(self.transport, factor)
        history = [self._concentrations(q) for q in states]
        rates = [sum(a * c[k] for a, c in zip(bdf, history, strict=True)) for k in range(len(self.ions))]
        if porosity is not None:
            rates = [porosity * rate for rate in rates]
        mu, phi = self._split(states[0])
        n = len(self.ions)
        species = [tests[k] for k in range(n)]
        return nernst_planck.balances(transport, mu, history[0], rates, species, dx, storage) + nernst_planck.poisson(
            transport, phi, history[0], self.rate_scale, tests[n], dx, storage
        )

    def surface_rows(self, ion_currents: Mapping[str, object], tests, dA):
        return sum(
            -inflow * tests[k] * dA for k, inflow in enumerate(self.inflow(ion_currents).values()) if inflow is not None
        )

    def inflow(self, ion_currents: Mapping[str, object]) -> dict:
        return {
            ion: ion_currents[ion] / z if ion in ion_currents else None
            for ion, z in zip(self.ions, self.charges, strict=True)
        }

    def charged_rows(self, charge, tests, dA):
        """What a surface charge adds to Poisson's row."""
        return -self.rate_scale * charge * tests[len(self.ions)] * dA

    def potentials(self, q) -> dict:
        mu, phi = self._split(q)
        return dict(zip(self.ions, mu, strict=True)) | {"φ": phi}

    def ln_activity(self, q, ion: str):
        mu, phi = self._split(q)
        k = self.ions.index(ion)
        return mu[k] - self.charges[k] * phi

    def wall_concentrations(self, q) -> list:
        return self._concentrations(q)

    def tracked_concentrations(self, q) -> dict:
        return dict(zip(self.ions, self._concentrations(q), strict=True))

    def relative_contents(self, q: np.ndarray) -> np.ndarray:
        w = np.exp(q[:, :-1] - q[:, -1:] * np.array(self.charges))
        if self.packing:
            w /= (1 - self.packing + self.packing * (w @ (self.bulk / self.bulk.sum())))[:, None]
        return w

    def concentrations(self, q: np.ndarray) -> dict[str, np.ndarray]:
        c = self.relative_contents(q) * self.bulk * self.scales.concentration
        order = sorted(range(len(self.ions)), key=lambda k: self.ions[k] != self.first)
        return {self.ions[k]: c[:, k] for k in order}

    def stretch(self, factor: float) -> None:
        """Multiply the permittivity in the equations, for continuation in the Debye length; 1 puts it back."""
        self.transport.permittivity.value = factor * self.permittivity

    def charge_concentration(self, q: np.ndarray) -> np.ndarray:
        """Σ z c + ρ [mol/m³] by node."""
        c = self.relative_contents(q) * self.bulk * self.scales.concentration
        return c @ np.array(self.charges, dtype=float) + self.electrolyte.fixed_charge

    def current_density(self, q: np.ndarray, gradients: np.ndarray, factor: float) -> np.ndarray:
        diffusivities = np.array([ion.diffusivity for ion in self.electrolyte.ions]) / self.scales.diffusivity
        weights = self.relative_contents(q) * self.bulk * diffusivities * np.array(self.charges)
        free = -np.einsum("ci,cid->cd", weights, gradients[:, :-1])
        return factor * self.electrolyte.mobility_factor * free

    def damp(self, update: np.ndarray) -> bool:
        """Shorten large steps of single ions, in place; ``update`` is subtracted from q. Tells whether any was.

        Where a layer expels an ion, Newton's step for the logarithm of its small concentration is far too long and
        one scale for all nodes would stop everything. A step d counts as one of the concentration instead,
        c → c (1 + d), for the smaller of the changes in μ and in ln c.
        """
        shift = -update[:, -1:] * np.array(self.charges)
        in_mu = -update[:, :-1]
        in_logarithm = in_mu - shift
        own = np.abs(in_logarithm) < np.abs(in_mu)
        step = np.where(own, in_logarithm, in_mu)
        large = np.abs(step) > UNDAMPED
        if not large.any():
            return False
        shorter = np.log1p(np.maximum(step, np.expm1(-CAPS[0])))
        step = np.where(large, shorter, step)
        update[:, :-1] = -np.where(own, step + shift, step)
        return True

    def update_share(self, update: np.ndarray) -> float:
        logarithms = np.abs(update[:, :-1] - update[:, -1:] * np.array(self.charges)).max(initial=0.0)
        return max(logarithms / CAPS[0], np.abs(update[:, -1]).max(initial=0.0) / CAPS[1])
