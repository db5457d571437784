"""A mesh's report as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..materials import format_si

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

AXES = "xyz"


def tables(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What ``archode mesh`` shows of the contents of ``mesh.json``."""
    mesh = report["mesh"]
    yield _heading(report)
    yield _regions(mesh)
    yield _boundaries(mesh["areas"])
    measured = report["metrology"]
    if transport := measured["transport"]:
        yield _structure(measured)
        yield _transport(transport)
    if correction := report["end_and_bus"]:
        yield (
            f"End and bus effects: the electrolyte of the {correction['domain']} conducts "
            f"{correction['ratio']:.3f} times as well as unit cells in its place "
            f"(κ · {format_si(correction['conductance [m]'], 'm')} against "
            f"κ · {format_si(correction['conductance of unit cells [m]'], 'm')})"
        )
    for warning in mesh["warnings"]:
        yield f"warning: {warning}"


def _heading(report: Mapping[str, Any]) -> str:
    mesh = report["mesh"]
    quality, details = mesh["quality"], mesh["details"]
    lines = [
        f"{report['architecture']}, {report['case']}: {mesh['cells']:,} tetrahedra, {mesh['nodes']:,} nodes, "
        f"built in {mesh['seconds']:.1f} s",
        f"dihedral angles {quality['dihedral_angle_min']:.1f}° to {quality['dihedral_angle_max']:.1f}°, smallest of a "
        f"cell {quality['dihedral_angle_median']:.0f}° in the median; radius ratio at least "
        f"{quality['radius_ratio_min']:.3f}, {quality['radius_ratio_median']:.2f} in the median",
    ]
    if "walls [m2]" in details:
        off = 100 * (details["walls [m2]"] / details["walls of the field [m2]"] - 1)
        lines.append(f"walls {off:+.1f} % off the shape's own area; filled by {details['fill']}")
    if layers := details.get("wall layers"):
        lines.append(_wall_layers(layers))
    return "\n".join(lines)


def _wall_layers(layers: Mapping[str, float]) -> str:
    """The layers on the walls in a sentence; graded meshes have no number and thickness of their own."""

    def heights(what: str) -> str:
        least, mean = (format_si(layers[f"{what}, {which} [m]"], "m") for which in ("least", "mean"))
        return f"{mean} in the mean, {least} at least"

    line = f"first layer on the walls {heights('first height')}"
    if "number" not in layers:
        return line
    return f"{layers['number']} layers on the walls, together {heights('thickness')}; {line}"


def _regions(mesh: Mapping[str, Any]) -> Table:
    table = _table("Regions", ("region", "volume", "share", "bodies", "joins opposite sides"))
    total = sum(mesh["volumes"].values())
    for name, volume in mesh["volumes"].items():
        found = mesh["topology"]["regions"][name]
        joins = " ".join(axis for axis in AXES if found["percolates"][axis]) or "–"
        table.add_row(
            name, _micro(volume, 3), f"{100 * volume / total:.2f} %", str(found["components"]), joins
        )
    return table


def _boundaries(areas: Mapping[str, float]) -> Table:
    table = _table("Boundaries", ("boundary", "area"))
    for name, area in areas.items():
        table.add_row(name, _micro(area, 2))
    return table


def _structure(measured: Mapping[str, Any]) -> Table:
    """Fractions and sizes of the phases in the sample."""
    found = measured["structure"]
    columns = ("phase", "fraction", "surface / volume", "4φ/S_V", "mean chord", "local thickness")
    table = _table(f"Structure (voxels of {format_si(found['voxel [m]'], 'm')})", columns)
    for name in measured["phases"]:
        spread = found[f"{name}_local_thickness_std [m]"]
        table.add_row(
            name,
            f"{found[f'{name}_fraction']:.4f}",
            f"{found[f'{name}_specific_surface [1/m]'] * 1e-6:.4g} /µm",
            _length(found[f"{name}_chord_stereological [m]"]),
            _length(found[f"{name}_chord_mean [m]"]),
            _length(found[f"{name}_local_thickness_mean [m]"]) + ("" if spread is None else f" ± {_length(spread)}"),
        )
    return table


def _transport(transport: Mapping[str, Any]) -> Table:
    columns = ("phase", "along", "σ_eff/σ", "tortuosity", "upper bound", "iterations")
    table = _table("Effective transport (upper bound of Hashin and Shtrikman for isotropic structures)", columns)
    for name, phase in transport["phases"].items():
        for axis, found in phase["directions"].items():
            tortuosity = found["tortuosity"]
            table.add_row(
                name,
                axis,
                f"{found['relative']:.4f}",
                "–" if tortuosity is None else f"{tortuosity:.3f}",
                f"{phase['hashin_shtrikman_upper']:.4f}",
                str(found["iterations"]),
            )
    return table


def _table(title: str, columns: tuple[str, ...]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right")
    return table


def _length(value: float | None) -> str:
    return "–" if value is None else format_si(value, "m")


def _micro(value: float, power: int) -> str:
    """A volume or area in powers of micrometres."""
    return f"{value * 1e6**power:.6g} µm{'²³'[power - 2]}"
