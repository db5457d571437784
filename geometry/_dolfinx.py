"""The one place where DOLFINx is first imported."""

import importlib.util
import signal
import threading


def ensure_dolfinx() -> None:
    """Import DOLFINx, after the package that brings its libraries where that is installed.

    Raises
    ------
    ModuleNotFoundError
        With the ways to install it.
    """
    # dolfinx.fem.petsc opens PETSc's libraries for everybody where Numba is installed, and HDF5 with them: h5py, if it
    # came later, would take that HDF5 for its own of another version.
    import h5py  # noqa: F401

    if importlib.util.find_spec("dolfinx_solver") is not None:
        import dolfinx_solver  # noqa: F401
    try:
        import dolfinx  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "DOLFINx is not installed: use the conda environment of environment.yml, "
            "or pip install 'archode[fenics]'",
            name="dolfinx",
        ) from error
    _ignore_closed_pipes()


def _ignore_closed_pipes() -> None:
    """Let a write to a closed pipe be Python's error again: PETSc's own handler would end the process.

    A pager or `head` that has seen enough, a browser or a mesher that has ended: none of them may take a run with it.
    """
    from petsc4py import PETSc  # noqa: F401

    if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
