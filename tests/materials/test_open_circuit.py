import dataclasses

import numpy as np
import pytest
from archode.materials import REFERENCES, MaterialError, load_material, material_names
from archode.materials.constants import REFERENCE_TEMPERATURE, thermal_voltage
from archode.materials.curves import EDGE, MODELS, Table, log_ratio, make_curve
from archode.materials.open_circuit import OpenCircuit

INSERTION = [name for name in material_names() if load_material(name).kind == "insertion"]
CURVES = {
    "affine_nernst": {"U0": -0.4, "dU": 0.68, "n": 1.0},
    "table": {"theta": [0.0, 0.2, 0.25, 0.7, 1.0], "U": [3.8, 3.4, 3.1, 2.5, 2.1]},
    "tanh_steps": {"U0": 3.4, "x_max": 2.0, "x": [0.5, 1.0], "h": [0.1, 0.45], "w": [0.03, 0.03], "n": 0.5},
    "polynomial": {"coefficients": [3.5, -1.0, 0.5, -0.2]},
    "constant": {"U0": 1.55},
}


def curve(model):
    return OpenCircuit(model, make_curve(model, CURVES[model]), "Li/Li+", None, "estimate", "test")


def test_every_model_is_tested():
    assert set(CURVES) == set(MODELS)


@pytest.mark.parametrize("model", CURVES)
def test_derivative_is_the_slope(model):
    u = curve(model)
    theta = np.linspace(0.011, 0.989, 97)
    h = 1e-6
    slope = (u.potential(theta + h) - u.potential(theta - h)) / (2 * h)
    # Central differences: h² U'''/6 reaches 1e-5 of the slope at the steep steps; 1e-8 V/h is rounding.
    assert u.derivative(theta) == pytest.approx(slope, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("model", CURVES)
def test_scalars_and_arrays_agree(model):
    u = curve(model)
    theta = np.array([-0.1, 0.0, 0.3, 0.5, 1.0, 1.2])
    assert np.array([u.potential(t) for t in theta]) == pytest.approx(u.potential(theta), rel=1e-14)
    assert u.potential(theta).shape == u.derivative(theta).shape == theta.shape
    assert u.potential(theta.reshape(2, 3)).shape == (2, 3)
    assert np.ndim(u.potential(0.3)) == np.ndim(u.derivative(0.3)) == 0


@pytest.mark.parametrize("model", CURVES)
def test_never_infinite_outside_the_host(model):
    u = curve(model)
    theta = np.array([-10.0, -1e-9, 0.0, 1e-300, 1.0, 1.0 + 1e-9, 11.0])
    with np.errstate(all="raise", under="ignore"):
        assert np.all(np.isfinite(u.potential(theta)))
        assert np.all(np.isfinite(u.derivative(theta)))


def test_logarithm_continues_by_its_tangent():
    for edge, outward in ((EDGE, -1.0), (1.0 - EDGE, 1.0)):
        step = 1e-3 * EDGE * outward
        inside, outside = log_ratio(edge - step), log_ratio(edge + step)
        # C1: mean of both sides equals the middle up to the curvature term step²/(2 EDGE²) = 5e-7.
        assert 0.5 * (inside + outside) == pytest.approx(log_ratio(edge), abs=1e-6)
    slope = (log_ratio(-1.0) - log_ratio(-2.0)) / 1.0
    assert slope == pytest.approx(-1.0 / (EDGE * (1.0 - EDGE)), rel=1e-9)


def test_affine_nernst_values():
    u = curve("affine_nernst")
    assert u.potential(0.5) == pytest.approx(-0.4, abs=1e-15)
    expected = -0.4 - 0.68 * 0.25 + thermal_voltage(310.0) * np.log(1 / 3)
    assert u.potential(0.75, 310.0) == pytest.approx(expected, rel=1e-14)


def test_table_passes_its_points_monotonically():
    theta, values = CURVES["table"]["theta"], CURVES["table"]["U"]
    u = curve("table")
    assert u.potential(np.array(theta)) == pytest.approx(values, rel=1e-14)
    assert np.all(np.diff(u.potential(np.linspace(-0.5, 1.5, 2001))) < 0.0)


def test_table_is_continuously_differentiable_and_straight_outside():
    u = curve("table")
    for point in CURVES["table"]["theta"]:
        # Slopes just left and right of a point differ by the curvature (below 1e3 V) times 2e-9.
        assert u.derivative(point - 1e-9) == pytest.approx(u.derivative(point + 1e-9), abs=1e-5)
    assert u.derivative(-0.3) == u.derivative(-0.1)
    assert u.potential(-0.2) == pytest.approx(2 * u.potential(-0.1) - u.potential(0.0), rel=1e-13)


def test_table_is_pchip():
    from scipy.interpolate import PchipInterpolator

    table = load_material("VOC1").open_circuit.curve
    theta = np.linspace(0.0, 1.0, 101)
    pchip = PchipInterpolator(table.theta, table.U)
    assert table.value(theta, REFERENCE_TEMPERATURE) == pytest.approx(pchip(theta), rel=1e-13)


def test_table_does_not_end_flat():
    """PCHIP would: the first interval of this table is far less steep than the second."""
    table = Table((0.0, 0.2, 0.25), (3.8, 3.4, 3.1))
    assert table.slope(-0.1, REFERENCE_TEMPERATURE) == pytest.approx(-1.0, rel=1e-12)


@pytest.mark.parametrize("name", INSERTION)
def test_library_curves_fall_over_their_window(name):
    u = load_material(name).open_circuit
    low, high = u.stoichiometry_window()
    assert 0.0 <= low < high <= 1.0
    theta = np.linspace(low, high, 4001)
    assert np.all(np.diff(u.potential(theta)) < 0.0)
    assert np.all(u.derivative(theta) < 0.0)
    # It goes on falling outside, where iterations may wander.
    assert np.all(np.diff(u.potential(np.linspace(-0.2, 1.2, 281))) < 0.0)


@pytest.mark.parametrize("name", INSERTION)
def test_window_ends_have_the_window_potentials(name):
    u = load_material(name).open_circuit
    low, high = u.stoichiometry_window()
    domain = u.curve.domain
    if u.window is None:
        # Kinetics vanish at 0 and 1: a curve that reaches both is used between 0.005 and 0.995.
        whole = domain[0] <= EDGE and domain[1] >= 1 - EDGE
        assert (low, high) == ((0.005, 0.995) if whole else domain)
        return
    if low > domain[0]:
        assert u.potential(low) == pytest.approx(u.window[1], abs=1e-9)
    else:
        assert u.potential(low) <= u.window[1]
    if high < domain[1]:
        # The bisection stops at 1e-16 in theta; the steepest slope here is 1e4 V.
        assert u.potential(high) == pytest.approx(u.window[0], abs=1e-9)
    else:
        assert u.potential(high) >= u.window[0]


def test_voc1_uses_the_whole_table():
    u = load_material("VOC1").open_circuit
    assert u.stoichiometry_window() == (0.0, 1.0)
    assert u.potential(0.49) == pytest.approx(2.9, rel=1e-12)


def test_against_the_hydrogen_electrode():
    for name in ("KVO_ac_0.25", "VOC1", "NVP"):
        u = load_material(name).open_circuit
        shift = REFERENCES[u.reference].potential
        assert u.potential_vs_she(0.4) == pytest.approx(u.potential(0.4) + shift, abs=1e-14)
    expected = {"SHE": 0.0, "Ag/AgCl": 0.197, "Li/Li+": -3.04, "Na/Na+": -2.71, "K/K+": -2.93}
    assert {k: v.potential for k, v in REFERENCES.items()} == expected
    assert all(reference.source for reference in REFERENCES.values())


def test_microbattery_spans_the_published_window():
    """Nat. Commun. 2019, 10:4292: the electrodes' windows add up to 1.6 V."""
    anode, cathode = (load_material(n).open_circuit for n in ("KVO_ac_0.25", "KMnO2_cryptomelane"))
    charged = cathode.potential_vs_she(cathode.stoichiometry(0.8)) - anode.potential_vs_she(anode.stoichiometry(-0.8))
    assert charged == pytest.approx(1.6, abs=1e-9)


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        curve("constant").reference = "SHE"


@pytest.mark.parametrize(
    ("model", "parameters", "part"),
    [
        ("afine_nernst", {}, "did you mean 'affine_nernst'"),
        ("affine_nernst", {"U0": 1.0, "dU": 1.0}, "lacks the parameter n"),
        (
            "affine_nernst",
            {"U0": 1.0, "dU": 1.0, "n": 1.0, "du": 1.0},
            "no parameter 'du'; did you mean 'dU'",
        ),
        ("affine_nernst", {"U0": "high", "dU": 1.0, "n": 1.0}, "affine_nernst.U0: a number is wanted"),
        ("table", {"theta": [0.0, 1.0], "U": [1.0]}, "same number of points"),
        ("table", {"theta": [0.5], "U": [1.0]}, "two at least"),
        ("table", {"theta": [0.0, 0.5, 0.5], "U": [3.0, 2.0, 1.0]}, "must increase"),
        ("table", {"theta": 0.0, "U": 1.0}, "a list of numbers is wanted"),
        ("tanh_steps", CURVES["tanh_steps"] | {"w": [0.03]}, "one entry a step"),
        ("tanh_steps", CURVES["tanh_steps"] | {"w": [0.03, 0.0]}, "must be positive"),
        ("polynomial", {"coefficients": []}, "at least one"),
    ],
)
def test_wrong_curves_are_explained(model, parameters, part):
    with pytest.raises(MaterialError, match=part.replace("[", r"\[")):
        make_curve(model, parameters)


class UflOperations:
    """The four operations on UFL expressions."""

    def __init__(self, ufl):
        self.exp, self.ln, self.tanh, self._ufl = ufl.exp, ufl.ln, ufl.tanh, ufl

    def where_less(self, a, b, if_true, if_false):
        return self._ufl.conditional(self._ufl.lt(a, b), if_true, if_false)


@pytest.mark.parametrize("model", CURVES)
def test_symbolic_curves_agree_with_numpy(model):
    """The same curve as a UFL expression, and UFL's own derivative of it, give the numbers NumPy gives."""
    ufl = pytest.importorskip("ufl")
    from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
    from ufl.algorithms.apply_derivatives import apply_derivatives

    u = curve(model)
    ops = UflOperations(ufl)
    for value in (-0.5, 0.0, EDGE / 2, 0.013, 0.2, 0.251, 0.5, 0.77, 0.999, 1.0, 1.7):
        # A variable keeps UFL from folding the number away, and needs no mesh.
        theta = ufl.variable(ufl.as_ufl(value))
        potential = u.potential(theta, REFERENCE_TEMPERATURE, ops)
        slope = u.derivative(theta, REFERENCE_TEMPERATURE, ops)
        differentiated = apply_derivatives(apply_algebra_lowering(ufl.diff(ufl.as_ufl(potential), theta)))
        assert ufl.as_ufl(potential)(()) == pytest.approx(u.potential(value), rel=1e-12)
        assert ufl.as_ufl(slope)(()) == pytest.approx(u.derivative(value), rel=1e-12, abs=1e-12)
        # UFL's derivative of the continued logarithm cancels terms of size 1/EDGE.
        assert differentiated(()) == pytest.approx(u.derivative(value), rel=1e-9, abs=1e-9)
