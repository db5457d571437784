"""Studies as they are meant to be: quantities, overrides, protocols, ratings, round trips."""

import dataclasses
import math
from pathlib import Path

import pytest
from archode.materials import insertion_at, load_material
from archode.studies import StudyError, dump_study, load_study
from archode.studies.quantity import Drive, Passed, parse_drive, parse_passed, parse_quantity
from archode.studies.ratings import (
    device_charge,
    device_current,
    device_footprint,
    initial_stoichiometry,
    initial_voltage,
    nominal_capacity,
)
from archode.studies.schema_settings import Snapshots

LIBRARY = sorted((Path(__file__).parents[2] / "studies" / "library").glob("*.yml"))
STUDY = """\
study: complete
description: every section once, µ and é included
geometry: {architecture: planar, gap: 50 um, anode_thickness: 1 um, cathode_thickness: 2.5e-6}
mesh: {interface_size: 0.5 um}
materials:
  electrolyte: K2SO4_aq_0.5M
  anode: KVO_ac_0.25
  cathode: KMnO2_cryptomelane
  overrides: {anode.diffusivity: 1e-11 cm^2/s, cathode.exchange_current_density: 2}
physics: {temperature: 35 degC, degree: 2, initial: {state_of_charge: 0.1, anode: 0.2}}
protocol:
  - {charge: 10 C, until: {voltage: 1600 mV, time: 2 h}, max_step: 5 s}
  - {rest: 10 s}
  - repeat: 2
    steps:
      - {discharge: 80 uA/cm^2, until: {voltage: 0.3 V, capacity: 3 uAh/cm^2}}
      - {hold: 1.2 V, until: {time: 10 min, current: C/20}}
  - {charge: 2 nA, until: {concentration: {surface: anode, below: 0.1 mol/L}}}
solver:
  tolerance: 1e-4
  options: {ksp_type: preonly, mat_mumps_icntl_14: 60, ksp_view: null}
output: {fields: {times: [1 min, 10 s]}, figures: [concentration, voltage_time], checkpoint_every: 5}
reference:
  - {quantity: volumetric_capacity, step: 2, value: 76.4 uAh/cm^2/um, source: a table}
  - {quantity: end_voltage, step: 0, value: 1.6, source: the window}
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "complete.yml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def reload(study, folder):
    path = folder / "again.yml"
    path.write_text(dump_study(study), encoding="utf-8")
    return load_study(path).study


def test_quantities_are_si(path):
    study = load_study(path).study
    assert study.geometry.gap == 5e-05
    assert study.geometry.cathode_thickness == 2.5e-6
    assert study.mesh.interface_size == 5e-07
    assert study.physics.temperature == pytest.approx(308.15, rel=1e-15)
    assert study.materials.overrides_of("anode") == {"diffusivity": 1e-15}
    assert study.materials.overrides_of("cathode") == {"exchange_current_density": 2.0}
    assert study.output.fields == Snapshots(times=(10.0, 60.0))
    # 1 uAh/cm^2/um is 3.6e-3 C per 1e-10 m³
    assert study.reference[0].value == pytest.approx(76.4 * 3.6e7, rel=1e-14)
    assert study.solver.options == {"ksp_type": "preonly", "mat_mumps_icntl_14": 60, "ksp_view": None}


def test_protocol_is_written_out(path):
    steps = load_study(path).study.steps()
    assert [s.kind for s in steps] == ["charge", "rest", *["discharge", "hold"] * 2, "charge"]
    assert steps[0].drive == Drive("c_rate", 10.0) and steps[0].max_step == 5.0
    assert (steps[0].until.voltage, steps[0].until.time) == (1.6, 7200.0)
    assert steps[1].until.time == 10.0 and steps[1].drive is None
    assert steps[2].drive.mode == "current_density" and steps[2].drive.value == pytest.approx(0.8, rel=1e-14)
    assert steps[2].until.capacity.mode == "areal_capacity"
    assert steps[3].voltage == 1.2 and steps[3].until.current == Drive("c_rate", 0.05)
    assert steps[4] == steps[2] and steps[4].path == "protocol.2.steps.0"
    assert steps[6].until.concentration.surface == "anode"
    assert steps[6].until.concentration.below == pytest.approx(100.0, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "drive"),
    [
        ("10 C", ("c_rate", 10.0)),
        ("10C", ("c_rate", 10.0)),
        ("C", ("c_rate", 1.0)),
        ("C/5", ("c_rate", 0.2)),
        ("2 C/3", ("c_rate", 2.0 / 3.0)),
        ("1e-1 C", ("c_rate", 0.1)),
        (" .5 C ", ("c_rate", 0.5)),
        ("20 uA", ("current", 2e-5)),
        (3e-6, ("current", 3e-6)),
        ("80 uA/cm^2", ("current_density", 0.8)),
        ("1 mA/mm²", ("current_density", 1000.0)),
        ("36 C/h", ("current", 0.01)),
    ],
)
def test_currents(text, drive):
    mode, value = parse_drive(text)
    assert mode == drive[0]
    assert value == pytest.approx(drive[1], rel=1e-14)


@pytest.mark.parametrize(
    "text", ["0 C", "-1 C", "10 CC", "C/0", "C5", "", "fast", "5 V", "nan C", "1e999 C", True, None, [1]]
)
def test_not_currents(text):
    with pytest.raises(ValueError):
        parse_drive(text)


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("3 uAh", ("capacity", 0.0108)),
        (2.0, ("capacity", 2.0)),
        ("5 C", ("capacity", 5.0)),
        ("1 mAh/cm^2", ("areal_capacity", 36000.0)),
    ],
)
def test_capacities(text, passed):
    mode, value = parse_passed(text)
    assert (mode, value) == (passed[0], pytest.approx(passed[1], rel=1e-14))


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        10**400,
        "1e999 m",
        "nan m",
        "5um m",
        "5 um m",
        "",
        "m",
        True,
        None,
        [],
        {},
    ],
)
def test_not_lengths(value):
    with pytest.raises(ValueError):
        parse_quantity(value, "m")


def test_conversion_leaves_no_rounding_noise():
    assert parse_quantity("50 um", "m") == 5e-05
    assert parse_quantity("0.30000000000000004 V", "V") == 0.1 + 0.2


def test_ratings_of_a_planar_cell(path):
    study = load_study(path).study
    geometry = study.geometry
    anode = insertion_at(load_material("KVO_ac_0.25"), study.physics.temperature)
    cathode = insertion_at(load_material("KMnO2_cryptomelane"), study.physics.temperature)
    faraday = 96485.33212
    held = [
        faraday * m.c_max * (m.stoichiometry_window[1] - m.stoichiometry_window[0]) * thickness
        for m, thickness in ((anode, 1e-6), (cathode, 2.5e-6))
    ]
    footprint = geometry.width * geometry.depth
    assert device_footprint(study) == pytest.approx(footprint, rel=1e-12)
    assert nominal_capacity(study) == pytest.approx(min(held) * footprint, rel=1e-9)
    assert device_current(study, Drive("c_rate", 2.0)) == pytest.approx(2 * nominal_capacity(study) / 3600)
    assert device_current(study, Drive("current_density", 3.0)) == pytest.approx(3 * footprint)
    assert device_current(study, Drive("current", 3.0)) == 3.0
    assert device_charge(study, Passed("areal_capacity", 3.0)) == pytest.approx(3 * footprint)


def test_initial_state(path):
    study = load_study(path).study
    low, high = insertion_at(load_material("KMnO2_cryptomelane"), 308.15).stoichiometry_window
    assert initial_stoichiometry(study, "anode") == 0.2
    assert initial_stoichiometry(study, "cathode") == pytest.approx(high - 0.1 * (high - low))


def test_charging_raises_the_voltage(path):
    voltages = [
        initial_voltage(
            load_study(
                path, [f"physics.initial={{state_of_charge: {s}}}", "protocol=[{rest: 1 s}]", "reference=[]"]
            ).study
        )
        for s in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert voltages == sorted(voltages)
    assert voltages[-1] - voltages[0] > 0.5


def test_dump_and_load_again(path, tmp_path):
    study = load_study(path).study
    assert reload(study, tmp_path) == study


@pytest.mark.parametrize("library", LIBRARY, ids=lambda p: p.stem)
def test_library_studies_load_and_round_trip(library, tmp_path):
    loaded = load_study(library)
    assert loaded.study.study == library.stem
    assert loaded.cases
    for case in loaded.cases:
        assert case.study.sweep is None
        assert reload(case.study, tmp_path) == case.study
    assert reload(loaded.study, tmp_path) == loaded.study


def test_library_figures():
    """The thin film's capacity and voltage are those quoted for it; the battery's window is 0 to 1.6 V."""
    film = load_study(next(p for p in LIBRARY if p.stem == "thin_film_voc1"))
    assert [c.parameters["reference.0.value"] for c in film.cases][1] == "62.7 uAh/cm^2/um"
    assert [device_current(c.study, c.study.steps()[0].drive) for c in film.cases] == pytest.approx(
        [5e-6, 2e-5, 8e-5]
    )
    # 76.4 µAh/cm²/µm · 0.3 µm · 1 cm²; the window may cut a little off the table's ends
    assert nominal_capacity(film.study) / 3.6e-3 == pytest.approx(22.92, rel=0.01)
    battery = load_study(next(p for p in LIBRARY if p.stem == "quickstart"))
    assert len(battery.cases) == 2
    assert battery.study.geometry.multiplicity == 60


def test_overrides_take_yaml_values(path):
    study = load_study(
        path,
        [
            "geometry.gap=20 um",
            "physics.initial={state_of_charge: 0.5}",
            "materials.overrides.anode.diffusivity=2e-15",
            "mesh=null",
        ],
    ).study
    assert study.geometry.gap == 2e-05
    assert study.physics.initial.anode is None and study.physics.initial.state_of_charge == 0.5
    assert study.materials.overrides["anode.diffusivity"] == 2e-15
    assert study.mesh.interface_size is None


def test_the_callers_data_stays(path):
    sets = ["geometry.gap=20 um"]
    before = path.read_text(encoding="utf-8")
    loaded = load_study(path, sets)
    assert sets == ["geometry.gap=20 um"] and path.read_text(encoding="utf-8") == before == loaded.text


def test_study_is_immutable(path):
    study = load_study(path).study
    with pytest.raises(ValueError):
        study.study = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.geometry.gap = 1.0


def test_aliases_and_merge_keys(tmp_path):
    path = tmp_path / "aliases.yml"
    path.write_text(
        STUDY.replace("study: complete", "study: aliases")
        .replace(
            "  - {rest: 10 s}\n", "  - &pause {rest: 10 s}\n  - *pause\n  - {<<: *pause, max_step: 1 s}\n"
        )
        .replace("step: 2", "step: 4"),
        encoding="utf-8",
    )
    steps = load_study(path).study.steps()
    assert [s.kind for s in steps][:4] == ["charge", "rest", "rest", "rest"]
    assert steps[3].until.time == 10.0 and steps[3].max_step == 1.0


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "windows.yml"
    path.write_bytes(b"\xef\xbb\xbf" + STUDY.replace("\n", "\r\n").encode())
    assert load_study(path).study.study == "complete"


def test_a_second_charge_to_the_same_limit_is_fine(path):
    taper = "protocol=[{charge: 10 C, until: {voltage: 1.6 V}}, {charge: 1 C, until: {voltage: 1.6 V}}]"
    assert len(load_study(path, [taper, "reference=[]"]).study.steps()) == 2


def test_many_problems_are_counted(tmp_path):
    path = tmp_path / "many.yml"
    path.write_text(STUDY + "".join(f"unknown_{n}: 1\n" for n in range(50)), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(path)
    assert len(error.value.problems) == 50
    assert str(error.value).endswith("… and 30 more problems")
