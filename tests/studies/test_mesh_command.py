"""`archode mesh`: what it prints and writes, its refusals, and that the figures are kept beside the mesh."""

import json

import meshio
import pytest
from archode.studies.cli import main
from archode.studies.metrology import conducts_otherwise

SAMPLE = """\
study: gyroids
geometry:
  architecture: porous_sample
  shape: {gyroid: {period: 10 um, solid_fraction: 0.4}}
  width: 10 um
mesh: {interface_size: 1.2 um}
"""
COMB = """\
study: comb
geometry:
  architecture: interdigital
  finger_width: 10 um
  gap: 10 um
  thickness: 1 um
  length: 40 um
  pairs: 2
  domain: comb
mesh: {size: 6 um, interface_size: 3 um, film_size: 0.5 um}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "study.yml").write_text(text)
        return "study.yml"

    return write


def test_a_sample_is_built_measured_drawn_and_exported(study, tmp_path, capsys):
    assert main(["mesh", study(SAMPLE), "--export", "gyroid.vtu"]) == 0
    told = capsys.readouterr().out
    for words in ("tetrahedra", "dihedral angles", "joins opposite sides", "local thickness", "tortuosity"):
        assert words in told
    report = json.loads((tmp_path / "results/gyroids/base/mesh.json").read_text())
    phases = report["metrology"]["transport"]["phases"]
    assert set(phases) == {"solid", "pore"}
    assert phases["solid"]["fraction"] == pytest.approx(0.4, rel=0.005)
    for phase in phases.values():
        assert 0 < phase["relative_mean"] < phase["hashin_shtrikman_upper"]
        assert all(found["iterations"] <= 25 for found in phase["directions"].values())
    assert (tmp_path / "results/gyroids/base/figures/mesh.png").stat().st_size > 10_000
    exported = meshio.read(tmp_path / "gyroid.vtu")
    assert sum(len(b.data) for b in exported.cells if b.type == "tetra") == report["mesh"]["cells"]


def test_figures_are_kept_beside_the_mesh(study, tmp_path, monkeypatch, capsys):
    path = study(SAMPLE)
    assert main(["mesh", path, "--no-pictures", "-q"]) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr("archode.studies.metrology._measure", lambda *arguments: pytest.fail("measured again"))
    assert main(["mesh", path, "--no-pictures", "-q"]) == 0
    assert capsys.readouterr().out == first
    # A damaged file of figures is measured again.
    (kept,) = (tmp_path / "cache/meshes").glob("*.metrology.json")
    kept.write_text("{")
    with pytest.raises(pytest.fail.Exception):
        main(["mesh", path, "--no-pictures", "-q", "--debug"])


def test_a_comb_tells_its_end_and_bus_correction(study, tmp_path, capsys):
    """Tips and bus bars add paths for the current: the comb conducts better than its unit cells alone."""
    assert main(["mesh", study(COMB), "--no-pictures"]) == 0
    assert "End and bus effects" in capsys.readouterr().out
    correction = json.loads((tmp_path / "results/comb/base/mesh.json").read_text())["end_and_bus"]
    assert 1.05 < correction["ratio"] < 1.6


def test_a_sweep_meshes_every_case_and_cannot_be_exported(study, tmp_path, capsys):
    path = study(SAMPLE + "sweep:\n  geometry.shape.gyroid.solid_fraction: [0.4, 0.5]\n")
    assert main(["mesh", path, "--export", "all.vtu"]) == 2
    assert "2 cases" in capsys.readouterr().err
    assert not (tmp_path / "all.vtu").exists()
    assert main(["mesh", path, "--no-pictures"]) == 0
    assert len(list((tmp_path / "results/gyroids").glob("*/mesh.json"))) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("width: 10 um", "width: 3 um"), "smaller than one feature of the shape"),
        (("interface_size: 1.2 um", "interface_size: 4 um"), "half of the shape's thinnest feature"),
        (("solid_fraction: 0.4", "solid_fraction: 1.4"), "between 0 and 1"),
        (("{gyroid: {period: 10 um, solid_fraction: 0.4}}", "{image: {path: no.tif}}"), "there is no file no.tif"),
        (
            (
                "{gyroid: {period: 10 um, solid_fraction: 0.4}}",
                "{random_waves: {size: 3 um, solid_fraction: 0.03}}",
            ),
            "does not percolate",
        ),
    ],
)
def test_bad_input_is_refused_and_nothing_is_cached(study, tmp_path, capsys, change, message):
    assert main(["mesh", study(SAMPLE.replace(*change)), "--no-pictures"]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "Traceback" not in told
    assert not list((tmp_path / "cache").rglob("*.msh"))
    assert not (tmp_path / "results").exists()


def test_a_sample_cannot_be_run(study, capsys):
    materials = "materials: {electrolyte: LiPF6_ECDEC_1M, anode: LiCoO2, cathode: Li}\n"
    protocol = "protocol:\n  - {charge: 1 C, until: {voltage: 4 V}}\n"
    assert main(["check", study(SAMPLE + materials + protocol)]) == 2
    assert "sample without counter electrode" in capsys.readouterr().err


def test_an_export_into_nowhere_is_refused_before_anything_is_built(study, tmp_path, capsys):
    assert main(["mesh", study(SAMPLE), "--export", "study.yml/x.vtu"]) == 2
    assert not (tmp_path / "cache").exists()


def test_a_mesh_that_conducts_otherwise_than_its_voxels_is_told():
    def table(**values):
        phases = {name: {"directions": {"x": {"relative": value}}} for name, value in values.items()}
        return {"phases": phases}

    mesh = table(solid=0.31, pore=0.131, layer=0.1)
    (told,) = conducts_otherwise(mesh, table(solid=0.3, pore=0.117))
    assert "pore conducts 0.131 along x in the mesh and 0.117 in the image's voxels, +12.0%" in told
    assert conducts_otherwise(table(solid=0.0), table(solid=0.0)) == []
