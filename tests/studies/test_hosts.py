"""Comparisons of hosts: one study file, one ordinary case for every host and every setting of the sweep."""

import json
from pathlib import Path

import pytest
from archode.geometry import ARCHITECTURES
from archode.studies import StudyError, load_study
from archode.studies.cli import main
from archode.studies.provenance import differences, provenance
from archode.studies.schema import MeshStudy, dump_hosts, dump_study
from ruamel.yaml import YAML

LIBRARY = Path(__file__).parents[2] / "studies" / "library" / "k_host_comparison.yml"

HOSTS = """\
study: compared
hosts:
  foil:
    geometry: {architecture: planar, gap: 10 um, width: 5 um}
    mesh: {size: 2 um, interface_size: 1 um}
  wide:
    geometry: {architecture: planar, gap: 20 um, width: 5 um}
    mesh: {size: 2 um, interface_size: 1 um}
    interfaces: {cathode: {capacitance: 30 uF/cm^2}}
materials: {electrolyte: KFSI_DME_1M, anode: K, cathode: K}
interfaces: {anode: {capacitance: 10 uF/cm^2}, cathode: {capacitance: 20 uF/cm^2, cation_share: 0.8}}
protocol: [{discharge: 1 mA/cm^2, until: {time: 1 s}}]
sweep: {protocol.0.discharge: [1 mA/cm^2, 5 mA/cm^2]}
output: {fields: 0, figures: false, errors: false}
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "compared.yml"
    file.write_text(HOSTS, encoding="utf-8")
    return file


def ordinary(host):
    """The same study without hosts, written out for one of them."""
    data = YAML(typ="safe", pure=True).load(HOSTS)
    given = data.pop("hosts")[host]
    return {**data, "geometry": given["geometry"], "mesh": given["mesh"]}


def test_cases_are_hosts_by_settings_of_the_sweep(path):
    loaded = load_study(path)
    names = [case.name for case in loaded.cases]
    settings = ("discharge=1mA_cm2", "discharge=5mA_cm2")
    assert names == [f"{host}__{setting}" for host in ("foil", "wide") for setting in settings]
    assert loaded.cases[3].parameters == {"host": "wide", "protocol.0.discharge": "5 mA/cm^2"}
    assert [case.study.geometry.gap for case in loaded.cases] == [1e-5, 1e-5, 2e-5, 2e-5]
    assert list(loaded.hosts) == ["foil", "wide"]


def test_a_host_is_an_ordinary_study_once_unfolded(path, tmp_path):
    """With the same results to resume: what they are made of, the geometry too, is that of a plain study."""
    plain = tmp_path / "plain.yml"
    with plain.open("w") as stream:
        YAML(typ="safe", pure=True).dump(ordinary("foil"), stream)
    plain_cases, cases = load_study(plain).cases, load_study(path).cases
    for one, other in zip(plain_cases, cases[:2], strict=True):
        assert differences(provenance(one.study), provenance(other.study)) == []
    assert dump_study(plain_cases[0].study) == dump_study(cases[0].study)


def test_a_host_overrides_single_keys_of_the_interfaces(path):
    foil, _, wide, _ = (case.study.interfaces for case in load_study(path).cases)
    assert wide.cathode.capacitance == pytest.approx(0.3) and foil.cathode.capacitance == pytest.approx(0.2)
    assert wide.cathode.cation_share == foil.cathode.cation_share == 0.8
    assert wide.anode == foil.anode


def test_without_a_sweep_a_case_is_called_like_its_host(path):
    loaded = load_study(path, ["sweep="])
    assert [case.name for case in loaded.cases] == ["foil", "wide"]
    assert loaded.cases[0].parameters == {"host": "foil"}


def test_hosts_can_be_changed_and_left_out_from_the_command_line(path):
    loaded = load_study(path, ["hosts.foil=", "hosts.wide.geometry.gap=30 um"])
    assert [case.study.geometry.gap for case in loaded.cases] == [3e-5, 3e-5]
    with pytest.raises(StudyError, match=r"^--set hosts\.wide\.geometry\.gap: hosts\.wide\.geometry\.gap: .*positive"):
        load_study(path, ["hosts.wide.geometry.gap=-30 um"])


def test_a_sweep_of_the_geometry_holds_for_every_host(path):
    loaded = load_study(path, ["sweep={geometry.gap: [7 um, 8 um]}"])
    assert [case.name for case in loaded.cases] == ["foil__gap=7um", "foil__gap=8um", "wide__gap=7um", "wide__gap=8um"]
    assert [case.study.geometry.gap for case in loaded.cases] == pytest.approx([7e-6, 8e-6] * 2, rel=1e-12)


def test_a_mistake_that_all_hosts_share_is_told_once(path):
    with pytest.raises(StudyError) as error:
        load_study(path, ["materials.anode=KK"])
    (told,) = error.value.problems
    assert "with foil" not in told


def test_the_resolved_comparison_loads_again(path, tmp_path):
    loaded = load_study(path)
    again = tmp_path / "again.yml"
    again.write_text(dump_hosts(loaded.hosts), encoding="utf-8")
    first, second = loaded.cases, load_study(again).cases
    assert [dump_study(case.study) for case in first] == [dump_study(case.study) for case in second]
    assert [case.name for case in first] == [case.name for case in second]


def test_check_shows_every_host(path, capsys):
    assert main(["check", str(path)]) == 0
    told = capsys.readouterr().out
    for text in ("hosts:", "foil:", "wide:", "4 cases", "1e-05 m", "2e-05 m"):
        assert text in told


def test_meshes_of_hosts_alone(tmp_path):
    file = tmp_path / "shapes.yml"
    file.write_text(
        "study: shapes\nhosts:\n"
        "  a: {geometry: {architecture: planar, gap: 10 um}}\n"
        "  b: {geometry: {architecture: stack, electrolyte_thickness: 10 um, cathode_thickness: 0}}\n",
        encoding="utf-8",
    )
    loaded = load_study(file, model=MeshStudy)
    assert [type(case.study.geometry) for case in loaded.cases] == [ARCHITECTURES["planar"], ARCHITECTURES["stack"]]
    assert main(["mesh", str(file), "--out", str(tmp_path / "out"), "--no-pictures", "--quiet"]) == 0
    assert json.loads((tmp_path / "out/shapes/b/mesh.json").read_text())["parameters"] == {"host": "b"}


def test_the_library_compares_hosts_on_equal_terms():
    """One electrolyte gap above every host, one counter electrode, equal currents per footprint."""
    cases = load_study(LIBRARY).cases
    hosts = {case.parameters["host"] for case in cases}
    assert len(hosts) == 7 and len(cases) == 3 * len(hosts)
    for case in cases:
        geometry = case.study.geometry
        free = getattr(geometry, "electrolyte_thickness", None) or geometry.reservoir_thickness
        assert free == pytest.approx(5e-6) and geometry.separator_thickness == pytest.approx(25e-6)
        assert case.study.steps()[0].drive.mode == "current_density"


def test_cases_are_selected_by_patterns_of_their_names(path):
    loaded = load_study(path)
    chosen = loaded.selected(["foil__*", "*=5mA_cm2"])
    assert [case.name for case in chosen.cases] == [
        case.name for case in loaded.cases if "wide__discharge=1" not in case.name
    ]
    assert [case.name for case in chosen.left_out] == ["wide__discharge=1mA_cm2"]
    assert loaded.selected([]).cases == loaded.cases
    with pytest.raises(StudyError, match="did you mean 'foil__discharge=1mA_cm2'"):
        loaded.selected(["foil__discharge=1"])


def test_jobs_of_an_array_share_a_folder(path, tmp_path):
    """Two jobs with a host each give the table, the comparison and the cases of one; nothing is run twice."""
    out = tmp_path / "out"
    for host in ("foil", "wide"):
        assert main(["run", str(path), "--case", f"{host}__*", "--out", str(out), "--quiet"]) == 0
        if host == "foil":
            first = (out / "compared/foil__discharge=1mA_cm2/summary.json").read_text()
    assert (out / "compared/foil__discharge=1mA_cm2/summary.json").read_text() == first
    for name in ("table.csv", "comparison.csv"):
        rows = (out / "compared" / name).read_text().splitlines()
        assert len(rows) == 5, name
    assert main(["run", str(path), "--resume", "--out", str(out), "--quiet"]) == 0
    assert (out / "compared/foil__discharge=1mA_cm2/summary.json").read_text() == first
