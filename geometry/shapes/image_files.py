"""Reading image volumes, with errors that say what is wrong with the file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import GeometryError


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

    return tifffile.imread(path)


def _read_nrrd(path: Path) -> np.ndarray:
    import nrrd

    return nrrd.read(str(path), index_order="F")[0]


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
        The file is missing, unreadable, not three-dimensional or too small, or holds complex or undefined
        values.
    """
    try:
        volume = np.asarray(READERS[path.suffix.lower()](path))
    except GeometryError:
        raise
    except FileNotFoundError as error:
        raise GeometryError(f"image: there is no file {path}; check path") from error
    except Exception as error:
        # Readers raise anything from struct.error to their own types on damaged files.
        raise GeometryError(f"image: {path} cannot be read: {error}") from error
    if volume.ndim != 3:
        raise GeometryError(
            f"image: {path} has {volume.ndim} dimensions {volume.shape}, not three; "
            "give a volume of grey values or labels without colours"
        )
    if min(volume.shape) < 2:
        raise GeometryError(f"image: {path} is only {min(volume.shape)} voxel thick {volume.shape}")
    if volume.dtype.kind == "b":
        return volume.astype(np.uint8)
    if volume.dtype.kind not in "uif":
        raise GeometryError(f"image: {path} holds values of type {volume.dtype}, not real numbers")
    if volume.dtype.kind == "f" and not np.all(np.isfinite(volume)):
        raise GeometryError(
            f"image: {np.count_nonzero(~np.isfinite(volume))} values of {path} are infinite or not a number"
        )
    return volume
