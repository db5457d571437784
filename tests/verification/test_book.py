"""The book itself: which cases are run, what the table says, how it is written."""

import math

import pytest
from archode.studies import StudyError
from archode.studies.cli import main
from archode.studies.verification import book
from archode.studies.verification.cases import CASES, Case
from archode.studies.verification.row import comparison, discrepancy, shortfall

GOOD = comparison("sand", "time [s]", 292.46, 292.5, 0.01, "10 tetrahedra", 0.25)
BAD = comparison("sand", "a|b", 1.0, 2.0, 0.01, "10 tetrahedra", 0.0, "looks wrong")


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


def test_the_table_marks_failures_and_keeps_its_columns():
    lines = book.table([GOOD, BAD]).splitlines()
    assert lines[0] == "| " + " | ".join(book.HEADER) + " |"
    assert lines[2].startswith("| sand | time [s] | 292.46 | 292.5 | ")
    assert lines[3].startswith("| **FAILED** sand | a\\|b | 1 | 2 | ")
    assert all(line.replace("\\|", "").count("|") == len(book.HEADER) + 1 for line in lines)


def test_the_document_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "docs" / "verification.md"
    book.write([GOOD], path)
    text = path.read_text(encoding="utf-8")
    assert "### sand" in text
    assert "292.46" in text

    def fail(rows):
        raise RuntimeError

    monkeypatch.setattr(book, "document", fail)
    with pytest.raises(RuntimeError):
        book.write([BAD], path)
    assert path.read_text(encoding="utf-8") == text
    assert [p.name for p in path.parent.iterdir()] == ["verification.md"]


def test_unknown_cases_are_refused_before_anything_runs():
    with pytest.raises(StudyError, match="no verification case 'sandd'; did you mean 'sand'"):
        book.run_cases(["sand", "sandd"])


def test_a_case_that_does_not_finish_is_a_failed_row(monkeypatch):
    from archode.solvers.errors import SolverError

    def stuck():
        raise SolverError("no way on")

    monkeypatch.setitem(CASES, "sand", Case(stuck))
    (row,) = book.run_cases(["sand"])
    assert not row.passed
    assert row.note == "no way on"


def test_exit_codes_of_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(CASES, "sand", Case(lambda: [GOOD]))
    monkeypatch.setitem(CASES, "cottrell", Case(lambda: [BAD]))
    out = tmp_path / "table.md"
    assert main(["verify", "sand", "--out", str(out)]) == 0
    assert "292.46" in out.read_text(encoding="utf-8")
    assert main(["verify", "sand", "cottrell"]) == 3
    assert "looks wrong" in capsys.readouterr().err
    assert main(["verify", "sande"]) == 2
    assert "did you mean 'sand'" in capsys.readouterr().err
    assert main(["verify", "sand", "--out", str(tmp_path)]) == 2
