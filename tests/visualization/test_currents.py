"""Lines of the current where ions move through more than one region."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from archode.visualization.case import Case
from archode.visualization.currents import NAME, current_lines, draw_current
from archode.visualization.moment import moment

spec = importlib.util.spec_from_file_location("synthetic_of_currents", Path(__file__).with_name("synthetic.py"))
synthetic = importlib.util.module_from_spec(spec)
spec.loader.exec_module(synthetic)

INTERFACE = 46.0


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    """A bar: anode to 6 µm, electrolyte to 46, separator to 106, cathode; the current is that of Laplace's equation."""
    case = tmp_path_factory.mktemp("soaked") / "bar"
    case.mkdir()
    across = np.linspace(0, 20.0, 5)
    xs = np.concatenate([np.linspace(0, 6, 3), np.linspace(6, 106, 26)[1:], np.linspace(106, 112, 3)[1:]])

    def region_of(x, y, z):
        if x < 6 or x > 106:
            return "anode" if x < 6 else "cathode"
        return "electrolyte" if x < INTERFACE else "separator"

    points, cells = synthetic.box_of_tetrahedra(xs, across, across, region_of)
    # The lower half of the interface's far side is at rest, so that lines bend on their way.
    drain = np.flatnonzero((points[:, 0] == 106) & (points[:, 2] >= 10))
    source = np.flatnonzero(points[:, 0] == 6)
    liquid = np.concatenate([cells["electrolyte"], cells["separator"]])
    potential = synthetic.laplace(points, liquid, dict.fromkeys(source, 0.1) | dict.fromkeys(drain, -0.1))
    for region, part in cells.items():
        synthetic.write_region(case, region, points, part, potential, 5.0, synthetic.STRENGTH, {})
    synthetic.write_curves(case, "soaked", "bar", {}, "planar", {"normal": [0, 1, 0], "origin": [56.0, 10.0, 10.0]})
    return Case(case)


def test_regions_of_ions_are_joined_at_their_interface(soaked):
    now = moment(soaked)
    joined, parts = now.conductor(NAME), [now.grid(region, NAME) for region in ("electrolyte", "separator")]
    assert joined.n_cells == sum(part.n_cells for part in parts)
    # 5 x 5 points of the interface are there once, not twice.
    assert joined.n_points == sum(part.n_points for part in parts) - 25
    assert joined.volume == pytest.approx(100 * 20 * 20)


def test_lines_of_the_current_cross_the_interface(soaked):
    grid = moment(soaked).conductor(NAME)
    strength = np.linalg.norm(grid.cell_data[NAME], axis=1)
    lines = current_lines(grid, grid.cell_data_to_point_data(), strength)
    assert len(lines) > 100
    ends = np.array([sorted((line[0, 0], line[-1, 0])) for line in lines])
    # The averaged current of a wall's points leads a few lines out of the side of the bar.
    crossing = np.mean((ends[:, 0] < INTERFACE - 5) & (ends[:, 1] > INTERFACE + 5))
    assert crossing > 0.9
    # A line follows the current without a step at the interface: no two points lie further apart than cells are long.
    assert max(np.linalg.norm(np.diff(line, axis=0), axis=1).max() for line in lines) < 10.0


def test_tubes_of_both_regions_are_coloured(soaked):
    picture = draw_current(moment(soaked))
    tubes = next(mesh for mesh, options in picture.scene.bodies if options.get("scalars") == "|i|")
    place = tubes.point_data["place"][:, 0]
    assert place.min() < 10 and place.max() > 102
    for part in (place < INTERFACE, place > INTERFACE):
        assert np.median(tubes["|i|"][part]) > 0
