"""Linear diffusion in a few modes against the finite gap's series, a radial computation and conservation."""

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.solvers.criteria.sand import finite_gap_surface
from archode.solvers.nodal_surface import NodalSurface
from archode.solvers.surface_view import SurfaceView
from archode.solvers.transient_diffusion import TransientDiffusion, growth
from archode.studies.verification.systems import bar_cell, binary_electrolyte, cell_on, metal
from scipy.linalg import solve_banded

GAP = 50e-6


def response(cell, slope, times):
    """Mean and spread of w at the anode, for an even slope [1/L₀] there and as much current through the other."""
    sides = {name: NodalSurface(cell, name, []) for name in ("anode", "cathode")}
    area = sides["anode"].area
    load = slope * (sides["anode"].weights - sides["cathode"].weights * area / sides["cathode"].area)
    load /= cell.scales.length**2
    modes = TransientDiffusion(cell).modes([load], 1e-3 / times[-1], 10 / times[0])
    shapes = SurfaceView(cell, "anode").facet_means(modes.shapes)
    gone = shapes @ (modes.parts[0][:, None] * growth(modes.rates, times))
    return gone.mean(axis=0), np.ptp(gone, axis=0)


@pytest.mark.parametrize("overload", [1.1, 3.0])
def test_plates_follow_the_series_of_the_finite_gap(overload):
    sizes = MeshSizes(size=3e-6, interface_size=0.2e-6, growth=1.1)
    cell = bar_cell(GAP, sizes, binary_electrolyte(), metal(), metal())
    length = GAP / cell.scales.length
    times = np.array([0.002, 0.01, 0.05, 0.2, 1.0])
    gone, spread = response(cell, 2 * overload / length, times * length**2)
    np.testing.assert_allclose(gone, 1 - finite_gap_surface(overload, times), rtol=2e-3)
    assert spread.max() < 1e-6 * gone.max()


def radial(inner, outer, slope, times, cells=4000):
    """w at a wire in a tube, from finite volumes graded as r and implicit steps, 4000 up to every time."""
    faces = np.geomspace(inner, outer, cells + 1)
    volumes, conductance = (
        np.diff(faces**2) / 2,
        1 / np.log(np.sqrt(faces[2:] * faces[1:-1] / (faces[1:-1] * faces[:-2]))),
    )
    w, now, found = np.zeros(cells), 0.0, []
    for end in times:
        dt = (end - now) / 4000
        bands = np.zeros((3, cells))
        bands[1] = volumes
        bands[1, :-1] += dt * conductance
        bands[1, 1:] += dt * conductance
        bands[0, 1:] = bands[2, :-1] = -dt * conductance
        for _ in range(4000):
            right = volumes * w
            right[0] += dt * slope * inner
            right[-1] -= dt * slope * inner
            w = solve_banded((1, 1), bands, right)
        now = end
        found.append(w[0] + slope * inner * np.log(np.sqrt(faces[1] / faces[0])))
    return np.array(found)


def test_a_wire_is_fed_from_all_sides():
    inner, gap = 5e-6, 20e-6
    fibre = ARCHITECTURES["coaxial_fibre"](
        core_radius=inner,
        anode_thickness=0.0,
        electrolyte_thickness=gap,
        cathode_thickness=0.0,
        length=2e-6,
        angle=10.0,
    )
    sizes = MeshSizes(size=1e-6, interface_size=0.25e-6, growth=1.3)
    cell = cell_on(fibre, sizes, binary_electrolyte(), metal(), metal())
    unit = cell.scales.length
    times, slope = np.array([4.0, 40.0]), 0.3
    gone, _ = response(cell, slope, times)
    expected = radial(inner / unit, (inner + gap) / unit, slope, times)
    np.testing.assert_allclose(gone, expected, rtol=0.01)
    # Far less than Sand's planar 2g√(t/π) at the later time.
    assert gone[1] < 0.75 * 2 * slope * np.sqrt(times[1] / np.pi)
