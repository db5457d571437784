"""Input that is not a study at all: files that cannot be read, overrides that cannot be applied."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from archode.studies.cli import main

STUDY = """\
study: unusual
geometry: {architecture: planar, gap: 50 um, anode_thickness: 1 um, cathode_thickness: 1 um}
materials: {electrolyte: K2SO4_aq_0.5M, anode: KVO_ac_0.25, cathode: KMnO2_cryptomelane}
protocol:
  - {charge: 10 C, until: {voltage: 1.6 V}}
solver: {options: {ksp_rtol: 1e-9, mat_mumps_icntl_14: 60, ksp_monitor: null, pc_type: lu}}
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.yml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def refused(arguments, capsys):
    """Exit code 2 with one message, which is returned."""
    code = main([str(a) for a in arguments])
    told = capsys.readouterr()
    assert code == 2, told.err
    assert told.out == ""
    assert told.err.count("error: ") == 1
    assert "Traceback" not in told.err
    return told.err


def test_missing_file_with_a_near_name(study, capsys):
    assert "no such file; did you mean" in refused(["check", study.with_name("studi.yml")], capsys)


def test_missing_file_in_missing_folder(tmp_path, capsys):
    assert "no such file" in refused(["check", tmp_path / "nowhere" / "study.yml"], capsys)


def test_folder(study, capsys):
    told = refused(["check", study.parent], capsys)
    assert "is a folder; give a study file, such as" in told and "study.yml" in told


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x00\x00", bytes(range(256)), b"\x00" * 100])
def test_binary_file(tmp_path, content, capsys):
    (tmp_path / "binary.yml").write_bytes(content)
    assert "binary file" in refused(["check", tmp_path / "binary.yml"], capsys)


def test_latin_1_file(tmp_path, capsys):
    (tmp_path / "latin.yml").write_bytes("study: a\ndescription: Kathode für Natrium\n".encode("latin-1"))
    assert "latin.yml:2: is not UTF-8 text (byte 0xfc)" in refused(["check", tmp_path / "latin.yml"], capsys)


def test_huge_file(tmp_path, capsys):
    (tmp_path / "huge.yml").write_text("# padding\n" * 200_000)
    assert "larger than 1000 kB" in refused(["check", tmp_path / "huge.yml"], capsys)


@pytest.mark.parametrize("content", ["[" * 5000, "a: " + "{a: " * 3000, "- " * 5000])
def test_deeply_nested_file(tmp_path, content, capsys):
    (tmp_path / "deep.yml").write_text(content)
    refused(["check", tmp_path / "deep.yml"], capsys)


def test_aliases_that_multiply(tmp_path, capsys):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (tmp_path / "bomb.yml").write_text("\n".join(lines))
    assert "once its aliases are written out" in refused(["check", tmp_path / "bomb.yml"], capsys)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_does_not_hang(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.yml")
    assert "not a regular file" in refused(["check", tmp_path / "pipe.yml"], capsys)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_unreadable_file(study, capsys):
    study.chmod(0)
    assert "cannot be read: Permission denied" in refused(["check", study], capsys)


def test_reading_that_fails(study, capsys, monkeypatch):
    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert "cannot be read: Permission denied" in refused(["check", study], capsys)


def test_name_with_a_null_byte(capsys):
    refused(["check", "a\x00b.yml"], capsys)


@pytest.mark.parametrize(
    ("override", "fragment"),
    [
        ("geometry.gap", "--set geometry.gap: must read key=value, such as --set geometry.gap='20 um'"),
        ("=5", "must read key=value"),
        ("geometry..gap=5 um", "'geometry..gap' is not a key path"),
        ("geometry.gapp=5 um", "--set geometry.gapp: geometry.gapp: unknown key; did you mean 'gap'?"),
        ("geometrie.gap=5 um", "--set geometrie.gap: geometrie: unknown key; did you mean 'geometry'?"),
        ("geometry.gap.size=5 um", "geometry.gap holds '50 um', so there is no 'size' below it"),
        ("geometry.gap=5 s", "--set geometry.gap: geometry.gap: '5 s' has the wrong dimension"),
        (
            "geometry.gap=",
            "--set geometry.gap: geometry.gap: must be a quantity in m such as '50 um', got nothing",
        ),
        ("geometry.gap=[1", "--set geometry.gap:1: not valid YAML"),
        ("protocol.1.charge=5 C", "protocol is a list; its positions are 0 to 0, not '1'"),
        ("protocol.first.charge=5 C", "protocol is a list; its positions are 0 to 0, not 'first'"),
        ("materials.overrides.anode.difusivity=1e-15", "did you mean 'diffusivity'?"),
        ("study=../../etc", "--set study: study: '../../etc' is not a safe folder name"),
    ],
)
def test_bad_override(study, override, fragment, capsys):
    assert fragment in refused(["check", study, "--set", override], capsys)


def test_bad_overrides_are_told_together(study, capsys):
    told = refused(["check", study, "--set", "geometry.gapp=1", "--set", "physics.temprature=300"], capsys)
    assert "geometry.gapp" in told and "did you mean 'temperature'?" in told


def test_results_folder_that_is_a_file(study, capsys):
    told = refused(["run", study, "--out", study], capsys)
    assert "is a file, not a folder" in told


def test_unknown_command_and_missing_argument(capsys):
    assert main(["solve"]) == 2
    assert main(["check"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_unknown_material(capsys):
    assert "there is no material 'KVO_ac_0.26'; did you mean" in refused(["materials", "KVO_ac_0.26"], capsys)


@pytest.mark.parametrize("name", ["geometry_unknown_key", "yaml_tab"])
def test_real_process(name, tmp_path):
    path = Path(__file__).parent / "broken" / f"{name}.yml"
    ended = subprocess.run(
        [sys.executable, "-m", "archode.studies.cli", "run", str(path), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ") and "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_real_process_on_an_ascii_terminal(study):
    ended = subprocess.run(
        [sys.executable, "-m", "archode.studies.cli", "check", str(study)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"},
    )
    assert ended.returncode == 0, ended.stderr


def test_only_rank_zero_speaks(study, capsys, monkeypatch):
    monkeypatch.setenv("PMI_RANK", "1")
    assert main(["check", str(study), "--set", "geometry.gap=5 s"]) == 2
    assert capsys.readouterr().err == ""


def test_debug_shows_the_traceback(study, capsys):
    assert main(["check", str(study), "--set", "geometry.gap=5 s", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            ZeroDivisionError("division by zero"),
            1,
            "internal error: ZeroDivisionError: division by zero; rerun with",
        ),
    ],
)
def test_how_a_command_ends(study, capsys, monkeypatch, raised, code, message):
    def fails(*_):
        raise raised

    monkeypatch.setattr("archode.studies.load.load_study", fails)
    assert main(["check", str(study)]) == code
    told = capsys.readouterr().err
    assert told.startswith(f"error: {message}") and told.count("\n") == 1
