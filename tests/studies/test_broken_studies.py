"""Every broken study is refused with one helpful message, exit code 2, and nothing on disk."""

from pathlib import Path

import pytest
from archode.studies.cli import main

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yml"))
MARK = "# expect: "


def expected(path: Path) -> list[str]:
    """Message fragments declared in the first lines of a broken study."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]


def test_there_are_many_broken_studies():
    assert len(BROKEN) >= 36
    assert all(expected(path) for path in BROKEN)


@pytest.mark.parametrize("path", BROKEN, ids=lambda p: p.stem)
def test_broken_study_is_refused(path, tmp_path, capsys):
    out = tmp_path / "results"
    code = main(["run", str(path), "--out", str(out)])
    told = capsys.readouterr()
    assert code == 2, told.err
    for fragment in expected(path):
        assert fragment in told.err
    assert told.out == ""
    assert told.err.count("error: ") == 1
    assert path.name in told.err
    for word in ("Traceback", "pydantic", "ValidationError", "internal error"):
        assert word not in told.err
    assert list(tmp_path.iterdir()) == []


def test_each_problem_is_told_once(capsys):
    main(["check", str(Path(__file__).parent / "broken" / "several_problems.yml")])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "error: 3 problems"
    assert len(lines) == len(set(lines)) == 4
