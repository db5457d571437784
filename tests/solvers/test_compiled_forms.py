"""Forms in the cache: whole or not at all, whatever happens to whoever compiles them."""

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import sys
from archode.geometry._dolfinx import ensure_dolfinx
ensure_dolfinx()
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI
from archode.solvers.compiled_forms import compiled

box = mesh.create_unit_cube(MPI.COMM_SELF, 1, 1, 1)
u = fem.Function(fem.functionspace(box, ("Lagrange", 1)))
u.x.array[:] = 2.0
print("compiling", flush=True)
print(fem.assemble_scalar(compiled(ufl.exp(u * float(sys.argv[1])) * ufl.dx)))
"""


@pytest.fixture
def program(tmp_path):
    """Starts the program with a cache of its own."""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}

    def start(number, **changed):
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(number)],
            env=environment | changed,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def names(folder):
    return sorted(path.name for path in folder.glob("fenics/libffcx_forms_*") if path.suffix != ".lock")


def test_a_form_is_compiled_once_and_found_again(program, tmp_path):
    first, error = program(0.5).communicate(timeout=120)
    assert float(first.split()[-1]) == pytest.approx(2.718281828459045), error
    found = names(tmp_path)
    assert len(found) == 4 and found[1].endswith(".c.cached")
    times = [(tmp_path / "fenics" / name).stat().st_mtime_ns for name in found]
    again, error = program(0.5).communicate(timeout=120)
    assert again == first, error
    assert [(tmp_path / "fenics" / name).stat().st_mtime_ns for name in names(tmp_path)] == times


def test_what_a_killed_compilation_left_behind_is_completed(program, tmp_path):
    """DOLFINx alone would wait for the end of a compilation that nobody is at, and give up."""
    program(0.25).communicate(timeout=120)
    source, sign, library, _ = (tmp_path / "fenics" / name for name in names(tmp_path))
    sign.unlink()
    library.unlink()
    source.write_text("")
    told, error = program(0.25).communicate(timeout=120)
    assert float(told.split()[-1]) == pytest.approx(1.6487212707001282), error


def test_a_signal_during_the_compilation_spoils_nothing(program, tmp_path):
    for delay in (0.05, 0.15, 0.3):
        victim = program(0.125)
        assert victim.stdout.readline() == "compiling\n"
        time.sleep(delay)
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=60)
    told, error = program(0.125).communicate(timeout=120)
    assert float(told.split()[-1]) == pytest.approx(1.2840254166877414), error
    assert not list((tmp_path / "fenics").glob(".building-*"))


def test_two_at_once_compile_it_once(program, tmp_path):
    both = [program(0.75) for _ in range(2)]
    told = [each.communicate(timeout=120) for each in both]
    values = [float(out.split()[-1]) for out, _ in told]
    assert values[0] == values[1] == pytest.approx(4.4816890703380645), told
    assert len(names(tmp_path)) == 4


@pytest.mark.parametrize("damage", ["flipped bit", "cut", "emptied", "folder", "digest"])
def test_a_damaged_library_is_compiled_again(program, tmp_path, damage):
    """Of a library with a flipped bit a process may end in a segmentation fault, or compute something else."""
    first, _ = program(0.5).communicate(timeout=120)
    _, _, library, digest = (tmp_path / "fenics" / name for name in names(tmp_path))
    content = bytearray(library.read_bytes())
    if damage == "flipped bit":
        content[len(content) // 2] ^= 1
        library.write_bytes(content)
    elif damage == "cut":
        library.write_bytes(content[:-100])
    elif damage == "emptied":
        library.write_bytes(b"")
    elif damage == "folder":
        library.unlink()
        library.mkdir()
    else:
        digest.write_text("0" * 64)
    again, told = program(0.5).communicate(timeout=120)
    assert again == first and "a compiled form in the cache is damaged and compiled again" in told
    assert program(0.5).communicate(timeout=120) == (first, "")


def test_without_a_compiler_the_message_is_that_of_dolfinx(program, tmp_path):
    _, error = program(0.875, PATH="/nonexistent", CC="no-such-compiler").communicate(timeout=120)
    assert "Error" in error and not list((tmp_path / "fenics").glob(".building-*"))
