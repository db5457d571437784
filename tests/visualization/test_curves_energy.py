"""dQ/dV and Ragone diagrams against closed forms and numbers by hand."""

import numpy as np
import pytest
from archode.visualization import VisualizationError
from archode.visualization.case import Case
from archode.visualization.differential import differential_capacity, draw_differential_capacity
from archode.visualization.page import pixels
from archode.visualization.ragone import DURATIONS, discharges, draw_ragone, references
from archode.visualization.style import GUIDE


def is_drawn(figure):
    return 0.005 < np.mean(pixels(figure).min(axis=2) < 200) < 0.5


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def logistic(voltage, middle=0.8, width=0.05):
    """Charge of a reaction that is Nernstian: θ = 1/(1 + exp((U₀ − V)/w)), dθ/dV = θ(1 − θ)/w."""
    theta = 1 / (1 + np.exp((middle - voltage) / width))
    return theta, theta * (1 - theta) / width


@pytest.mark.parametrize("direction", [1, -1])
def test_differential_capacity_of_a_nernstian_electrode(direction):
    """Even in capacity, as a constant current passes it; 60 points, as many as a run has time steps."""
    theta = np.linspace(0.01, 0.99, 60)[::direction]
    voltage = 0.8 + 0.05 * np.log(theta / (1 - theta))
    grid, slope, width = differential_capacity(voltage, np.abs(theta - theta[0]), smoothing=0.01)
    assert width == pytest.approx(0.01, rel=0.2)  # a whole number of intervals of the grid
    _, exact = logistic(grid)
    # A parabola over w_s misses f'''w_s²/40, 2e-3 of the maximum here; the interpolation of 60 points does the rest.
    np.testing.assert_allclose(direction * slope, exact, atol=0.01 * exact.max())
    # The grid is a 400th of the range, 1.2 mV.
    assert abs(grid[np.argmax(np.abs(slope))] - 0.8) < 0.005


def test_differential_capacity_of_a_capacitor_is_its_capacitance():
    voltage = np.linspace(0.0, 2.0, 9)
    _, slope, _ = differential_capacity(voltage, 3.0 * voltage)
    np.testing.assert_allclose(slope, 3.0, rtol=1e-10)  # exact but for round-off


def test_voltage_that_turns_back_counts_once_it_is_beyond():
    voltage = np.array([0.0, 0.3, 0.2, 0.25, 0.6, 1.0])
    grid, _, _ = differential_capacity(voltage, np.arange(6.0), smoothing=0.02)
    assert np.all(np.diff(grid) > 0) and 0.0 < grid[0] < 0.02 and 0.98 < grid[-1] < 1.0


def test_flat_voltage_and_wide_windows_are_told():
    with pytest.raises(VisualizationError, match="changes by 5 mV"):
        differential_capacity(np.linspace(0, 0.005, 9), np.arange(9.0))
    with pytest.raises(VisualizationError, match=r"window of 0\.8 V does not fit a range of 1 V"):
        differential_capacity(np.linspace(0, 1, 9), np.arange(9.0), smoothing=0.8)


def test_charges_above_and_discharges_below_zero(results):
    figure = draw_differential_capacity(Case(results["bar"]))
    (axes,) = figure.axes
    signs = {line.get_label().split()[0]: np.sign(np.median(line.get_ydata())) for line in axes.lines[:3]}
    assert signs == {"charge": 1, "discharge": -1}
    assert axes.get_ylabel() == "dQ/dV / µAh cm$^{-2}$ V$^{-1}$"
    assert is_drawn(figure)


def test_a_plating_voltage_has_no_differential_capacity(make_case):
    """The way back out of a dip of nucleation rises in a discharge."""
    rows = {"time [s]": np.arange(1, 9.0), "kind": "discharge", "voltage [V]": np.linspace(-0.1, -0.03, 8),
            "areal_step_capacity [mAh/cm2]": np.arange(8) / 8}  # fmt: skip
    with pytest.raises(VisualizationError, match="whose voltage moves"):
        draw_differential_capacity(make_case(rows=rows))


def energetic(joule, seconds, kind="discharge"):
    return {"index": 0, "kind": kind, "ended_by": "voltage", "energy [J]": joule, "duration [s]": seconds}


def test_ragone_by_hand(make_case):
    """7.2 J are 2 mWh; on 2 cm² in half an hour 1 mWh/cm² at 2 mW/cm², in 0.04 cm³ of films 50 mWh/cm³."""
    volumes = {"electrolyte": 1.6e-7, "anode": 1e-8, "cathode": 3e-8}
    steps = [energetic(9.0, 1800, "charge"), energetic(7.2, 1800), energetic(-1.0, 10)]
    case = make_case(steps=steps, **{"footprint_area [m2]": 2e-4, "multiplicity": 1.0, "mesh": {"volumes": volumes}})
    assert discharges(case, "cm2") == [pytest.approx((2.0, 1.0))]
    assert discharges(case, "cm3") == [pytest.approx((20.0, 10.0))]
    assert discharges(case, "cm3", "films") == [pytest.approx((100.0, 50.0))]
    figure = draw_ragone([case], volume="films")
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "Power / mW cm$^{-2}$ of footprint",
        "Power / mW cm$^{-3}$ of both electrodes' films",
    ]
    assert is_drawn(figure)


def test_commercial_devices_are_drawn_with_their_sources(make_case):
    quoted = references("cm3")
    assert all(mark["source"] for mark in (*quoted, *references("cm2")))
    by_name = {mark["name"]: mark for mark in quoted}
    assert by_name["Li thin-film battery (4 V, 500 µAh)"]["energy"] == pytest.approx(103 / 14, abs=0.05)
    case = make_case(steps=[energetic(7.2, 1800)], mesh={"volumes": {"anode": 1e-8}})
    (axes,) = draw_ragone([case]).axes
    assert {name for name in by_name if "Na-ion" not in name} <= set(legend(axes))
    (bare,) = draw_ragone([case], quoted=False).axes
    assert bare.get_legend() is None


def test_lines_of_equal_duration_are_energy_over_power(make_case):
    """A line of 10 min passes through 6 mW and 1 mWh."""
    case = make_case(steps=[energetic(3.6, 600)], **{"footprint_area [m2]": 1e-4})
    (axes,) = draw_ragone([case], quoted=False).axes
    lines = [line for line in axes.lines if line.get_color() == GUIDE]
    drawn = dict(
        zip((text.get_text() for text in axes.texts if text.get_text() in DURATIONS.values()), lines, strict=True)
    )
    ratio = drawn["10 min"].get_ydata() / drawn["10 min"].get_xdata()
    np.testing.assert_allclose(ratio, 1 / 6, rtol=1e-12)  # round-off


def test_ragone_without_discharges_is_told(make_case):
    with pytest.raises(VisualizationError, match="no discharge that gave energy"):
        draw_ragone([make_case(steps=[energetic(1.0, 1.0, "charge")])])
    with pytest.raises(VisualizationError, match="no volume 'cel'; did you mean 'cell'"):
        draw_ragone([make_case("other")], volume="cel")
