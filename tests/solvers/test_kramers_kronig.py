"""The Kramers–Kronig test passes what is linear and causal, and finds what is not."""

import numpy as np
import pytest
from archode.solvers.kramers_kronig import check_kramers_kronig


def randles(w):
    return 10 + 1 / (2e-5j * w + 1 / (50 + 20 / np.sqrt(1j * w)))


def reflected(w):
    return 3 + 1 / (np.sqrt(1j * w) * np.tanh(np.sqrt(1j * w)))


def transmitted(w):
    return 3 + np.tanh(np.sqrt(3j * w)) / np.sqrt(3j * w)


def debye(w):
    u = 1e-3j * w
    b = np.sqrt(1 + u)
    return 2 / (u * b**2) * (np.tanh(20 * b) / b + 20 * u)


CIRCUITS = {
    "randles": randles,
    "semi-infinite diffusion": lambda w: 5 + 20 / np.sqrt(1j * w),
    "reflected diffusion": reflected,
    "transmitted diffusion": transmitted,
    "constant phase": lambda w: 5 + 1e3 / (1j * w) ** 0.8,
    "depressed arc": lambda w: 5 + 50 / (1 + (1e-2j * w) ** 0.75),
    "blocking plates": debye,
    "capacitor": lambda w: 5 + 1e5 / (1j * w),
    "coil": lambda w: 5 + 1e-7j * w,
}


def frequencies(per_decade, low=-2, high=5):
    return np.logspace(high, low, (high - low) * per_decade + 1)


@pytest.mark.parametrize("circuit", CIRCUITS)
@pytest.mark.parametrize(("per_decade", "left"), [(10, 5e-7), (6, 1e-4), (5, 3e-4)])
def test_closed_forms_pass(circuit, per_decade, left):
    f = frequencies(per_decade)
    found = check_kramers_kronig(f, CIRCUITS[circuit](2 * np.pi * f))
    # An RC element each 1/per_decade of a decade adds up to smooth arcs to so many digits.
    assert found.worst < left
    assert found.residuals.shape == f.shape


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_a_single_wrong_value_is_found(circuit):
    f = frequencies(6)
    z = CIRCUITS[circuit](2 * np.pi * f)
    z[20] *= 1.01
    found = check_kramers_kronig(f, z)
    # The fit takes up about half of 1 %.
    assert found.worst > 3e-3
    assert abs(np.log10(found.frequency / f[20])) < 0.5


@pytest.mark.parametrize("corrupt", [lambda f, z: z * np.exp(0.05j), lambda f, z: np.where(f > 1e3, 0.9 * z, z)])
def test_what_no_circuit_can_do_is_found(corrupt):
    """A phase of its own, and a step of 10 %."""
    f = frequencies(6)
    assert check_kramers_kronig(f, corrupt(f, randles(2 * np.pi * f))).worst > 1e-2


def test_order_and_unit_do_not_matter():
    f = frequencies(6)
    z = randles(2 * np.pi * f)
    one, other = check_kramers_kronig(f, z), check_kramers_kronig(f[::-1], 1e-4 * z[::-1])
    assert other.worst == pytest.approx(one.worst, rel=1e-3)
    assert other.residuals[::-1] == pytest.approx(one.residuals, abs=1e-9)


@pytest.mark.parametrize("f", [frequencies(4), frequencies(6, 0, 1), np.array([1.0])])
def test_too_few_frequencies_say_nothing(f):
    assert check_kramers_kronig(f, randles(2 * np.pi * f)) is None
