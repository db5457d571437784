"""A mesh's report as tables for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..geometry.porous import island_shares
from ..materials import format_si

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

AXES = "xyz"

_LISTED = 10
"""So many bodies of a file are named."""

EXACT = 1e-8
"""Relative errors below it are those of rounding and of the linear solver."""


def tables(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What ``archode mesh`` shows of the contents of ``mesh.json``."""
    mesh = report["mesh"]
    yield _heading(report)
    measured = report["metrology"]
    yield _regions(mesh, measured["errors"]["volumes"])
    yield _boundaries(mesh["areas"], measured["errors"]["areas"])
    if voxels := mesh["details"].get("voxels"):
        yield _against_voxels(voxels)
    if transport := measured["transport"]:
        yield _structure(measured)
        yield transport_rows(transport)
        if on_voxels := measured.get("voxel_transport"):
            yield _transport_against_voxels(transport, on_voxels)
    if found := report["conductance"]:
        yield (
            "Conductance of the electrolyte between the electrodes of the device: κ · "
            f"{_metres(found['conductance [m]'], found['conductance_error [m]'])}"
        )
    if correction := report["end_and_bus"]:
        unit = correction["unit"].replace("_", " ") + "s"
        together = _metres(
            correction["conductance of unit cells [m]"], correction["conductance of unit cells_error [m]"]
        )
        yield (
            f"End and bus effects: the electrolyte of the {correction['domain'].replace('_', ' ')} conducts "
            f"{with_error(correction['ratio'], correction['ratio_error'])} times as well as {unit} in its place "
            f"(κ · {together}), both on meshes of the same sizes"
        )
    for warning in [*mesh["warnings"], *measured["warnings"]]:
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
    if voxels := details.get("voxels"):
        noise = voxels["noise over contrast"]
        smoothed = f"image smoothed over {voxels['smoothing [voxels]']:.2g} voxels"
        smoothed += "" if noise is None else f", its noise is {100 * noise:.1f} % of the contrast"
        lines.append(f"{smoothed}; filled by {details['fill']}")
    elif "walls [m2]" in details:
        off = 100 * (details["walls [m2]"] / details["walls of the field [m2]"] - 1)
        lines.append(f"walls {off:+.1f} % off the shape's own area; filled by {details['fill']}")
    if source := details.get("filled from"):
        lines.append(f"filled from the {source}; bodies of the file: {_bodies(details['bodies'])}")
    if islands := _islands(details):
        lines.append(islands)
    if layers := details.get("wall layers"):
        lines.append(_wall_layers(layers))
    return "\n".join(lines)


def _bodies(bodies: Sequence[Mapping[str, Any]]) -> str:
    """Numbers, names and volumes of what a file encloses."""
    named = [f"{body['number']} {body['name']}".strip() for body in bodies[:_LISTED]]
    volumes = [_micro(body["volume [m3]"], 3) for body in bodies[:_LISTED]]
    listed = ", ".join(f"{name} ({volume})" for name, volume in zip(named, volumes, strict=True))
    return listed + (", …" if len(bodies) > _LISTED else "")


def _islands(details: Mapping[str, Any]) -> str:
    """What was removed because it hangs together with nothing; empty if nothing was."""
    shares = island_shares(details)
    told = [
        f"{details['islands_removed'][phase]} of the {name} ({100 * shares[phase]:.2g} % of it)"
        for phase, name in (("solid", "solid"), ("pore", "pores"))
        if shares and details["islands_removed"][phase]
    ]
    return f"islands removed: {', '.join(told)}" if told else ""


def _wall_layers(layers: Mapping[str, float]) -> str:
    """The layers on the walls in a sentence; graded meshes have no number and thickness of their own."""

    def heights(what: str) -> str:
        least, mean = (format_si(layers[f"{what}, {which} [m]"], "m") for which in ("least", "mean"))
        return f"{mean} in the mean, {least} at least"

    line = f"first layer on the walls {heights('first height')}"
    if "number" not in layers:
        return line
    return f"{layers['number']} layers on the walls, together {heights('thickness')}; {line}"


def _regions(mesh: Mapping[str, Any], errors: Mapping[str, float | None]) -> Table:
    table = _table("Regions", ("region", "volume", "error", "share", "bodies", "joins opposite sides"))
    total = sum(mesh["volumes"].values())
    for name, volume in mesh["volumes"].items():
        found = mesh["topology"]["regions"][name]
        joins = " ".join(axis for axis in AXES if found["percolates"][axis]) or "–"
        table.add_row(
            name,
            _micro(volume, 3),
            _share(errors.get(name), volume),
            f"{100 * volume / total:.2f} %",
            str(found["components"]),
            joins,
        )
    return table


def _boundaries(areas: Mapping[str, float], errors: Mapping[str, float | None]) -> Table:
    table = _table("Boundaries", ("boundary", "area", "error"))
    for name, area in areas.items():
        table.add_row(name, _micro(area, 2), _share(errors.get(name), area))
    return table


def _against_voxels(voxels: Mapping[str, Any]) -> Table:
    """The mesh beside the raw voxels of the image it was made from."""
    table = _table("Against the raw voxels", ("quantity", "mesh", "voxels", "deviation"))
    for name, found in voxels["phases"].items():
        shares = (f"{found[key]:.4f}" for key in ("fraction", "fraction of voxels"))
        table.add_row(f"fraction of {name}", *shares, f"{100 * found['deviation']:+.2f} %")
    surface = voxels["surface"]
    off = surface["deviation"]
    table.add_row(
        "surface of the solid",
        _micro(surface["mesh [m2]"], 2),
        _micro(surface["voxels [m2]"], 2),
        "–" if off is None else f"{100 * off:+.2f} %",
    )
    if (raw := surface["marching cubes of raw voxels [m2]"]) is not None:
        table.add_row("… with the steps of voxels", "", _micro(raw, 2), "")
    for name, found in voxels["phases"].items():
        table.add_row(f"bodies of {name}", str(found["bodies"]), str(found["bodies of voxels"]), "")
    return table


