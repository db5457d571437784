"""Map of the gradients' error: all regions on one logarithmic scale, what whole regions miss told below."""

import importlib.util
from pathlib import Path

import h5py
import numpy as np
import pytest
from archode.studies.cli import main
from archode.visualization import VisualizationError
from archode.visualization.case import Case
from archode.visualization.options import Options
from archode.visualization.page import pixels
from archode.visualization.views import draw_view, views_of

spec = importlib.util.spec_from_file_location("statistics_of_pictures", Path(__file__).with_name("image_statistics.py"))
statistics = importlib.util.module_from_spec(spec)
spec.loader.exec_module(statistics)


@pytest.fixture
def erring(case_copy):
    """The bar with errors that grow along it, in the electrolyte of two fields; none at the first time."""
    for region, fields in {
        "electrolyte": {"potential": 1.0, "concentration": 10.0},
        "cathode": {"potential": 0.1},
    }.items():
        with h5py.File(case_copy / f"{region}.vtkhdf", "a") as file:
            root = file["VTKHDF"]
            cells = root["Connectivity"][:].reshape(-1, 4)
            x = root["Points"][:][cells].mean(axis=1)[:, 0]
            times = root["Steps/Values"][:]
            for name, size in fields.items():
                values = size * np.exp(0.03 * x) * (times[:, None] > 0)
                root["CellData"][f"{name} gradient error [%]"] = values.astype(np.float32).ravel()
                root["Steps/CellDataOffsets"][f"{name} gradient error [%]"] = np.arange(len(times)) * len(cells)
    return case_copy


def picture_and_pixels(folder, **options):
    picture = draw_view(Case(folder), "gradient_error", Options(**options))
    return picture, pixels(picture.figure())


def test_it_is_drawn_in_all_its_colours(erring):
    assert views_of(Case(erring))["gradient_error"] is None
    picture, image = picture_and_pixels(erring)
    assert statistics.is_drawn(image) and not statistics.touches_border(image)
    # Up to where the bar begins: the cathode at the right has the dark end.
    assert statistics.uses_both_ends(statistics.scene_part(image, 0), "plasma")
    (bar,) = picture.bars
    assert bar.logarithmic and "%" in bar.label
    assert 10 < bar.limits[1] < 10 * np.exp(0.03 * 120)
    told = " ".join(picture.notes)
    assert "electrolyte: " in told and "concentration" in told and "cathode: potential" in told


def test_one_field_has_a_scale_of_its_own(erring):
    largest, _ = picture_and_pixels(erring)
    potential, _ = picture_and_pixels(erring, field="potential")
    assert "potential" in potential.title and potential.bars[0].limits[1] < 0.5 * largest.bars[0].limits[1]
    with pytest.raises(VisualizationError, match="did you mean 'potential'"):
        picture_and_pixels(erring, field="potentail")


def test_no_error_at_all_is_drawn_too(erring):
    picture, image = picture_and_pixels(erring, time=0.0)
    assert statistics.is_drawn(image) and picture.bars[0].limits == (1.0, 10.0)
    assert not any(note.startswith("whole") for note in picture.notes)


def test_show_draws_it_and_says_what_is_missing(erring, results, tmp_path, capsys):
    arguments = ["--view", "gradient_error", "--field", "concentration", "--out", str(tmp_path)]
    assert main(["show", str(erring), *arguments]) == 0
    assert [path.name for path in tmp_path.glob("*.png")] == ["gradient_error_concentration.png"]
    assert main(["show", str(results["bar"]), *arguments]) == 2
    assert "no error of a gradient was saved" in capsys.readouterr().err
