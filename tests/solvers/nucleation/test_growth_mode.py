"""Layers, islands, and what turns one into the other."""

import math

import pytest
from archode.materials import SurfaceEnergies, energies_at, with_sei
from archode.solvers.nucleation.growth_mode import (
    GrowthMode,
    covering_energy,
    growth_mode,
    strained_thickness,
)

SPREADS = SurfaceEnergies(0.1, 0.5, 0.7)  # Δγ = −0.1
STANDS = SurfaceEnergies(0.1, 0.7, 0.6)  # Δγ = +0.2


def test_covering_energy_follows_from_the_angle():
    for degrees in (20, 90, 150):
        angle = math.radians(degrees)
        # γ_NE (1 − cos θ), to round-off of energies ten times as large.
        assert covering_energy(energies_at(0.1, angle, 1.0)) == pytest.approx(0.1 * (1 - math.cos(angle)), abs=1e-14)


def test_modes():
    assert growth_mode(SPREADS).mode == GrowthMode.LAYERS
    assert growth_mode(STANDS).mode == GrowthMode.ISLANDS
    strained = growth_mode(SPREADS, critical_thickness=2e-9)
    assert strained.mode == GrowthMode.LAYERS_THEN_ISLANDS
    assert (strained.at(1e-9), strained.at(2e-9)) == (GrowthMode.LAYERS, GrowthMode.ISLANDS)
    # Islands from the start stay islands, whatever the critical thickness would be.
    assert growth_mode(STANDS, critical_thickness=2e-9).critical_thickness == 0.0
    assert growth_mode(SPREADS).at(1.0) == GrowthMode.LAYERS


def test_no_energy_either_way_is_layers():
    assert growth_mode(SurfaceEnergies(0.25, 0.5, 0.75)).mode == GrowthMode.LAYERS


def test_strain_sets_the_critical_thickness():
    assert strained_thickness(SPREADS, 1e8) == pytest.approx(1e-9, rel=1e-9)
    assert strained_thickness(STANDS, 1e8) == 0.0
    assert math.isinf(strained_thickness(SPREADS, 0.0))
    assert growth_mode(SPREADS, strained_thickness(SPREADS, 0.0)).mode == GrowthMode.LAYERS


@pytest.mark.parametrize(("coverage", "mode"), [(0.0, "LAYERS"), (0.3, "LAYERS"), (0.4, "ISLANDS"), (1.0, "ISLANDS")])
def test_sei_turns_layers_into_islands(coverage, mode):
    """Δγ goes from −0.1 to +0.2 J/m² in proportion to the share: it changes its sign at a third."""
    found = growth_mode(SPREADS, sei=STANDS, coverage=coverage)
    assert found.mode == GrowthMode[mode]
    assert found.excess == pytest.approx(-0.1 + 0.3 * coverage, rel=1e-9)
    assert found.critical_coverage == pytest.approx(1 / 3, rel=1e-9)


def test_coverages_that_change_nothing():
    assert math.isinf(growth_mode(SPREADS).critical_coverage)
    assert math.isinf(growth_mode(SPREADS, sei=SPREADS, coverage=1.0).critical_coverage)
    assert growth_mode(STANDS, sei=SPREADS).critical_coverage == 0.0


@pytest.mark.parametrize("coverage", [-0.1, 1.1, math.nan])
def test_coverage_is_a_share(coverage):
    with pytest.raises(ValueError, match="must be from 0 to 1"):
        with_sei(SPREADS, STANDS, coverage)
