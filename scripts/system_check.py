"""What the Python packages need from the system: a C compiler, Python's headers, shared libraries.

DOLFINx compiles every variational form at run time through cffi, which includes Python.h. The Gmsh and VTK
wheels load the system's OpenGL and X libraries, also where nothing is shown on a screen.

Prints the missing Debian packages on one line (nothing when all is there); ``--explain`` prints what each is
for; ``--compiler-only`` leaves out the shared libraries; ``--stack`` tries the installed packages instead.
Standard library only: it runs before anything is installed.
"""

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

# shared library -> Debian package; from `readelf -d` of the Gmsh and VTK wheels
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libGLU.so.1": "libglu1-mesa",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libXcursor.so.1": "libxcursor1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXft.so.2": "libxft2",
    "libXinerama.so.1": "libxinerama1",
    "libXrender.so.1": "libxrender1",
    "libfontconfig.so.1": "libfontconfig1",
    "libgomp.so.1": "libgomp1",
    "libz.so.1": "zlib1g",
}
# EGL only dispatches; without a driver behind it off-screen drawing fails.
EGL_VENDORS = ("/usr/share/glvnd/egl_vendor.d", "/etc/glvnd/egl_vendor.d")


def compiler() -> list[str]:
    """The command which setuptools, and so cffi, will call."""
    return shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")


def missing_for_compiling() -> dict[str, str]:
    """Debian package -> reason, for what the compilation of forms lacks."""
    command = compiler()
    if shutil.which(command[0]) is None:
        return {"gcc": f"C compiler '{command[0]}' (or set CC)", "libc6-dev": "C headers"}
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder, "probe.c")
        probe.write_text("#include <math.h>\nint probe(void) { return 0; }\n")
        if subprocess.run([*command, "-c", probe, "-o", f"{probe}.o"], capture_output=True).returncode:
            return {"gcc": f"'{command[0]}' does not compile", "libc6-dev": "C headers"}
    if not any(Path(sysconfig.get_path(kind), "Python.h").is_file() for kind in ("include", "platinclude")):
        return {f"python{version()}-dev": "Python.h, which every compiled form includes"}
    return {}


def version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def missing_libraries() -> dict[str, str]:
    """Debian package -> reason, for shared libraries which do not load."""
    missing = {}
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[package] = f"shared library {library}"
    if sys.platform == "linux" and not any(
        any(Path(d).glob("*.json")) for d in EGL_VENDORS if Path(d).is_dir()
    ):
        missing["libegl-mesa0"] = "a driver for off-screen drawing"
        missing["libgl1-mesa-dri"] = "a driver for off-screen drawing"
    return missing


def missing_modules() -> dict[str, str]:
    """Debian package -> reason, for a Python whose venv module was split off."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return {f"python{version()}-venv": "Python's venv module"}
    return {}


def try_stack() -> None:
    """Import the heavy packages and compile one form, in the environment that was made."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        import dolfinx_solver  # noqa: F401
    except ImportError:
        pass
    import gmsh
    import ufl
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
    from dolfinx import fem, mesh
    from mpi4py import MPI

    gmsh.initialize(interruptible=False)
    gmsh.finalize()
    domain = mesh.create_unit_cube(MPI.COMM_SELF, 1, 1, 1)
    with tempfile.TemporaryDirectory() as cache:
        volume = fem.form(fem.Constant(domain, 1.0) * ufl.dx, jit_options={"cache_dir": cache})
    if abs(fem.assemble_scalar(volume) - 1) > 1e-12:
        raise SystemExit("DOLFINx integrates the unit cube to a volume other than 1")


def main() -> None:
    arguments = sys.argv[1:]
    if "--stack" in arguments:
        try:
            try_stack()
        except Exception as error:
            packages = [package for library, package in LIBRARIES.items() if library in str(error)]
            hint = f" (Debian package: {packages[0]})" if packages else ""
            raise SystemExit(f"{type(error).__name__}: {error}{hint}") from None
        return
    missing = missing_modules() | missing_for_compiling()
    if "--compiler-only" not in arguments:
        missing |= missing_libraries()
    if "--explain" in arguments:
        for package, reason in missing.items():
            print(f"  {package}: {reason}")
    elif missing:
        print(*missing)


if __name__ == "__main__":
    main()
