"""Restart file: the last states of the cell and the position in the protocol, for any number of ranks.

HDF5, written by rank 0 under another name and renamed. Values are stored by the mesh file's own node numbers
(:mod:`.gather`), so a run may go on with another number of ranks.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import h5py
import numpy as np

from ..geometry.whole_file import whole_file
from .cell import Cell
from .errors import SolverError
from .gather import dof_keys, on_root, to_root
from .position import Position
from .stepping import Integrator, State

FORMAT = 5


class Checkpoint:
    """Writes and reads the restart file of one run.

    Parameters
    ----------
    path
        The file.
    cell
        The cell whose states are kept.
    fingerprint
        Text that identifies the study; a file of another study is refused.
    """

    def __init__(self, path: Path, cell: Cell, fingerprint: str):
        self.path, self.cell, self.fingerprint = path, cell, fingerprint
        self.fields = [(f.name, f) for f in cell.unknowns if f is not cell.V]
        self.keys = {name: dof_keys(f.function_space) for name, f in self.fields}
        self.deposits = [f"{name} deposit" for name in cell.deposits]
        for name in self.deposits:
            self.keys[name] = dof_keys(cell.surface_space)

    def write(self, integrator: Integrator, position: Position, extra: dict) -> None:
        """Store the history, the position and ``extra`` (plain numbers and lists). Collective."""
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
        with whole_file(self.path) as temporary, h5py.File(temporary, "w") as file:
            file.attrs["format"] = FORMAT
            file.attrs["fingerprint"] = self.fingerprint
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

    def read(self, integrator: Integrator) -> tuple[Position, dict]:
        """Load the history into the integrator; return the position and the extra values.

        Raises
        ------
        SolverError
            When the file cannot be read or belongs to another study or mesh.
        """
        try:
            with h5py.File(self.path) as file:
                if file.attrs["format"] != FORMAT:
                    raise SolverError(f"{self.path} was written by another version of archode; start anew without it")
                if file.attrs["fingerprint"] != self.fingerprint:
                    raise SolverError(f"{self.path} belongs to a study with other parameters; start anew without it")
                position = json.loads(file.attrs["position"])
                extra = json.loads(file.attrs["extra"])
                level = float(file.attrs["potential_level"])
                states = [self._state(file, k) for k in range(sum(name.startswith("state") for name in file))]
        except (OSError, KeyError, ValueError) as error:
            raise SolverError(f"{self.path} is not a readable restart file ({error}); start anew without it") from error
        self.cell.potential_level.value = level
        integrator.accepted = position.pop("accepted")
        integrator.set_history(states)
        position["last_margins"] = tuple(position["last_margins"])
        return Position(**position), extra

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


def stored_fingerprint(path: Path) -> str | None:
    """The fingerprint in a restart file; ``None`` where there is no readable file."""
    try:
        with h5py.File(path) as file:
            return str(file.attrs["fingerprint"])
    except (OSError, KeyError):
        return None
