"""`archode show`: what it draws, what it lists, and what it says of wrong input."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from archode.studies.bench_pictures import drawings, results_table, run_benchmark
from archode.studies.bench_pictures_case import write_case
from archode.studies.cli import main

spec = importlib.util.spec_from_file_location(
    "synthetic_of_show", Path(__file__).parent / "visualization" / "synthetic.py"
)
synthetic = importlib.util.module_from_spec(spec)
spec.loader.exec_module(synthetic)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two cases of one study."""
    folder = tmp_path_factory.mktemp("show")
    one = synthetic.bar(folder)
    shutil.copytree(one, one.parent / "other")
    return one.parent


def test_pictures_in_every_format_go_where_they_shall(study, tmp_path, capsys):
    arguments = ["--view", "concentration", "--format", "png,svg,pdf", "--out", str(tmp_path), "--time", "55"]
    assert main(["show", str(study / "single"), *arguments]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"concentration.{kind}" for kind in ("png", "svg", "pdf")}
    # Another time than was asked for is told.
    assert "drawn at 60 s, the saved time nearest to 55 s" in capsys.readouterr().err


def test_without_a_view_all_that_can_be_drawn_is(study, tmp_path):
    assert main(["show", str(study), "--case", "sing*", "--out", str(tmp_path)]) == 0
    names = {path.stem for path in tmp_path.iterdir()}
    assert {"geometry", "concentration", "current", "slices", "mesh", "solid_concentration"} <= names
    assert not {"deposit", "double_layer", "field", "compare"} & names


