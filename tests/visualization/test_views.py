"""Every ready view on synthetic results: drawn, in the whole of its colours, nothing cut off."""

import importlib.util
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from archode.visualization import VisualizationError
from archode.visualization.animation import animate
from archode.visualization.case import Case
from archode.visualization.moment import moment
from archode.visualization.options import Options, camera_direction, clip_plane
from archode.visualization.page import pixels
from archode.visualization.panels import SCALES, bars_scale, common_scale, draw_cases, draw_times, scale_of, spread
from archode.visualization.picture import Picture
from archode.visualization.reading import read_snapshot, saved_time
from archode.visualization.style import STOICHIOMETRY
from archode.visualization.views import VIEWS, draw_view, find_view, views_of

spec = importlib.util.spec_from_file_location("statistics_of_pictures", Path(__file__).with_name("image_statistics.py"))
statistics = importlib.util.module_from_spec(spec)
spec.loader.exec_module(statistics)

#: Views of storage cells, and the map of which both ends are looked for; None where regions have flat colours.
DRAWN = {
    "geometry": None,
    "concentration": "viridis",
    "potential": "cividis",
    "current": "inferno",
    "current_density": "inferno",
    "surface_current": "inferno",
    "stoichiometry": STOICHIOMETRY["cathode"],
    "solid_concentration": STOICHIOMETRY["cathode"],
    "slices": "viridis",
    "mesh": None,
}


@pytest.fixture(scope="module")
def surfaced(results, tmp_path_factory):
    """The flat cell with surfaces of its electrodes, as runs write them."""
    from archode.studies.bench_pictures_case import write_case

    return write_case(tmp_path_factory.mktemp("views") / "pillars", 6000, 4)


def drawn(folder, view, **options):
    found = draw_view(Case(folder), view, Options(**options))
    return found, pixels(found.figure() if isinstance(found, Picture) else found)


@pytest.mark.parametrize("name", list(DRAWN))
def test_view_is_drawn_whole_and_in_all_its_colours(surfaced, name):
    picture, image = drawn(surfaced, name)
    assert statistics.is_drawn(image)
    assert not statistics.touches_border(image)
    part = statistics.scene_part(image, len(picture.bars))
    # Tubes and rims are small: a two-thousandth of the pixels is some hundred of them.
    assert DRAWN[name] is None or statistics.uses_both_ends(part, DRAWN[name])
    assert all("/" in bar.label or "toichiometry" in bar.label or "ratio" in bar.label for bar in picture.bars)


@pytest.mark.parametrize("which", ["bar", "flat"])
@pytest.mark.parametrize("name", ["geometry", "concentration", "current", "solid_concentration", "slices", "mesh"])
def test_flat_cells_are_drawn_too(results, which, name):
    _, image = drawn(results[which], name)
    assert statistics.is_drawn(image) and not statistics.touches_border(image)


def test_views_say_what_they_lack(results):
    found = views_of(Case(results["bar"]))
    assert set(found) == set(VIEWS)
    assert found["concentration"] is None and found["slices"] is None
    assert "no electrode was plated" in found["deposit"]
    assert "charge density" in found["double_layer"]
    assert "surface" in found["surface_current"]


@pytest.mark.parametrize(
    ("name", "near"), [("surface_curent", "surface_current"), ("criterion:depletio", "depletion"), ("mash", "mesh")]
)
def test_unknown_view_names_the_nearest(name, near):
    with pytest.raises(VisualizationError, match=f"did you mean '{near}'"):
        find_view(name)


# ---------------------------------------------------------------------- options
@pytest.mark.parametrize("camera", ["iso", "top", "front", "side", "1,2,0.5"])
def test_cameras_look_from_where_they_are(results, camera):
    picture, image = drawn(results["flat"], "concentration", camera=camera)
    assert statistics.is_drawn(image)
    towards, up = camera_direction(camera)
    np.testing.assert_allclose(picture.scene.towards_viewer, towards)
    # Up and the line of sight must not be parallel, or the picture has no upright.
    assert np.linalg.norm(np.cross(towards, up)) > 0.1


@pytest.mark.parametrize("camera", ["left", "1,2", "0,0,0", "1,nan,0"])
def test_unknown_camera_says_what_there_is(camera):
    with pytest.raises(VisualizationError, match="iso, top, front, side"):
        camera_direction(camera)


