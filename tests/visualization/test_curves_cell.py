"""Voltammograms, spectra, transients and histories against closed forms."""

import numpy as np
import pandas as pd
import pytest
from archode.solvers.nucleation.transients import Plating, instantaneous_current, instantaneous_peak
from archode.visualization import VisualizationError
from archode.visualization.histories import draw_concentration_range, draw_deposit_growth
from archode.visualization.impedance import decades, draw_bode, draw_nyquist, spectrum
from archode.visualization.page import pixels
from archode.visualization.transient import draw_simulated_transient, maximum
from archode.visualization.voltammetry import branches, draw_voltammogram


def is_drawn(figure):
    return 0.005 < np.mean(pixels(figure).min(axis=2) < 200) < 0.5


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def logistic_slope(voltage, middle, width=0.05):
    """dθ/dV of a Nernstian reaction, 1/V."""
    theta = 1 / (1 + np.exp((middle - voltage) / width))
    return theta * (1 - theta) / width


def cycle(rate, peak=0.8, start=0.0, end=1.6, n=81, step=0):
    """A capacitor with one reversible reaction, up and down."""
    rows, time = [], 0.0
    for number, sign in enumerate((1, -1)):
        voltage = np.linspace(start, end, n)[::sign]
        slope = logistic_slope(voltage, peak + 0.02 * sign)
        for k in range(1, n):
            time += (end - start) / (n - 1) / rate
            rows.append(
                {"time [s]": time, "kind": "ramp", "protocol_step": step + number, "voltage [V]": voltage[k],
                 "current_density [A/m2]": sign * rate * (1.0 + 10 * slope[k])}
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_branches_know_rate_and_peak(make_case):
    up, down = branches(make_case(rows=cycle(0.05)))
    assert (up.rate, down.rate) == pytest.approx((0.05, -0.05))
    # The rows are 20 mV apart: the peaks at 0.82 V and 0.78 V are among them.
    assert up.voltage[up.peak] == pytest.approx(0.82)
    assert down.voltage[down.peak] == pytest.approx(0.78)
    # 0.05 V/s times (1 + 10/(4 · 0.05)) C/(m² V), in A/cm²
    assert up.current[up.peak] == pytest.approx(0.05 * 51 * 1e-4)


def test_a_current_that_only_rises_has_no_peak(make_case):
    (branch, *_) = branches(make_case(rows=cycle(0.05, peak=3.0)))
    assert branch.peak is None


def test_a_step_that_turns_is_two_branches(make_case):
    rows = cycle(0.05).assign(protocol_step=0)
    assert [np.sign(branch.rate) for branch in branches(make_case(rows=rows))] == [1, -1]


def test_voltammogram_marks_rates_directions_and_peaks(make_case):
    rows = pd.concat([cycle(0.01), cycle(0.05, step=2)])
    figure = draw_voltammogram(make_case(rows=rows))
    (axes,) = figure.axes
    assert legend(axes) == ["10 mV s$^{-1}$", "50 mV s$^{-1}$"]
    arrows = [text for text in axes.texts if text.get_text() == "" and text.arrow_patch is not None]
    assert len(arrows) == 4
    assert sum(text.get_text().startswith("0.82 V") for text in axes.texts) == 2
    assert is_drawn(figure)


def test_holds_give_a_current_against_voltage_too(make_case):
    rows = {"time [s]": np.arange(1, 10.0), "kind": "hold", "protocol_step": np.repeat([0, 1, 2], 3),
            "voltage [V]": np.repeat([0.3, 0.1, 0.2], 3),
            "current_density [A/m2]": [9, 5, 3, 9, 2, 1, 9, 3, 2.0]}  # fmt: skip
    (axes,) = draw_voltammogram(make_case(rows=rows)).axes
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [0.1, 0.2, 0.3])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [100, 200, 300])  # µA/cm² of 1, 2 and 3 A/m²
    with pytest.raises(VisualizationError, match="steps of kind ramp, or holds at three voltages"):
        draw_voltammogram(make_case("rests"))


# ── impedance ──


def with_spectrum(case, resistance=20.0, capacitance=1e-5):
    """A resistor of 5 Ω cm² before a resistor beside a capacitor."""
    frequency = np.logspace(4, -1, 31)
    z = 5 + 1 / (1 / resistance + 2j * np.pi * frequency * capacitance)
    columns = {"frequency [Hz]": frequency, "Z' [ohm cm2]": z.real, "Z'' [ohm cm2]": z.imag}
    pd.DataFrame(columns).to_csv(case.folder / "impedance.csv", index=False)
    return case


def test_spectrum_is_read_ascending(make_case):
    one = spectrum(with_spectrum(make_case()))
    assert np.all(np.diff(one.frequency) > 0)
    assert one.impedance[0].real == pytest.approx(25, rel=1e-3) and one.impedance.imag.max() < 0


def test_nyquist_has_equal_scales_and_names_decades(make_case):
    cases = [with_spectrum(make_case(f"R={r}", parameters={"a.R": r}), r) for r in (20.0, 40.0)]
    figure = draw_nyquist(cases)
    pixels(figure)
    (axes,) = figure.axes
    one, origin = axes.transData.transform([(1, 1), (0, 0)])
    assert (one - origin)[0] == pytest.approx((one - origin)[1], rel=1e-6)
    assert legend(axes) == ["R 20", "R 40"]
    # The arc's top, ωRC = 1, is 796 Hz: the whole decade 1 kHz is next to it.
    assert "1 kHz" in [text.get_text() for text in axes.texts]
    assert is_drawn(figure)


def test_whole_decades_are_found():
    frequency = np.logspace(-1, 4, 31)
    assert decades(frequency) == [0, 6, 12, 18, 24, 30]
    assert decades(np.array([2.0, 3.0, 5.0])) == []


