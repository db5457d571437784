"""Every ready view of every architecture, on short runs: drawn, whole, and in all the colours of its scales.

What is even has no ends of a scale to look for: pictures show it in one colour from the map's middle.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from archode.visualization.case import Case
from archode.visualization.options import Options
from archode.visualization.page import pixels
from archode.visualization.picture import Picture
from archode.visualization.plated import SHOWN
from archode.visualization.views import VIEWS, draw_view, views_of


def beside(name):
    spec = importlib.util.spec_from_file_location(f"pictures_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


statistics, STUDIES = beside("image_statistics"), beside("architecture_studies").STUDIES

pytestmark = pytest.mark.pictures

#: Views that every run has, and those that depend on what the cell is made of.
ALWAYS = {"geometry", "concentration", "potential", "current", "current_density", "surface_current", "slices", "field"}
ALWAYS |= {"mesh", "gradient_error", "compare"}
STORAGE, PLATED = {"stoichiometry", "solid_concentration"}, {"plating", "deposit", "criteria"}
OTHERS = {"planar": PLATED, "host_gyroid": PLATED, "nanopore": {"double_layer"}}

#: The planar cell is even on its surface: every criterion has one value, which the text tells, and there is no map.
EVEN = {("planar", "criteria")}


@pytest.fixture(scope="module")
def case(request, tmp_path_factory):
    """One architecture's run."""
    from archode.studies.cli import main

    name = request.param
    folder = tmp_path_factory.mktemp("runs")
    study = folder / f"{name}.yml"
    study.write_text(STUDIES[name])
    assert main(["run", str(study), "--out", str(folder), "--quiet"]) == 0
    return Case(folder / name / "base")


def drawn(case, name, **options):
    found = draw_view(case, name, Options(**options))
    return found, pixels(found.figure() if isinstance(found, Picture) else found)


#: Pictures in which one end of a scale is hidden: the anode fills from walls that are behind it or below, and lines of
#: the current keep off the pore's wall, where it is strongest; a plane may end where another one covers it.
HIDDEN = {(name, view) for name in ("interdigital_flat", "twisted_fibres") for view in STORAGE} | {
    ("nanopore", "current"),
    ("interdigital_comb", "slices"),
    ("concentric_rings", "slices"),
}


def spread(bar):
    """Whether a scale spans its field, or stands for a value that is the same everywhere.

    Of an even vector it goes from 0 to twice the value, of an even scalar by half a per cent to either side.
    """
    low, high = bar.limits
    apart = (high - low) / (abs(low + high) / 2 or 1.0)
    return apart != pytest.approx(2) and apart != pytest.approx(0.01, rel=1e-4)


@pytest.mark.parametrize("case", list(STUDIES), indirect=True)
def test_every_view_of_every_architecture(case):
    name = case.summary["study"]
    can = {view for view, missing in views_of(case).items() if missing is None}
    assert can == ALWAYS | OTHERS.get(name, STORAGE)
    problems = []
    for view in VIEWS:
        if view not in can or (name, view) in EVEN:
            continue
        found, image = drawn(case, view, field="potential" if view == "field" else None)
        if not statistics.is_drawn(image, least=0.01):
            problems.append(f"{view}: blank or full")
        if statistics.touches_border(image):
            problems.append(f"{view}: cut off at the border")
        if isinstance(found, Picture) and view not in ("mesh", "gradient_error"):
            part = statistics.scene_part(image, len(found.bars))
            # Tubes, rims and slices of thin walls are small: some fifty pixels.
            problems += [
                f"{view}: {bar.label} does not reach both ends of {bar.colours}"
                for bar in found.bars
                if spread(bar) and (name, view) not in HIDDEN and not statistics.uses_both_ends(part, bar.colours, 1e-4)
            ]
    assert not problems


@pytest.mark.parametrize("case", ["host_gyroid"], indirect=True)
def test_every_criterion_is_a_map(case):
    there = [name for name in SHOWN if name in case.fields["cathode_surface"]]
    assert len(there) > 5
    values = case.surface("cathode", 120.0)
    maps = 0
    for name in there:
        if not np.isfinite(values[name]).all():
            continue
        found, image = drawn(case, f"criterion:{name}")
        assert statistics.is_drawn(image, least=0.01) and not statistics.touches_border(image), name
        assert found.bars[0].label, name
        maps += 1
    assert maps > 3
