import subprocess
import sys


def test_importing_geometry_loads_no_heavy_libraries():
    heavy = ("gmsh", "dolfinx", "dolfinx_solver", "mpi4py", "petsc4py", "pyvista", "matplotlib", "scipy", "numba")
    code = f"import archode.geometry, sys; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
