"""`archode voxels`: what it prints and writes, and what it refuses."""

import json

import numpy as np
import pytest
from archode.studies.cli import main

GYROID = """\
study: gyroid
geometry:
  architecture: porous_sample
  shape: {gyroid: {period: 60 um, solid_fraction: 0.5}}
  width: 60 um
"""
IMAGE = """\
study: tomography
geometry:
  architecture: porous_sample
  shape: {image: {path: channel.npy, voxel_size: 50 nm, labels: [1]}}
  width: 500 nm
  thickness: 400 nm
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "study.yml").write_text(text)
        return "study.yml"

    return write


def test_an_image_is_measured_on_its_own_voxels(study, tmp_path, capsys):
    voxels = np.zeros((10, 10, 9), dtype=np.uint8)
    voxels[:, 2:5, 1:4] = 1
    np.save(tmp_path / "channel.npy", voxels)
    assert main(["voxels", study(IMAGE)]) == 0
    told = capsys.readouterr().out
    assert "10 × 10 × 8 voxels of 50 nm" in told and "its sides insulate" in told
    report = json.loads((tmp_path / "results/tomography/base/voxels.json").read_text())
    solid, pore = (report["transport"]["phases"][name] for name in ("solid", "pore"))
    # A straight channel of 9 of 80 voxels; the ninth layer lies outside the box.
    assert solid["directions"]["x"]["relative"] == pytest.approx(9 / 80)
    assert solid["directions"]["y"]["relative"] == 0
    assert pore["directions"]["x"]["relative"] == pytest.approx(71 / 80)
    assert solid["fraction"] + pore["fraction"] == pytest.approx(1)


def test_a_shape_is_sampled_and_may_be_endless(study, tmp_path, capsys):
    assert main(["voxels", study(GYROID), "--voxel-size", "2.5 um", "--periodic"]) == 0
    assert "24 × 24 × 24 voxels of 2.5 µm; a period of an endless structure" in capsys.readouterr().out
    report = json.loads((tmp_path / "results/gyroid/base/voxels.json").read_text())
    for phase in report["transport"]["phases"].values():
        for found in phase["directions"].values():
            assert found["lower"] < found["relative"] < found["upper"] < 1 / 3


def test_no_mesh_need_be_possible(study, tmp_path, capsys):
    """A lattice of a nanometre would be refused; nobody asked for one."""
    voxels = np.zeros((10, 10, 10), dtype=np.uint8)
    voxels[:, 2:5, 1:4] = 1
    np.save(tmp_path / "channel.npy", voxels)
    assert main(["voxels", study(IMAGE + "mesh: {interface_size: 1 nm}\n"), "--quiet"]) == 0


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (GYROID, [], "give --voxel-size"),
        (GYROID, ["--voxel-size", "7 K"], "--voxel-size: '7 K' has the wrong dimension"),
        (GYROID, ["--voxel-size", "0"], "--voxel-size: must be positive"),
        (GYROID, ["--voxel-size", "10 nm"], "more than 1e+08"),
        (IMAGE, ["--voxel-size", "10 nm"], "an image has voxels of its own"),
        ("study: a\ngeometry: {architecture: planar, gap: 50 um}\n", ["--voxel-size", "1 um"], "porous_sample"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_message(study, tmp_path, capsys, text, options, words):
    np.save(tmp_path / "channel.npy", (np.arange(1000).reshape(10, 10, 10) % 3 == 0).astype(np.uint8))
    assert main(["voxels", study(text), *options]) == 2
    told = capsys.readouterr().err
    assert words in told and told.count("error:") == 1 and "Traceback" not in told
