"""Pictures of a comparison of hosts, from surfaces and tables that are made here."""

import json

import numpy as np
import pandas as pd
import pytest
from archode.solvers import vtkhdf
from archode.visualization import VisualizationError, make_study_figures
from archode.visualization.case import Case
from archode.visualization.hosts import comparison, draw_host_curves, settings
from archode.visualization.page import save
from archode.visualization.surface_maps import common_scale, draw_surface_maps, panel, plated_side
from PIL import Image

#: Two unit squares in the plane z = 0, the second three times as wide, in µm.
FLAT = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [4, 0, 0], [4, 1, 0]], dtype=float)
FLAT_CORNERS = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2]])

#: A tent above them, with an edge at y = 0.5.
TENT = np.array([[0, 0, 0], [4, 0, 0], [4, 0.5, 2], [0, 0.5, 2], [4, 1, 0], [0, 1, 0]], dtype=float)
TENT_CORNERS = np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]])


def write_case(folder, points, corners, plating, thickness=None, times=(0.0, 10.0, 20.0), kind="discharge"):
    """A case whose surface is plated from 0 s on, with nothing in its first snapshot."""
    folder.mkdir(parents=True)
    side = "cathode" if kind == "discharge" else "anode"
    path = folder / f"{side}_surface.vtkhdf"
    vtkhdf.create(path, points, corners)
    for time in times:
        # The last snapshot has double the current of the others.
        strength = 0.0 if time == 0 else 1.0 if time < times[-1] else 2.0
        values = {"current density [A m-2]": -strength * np.broadcast_to(plating, len(points))}
        if thickness is not None:
            values["deposit thickness [m]"] = time * np.broadcast_to(thickness, len(points))
        vtkhdf.append(path, time, values, {})
    table = {"time [s]": [*times[1:]], "current [A]": [-1.0] * (len(times) - 2) + [-2.0]}
    pd.DataFrame(table).to_csv(folder / "timeseries.csv", index=False)
    summary = {"study": folder.parent.name, "case": folder.name, "status": "done", "cut": {"normal": [0.0, 1.0, 0.0]}}
    summary["steps"] = [{"index": 0, "kind": kind}, {"index": 1, "kind": "rest"}]
    (folder / "summary.json").write_text(json.dumps(summary))
    return Case(folder)


def flat(tmp_path, plating=50.0, **more):
    return panel("flat", write_case(tmp_path / "s" / "flat", FLAT, FLAT_CORNERS, plating, **more), "plating")


def test_the_plated_electrode_is_drawn_and_plating_is_positive(tmp_path):
    for kind, side in (("discharge", "cathode"), ("charge", "anode")):
        case = write_case(tmp_path / kind, FLAT, FLAT_CORNERS, 50.0, kind=kind)
        assert plated_side(case) == side
        # The telling snapshot is that of the largest current.
        assert panel("", case, "plating").values == pytest.approx(100.0)
    assert panel("", case, "plating", time=9.0).values == pytest.approx(50.0)


def test_shares_are_shares_of_the_area(tmp_path):
    """A quarter of the area carries 8 (16 at the telling time), and three quarters 1 (2)."""
    plating = np.array([8.0, 8.0, 8.0, 8.0, 1.0, 1.0])
    made = flat(tmp_path, plating)
    # Points 1 and 2 are shared: the wide facets have (8 + 1 + 1)/3 and (8 + 1 + 8)/3, doubled.
    expected = (2 * 0.5 * 16 + 1.5 * 2 * 10 / 3 + 1.5 * 2 * 17 / 3) / 4
    assert made.mean == pytest.approx(expected)
    assert made.percentile(0.1) == pytest.approx(20 / 3) and made.percentile(0.99) == pytest.approx(16)


def test_one_scale_holds_for_all_and_is_logarithmic_where_they_differ_much(tmp_path):
    low = panel("", write_case(tmp_path / "low", FLAT, FLAT_CORNERS, 1.0), "plating")
    near = panel("", write_case(tmp_path / "near", FLAT, FLAT_CORNERS, 2.0), "plating")
    high = panel("", write_case(tmp_path / "high", FLAT, FLAT_CORNERS, 20.0), "plating")
    assert common_scale([low, near]) == (pytest.approx(2.0), pytest.approx(4.0), False)
    assert common_scale([low, near, high]) == (pytest.approx(2.0), pytest.approx(40.0), True)
    bare = panel("", write_case(tmp_path / "bare", FLAT, FLAT_CORNERS, 0.0), "plating")
    # A bare surface does not stretch the scale for ever.
    assert common_scale([bare, high])[:2] == (pytest.approx(40e-4), pytest.approx(40.0))
    with pytest.raises(VisualizationError, match="nothing is plated"):
        common_scale([bare])