def test_cut_is_where_it_is_asked_for(results):
    lower, upper = np.array([0.0, 0.0, 0.0]), np.array([118.0, 20.0, 20.0])
    assert clip_plane("none", lower, upper) is None
    assert clip_plane("x", lower, upper) == (0, 59.0)
    assert clip_plane("x=0.25", lower, upper) == (0, pytest.approx(29.5))
    assert clip_plane("x=30 um", lower, upper) == (0, pytest.approx(30.0))
    case = Case(results["bar"])
    whole, half = (
        moment(case, None, Options(clip=clip)).behind_cut(moment(case).grid("electrolyte")).volume
        for clip in ("none", "x=0.5")
    )
    assert half == pytest.approx((106 - 59) / 100 * whole, rel=0.01) or half == pytest.approx(
        (59 - 6) / 100 * whole, rel=0.01
    )


@pytest.mark.parametrize("clip", ["w", "x=", "x=2", "y=1 V", "x=5 mm", "x==3"])
def test_a_cut_beside_the_cell_is_refused(clip):
    with pytest.raises(VisualizationError, match="clip"):
        clip_plane(clip, np.zeros(3), np.ones(3))


def test_scale_is_taken_as_given(results):
    picture = draw_view(Case(results["bar"]), "concentration", Options(scale=(0.0, 1000.0)))
    assert picture.bars[0].limits == (0.0, 1000.0)
    assert [o["clim"] for _, o in picture.scene.bodies if "clim" in o] == [(0.0, 1000.0)]


# ---------------------------------------------------------------------- panels and films
def test_times_side_by_side_share_a_scale(results):
    case = Case(results["bar"])
    image = pixels(draw_times(case, "concentration", Options()))
    assert statistics.is_drawn(image) and not statistics.touches_border(image)
    # Each time alone spans its map; of all of them only that with the strongest field does.
    alone = draw_view(case, "concentration", Options(time=20.0)).bars[0].limits
    scale = common_scale([lambda t=t: scale_of(case, "concentration", Options(time=t)) for t in (20.0, 110.0)])
    low, high = scale["concentration"]
    assert low < alone[0] and high > alone[1]


def test_a_uniform_start_does_not_widen_the_scale(results):
    case = Case(results["bar"])
    draws = [lambda t=t: scale_of(case, "concentration", Options(time=t)) for t in (0.0, 20.0)]
    alone = draw_view(case, "concentration", Options(time=20.0)).bars[0].limits
    assert common_scale(draws)["concentration"] == pytest.approx(alone)


def test_cases_side_by_side(results):
    image = pixels(draw_cases([Case(results["bar"]), Case(results["flat"])], "potential", Options()))
    assert statistics.is_drawn(image) and not statistics.touches_border(image)


@pytest.mark.parametrize("view", ["criteria", "deposit", "compare"])
def test_panels_of_panels_are_refused(results, view):
    with pytest.raises(VisualizationError, match="cannot share"):
        draw_times(Case(results["bar"]), view, Options())


