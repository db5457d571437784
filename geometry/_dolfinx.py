"""The one place where DOLFINx is first imported."""

import importlib.util


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