def test_maps_have_the_colour_of_their_value(tmp_path):
    """The highest value is drawn in the map's yellow, the lowest in its blue, each in its own panel."""
    high = panel("high", write_case(tmp_path / "high", FLAT, FLAT_CORNERS, 30.0), "plating")
    low = panel("low", write_case(tmp_path / "low", TENT, TENT_CORNERS, 1.0), "plating")
    path = save(draw_surface_maps([high, low], "plating", "title"), tmp_path / "maps.png")
    image = np.asarray(Image.open(path).convert("RGB")).astype(int)
    panels = image[:, : int(image.shape[1] * 0.75)]
    yellow = (panels[..., 0] > 200) & (panels[..., 1] > 200) & (panels[..., 2] < 120)
    blue = (panels[..., 2] > panels[..., 0] + 40) & (panels[..., 0] < 90)
    columns = [np.flatnonzero(found.any(axis=0)) for found in (yellow, blue)]
    # Left the first, right the second, of a size that fills much of a panel.
    assert columns[0].max() < columns[1].min()
    assert min(yellow.sum(), blue.sum()) > 2000


def test_a_quantity_that_is_not_there_is_named_with_those_that_are(tmp_path):
    case = write_case(tmp_path / "case", FLAT, FLAT_CORNERS, 1.0)
    with pytest.raises(VisualizationError, match=r"no field 'deposit thickness'.*current density"):
        panel("", case, "deposit thickness")
    (case.folder / "cathode_surface.vtkhdf").unlink()
    with pytest.raises(VisualizationError, match=r"no cathode_surface\.vtkhdf"):
        panel("", case, "plating")


def table(rows):
    made = pd.DataFrame(rows, columns=["host", "case", "current density [mA/cm2]", "Sand time [s]", "top plugging"])
    return made.assign(**{"end voltage [V]": -0.4})


ROWS = [
    ("foil", "foil__discharge=5mA_cm2", 5.0, np.inf, np.nan),
    ("tent", "tent__discharge=5mA_cm2", 5.0, np.inf, np.nan),
    ("foil", "foil__discharge=50mA_cm2", 50.0, 3.0, np.nan),
    ("tent", "tent__discharge=50mA_cm2", 50.0, np.inf, np.nan),
]


def study(folder):
    for host, case, current, _, _ in ROWS:
        shape = (FLAT, FLAT_CORNERS) if host == "foil" else (TENT, TENT_CORNERS)
        write_case(folder / case, *shape, current, thickness=1e-8 * current)
    table(ROWS).to_csv(folder / "comparison.csv", index=False)
    return folder


def test_figures_of_a_comparison(tmp_path):
    folder = study(tmp_path / "compared")
    names = {path.name for path in make_study_figures(folder)}
    kinds = ("plating", "deposit_thickness")
    maps = {f"hosts_{kind}_discharge={current}mA_cm2.png" for kind in kinds for current in (5, 50)}
    assert names == {"hosts.png"} | maps
    assert all(path.stat().st_size < 300_000 for path in (folder / "figures").iterdir())


def test_a_host_without_a_surface_is_left_out_of_the_maps(tmp_path):
    folder = study(tmp_path / "compared")
    for case in folder.glob("foil__*"):
        (case / "cathode_surface.vtkhdf").unlink()
    assert "hosts_plating_discharge=5mA_cm2.png" in {path.name for path in make_study_figures(folder)}


def test_settings_are_the_cases_without_their_hosts():
    rows = settings(table(ROWS))
    assert {name: list(found["host"]) for name, found in rows.items()} == {
        "discharge=5mA_cm2": ["foil", "tent"],
        "discharge=50mA_cm2": ["foil", "tent"],
    }
    assert list(settings(table([("foil", "foil", 5.0, np.inf, np.nan)]))) == ["all"]


def test_curves_leave_out_what_is_not_known(tmp_path):
    """Sand's times and voltages are drawn, top plugging is known of no host: two panels beside each other."""
    two = Image.open(save(draw_host_curves(table(ROWS), "t"), tmp_path / "two.png")).size
    known = table([(*row[:4], 1.0 + index) for index, row in enumerate(ROWS)])
    three = Image.open(save(draw_host_curves(known, "t"), tmp_path / "three.png")).size
    assert three[1] > two[1]
    nothing = table(ROWS).drop(columns=["end voltage [V]", "Sand time [s]"])
    with pytest.raises(VisualizationError, match="no numbers"):
        draw_host_curves(nothing, "t")


def test_a_table_that_cannot_be_read_says_how_to_make_it(tmp_path):
    with pytest.raises(VisualizationError, match="archode compare"):
        comparison(tmp_path)
