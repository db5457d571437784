import pytest
from archode.geometry import GeometryError, MeshSizes, mesh_file, require_affordable

from .shapes import UM, Interdigital, Planar, Stack

GOOD = {"finger_width": 50 * UM, "gap": 50 * UM, "thickness": 1 * UM}


@pytest.mark.parametrize(
    ("described", "parameters", "words"),
    [
        (Planar, {"gap": 0}, "gap must be positive"),
        (Planar, {"gap": -1 * UM}, "gap must be positive"),
        (Planar, {"gap": float("inf")}, "finite"),
        (Planar, {"gap": "50 um"}, "length in metres"),
        (Planar, {"gap": True}, "length in metres"),
        (Planar, {"gap": 1 * UM, "width": 0}, "width"),
        (Planar, {"gap": 1 * UM, "cathode_thickness": -1 * UM}, "cathode_thickness must be zero or positive"),
        (Planar, {"gap": 1 * UM, "device_area": 0}, "device_area"),
        (Stack, {"electrolyte_thickness": 0, "cathode_thickness": 1 * UM}, "electrolyte_thickness"),
        (
            Stack,
            {"electrolyte_thickness": UM, "cathode_thickness": 0, "collector_thickness": UM},
            "set collector_thickness to 0",
        ),
        (
            Stack,
            {"electrolyte_thickness": UM, "cathode_thickness": UM, "anode_collector_thickness": UM},
            "anode_thickness",
        ),
        (Interdigital, GOOD | {"gap": 0}, "gap must be positive"),
        (Interdigital, GOOD | {"gap": -1 * UM, "finger_width": 0}, "finger_width .* gap"),
        (Interdigital, GOOD | {"length": 0}, "length"),
        (Interdigital, GOOD | {"cover": 0}, "cover"),
        (Interdigital, GOOD | {"bus_width": 0, "domain": "comb"}, "bus_width"),
        (Interdigital, GOOD | {"pairs": 0}, "pairs"),
        (Interdigital, GOOD | {"pairs": 2.5}, "pairs"),
        (Interdigital, GOOD | {"domain": "half"}, "unit_cell, finger_pair, comb"),
        (Interdigital, GOOD | {"length": 10 * UM, "slice": 20 * UM}, "slice .* deeper"),
        (Interdigital, GOOD | {"thickness": 0}, "set collector_thickness to 0"),
        (Interdigital, GOOD | {"insulated_top": "yes"}, "insulated_top must be true or false"),
        (
            Interdigital,
            GOOD | {"thickness": 0, "collector_thickness": 0, "insulated_top": True},
            "thickness a value above 0 or leave insulated_top false",
        ),
        (Interdigital, GOOD | {"length": 50 * UM, "domain": "comb"}, "tip_gap"),
    ],
)
def test_impossible_shapes_are_refused(described, parameters, words):
    with pytest.raises(GeometryError, match=words):
        described(**parameters)


CELL = Interdigital(**GOOD)
PAIR = Interdigital(**GOOD, domain="finger_pair")


@pytest.mark.parametrize(
    ("architecture", "sizes", "words"),
    [
        (Planar(gap=10 * UM), {"size": 20 * UM}, "size .* larger than 10 µm, the gap"),
        (Planar(gap=10 * UM), {"interface_size": 6 * UM}, "interface_size"),
        (CELL, {"size": 60 * UM}, "mesh.size smaller"),
        (CELL, {"interface_size": 30 * UM}, "half of gap"),
        (CELL, {"film_size": 2 * UM}, "film's thickness"),
        (CELL, {"size": 1 * UM, "interface_size": 2 * UM}, "interface_size .* larger than size"),
        (CELL, {"size": 1e-9}, "make mesh.size larger"),
        (PAIR, {"interface_size": 1e-9}, "make mesh.interface_size larger"),
        (PAIR, {"film_size": 1e-12, "growth": 1.0001}, "make mesh.film_size larger"),
        (Planar(gap=1 * UM), {"size": 1e-15}, "make mesh.size larger"),
        (Stack(1 * UM, 1 * UM), {"size": 1e-12}, "make mesh.size larger"),
    ],
)
def test_senseless_mesh_sizes_are_refused_before_building(architecture, sizes, words, tmp_path):
    with pytest.raises(GeometryError, match=words):
        mesh_file(architecture, MeshSizes(**sizes), cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_huge_device_asks_for_a_smaller_domain():
    comb = Interdigital(10 * UM, 10 * UM, 1 * UM, length=1e-2, pairs=1000, domain="comb")
    with pytest.raises(GeometryError, match="smaller domain"):
        require_affordable(comb, MeshSizes())


def test_coarse_default_yields_to_a_given_interface_size():
    full = CELL.resolved_sizes(MeshSizes(interface_size=20 * UM))
    assert full.size == full.interface_size == 20 * UM
    full = CELL.resolved_sizes(MeshSizes(size=0.2 * UM))
    assert full.size == full.interface_size == 0.2 * UM
