"""Sweeps: cases, their names, and the values they take."""

import re

import pytest
from archode.studies import load_study
from archode.studies.sweep import Sweep, SweepPathError, case_names, combinations, set_path, slug

STUDY = """\
study: swept
geometry: {architecture: planar, anode_thickness: 1 um, cathode_thickness: 1 um}
materials: {electrolyte: K2SO4_aq_0.5M, anode: KVO_ac_0.25, cathode: KMnO2_cryptomelane}
protocol:
  - {charge: 10 C, until: {voltage: 1.6 V}}
"""


def load(tmp_path, sweep):
    path = tmp_path / "swept.yml"
    path.write_text(STUDY + sweep, encoding="utf-8")
    return load_study(path)


def names(data):
    sweep = Sweep.model_validate(data)
    return case_names(sweep, combinations(sweep))


def test_all_combinations(tmp_path):
    loaded = load(tmp_path, "sweep:\n  geometry.gap: [10 um, 20 um]\n  protocol.0.charge: [1 C, C/5, 3 uA]\n")
    assert [c.name for c in loaded.cases] == [
        "gap=10um,charge=1C",
        "gap=10um,charge=C_5",
        "gap=10um,charge=3uA",
        "gap=20um,charge=1C",
        "gap=20um,charge=C_5",
        "gap=20um,charge=3uA",
    ]
    last = loaded.cases[-1]
    assert last.parameters == {"geometry.gap": "20 um", "protocol.0.charge": "3 uA"}
    assert last.study.geometry.gap == 2e-05
    assert last.study.steps()[0].drive == ("current", pytest.approx(3e-6))
    assert last.study.sweep is None and loaded.study.sweep is not None


def test_a_key_that_only_the_sweep_gives(tmp_path):
    loaded = load(
        tmp_path, "sweep:\n  geometry.gap: [10 um, 20 um]\n  physics.temperature: [0 degC, 50 degC]\n"
    )
    assert len(loaded.cases) == 4
    assert loaded.cases[-1].study.physics.temperature == pytest.approx(323.15)


def test_paths_that_advance_together(tmp_path):
    loaded = load(
        tmp_path,
        "sweep:\n  geometry.gap: [10 um, 20 um]\n  zip:\n    - protocol.0.charge: [1 C, 2 C]\n"
        "      materials.overrides.anode.diffusivity: [1e-15, 2e-15 m^2/s]\n",
    )
    assert [c.name for c in loaded.cases] == [
        "gap=10um,charge=1C",
        "gap=10um,charge=2C",
        "gap=20um,charge=1C",
        "gap=20um,charge=2C",
    ]
    assert loaded.cases[3].study.materials.overrides == {"anode.diffusivity": 2e-15}


def test_zip_group_whose_first_path_repeats():
    assert names({"zip": {"geometry.gap": ["1 um", "1 um"], "physics.degree": [1, 2]}}) == [
        "gap=1um,degree=1",
        "gap=1um,degree=2",
    ]


def test_labels_are_told_apart():
    data = {"materials.overrides.anode.diffusivity": [1], "materials.overrides.cathode.diffusivity": [2]}
    assert names(data) == ["anode.diffusivity=1,cathode.diffusivity=2"]


def test_names_are_safe_short_and_distinct_where_case_does_not_matter():
    values = [
        "5 mV",
        "5 MV",
        "80 µA/cm^2",
        "80 uA/cm^2",
        "a/b\\c:d*e?f",
        "..",
        "",
        "é" * 3,
        "x" * 300,
        None,
        True,
        -1e-05,
    ]
    given = names({"geometry.gap": values, "geometry.width": ["y" * 90, "z" * 90]})
    assert len({n.casefold() for n in given}) == len(given) == 24
    assert all(re.fullmatch(r"[A-Za-z0-9=,._+-]{1,85}", n) for n in given)
    assert not any(n.endswith(".") for n in given)


def test_names_do_not_change_between_runs():
    data = {"geometry.gap": ["x" * 300]}
    assert names(data) == names(data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10 um", "10um"),
        ("C/5", "C_5"),
        ("80 µA/cm^2", "80uA_cm2"),
        (1e-15, "1e-15"),
        (None, "none"),
        (False, "false"),
        ("25 °C", "25C"),
    ],
)
def test_slugs(value, text):
    assert slug(value) == text


def test_set_path_makes_sections_and_keeps_dotted_keys():
    data = {"protocol": [{"charge": 1}], "materials": {}}
    assert set_path(data, "physics.initial.anode", 0.5) == ("physics", "initial", "anode")
    assert set_path(data, "protocol.0.charge", 2) == ("protocol", 0, "charge")
    assert set_path(data, "materials.overrides.anode.diffusivity", 3) == (
        "materials",
        "overrides",
        "anode.diffusivity",
    )
    assert data["physics"] == {"initial": {"anode": 0.5}}
    assert data["materials"]["overrides"] == {"anode.diffusivity": 3}
    with pytest.raises(SweepPathError):
        set_path(data, "protocol.-1.charge", 2)


def test_sweep_can_be_overridden_or_dropped(tmp_path):
    path = tmp_path / "swept.yml"
    path.write_text(STUDY + "sweep: {geometry.gap: [10 um, 20 um]}\n", encoding="utf-8")
    assert len(load_study(path, ["sweep.geometry.gap=[5 um]"]).cases) == 1
    only = load_study(path, ["sweep=null", "geometry.gap=7 um"]).cases
    assert [c.name for c in only] == ["base"] and only[0].study.geometry.gap == 7e-06


def test_same_mistake_in_many_cases_is_told_once(tmp_path):
    with pytest.raises(ValueError) as error:
        load(tmp_path, "sweep:\n  geometry.gap: [1 um, -5 um]\n  protocol.0.charge: [1 C, 2 C, 3 C]\n")
    assert len(error.value.problems) == 1
