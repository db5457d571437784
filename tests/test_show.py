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
