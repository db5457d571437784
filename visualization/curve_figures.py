"""Which curves a case and a study have, by the name of their file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import curves, hosts, sweeps
from .case import Case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of one case; a drawing raises a `VisualizationError` where the case holds nothing for it.
CURVES: dict[str, Callable[[Case], "Figure"]] = {
    "voltage_time": curves.draw_voltage_time,
    "voltage_capacity": curves.draw_voltage_capacity,
    "rate_capability": curves.draw_rate_capability,
    "nucleation_dip": curves.draw_nucleation_dip,
}


def study_figures(study: Path, cases: list[Case]) -> Mapping[str, Callable[[], "Figure"]]:
    """Figures of all cases of a study: names without ending, with what draws each.

    One for each swept parameter, or the hosts' own where hosts are compared, and capacity against rate.
    """
    hosted = {Path(name).stem: draw for name, draw in hosts.host_figures(study).items()}
    figures: dict[str, Callable[[], Figure]] = hosted or {
        f"sweep_{path.replace('.', '_')}": lambda path=path: sweeps.draw_sweep(cases, path)
        for path in sweeps.swept(cases)
    }
    return figures | {"rate_capability": lambda: sweeps.draw_rates(cases)}
