import math

import pytest
from archode.materials.constants import BOLTZMANN, GAS_CONSTANT
from archode.materials.transport import (
    ambipolar_diffusivity,
    arrhenius,
    debye_length,
    equal_time_film_diffusivity,
    ionic_strength,
    nernst_einstein_conductivity,
    stokes_einstein,
    transference_number,
)

# Ionic diffusivities at infinite dilution, 25 °C, m²/s.
K, NA, SO4, CL = 1.957e-9, 1.334e-9, 1.065e-9, 2.032e-9


@pytest.mark.parametrize(
    ("ions", "transference", "diffusivity"),
    [
        ((1, -2, K, SO4), 0.479, 1.530e-9),
        ((1, -2, NA, SO4), 0.385, 1.230e-9),
        ((1, -1, K, CL), 0.491, 1.994e-9),
    ],
)
def test_salts(ions, transference, diffusivity):
    # The quoted values have three and four digits.
    assert transference_number(*ions) == pytest.approx(transference, abs=5e-4)
    assert ambipolar_diffusivity(*ions) == pytest.approx(diffusivity, abs=5e-13)


def test_equal_ions_move_as_one():
    assert ambipolar_diffusivity(1, -1, K, K) == pytest.approx(K, rel=1e-14)
    assert transference_number(1, -1, K, K) == 0.5


@pytest.mark.parametrize(
    ("cation", "salt", "expected"), [(K, 500.0, 15.35), (NA, 1000.0, 26.02)], ids=["K2SO4", "Na2SO4"]
)
def test_nernst_einstein(cation, salt, expected):
    kappa = nernst_einstein_conductivity((1, -2), (cation, SO4), (2 * salt, salt))
    assert kappa == pytest.approx(expected, abs=5e-3)


def test_debye_length():
    strength = ionic_strength((1, -2), (1000.0, 500.0))
    assert strength == 1500.0
    assert debye_length(78.4, strength) == pytest.approx(0.248e-9, abs=5e-13)
    assert debye_length(7.2, 1000.0) == pytest.approx(0.092e-9, abs=5e-13)
    # A hundredfold dilution makes it ten times longer.
    assert debye_length(78.4, 15.0) == pytest.approx(10 * debye_length(78.4, 1500.0), rel=1e-14)


# Stokes radii in water (Ma et al., Small Structures, doi:10.1002/sstr.202000053, Table 1).
@pytest.mark.parametrize(
    ("radius", "handbook"),
    [
        (2.38, 1.029e-9),
        (1.84, 1.334e-9),
        (1.25, 1.957e-9),
        (3.47, 7.06e-10),
        (3.49, 7.03e-10),
        (3.10, 7.92e-10),
    ],
    ids=["Li", "Na", "K", "Mg", "Zn", "Ca"],
)
def test_stokes_einstein_returns_handbook_values(radius, handbook):
    # The radii carry three digits: half a per cent.
    assert stokes_einstein(radius * 1e-10, 0.89e-3) == pytest.approx(handbook, rel=5e-3)


def test_stokes_einstein_formula():
    assert stokes_einstein(1e-9, 1e-3, 300.0) == pytest.approx(BOLTZMANN * 300 / (6 * math.pi * 1e-12), rel=1e-14)


def test_arrhenius():
    assert arrhenius(2.0, 30e3, 298.15) == 2.0
    # 1/T shifted so that Ea/R (1/T_ref - 1/T) = 1: the value grows by e.
    shifted = 1.0 / (1.0 / 298.15 - GAS_CONSTANT / 30e3)
    assert arrhenius(2.0, 30e3, shifted) == pytest.approx(2.0 * math.e, rel=1e-12)
    assert arrhenius(2.0, 30e3, 273.15) < 2.0 < arrhenius(2.0, 30e3, 323.15)
    assert arrhenius(2.0, 30e3, 310.0, 310.0) == 2.0


def test_film_keeps_the_time_of_its_shell():
    shell, film = 45e-9, 750e-9
    diffusivity = equal_time_film_diffusivity(1e-16, shell, film)
    assert film**2 / diffusivity == pytest.approx(shell**2 / 1e-16, rel=1e-14)
