"""Which curves a case and a study have, by the name of their file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import curves, differential, heatmap, histories, hosts, impedance, pareto, ragone, sweeps, transient, voltammetry
from .case import Case
from .merits import MERITS, varies

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
