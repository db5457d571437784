import pytest


@pytest.fixture(scope="session")
def mesh_cache(tmp_path_factory):
    """One cache for all geometry tests, so that each shape is built once."""
    return tmp_path_factory.mktemp("meshes")


@pytest.fixture
def gmsh_session():
    """An initialised, quiet Gmsh."""
    import gmsh

    gmsh.initialize(interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("General.NumThreads", 1)
    yield gmsh
    gmsh.finalize()
