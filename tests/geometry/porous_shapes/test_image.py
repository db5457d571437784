import math
from pathlib import Path

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction, from_plain, to_plain

Image = SHAPES["image"]
SHAPE = (36, 30, 24)
VOXEL = 0.5e-6
EXTENT = np.array(SHAPE) * VOXEL
CENTRE = np.array([17.3, 15.2, 12.1])
RADIUS = 9.0


def depth():
    """Distance of voxels' middles to the surface of a ball [voxels], along x, y, z."""
    middles = np.stack(np.meshgrid(*(np.arange(n) + 0.5 for n in SHAPE), indexing="ij"), axis=-1)
    return RADIUS - np.linalg.norm(middles - CENTRE, axis=-1)


def grey():
    """Ball of grey value 200 on 50, blurred over two voxels."""
    return (125 + 75 * np.tanh(depth() / 1.5)).astype(np.uint8)


def labels():
    """Ball of label 3 with a core of label 7 in label 1."""
    return np.where(depth() > 4, 7, np.where(depth() > 0, 3, 1)).astype(np.int16)


def write(path, volume):
    """Write a volume along x, y, z in the order of axes that each format is read by default."""
    if path.suffix == ".npy":
        np.save(path, volume)
    elif path.suffix == ".npz":
        np.savez_compressed(path, volume=volume)
    elif path.suffix == ".nrrd":
        import nrrd

        nrrd.write(str(path), volume)
    else:
        import tifffile

        tifffile.imwrite(path, np.ascontiguousarray(volume.transpose(2, 1, 0)))
    return str(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".tif", ".tiff", ".nrrd"])
def test_every_format_gives_the_same_field(tmp_path, suffix):
    shape = Image(write(tmp_path / f"ball{suffix}", grey()), VOXEL, threshold=125)
    assert shape.volume.shape == SHAPE
    assert np.array_equal(shape.volume, grey())
    reference = Image(write(tmp_path / "reference.npy", grey()), VOXEL, threshold=125)
    points = np.random.default_rng(0).uniform(0, 1, (500, 3)) * EXTENT
    assert np.array_equal(shape.field(EXTENT).values(points), reference.field(EXTENT).values(points))


@pytest.mark.parametrize(
    ("volume", "parameters", "tolerance"),
    [
        # In voxels.  Without smoothing, labels leave the steps between voxels.
        (grey, {"threshold": 125}, 0.2),
        (grey, {"threshold": 125, "smoothing": 2.0}, 0.15),
        (labels, {"labels": (3, 7)}, 0.45),
        (labels, {"labels": (3, 7), "smoothing": 2.0}, 0.3),
        (labels, {"labels": (7, 3), "smoothing": 0.0}, 0.7),
    ],
)
def test_field_is_the_distance_to_the_solid(tmp_path, volume, parameters, tolerance):
    field = Image(write(tmp_path / "ball.npy", volume()), VOXEL, **parameters).field(EXTENT)
    points = np.random.default_rng(0).uniform(0, 1, (4000, 3)) * EXTENT
    exact = np.linalg.norm(points - CENTRE * VOXEL, axis=1) - RADIUS * VOXEL
    near = np.abs(exact) < 0.6 * VOXEL
    assert np.max(np.abs(field.values(points) - exact)[near]) < tolerance * VOXEL
    # Farther off, whole voxels and the rounded middle of the ball.
    far = np.abs(exact) < 6 * VOXEL
    assert np.max(np.abs(field.values(points) - exact)[far]) < 1.1 * VOXEL
    assert np.mean(np.abs(field.values(points) - exact)[far]) < 0.3 * VOXEL


@pytest.mark.parametrize("smoothing", [0.0, 1.0, 3.0])
@pytest.mark.parametrize(("volume", "parameters"), [(grey, {"threshold": 125}), (labels, {"labels": (3, 7)})])
def test_solid_fraction_is_that_of_the_voxels(tmp_path, volume, parameters, smoothing):
    shape = Image(write(tmp_path / "ball.npy", volume()), VOXEL, smoothing=smoothing, **parameters)
    counted = np.mean(depth() > 0)
    assert np.mean(shape.segmented) == pytest.approx(counted, rel=0.01)
    measured = fraction(shape.field(EXTENT), EXTENT, 72)
    assert measured == pytest.approx(np.mean(shape.segmented), rel=0.01)
    assert counted == pytest.approx(4 / 3 * math.pi * RADIUS**3 / np.prod(SHAPE), rel=0.01)


