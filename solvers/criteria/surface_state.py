"""What a criterion sees of an electrode's surface at one time: arrays by facet, SI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .emptying import Emptying


@dataclass(frozen=True)
class SurfaceState:
    """An electrode's surface at one time, whole, on one process.

    Attributes
    ----------
    time
        s.
    centres, normals
        Centre [m] and unit normal (out of the metal, into the electrolyte) of every facet, shape (facets, 3).
    areas
        m², shape (facets,).
    current_density
        A/m², anodic positive: plating is negative.
    concentration
        Of the cation that is plated, mol/m³.
    overpotential
        Of the reaction, film drop included [V]; negative where metal is plated.
    thickness
        Of the deposit [m], its pores included, less what was there at the start: negative where that is stripped.
    emptying
        When linear diffusion in the cell's own shape empties the surface; ``None`` where that was not computed, as
        below the limiting current and for plane electrodes, whose closed forms are exact.
    """

    time: float
    centres: np.ndarray
    normals: np.ndarray
    areas: np.ndarray
    current_density: np.ndarray
    concentration: np.ndarray
    overpotential: np.ndarray
    thickness: np.ndarray
    emptying: Emptying | None = None

    @property
    def area(self) -> float:
        """m²."""
        return float(self.areas.sum())

    @property
    def plating(self) -> np.ndarray:
        """Current density of plating, positive where metal is plated, else 0 [A/m²], shape (facets,)."""
        return np.maximum(-self.current_density, 0.0)

    def mean(self, values: np.ndarray) -> float:
        """Mean over the area."""
        return float(self.areas @ values / self.areas.sum())

    @property
    def net_plating(self) -> float:
        """Current by which the electrode is plated [A], what is stripped elsewhere on it taken off; 0 if stripped."""
        return max(-float(self.areas @ self.current_density), 0.0)

    @property
    def extent(self) -> float:
        """Longest edge of the box around the surface [m]."""
        return float(np.ptp(self.centres, axis=0).max())

    def percentile(self, values: np.ndarray, share: float) -> float:
        """Value that the given share of the area does not exceed.

        The extremes of a current density grow as a mesh resolves an edge; percentiles by area settle.
        """
        order = np.argsort(values)
        covered = np.cumsum(self.areas[order])
        place = np.searchsorted(covered, share * covered[-1] * (1 - 1e-12))
        return float(values[order][min(place, len(order) - 1)])
