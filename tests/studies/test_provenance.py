"""What results are made of: a difference is named, refused, and nothing is touched."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from archode.materials import load_material, material_names
from archode.studies import provenance as module
from archode.studies.cli import main
from archode.studies.load import load_study
from archode.studies.provenance import differences, fingerprint, provenance

from .tiny import TINY

LIBRARY = sorted(Path(module.__file__).with_name("library").glob("*.yml"))
OWN = TINY.replace("  overrides: {cathode.diffusivity: 1e-14 m^2/s}\n", "")
VOC1 = Path(load_material.__code__.co_filename).with_name("data") / "VOC1.yaml"


def own_material(folder):
    text = VOC1.read_text(encoding="utf-8").replace("value: 5.0e-17", "value: 1.0e-14")
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return folder / "own.yaml"


def write(folder, text):
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder / "study.yml"


def made_of(folder, text):
    return provenance(load_study(write(folder, text)).cases[0].study)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Results of a run that stopped after a few steps, with a material of its own."""
    folder = tmp_path_factory.mktemp("stopped")
    study = write(folder, OWN.replace("cathode: VOC1", f"cathode: {own_material(folder)}"))
    assert main(["run", str(study), "--out", str(folder), "--set", "solver.max_steps=4", "--quiet"]) == 3
    return folder


def resume(folder, *more):
    return main(["run", str(folder / "study.yml"), "--out", str(folder), "--resume", "--quiet", *more])


# ---------------------------------------------------------------------- told and refused
def test_a_material_file_that_was_edited_is_named_and_refused(stopped, capsys):
    """Edited between stop and --resume it was accepted: two materials in one time series."""
    own, results = stopped / "own.yaml", stopped / "tiny" / "base"
    text, before = own.read_text(encoding="utf-8"), contents(results)
    try:
        own.write_text(text.replace("value: 1.0e-14", "value: 1.0e-15"), encoding="utf-8")
        assert resume(stopped) == 2
        told = capsys.readouterr().err
        assert "own.yaml: cathode.diffusivity [m^2/s]: 1e-14 → 1e-15" in told and "without --resume" in told
        assert contents(results) == before
        command = ["impedance", str(stopped / "study.yml"), "--out", str(stopped), "--after", "end", "--quiet"]
        assert main(command) == 2
        assert "own.yaml: cathode.diffusivity [m^2/s]: 1e-14 → 1e-15" in capsys.readouterr().err
        # A remark is no other material.
        own.write_text(text.replace("accessible at", "measured at"), encoding="utf-8")
        assert resume(stopped, "--set", "solver.max_steps=4") == 3
    finally:
        own.write_text(text, encoding="utf-8")


def test_what_else_differs_is_named(stopped, capsys, monkeypatch):
    results = stopped / "tiny" / "base"
    before = contents(results)
    assert resume(stopped, "--set", "geometry.electrolyte_thickness=12 um", "--set", "protocol.0.charge=5 C") == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "geometry.electrolyte_thickness: 1" in told and "protocol.0.charge: 10.0 C → 5.0 C" in told
    monkeypatch.setenv("ARCHODE_MESH_THREADS", "2")
    assert resume(stopped) == 2
    assert "ARCHODE_MESH_THREADS: 1 → 2" in capsys.readouterr().err
    monkeypatch.delenv("ARCHODE_MESH_THREADS")
    versions = {"archode": "99.0"}
    monkeypatch.setattr(module, "version", lambda package: versions.get(package, "1.0"))
    assert resume(stopped) == 2
    assert "archode: 0.1.0 → 99.0" in capsys.readouterr().err
    assert contents(results) == before


def test_without_the_list_a_difference_is_still_refused(stopped, tmp_path, capsys):
    folder = shutil.copytree(stopped / "tiny", tmp_path / "tiny").parent
    shutil.copy(stopped / "study.yml", folder)
    (folder / "tiny" / "base" / "provenance.json").write_text("{}")
    assert resume(folder, "--set", "protocol.0.charge=5 C") == 2
    assert "what differs is not known: provenance.json is damaged" in capsys.readouterr().err
    assert resume(folder, "--set", "solver.max_steps=4") == 3
    assert json.loads((folder / "tiny" / "base" / "provenance.json").read_text())["versions"]


