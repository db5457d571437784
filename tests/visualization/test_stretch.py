"""Exaggeration of thin layers: what it does to coordinates, and that it says so."""

import numpy as np
import pytest
from archode.visualization.notation import (
    length_text,
    nice_factor,
    parameter_text,
    quantity,
    scaled_unit,
    time_text,
    unit_text,
    value_text,
)
from archode.visualization.stretch import choose_stretch

FILM = {
    "electrolyte": (0, 100, 0, 5, 0, 100),
    "anode": (0, 25, 0, 5, 0, 0.75),
    "cathode": (75, 100, 0, 5, 0, 0.75),
}


def drawn(stretch, axis, *values):
    points = np.zeros((len(values), 3))
    points[:, axis] = values
    return stretch.points(points)[:, axis]


def test_thick_layers_stay_true_to_scale():
    stretch = choose_stretch({"electrolyte": (6, 106, 0, 20, 0, 20), "anode": (0, 6, 0, 20, 0, 20)})
    np.testing.assert_allclose(drawn(stretch, 0, 0, 6, 50, 106), [0, 6, 50, 106])
    assert stretch.note == ""


def test_thin_film_is_enlarged_by_the_factor_in_the_note():
    stretch = choose_stretch(FILM)
    bottom, top, above, end = drawn(stretch, 2, 0, 0.75, 1.75, 100)
    assert top - bottom == pytest.approx(5 * 0.75)
    assert above - top == pytest.approx(1)  # the electrolyte above is not stretched
    assert end - top == pytest.approx(99.25)
    assert stretch.note == "Drawn larger: anode and cathode thickness ×5"


def test_flat_cell_is_stretched_as_a_whole():
    stretch = choose_stretch({"electrolyte": (0, 100, 0, 100, 1, 2), "cathode": (0, 100, 0, 100, 0, 1)})
    height = np.ptp(drawn(stretch, 2, 0, 2))
    assert stretch.whole == 10
    assert height == pytest.approx(20)
    assert "vertical axis ×10" in stretch.note


def test_stretch_keeps_order_along_a_bar():
    stretch = choose_stretch({"electrolyte": (0.1, 100, 0, 10, 0, 10), "anode": (0, 0.1, 0, 10, 0, 10)})
    assert stretch.axis == 0
    assert np.all(np.diff(drawn(stretch, 0, 0, 0.05, 0.1, 1, 50, 100)) > 0)


def test_collector_below_a_film_is_drawn_thinner_than_the_film():
    stretch = choose_stretch(
        {
            "electrolyte": (0, 100, 0, 5, 0, 100),
            "anode": (0, 25, 0, 5, 0.1, 0.85),
            "anode_collector": (0, 25, 0, 5, 0, 0.1),
        }
    )
    bottom, between, top = drawn(stretch, 2, 0, 0.1, 0.85)
    assert between - bottom < top - between
    assert "anode collector thickness" in stretch.note


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (value_text("20 um"), "20 µm"),
        (value_text("NVP"), "NVP"),
        (value_text(True), "True"),
        (value_text("5 uA/cm^2"), "5 µA/cm$^{2}$"),
        (unit_text("um"), "µm"),
        (quantity("1e-15 m^2/s"), (1e-15, "m^2/s")),
        (quantity("KVO_a_0.25"), None),
        (parameter_text("geometry.finger_width"), "finger width"),
        (parameter_text("protocol.1.discharge"), "discharge (step 1)"),
        (parameter_text("materials.overrides.anode.diffusivity"), "anode diffusivity"),
        (length_text(118e-6), "118 µm"),
        (length_text(8.5e-7), "850 nm"),
        (length_text(1e-3), "1 mm"),
        (time_text(59), "59 s"),
        (time_text(1200), "20 min"),
        (time_text(2e-4), "200 µs"),
        (time_text(0.0), "0 s"),
        (scaled_unit(9.9999e-4, "V/s"), (1e3, "mV/s")),
        (scaled_unit(4e4, "A"), (1e-3, "kA")),
        (scaled_unit(0.2, "V"), (1e3, "mV")),
        (scaled_unit(0, "V"), (1.0, "V")),
        (nice_factor(0.3), 1),
        (nice_factor(19), 10),
        (nice_factor(5), 5),
    ],
)
def test_notation(got, wanted):
    assert got == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def test_a_fibre_is_drawn_shorter_and_says_so():
    fibre = {"electrolyte": (3.0, 6.0, 3.0, 6.0, 0.0, 150.0), "anode": (0.0, 3.0, 0.0, 3.0, 0.0, 150.0)}
    stretch = choose_stretch(fibre)
    drawn = stretch.points(np.array([[0.0, 0.0, 0.0], [6.0, 6.0, 150.0]]))
    # Steps of 1, 2 and 5 leave the drawn height within a factor of 2.5 of what is aimed at.
    assert 1.5 < (drawn[1, 2] - drawn[0, 2]) / 6 < 6
    assert stretch.note == f"Drawn shorter: vertical axis ÷{1 / stretch.whole:g}"
    np.testing.assert_array_equal(drawn[:, :2], [[0, 0], [6, 6]])
