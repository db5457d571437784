"""How many threads fill the bodies of a mesh."""

import os

from .errors import GeometryError

VARIABLE = "ARCHODE_MESH_THREADS"


def mesh_threads() -> int:
    """``$ARCHODE_MESH_THREADS``, 1 where it is not set.

    HXT gives the same mesh again with as many threads, another one with more: the number belongs to what shapes a mesh.

    Raises
    ------
    GeometryError
        It is not a positive whole number.
    """
    given = os.environ.get(VARIABLE, "1")
    if not given.isdecimal() or int(given) < 1:
        raise GeometryError(f"{VARIABLE} must be a positive whole number, not {given!r}: correct it or unset it")
    return int(given)