def test_solid_below_the_threshold_is_the_complement(tmp_path):
    path = write(tmp_path / "ball.npy", grey())
    above, below = (
        Image(path, VOXEL, threshold=125.5, solid=side).field(EXTENT) for side in ("above", "below")
    )
    points = np.random.default_rng(0).uniform(0, 1, (200, 3)) * EXTENT
    assert below.values(points) == pytest.approx(-above.values(points), abs=0.02 * VOXEL)


def test_axes_and_unequal_voxels(tmp_path):
    path = write(tmp_path / "ball.npy", grey().transpose(2, 0, 1))
    edges = (0.5e-6, 1e-6, 0.25e-6)
    shape = Image(path, edges, threshold=125, axes="zxy")
    assert shape.extent == pytest.approx(np.array(SHAPE) * edges)
    field = shape.field(shape.extent)
    # Ends of the ellipsoid's axes, one of which is as sharp as a voxel.
    for axis, edge in enumerate(edges):
        end = CENTRE.copy()
        end[axis] += RADIUS
        assert field.values((end * edges)[None])[0] == pytest.approx(0, abs=0.5 * edge)


def test_a_smaller_box_has_the_fraction_of_its_own_voxels(tmp_path):
    shape = Image(write(tmp_path / "ball.npy", grey()), VOXEL, threshold=125)
    box = EXTENT * [0.5, 1, 1]
    assert fraction(shape.field(box), box, 60) == pytest.approx(np.mean(shape.segmented[:18]), rel=0.01)


def test_feature_size_is_a_mean_chord(tmp_path):
    shape = Image(write(tmp_path / "ball.npy", grey()), VOXEL, threshold=125)
    assert shape.feature_size == pytest.approx(4 * RADIUS / 3 * VOXEL, rel=0.05)


def test_truth_values_are_labels(tmp_path):
    shape = Image(write(tmp_path / "mask.npy", depth() > 0), VOXEL, labels=(1,))
    assert np.mean(shape.segmented) == pytest.approx(np.mean(depth() > 0))


def test_whole_numbers_written_as_decimals_are_labels(tmp_path):
    shape = Image(write(tmp_path / "mask.npy", (depth() > 0) * 1.0), VOXEL, labels=(1,))
    assert np.array_equal(shape.segmented, depth() > 0)


def test_a_detached_nrrd_belongs_to_the_fingerprint(tmp_path):
    import nrrd

    def written(volume):
        nrrd.write(str(tmp_path / "ball.nhdr"), volume, {"encoding": "raw"}, detached_header=True)
        (tmp_path / "ball.nhdr").rename(tmp_path / "ball.nrrd")
        return Image(str(tmp_path / "ball.nrrd"), VOXEL, threshold=125)

    shape = written(grey())
    header = (tmp_path / "ball.nrrd").read_text()
    before = shape.content()
    assert np.array_equal(shape.volume, grey())
    data = tmp_path / next(line.split(":")[1].strip() for line in header.splitlines() if "file:" in line)
    data.write_bytes(data.read_bytes()[::-1])
    assert shape.content() != before
    assert (tmp_path / "ball.nrrd").read_text() == header
    data.unlink()
    with pytest.raises(GeometryError, match=r"has its voxels in .*, which does not exist"):
        shape.content()
    with pytest.raises(GeometryError, match=r"has its voxels in .*, which does not exist"):
        Image(str(tmp_path / "ball.nrrd"), VOXEL, threshold=125).field(EXTENT)


def imagej(path):
    import tifffile

    volume = np.ascontiguousarray(grey().transpose(2, 1, 0))
    metadata = {"spacing": 0.25, "unit": "um", "axes": "ZYX"}
    tifffile.imwrite(path, volume, imagej=True, resolution=(2.0, 4.0), metadata=metadata)


def ome(path):
    import tifffile

    volume = np.ascontiguousarray(grey().transpose(2, 1, 0))
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 250.0, "PhysicalSizeZUnit": "nm"}
    tifffile.imwrite(path, volume, ome=True, metadata={"axes": "ZYX"} | sizes)


def nrrd_with_units(path):
    import nrrd

    directions = np.diag([500.0, 250.0, 250.0])
    header = {"space dimension": 3, "space directions": directions, "space units": ["nm"] * 3}
    nrrd.write(str(path), grey(), header)


