"""How the numbers of a study fall together as its mesh and its time steps are refined."""

from pathlib import Path
from typing import TYPE_CHECKING

from .axes import blank, headline
from .case import json_file
from .errors import VisualizationError
from .style import LINES, MARKERS, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Relative differences below this are not drawn: rounding.
LEAST = 1e-9

#: Numbers drawn; more hide one another.
MOST = 8


def draw_convergence(folder: Path) -> "Figure":
    """Relative differences from the extrapolated values, by size, of what ``converge.json`` in a folder holds.

    Raises
    ------
    VisualizationError
        There is no such file, or nothing in it that depends on the mesh.
    """
    if not (folder / "converge.json").is_file():
        raise VisualizationError(f"no converge.json in {folder}; `archode converge` makes it")
    told = json_file(folder / "converge.json")
    drawn = []
    for key, one in told["extrapolated"].items():
        # Charges per area and per volume fall like the charge itself.
        if one["value"] and not any(word in key for word in ("areal_", "volumetric_")):
            points = [(m["scale"], abs(m["numbers"][key] / one["value"] - 1)) for m in told["members"]]
            points = [(scale, error) for scale, error in points if error > LEAST]
            if len(points) > 1:
                drawn.append((key, points, one))
    if not drawn:
        raise VisualizationError(f"nothing in {folder / 'converge.json'} depends on the mesh")
    drawn.sort(key=lambda entry: -max(error for _, error in entry[1]))
    with look():
        figure = blank(4.4)
        axes = figure.subplots()
        for index, (key, points, one) in enumerate(drawn[:MOST]):
            scales, errors = zip(*points, strict=True)
            order = "" if one["order"] is None else f", order {one['order']:.2g}"
            label = f"{key.replace('_', ' ')}{order}"
            style = {"color": LINES[index % len(LINES)], "marker": MARKERS[index % len(MARKERS)]}
            axes.loglog(scales, [100 * error for error in errors], label=label, **style)
        axes.axvline(1.0, color="0.6", linewidth=0.8, zorder=0)
        axes.set_xlabel("Size of the cells over the study's own")
        axes.set_ylabel("Difference from the extrapolated value / %")
        scales = sorted(member["scale"] for member in told["members"])
        axes.set_xticks(scales, [f"{scale:g}" for scale in scales], minor=False)
        axes.minorticks_off()
        headline(axes, f"{told['study']}, {told['case']}", "refined in sizes, growth and time steps")
        axes.legend(loc="best", fontsize="small")
    return figure