def _structure(measured: Mapping[str, Any]) -> Table:
    """Fractions and sizes of the phases in the sample."""
    found = measured["structure"]
    columns = ("phase", "fraction", "surface / volume", "4φ/S_V", "mean chord", "local thickness")
    voxels = format_si(found["voxel [m]"], "m")
    table = _table(f"Structure (voxels of {voxels}; the ± of thickness is how much it varies)", columns)
    for name in measured["phases"]:
        spread = found[f"{name}_local_thickness_std [m]"]
        table.add_row(
            name,
            with_error(found[f"{name}_fraction"], found[f"{name}_fraction_error"]),
            with_error(*(_per_micrometre(found[f"{name}_specific_surface{error} [1/m]"]) for error in ("", "_error")))
            + " /µm",
            _length(found[f"{name}_chord_stereological [m]"]),
            _length(found[f"{name}_chord_mean [m]"]),
            _length(found[f"{name}_local_thickness_mean [m]"]) + ("" if spread is None else f" ± {_length(spread)}"),
        )
    return table


def transport_rows(transport: Mapping[str, Any], title: str = "Effective transport") -> Table:
    """A table of :func:`archode.solvers.homogenise.transport_table`; Hashin–Shtrikman: the most if isotropic."""
    columns = ("phase", "along", "σ_eff/σ", "bounds", "tortuosity", "Hashin–Shtrikman")
    table = _table(title, columns)
    for name, phase in transport["phases"].items():
        most = f"{phase['hashin_shtrikman_upper']:.4f}"
        for axis, found in phase["directions"].items():
            tortuosity = found["tortuosity"]
            table.add_row(
                name,
                axis,
                with_error(found["relative"], found["relative_error"]),
                _between(found["lower"], found["upper"]),
                "–" if tortuosity is None else with_error(tortuosity, found["tortuosity_error"]),
                most,
            )
        table.add_row(name, "mean", with_error(phase["relative_mean"], phase["relative_mean_error"]), "", "", most)
    return table


def _transport_against_voxels(transport: Mapping[str, Any], voxels: Mapping[str, Any]) -> Table:
    """Conductivities of the mesh beside those of the raw voxels, whose steps take some per cent."""
    table = _table("Transport against the raw voxels, steps and all", ("phase", "along", "mesh", "voxels", "deviation"))
    for name, phase in transport["phases"].items():
        # A solid of one phase has that phase's name in the image only.
        other = voxels["phases"].get(name)
        for axis, found in phase["directions"].items() if other is not None else ():
            raw = other["directions"][axis]
            off = found["relative"] / raw["relative"] - 1 if raw["relative"] > 0 else None
            shown = (with_error(each["relative"], each["relative_error"]) for each in (found, raw))
            table.add_row(name, axis, *shown, "–" if off is None else f"{100 * off:+.1f} %")
    return table


def _between(lower: float, upper: float) -> str:
    """Two bounds, to the second digit of their distance: ``0.2301 … 0.2318``."""
    if upper - lower <= EXACT * upper:
        return f"{upper:.6g}"
    digits = min(max(1 - math.floor(math.log10(upper - lower)), 0), 9)
    return f"{lower:.{digits}f} … {upper:.{digits}f}"


def _table(title: str, columns: tuple[str, ...]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right")
    return table


def with_error(value: float, error: float | None) -> str:
    """A number with its error, both to the error's second digit: ``0.2303 ± 0.0008``."""
    if error is None or not math.isfinite(error):
        return f"{value:.4g} (error not known)"
    if error <= EXACT * abs(value):
        return f"{value:.6g}"
    digits = 1 - math.floor(math.log10(error))
    # An error of 0.095 has its second digit where one of 0.1 has.
    digits = 1 - math.floor(math.log10(round(error, digits)))
    if digits <= 0:
        return f"{round(value, digits):.0f} ± {round(error, digits):.0f}"
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def _metres(value: float, error: float | None) -> str:
    """A length and its error, in the unit that suits the length."""
    if error is None:
        return f"{format_si(value, 'm')} (error not known)"
    power = min(max(3 * math.floor(math.log10(value) / 3), -9), 0) if value > 0 else 0
    unit = {0: "m", -3: "mm", -6: "µm", -9: "nm"}[power]
    share = f" ({100 * error / value:.2g} %)" if error > EXACT * value else ""
    shown = with_error(value / 10.0**power, error / 10.0**power)
    return f"({shown}) {unit}{share}" if share else f"{shown} {unit}"


def _share(error: float | None, value: float) -> str:
    """An error as a share of its number."""
    if error is None:
        return "not known"
    return "exact" if error <= EXACT * abs(value) else f"± {100 * error / value:.2g} %"


def _per_micrometre(value: float | None) -> float | None:
    return None if value is None else value * 1e-6


def _length(value: float | None) -> str:
    return "–" if value is None else format_si(value, "m")


def _micro(value: float, power: int) -> str:
    """A volume or area in powers of micrometres."""
    return f"{value * 1e6**power:.6g} µm{'²³'[power - 2]}"
