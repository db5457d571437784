"""Limiting currents of cells: shares of the facets, fields, separators, several ions, and what is refused."""

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.materials import Ion, from_binary, single_ion
from archode.solvers.criteria.limiting_current import diffusion_limit, symmetric_limit
from archode.solvers.description import DoubleLayer, Electrode, Separator
from archode.solvers.errors import SolverError
from archode.solvers.scales import FARADAY
from archode.solvers.steady_diffusion import PREFIX, limiting_current
from archode.studies.verification.systems import BAR_AREA, bar_cell, binary_electrolyte, cell_on, metal
from petsc4py import PETSc

from .cells import make_cell

GAP = 20e-6
COARSE = MeshSizes(size=4e-6, interface_size=4e-6)

#: The linear solver's tolerance is 1e-8, and linear profiles are exact in linear elements.
EXACT = 1e-7


def bar(electrolyte=None, anode=None, cathode=None):
    return bar_cell(GAP, COARSE, electrolyte or binary_electrolyte(), anode or metal(), cathode or metal())


@pytest.mark.parametrize("side", ["anode", "cathode"])
def test_plates(side):
    cell = bar()
    closed, reservoir = (limiting_current(cell, side, counter) for counter in ("closed", "reservoir"))
    limit = symmetric_limit(1e-10, 1000.0, 1, 0.5, GAP)
    assert closed.current == pytest.approx(limit * BAR_AREA, rel=EXACT)
    assert reservoir.current == pytest.approx(limit / 2 * BAR_AREA, rel=EXACT)
    assert closed.counter_concentration == pytest.approx(2000.0, rel=EXACT)
    np.testing.assert_allclose(closed.current_density, limit, rtol=1e-6)
    assert closed.areas.sum() == pytest.approx(BAR_AREA, rel=1e-12)
    x = GAP if side == "cathode" else 0.0
    np.testing.assert_allclose(closed.centres[:, 0], x, atol=1e-12)
    points = closed.concentration.function_space.tabulate_dof_coordinates()[:, 0] * cell.domain.length_unit
    np.testing.assert_allclose(closed.concentration.x.array, 2000 * np.abs(points - x) / GAP, atol=2e-4)


@pytest.mark.parametrize("shape", ["fingers", "stack", "planar"])
def test_facets_carry_what_the_electrode_does(shape):
    cell = make_cell(shape)
    found = limiting_current(cell, "anode")
    # Both come from the same reactions.
    assert found.areas @ found.current_density == pytest.approx(found.current, rel=1e-10)
    assert found.areas.sum() == pytest.approx(cell.area("anode_surface") * cell.scales.length**2, rel=1e-9)
    assert found.current > 0


def test_edges_of_fingers_take_most():
    found = limiting_current(make_cell("fingers"), "anode", "reservoir")
    mean = found.current / found.areas.sum()
    loaded = found.centres[np.argmax(found.current_density)]
    nearest = found.centres[:, 0].max()
    # The counter finger lies at larger x: the edge that faces it is the most loaded place.
    assert found.current_density.max() > 2 * mean
    assert loaded[0] > nearest - 1.5e-6


def test_a_separator_in_series():
    free, soaked = 10e-6, 10e-6
    stack = ARCHITECTURES["stack"](
        electrolyte_thickness=free, cathode_thickness=0.0, separator_thickness=soaked, width=8e-6
    )
    cell = cell_on(stack, COARSE, binary_electrolyte(), metal(), metal(), separator=Separator(0.4, 2.5))
    apparent = free + soaked / 0.16
    found = limiting_current(cell, "cathode", "reservoir").current / stack.footprint_area
    assert found == pytest.approx(diffusion_limit(1e-10, 1000.0, 1, 0.5, apparent), rel=EXACT)
    # Plated on the free electrolyte: c = gx there, gx₁ + g(x − x₁)/0.16 behind; mean over what is liquid.
    room = free + 0.4 * soaked
    mean = (free**2 / 2 + 0.4 * soaked * (free + soaked / 0.32)) / room
    closed = limiting_current(cell, "cathode", "closed").current / stack.footprint_area
    assert closed == pytest.approx(FARADAY * 1e-10 * 1000.0 / (0.5 * mean), rel=EXACT)


def test_a_salt_as_ions_has_the_same_limit():
    salt = binary_electrolyte(z=(2, -1), nu=(1, 2), concentration=700.0, transference_number=0.41)
    metals = metal(ion_charge=2), metal(ion_charge=2)
    as_salt, as_ions = (limiting_current(bar(e, *metals), "cathode").current for e in (salt, from_binary(salt)))
    assert as_salt == pytest.approx(symmetric_limit(1e-10, 700.0, 2, 0.59, GAP) * BAR_AREA, rel=EXACT)
    assert as_ions == pytest.approx(as_salt, rel=1e-12)


def test_a_single_ion_conductor_has_no_limit():
    glass = single_ion("glass", Ion("M+", 1, 1e-12, 1e4), 20.0, 1e-2)
    found = limiting_current(bar(glass), "anode")
    assert found.current == np.inf
    assert np.isinf(found.current_density).all() and len(found.facets) > 0
    assert found.concentration is None


def test_refusals():
    capacitor = Electrode(double_layer=DoubleLayer(capacitance=0.1))
    cell = bar(cathode=capacitor)
    with pytest.raises(SolverError, match="nothing reacts at the cathode"):
        limiting_current(cell, "cathode")
    with pytest.raises(SolverError, match="anode or cathode, not 'left'"):
        limiting_current(cell, "left")
    with pytest.raises(SolverError, match="closed or a reservoir, not 'open'"):
        limiting_current(cell, "anode", "open")
    database = PETSc.Options(PREFIX)
    database["ksp_max_it"] = 1
    try:
        with pytest.raises(SolverError, match="limiting current was not found in 1 iteration"):
            limiting_current(make_cell("fingers"), "anode")
    finally:
        database.delValue("ksp_max_it")
