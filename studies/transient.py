"""What `archode transient` does: read a current transient, fit it, and say, write and draw what it tells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..materials import MaterialError, UnitError, format_si, ion_charge, load_material, metal_at, to_si
from .errors import StudyError
from .transient_file import TransientTable, read_transient

if TYPE_CHECKING:
    from ..solvers.nucleation.fit import TransientFit


@dataclass(frozen=True)
class Request:
    """What the command line states, as text: ion or metal, quantities with units, columns."""

    file: Path
    ion: str | None = None
    metal: str | None = None
    concentration: str | None = None
    molar_volume: str | None = None
    area: str | None = None
    offset: str | None = None
    time_column: str | None = None
    current_column: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """A fit with what it was made of."""

    request: Request
    table: TransientTable
    ion: str
    concentration: float
    molar_volume: float
    fit: TransientFit


def evaluate(request: Request) -> Evaluation:
    """Read and fit a transient.

    Raises
    ------
    StudyError
        The request or the file is wrong, or the transient cannot be evaluated.
    """
    ion, molar_volume = _plated(request)
    if request.concentration is None:
        raise StudyError("--concentration: state that of the metal's ion in the bulk, e.g. --concentration '1 mol/L'")
    concentration = _positive("--concentration", request.concentration, "mol/m^3")
    area = None if request.area is None else _positive("--area", request.area, "m^2")
    offset = None if request.offset is None else _quantity("--offset", request.offset, "s")
    try:
        charge = ion_charge(ion)
    except MaterialError as error:
        raise StudyError(f"--ion: {error}") from None
    if charge < 1:
        raise StudyError(f"--ion: {ion} is no cation; what is plated is one, e.g. K+")
    table = read_transient(request.file, area, request.time_column, request.current_column)

    from ..solvers.nucleation.fit import TransientError, fit_transient
    from ..solvers.nucleation.transients import Plating

    try:
        fit = fit_transient(table.times, table.currents, Plating(charge, concentration, molar_volume), offset)
    except TransientError as error:
        raise StudyError(f"{request.file}: {error}") from None
    return Evaluation(request, table, ion, concentration, molar_volume, fit)


def _plated(request: Request) -> tuple[str, float]:
    """Ion and molar volume [m³/mol], of the metal unless they are stated."""
    ion, volume = request.ion, request.molar_volume
    if request.metal is not None:
        try:
            metal = metal_at(load_material(request.metal))
        except MaterialError as error:
            raise StudyError(f"--metal: {error}") from None
        if ion is not None and ion != metal.ion:
            raise StudyError(
                f"--ion: {ion} is not the ion of {metal.name}, which is {metal.ion}; leave one of the two out"
            )
        return metal.ion, metal.molar_volume if volume is None else _molar_volume(volume)
    if ion is None or volume is None:
        raise StudyError("state --metal, e.g. --metal K, or both --ion K+ and --molar-volume '45.4 cm^3/mol'")
    return ion, _molar_volume(volume)


def _molar_volume(text: str) -> float:
    return _positive("--molar-volume", text, "m^3/mol")


def _quantity(option: str, text: str, unit: str) -> float:
    try:
        return to_si(text, unit)
    except UnitError as error:
        raise StudyError(f"{option}: {error}") from None


def _positive(option: str, text: str, unit: str) -> float:
    value = _quantity(option, text, unit)
    if not value > 0:
        raise StudyError(f"{option}: must be above 0, not {text}")
    return value


def _rows(fit: TransientFit) -> Iterator[tuple[str, str, str]]:
    """Quantity, value and relative standard error."""
    found, errors = fit.kinetics, fit.errors
    yield "mode", " or ".join(fit.possible), ""
    yield "D, diffusivity of the ion", format_si(found.diffusivity, "m^2/s"), f"{errors['diffusivity']:.1%}"
    yield "  from i_m² t_m alone", format_si(fit.peak_diffusivity, "m^2/s"), ""
    if found.sites is not None:
        yield "N₀, nuclei", f"{found.sites:.4g} 1/m² ({found.sites * 1e-4:.4g} 1/cm²)", f"{errors['sites']:.1%}"
        yield "  distance, N₀^-½", format_si(found.sites**-0.5, "m"), ""
    if found.site_rate is not None:
        yield "A, rate of a site", f"{found.site_rate:.4g} 1/s", f"{errors['site_rate']:.1%}"
    if found.rate is not None and found.sites is None:
        yield "A N∞, rate of nucleation", f"{found.rate:.4g} 1/(m² s)", f"{errors['rate']:.1%}"
    yield "t₀, offset of the time", format_si(fit.offset, "s"), f"± {format_si(fit.offset_error, 's')}"
    yield "t_m from t₀, of the fit", format_si(fit.peak_time, "s"), ""
    yield "i_m, of the fit", f"{fit.peak_current:.4g} A/m² ({fit.peak_current / 10:.4g} mA/cm²)", ""
    yield "residual, rms over i_m", f"{fit.residual:.2%}", ""


def report(found: Evaluation) -> Iterator[Any]:
    """What the command prints: a table and the notes."""
    from rich import box
    from rich.table import Table

    fit = found.fit
    salt = f"{found.ion} {format_si(found.concentration, 'mol/m^3')}"
    metal = f"V_m {format_si(found.molar_volume, 'm^3/mol')}"
    columns = f"{found.table.time_column} and {found.table.current_column}"
    yield f"{found.request.file}: {fit.data.time.size} points of {columns}; {salt}, {metal}"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("quantity", "value", "standard error"):
        table.add_column(column)
    for row in _rows(fit):
        table.add_row(*row)
    yield table
    yield from (f"note: {note}" for note in fit.notes)


def as_json(found: Evaluation) -> dict[str, Any]:
    """Numbers of a fit with their units in the names, ``None`` where there is no number."""
    fit, kinetics = found.fit, found.fit.kinetics
    return {
        "file": found.request.file.name,
        "columns": [found.table.time_column, found.table.current_column],
        "ion": found.ion,
        "concentration [mol/m3]": found.concentration,
        "molar_volume [m3/mol]": found.molar_volume,
        "mode": fit.mode.value,
        "possible_modes": [mode.value for mode in fit.possible],
        "diffusivity [m2/s]": kinetics.diffusivity,
        "diffusivity_from_peak [m2/s]": fit.peak_diffusivity,
        "sites [1/m2]": kinetics.sites,
        "site_rate [1/s]": kinetics.site_rate,
        "rate [1/(m2 s)]": kinetics.rate,
        "least_site_rate [1/s]": fit.least_rate,
        "least_sites [1/m2]": fit.least_sites,
        "relative_errors": fit.errors,
        "offset [s]": fit.offset,
        "offset_error [s]": fit.offset_error,
        "peak_time [s]": fit.peak_time,
        "peak_current_density [A/m2]": fit.peak_current,
        "shape": fit.shape if math.isfinite(fit.shape) else None,
        "residual": fit.residual,
        "points": int(fit.data.time.size),
        "points_left_out": fit.skipped,
        "cathodic_negative": fit.data.cathodic,
        "notes": list(fit.notes),
    }


def write(found: Evaluation, out: Path) -> list[Path]:
    """Write numbers and figure into a folder, named after the file; the paths written."""
    from ..solvers.record import write_json
    from ..visualization.page import save
    from ..visualization.transient import draw_transient

    stem = found.request.file.stem
    numbers, figure = out / f"{stem}.json", out / f"{stem}.png"
    out.mkdir(parents=True, exist_ok=True)
    write_json(numbers, as_json(found))
    save(draw_transient(found.fit, stem.replace("_", " ")), figure)
    return [numbers, figure]
