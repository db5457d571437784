"""Which curves a case and a study have, by the name of their file."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import curves, differential, heatmap, histories, hosts, impedance, pareto, ragone, sweeps, transient, voltammetry
from .case import Case
from .errors import VisualizationError
from .merits import MERITS, merit_named, varies

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _ragone(case: Case) -> "Figure":
    """Energy against power of every discharge, beside quoted devices."""
    return ragone.draw_ragone([case])


def _nyquist(case: Case) -> "Figure":
    """−Z'' against Z' at equal scales, with whole decades of the frequency."""
    return impedance.draw_nyquist([case])


def _bode(case: Case) -> "Figure":
    """Modulus and phase of the impedance against frequency."""
    return impedance.draw_bode([case])


#: Of one case; a drawing raises a `VisualizationError` where the case holds nothing for it.
CURVES: dict[str, Callable[[Case], "Figure"]] = {
    "voltage_time": curves.draw_voltage_time,
    "voltage_capacity": curves.draw_voltage_capacity,
    "rate_capability": curves.draw_rate_capability,
    "voltammogram": voltammetry.draw_voltammogram,
    "differential_capacity": differential.draw_differential_capacity,
    "ragone": _ragone,
    "nyquist": _nyquist,
    "bode": _bode,
    "concentration_range": histories.draw_concentration_range,
    "deposit_growth": histories.draw_deposit_growth,
    "nucleation_dip": curves.draw_nucleation_dip,
    "current_transient": transient.draw_simulated_transient,
}

#: Drawn of a study with two independent parameters, over both.
HEAT_MAPS = ("areal_capacity", "areal_energy", "criteria_speaking", "least_margin", "limiting_current")

#: Drawn of a study: pairs of merits that oppose each other.
FRONTS = (("areal_power", "areal_energy"), ("areal_capacity", "limiting_current"))

#: Cases from which a front says more than a table.
FEWEST = 3


#: Families of figures of a study whose figures of merit can be chosen.
FAMILIES = {
    "sweep": "figures of merit against each swept parameter",
    "heatmap": "a figure of merit over two swept parameters",
    "pareto": "one figure of merit against another, with the front that no case beats in both",
}


def _opposed(cases: list[Case], name: str) -> bool:
    """Whether cases differ in a merit that none has below zero: where plating takes energy there is none to gain."""
    return varies(cases, name) and not any(MERITS[name].value(case) < 0 for case in cases)


def study_figures(study: Path, cases: list[Case]) -> Mapping[str, Callable[[], "Figure"]]:
    """Figures of all cases of a study: names without ending, with what draws each.

    One for each swept parameter, or the hosts' own where hosts are compared; capacity against rate, Ragone and
    impedance; heat maps where two parameters vary on their own, and Pareto fronts.
    """
    hosted = dict(hosts.host_figures(study))
    parameters = sweeps.independent(cases)
    figures: dict[str, Callable[[], Figure]] = hosted or {
        f"sweep_{path.replace('.', '_')}": lambda path=path: sweeps.draw_sweep(cases, path) for path in parameters
    }
    figures["rate_capability"] = lambda: sweeps.draw_rates(cases)
    if len(cases) > 1:
        figures["ragone"] = lambda: ragone.draw_ragone(cases)
        figures["nyquist"] = lambda: impedance.draw_nyquist(cases)
        figures["bode"] = lambda: impedance.draw_bode(cases)
    if len(parameters) == 2 and not hosted:
        for name in (name for name in HEAT_MAPS if varies(cases, name)):
            figures[f"heatmap_{name}"] = lambda name=name: heatmap.draw_heatmap(cases, *parameters, name)
    if len(cases) >= FEWEST:
        for x, y in (pair for pair in FRONTS if all(_opposed(cases, name) for name in pair)):
            figures[f"pareto_{x}_{y}"] = lambda x=x, y=y: pareto.draw_pareto(cases, x, y)
    return figures


def family_figures(
    study: Path, cases: list[Case], family: str, merits: Sequence[str] = ()
) -> Mapping[str, Callable[[], "Figure"]]:
    """Figures of one of the `FAMILIES`: those of `study_figures`, or of chosen figures of merit.

    Parameters
    ----------
    study, cases
        A study's folder, and those of its cases that are compared.
    family
        Of `FAMILIES`.
    merits
        Of `MERITS`: of a heat map one or more, of a front two.

    Raises
    ------
    VisualizationError
        A merit is not known, or the cases have no such figure: why not.
    """
    for name in merits:
        merit_named(name)
    parameters = sweeps.independent(cases)
    if not merits:
        ready = {n: draw for n, draw in study_figures(study, cases).items() if n.startswith(f"{family}_")}
        if not ready:
            raise VisualizationError(_why_none(family, cases, parameters))
        return ready
    if family == "pareto":
        if len(merits) != 2:
            raise VisualizationError(f"a Pareto front takes two figures of merit, not {', '.join(merits)}")
        return {f"pareto_{'_'.join(merits)}": lambda: pareto.draw_pareto(cases, *merits)}
    if family == "heatmap":
        if len(parameters) != 2:
            raise VisualizationError(_why_none(family, cases, parameters))
        return {f"heatmap_{name}": lambda name=name: heatmap.draw_heatmap(cases, *parameters, name) for name in merits}
    if not parameters:
        raise VisualizationError(_why_none(family, cases, parameters))
    return {
        f"sweep_{path.replace('.', '_')}_{'_'.join(merits)}": lambda path=path: sweeps.draw_sweep(cases, path, merits)
        for path in parameters
    }


def _why_none(family: str, cases: list[Case], parameters: Sequence[str]) -> str:
    """Why a study has no figure of a family unless figures of merit are chosen."""
    differ = ", ".join(parameters) or "nothing"
    if family == "sweep":
        return f"no swept parameter is drawn: between the {len(cases)} cases differs {differ}"
    if family == "heatmap" and len(parameters) != 2:
        return (
            f"a heat map takes two parameters that vary on their own; between the {len(cases)} cases differs {differ}"
        )
    if family == "pareto" and len(cases) < FEWEST:
        return f"a Pareto front takes {FEWEST} cases or more, not {len(cases)}"
    tried = HEAT_MAPS if family == "heatmap" else dict.fromkeys(name for pair in FRONTS for name in pair)
    return f"the cases do not differ in what is drawn unless chosen: {', '.join(tried)}"


def curves_of(case: Case) -> dict[str, str | None]:
    """Every curve of `CURVES` with None where the case holds what it shows, else with the reason why not."""
    return {name: why_not(lambda draw=draw: draw(case)) for name, draw in CURVES.items()}


def figures_of(study: Path, cases: list[Case]) -> dict[str, str | None]:
    """Figures of a study, as `curves_of`; a family of which there is none stands there by its name."""
    found = {name: why_not(draw) for name, draw in study_figures(study, cases).items()}
    for family in FAMILIES:
        if not any(name.startswith(f"{family}_") for name in found):
            found[family] = why_not(lambda family=family: family_figures(study, cases, family))
    return found


def summary_of(name: str) -> str:
    """What a curve or a figure of a study shows, on one line."""
    if name in CURVES:
        return (inspect.getdoc(CURVES[name]) or "").partition("\n")[0].rstrip(".")
    return FAMILIES.get(name.partition("_")[0], "hosts compared")


def why_not(draw: Callable[[], object]) -> str | None:
    """Why something cannot be drawn; None where it can."""
    try:
        draw()
    except VisualizationError as error:
        return str(error)
    return None
