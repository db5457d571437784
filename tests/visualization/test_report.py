"""Reports: what they say, that nothing in them is markup of the author's, and that partial results have one too."""

import json
import re
import shutil

import pytest
from archode.studies.balances import BROKEN, judged
from archode.studies.cli import main
from archode.studies.errors import StudyError
from archode.studies.report import write_reports
from archode.studies.report_case import case_report
from archode.studies.report_panels import draw_side_by_side, drawn_panels
from archode.studies.report_steps import asked_steps, step_words
from archode.studies.report_study import cases_table, study_cases, study_report
from archode.visualization.case import Case
from archode.visualization.currents import FINE, LIGHT, draw_current
from archode.visualization.moment import moment
from archode.visualization.report import Cell, Code, Note, Report, Section, Table, render, view_of, write
from archode.visualization.report.case_views import caption, case_views
from archode.visualization.report.view import _shares
from archode.visualization.views import draw_view

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def copied(results, target):
    """A copy of results that other tests may have drawn pictures of, without these."""
    return shutil.copytree(results, target, ignore=shutil.ignore_patterns("figures"))


@pytest.fixture(scope="module")
def written(results, tmp_path_factory):
    """Reports of a case and of a sweep of synthetic results."""
    folder = tmp_path_factory.mktemp("reports")
    case = copied(results["flat"], folder / "flat" / "base")
    study = copied(results["sweep"], folder / "sweep")
    return {"case": list(write_reports(case))[-1], "study": list(write_reports(study, three_d=False))[-1]}


def plain_report(*blocks):
    return Report("a title", "kicker", EVIL, "done", "good", [Note(EVIL)], sections=[Section("s", EVIL, blocks)])


def test_nothing_of_a_study_is_markup():
    table = Table((EVIL,), [(Cell(EVIL, link='"><script>'),)], EVIL)
    page = render(plain_report(table, Code(EVIL, EVIL), Note(EVIL)))
    assert EVIL not in page and "&lt;script&gt;alert(1)" in page
    # The page's own script, and no other.
    assert page.count("<script") - page.count("&lt;script") <= 1 + page.count('<script type="text/plain"')
    assert "<img src=x" not in page


def test_a_page_may_load_nothing(written):
    page = written["case"].read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    outside = re.findall(r"""(?:src|href)=["'](?!data:|#)([^"']+)""", page)
    assert not [address for address in outside if "//" in address]


def test_powers_are_printed_but_not_in_files():
    page = render(plain_report(Note("an error of 3.6·10^-10"), Code("file", "x: 10^-3")))
    assert "3.6·10⁻¹⁰" in page and "x: 10^-3" in page


def test_a_case_says_what_came_out(written):
    report = case_report(written["case"].parent, three_d=False)
    told = " ".join(note.text for note in report.answer)
    assert "µAh/cm²" in told or "mAh/cm²" in told
    assert report.status == "done" and report.hero is not None
    keys = [section.key for section in report.sections]
    assert keys[0] == "outcome" and "trust" in keys and "curves" in keys


def test_a_study_has_a_row_for_every_case_and_links_to_their_reports(written):
    page = written["study"].read_text(encoding="utf-8")
    cases = study_cases(written["study"].parent)
    assert len(cases) > 1
    for case in cases:
        assert (case.folder / "report.html").is_file()
    assert len(re.findall(r'href="[^"]+/report\.html"', page)) >= len(cases)


def test_cases_come_in_the_order_of_their_parameters(tmp_path):
    """Numbers with units, not the alphabet: 900 nm before 2 µm before 10 µm."""
    for name, value in (("a", "10 um"), ("b", "900 nm"), ("c", "2 um")):
        (tmp_path / name).mkdir()
        told = {"study": "s", "case": name, "status": "done", "parameters": {"geometry.gap": value}}
        (tmp_path / name / "summary.json").write_text(json.dumps(told))
    assert [case.folder.name for case in study_cases(tmp_path)] == ["b", "c", "a"]