def test_times_are_spread_with_first_and_last():
    assert spread(range(100), 3) == [0, 50, 99]
    assert spread([1.0], 6) == [1.0]


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_film_holds_every_time_and_keeps_its_scale(results, tmp_path, kind):
    import imageio.v2 as imageio

    seen = []
    path = animate(Case(results["bar"]), "potential", Options(), tmp_path / f"a.{kind}",
                   [0.0, 60.0, 110.0], lambda done, of: seen.append((done, of)))  # fmt: skip
    frames = imageio.mimread(path, memtest=False)
    assert len(frames) == 3 and seen[-1] == (6, 6)
    assert all(statistics.is_drawn(frame) for frame in frames)
    # The colour bar with its numbers is the same in all frames, up to what compression does to a pixel.
    rows, columns = frames[0].shape[:2]
    bars = [np.asarray(f, dtype=float)[rows // 8 : rows * 3 // 4, round(0.88 * columns) :, :3] for f in frames]
    assert np.mean(np.abs(bars[0] - bars[-1])) < 4
    assert [file.name for file in tmp_path.iterdir()] == [f"a.{kind}"]


@pytest.mark.parametrize("name", list(SCALES))
@pytest.mark.parametrize("time", [60.0, 110.0])
def test_scale_from_the_fields_is_that_of_the_picture(results, name, time):
    case, options = Case(results["flat"]), Options(time=time)
    drawn, told = bars_scale(draw_view(case, name, options)), scale_of(case, name, options)
    assert set(told) == set(drawn)
    assert all(told[key] == pytest.approx(drawn[key]) for key in drawn)
    given = Options(time=time, scale=(1.0, 2.0))
    assert list(scale_of(case, name, given).values()) == [(1.0, 2.0)]


def test_every_picture_of_a_film_is_rendered_once_and_lines_followed_once(results, tmp_path, monkeypatch):
    from archode.visualization import currents
    from archode.visualization.scene import Scene

    calls = {"render": 0, "lines": 0}

    def counted(what, function):
        def call(*arguments, **options):
            calls[what] += 1
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(Scene, "render", counted("render", Scene.render))
    monkeypatch.setattr(currents, "current_lines", counted("lines", currents.current_lines))
    # At the start no current flows: three times, two pictures.
    animate(Case(results["flat"]), "current", Options(), tmp_path / "a.gif", [0.0, 60.0, 110.0])
    assert calls == {"render": 2, "lines": 2}


def test_film_of_one_time_or_of_another_kind_is_refused_and_leaves_nothing(results, tmp_path):
    case = Case(results["bar"])
    with pytest.raises(VisualizationError, match=r"\.mp4, \.gif"):
        animate(case, "potential", Options(), tmp_path / "a.avi")
    with pytest.raises(VisualizationError, match="two times"):
        animate(case, "potential", Options(), tmp_path / "a.gif", [60.0])
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------------- interactive
def test_plotter_shows_the_picture_with_bars_and_title(results):
    picture = draw_view(Case(results["flat"]), "stoichiometry")
    plotter = picture.plotter(off_screen=True)
    try:
        assert len(plotter.scalar_bars) == 2
        image = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    assert statistics.is_drawn(image)
    for colours in STOICHIOMETRY.values():
        assert statistics.uses_both_ends(image, colours)


# ---------------------------------------------------------------------- reading
def test_only_the_arrays_that_are_wanted_are_read(results):
    path = results["bar"] / "electrolyte.vtkhdf"
    assert set(read_snapshot(path, 60.0, ()).array_names) <= {"Time"}
    assert set(read_snapshot(path, 60.0, ["potential"]).array_names) <= {"Time", "potential"}
    everything = read_snapshot(path, 60.0)
    assert {"potential", "concentration", "current density"} <= set(everything.array_names)
    np.testing.assert_array_equal(everything["potential"], read_snapshot(path, 60.0, ["potential"])["potential"])


@pytest.mark.parametrize("time", [-30.0, 200.0])
def test_a_time_outside_the_run_is_refused(results, time):
    with pytest.raises(VisualizationError, match=r"5 were saved, from 0 s to 110 s; nearest: "):
        draw_view(Case(results["bar"]), "concentration", Options(time=time))
    assert saved_time((0.0, 100.0), 100.5, "x") == 100.0  # within a hundredth of the run


def test_a_field_that_was_not_saved_is_listed_with_units(results):
    with pytest.raises(VisualizationError, match=r"no field 'voltage'.*potential \[V\]"):
        draw_view(Case(results["bar"]), "slices", Options(field="voltage"))


def test_a_file_that_is_cut_off_is_named_with_those_that_can_be_read(case_copy):
    path = case_copy / "electrolyte.vtkhdf"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(VisualizationError, match=r"electrolyte\.vtkhdf.*cut off.*Readable there: anode\.vtkhdf"):
        draw_view(Case(case_copy), "concentration")


def test_arrays_that_end_too_early_are_damage(case_copy):
    with h5py.File(case_copy / "electrolyte.vtkhdf", "a") as file:
        data = file["VTKHDF/PointData"]
        values = data["potential [V]"][:10]
        del data["potential [V]"]
        data["potential [V]"] = values
    with pytest.raises(VisualizationError, match=r"electrolyte\.vtkhdf is damaged"):
        draw_view(Case(case_copy), "potential")


def test_a_file_without_snapshots_says_so(case_copy):
    with h5py.File(case_copy / "electrolyte.vtkhdf", "a") as file:
        del file["VTKHDF/Steps/Values"]
        file["VTKHDF/Steps/Values"] = np.zeros(0)
    with pytest.raises(VisualizationError, match="holds no snapshot"):
        Case(case_copy).times  # noqa: B018


def test_what_a_separator_holds_is_drawn_with_the_electrolyte(results, tmp_path):
    case = Path(shutil.copytree(results["bar"], tmp_path / "case"))
    (case / "cathode.vtkhdf").rename(case / "separator.vtkhdf")
    now = moment(Case(case))
    assert now.liquids == ["electrolyte", "separator"]
    picture = draw_view(Case(case), "potential")
    assert sum("scalars" in options for _, options in picture.scene.bodies) == 2


def test_summary_without_parameters_is_no_obstacle(case_copy):
    summary = json.loads((case_copy / "summary.json").read_text())
    summary["parameters"] = {}
    (case_copy / "summary.json").write_text(json.dumps(summary))
    assert draw_times(Case(case_copy), "potential", Options(), [20.0, 60.0])
