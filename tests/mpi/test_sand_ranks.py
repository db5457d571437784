"""Times of depletion on curved surfaces on two ranks: as in serial."""

import json
import re

import pytest

from .launch import needs_mpiexec, on_ranks

pytestmark = needs_mpiexec

STUDY = """
study: {name}
geometry: {geometry}
mesh: {mesh}
materials:
  electrolyte: LiPF6_ECDEC_1M
  anode: Li
  cathode: Li
  overrides: {{electrolyte.conductivity: 0.8, electrolyte.diffusivity: 3.0e-10}}
protocol:
  - charge: {current} A/m^2
    until: {{time: {time}, concentration: {{surface: anode, below: 10 mol/m^3}}}}
solver: {{linear: direct}}
output: {{fields: 0, figures: false, report: false, errors: false}}
"""

STUDIES = {
    "wire": STUDY.format(
        name="wire",
        geometry="{architecture: coaxial_fibre, core_radius: 10 um, anode_thickness: 0, electrolyte_thickness: 50 um, "
        "cathode_thickness: 0, length: 10 um}",
        mesh="{}",
        current=1742,
        time=10,
    ),
    "pillars": STUDY.format(
        name="pillars",
        geometry="{architecture: porous_electrode, electrode: anode, solid: surface, width: 20 um, thickness: 30 um, "
        "reservoir_thickness: 20 um, shape: {pillars: {radius: 5 um, pitch: 20 um, height: 30 um}}}",
        mesh="{scale: 2}",
        current=23815.5,
        time=111,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_sands_criterion_agrees(tmp_path, name):
    study = tmp_path / f"{name}.yml"
    study.write_text(STUDIES[name], encoding="utf-8")
    found = []
    for ranks in (1, 2):
        out = tmp_path / str(ranks)
        on_ranks(ranks, "-m", "archode.studies.cli", "run", str(study), "--out", str(out), "--quiet")
        told = json.loads((out / name / "base" / "summary.json").read_text(encoding="utf-8"))
        found.append(told["criteria"]["anode"]["sand_time"])
    serial, parallel = found
    assert parallel["voice"] == serial["voice"]
    assert parallel["value"] == pytest.approx(serial["value"], rel=1e-4)
    numbers = [[float(x) for x in re.findall(r"([\d.]+(?:e[+-]\d+)?) s\b", each["why"])] for each in found]
    assert len(numbers[0]) >= 4
    assert numbers[1] == pytest.approx(numbers[0], rel=1e-2)
