"""The tests' own caches: compiled forms, meshes and settings of libraries, kept in ``.cache/tests`` of the checkout.

Nothing of the user's is read or written, and the home directory need not be writable. All processes of a test session
share the folder through the environment: pytest's workers, ``mpiexec`` and the program itself.
"""

import fcntl
import json
import os
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "tests"
FORMS = CACHE / "fenics"

#: How long a process waits for a form that another one is compiling [s]; DOLFINx gives up after 10 s, which a loaded
#: machine exceeds.
COMPILE_TIMEOUT = 600

#: Where a session keeps its lock on the caches.
LOCK = pytest.StashKey()

# Before any test module imports DOLFINx or Matplotlib, which read these when they are imported.
os.environ["XDG_CACHE_HOME"] = str(CACHE)
os.environ["XDG_CONFIG_HOME"] = str(CACHE / "config")
os.environ["MPLCONFIGDIR"] = str(CACHE / "matplotlib")
os.environ.pop("ARCHODE_CACHE", None)
# Tests with a cache of their own for meshes share the machine code of the mesher's loops.
os.environ["NUMBA_CACHE_DIR"] = str(CACHE / "numba")


def remove_orphans(folder):
    """Remove sources of forms whose compilation was killed: the next process would wait for their end in vain."""
    for source in folder.glob("*.c"):
        if not source.with_suffix(".c.cached").exists():
            source.unlink(missing_ok=True)


def pytest_configure(config):
    """Prepare the caches, once and before any worker starts."""
    if hasattr(config, "workerinput"):
        return
    options = CACHE / "config" / "dolfinx" / "dolfinx_jit_options.json"
    for folder in (FORMS, CACHE / "matplotlib", options.parent):
        folder.mkdir(parents=True, exist_ok=True)
    options.write_text(json.dumps({"timeout": COMPILE_TIMEOUT}), encoding="utf-8")
    # Every session holds the lock as a reader; whoever gets it alone knows that nobody is compiling.
    config.stash[LOCK] = lock = (CACHE / "sessions.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        remove_orphans(FORMS)
    fcntl.flock(lock, fcntl.LOCK_SH)


#: What takes longest by itself, begun first where several workers share the files: others fill the time beside it.
FIRST = ("/mpi/", "verification/test_closed_forms.py")


def pytest_collection_modifyitems(config, items):
    """On workers, begin with the longest files; without workers the order stays that of the folders."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next((k for k, name in enumerate(FIRST) if name in item.nodeid), len(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests stay on one worker, for its fixtures are whole runs; so do all that start ``mpiexec``.

    These run one after the other (``tests/mpi/launch.py``), and no other worker shall wait for them.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return "mpi" if "/mpi/" in nodeid else super()._split_scope(nodeid)

    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None
