"""Mesh sizes: what a user may ask for, and layers that grow geometrically away from an interface."""

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from .errors import GeometryError
from .parameters import Length, micrometres, require_lengths

DEFAULT_GROWTH = 1.4
"""Ratio of neighbouring sizes where none is asked for."""

LARGEST_GROWTH = 3.0
"""Above it neighbouring cells have too little to do with one another."""


@dataclasses.dataclass(frozen=True)
class MeshSizes:
    """Cell sizes in metres; None stands for the architecture's default.

    Parameters
    ----------
    size
        Largest cell size, reached far from the electrodes [m].
    interface_size
        Size at the electrodes: first electrolyte layer on them, and cells along their edges [m].
    film_size
        Thickness of the layer of film cells that touches the electrolyte [m].
    growth
        Largest ratio of neighbouring sizes, > 1 and ≤ 3; 1.4 unless given.
    fill
        How porous architectures fill what the surface encloses: by Gmsh's "hxt", or left as "stuffed".
    graded
        Whether the lattice that porous architectures are cut from coarsens away from the surface.
    wall_size
        Height of the first electrolyte layer on electrodes and insulating walls [m]; without it no layers are
        put there.
    scale
        Factor on every size, given or default; ``growth`` is raised to its power, so that all layers are divided
        alike: of two meshes whose scales differ by 2, the finer has about two layers for each of the coarser.
    """

    size: Length | None = None
    interface_size: Length | None = None
    film_size: Length | None = None
    growth: float | None = None
    fill: Literal["hxt", "stuffed"] = "hxt"
    graded: bool = False
    wall_size: Length | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        given = {name: value for name, value in self.lengths().items() if value is not None}
        require_lengths("mesh", given)
        if self.growth is not None and not (_is_number(self.growth) and 1 < self.growth <= LARGEST_GROWTH):
            raise GeometryError(f"mesh: growth must lie between 1 and 3 (1 excluded), not {self.growth!r}")
        if not (_is_number(self.scale) and 0 < self.scale < math.inf):
            raise GeometryError(f"mesh: scale must be a positive number, not {self.scale!r}")
        if self.fill not in ("hxt", "stuffed"):
            raise GeometryError(f"mesh: fill must be hxt or stuffed, not {self.fill!r}")
        if not isinstance(self.graded, bool):
            raise GeometryError(f"mesh: graded must be true or false, not {self.graded!r}")

    def lengths(self) -> dict[str, float | None]:
        """The sizes by name [m]."""
        names = ("size", "interface_size", "film_size", "wall_size")
        return {name: getattr(self, name) for name in names}

    @property
    def given(self) -> bool:
        """Whether a size or the growth is given."""
        return any(value is not None for value in (self.growth, *self.lengths().values()))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def resolve(
    sizes: MeshSizes,
    size: float,
    interface_size: float,
    film_size: float,
    limits: dict[str, tuple[float, str]],
) -> MeshSizes:
    """Fill in an architecture's defaults and refuse sizes that cannot represent the shape.

    Parameters
    ----------
    size, interface_size, film_size
        Defaults [m].  A default yields to a given neighbour: ``interface_size`` never exceeds ``size`` nor falls
        below ``wall_size``.
    limits
        Largest admissible value of a size [m] and what sets it, e.g. ``{"size": (5e-5, "gap")}``.
    """
    coarse = sizes.size if sizes.size is not None else max(size, sizes.interface_size or 0.0)
    fine = sizes.interface_size
    if fine is None:
        fine = min(max(interface_size, sizes.wall_size or 0.0), coarse)
    film = sizes.film_size if sizes.film_size is not None else film_size
    full = dataclasses.replace(sizes, size=coarse, interface_size=fine, film_size=film)
    if fine > coarse:
        raise GeometryError(
            f"mesh: interface_size ({micrometres(fine)}) is larger than size ({micrometres(coarse)}); "
            "make interface_size smaller or size larger"
        )
    if full.wall_size is not None and full.wall_size > fine:
        raise GeometryError(
            f"mesh: wall_size ({micrometres(full.wall_size)}) is larger than interface_size ({micrometres(fine)}); "
            "make mesh.wall_size smaller, or leave it out where no layers on the walls are wanted"
        )
    for name, (limit, reason) in limits.items():
        value = full.lengths()[name]
        if value > limit * (1 + 1e-9):
            raise GeometryError(
                f"mesh: {name} ({micrometres(value)}) is larger than {micrometres(limit)}, {reason}; "
                f"make mesh.{name} smaller"
            )
    return scaled(full, {name: limit for name, (limit, _) in limits.items()})


def scaled(sizes: MeshSizes, limits: Mapping[str, float] = MappingProxyType({})) -> MeshSizes:
    """Sizes times their scale, as far as limits [m] admit coarser ones, and a growth that is stated."""
    growth = sizes.growth if sizes.growth is not None else DEFAULT_GROWTH
    if sizes.scale == 1.0:
        return dataclasses.replace(sizes, growth=growth)
    lengths = {
        name: min(value * sizes.scale, max(limits.get(name, math.inf), value))
        for name, value in sizes.lengths().items()
        if value is not None
    }
    growth = min(growth**sizes.scale, LARGEST_GROWTH)
    return dataclasses.replace(sizes, **lengths, growth=growth, scale=1.0)


def first_at_walls(sizes: MeshSizes) -> MeshSizes:
    """Sizes whose ``interface_size`` is the height of the first layer at walls, for gradings that start there."""
    return sizes if sizes.wall_size is None else dataclasses.replace(
        sizes, interface_size=sizes.wall_size, wall_size=None
    )


def layer_count(
    length: float, first: float, growth: float, largest: float = math.inf, minimum: int = 1
) -> int:
    """Number of layers, ``first`` thick at one end and growing up to ``largest``, that fill ``length``."""
    tiny = 1e-9
    if largest <= first:
        count = math.ceil(length / largest - tiny)
    else:
        growing = (
            math.ceil(math.log(largest / first) / math.log(growth) - tiny) if largest < math.inf else None
        )
        grown = math.inf if growing is None else first * (growth**growing - 1) / (growth - 1)
        if grown >= length:
            count = math.ceil(math.log1p(length * (growth - 1) / first) / math.log(growth) - tiny)
        else:
            count = growing + math.ceil((length - grown) / largest - tiny)
    return max(count, minimum)


def graded_layers(
    length: float,
    first: float,
    growth: float,
    *,
    fine: Literal["start", "end", "both"] = "start",
    largest: float = math.inf,
    minimum: int = 1,
) -> np.ndarray:
    """Ends of layers that divide ``[0, length]``, thin at the ``fine`` end(s) and growing away from it.

    The pattern ``min(first·growth^k, largest)`` is shrunk as a whole to fit, so that no layer is thicker and
    no ratio of neighbours larger than asked for.

    Returns
    -------
    numpy.ndarray, shape (layers + 1,)
        Increasing, from exactly 0 to exactly ``length``.
    """
    if fine == "both":
        half = graded_layers(length / 2, first, growth, largest=largest, minimum=-(-minimum // 2))
        return np.concatenate([half, length - half[-2::-1]])
    count = layer_count(length, first, growth, largest, minimum)
    # The exponent is capped where the pattern has long reached its largest size.
    thickness = np.minimum(
        first * growth ** np.minimum(np.arange(count), 600 / math.log2(growth) / 2), largest
    )
    ends = np.concatenate([[0.0], np.cumsum(thickness)])
    ends *= length / ends[-1]
    ends[-1] = length
    return ends if fine == "start" else length - ends[::-1]
