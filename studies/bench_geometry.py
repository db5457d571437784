"""``archode bench geometry``: seconds, tetrahedra per second and memory of building meshes, cache left aside.

Every mesh is built in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry import ARCHITECTURES, Architecture, GeometryError, MeshSizes
from ..geometry.shapes import SHAPES

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Building:
    """One row of the benchmark."""

    name: str
    architecture: Architecture
    sizes: MeshSizes


def _nanoporous(box: float, size: float, fill: str = "hxt") -> Building:
    """Nanoporous gold of 70 nm ligaments in a cube of edge ``box`` [m], lattice edge ``size`` [m]."""
    shape = SHAPES["random_waves"](size=70e-9, solid_fraction=0.35)
    sample = ARCHITECTURES["porous_sample"](shape, width=box)
    return Building(
        f"nanoporous gold, {fill}", sample, MeshSizes(interface_size=size, size=3 * size, fill=fill)
    )


def _comb(pairs: int) -> Building:
    comb = ARCHITECTURES["interdigital"](
        finger_width=10e-6, gap=10e-6, thickness=1e-6, length=100e-6, pairs=pairs, domain="comb"
    )
    return Building(f"comb of {pairs} finger pairs with bus bars", comb, MeshSizes())


def buildings(quick: bool) -> tuple[Building, ...]:
    """What is built: small meshes only, or those of a study too."""
    small = (_nanoporous(280e-9, 18e-9), _nanoporous(280e-9, 18e-9, "stuffed"), _comb(2))
    if quick:
        return small
    large = (_nanoporous(615e-9, 17.5e-9), _nanoporous(500e-9, 17.9e-9, "stuffed"))
    return (*small, *large, _nanoporous(940e-9, 17.5e-9), _comb(30))


def run_benchmark(wanted: Iterable[Building]) -> Iterator[tuple[Building, dict[str, Any] | str]]:
    """Yield every building with its report, or with what went wrong."""
    import json

    from ..geometry.cache import job_of
    from ..geometry.worker import run_worker

    for building in wanted:
        with tempfile.TemporaryDirectory() as folder:
            mesh, report = Path(folder) / "mesh.msh", Path(folder) / "mesh.json"
            job = job_of(building.architecture, building.sizes) | {"path": str(mesh), "report": str(report)}
            try:
                run_worker(job)
            except GeometryError as error:
                yield building, str(error)
                continue
            yield building, json.loads(report.read_text())


def results_table(results: list[tuple[Building, dict[str, Any] | str]]) -> Table:
    """The figures, one row a mesh."""
    from rich import box
    from rich.table import Table

    table = Table(title="Building meshes", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("mesh")
    for name in ("tetrahedra", "seconds", "tetrahedra / s", "peak MB", "smallest angle", "smallest ratio"):
        table.add_column(name, justify="right")
    for building, report in results:
        if isinstance(report, str):
            table.add_row(building.name, f"failed: {report}")
            continue
        quality = report["quality"]
        table.add_row(
            building.name,
            f"{report['cells']:,}",
            f"{report['seconds']:.1f}",
            f"{report['cells'] / report['seconds']:,.0f}",
            f"{report['memory [MB]']:.0f}",
            f"{quality['dihedral_angle_min']:.1f}°",
            f"{quality['radius_ratio_min']:.3f}",
        )
    return table
