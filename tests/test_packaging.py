"""What is installed is what is in the folders, in the versions that were tested."""

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
TOOL = PROJECT["tool"]["setuptools"]
ROOMS = ("geometry", "materials", "solvers", "studies", "visualization")
DATA = {".yaml", ".yml", ".mplstyle", ".json", ".html", ".css", ".js"}


def sources():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def exact_versions():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy: setuptools would leave build/ and egg-info in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    copy.mkdir()
    tracked = [*ROOMS, "pyproject.toml", "README.md", *PROJECT["project"]["license-files"]]
    for name in tracked:
        subprocess.run(["cp", "-R", str(ROOT / name), str(copy / name)], check=True)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q", "--no-deps"]
    command += ["--no-build-isolation", "-w", str(folder), str(copy)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_listed_packages_are_the_folders():
    """A package that is not listed would be dropped from the wheel without a word."""
    folders = {f"archode.{path.parent.relative_to(ROOT).as_posix().replace('/', '.')}" for path in sources()}
    missing_init = {p.parent for p in sources() if not (p.parent / "__init__.py").exists()}
    assert not missing_init
    assert set(TOOL["packages"]) == folders
    assert TOOL["package-dir"] == {f"archode.{room}": room for room in ROOMS}


def test_every_data_file_is_in_the_wheel(wheel):
    wanted = {
        f"archode/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in {*DATA, ".py"} and "__pycache__" not in path.parts
    }
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_wheel_carries_both_licences(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for licence in PROJECT["project"]["license-files"]:
        assert any(name.endswith(f"dist-info/licenses/{licence}") for name in names)


def test_wheel_imports_outside_the_checkout(wheel, tmp_path):
    """Unpacked elsewhere, every room is imported from there and not from the editable install."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    names = [f"archode.{room}" for room in ROOMS]
    code = f"""
import importlib, pathlib, sys
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in getattr(f, "__module__", "")]
sys.path.insert(0, {str(tmp_path / "site")!r})
for name in {names}:
    print(pathlib.Path(importlib.import_module(name).__file__).is_relative_to({str(tmp_path)!r}))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["True"] * len(ROOMS)


def test_no_source_imports_a_room_by_its_bare_name():
    """`import materials` works in the checkout only; inside the rooms imports are relative."""
    found = []
    for path in [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]:
        inside = path.is_relative_to(ROOT / "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                if name.split(".")[0] in ROOMS or (name.split(".")[0] == "archode" and not inside):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not found


def test_constraints_are_exact_versions_without_addresses():
    text = (ROOT / "constraints.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)
    assert not re.search(r"://|@|--|\bfile:", text)
    pinned = {normalised(name) for name in exact_versions()}
    extras = PROJECT["project"]["optional-dependencies"]
    for requirement in [*PROJECT["project"]["dependencies"], *chain(*extras.values())]:
        # An extra may ask for another one of the project itself.
        assert normalised(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) in pinned | {"archode"}


def test_conda_environment_has_the_same_versions():
    other_names = {"python-gmsh": "gmsh", "matplotlib-base": "matplotlib"}
    pinned = {normalised(name): version for name, version in exact_versions().items()}
    text = (ROOT / "environment.yml").read_text()
    given = dict(re.findall(r"^ +- ([a-z0-9.-]+)==?([^=\s]+)$", text, flags=re.MULTILINE))
    common = {name: normalised(other_names.get(name, name)) for name in given}
    compared = [name for name, pip_name in common.items() if pip_name in pinned]
    assert {name: given[name] for name in compared} == {name: pinned[common[name]] for name in compared}
    for requirement in PROJECT["project"]["dependencies"]:
        assert normalised(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) in common.values()
    assert given["fenics-dolfinx"] in pinned["dolfinx-solver-real"]


def test_command_line_entry_point_exists():
    module, _, function = PROJECT["project"]["scripts"]["archode"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.fixture
def rooms_elsewhere(tmp_path):
    """The packages' sources linked as archode/<room>, so that a forbidden import can be added to one."""
    (tmp_path / "archode").mkdir()
    for room in ROOMS:
        subprocess.run(["cp", "-R", str(ROOT / room), str(tmp_path / "archode" / room)], check=True)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return tmp_path


def lint_imports(folder):
    code = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in getattr(f, "__module__", "")]
sys.argv = ["lint-imports", "--no-logo", "--no-cache"]
from importlinter.cli import lint_imports_command
lint_imports_command()
"""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=environment
    )


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("geometry", "from ..materials import library"),
        ("materials", "from .. import geometry"),
        ("solvers", "from ..visualization import style"),
        ("visualization", "import archode.studies"),
    ],
)
def test_import_contract_notices_a_forbidden_import(rooms_elsewhere, room, line):
    allowed = lint_imports(rooms_elsewhere)
    assert allowed.returncode == 0, allowed.stdout
    (rooms_elsewhere / "archode" / room / "forbidden.py").write_text(f"{line}\n")
    broken = lint_imports(rooms_elsewhere)
    assert broken.returncode != 0
    assert f"archode.{room}.forbidden" in broken.stdout


def run_setup(folder, **environment):
    env = {"PATH": str(folder / "bin"), "HOME": str(folder), "LC_ALL": "C"} | environment
    command = ["/bin/sh", str(folder / "checkout/scripts/setup.sh")]
    return subprocess.run(command, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL)


@pytest.fixture
def bare_machine(tmp_path):
    """A checkout and a PATH which holds the shell's own tools only."""
    (tmp_path / "checkout").mkdir()
    for name in ("scripts", "pyproject.toml", "constraints.txt"):
        subprocess.run(["cp", "-R", str(ROOT / name), str(tmp_path / "checkout" / name)], check=True)
    (tmp_path / "bin").mkdir()
    for tool in ("dirname", "cat", "ls", "sort", "uname", "tail", "mkdir"):
        found = next(Path(d, tool) for d in ("/usr/bin", "/bin") if Path(d, tool).exists())
        (tmp_path / "bin" / tool).symlink_to(found)
    executable(tmp_path / "bin/id", "echo 1000")
    return tmp_path


def executable(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def test_setup_says_what_to_install_without_a_fitting_python(bare_machine):
    executable(bare_machine / "bin/python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    ran = run_setup(bare_machine)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "3.12" in line and "uv python install" in line


def test_setup_finds_a_python_beside_a_shim_that_fails(bare_machine):
    """The shim on PATH fails, the version below ~/.pyenv is found; then the missing compiler is named."""
    executable(bare_machine / "bin/python3.13", "exit 127")
    interpreter = bare_machine / ".pyenv/versions/3.12.99/bin/python3"
    interpreter.parent.mkdir(parents=True)
    base = getattr(sys, "_base_executable", sys.executable)
    executable(interpreter, f'exec "{base}" "$@"')
    executable(bare_machine / "bin/apt-get", "exit 1")
    ran = run_setup(bare_machine, CC="no-such-compiler")
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "sudo apt-get update && sudo apt-get install" in line and "gcc" in line


def test_setup_returns_at_once_when_nothing_changed(bare_machine):
    checkout = bare_machine / "checkout"
    venv.create(checkout / ".venv", with_pip=False, symlinks=True)
    script = (checkout / "scripts/setup.sh").read_text()
    # The stamp is written by the script's own function, as at the end of a full run.
    start = script[: script.index('if [ -f "$stamp" ]')]
    (checkout / "scripts/stamp.sh").write_text(start + 'fingerprint >"$stamp"\n')
    env = {"PATH": str(bare_machine / "bin")}
    subprocess.run(["/bin/sh", str(checkout / "scripts/stamp.sh")], check=True, env=env)
    assert run_setup(bare_machine).returncode == 0
    (checkout / "constraints.txt").write_text("numpy==1.0\n")
    assert run_setup(bare_machine).returncode == 1
