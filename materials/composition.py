"""What an electrolyte is made of: ions and their names, a binary salt, an ion as a material file states it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import MaterialError

if TYPE_CHECKING:
    from .library import Property

#: Bulk charge that counts as none, relative to Σ |z| c.
NEUTRAL = 1e-6
_CHARGE = re.compile(r"[A-Za-z0-9()]+?(?:\^(\d+))?([+-])")


@dataclass(frozen=True)
class Salt:
    """Ions of a binary salt: names, charges and numbers per formula unit."""

    cation: str
    anion: str
    z_cation: int
    z_anion: int
    nu_cation: int
    nu_anion: int


@dataclass(frozen=True)
class StatedIon:
    """An ion of an electrolyte, as the material's file states it.

    Attributes
    ----------
    name, charge
        As ``K+`` or ``SO4^2-``, and the charge number.
    concentration
        In the bulk, mol/m³.
    diffusivity
        m²/s.
    """

    name: str
    charge: int
    concentration: Property
    diffusivity: Property

    @property
    def numbers(self) -> dict[str, Property]:
        """The documented numbers, as ``K+ concentration`` and ``K+ diffusivity``."""
        return {f"{self.name} {key}": getattr(self, key) for key in ("concentration", "diffusivity")}


def ion_charge(ion: str) -> int:
    """Return the charge number of an ion written as ``K+``, ``ClO4-`` or ``SO4^2-``."""
    match = _CHARGE.fullmatch(ion)
    if match is None:
        raise MaterialError(f"'{ion}' is not an ion; write for instance K+, ClO4- or SO4^2-")
    charge = int(match.group(1) or 1)
    if charge == 0:
        raise MaterialError(f"'{ion}' carries no charge; write for instance K+, ClO4- or SO4^2-")
    return charge * (1 if match.group(2) == "+" else -1)


def check_salt(salt: Salt) -> None:
    """MaterialError unless the salt has a cation and an anion and is neutral."""
    charge = salt.z_cation * salt.nu_cation + salt.z_anion * salt.nu_anion
    if salt.z_cation <= 0 or salt.z_anion >= 0 or charge != 0:
        ions = f"{salt.nu_cation} {salt.cation} and {salt.nu_anion} {salt.anion}"
        raise MaterialError(f"salt: {ions} do not make a neutral salt")


def imbalance(ions: Mapping[str, tuple[int, float]], fixed_charge: float = 0.0) -> str | None:
    """What is wrong with a bulk that is not neutral, and how to mend it; None where Σ z c + fixed charge = 0.

    Parameters
    ----------
    ions
        Charge number and concentration [mol/m³] by name.
    fixed_charge
        Σ z c of immobile charges, mol/m³.
    """
    charge = sum(z * c for z, c in ions.values()) + fixed_charge
    size = sum(abs(z) * c for z, c in ions.values()) + abs(fixed_charge)
    if abs(charge) <= NEUTRAL * size:
        return None
    listed = ", ".join(f"{c:g} mol/m³ {name}" for name, (_, c) in ions.items())
    balanced = {name: c - charge / z for name, (z, c) in ions.items()}
    mended = [f"{c:.6g} mol/m³ of {name}" for name, c in balanced.items() if c > 0]
    missing = "anion" if charge > 0 else "cation"
    remedy = f"{' or '.join(mended)} would balance it" if mended else f"add the missing {missing}"
    return f"the bulk is not neutral: {listed} carry {charge:+.6g} mol/m³ of charge; {remedy}"