def test_cases_stand_side_by_side(study, tmp_path):
    assert main(["show", str(study), "--view", "compare", "--field", "potential", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["compare_potential.png"]


def test_several_cases_have_folders_of_their_own(study, tmp_path):
    assert main(["show", str(study), "--field", "potential", "--clip", "x=0.3", "--out", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.glob("*/*")} == {"field_potential.png"}
    assert {path.name for path in tmp_path.iterdir()} == {"single", "other"}


def test_film(study, tmp_path):
    arguments = ["--view", "potential", "--animate", "gif", "--time", "first,60,last", "--out", str(tmp_path)]
    assert main(["show", str(study / "single"), *arguments]) == 0
    assert (tmp_path / "potential.gif").stat().st_size > 10_000


def test_list_tells_views_fields_and_times(study, capsys):
    assert main(["show", str(study / "single"), "--list"]) == 0
    said = capsys.readouterr().out
    assert "surface_current" in said and "no electrode was plated" in said
    assert "potential [V]" in said and "stoichiometry" in said
    assert "times / s: 0, 20, 60, 90, 110" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--view", "mash"], "did you mean 'mesh'"),
        (["--view", "slices", "--field", "potentail"], "did you mean 'potential"),
        (["--time", "1 h"], "5 were saved, from 0 s to 110 s"),
        (["--time", "soon"], "give first, last"),
        (["--view", "potential", "--time", "20,60"], "side by side"),
        (["--camera", "below"], "iso, top, front, side"),
        (["--clip", "q"], "share of the extent"),
        (["--format", "jpg"], "png, svg, pdf"),
        (["--animate", "avi"], "mp4 or gif"),
        (["--case", "nothing*"], "There is: other, single"),
        (["--view", "criterion:depletion"], "electrode's surface"),
    ],
)
def test_wrong_input_is_one_message(study, tmp_path, capsys, arguments, message):
    assert main(["show", str(study), "--out", str(tmp_path / "out"), *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("error:") == 1 and "Traceback" not in said
    assert not list(tmp_path.rglob("*.*"))


def test_other_ranks_leave_the_drawing_to_the_first(study, tmp_path, monkeypatch):
    monkeypatch.setenv("PMI_RANK", "1")
    assert main(["show", str(study / "single"), "--view", "potential", "--out", str(tmp_path)]) == 0
    assert not list(tmp_path.iterdir())


def test_of_many_times_only_one_is_read(tmp_path):
    """Of 24 times one array at one time is read: by far less memory than all times of that array would take."""
    code = """
import sys
from pathlib import Path
import pyvista, vtkmodules.vtkIOHDF
from archode.studies.bench_pictures import peak_memory
from archode.visualization.case import Case
case = Case(Path(sys.argv[1]))
times, before = case.times, peak_memory()
case.snapshot("electrolyte", times[-1], ["current density"])
print(peak_memory() - before)
if len(sys.argv) > 2:
    import h5py
    with h5py.File(case.folder / "electrolyte.vtkhdf") as file:
        everything = file["VTKHDF/CellData/current density [A m-2]"][:]
    print(peak_memory() - before)
"""
    case = write_case(tmp_path / "case", 100_000, 24)
    ran = subprocess.run([sys.executable, "-c", code, str(case), "all"], capture_output=True, text=True, check=True)
    one, everything = map(float, ran.stdout.split())
    # 24 times 2 MB against one time, the mesh (6 MB) and what the library takes up at its first use.
    assert 1 < one < 0.6 * everything


def test_the_benchmark_measures_and_says_what_failed(tmp_path):
    wanted = [drawing for drawing in drawings(quick=True) if drawing.view == "slices"]
    results = list(run_benchmark(tuple(type(d)(d.name, d.view, 3000, 2) for d in wanted[:1])))
    assert results[0][1]["cells"] > 2000 and results[0][1]["memory [MB]"] > 50
    assert results_table([*results, (wanted[0], "no")]).row_count == 2


# ---------------------------------------------------------------------- curves, and figures of a study
@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Two gaps at three rates, without fields."""
    return synthetic.sweep(tmp_path_factory.mktemp("sweep"))


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file()}


def test_a_curve_is_drawn_in_every_format_with_its_text_as_text(study, tmp_path):
    arguments = ["--view", "voltage_capacity", "--format", "png,svg,pdf", "--out", str(tmp_path)]
    assert main(["show", str(study / "single"), *arguments]) == 0
    assert names(tmp_path) == {f"voltage_capacity.{kind}" for kind in ("png", "svg", "pdf")}
    svg = (tmp_path / "voltage_capacity.svg").read_text(encoding="utf-8")
    assert "Cell voltage / V</text>" in svg and "<image" not in svg
    assert (tmp_path / "voltage_capacity.pdf").read_bytes().startswith(b"%PDF")


def test_without_a_view_curves_and_figures_of_the_study_are_drawn_too(sweep, tmp_path):
    assert main(["show", str(sweep), "--out", str(tmp_path)]) == 0
    drawn = names(tmp_path)
    cases = {path.name for path in sweep.iterdir() if path.name != "figures"}
    assert {f"{case}/voltage_time.png" for case in cases} < drawn
    assert {"heatmap_areal_capacity.png", "sweep_geometry_gap.png", "rate_capability.png", "ragone.png"} < drawn


def test_figures_of_a_study_go_into_its_folder(sweep):
    assert main(["show", str(sweep), "--view", "ragone", "--view", "sweep_geometry_gap"]) == 0
    # Of several cases a name that is a curve as well is the comparison.
    assert names(sweep / "figures") == {"ragone.png", "sweep_geometry_gap.png"}
    shutil.rmtree(sweep / "figures")


def test_figures_of_merit_are_chosen(sweep, tmp_path):
    out = ["--format", "svg", "--out", str(tmp_path)]
    assert main(["show", str(sweep), "--view", "heatmap", "--merit", "energy", *out]) == 0
    assert main(["show", str(sweep), "--view", "pareto", "--merit", "energy, power", *out]) == 0
    assert main(["show", str(sweep), "--view", "sweep", "--merit", "areal_power", *out]) == 0
    drawn = {"heatmap_energy.svg", "pareto_energy_power.svg", "sweep_geometry_gap_areal_power.svg"}
    assert names(tmp_path) == drawn | {"sweep_protocol_1_discharge_areal_power.svg"}
    assert "Energy of the device" in (tmp_path / "heatmap_energy.svg").read_text(encoding="utf-8")


def test_cases_with_one_setting_of_the_rest_make_a_front_of_those(sweep, tmp_path):
    chosen = ["--case", "gap=20*", "--out", str(tmp_path)]
    assert main(["show", str(sweep), "--view", "pareto", "--merit", "areal_energy,areal_power", *chosen]) == 0
    assert names(tmp_path) == {"pareto_areal_energy_areal_power.png"}


def test_list_tells_groups_with_reasons(sweep, capsys):
    assert main(["show", str(sweep), "--list"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for group in (": views", ": curves", "rates: figures of the study"):
        assert group in said
    assert "no impedance.csv" in said and "heatmap_areal_capacity" in said and "--merit of heatmap" in said
    assert main(["show", str(sweep), "--list", "--case", "gap=20*"]) == 0
    assert "no: a heat map takes two parameters" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--view", "voltage_capacty"], "did you mean 'voltage_capacity'"),
        (["--view", "heatmep"], "did you mean 'heatmap'"),
        (["--view", "sweep_geometry_gup"], "did you mean 'sweep_geometry_gap'"),
        (["--view", "heatmap", "--merit", "enrgy"], "did you mean 'energy'"),
        (["--view", "heatmap", "--merit", "limiting_current"], "no case has a number for 'limiting_current'"),
        (["--view", "pareto", "--merit", "energy"], "takes two figures of merit, not energy"),
        (["--view", "heatmap", "--case", "gap=20*"], "between the 3 cases differs protocol.1.discharge"),
        (["--view", "mesh", "--merit", "energy"], "--merit belongs to --view sweep, heatmap, pareto"),
        (["--merit", "energy"], "--merit belongs to --view"),
        (["--view", "ragone", "--animate", "gif"], "films views over the saved times, not ragone"),
        (["--view", "nyquist"], "archode impedance"),
        (["--view", "compare", "--time", "1,2"], "takes one --time"),
    ],
)
def test_wrong_input_for_a_study_is_one_message(sweep, tmp_path, capsys, arguments, message):
    assert main(["show", str(sweep), "--out", str(tmp_path / "out"), *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("error:") == 1 and "Traceback" not in said
    assert not list(tmp_path.rglob("*.*"))


def test_a_figure_of_a_study_is_not_one_of_a_case(sweep, capsys):
    case = next(path for path in sweep.iterdir() if path.is_dir())
    assert main(["show", str(case), "--view", "pareto"]) == 2
    assert f"give its folder, {sweep}" in capsys.readouterr().err.replace("\n", "")


def test_of_several_cases_one_that_lacks_a_curve_is_told_and_left_out(sweep, tmp_path, capsys):
    copy = shutil.copytree(sweep, tmp_path / "rates")
    broken = sorted(copy.iterdir())[0]
    (broken / "timeseries.csv").unlink()
    assert main(["show", str(copy), "--view", "voltage_time", "--out", str(tmp_path / "out")]) == 0
    assert len(names(tmp_path / "out")) == 5
    assert f"{broken.name}: no timeseries.csv" in capsys.readouterr().err


# ---------------------------------------------------------------------- times of several cases
def test_cases_saved_at_other_times_say_their_own(study, tmp_path):
    """The nearest saved time of each: where these differ panels say them, else the heading does."""
    import h5py

    copy = shutil.copytree(study, tmp_path / "study")
    for file in (copy / "other").glob("*.vtkhdf"):
        with h5py.File(file, "a") as root:
            root["VTKHDF/Steps/Values"][:] = [0.0, 20.0, 66.0, 90.0, 110.0]

    def drawn(*arguments):
        out = ["--view", "compare", "--field", "potential", "--format", "svg", "--out", str(tmp_path / "out")]
        assert main(["show", str(copy), *out, *arguments]) == 0
        return (tmp_path / "out" / "compare_potential.svg").read_text(encoding="utf-8")

    differing = drawn("--time", "62")
    assert "100 µm, t = 60 s<" in differing and "100 µm, t = 66 s<" in differing
    alike = drawn("--time", "20")
    assert alike.count("t = 20 s") == 1 and "100 µm<" in alike
    assert drawn("--time", "last").count("t = 110 s") == 1
