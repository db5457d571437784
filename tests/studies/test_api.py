"""Studies run from Python: what is given and returned, what is drawn, how a run is interrupted and gone on with."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from archode.studies import StudyError, api, drawing, load_results, run
from archode.visualization import VisualizationError
from ruamel.yaml import YAML

from .tiny import LONG, TINY, TWO_RATES

QUIET = {"output.report": False}
CASES = ["charge=10C", "charge=20C"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run(TWO_RATES, out=tmp_path_factory.mktemp("api"), set=QUIET)


# ---------------------------------------------------------------------- what is given
def test_text_a_file_and_a_mapping_are_the_same_study(tmp_path):
    file = tmp_path / "study.yml"
    file.write_text(TINY, encoding="utf-8")
    mapping = YAML(typ="safe").load(TINY)
    mapping["geometry"]["width"] = np.float64(4e-6)
    loaded = [api._loaded(given, {}).cases for given in (TINY, file, str(file), mapping)]
    assert all(cases[0].study == loaded[0][0].study for cases in loaded)


def test_values_are_set_by_key_path():
    loaded = api._loaded(TINY, {"geometry.width": "6 um", "output.fields": 3, "protocol.0.charge": "5 C"})
    study = loaded.cases[0].study
    assert study.geometry.width == pytest.approx(6e-6)
    assert study.protocol[0].charge.value == 5.0


@pytest.mark.parametrize(
    ("study", "values", "told"),
    [
        (TINY.replace("width", "wdth"), {}, r"study:\d+: geometry.wdth: .*did you mean 'width'"),
        ({"study": "x"}, {}, "study: geometry: required key is missing"),
        ({}, {}, "the mapping is empty"),
        ("no_such_file.yml", {}, "no such file"),
        (TINY, {"geometry.wdth": 1}, "^set 'geometry.wdth': geometry.wdth: .*did you mean 'width'"),
    ],
)
def test_mistakes_are_told(study, values, told, tmp_path):
    with pytest.raises(StudyError, match=told):
        run(study, set=values, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_output_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StudyError, match=r"^out '.*file': .* is a file, not a folder"):
        run(TINY, out=tmp_path / "file")


def test_messages_name_what_the_caller_gave(tmp_path):
    """Arguments in Python, options on the command line, also when one follows the other in a process."""
    with pytest.raises(StudyError, match=r"^cases 'charge=1C': fits no case"):
        run(TWO_RATES, cases="charge=1C", out=tmp_path)
    with pytest.raises(StudyError, match=r"^--case charge=1C: fits no case"):
        api._loaded(TWO_RATES, {}).selected(["charge=1C"])


def test_results_of_other_parameters_are_not_gone_on_with(results):
    other = r"holds results of other parameters \(.*geometry\.width: 4e-06 m → 5e-06 m\)"
    told = rf"^resume=True: .* {other}; run without resume=True .* choose another out\n"
    with pytest.raises(StudyError, match=told):
        run(TWO_RATES, out=results.folder.parent, set=QUIET | {"geometry.width": "5 um"}, resume=True)


# ---------------------------------------------------------------------- what is returned
def test_results_of_a_sweep(results):
    assert list(results.cases) == CASES and len(results) == 2
    assert results.status == dict.fromkeys(CASES, "done")
    assert [case.name for case in results] == CASES
    assert results["charge=20C"] is results[1] is results.cases["charge=20C"]
    assert results.table.index.tolist() == CASES
    assert results.table["parameter: protocol.0.charge"].tolist() == ["10 C", "20 C"]
    with pytest.raises(KeyError, match="did you mean 'charge=10C'"):
        results["charge=1C"]
    with pytest.raises(StudyError, match="2 cases; choose one: charge=10C"):
        _ = results.case
    shown = results._repr_html_()
    assert "10 C" in shown and "done" in shown and str(results.folder) not in shown
    assert "charge=20C: done; charge 0.005 mAh/cm2" in repr(results)


def test_a_case_gives_tables_and_fields(results):
    case = results["charge=10C"]
    assert case.timeseries["time [s]"].iloc[-1] == pytest.approx(case.times[-1])
    assert case.steps["kind"].tolist() == ["charge", "discharge", "rest", "discharge", "rest"]
    units = {"concentration": "mol m-3", "potential": "V", "current density": "A m-2"}
    errors = dict.fromkeys(("concentration gradient error", "potential gradient error"), "%")
    assert case.fields("electrolyte") == units | errors
    assert case.fields("anode_surface")["deposit thickness"] == "m"
    start, end = case.field("electrolyte", "first"), case.field("electrolyte", "last")
    # 1 mol/L everywhere before anything has happened, to the tolerance of the start.
    assert start["concentration"] == pytest.approx(1000.0, rel=1e-9)
    assert np.ptp(end["concentration"]) > 0.01
    assert case.field("cathode", "1 min").n_cells == case.field("cathode", 60.0).n_cells > 0
    assert case.surface("anode", "last").n_cells > 0
    assert case.criteria.loc[("anode", "sand_time"), "voice"] == "silent"
    assert case.verdict.startswith("# tiny, charge=10C: verdict")
    assert "10C" in case._repr_html_() and "capacity" in case._repr_html_()


def test_what_is_not_there_is_told(results):
    case = results[0]
    with pytest.raises(StudyError, match="did you mean 'electrolyte'"):
        case.fields("electrolite")
    with pytest.raises(StudyError, match=r"wrong dimension.*'first', 'last'"):
        case.field("electrolyte", "10 m")
    with pytest.raises(VisualizationError, match=r"3600|60 min|1 h"):
        case.field("electrolyte", "1 h")


def test_fields_are_not_read_before_they_are_asked_for(results, monkeypatch):
    """Loading results and asking for names opens no field file."""
    import h5py

    def refuse(*_arguments, **_options):
        raise AssertionError("a field file was opened")

    monkeypatch.setattr(h5py, "File", refuse)
    again = load_results(results.folder)
    assert list(again.cases) == CASES and again.status and len(again[0].timeseries) > 10


def test_results_are_loaded_from_a_study_or_a_case(results):
    assert list(load_results(results.folder).cases) == CASES
    one = load_results(results.folder / "charge=20C")
    assert one.case.parameters == {"protocol.0.charge": "20 C"} and one.name == "tiny"
    with pytest.raises(StudyError, match=r"no such folder; did you mean '.*tiny'"):
        load_results(results.folder.with_name("tinny"))
    with pytest.raises(StudyError, match="neither a case nor a study"):
        load_results(results.folder.parent)


def test_cases_are_ordered_by_their_numbers(tmp_path):
    for name in ("gap=100um", "gap=50um", "gap=5.5um"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.yml").write_text("", encoding="utf-8")
    loaded = load_results(tmp_path)
    assert list(loaded.cases) == ["gap=5.5um", "gap=50um", "gap=100um"]
    assert set(loaded.status.values()) == {"unfinished"} and loaded.table.empty
    assert "unfinished" in repr(loaded) and "Unfinished" in loaded._repr_html_()


# ---------------------------------------------------------------------- drawings
def test_drawings_are_listed_and_shown(results, tmp_path):
    case = results[0]
    assert {"voltage_time", "concentration", "current_density", "geometry"} <= set(dir(case.plot))
    assert "double_layer" not in dir(case.plot), "there is no charge density to draw"
    assert not {"nyquist", "voltammogram"} & set(dir(case.plot)), "neither a spectrum nor a ramp was computed"
    assert "voltage_time" in repr(case.plot) and "double_layer (" in repr(case.plot)
    assert "nyquist (no impedance.csv" in repr(case.plot)
    assert case.plot.voltage_time.__doc__.startswith("Voltage")
    drawn = case.plot.voltage_capacity()
    assert drawn._repr_png_().startswith(b"\x89PNG")
    assert drawn.save(tmp_path / "curve.pdf").read_bytes().startswith(b"%PDF")
    scene = case.plot.concentration(t="10 s")
    assert scene._repr_png_().startswith(b"\x89PNG") and "concentration" in repr(scene)


def test_drawings_of_several_cases_ask_which(results):
    with pytest.raises(StudyError, match=r"concentration\(case='charge=10C'\)"):
        results.plot.concentration()
    assert results.plot.voltage_time(case="charge=20C").figure.axes
    assert results.plot["sweep_protocol_0_charge"]().figure.axes
    assert "ragone" in dir(results.plot) and "bode" not in dir(results.plot)
    with pytest.raises(AttributeError, match="did you mean 'concentration'"):
        _ = results.plot.concntration
    with pytest.raises(VisualizationError, match="did you mean 'geometry'"):
        results.plot["geometrie"]


def test_scenes_turn_where_somebody_can_turn_them(results, monkeypatch):
    case = results[0]
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYVISTA_JUPYTER_BACKEND", *drawing.FRONT_ENDS):
        monkeypatch.delenv(name, raising=False)
    still = case.plot.geometry()
    assert still.interactive() is still, "without a screen the picture is shown"
    monkeypatch.setattr(drawing, "in_notebook", lambda: True)
    assert drawing.viewer() == "static"
    monkeypatch.setenv("JPY_SESSION_NAME", "a notebook")
    assert drawing.viewer() == "trame"
    with pytest.raises(VisualizationError, match="is flat"):
        case.plot.voltage_time().interactive()


def test_a_viewer_that_fails_leaves_the_picture(results, monkeypatch, caplog):
    import pyvista

    def fail(*_arguments, **_options):
        raise RuntimeError("the port is taken")

    scene = results[0].plot.geometry()
    monkeypatch.setattr(drawing, "viewer", lambda: "trame")
    monkeypatch.setattr(pyvista.Plotter, "show", fail)
    assert scene.interactive() is scene
    assert "no interactive view (RuntimeError: the port is taken)" in caplog.text


# ---------------------------------------------------------------------- progress and interruption
class Interrupts:
    """In place of the bars: asks for an end after some time steps, as Kernel → Interrupt does."""

    after = 4

    def __init__(self, study, cases):
        self.told = []

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        pass

    def begin(self, case, number, cases):
        assert (case, number, cases) == ("base", 1, 1)

    def stage(self, stage):
        self.told.append(stage)
        assert stage.count == len(self.told) and stage.kind == "charge" and 0 < stage.share < 1
        if len(self.told) == self.after:
            signal.raise_signal(signal.SIGINT)

    def end(self, status):
        assert status == "interrupted" and len(self.told) == self.after


def test_an_interrupted_run_keeps_what_it_has_and_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(api, "anybody_looks", lambda: True)
    with monkeypatch.context() as patched:
        patched.setattr(api, "Bars", Interrupts)
        stopped = run(LONG, out=tmp_path, set=QUIET)
    assert stopped.status == {"base": "interrupted"} and len(stopped.case.timeseries) == Interrupts.after
    assert "resume=True" in capsys.readouterr().err
    # Larger time steps than the interrupted part had: what is solved is the same.
    done = run(LONG, out=tmp_path, set=QUIET | {"solver.max_step": "10 s"}, resume=True)
    assert done.status == {"base": "done"}
    kept = done.case.timeseries["time [s]"].iloc[: Interrupts.after]
    assert kept.tolist() == stopped.case.timeseries["time [s]"].tolist()
    bars = capsys.readouterr().err
    assert "base: rest 5/5" in bars and "done" in bars


def test_an_interrupt_before_the_first_time_step_is_recorded(tmp_path, monkeypatch):
    from archode.studies import execute

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "build_cell", interrupted)
    stopped = run(TWO_RATES, out=tmp_path, set=QUIET)
    assert stopped.status == {CASES[0]: "interrupted"}, "the other case is not begun"


def test_a_case_that_fails_is_told_in_the_results(tmp_path):
    failed = run(TINY, out=tmp_path, set=QUIET | {"solver.max_steps": 3})
    assert failed.status == {"base": "failed"} and "max_steps" in failed.case.reason
    assert "failed (" in repr(failed) and "max_steps" in failed._repr_html_()


def test_the_log_is_left_as_it_was(results):
    import logging

    assert logging.getLogger("archode").level == logging.NOTSET
    assert "INFO" in (results[0].folder / "run.log").read_text(encoding="utf-8")


def test_importing_is_quick():
    """Nothing heavy is loaded before something is run or drawn."""
    code = (
        "import sys; from archode.studies import run, load_results; "
        "heavy = ('dolfinx', 'gmsh', 'pyvista', 'matplotlib', 'pandas', 'tqdm', 'mpi4py'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ.copy())
    assert done.stdout.strip() == "[]", done.stderr
