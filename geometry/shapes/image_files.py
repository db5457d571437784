"""Reading image volumes, with errors that say what is wrong with the file."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import GeometryError

_COLOURS = (3, 4)
"""Lengths of a last axis that holds the colours of a picture."""


def _read_npy(path: Path) -> np.ndarray:
    return np.load(path, allow_pickle=False)


def _read_npz(path: Path) -> np.ndarray:
    with np.load(path, allow_pickle=False) as archive:
        if len(archive.files) != 1:
            raise GeometryError(
                f"image: {path} must hold one array, not {len(archive.files)} ({', '.join(archive.files)})"
            )
        return archive[archive.files[0]]


def _read_tiff(path: Path) -> np.ndarray:
    import tifffile

    with tifffile.TiffFile(path) as stack:
        if "S" in stack.series[0].axes:
            raise GeometryError(
                f"image: {path} holds colours {stack.series[0].shape}; give a stack of grey values or labels"
            )
        return stack.asarray()


def _read_nrrd(path: Path) -> np.ndarray:
    import nrrd

    if (data := _detached(path)) is not None and not data.is_file():
        raise GeometryError(f"image: {path} has its voxels in {data}, which does not exist; put it there")
    return nrrd.read(str(path), index_order="F")[0]


def _detached(path: Path) -> Path | None:
    """The file that holds the voxels of a NRRD header, None where they follow the header."""
    import nrrd

    header = nrrd.read_header(str(path))
    name = header.get("data file", header.get("datafile"))
    return None if name is None else path.parent / str(name)


READERS: dict[str, Callable[[Path], np.ndarray]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".tif": _read_tiff,
    ".tiff": _read_tiff,
    ".nrrd": _read_nrrd,
}
SUFFIXES = tuple(READERS)


def read_volume(path: Path) -> np.ndarray:
    """Voxels of an image file in the file's order of axes; truth values become 0 and 1.

    Raises
    ------
    GeometryError
        The file is missing, unreadable, not three-dimensional, coloured or too small, or holds complex or
        undefined values.
    """
    volume = _guarded(path, lambda: np.asarray(READERS[path.suffix.lower()](path)))
    if volume.ndim != 3:
        raise GeometryError(
            f"image: {path} has {volume.ndim} dimensions {volume.shape}, not three; "
            "give a volume of grey values or labels without colours"
        )
    if volume.shape[2] in _COLOURS and min(volume.shape[:2]) > 4 * volume.shape[2]:
        raise GeometryError(
            f"image: {path} looks like a coloured picture {volume.shape}, not like a volume; "
            "give a volume of grey values or labels"
        )
    if min(volume.shape) < 2:
        raise GeometryError(f"image: {path} is only {min(volume.shape)} voxel thick {volume.shape}")
    if volume.dtype.kind == "b":
        return volume.view(np.uint8)
    if volume.dtype.kind not in "uif":
        raise GeometryError(f"image: {path} holds values of type {volume.dtype}, not real numbers")
    if volume.dtype.kind == "f" and (undefined := sum(np.count_nonzero(~np.isfinite(plane)) for plane in volume)):
        raise GeometryError(f"image: {undefined} values of {path} are infinite or not a number")
    return volume


def image_files(path: Path) -> tuple[Path, ...]:
    """An image file and those that hold its voxels: of a NRRD header, of OME-TIFF in several files."""
    suffix = path.suffix.lower()
    if suffix == ".nrrd" and (data := _guarded(path, lambda: _detached(path))) is not None:
        if not data.is_file():
            raise GeometryError(f"image: {path} has its voxels in {data}, which does not exist; put it there")
        return path, data
    if suffix in (".tif", ".tiff"):
        return (path, *_guarded(path, lambda: _further_tiffs(path)))
    return (path,)


def _further_tiffs(path: Path) -> list[Path]:
    """Other files that an OME-TIFF has voxels in."""
    import tifffile

    with tifffile.TiffFile(path) as stack:
        if not stack.is_ome:
            return []
        holders = [page.parent.filehandle.path for page in stack.series[0].pages if page is not None]
        return sorted({Path(holder) for holder in holders} - {path, path.resolve()})


def told_voxel_size(path: Path, axes: str) -> tuple[float, float, float] | None:
    """Edges of a voxel along x, y and z [m] by the file itself; None where it does not tell them with a unit.

    Stacks of ImageJ and OME-TIFF tell them, and NRRD headers with units.  The resolution of other TIFF files is
    that of printers, and often a default.

    Parameters
    ----------
    axes
        Order of the axes in the file, such as "zyx".
    """
    suffix = path.suffix.lower()
    if suffix in (".tif", ".tiff"):
        return _guarded(path, lambda: _told_by_tiff(path))
    if suffix == ".nrrd":
        told = _guarded(path, lambda: _told_by_nrrd(path))
        return None if told is None else tuple(told[axes.index(axis)] for axis in "xyz")
    return None


def _told_by_tiff(path: Path) -> tuple[float, float, float] | None:
    import tifffile

    with tifffile.TiffFile(path) as stack:
        if stack.ome_metadata:
            return _told_by_ome(stack.ome_metadata)
        told = stack.imagej_metadata or {}
        unit = _metres(told.get("unit"))
        resolution = [stack.pages[0].tags.get(f"{axis}Resolution") for axis in "XY"]
        if unit is None or "spacing" not in told or None in resolution:
            return None
        x, y = (unit * tag.value[1] / tag.value[0] if tag.value[0] else 0.0 for tag in resolution)
        return _positive((x, y, unit * float(told["spacing"])))


def _told_by_ome(text: str) -> tuple[float, float, float] | None:
    from xml.etree import ElementTree

    pixels = next((node for node in ElementTree.fromstring(text).iter() if node.tag.endswith("Pixels")), None)
    if pixels is None:
        return None
    sizes = [pixels.get(f"PhysicalSize{axis}") for axis in "XYZ"]
    units = [_metres(pixels.get(f"PhysicalSize{axis}Unit", "µm")) for axis in "XYZ"]
    if None in sizes or None in units:
        return None
    return _positive(tuple(float(size) * unit for size, unit in zip(sizes, units, strict=True)))


def _told_by_nrrd(path: Path) -> tuple[float, float, float] | None:
    """Edges along the axes in the file's own order."""
    import nrrd

    header = nrrd.read_header(str(path))
    if (edges := header.get("space directions")) is not None:
        edges, units = np.linalg.norm(np.atleast_2d(edges), axis=1), header.get("space units")
    else:
        edges, units = header.get("spacings"), header.get("units")
    if edges is None or units is None or len(edges) != 3 or len(units) != 3:
        return None
    factors = [_metres(unit) for unit in units]
    if None in factors:
        return None
    return _positive(tuple(float(edge) * factor for edge, factor in zip(edges, factors, strict=True)))