@pytest.mark.parametrize(
    ("name", "writer"), [("ball.tif", imagej), ("ball.ome.tif", ome), ("ball.nrrd", nrrd_with_units)]
)
def test_files_may_tell_the_size_of_voxels(tmp_path, caplog, name, writer):
    path = tmp_path / name
    writer(path)
    with caplog.at_level("INFO"):
        shape = Image(str(path), threshold=125)
    assert shape.spacing == pytest.approx([0.5e-6, 0.25e-6, 0.25e-6], rel=1e-9)
    assert "0.5 µm × 0.25 µm × 0.25 µm, by the file itself" in caplog.text
    assert Image(str(path), (0.5e-6, 0.25e-6, 0.2501e-6), threshold=125).spacing[2] == 0.2501e-6
    with pytest.raises(GeometryError, match=r"voxel_size is 1 µm × 1 µm × 1 µm, but by .* itself the voxels are 0.5"):
        Image(str(path), 1e-6, threshold=125)


def test_resolution_of_printers_is_no_voxel_size(tmp_path):
    import tifffile

    tifffile.imwrite(tmp_path / "ball.tif", grey(), resolution=(72, 72), resolutionunit="INCH")
    with pytest.raises(GeometryError, match="voxel_size must be given"):
        Image(str(tmp_path / "ball.tif"), threshold=125)


def test_colours_are_refused(tmp_path):
    import tifffile

    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((40, 30, 3), np.uint8), photometric="rgb")
    tifffile.imwrite(tmp_path / "stack.tif", np.zeros((9, 40, 30, 3), np.uint8), photometric="rgb")
    for name in ("rgb.tif", "stack.tif"):
        with pytest.raises(GeometryError, match=r"rgb.tif|stack.tif holds colours"):
            Image(str(tmp_path / name), VOXEL, threshold=1).field(EXTENT)


def test_the_digest_is_that_of_the_files(tmp_path):
    path = write(tmp_path / "ball.npy", grey())
    shape = Image(path, VOXEL, threshold=125)
    assert shape.files() == (Path(path),)
    assert "content" not in str(to_plain(shape))
    together = SHAPES["union"]((shape, SHAPES["ball"]((0, 0, 0), 1e-6)))
    before = together.content()
    assert before is not None
    assert SHAPES["offset"](shape, 1e-7).content() is not None
    write(tmp_path / "ball.npy", grey() // 2)
    assert together.content() != before


def test_plain_data_give_the_image_back(tmp_path):
    shape = Image(write(tmp_path / "ball.npy", labels()), (1e-6, 2e-6, 3e-6), labels=[7, 3])
    assert from_plain(to_plain(shape)) == shape
    assert to_plain(shape)["image"]["labels"] == [7, 3]
    assert shape.axes == "xyz"


def test_named_labels_survive_plain_data(tmp_path):
    shape = Image(write(tmp_path / "ball.npy", labels()), VOXEL, labels={"active": 7, "binder": [3]})
    assert shape.solids == ("active", "binder")
    assert to_plain(shape)["image"]["labels"] == {"active": [7], "binder": [3]}
    assert from_plain(to_plain(shape)) == shape
    assert hash(from_plain(to_plain(shape))) == hash(shape)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("ball.png", {"threshold": 1}, "ends in .png; known are .npy"),
        ("other.npy", {"threshold": 1}, "there is no file .*other.npy; check path"),
        ("ball.npy", {}, "give either threshold"),
        ("ball.npy", {"threshold": 1, "labels": (1,)}, "give either threshold"),
        ("ball.npy", {"threshold": "high"}, "threshold must be a finite number"),
        ("ball.npy", {"labels": 3}, "labels must be a list"),
        ("ball.npy", {"labels": (1.5,)}, "labels must be a whole number"),
        ("ball.npy", {"labels": (1,), "solid": "below"}, "solid belongs to threshold"),
        ("ball.npy", {"threshold": 1, "solid": "left"}, "solid must be one of above, below"),
        ("ball.npy", {"threshold": 1, "smoothing": -1}, "smoothing must lie between 0 and 10"),
        ("ball.npy", {"threshold": 1, "largest_shift": -1}, "largest_shift must lie between 0 and 10"),
        ("ball.npy", {"labels": {}}, "labels must name one to 3 solid phases"),
        ("ball.npy", {"labels": dict(zip("abcd", range(4), strict=True))}, "labels must name one to 3 solid phases"),
        ("ball.npy", {"labels": {"pore": 1}}, "labels must name solid phases by words of their own, not 'pore'"),
        ("ball.npy", {"labels": {"active": 1.5}}, "labels of active must be a whole number"),
        ("ball.npy", {"labels": {"active": [3, 7], "binder": 7}}, r"labels \[7\] stand in two phases"),
        ("ball.npy", {"threshold": 1, "voxel_size": None}, "voxel_size must be given, .* does not tell how large"),
        ("ball.npy", {"threshold": 1, "axes": "zzy"}, "axes must be an order of x, y and z"),
        ("ball.npy", {"threshold": 1, "voxel_size": 0}, "voxel_size must be positive"),
        ("ball.npy", {"threshold": 1, "voxel_size": (1, 2)}, "voxel_size must be three numbers"),
    ],
)
def test_nonsense_is_refused(tmp_path, name, parameters, message):
    write(tmp_path / "ball.npy", grey())
    with pytest.raises(GeometryError, match=f"image: .*{message}"):
        Image(str(tmp_path / name), **{"voxel_size": VOXEL, **parameters})


