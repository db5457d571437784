import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, from_plain, shape_name, to_plain

GYROID = {"gyroid": {"period": 3e-5, "solid_fraction": 0.3}}
BALL = {"ball": {"centre": [0, 0, 0], "radius": 1e-6}}


def test_plain_data_name_the_shape_and_hold_every_parameter():
    shape = SHAPES["gyroid"](3e-5, 0.3)
    assert to_plain(shape) == {"gyroid": {"period": 3e-5, "solid_fraction": 0.3, "kind": "network"}}
    assert shape_name(shape) == "gyroid"


def test_combinations_without_parameters_are_lists_of_their_parts():
    assert list(to_plain(from_plain({"union": [GYROID, BALL]}))["union"][1]) == ["ball"]
    assert list(to_plain(from_plain({"complement": BALL}))["complement"]) == ["ball"]
    assert from_plain({"complement": {"of": BALL}}) == from_plain({"complement": BALL})
    offset = to_plain(from_plain({"offset": {"of": BALL, "by": 1e-7}}))
    assert offset["offset"]["by"] == 1e-7


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"gyriod": {"period": 1e-5, "solid_fraction": 0.3}}, "no shape 'gyriod'; did you mean gyroid"),
        ({"xyz": {}}, "known are random_waves, gyroid"),
        ({"gyroid": {"perod": 1e-5}}, "gyroid: there is no parameter 'perod'; did you mean period"),
        ({"gyroid": {"period": 1e-5}}, "gyroid: solid_fraction must be given"),
        ({"gyroid": 3}, "gyroid: needs parameters such as period, solid_fraction, kind, not 3"),
        ({"gyroid": {}, "ball": {}}, "written as name and parameters"),
        (["gyroid"], "written as name and parameters"),
        ({"union": [GYROID, {"bal": {}}]}, "union, part 2: there is no shape 'bal'; did you mean ball"),
        ({"union": GYROID}, "union: needs a list of at least two shapes"),
        (
            {"complement": {"difference": [BALL, {"gyroid": {"period": -1, "solid_fraction": 0.3}}]}},
            "complement: difference, part 2: gyroid: period must be positive",
        ),
        ({"offset": {"by": 1e-6}}, "offset: of must be given"),
    ],
)
def test_wrong_data_are_refused(data, message):
    with pytest.raises(GeometryError, match=message):
        from_plain(data)


def test_unregistered_shapes_have_no_name():
    class Blob(SHAPES["ball"]):
        pass

    with pytest.raises(TypeError, match="Blob is not among the shapes"):
        to_plain(Blob((0, 0, 0), 1e-6))