_UNITS = {
    "m": 1.0,
    "cm": 1e-2,
    "mm": 1e-3,
    "um": 1e-6,
    "µm": 1e-6,
    "μm": 1e-6,
    "micron": 1e-6,
    "microns": 1e-6,
    "micrometer": 1e-6,
    "micrometre": 1e-6,
    "nm": 1e-9,
    "nanometer": 1e-9,
    "pm": 1e-12,
}


def _metres(unit: object) -> float | None:
    """Metres per unit as image programs write them; None for pixels, inches and what is unknown."""
    # ImageJ writes the Greek letter as an escape.
    text = str(unit).strip().strip('"').replace("\\u00B5", "µ") if unit is not None else ""
    return _UNITS.get(text) or _UNITS.get(text.lower())


def _positive(edges: tuple[float, ...]) -> tuple[float, float, float] | None:
    x, y, z = edges
    return (x, y, z) if all(math.isfinite(edge) and edge > 0 for edge in edges) else None


def _guarded[T](path: Path, action: Callable[[], T]) -> T:
    try:
        return action()
    except GeometryError:
        raise
    except FileNotFoundError as error:
        raise GeometryError(f"image: there is no file {path}; check path") from error
    except Exception as error:
        # Readers raise anything from struct.error to their own types on damaged files.
        raise GeometryError(f"image: {path} cannot be read: {error}") from error
