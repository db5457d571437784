"""Shapes in study files: every one can be written and read back, and mistakes are told where they are."""

import pytest
from archode.geometry import ARCHITECTURES
from archode.geometry.shapes import SHAPES
from archode.studies.errors import StudyError
from archode.studies.load import load_study
from archode.studies.schema import MeshStudy
from archode.studies.schema_shape import parse_shape, write_shape

UM = 1e-6
BALL, BOX = SHAPES["ball"]((1e-6, 0.0, 0.0), 2 * UM), SHAPES["box"]((0.0, 0.0, 0.0), (1 * UM, 2 * UM, 3 * UM))
EVERY = {
    "random_waves": SHAPES["random_waves"](70e-9, 0.3, definition="period", anisotropy=(1.0, 1.0, 2.0)),
    "gyroid": SHAPES["gyroid"](30 * UM, 0.3, kind="sheet"),
    "schwarz_p": SHAPES["schwarz_p"](30 * UM, 0.5),
    "schwarz_d": SHAPES["schwarz_d"](30 * UM, 0.5),
    "simple_cubic": SHAPES["simple_cubic"](20 * UM, 3 * UM),
    "bcc": SHAPES["bcc"](20 * UM, 2 * UM, fillet=1 * UM),
    "fcc": SHAPES["fcc"](20 * UM, 2 * UM),
    "octet": SHAPES["octet"](30 * UM, 2 * UM),
    "fibres": SHAPES["fibres"](3 * UM, solid_fraction=0.2, tilt=0.1, seed=3),
    "hollow_spheres": SHAPES["hollow_spheres"](16 * UM, 3 * UM, 4 * UM),
    "inverse_opal": SHAPES["inverse_opal"](10 * UM, 1.08),
    "spheres": SHAPES["spheres"](5 * UM, pitch=12 * UM),
    "channels": SHAPES["channels"](5 * UM, 15 * UM, axis="x"),
    "pillars": SHAPES["pillars"](5 * UM, 15 * UM, 20 * UM),
    "box": BOX,
    "ball": BALL,
    "cylinder": SHAPES["cylinder"]((0.0, 0.0, 0.0), (0.0, 0.0, 1 * UM), 1 * UM),
    "half_space": SHAPES["half_space"]((0.0, 0.0, 1 * UM), (0.0, 0.0, 1.0)),
    "union": SHAPES["union"]((BALL, BOX)),
    "intersection": SHAPES["intersection"]((BALL, BOX)),
    "difference": SHAPES["difference"]((BALL, BOX)),
    "complement": SHAPES["complement"](BALL),
    "offset": SHAPES["offset"](SHAPES["union"]((BALL, BOX)), by=0.1 * UM),
    "blend": SHAPES["blend"]((BALL, BOX), radius=0.5 * UM),
    "place": SHAPES["place"](BALL, at=(1 * UM, 1 * UM, 1 * UM)),
}


def test_every_shape_is_tried():
    assert set(EVERY) | {"image"} == set(SHAPES)


@pytest.mark.parametrize("name", EVERY)
def test_a_shape_is_written_and_read_back(name):
    written = write_shape(EVERY[name])
    assert list(written) == [name]
    assert parse_shape(written) == EVERY[name]


def test_an_image_is_written_and_read_back(tmp_path):
    import numpy as np

    np.save(tmp_path / "volume.npy", np.indices((8, 8, 8)).sum(axis=0) % 4)
    image = SHAPES["image"](str(tmp_path / "volume.npy"), (1 * UM, 1 * UM, 2 * UM), labels=(1, 2))
    assert parse_shape(write_shape(image)) == image
    named = SHAPES["image"](str(tmp_path / "volume.npy"), 1 * UM, labels={"active": 1, "binder": [2, 3]})
    assert write_shape(named)["image"]["labels"] == {"active": (1,), "binder": (2, 3)}
    assert parse_shape(write_shape(named)) == named


STUDY = """\
study: host
geometry:
  architecture: porous_sample
  width: 60 um
  shape:
    {shape}
"""


def study_of(shape, folder):
    path = folder / "host.yml"
    path.write_text(STUDY.format(shape=shape))
    return path


def test_a_nested_expression_with_units(tmp_path):
    gyroid = "{gyroid: {period: 30 um, solid_fraction: 30 %}}"
    shape = f"{{union: [{gyroid}, {{box: {{corner: [0 um, 0, 0], size: [60 um, 60 um, 4 um]}}}}]}}"
    loaded = load_study(study_of(shape, tmp_path), model=MeshStudy)
    gyroid, box = loaded.study.geometry.shape.of
    assert (gyroid.period, gyroid.solid_fraction) == pytest.approx((30e-6, 0.3))
    assert box.size == pytest.approx((60e-6, 60e-6, 4e-6))
    assert isinstance(loaded.study.geometry, ARCHITECTURES["porous_sample"])


def test_parameters_of_a_shape_can_be_swept_and_overridden(tmp_path):
    path = study_of("{gyroid: {period: 30 um, solid_fraction: 0.3}}", tmp_path)
    path.write_text(path.read_text() + "sweep:\n  geometry.shape.gyroid.solid_fraction: [0.4, 0.5]\n")
    loaded = load_study(path, ["geometry.shape.gyroid.kind=sheet"], MeshStudy)
    assert [case.study.geometry.shape.solid_fraction for case in loaded.cases] == [0.4, 0.5]
    assert {case.study.geometry.shape.kind for case in loaded.cases} == {"sheet"}


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("gyroid", r"host\.yml:5: geometry\.shape: must name one shape"),
        ("{gyriod: {period: 30 um, solid_fraction: 0.3}}", r"unknown shape 'gyriod'; did you mean 'gyroid'"),
        ("{gyroid: {perod: 30 um, solid_fraction: 0.3}}", r"geometry\.shape\.gyroid\.perod: unknown key"),
        ("{gyroid: {period: 30 um}}", r"geometry\.shape\.gyroid\.solid_fraction: required key is missing"),
        ("{gyroid: {period: 30 V, solid_fraction: 0.3}}", r"geometry\.shape\.gyroid\.period: "),
        ("{gyroid: {period: 30 um, solid_fraction: 1.3}}", r"shape\.gyroid\.solid_fraction: .*between 0 and 1"),
        ("{gyroid: {period: 30 um, solid_fraction: 0.3}, bcc: {}}", r"must name one shape"),
        ("{union: {gyroid: {period: 30 um, solid_fraction: 0.3}}}", r"geometry\.shape\.union: must be a list"),
        ("{union: [{ball: {centre: [0, 0], radius: 1 um}}]}", r"geometry\.shape\.union"),
        ("{image: {path: none.tif, voxel_size: 1 um, threshold: 3}}", r"there is no file none\.tif"),
        ("{image: {path: none.tif, voxel_size: [1 um, 1 V, 1 um]}}", r"shape\.image\.voxel_size\.1: .*V"),
        ("{random_waves: {size: 90 um, solid_fraction: 0.3}}", r"width \(60 µm\) is smaller than one feature"),
        ("{random_waves: {size: 10 um, solid_fraction: 0.3, definition: cord}}", r"did you mean 'chord'"),
    ],
)
def test_mistakes_are_told_where_they_are(shape, message, tmp_path):
    with pytest.raises(StudyError, match=message):
        load_study(study_of(shape, tmp_path), model=MeshStudy)
