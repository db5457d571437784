"""Ready views of a case by name: what each shows, whether it can be drawn, and the drawing of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import currents, error_maps, fields, mesh_picture, plated, slices, surfaces
from .case import Case
from .errors import VisualizationError, unknown
from .moment import Moment, moment
from .options import Options
from .picture import Picture
from .reading import snapshot_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A single criterion is drawn by ``criterion:depletion`` and the like.
CRITERION = "criterion:"


@dataclass(frozen=True)
class View:
    """A ready view.

    Attributes
    ----------
    name, summary
        What it is called, and what it shows.
    draw
        Draws it.
    missing
        Why a case does not hold what it shows; None where it does. Reads no fields.
    scaled
        Whether it has colour scales that can be given, as those of panels and of an animation are.
    """

    name: str
    summary: str
    draw: Callable[[Case, Options], "Picture | Figure"]
    missing: Callable[[Case], str | None]
    scaled: bool = True


def draw_view(case: Case, name: str, options: Options | None = None) -> "Picture | Figure":
    """A view of a case.

    Parameters
    ----------
    case
        Its results.
    name
        Of `VIEWS`, or ``criterion:<name>``.
    options
        When, from where, and the like; the view chooses what is not given.

    Raises
    ------
    VisualizationError
        There is no such view, or the case does not hold what it shows.
    """
    return find_view(name).draw(case, options or Options())


def find_view(name: str) -> View:
    """A view by its name, or an error with the nearest name."""
    if name in VIEWS:
        return VIEWS[name]
    if name.startswith(CRITERION):
        criterion = name.removeprefix(CRITERION)
        if criterion not in plated.SHOWN:
            raise unknown("criterion", criterion, plated.SHOWN)
        return View(
            name,
            plated.SHOWN[criterion],
            lambda case, options: _criterion(case, replace(options, field=criterion)),
            lambda case: _on_surfaces(case, criterion),
        )
    raise unknown("view", name, [*VIEWS, *(CRITERION + one for one in plated.SHOWN)])


def views_of(case: Case) -> dict[str, str | None]:
    """Every view with None where the case holds what it shows, else with the reason why not."""
    found = {}
    for name, view in VIEWS.items():
        try:
            found[name] = view.missing(case)
        except VisualizationError as error:
            found[name] = str(error)
    return found


# ---------------------------------------------------------------------- what a case lacks
def _regions(case: Case) -> str | None:
    return None if case.regions else f"no field files of regions in {case.folder}"


def _in(regions: Sequence[str], name: str) -> Callable[[Case], str | None]:
    def missing(case: Case) -> str | None:
        if any(name in case.fields[region] for region in regions if region in case.regions):
            return None
        return _regions(case) or f"no field '{name}' was saved of {' and '.join(regions)}"

    return missing


def _on_surfaces(case: Case, name: str) -> str | None:
    if any(name in case.fields[f"{side}_surface"] for side in case.surfaces):
        return None
    return f"no '{name}' on an electrode's surface in {case.folder}"


def _plated(case: Case) -> str | None:
    if not case.summary.get("plating"):
        return "no electrode was plated"
    return None if case.surfaces else f"no file of an electrode's surface in {case.folder}"


def _criteria(case: Case) -> str | None:
    return _plated(case) or (
        None
        if any(name in case.fields[f"{side}_surface"] for side in case.surfaces for name in plated.SHOWN)
        else "no criterion was saved"
    )


# ---------------------------------------------------------------------- drawing
def _of_moment(draw: Callable[[Moment], Picture]) -> Callable[[Case, Options], Picture]:
    return lambda case, options: draw(moment(case, options.time, options))


def _of_surfaces(draw: Callable[[Case, float | None], "Figure"]) -> Callable[[Case, Options], "Figure"]:
    return lambda case, options: draw(case, options.time)


def _draw_criteria(case: Case, options: Options) -> "Picture | Figure":
    return _criterion(case, options) if options.field else plated.draw_criteria(case, options.time)


def _criterion(case: Case, options: Options) -> Picture:
    """One criterion, at the end of plating unless a time is given."""
    time = options.time
    if time is None:
        sides = plated.plated_sides(case)
        if sides and sides[0] in case.surfaces:
            time = plated.plating_time(case, sides[0], snapshot_times(case.folder / f"{sides[0]}_surface.vtkhdf"))
    return surfaces.draw_criterion(moment(case, time, options), options.field or "")


def _draw_field(now: Moment) -> Picture:
    if now.options.field is None:
        raise VisualizationError(f"the view field needs a field; there is: {listed(now.case)}")
    if now.options.field in now.case.fields.get("electrolyte", {}):
        return fields.draw_on_cut(now, now.options.field)
    return slices.draw_slices(now)


def listed(case: Case) -> str:
    """Fields of the regions with their units, in words."""
    found = {name: unit for region in case.regions for name, unit in case.fields[region].items()}
    return ", ".join(f"{name} [{unit}]" if unit else name for name, unit in found.items()) or "nothing"


def _draw_compare(case: Case, options: Options) -> "Figure":
    from .panels import draw_times

    return draw_times(case, options.field or "concentration", options)


_ELECTRODES = ("anode", "cathode")
_MOMENTS = [
    ("geometry", "regions: electrodes solid, electrolyte as glass", fields.draw_geometry, _regions),
    (
        "concentration",
        "salt in the cut electrolyte, electrodes translucent before the cut",
        fields.draw_concentration,
        _in(("electrolyte",), "concentration"),
    ),
    (
        "potential",
        "electric potential in the cut electrolyte",
        fields.draw_potential,
        _in(("electrolyte",), "potential"),
    ),
    (
        "current",
        "lines of the current through gaps and pores, coloured by |i|",
        currents.draw_current,
        _in(("electrolyte",), "current density"),
    ),
    (
        "current_density",
        "|i| on the cut, with its direction",
        fields.draw_current_density,
        _in(("electrolyte",), "current density"),
    ),
    (
        "surface_current",
        "local current density on every electrode's surface",
        surfaces.draw_surface_current,
        lambda case: _on_surfaces(case, "current density"),
    ),
    ("stoichiometry", "stoichiometry in the electrodes", fields.draw_stoichiometry, _in(_ELECTRODES, "stoichiometry")),
    (
        "solid_concentration",
        "concentration of the inserted ion in the electrodes",
        fields.draw_solid_concentration,
        _in(_ELECTRODES, "concentration"),
    ),
    (
        "double_layer",
        "charge density in the electrolyte, of Poisson-Nernst-Planck runs",
        lambda now: fields.draw_on_cut(now, "charge density"),
        _in(("electrolyte",), "charge density"),
    ),
    ("slices", "a field on parallel planes, or on three at right angles", slices.draw_slices, _regions),
    ("field", "any field that was saved; `field` names it", _draw_field, _regions),
    ("mesh", "cells coloured by their quality, the worst told", mesh_picture.draw_quality, _regions),
    (
        "gradient_error",
        "where the mesh is too coarse: error of the gradients by cell; `field` says of what",
        error_maps.draw_gradient_error,
        error_maps.missing,
    ),
]

#: By name, in the order of a listing.
VIEWS: dict[str, View] = {
    name: View(name, summary, _of_moment(draw), missing) for name, summary, draw, missing in _MOMENTS
} | {
    name: View(name, summary, draw, missing, scaled=False)
    for name, summary, draw, missing in (
        ("plating", "current that plates, seen straight ahead", _of_surfaces(plated.draw_plating), _plated),
        ("deposit", "thickness of the plated metal", _of_surfaces(plated.draw_deposit), _plated),
        ("criteria", "every criterion of dendrites that varies; `field` names one", _draw_criteria, _criteria),
        ("compare", "panels of several times or cases on one scale; `field` says of what", _draw_compare, _regions),
    )
}

#: Drawn at the end of a run where the case holds what they show; `archode show` draws the others.
OF_A_RUN = (
    "geometry",
    "concentration",
    "current_density",
    "potential",
    "stoichiometry",
    "surface_current",
    "deposit",
    "criteria",
)
