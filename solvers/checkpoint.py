"""Restart file: the last states of the cell and the position in the protocol, for any number of ranks.

HDF5, written by rank 0 under another name and renamed; the one before it is kept. Values are stored by the mesh file's
own node numbers (:mod:`.gather`), so a run may go on with another number of ranks. Its size does not grow with the
history: of the time series and the fields it knows how much is valid, and the digest of that.

A user block before the HDF5 part holds the SHA-256 of the latter: what was changed since is not gone on with.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..geometry.checksums import DamagedFileError, set_aside
from ..geometry.whole_file import whole_file
from .append_only import AppendedTable
from .cell import Cell
from .errors import SolverError
from .gather import dof_keys, on_root, to_root
from .position import Position
from .record import STEPS
from .stepping import Integrator, State

FORMAT = 6

#: The newest restart file of a run, and the one before it.
NAMES = ("restart.h5", "restart.previous.h5")

#: Bytes before the HDF5 part.
USER_BLOCK = 512

_HEADING = b"archode restart file\nsha256 of what follows the first 512 bytes: "


@dataclass(frozen=True)
class Restart:
    """A restart file that is whole.

    Attributes
    ----------
    path
        The file.
    fingerprint
        Identifies what is simulated.
    mesh
        Digest of the mesh file.
    extra
        What the run kept beside the states.
    instead_of
        What is wrong with a newer file, in whose place it is taken; empty where it is the newest.
    """

    path: Path
    fingerprint: str
    mesh: str
    extra: dict[str, Any]
    instead_of: str = ""


def newest_whole(folder: Path) -> Restart | None:
    """The newest restart file in a folder that is whole, with the rows of the time series that it knows of.

    ``None`` where none was ever written.

    Raises
    ------
    SolverError
        There are restart files, and none can be gone on with; or the newest was written by another version.
    """
    problems = []
    for path in (folder / name for name in NAMES):
        try:
            found = _read_whole(path)
        except FileNotFoundError:
            continue
        except DamagedFileError as error:
            problems.append(str(error))
            continue
        return replace(found, instead_of="; ".join(problems))
    if problems:
        raise SolverError(f"{'; '.join(problems)}; start anew without it")
    return None


def _user_block(digest) -> bytes:
    """What stands before the HDF5 part."""
    return (_HEADING + digest.hexdigest().encode()).ljust(USER_BLOCK, b"\0")


def _read_whole(path: Path) -> Restart:
    try:
        with open(path, "rb") as file:
            whole = file.read(USER_BLOCK) == _user_block(hashlib.file_digest(file, "sha256"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedFileError(f"{path} is damaged: {error.strerror}") from error
    if not whole:
        raise DamagedFileError(f"{path} is damaged: its content does not fit its checksum")
    with h5py.File(path, "r", locking=False) as file:
        if file.attrs["format"] != FORMAT:
            raise SolverError(f"{path} was written by another version of archode; start anew without it")
        found = Restart(path, file.attrs["fingerprint"], file.attrs["mesh"], json.loads(file.attrs["extra"]))
    for name, mark in (("timeseries.csv", "series"), (STEPS, "steps")):
        AppendedTable(path.with_name(name)).go_on(found.extra["recorder"][mark])
    return found


class Checkpoint:
    """Writes and reads the restart file of one run.

    Parameters
    ----------
    folder
        Of the files.
    cell
        The cell whose states are kept.
    fingerprint, mesh
        Text that identifies the study, and the digest of its mesh; files of others are refused.
    """

    def __init__(self, folder: Path, cell: Cell, fingerprint: str, mesh: str = ""):
        self.path, self.previous = (folder / name for name in NAMES)
        self.cell, self.fingerprint, self.mesh = cell, fingerprint, mesh
        self.fields = [(f.name, f) for f in cell.unknowns if f is not cell.V]
        self.keys = {name: dof_keys(f.function_space) for name, f in self.fields}
        self.deposits = [f"{name} deposit" for name in cell.deposits]
        for name in self.deposits:
            self.keys[name] = dof_keys(cell.surface_space)

    def write(self, integrator: Integrator, position: Position, extra: dict) -> None:
        """Store the history, the position and ``extra`` (plain numbers and lists); keep the file before. Collective."""
        states = []
        for state in integrator.history:
            values = {}
            for (name, function), array in zip(self.fields, state.values, strict=False):
                rows = array.reshape(-1, function.function_space.dofmap.bs)
                values[name] = to_root(self.cell.comm, self.keys[name], rows)
            for name, array in zip(self.deposits, state.deposits, strict=True):
                values[name] = to_root(self.cell.comm, self.keys[name], array.T)
            states.append((state, values))
        on_root(self.cell.comm, lambda: self._write(states, position, integrator.accepted, extra))

    def _write(self, states, position: Position, accepted: int, extra: dict) -> None:
        with whole_file(self.path) as temporary:
            self._write_states(temporary, states, position, accepted, extra)
            with open(temporary, "r+b") as file:
                file.seek(USER_BLOCK)
                told = _user_block(hashlib.file_digest(file, "sha256"))
                file.seek(0)
                file.write(told)
            if self.path.exists():
                os.replace(self.path, self.previous)

    def _write_states(self, path: Path, states, position: Position, accepted: int, extra: dict) -> None:
        with h5py.File(path, "w", userblock_size=USER_BLOCK) as file:
            file.attrs["format"] = FORMAT
            file.attrs["fingerprint"], file.attrs["mesh"] = self.fingerprint, self.mesh
            file.attrs["potential_level"] = float(self.cell.potential_level.value)
            file.attrs["position"] = json.dumps(asdict(position) | {"accepted": accepted})
            file.attrs["extra"] = json.dumps(extra)
            for k, (state, values) in enumerate(states):
                group = file.create_group(f"state{k}")
                group.attrs["time"], group.attrs["charge"] = state.time, state.charge
                for name in ("current", "error"):
                    value = getattr(state, name)
                    group.attrs[name] = np.nan if value is None else value
                group.attrs["passed"] = np.array(state.passed, dtype=np.float64)
                group.attrs["voltage"] = float(state.values[-1][0])
                for name, (keys, rows) in values.items():
                    if k == 0:
                        file.create_dataset(f"keys/{name}", data=keys)
                    group.create_dataset(name, data=rows)

    def read(self, restart: Restart, integrator: Integrator) -> Position:
        """Load the history into the integrator; return the position. Collective.

        Raises
        ------
        SolverError
            The file belongs to another study or mesh.
        """
        path = restart.path
        if restart.fingerprint != self.fingerprint:
            raise SolverError(f"{path} belongs to a study with other parameters; start anew without it")
        if restart.mesh != self.mesh:
            raise SolverError(f"{path} belongs to another mesh of the same study; start anew without it")
        try:
            with h5py.File(path, "r", locking=False) as file:
                position = json.loads(file.attrs["position"])
                level = float(file.attrs["potential_level"])
                states = [self._state(file, k) for k in range(sum(name.startswith("state") for name in file))]
        except (OSError, KeyError, ValueError) as error:
            raise SolverError(f"{path} is not a readable restart file ({error}); start anew without it") from error
        self.cell.potential_level.value = level
        integrator.accepted = position.pop("accepted")
        integrator.set_history(states)
        position["last_margins"] = tuple(position["last_margins"])
        return Position(**position)

    def set_damaged_aside(self, used: Restart) -> None:
        """Keep a damaged file from taking the place of the one before it, which is gone on with. On rank 0."""
        if used.path == self.previous and self.path.exists():
            set_aside(self.path)

    def _state(self, file: h5py.File, k: int) -> State:
        group = file[f"state{k}"]
        arrays = []
        for name in [name for name, _ in self.fields] + self.deposits:
            keys = file[f"keys/{name}"][:]
            rows = np.searchsorted(keys, self.keys[name])
            if len(keys) == 0 or rows.max(initial=0) >= len(keys) or not np.array_equal(keys[rows], self.keys[name]):
                raise ValueError("its mesh is not this study's")
            arrays.append(group[name][:][rows])
        values = [rows.ravel() for rows in arrays[: len(self.fields)]]
        values.append(np.full_like(self.cell.V.x.array, group.attrs["voltage"]))
        passed = tuple(float(p) for p in group.attrs["passed"])
        deposits = tuple(np.ascontiguousarray(rows.T) for rows in arrays[len(self.fields) :])
        known = {name: float(group.attrs[name]) for name in ("current", "error")}
        return State(
            time=float(group.attrs["time"]),
            values=tuple(values),
            charge=float(group.attrs["charge"]),
            passed=passed,
            deposits=deposits,
            **{name: None if np.isnan(value) else value for name, value in known.items()},
        )
