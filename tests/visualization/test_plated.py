"""Pictures of plated electrodes and of limits, from surfaces and tables that are made here."""

import json

import numpy as np
import pandas as pd
import pytest
from archode.solvers import vtkhdf
from archode.solvers.criteria import MAPS
from archode.visualization import VisualizationError, make_case_figures
from archode.visualization.case import Case
from archode.visualization.deposit_scene import draw_deposit_scene
from archode.visualization.limits import draw_limits
from archode.visualization.moment import moment
from archode.visualization.page import save
from archode.visualization.plated import SHOWN, plated_surfaces, plating_time
from PIL import Image

#: A tent over 4 µm × 1 µm, its ridge at y = 0.5, in µm; two facets on either side.
POINTS = np.array([[0, 0, 0], [4, 0, 0], [4, 0.5, 2], [0, 0.5, 2], [4, 1, 0], [0, 1, 0]], dtype=float)
CORNERS = np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]])
TIMES = (0.0, 10.0, 20.0, 30.0, 40.0)


def write_case(folder, spread=5.0, sides=("cathode",), criteria=None, dip=None):
    """Plated from 0 to 20 s (the cathode), at rest until 30 s, then the anode, all at 1 A."""
    folder.mkdir(parents=True)
    kinds = ["discharge", "discharge", "rest", "charge"]
    current = {"discharge": -1.0, "rest": 0.0, "charge": 1.0}
    for side in sides:
        path = folder / f"{side}_surface.vtkhdf"
        vtkhdf.create(path, POINTS, CORNERS)
        for time, kind in zip(TIMES, ["rest", *kinds], strict=True):
            sign = 1.0 if side == "cathode" else -1.0
            density = sign * current[kind] * np.linspace(10, 10 * spread, len(POINTS))
            values = {"current density [A m-2]": density, "deposit thickness [m]": 1e-8 * np.abs(density) * time}
            maps = {f"{n} [{u}]": np.full(4, np.nan) for n, u in MAPS.items()}
            for name, given in (criteria or {}).items():
                maps[f"{name} [{MAPS[name]}]"] = np.broadcast_to(np.asarray(given, dtype=float), 4)
            vtkhdf.append(path, time, values, maps)
    voltage = [-0.30, -0.05, 0.0, 0.05]
    table = {
        "time [s]": TIMES[1:],
        "dt [s]": 10.0,
        "kind": kinds,
        "protocol_step": [0, 0, 1, 2],
        "voltage [V]": voltage,
    }
    table |= {"current [A]": [current[kind] for kind in kinds], "current_density [A/m2]": 0.0}
    pd.DataFrame(table).to_csv(folder / "timeseries.csv", index=False)
    plating = {side: {"substrate": None, "nucleation_overpotential [V]": dip} for side in sides}
    summary = {"study": "made_up", "case": "base", "status": "done", "cut": {"normal": [0.0, 1.0, 0.0]}}
    (folder / "summary.json").write_text(json.dumps(summary | {"plating": plating}))
    return folder


def inked(path):
    """Share of coloured pixels: neither white nor grey."""
    image = np.asarray(Image.open(path).convert("RGB"), dtype=int)
    return float(np.mean(np.ptp(image, axis=2) > 40))


def test_every_map_of_the_criteria_has_a_label_but_the_one_that_repeats_another():
    assert set(MAPS) - set(SHOWN) == {"top_plugging"}  # the current over its mean again


def test_each_electrode_is_drawn_when_it_is_plated(tmp_path):
    case = Case(write_case(tmp_path / "case", sides=("cathode", "anode")))
    assert [plating_time(case, side, TIMES) for side in ("cathode", "anode")] == [20.0, 40.0]
    assert [(s.side, s.time) for s in plated_surfaces(case)] == [("cathode", 20.0), ("anode", 40.0)]
    assert plated_surfaces(case, 12.0)[0].time == 10.0
    assert plated_surfaces(case)[0].areas.sum() == pytest.approx(2 * 4 * np.hypot(0.5, 2))
    with pytest.raises(VisualizationError, match="no snapshot"):
        plating_time(case, "anode", TIMES[:3])


def test_the_electrode_on_a_substrate_comes_first(tmp_path):
    folder = write_case(tmp_path / "case", sides=("cathode", "anode"))
    summary = json.loads((folder / "summary.json").read_text())
    summary["plating"]["anode"]["substrate"] = "Cu"
    (folder / "summary.json").write_text(json.dumps(summary))
    assert [s.side for s in plated_surfaces(Case(folder))] == ["anode", "cathode"]


@pytest.mark.parametrize("name", ["plating", "deposit"])
def test_uneven_surfaces_have_a_scale_and_even_ones_one_colour(tmp_path, name):
    """One colour and its shades at the rim against a whole map: counted as distinct coarse colours."""
    colours = {}
    for spread in (1.0, 5.0):
        folder = write_case(tmp_path / f"{spread:g}", spread)
        (path,) = make_case_figures(folder, [name])
        assert inked(path) > 0.03 and path.stat().st_size < 300_000
        image = np.asarray(Image.open(path).convert("RGB"), dtype=int)
        coloured = image[np.ptp(image, axis=2) > 40] // 32
        counts = np.unique(coloured, axis=0, return_counts=True)[1]
        colours[spread] = int(np.sum(counts > 50))
    assert colours[1.0] < colours[5.0]


