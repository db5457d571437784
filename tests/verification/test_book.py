"""The book itself: which cases are run, what the table says, how document, figures and numbers are written."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from archode.studies import StudyError
from archode.studies.cli import main
from archode.studies.verification import book, page
from archode.studies.verification.cases import CASES, Case
from archode.studies.verification.chapter import read_chapters
from archode.studies.verification.order import convergence, fit_order
from archode.studies.verification.result import Result
from archode.studies.verification.row import comparison, discrepancy, shortfall
from archode.visualization.book import Figure, compare, line, points

GOOD = comparison("sand", "time [s]", 292.46, 292.5, 0.01, "10 tetrahedra", 0.25)
BAD = comparison("sand", "a|b", 1.0, 2.0, 0.01, "10 tetrahedra", 0.0, "looks wrong")
OTHER = comparison("cottrell", "current [A/m²]", 1.5, 1.501, 0.01, "12 tetrahedra", 0.5)

SIZES = (1.0, 0.5, 0.25)
FIT = fit_order(SIZES, [3.0 * h**2 for h in SIZES])
ORDER = shortfall("sand", "order", 2.0, FIT.order, 0.1, "3 meshes", 0.1, "errors 3, 0.75, 0.1875", FIT)

T = np.linspace(0.1, 5, 30)
CURVE = Figure("decay", "Time / s", "c / mol m⁻³", compare("1:1", T, 1.001 * np.exp(-T), lambda t: math.exp(-t), 0.01))
ORDERS = Figure("order", "h / L", "Error", convergence("u, L²", SIZES, (3.0, 0.8, 0.2)), log_x=True, log_y=True)
LONE = Figure("capacitance", "V / V", "C / F m⁻²", [points("computed", (0.0, 0.1), (1.0, math.nan))])


def test_rows_judge_their_errors():
    assert GOOD.passed
    assert not BAD.passed
    assert BAD.error == 1.0
    assert shortfall("c", "order", 2.0, 2.3, 0.1, "", 0.0).error == 0.0
    assert shortfall("c", "order", 2.0, 1.91, 0.1, "", 0.0).passed
    assert not shortfall("c", "order", 2.0, 1.89, 0.1, "", 0.0).passed
    assert not shortfall("c", "order", 2.0, math.nan, 0.1, "", 0.0).passed
    assert not comparison("c", "q", 1.0, math.nan, 0.1, "", 0.0).passed
    assert not discrepancy("c", "q", -2e-9, 1e-9, "", 0.0).passed


def test_orders_are_fitted_with_their_spread():
    # A power law is met to round-off.
    assert (FIT.order, FIT.factor) == pytest.approx((2.0, 3.0), rel=1e-12)
    assert FIT.spread < 1e-7
    # log₂ of the errors is 0, −1, −3: off the line by 1/6, −1/3, 1/6, on x of variance 2: √((1/6) / 2).
    bent = fit_order((1.0, 0.5, 0.25), (1.0, 0.5, 0.125))
    assert bent.order == pytest.approx(1.5, rel=1e-12)
    assert bent.spread == pytest.approx(math.sqrt(1 / 12), rel=1e-12)
    assert math.isnan(fit_order(SIZES, (1.0, 0.0, 0.1)).order)
    assert math.isnan(fit_order((1.0, 0.5), (1.0, 0.5)).spread)


def test_the_table_marks_failures_and_keeps_its_columns():
    lines = page.table([GOOD, BAD, ORDER]).splitlines()
    assert lines[0] == "| " + " | ".join(page.HEADER) + " |"
    assert lines[2].startswith("| sand | time [s] | 292.46 | 292.5 | ")
    assert lines[3].startswith("| **FAILED** sand | a\\|b | 1 | 2 | ")
    assert "| 2.000 ± " in lines[4] and ", 3 points |" in lines[4]
    assert all(line.replace("\\|", "").count("|") == len(page.HEADER) + 1 for line in lines)


@pytest.mark.parametrize(
    "result",
    [
        Result([GOOD], CURVE),
        Result([ORDER], ORDERS),
        Result([GOOD], (CURVE, ORDERS)),
        Result([GOOD, ORDER], (LONE, LONE)),
        Result([GOOD, BAD]),
        Result(
            [comparison("sand", f"a number with a long name, the {n}th [A/m²]", 1, 1, 0.1, "", 0) for n in range(16)]
        ),
    ],
    ids=["curve", "orders", "curve beside orders", "one number missing", "failed errors", "exact and many"],
)
def test_every_kind_of_figure_is_drawn_and_small(tmp_path, require_figure, result):
    page.write({"sand": result}, tmp_path / "book.md")
    require_figure(tmp_path / "images" / "book" / "sand.png")


def test_lines_and_markers_are_where_the_numbers_are():
    exact, computed = CURVE.curves
    assert (exact.kind, computed.kind) == ("line", "points")
    assert exact.x[0] == 0.1 and exact.x[-1] == 5.0
    np.testing.assert_allclose(exact.y, np.exp(-np.array(exact.x)), rtol=1e-12)
    np.testing.assert_allclose(computed.expected, np.exp(-T), rtol=1e-12)
    fitted, measured = convergence("u", SIZES, [3.0 * h**2 for h in SIZES])
    assert fitted.label == "u: order 2.00"
    assert measured.y == (3.0, 0.75, 0.1875)
    np.testing.assert_allclose(fitted.y, 3.0 * np.array(fitted.x) ** 2, rtol=1e-12)


def test_errors_are_relative_to_the_form_or_to_a_scale():
    _, steep = compare("ψ", (-1.0, 0.0, 2.0), (-1.1, 0.1, 2.0), lambda x: x, 0.01)
    np.testing.assert_allclose(steep.errors(), (0.1, math.inf, 0.0), rtol=1e-12)
    form, flat = compare("ψ", (-1.0, 0.0, 2.0), (-1.1, 0.1, 2.0), lambda x: x, 0.01, scale=2.0)
    np.testing.assert_allclose(flat.errors(), (0.05, 0.05, 0.0), rtol=1e-12)
    low, high = form.band()
    np.testing.assert_allclose(high - low, 0.04, rtol=1e-12)
    # Around a negative value the band keeps its sides.
    low, high = line("", (0, 1), (-1, -2), 0.1).band()
    np.testing.assert_allclose((low, high), ((-1.1, -2.2), (-0.9, -1.8)), rtol=1e-12)


def test_the_document_links_its_figures(tmp_path, require_figure):
    path = tmp_path / "docs" / "my book.md"
    page.write({"sand": Result([GOOD], CURVE), "cottrell": Result([BAD])}, path)
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"!\[(\w+)\]\((.*?)\)", text)
    assert [name for name, _ in links] == ["sand", "cottrell"]
    for _, link in links:
        require_figure(path.parent / link.replace("%20", " "))
    assert "### sand\n\nSand's time" in text
    assert "### cottrell\n\n**FAILED**: a|b." in text
    assert "Not run: mms_electrolyte" in text


def test_the_document_of_the_repository_has_its_figures(require_figure):
    document = Path(__file__).parents[2] / "docs" / "verification.md"
    linked = [document.parent / link for link in re.findall(r"!\[\w+\]\((.*?)\)", document.read_text(encoding="utf-8"))]
    assert linked
    for picture in linked:
        require_figure(picture)
    assert set(page.picture_folder(document).iterdir()) == set(linked)
    assert set(read_chapters(document)) == {picture.stem for picture in linked}


def test_cases_that_are_not_rerun_stay(tmp_path):
    path = tmp_path / "book.md"
    page.write({"sand": Result([GOOD, ORDER], CURVE), "cottrell": Result([OTHER])}, path)
    before = read_chapters(path)
    assert before["sand"].rows == (GOOD, ORDER)
    picture = tmp_path / "images" / "book" / "sand.png"
    drawn = picture.read_bytes()
    again = comparison("cottrell", "current [A/m²]", 1.5, 1.6, 0.01, "12 tetrahedra", 0.5)
    page.write({"cottrell": Result([again])}, path)
    text = path.read_text(encoding="utf-8")
    assert "292.46" in text and "**FAILED** cottrell" in text
    assert text.index("### sand") < text.index("### cottrell")
    assert read_chapters(path)["sand"] == before["sand"]
    assert picture.read_bytes() == drawn


def test_numbers_that_are_none_survive_the_file(tmp_path):
    missed = comparison("sand", "time [s]", 292.46, math.nan, 0.01, "", 0.0)
    page.write({"sand": Result([missed])}, tmp_path / "book.md")
    (row,) = read_chapters(tmp_path / "book.md")["sand"].rows
    assert math.isnan(row.computed) and math.isnan(row.error) and row.exact == 292.46
    assert not row.passed


def test_a_figure_that_fails_costs_no_number(tmp_path, monkeypatch, caplog):
    path = tmp_path / "book.md"
    page.write({"sand": Result([GOOD], CURVE)}, path)

    def fail(panels, file):
        raise RuntimeError("no ink")

    monkeypatch.setattr(page, "draw_book_figure", fail)
    page.write({"sand": Result([OTHER], CURVE)}, path)
    text = path.read_text(encoding="utf-8")
    assert "1.501" in text and "No figure: no ink." in text and "![" not in text
    assert "no figure sand.png: no ink" in caplog.text
    # The figure of the earlier run would contradict the table.
    assert not (tmp_path / "images" / "book").exists()


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ([points("c", (1, 2), (1,))], r"the curve 'c' has columns of the lengths \[1, 2\]"),
        ([CURVE.curves], "has a tuple among its curves"),
        ([points("c", (1, 2), (math.nan, math.nan))], "no finite number"),
        (compare("c", (), (), math.exp), "no finite number"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_costs_no_number(tmp_path, caplog, curves, message):
    page.write({"sand": Result([GOOD], Figure("decay", "x", "y", curves))}, tmp_path / "book.md")
    assert "292.46" in (tmp_path / "book.md").read_text(encoding="utf-8")
    assert re.search(message, caplog.text)


def test_figures_can_be_left_out(tmp_path):
    path = tmp_path / "book.md"
    page.write({"sand": Result([GOOD], CURVE), "cottrell": Result([OTHER])}, path)
    page.write({"sand": Result([GOOD], CURVE)}, path, figures=False)
    assert [p.name for p in (tmp_path / "images" / "book").iterdir()] == ["cottrell.png"]
    assert re.findall(r"!\[(\w+)\]", path.read_text(encoding="utf-8")) == ["cottrell"]


def test_the_document_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "docs" / "verification.md"
    page.write({"sand": Result([GOOD])}, path)
    text = path.read_text(encoding="utf-8")

    def fail(chapters, path):
        raise RuntimeError

    monkeypatch.setattr(page, "document", fail)
    with pytest.raises(RuntimeError):
        page.write({"sand": Result([BAD])}, path)
    assert path.read_text(encoding="utf-8") == text
    assert {p.name for p in path.parent.iterdir()} == {"verification.md", "verification.json", "images"}


def test_some_cases_do_not_drop_the_others_from_a_document_without_numbers(tmp_path, monkeypatch):
    path = tmp_path / "book.md"
    path.write_text("| sand |", encoding="utf-8")
    with pytest.raises(StudyError, match=r"book\.json, do not; .* run all cases"):
        page.require_document(path, ["sand"])
    page.require_document(path, list(CASES))
    (tmp_path / "book.json").write_text('{"cases": {"sand": {}}}', encoding="utf-8")
    with pytest.raises(StudyError, match=r"cannot be read as numbers"):
        page.require_document(path, ["sand"])
    with pytest.raises(StudyError, match="name a Markdown file"):
        page.require_document(tmp_path / "book.json", list(CASES))


def test_unknown_cases_are_refused_before_anything_runs():
    with pytest.raises(StudyError, match="no verification case 'sandd'; did you mean 'sand'"):
        book.run_cases(["sand", "sandd"])


def test_a_case_that_does_not_finish_is_a_failed_row(tmp_path, monkeypatch):
    from archode.solvers.errors import SolverError

    def stuck():
        raise SolverError("no way on")

    monkeypatch.setitem(CASES, "sand", Case(stuck))
    monkeypatch.setitem(CASES, "cottrell", Case(lambda: [OTHER]))
    results = book.run_cases(["sand", "cottrell"])
    (row,) = results["sand"].rows
    assert not row.passed
    assert row.note == "SolverError: no way on"
    page.write(results, tmp_path / "book.md")
    text = (tmp_path / "book.md").read_text(encoding="utf-8")
    assert "**FAILED** sand" in text and "1.501" in text
    assert re.findall(r"!\[(\w+)\]", text) == ["cottrell"]


def test_exit_codes_of_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(CASES, "sand", Case(lambda: Result([GOOD], CURVE)))
    monkeypatch.setitem(CASES, "cottrell", Case(lambda: [BAD]))
    out = tmp_path / "table.md"
    assert main(["verify", "sand", "--out", str(out)]) == 0
    assert "292.46" in out.read_text(encoding="utf-8")
    assert (tmp_path / "images" / "table" / "sand.png").exists()
    assert main(["verify", "sand", "--out", str(out), "--no-figures"]) == 0
    assert not (tmp_path / "images" / "table").exists()
    assert main(["verify", "sand", "cottrell"]) == 3
    assert "looks wrong" in capsys.readouterr().err
    assert main(["verify", "sande"]) == 2
    assert "did you mean 'sand'" in capsys.readouterr().err
    assert main(["verify", "sand", "--out", str(tmp_path)]) == 2
