"""Coupled electrochemistry on tagged meshes: DOLFINx forms, PETSc solvers, protocols, results."""

from ..geometry._dolfinx import ensure_dolfinx

ensure_dolfinx()