@pytest.mark.parametrize(
    ("volume", "parameters", "message"),
    [
        (grey, {"threshold": 300}, "threshold 300 lies outside the grey values of .*, 50 to 199"),
        (labels, {"labels": (2, 3)}, r"labels \[2\] do not occur in the file; it holds 1, 3, 7"),
        (labels, {"labels": (1, 3, 7)}, "cover the whole file"),
        (lambda: grey() / 100, {"labels": (1,)}, "labels need whole numbers, but .* holds"),
        (labels, {"labels": {"active": 3, "binder": [1, 7]}}, "cover the whole file"),
        (labels, {"labels": {"active": 3, "binder": [8]}}, r"labels \[8\] do not occur"),
        (lambda: np.zeros((40, 30, 3), np.uint8), {"threshold": 99}, "looks like a coloured picture"),
        (lambda: grey()[0], {"threshold": 99}, "has 2 dimensions"),
        (lambda: grey()[:1], {"threshold": 99}, "only 1 voxel thick"),
        (lambda: grey() * 1j, {"threshold": 99}, "complex128, not real numbers"),
        (lambda: np.where(depth() > 8, np.nan, 1.0), {"threshold": 0.5}, "infinite or not a number"),
        (lambda: np.full(SHAPE, 7.0), {"threshold": 7.0}, "have the value 7: there is one phase only"),
    ],
)
def test_unusable_files_are_refused(tmp_path, volume, parameters, message):
    shape = Image(write(tmp_path / "ball.npy", volume()), VOXEL, **parameters)
    with pytest.raises(GeometryError, match=f"image: .*{message}"):
        shape.field(EXTENT)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".tif", ".nrrd"])
def test_damaged_files_are_refused(tmp_path, suffix):
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(b"no image at all")
    with pytest.raises(GeometryError, match="cannot be read"):
        Image(str(path), VOXEL, threshold=1).field(EXTENT)


def test_archives_of_several_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "two.npz", a=grey(), b=grey())
    with pytest.raises(GeometryError, match=r"must hold one array, not 2 \(a, b\)"):
        Image(str(tmp_path / "two.npz"), VOXEL, threshold=125).field(EXTENT)


def test_a_file_that_vanished_is_refused(tmp_path):
    path = tmp_path / "ball.npy"
    shape = Image(write(path, grey()), VOXEL, threshold=125)
    path.unlink()
    with pytest.raises(GeometryError, match="there is no file"):
        shape.field(EXTENT)


def test_a_box_beyond_the_image_is_refused(tmp_path):
    shape = Image(write(tmp_path / "ball.npy", grey()), VOXEL, threshold=125)
    with pytest.raises(GeometryError, match=r"18 µm long along x, 1 µm \(2 voxels\) less than the box"):
        shape.field(EXTENT + np.array([1e-6, 0, 0]))


def test_a_box_in_one_phase_is_refused(tmp_path):
    shape = Image(write(tmp_path / "ball.npy", grey()), VOXEL, threshold=125)
    with pytest.raises(GeometryError, match="the box holds nothing but pore"):
        shape.field(np.full(3, 1e-6))


def test_smoothing_away_a_phase_is_refused(tmp_path):
    volume = np.zeros(SHAPE, dtype=np.float32)
    volume[18, 15, 12] = 1
    shape = Image(write(tmp_path / "speck.npy", volume), VOXEL, threshold=0.5, smoothing=2)
    with pytest.raises(GeometryError, match="leaves one phase only"):
        shape.field(EXTENT)
