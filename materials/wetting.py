"""How a metal wets a substrate under an electrolyte: surface energies and contact angles, by Young's equation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class SurfaceEnergies:
    """Free energies per area of the three interfaces at a nucleus' rim [J/m²].

    Attributes
    ----------
    nucleus_electrolyte, substrate_nucleus, substrate_electrolyte
        γ_NE, γ_SN, γ_SE of Young's equation, cos θ = (γ_SE − γ_SN)/γ_NE.
    """

    nucleus_electrolyte: float
    substrate_nucleus: float
    substrate_electrolyte: float


class Wetting(StrEnum):
    """How the metal meets the substrate."""

    COMPLETE = "complete wetting"
    PARTIAL = "partial wetting"
    NONE = "dewetting"


@dataclass(frozen=True)
class Contact:
    """Contact angle of metal on a substrate.

    Attributes
    ----------
    angle
        θ [rad]; 0 where the metal spreads, π where it touches nothing.
    wetting
        Which of the three it is.
    cosine
        (γ_SE − γ_SN)/γ_NE as it came out; beyond ±1 there is no angle of equilibrium.
    """

    angle: float
    wetting: Wetting
    cosine: float


def young_contact(energies: SurfaceEnergies) -> Contact:
    """Contact angle by Young's equation; complete wetting from cos θ = 1 on, dewetting from −1.

    Raises
    ------
    ValueError
        γ_NE is not above 0.
    """
    if not energies.nucleus_electrolyte > 0:
        raise ValueError(f"the nucleus–electrolyte energy must be above 0 J/m², not {energies.nucleus_electrolyte:g}")
    cosine = (energies.substrate_electrolyte - energies.substrate_nucleus) / energies.nucleus_electrolyte
    wetting = Wetting.COMPLETE if cosine >= 1 else Wetting.NONE if cosine <= -1 else Wetting.PARTIAL
    return Contact(math.acos(min(max(cosine, -1.0), 1.0)), wetting, cosine)


def energies_at(nucleus_electrolyte: float, contact_angle: float, substrate_electrolyte: float) -> SurfaceEnergies:
    """The three energies [J/m²] that Young's equation makes of two and of a contact angle."""
    substrate_nucleus = substrate_electrolyte - nucleus_electrolyte * math.cos(contact_angle)
    return SurfaceEnergies(nucleus_electrolyte, substrate_nucleus, substrate_electrolyte)


def with_sei(bare: SurfaceEnergies, covered: SurfaceEnergies, coverage: float) -> SurfaceEnergies:
    """Energies of a substrate that is covered with SEI on a share from 0 to 1; γ_NE is that of the bare one.

    Raises
    ------
    ValueError
        The share is not from 0 to 1.
    """
    if not 0.0 <= coverage <= 1.0:
        raise ValueError(f"the share covered with SEI must be from 0 to 1, not {coverage:g}")

    def mixed(plain: float, film: float) -> float:
        return (1.0 - coverage) * plain + coverage * film

    return SurfaceEnergies(
        bare.nucleus_electrolyte,
        mixed(bare.substrate_nucleus, covered.substrate_nucleus),
        mixed(bare.substrate_electrolyte, covered.substrate_electrolyte),
    )
