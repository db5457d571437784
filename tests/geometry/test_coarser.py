"""Companion meshes: larger sizes where the shape bears them, smaller ones where it does not."""

import pytest
from archode.geometry import ARCHITECTURES, MeshSizes, mesh_file
from archode.geometry.coarser import Companion, companion, sizes_of
from archode.geometry.shapes import SHAPES

UM = 1e-6


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path))


def fingers(**more):
    return ARCHITECTURES["interdigital"](
        finger_width=10 * UM, gap=10 * UM, thickness=0.0, collector_thickness=0.0, **more
    )


def spheres():
    return ARCHITECTURES["porous_sample"](SHAPES["spheres"](6 * UM, pitch=20 * UM), 20 * UM)


@pytest.mark.parametrize("ratio", [2.0, 1.5, 0.5])
@pytest.mark.parametrize("order", [2 / 3, 1.0, 2.0])
def test_the_error_of_a_number_that_goes_with_a_power_of_the_sizes(ratio, order):
    beside = Companion(None, ratio)
    assert beside.error(5.0 + 0.3, 5.0 + 0.3 * ratio**order, order) == pytest.approx(0.3)


def test_a_companion_has_twice_the_sizes_and_growth_squared():
    own = mesh_file(fingers())
    beside = companion(fingers(), own)
    assert beside.ratio == pytest.approx(2)
    before, after = sizes_of(own), sizes_of(beside.file)
    assert after.interface_size == pytest.approx(2 * before.interface_size)
    assert after.growth == pytest.approx(before.growth**2)
    assert beside.file.report["cells"] < own.report["cells"] / 2


def test_sizes_at_the_limit_get_a_finer_companion():
    coarse = MeshSizes(interface_size=spheres().resolved_sizes(MeshSizes()).interface_size * 2.5)
    own = mesh_file(spheres(), coarse)
    assert companion(spheres(), own, finer=False) is None
    beside = companion(spheres(), own)
    assert beside.ratio == pytest.approx(2 / 3) and beside.file.report["cells"] > own.report["cells"]


def test_no_companion_where_none_would_tell_anything():
    """A mesh from a file has no sizes; a plane gap of two layers is none the coarser."""
    gap = ARCHITECTURES["planar"](gap=10 * UM)
    own = mesh_file(gap, MeshSizes(size=10 * UM, interface_size=5 * UM))
    beside = companion(gap, own, finer=False)
    assert beside is None or beside.file.report["cells"] < own.report["cells"]
