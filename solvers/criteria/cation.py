"""The plated cation's transport in two numbers, whatever the electrolyte: D and t₊ as the criteria take them."""

from __future__ import annotations

from typing import NamedTuple

from ...materials import BinaryElectrolyte, IonicElectrolyte
from ...materials.transport import ambipolar_diffusivity, transference_number


class PlatedCation(NamedTuple):
    """Concentration in the bulk [mol/m³], charge number, D of its depletion [m²/s], and t₊."""

    concentration: float
    charge: int
    diffusivity: float
    transference_number: float


def plated_cation(electrolyte: BinaryElectrolyte | IonicElectrolyte, ion: str) -> PlatedCation:
    """D and t₊ with which an ion is depleted.

    - a binary salt, or two ions of opposite charge without fixed ones: the salt's ambipolar D, and t₊;
    - one mobile ion: t₊ = 1, nothing is depleted;
    - three ions or more: the ion's own D and its share of the bulk's conductivity. Right in the limit of an excess of
      supporting electrolyte, where t₊ → 0, and to first order beside it; with comparable amounts it is an estimate.
    """
    if isinstance(electrolyte, BinaryElectrolyte):
        return PlatedCation(
            electrolyte.cation_concentration,
            electrolyte.z_cation,
            electrolyte.diffusivity,
            electrolyte.transference_number,
        )
    own = electrolyte.ion(ion)
    others = [other for other in electrolyte.ions if other is not own]
    if not others:
        return PlatedCation(own.concentration, own.charge, own.diffusivity, 1.0)
    if len(others) == 1 and others[0].charge < 0 and electrolyte.fixed_charge == 0:
        anion = others[0]
        pair = own.charge, anion.charge, own.diffusivity, anion.diffusivity
        return PlatedCation(own.concentration, own.charge, ambipolar_diffusivity(*pair), transference_number(*pair))
    carried = {each.name: each.charge**2 * each.diffusivity * each.concentration for each in electrolyte.ions}
    share = carried[own.name] / sum(carried.values())
    return PlatedCation(own.concentration, own.charge, own.diffusivity, share)