def test_criteria_that_vary_are_drawn_side_by_side(tmp_path):
    one = write_case(tmp_path / "one", criteria={"depletion": [0.1, 0.5, 0.9, 0.9], "wagner_number": 3.0})
    four = {"depletion": [0.1, 0.5, 0.9, 0.9], "tip_growth": [1, 2, 3, 4], "pore_clogging": [1e4, 2e4, 3e4, 9e4]}
    more = write_case(tmp_path / "more", criteria=four | {"sand_time": [1, 10, 100, 1000]})
    sizes = []
    for folder in (one, more):
        (path,) = make_case_figures(folder, ["criteria"])
        sizes.append(Image.open(path).size)
    # Three panels in a row, the fourth below them.
    assert sizes[1][0] > 1.5 * sizes[0][0] and sizes[1][1] > 1.5 * sizes[0][1]


def test_criteria_that_do_not_vary_are_no_picture(tmp_path):
    folder = write_case(tmp_path / "case", criteria={"wagner_number": 3.0})
    with pytest.raises(VisualizationError, match=r"no criterion varies on the cathode.*Wagner number 3"):
        make_case_figures(folder, ["criteria"])
    # Not asked for by name, it is left out without a word.
    names = {path.stem for path in make_case_figures(folder)}
    assert {"surface_current", "deposit"} <= names and not {"criteria", "nucleation_dip"} & names


@pytest.mark.parametrize("name", ["plating", "deposit", "criteria"])
def test_what_is_missing_is_named(tmp_path, name):
    folder = write_case(tmp_path / "case")
    (folder / "cathode_surface.vtkhdf").unlink()
    with pytest.raises(VisualizationError, match=r"no cathode_surface\.vtkhdf.*output\.fields"):
        make_case_figures(folder, [name])
    (folder / "summary.json").write_text(json.dumps({"study": "x", "plating": {}}))
    with pytest.raises(VisualizationError, match="no electrode was plated"):
        make_case_figures(folder, [name])


def test_the_dip_is_drawn_where_there_is_one(tmp_path):
    (path,) = make_case_figures(write_case(tmp_path / "dip", dip=0.25), ["nucleation_dip"])
    assert inked(path) > 0.002
    with pytest.raises(VisualizationError, match="no nucleation dip"):
        make_case_figures(write_case(tmp_path / "none"), ["nucleation_dip"])


def trial(current, safe, capacity, cause=None):
    return {"current_density [A/m2]": current, "safe": safe, "capacity [C/m2]": capacity, "cause": cause}


LIMITS = {
    "study": "made_up",
    "case": "base",
    "electrode": "cathode",
    "capacity [C/m2]": 3.6e4,
    "safe_current_density [A/m2]": 90.0,
    "unsafe_current_density [A/m2]": 110.0,
    "limiting_current_density [A/m2]": 100.0,
    "sand_product [C A/m4]": 3e6,
    "trials": [trial(90.0, True, 3.6e4), trial(110.0, False, 2e4, "depletion"), trial(300.0, False, 1e3, "solver")],
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"safe_current_density [A/m2]": None, "trials": [trial(110.0, False, 0.0, "solver")]},
        {
            "unsafe_current_density [A/m2]": None,
            "limiting_current_density [A/m2]": None,
            "sand_product [C A/m4]": None,
            "capacity [C/m2]": None,
            "trials": [trial(90.0, True, 3.6e4)],
        },
    ],
    ids=["found", "never safe", "no limit"],
)
def test_limits_are_drawn(tmp_path, changed):
    (tmp_path / "limits.json").write_text(json.dumps(LIMITS | changed))
    path = save(draw_limits(tmp_path), tmp_path / "limits.png")
    assert inked(path) > 0.0005 and path.stat().st_size < 300_000


def test_limits_without_trials_are_refused(tmp_path):
    with pytest.raises(VisualizationError, match="archode limits"):
        draw_limits(tmp_path)
    (tmp_path / "limits.json").write_text(json.dumps(LIMITS | {"trials": []}))
    with pytest.raises(VisualizationError, match="no trials"):
        draw_limits(tmp_path)


def test_the_deposit_is_a_scene_and_an_even_one_is_none(tmp_path):
    case = Case(write_case(tmp_path / "uneven"))
    picture = draw_deposit_scene(moment(case, 20.0))
    (bar,) = picture.bars
    # 1e-8 of the current density times the time: between 2 and 10 µm, less the tails of the scale.
    assert bar.label.endswith("µm") and 2 <= bar.limits[0] < bar.limits[1] <= 10
    even = Case(write_case(tmp_path / "even", spread=1.0))
    with pytest.raises(VisualizationError, match="even to 1 %: 2 µm on the cathode"):
        draw_deposit_scene(moment(even, 20.0))