@pytest.mark.parametrize("gone", ["summary.json", "study.yml", "run.log", "timeseries.parquet", "electrolyte.vtkhdf"])
def test_what_is_missing_is_said(case_copy, gone):
    for path in case_copy.glob(gone.split(".")[0] + ".*"):
        path.unlink()
    if not any((case_copy / name).exists() for name in ("study.yml", "summary.json", "timeseries.csv")):
        (case_copy / "study.yml").write_text("study: bar\n")
    (path,) = write_reports(case_copy, three_d=False)
    page = path.read_text(encoding="utf-8")
    assert re.search(rf"no {re.escape(gone.split('.')[0])}|not there|no field files|There is no", page)


def test_a_failed_case_tells_why(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    told = {"study": "s", "case": "case", "parameters": {}, "status": "failed", "reason": f"step 3 <{EVIL}>"}
    (folder / "summary.json").write_text(json.dumps(told))
    (path,) = write_reports(folder, three_d=False)
    page = path.read_text(encoding="utf-8")
    assert "Failed: step 3" in page and EVIL not in page


@pytest.mark.parametrize("content", ["{", "[1, 2]", ""])
def test_a_broken_summary_still_has_a_report(case_copy, content):
    (case_copy / "summary.json").write_text(content)
    (path,) = write_reports(case_copy, three_d=content == "{")
    assert "unfinished" in path.read_text(encoding="utf-8")


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    with pytest.raises(StudyError, match="holds no case"):
        list(write_reports(tmp_path))
    assert main(["report", str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_the_command_writes_it_again(case_copy, capsys):
    assert main(["report", str(case_copy), "--no-3d"]) == 0
    assert str(case_copy / "report.html") in capsys.readouterr().out
    page = (case_copy / "report.html").read_text(encoding="utf-8")
    assert 'id="viewer"' not in page


def test_balances_are_judged():
    errors = 1e-12, BROKEN, 2 * BROKEN, float("inf"), float("nan"), None
    assert [judged(error)[0] for error in errors] == ["good", "good", "bad", "bad", "bad", "bad"]


def test_surfaces_with_many_triangles_are_made_coarser_and_that_is_said(results):
    picture = draw_view(Case(results["flat"]), "concentration")
    whole, coarse = view_of(picture), view_of(picture, most=100)
    assert "coarser" not in whole.caption
    after, before = (
        int(n.replace(",", "")) for n in re.search(r"([\d,]+) of ([\d,]+) triangles", coarse.caption).groups()
    )
    # The decimation stops where it would tear a surface.
    assert after < 0.7 * before and len(coarse.data) < len(whole.data)


def test_views_of_a_case_have_scales_and_posters(results):
    views = case_views(Case(results["flat"]))
    assert len(views) >= 2 and views[0].title.startswith("Geometry")
    assert all(view.data and view.poster.startswith("data:image/jpeg") for view in views)
    assert any(view.scales and len(view.scales[0].ticks) == 3 for view in views)


def test_a_report_stays_below_its_size(written, tmp_path):
    report = case_report(written["case"].parent)
    small = write(report, tmp_path / "report.html", largest=600_000)
    page = small.read_text(encoding="utf-8")
    assert "Left out to keep this file below" in page and 'id="viewer"' not in page
    assert small.stat().st_size < written["case"].stat().st_size


def test_every_picture_has_a_title():
    assert caption("sweep_geometry_gap")[0] == "Against gap"
    assert caption("something_new") == ("Something new", "")


def test_the_cases_table_says_which_numbers_are_of_a_run_that_ended_early(results, tmp_path):
    study = copied(results["sweep"], tmp_path / "sweep")
    broken = sorted(study.iterdir())[1]
    summary = json.loads((broken / "summary.json").read_text())
    (broken / "summary.json").write_text(json.dumps(summary | {"status": "failed"}))
    table = cases_table([Case(folder) for folder in sorted(study.iterdir())])
    column = table.columns.index("last finished step")
    cells = [row[column] for row in table.rows]
    assert [cell.text.endswith("; run failed") for cell in cells] == [False, True, False, False, False, False]
    assert cells[1].tone == "warn"


def test_lines_of_the_current_are_lighter_in_a_report_than_in_a_picture(results):
    now = moment(Case(results["flat"]))
    fine, light = (draw_current(now, detail).scene.bodies[0][0].n_points for detail in (FINE, LIGHT))
    # Fewer lines, sides and segments: a sixteenth, were every line as long as the others.
    assert light < fine / 8
    assert any(view.title == "Lines of the current" for view in case_views(Case(results["flat"])))


def test_small_bodies_keep_their_triangles():
    assert _shares([100, 50], 200) == [1, 1]
    large, small = _shares([1000, 50], 200)
    assert small == 1 and large * 1000 + 50 == pytest.approx(200)
    assert _shares([1000, 1000], 200) == [0.1, 0.1]


def test_a_killed_run_says_how_far_it_got_and_has_pictures(case_copy):
    (case_copy / "summary.json").unlink()
    shutil.rmtree(case_copy / "figures", ignore_errors=True)
    list(write_reports(case_copy, three_d=False))
    told = [note.text for note in case_report(case_copy, three_d=False).answer]
    assert any(text.startswith("It reached") for text in told)
    assert (case_copy / "figures" / "voltage_time.png").is_file()


def test_cases_of_a_study_share_one_colour_scale(results, tmp_path):
    for name, gap in (("a", "10 um"), ("b", "20 um")):
        folder = copied(results["flat"], tmp_path / name)
        told = json.loads((folder / "summary.json").read_text())
        (folder / "summary.json").write_text(json.dumps(told | {"case": name, "parameters": {"geometry.gap": gap}}))
    cases = study_cases(tmp_path)
    drawn = draw_side_by_side(tmp_path, cases)
    assert tmp_path / "figures" / "side_by_side_current_density.png" in drawn
    shown = drawn_panels(tmp_path, cases)
    assert shown[0].title == "Current density, side by side" and "one colour scale" in shown[0].caption
    # A single case has nothing to stand beside.
    assert draw_side_by_side(tmp_path, cases[:1]) == []


def test_only_the_same_step_is_compared(tmp_path):
    """A case that failed after its first discharge has no last one that could stand beside the others'."""
    for name, capacities in (("a", [4e-3, 1e-3]), ("b", [3e-3])):
        (tmp_path / name).mkdir()
        steps = [
            {"index": i, "kind": "discharge", "ended_by": "voltage", "areal_capacity [mAh/cm2]": capacity}
            for i, capacity in enumerate(capacities)
        ]
        told = {"study": "s", "case": name, "status": "done", "parameters": {"geometry.gap": f"{len(steps)} um"}}
        (tmp_path / name / "summary.json").write_text(json.dumps(told | {"steps": steps}))
    (told,) = [note.text for note in study_report(tmp_path, pictures=False).answer]
    assert "4 µAh/cm² with gap 2 µm, 3 µAh/cm² with gap 1 µm" in told


def test_rates_are_told_as_they_were_asked_for(tmp_path):
    steps = "protocol:\n- repeat: 2\n  steps:\n  - discharge: 0.2 A/m^2\n  - {rest: 600 s}\n- {hold: 0.025 V}\n"
    (tmp_path / "study.yml").write_text(steps)
    asked = [("discharge", "20 µA/cm²"), ("rest", "10 min")]
    assert asked_steps(tmp_path) == [*asked, *asked, ("hold", "25 mV")]
    told = {"index": 2, "kind": "discharge", "value": -1e-9}
    assert step_words(Case(tmp_path), told, asked_steps(tmp_path)) == "discharge at 20 µA/cm²"


def test_numbers_are_printed_but_names_stay():
    page = render(plain_report(Note("k = 1e-09 m/s at -0.5 V, J_lim"), Table(("a",), [(Cell("x", link="gap=-5um"),)])))
    assert "k = 1·10⁻⁹ m/s at −0.5 V, Jₗᵢₘ" in page and 'href="gap=-5um"' in page


def test_pictures_of_other_commands_do_not_stand_for_all(results, tmp_path):
    """`archode show` or `archode impedance` may have left one picture; a report asked for draws the others."""
    case = copied(results["flat"], tmp_path / "flat" / "base")
    assert main(["show", str(case), "--view", "mesh"]) == 0
    (path,) = write_reports(case, three_d=False)
    assert {"mesh.png", "current_density.png", "voltage_time.png"} <= {one.name for one in (case / "figures").iterdir()}
    assert path == case / "report.html"
