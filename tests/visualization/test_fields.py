"""Field pictures: judged by what is in them, as a reader would."""

import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from archode.visualization import VisualizationError, make_case_figures
from archode.visualization.case import Case, telling_time
from archode.visualization.curve_figures import CURVES
from archode.visualization.moment import moment
from archode.visualization.options import Options
from archode.visualization.page import save
from archode.visualization.style import FIELDS as STYLES
from archode.visualization.style import REGIONS, STOICHIOMETRY
from archode.visualization.views import draw_view
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from PIL import Image

#: Of a storage cell; the other views have their tests elsewhere.
FIELDS = ("geometry", "concentration", "current_density", "potential", "stoichiometry")


@pytest.fixture(scope="module")
def pictures(results):
    return {
        which: {path.stem: path for path in make_case_figures(results[which], list(FIELDS))}
        for which in ("bar", "flat")
    }


def pixels(path):
    """The drawing without colour bars and text: columns left of the bars, rows below the titles."""
    image = np.asarray(Image.open(path).convert("RGB"), dtype=float)
    rows, columns = image.shape[:2]
    return image[rows // 8 : rows * 6 // 7, : columns * 2 // 3].reshape(-1, 3)


def share_of_colour(path, colour, within):
    """Share of the drawing's pixels within a distance (of 441) of a colour."""
    return np.mean(np.linalg.norm(pixels(path) - 255 * np.array(to_rgb(colour)), axis=1) < within)


@pytest.mark.parametrize("which", ["bar", "flat"])
@pytest.mark.parametrize("name", list(FIELDS))
def test_picture_is_drawn_and_small(pictures, which, name):
    path = pictures[which][name]
    # The drawing fills a good part of the page, the rest is white.
    inked = np.mean(np.ptp(pixels(path), axis=1) + (255 - pixels(path).mean(axis=1)) > 20)
    assert 0.05 < inked < 0.95
    assert path.stat().st_size < 300_000


@pytest.mark.parametrize(
    ("which", "name", "field"),
    [
        ("bar", "concentration", "concentration"),
        ("flat", "concentration", "concentration"),
        ("flat", "potential", "potential"),
        ("flat", "current_density", "current density"),
    ],
)
def test_both_ends_of_the_map_are_used(pictures, which, name, field):
    # Light and shade move colours a little: 60 of 441 still tells the ends of each map apart.
    for end in (0.05, 0.9):
        assert share_of_colour(pictures[which][name], colormaps[STYLES[field].colours](end)[:3], 60) > 5e-4


def test_each_electrode_has_its_own_map(pictures):
    for region in ("anode", "cathode"):
        middle = colormaps[STOICHIOMETRY[region]](0.5)[:3]
        assert share_of_colour(pictures["flat"]["stoichiometry"], middle, 60) > 1e-3


@pytest.mark.parametrize("name", ["current_density", "potential"])
def test_electrodes_stand_as_solid_bodies(pictures, name):
    assert share_of_colour(pictures["flat"][name], REGIONS["anode"], 50) > 0.02
    assert share_of_colour(pictures["flat"][name], REGIONS["cathode"], 50) > 0.005


def test_time_is_that_of_the_largest_current(results):
    assert telling_time(Case(results["bar"])) == 110  # end of the discharge at 2 C


def test_of_equal_currents_the_last_is_taken(case_copy):
    text = (case_copy / "timeseries.csv").read_text().replace("discharge", "rest")
    lines = [line for line in text.splitlines() if ",rest," not in line]
    (case_copy / "timeseries.csv").write_text("\n".join(lines) + "\n")
    # Only the charge is left, at constant current until 60 s; later snapshots see its last row.
    assert telling_time(Case(case_copy)) == 110


def test_given_time_takes_the_nearest_snapshot(results):
    assert moment(Case(results["bar"]), 55).time == 60


def test_snapshot_holds_the_fields_of_its_time(results):
    case = Case(results["bar"])
    for time, strength in ((0, 0), (60, 1), (110, -2)):
        grid = case.snapshot("electrolyte", time)
        # κ·0.2 V/100 µm with κ = 5 S/m, along x
        np.testing.assert_allclose(grid.cell_data["current density"][:, 0], strength * 1e4, atol=1e-6)


def test_anode_is_left_of_the_cathode(results):
    now = moment(Case(results["bar"]))
    rendering = now.scene()
    centres = [np.mean(now.grids[region].points, axis=0) for region in ("anode", "cathode")]
    left, right = (centre @ rendering.axes[0] for centre in centres)
    assert left < right


def test_even_current_density_does_not_show_round_off(pictures):
    """In the bar |i| is constant: one colour, from the middle of the map."""
    assert share_of_colour(pictures["bar"]["current_density"], colormaps["inferno"](0.5)[:3], 70) > 0.05
    assert share_of_colour(pictures["bar"]["current_density"], colormaps["inferno"](0.95)[:3], 30) < 1e-3


def test_collectors_and_a_metal_anode_are_no_obstacle(case_copy):
    (case_copy / "cathode.vtkhdf").rename(case_copy / "cathode_collector.vtkhdf")
    (case_copy / "anode.vtkhdf").unlink()
    written = make_case_figures(case_copy, ["geometry", "concentration", "current_density"])
    assert len(written) == 3
    with pytest.raises(VisualizationError, match="no stoichiometry to draw"):
        make_case_figures(case_copy, ["stoichiometry"])


def test_electrode_on_top_is_cut_with_the_electrolyte(case_copy):
    """A plate above the electrolyte would hide what the picture is about."""
    path = case_copy / "cathode.vtkhdf"
    with h5py.File(path, "a") as file:
        points = file["VTKHDF/Points"][:]
        # moved from the bar's end onto its top
        file["VTKHDF/Points"][:] = points * [8, 1, 0.05] + [-840, 0, 20]
    now = moment(Case(case_copy))
    scene = now.scene()
    now.add_electrodes(scene, cut=True)
    anode, cathode = (mesh for mesh, options in scene.bodies if "opacity" not in options)
    (glass,) = (mesh for mesh, options in scene.bodies if "opacity" in options)
    # The anode fills the cell's end: its half before the cut is glass.
    assert np.ptp(anode.points[:, 1]) == pytest.approx(10, rel=0.01)
    assert np.ptp(glass.points[:, 1]) == pytest.approx(10, rel=0.01)
    assert np.ptp(cathode.points[:, 1]) == pytest.approx(10, rel=0.01)


def test_missing_cut_is_replaced_by_one_through_the_middle(case_copy):
    summary = json.loads((case_copy / "summary.json").read_text())
    del summary["cut"]
    (case_copy / "summary.json").write_text(json.dumps(summary))
    assert make_case_figures(case_copy, ["current_density"])


def test_current_of_zero_is_drawn_without_lines(results, tmp_path):
    picture = draw_view(Case(results["bar"]), "current_density", Options(time=0.0))
    assert save(picture.figure(), tmp_path / "zero.png").exists()


@pytest.mark.parametrize(
    ("damage", "names", "message"),
    [
        (
            lambda case: (case / "electrolyte.vtkhdf").unlink(),
            ["concentration"],
            "no field file for electrolyte",
        ),
        (lambda case: [f.unlink() for f in case.glob("*.vtkhdf")], ["geometry"], "output.fields"),
        (
            lambda case: (case / "electrolyte.vtkhdf").write_bytes(b"?"),
            ["potential"],
            "not a VTKHDF time series",
        ),
        (lambda case: (case / "summary.json").unlink(), ["geometry"], "no summary.json.*timeseries.csv"),
        (lambda case: (case / "summary.json").write_text("{"), ["geometry"], "summary.json cannot be read"),
        (lambda case: (case / "timeseries.csv").unlink(), ["geometry"], "no timeseries.csv.*summary.json"),
        (lambda case: None, ["concentrations"], "did you mean 'concentration'"),
        (
            lambda case: (case / "cathode.vtkhdf").replace(case / "electrolyte.vtkhdf"),
            ["stoichiometry"],
            None,
        ),
    ],
)
def test_errors_say_what_is_missing_and_what_is_there(case_copy, damage, names, message):
    damage(case_copy)
    if message is None:
        assert make_case_figures(case_copy, names)
        return
    with pytest.raises(VisualizationError, match=message):
        make_case_figures(case_copy, names)


def test_missing_field_lists_the_fields(case_copy):
    with h5py.File(case_copy / "electrolyte.vtkhdf", "a") as file:
        del file["VTKHDF/PointData/concentration [mol m-3]"]
        del file["VTKHDF/Steps/PointDataOffsets/concentration [mol m-3]"]
    with pytest.raises(VisualizationError, match=r"no field 'concentration'.*There is: potential"):
        make_case_figures(case_copy, ["concentration"])


def test_without_fields_the_default_figures_are_the_curves(case_copy):
    for path in case_copy.glob("*.vtkhdf"):
        path.unlink()
    written = make_case_figures(case_copy)
    assert {"voltage_time", "voltage_capacity", "rate_capability"} <= {path.stem for path in written} <= set(CURVES)


def test_no_x_server_is_needed_and_nothing_is_said(results, tmp_path):
    code = f"""
from archode.visualization.case import Case
from archode.visualization.page import save
from archode.visualization.views import draw_view
from pathlib import Path
case = Case(Path({str(results["bar"])!r}))
save(draw_view(case, "concentration").figure(), Path({str(tmp_path / "quiet.png")!r}))
"""
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout + ran.stderr == ""
    assert (tmp_path / "quiet.png").stat().st_size > 10_000


def test_importing_the_package_loads_no_plotting_library():
    code = (
        "import sys, archode.visualization; print({'matplotlib', 'pyvista', 'vtkmodules'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_nothing_has_flowed_at_the_start(case_copy):
    """A hold begins with its largest current, which the fields at time zero do not show yet."""
    table = case_copy / "timeseries.csv"
    header, *rows = table.read_text().splitlines()
    time, column = (header.split(",").index(name) for name in ("time [s]", "current [A]"))
    cells = [row.split(",") for row in rows if float(row.split(",")[time]) > 0]
    for k, row in enumerate(cells):
        row[column] = "1.0" if k == 0 else str(0.1 / (k + 1))
    table.write_text("\n".join([header, *(",".join(row) for row in cells)]) + "\n")
    assert telling_time(Case(case_copy)) > 0
