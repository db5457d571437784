import pytest
from archode.geometry import GeometryError
from archode.geometry.metrics import bruggeman, bruggeman_power, hashin_shtrikman, maxwell, wiener


def test_insulating_second_phase():
    """With an insulator the upper bound is 2ε/(3−ε), Maxwell's formula for spheres."""
    for porosity in (0.0, 0.2, 0.5, 0.9, 1.0):
        lower, upper = hashin_shtrikman(1.0, 0.0, 1 - porosity)
        assert upper == pytest.approx(2 * porosity / (3 - porosity))
        assert upper == pytest.approx(maxwell(1.0, 0.0, 1 - porosity))
        assert lower == (1.0 if porosity == 1 else 0.0)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.7, 1.0])
def test_bounds_enclose_one_another(fraction):
    sigma_1, sigma_2 = 2.0, 50.0
    low, high = wiener(sigma_1, sigma_2, fraction)
    lower, upper = hashin_shtrikman(sigma_1, sigma_2, fraction)
    medium = bruggeman(sigma_1, sigma_2, fraction)
    tiny = 1e-12 * high
    assert low <= lower + tiny and lower <= medium + tiny and medium <= upper + tiny and upper <= high + tiny
    for ends in ((low, high), (lower, upper)):
        if fraction in (0, 1):
            assert ends == pytest.approx((sigma_1, sigma_1) if fraction == 0 else (sigma_2, sigma_2))
    # Which phase is called the first makes no difference.
    assert hashin_shtrikman(sigma_2, sigma_1, 1 - fraction) == pytest.approx((lower, upper))
    assert bruggeman(sigma_2, sigma_1, 1 - fraction) == pytest.approx(medium)


def test_hashin_shtrikman_of_1962():
    """The bounds in the paper's own form, σ1 + φ2/(1/(σ2 − σ1) + φ1/(3σ1)), and with both indices swapped."""
    s1, s2, f2 = 1.0, 10.0, 0.4
    lower = s1 + f2 / (1 / (s2 - s1) + (1 - f2) / (3 * s1))
    upper = s2 + (1 - f2) / (1 / (s1 - s2) + f2 / (3 * s2))
    assert hashin_shtrikman(s1, s2, f2) == pytest.approx((lower, upper))


def test_bruggeman_percolates_at_one_third():
    for fraction in (0.2, 1 / 3, 0.5, 0.8, 1.0):
        expected = max(0.0, (3 * fraction - 1) / 2)
        assert bruggeman(0.0, 1.0, fraction) == pytest.approx(expected, abs=1e-12)
    # In the plane the self-dual point: the geometric mean.
    assert bruggeman(2.0, 8.0, 0.5, dimension=2) == pytest.approx(4.0)
    # The dilute limit is Maxwell's.
    slope = (bruggeman(1.0, 5.0, 1e-6) - 1) / 1e-6
    assert slope == pytest.approx((maxwell(1.0, 5.0, 1e-6) - 1) / 1e-6, rel=1e-4)


def test_power_law():
    assert bruggeman_power(0.25) == pytest.approx(0.125)
    # Equal to Maxwell's for few grains: 1 − 3/2 of their fraction.
    assert bruggeman_power(1 - 1e-6) == pytest.approx(maxwell(1.0, 0.0, 1e-6), abs=1e-11)


def test_fractions_beyond_one_are_refused():
    for law in (wiener, hashin_shtrikman, maxwell, bruggeman):
        with pytest.raises(GeometryError, match="between 0 and 1"):
            law(1.0, 2.0, 1.1)
    with pytest.raises(GeometryError):
        bruggeman_power(float("nan"))