def test_cases_of_other_parameters_do_not_get_into_the_table(tmp_path, capsys):
    text = TINY.replace("repeat: 2", "repeat: 1") + "\nsweep: {protocol.0.charge: [10 C, 20 C]}\n"
    study = str(write(tmp_path, text))
    assert main(["run", study, "--out", str(tmp_path), "--quiet"]) == 0
    changed = ["--case", "charge=10C", "--set", "protocol.0.until.capacity=4 uAh"]
    assert main(["run", study, "--out", str(tmp_path), "--quiet", *changed]) == 0
    told = capsys.readouterr().err
    assert "charge=20C is left out of the table" in told and "protocol.0.until.capacity" in told
    table = (tmp_path / "tiny" / "table.csv").read_text()
    assert "charge=10C" in table and "charge=20C" not in table


# ---------------------------------------------------------------------- what belongs to it
@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_every_study_tells_what_it_is_made_of(path):
    for case in load_study(path).cases[:2]:
        told = provenance(case.study)
        assert fingerprint(json.loads(json.dumps(told))) == fingerprint(told)
        assert differences(told, told) == [] and told["materials"]["electrolyte"]["name"]


def test_every_number_of_the_library_belongs_to_it():
    for name in material_names():
        material = load_material(name)
        told = module._numbers(material)
        assert {key.split(" [")[0] for key in told} >= set(material.properties)
        json.dumps(told)


def test_the_content_of_an_image_belongs_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = np.zeros((12, 12, 12), dtype=np.uint8)
    image[::6], image[1::6] = 1, 1
    np.save("tomo.npy", image)
    text = OWN.replace(
        OWN[OWN.index("geometry:") : OWN.index("materials:")],
        "geometry: {architecture: porous_electrode, width: 0.6 um, thickness: 0.6 um, separator_thickness: 1 um,\n"
        "  solid: surface, counter_thickness: 1 um,\n"
        "  shape: {image: {path: tomo.npy, voxel_size: 50 nm, labels: [1]}}}\n",
    ).replace("cathode: VOC1", "cathode: VOC1\n  separator: {porosity: 0.5, tortuosity: 2}")
    before = made_of(tmp_path, text)
    image[2, :6] = 1
    np.save("tomo.npy", image)
    assert differences(before, made_of(tmp_path, text)) == ["tomo.npy: its content changed"]


def test_files_that_are_not_named_in_the_study_belong_to_it(tmp_path):
    """The numbers of an XDMF mesh are in an HDF5 file, the cells of TetGen's points in a file beside them."""
    from archode.geometry.formats import files_of
    from archode.geometry.shapes.image_files import image_files

    with h5py.File(tmp_path / "mesh.h5", "w") as file:
        file["data0"] = np.zeros(3)
    (tmp_path / "mesh.xdmf").write_text("<Xdmf><DataItem>mesh.h5:/data0</DataItem></Xdmf>")
    assert files_of(tmp_path / "mesh.xdmf") == [tmp_path / "mesh.xdmf", tmp_path / "mesh.h5"]
    for name in ("mesh.node", "mesh.ele"):
        (tmp_path / name).touch()
    assert set(files_of(tmp_path / "mesh.node")) == set(files_of(tmp_path / "mesh.ele"))
    assert len(files_of(tmp_path / "mesh.ele")) == 2
    import tifffile

    stack = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
    parts = {f"part{k}.ome.tif": plane for k, plane in enumerate(np.split(stack, 2))}
    data = "".join(
        f'<TiffData FirstZ="{2 * k}" IFD="0" PlaneCount="2"><UUID FileName="{name}">urn:uuid:{k}</UUID></TiffData>'
        for k, name in enumerate(parts)
    )
    for k, (name, planes) in enumerate(parts.items()):
        told = (
            '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:{k}"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" '
            f'SizeX="6" SizeY="5" SizeZ="4" SizeC="1" SizeT="1">{data}</Pixels></Image></OME>'
        )
        tifffile.imwrite(tmp_path / name, planes, description=told, metadata=None)
    assert np.array_equal(tifffile.TiffFile(tmp_path / "part0.ome.tif").series[0].asarray(), stack)
    assert set(image_files(tmp_path / "part0.ome.tif")) == {tmp_path / name for name in parts}