def test_bode_of_a_resistor_and_capacitor(make_case):
    figure = draw_bode([with_spectrum(make_case())])
    modulus, phase = figure.axes
    frequency, values = modulus.lines[0].get_data()
    exact = np.abs(5 + 1 / (1 / 20 + 2j * np.pi * frequency * 1e-5))
    np.testing.assert_allclose(values, exact, rtol=1e-9)  # digits of the file
    assert phase.lines[0].get_ydata().min() > 0
    assert is_drawn(figure)


def test_missing_spectra_and_columns_are_told(make_case):
    case = make_case()
    with pytest.raises(VisualizationError, match=r"no impedance\.csv in .*; `archode impedance` makes it"):
        draw_nyquist([case])
    (case.folder / "impedance.csv").write_text("frequency [Hz],Z' [ohm]\n1,2\n")
    with pytest.raises(VisualizationError, match=r"no column 'Z' \[ohm cm2\]'.*did you mean 'Z' \[ohm\]'"):
        draw_bode([case])
    (case.folder / "impedance.csv").write_text("frequency [Hz],Z' [ohm cm2],Z'' [ohm cm2]\n0,nan,1\n")
    with pytest.raises(VisualizationError, match="no row of numbers"):
        draw_bode([case])


# ── transients and histories ──


def test_simulated_transient_falls_on_its_limit(make_case):
    """Instantaneous nucleation, recorded without noise: (i/i_m)² over t/t_m is the closed form."""
    plating, diffusivity, sites = Plating(1, 800.0, 45.4e-6), 2.5e-10, 5e9
    time = np.linspace(0.005, 3.0, 400)
    rows = {"time [s]": time, "kind": "hold", "voltage [V]": -0.1, "dt [s]": 0.005,
            "current_density [A/m2]": -instantaneous_current(time, plating, diffusivity, sites)}  # fmt: skip
    figure = draw_simulated_transient(make_case(rows=rows, plating={"cathode": {}}))
    reduced, plain = figure.axes
    lines = {line.get_label(): line.get_data() for line in reduced.lines}
    tau, share = lines["simulated"]
    limit = np.interp(tau, *lines["instantaneous"])
    # The maximum is that of a parabola through points 7.5 ms apart; the limits are drawn at 600 points.
    np.testing.assert_allclose(share[tau < 7], limit[tau < 7], atol=2e-3)
    (peak,) = [line for line in plain.lines if line.get_marker() == "o"]
    exact = instantaneous_peak(plating, diffusivity, sites)
    assert (peak.get_xdata()[0], peak.get_ydata()[0]) == pytest.approx(exact, rel=1e-3)
    assert is_drawn(figure)


def test_the_spike_of_a_double_layer_is_no_maximum():
    time = np.linspace(0, 4, 401)
    start, peak_time, peak_current = maximum(time, 50 * np.exp(-time / 0.02) + 4 - (time - 2) ** 2)
    assert 0.05 < time[start] < 0.2
    assert (peak_time, peak_current) == pytest.approx((2.0, 4.0))
    assert maximum(time, np.exp(-time))[2] == 0 and maximum(time, time)[2] == 0


def test_a_ramp_whose_current_turns_is_one_branch(make_case):
    """In older results, whose capacity is the net charge, that falls from there on: no repetition begins there."""
    rows = cycle(0.05)
    turning = np.where(rows["voltage [V]"] < 0.8, -1.0, 1.0)
    passed = np.abs(np.cumsum(turning))
    rows = rows.assign(**{"current_density [A/m2]": turning, "areal_step_capacity [mAh/cm2]": passed})
    assert [len(branch.voltage) for branch in branches(make_case(rows=rows))] == [80, 80]


def test_transients_that_are_none_are_told(make_case):
    rows = {"time [s]": np.arange(1, 30.0), "kind": "hold", "current_density [A/m2]": -np.arange(1, 30.0)}
    with pytest.raises(VisualizationError, match="it takes a hold in which metal is plated"):
        draw_simulated_transient(make_case(rows=rows))
    with pytest.raises(VisualizationError, match=r"no hold in .* has a current with a maximum"):
        draw_simulated_transient(make_case("rising", rows=rows, plating={"cathode": {}}))


def test_concentrations_and_deposits_over_time(make_case):
    time = np.linspace(1, 1000, 50)
    rows = {"time [s]": time, "kind": "discharge", "c_min [mol/m3]": 1000 - 0.9 * time,
            "c_max [mol/m3]": 1000 + 0.9 * time, "cathode_c_min [mol/m3]": 1000 - 0.9 * time,
            "anode_c_min [mol/m3]": 1000 + 0.5 * time, "cathode_deposit [m]": 1e-9 * time,
            "cathode_deposit_max [m]": 2e-9 * time, "anode_deposit [m]": np.nan}  # fmt: skip
    case = make_case(rows=rows)
    range_figure, growth = draw_concentration_range(case), draw_deposit_growth(case)
    (axes,) = range_figure.axes
    assert legend(axes) == ["everywhere", "lowest at the anode", "lowest at the cathode"]
    assert axes.get_ylim()[0] == 0 and axes.get_xlabel() == "Time / min"
    (axes,) = growth.axes
    assert legend(axes) == ["cathode, mean", "cathode, largest"]
    assert axes.get_ylabel() == "Thickness of the deposit / µm"
    assert axes.lines[1].get_ydata()[-1] == pytest.approx(2.0)
    assert is_drawn(range_figure) and is_drawn(growth)
    with pytest.raises(VisualizationError, match="no metal is plated"):
        draw_deposit_growth(make_case("none"))
