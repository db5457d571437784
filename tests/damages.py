"""What disks, copies and people do to files."""

import h5py
import numpy as np


def flip(path, place=0.5, bit=4):
    """Flip a bit at a share of a file's length."""
    content = bytearray(path.read_bytes())
    content[min(int(place * len(content)), len(content) - 1)] ^= bit
    path.write_bytes(content)


def cut(path, share=0.7):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def empty(path):
    path.write_bytes(b"")


def folder(path):
    path.unlink()
    path.mkdir()
    (path / "something").touch()


def change_attribute(path):
    """Change the first attribute that is found, as a person would: HDF5 has nothing to complain about."""
    with h5py.File(path, "a") as file:
        groups = [file]
        file.visititems(lambda _, item: groups.append(item))
        group = next(item for item in groups if len(item.attrs))
        name = next(iter(group.attrs))
        value = group.attrs[name]
        group.attrs[name] = "another" if isinstance(value, str | bytes) else np.asarray(value) + 1


def change_value(path):
    """Change the first value of floating point that is found."""
    with h5py.File(path, "a") as file:
        found = []
        file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
        dataset = next(item for item in found if item.dtype.kind == "f" and item.size)
        dataset[(0,) * dataset.ndim] += 1e-9


OF_ANY_FILE = {
    "flipped bit in the head": lambda path: flip(path, 0.002),
    "flipped bit": flip,
    "cut": cut,
    "emptied": empty,
    "folder": folder,
}
OF_HDF5 = OF_ANY_FILE | {"changed attribute": change_attribute, "changed value": change_value}
