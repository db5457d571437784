import subprocess
import sys


def test_importing_geometry_loads_no_heavy_libraries():
    heavy = ("gmsh", "dolfinx", "dolfinx_solver", "mpi4py", "petsc4py", "pyvista", "matplotlib", "scipy", "numba")
    code = f"import archode.geometry, sys; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_a_closed_pipe_is_an_error_and_not_the_end():
    """PETSc's handler of signals would abort the process, and with it a run whose output goes through a pager."""
    code = """
import os
from archode.geometry._dolfinx import ensure_dolfinx
ensure_dolfinx()
import dolfinx.fem.petsc
read, write = os.pipe()
os.close(read)
try:
    os.write(write, b"seen enough")
except BrokenPipeError:
    print("told")
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "told"


def test_hdf5_of_h5py_is_its_own():
    """Where Numba is installed, DOLFINx opens PETSc's libraries for everybody, HDF5 of another version among them."""
    code = """
from archode.geometry._dolfinx import ensure_dolfinx
ensure_dolfinx()
import dolfinx.fem.petsc, h5py
print(h5py.version.hdf5_version_tuple == h5py.version.hdf5_built_version_tuple)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "True"
