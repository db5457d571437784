r"""Sand's time of an architecture: the present and past currents of a run, and linear diffusion in its mesh.

Sand's planar law takes a diffusion layer that is thin against radii of curvature, gaps and the length over which the
current varies. Here the diffusion problem is solved in the whole electrolyte instead
(:mod:`.transient_diffusion`), so that wires, pillars, edges, narrow passages and the other electrode count as they are.
What it cannot know is how the current will move as the surface empties: it is driven by three distributions, each
constant in time.

- the mean one since plating began, J̄ = deposited charge over the time plated;
- the present one, J;
- (2J̄ + J)/3, which empties a planar surface at the same time as a current that has changed linearly from its start:
  by Duhamel's integral ∫ J(t′)(t − t′)^−½ dt′ (H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed.,
  Oxford 1959, §2.9).

Where the current falls, less is gone at the present time than with the first of them and more than with the second.
Concentrations of the simulation are not used.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .cell import Cell
from .criteria.cation import plated_cation
from .criteria.emptying import Emptying, EmptyingTimes, emptying_times
from .criteria.setting import Setting
from .criteria.surface_state import SurfaceState
from .description import ELECTRODES
from .nodal_surface import NodalSurface
from .scales import FARADAY
from .surface_view import SurfaceView
from .transient_diffusion import Modes, TransientDiffusion, growth

#: Differences of normals and of current (of its mean) up to which a surface is plane and even.
EVEN = 0.01

#: Shortest time looked at, over Sand's at the largest current density: a corner in a hollow is fed from one side.
EARLIEST = 0.1

#: Longest time looked at, in squares of the electrolyte's extent over D.
LATEST = 4.0


def is_planar(setting: Setting, surface: SurfaceState) -> bool:
    """Whether an electrode is plane, as large as its footprint and evenly plated, so that closed forms hold."""
    flat = np.ptp(surface.normals, axis=0).max() < EVEN
    even = np.ptp(surface.plating) < EVEN * surface.plating.mean()
    return bool(flat and even and abs(surface.area / setting.footprint_area - 1) < EVEN)


class EmptyingProblem:
    """How long diffusion can feed one electrode of a cell.

    Parameters
    ----------
    cell
        The coupled problem.
    side
        The plated electrode.
    views
        The surfaces of both electrodes.
    """

    def __init__(self, cell: Cell, side: str, views: Mapping[str, SurfaceView]):
        self.cell, self.side, self.views = cell, side, views
        self.cation = plated_cation(cell.description.electrolyte, cell.surfaces[side].ion)
        self.nodal = {name: NodalSurface(cell, name, [cell.surfaces[name].current]) for name in ELECTRODES}
        self.diffusion = TransientDiffusion(cell)
        self.time_unit = cell.scales.length**2 / self.cation.diffusivity
        places = cell.electrolyte_region.mesh.geometry.x
        ends = cell.comm.allgather((places.min(axis=0), places.max(axis=0)) if len(places) else None)
        lows, highs = zip(*(end for end in ends if end), strict=True)
        self.extent = float(np.linalg.norm(np.max(highs, axis=0) - np.min(lows, axis=0)))

    def __call__(self) -> Emptying | None:
        """Times under the cell's present and past currents; on rank 0, ``None`` elsewhere. Collective."""
        slopes = self._slopes()
        loads = [self._load(each) for each in slopes]
        own = self.nodal[self.side].nodes
        peak = max(self.cell.comm.allgather(max(each[self.side][own].max(initial=0.0) for each in slopes)))
        earliest = EARLIEST * np.pi / (4 * peak**2)
        latest = LATEST * self.extent**2
        modes = self.diffusion.modes(loads, 0.1 / latest, 1.0 / earliest)
        mean, present = (each[self.side] for each in slopes)
        told = self.views[self.side].facet_means(np.column_stack([modes.shapes, (2 * mean + present) / 3]))
        if told is None:
            return None
        shapes, weighted = told[:, :-1], told[:, -1]
        grid = self.views[self.side].grid
        old, new = modes.parts
        patterns = (old, (2 * old + new) / 3, new)
        found = [self._times(modes, shapes, part, grid.areas, earliest, latest) for part in patterns]
        first = np.argmin(found[1].facets)
        return Emptying(*found, float(grid.heights[first]), float(self.cell.scales.length / weighted[first]))

    def _times(self, modes: Modes, shapes, part, areas, earliest: float, latest: float) -> EmptyingTimes:
        def share(facets: slice, times: np.ndarray) -> np.ndarray:
            return shapes[facets] @ (part[:, None] * growth(modes.rates, times / self.time_unit))

        return emptying_times(share, areas, earliest * self.time_unit, latest * self.time_unit)

    # ------------------------------------------------------------------ currents
    def _slopes(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """L₀∂w/∂n at the nodes of both electrodes, of the mean current so far and of the present one. Collective.

        Both electrodes pass what the plated one passes now. Of the deposit only its distribution counts, and where
        there is none that of the present current.
        """
        present = {n: -nodal()[0] * self.cell.scales.current_density for n, nodal in self.nodal.items()}
        passed = self.nodal[self.side].integral(present[self.side])
        so_far = {name: self._deposited(name, present[name]) for name in present}
        return self._scaled(so_far, passed), self._scaled(present, passed)

    def _deposited(self, name: str, present: np.ndarray) -> np.ndarray:
        """Thickness that was plated on an electrode at its nodes, or its present current."""
        if name not in self.cell.deposits:
            return present
        deposit = self.cell.deposits[name]
        states = dict(zip(self.cell.deposits, self.cell.deposit_states, strict=True))[name]
        plated = deposit.thickness(states) - (deposit.plating.reserve or 0.0)
        integral = self.nodal[name].integral
        return plated if integral(plated) * integral(present) > 0 else present

    def _scaled(self, densities: Mapping[str, np.ndarray], passed: float) -> dict[str, np.ndarray]:
        """Slopes of w from densities in any unit, so that either electrode passes the current [A], in or out."""
        cation = self.cation
        carried = cation.charge * FARADAY * cation.diffusivity * cation.concentration
        drawn = (1 - cation.transference_number) * self.cell.scales.length / carried
        result = {}
        for name, density in densities.items():
            total = self.nodal[name].integral(density)
            sign = 1.0 if name == self.side else -1.0
            result[name] = density * (sign * passed * drawn / total if total else 0.0)
        return result

    def _load(self, slopes: Mapping[str, np.ndarray]) -> np.ndarray:
        """Slopes times the nodes' areas in L₀²."""
        return sum(slopes[n] * nodal.weights for n, nodal in self.nodal.items()) / self.cell.scales.length**2
