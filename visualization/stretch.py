"""Making thin layers visible: an exaggeration along the axis in which the layers are thin.

A 0.75 µm film on 50 µm fingers is a line in a true-to-scale picture. Here space is stretched along the film's
axis, piecewise linearly between the layers' faces, and the factors are written into the picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .notation import nice_factor

# A cell flatter than FLAT is stretched as a whole, to DRAWN_FLAT. Layers thinner than LAYER (relative to the
# drawn cell's mean extent) are stretched further; collectors, in which less happens, to half of it.
FLAT, DRAWN_FLAT, LAYER = 1 / 8, 1 / 4, 0.035

# A cell taller than LONG times its width, such as a fibre, is drawn shorter, to about DRAWN_LONG.
LONG, DRAWN_LONG = 5.0, 2.5

Bounds = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Stretch:
    """A map of the coordinate along `axis`: knots go to images, linearly in between."""

    axis: int
    knots: np.ndarray
    images: np.ndarray
    whole: float
    layers: Mapping[str, float]

    def points(self, points: np.ndarray) -> np.ndarray:
        """Where points (n, 3) are drawn."""
        drawn = np.array(points, dtype=float)
        drawn[:, self.axis] = np.interp(drawn[:, self.axis], self.knots, self.images)
        return drawn

    def mesh(self, mesh):
        """A copy of a PyVista mesh as it is drawn."""
        copy = mesh.copy()
        copy.points = self.points(copy.points)
        return copy

    @property
    def note(self) -> str:
        """What is not true to scale, in words; empty where all is."""
        axis = "vertical axis" if self.axis == 2 else f"{'xyz'[self.axis]} axis"
        parts = [f"{axis} ×{self.whole:g}"] if self.whole > 1 else []
        by_factor: dict[float, list[str]] = {}
        for layer, factor in self.layers.items():
            by_factor.setdefault(factor, []).append(layer.replace("_", " "))
        parts += [f"{' and '.join(names)} thickness ×{factor:g}" for factor, names in by_factor.items()]
        if self.whole < 1:
            return f"Drawn shorter: {axis} ÷{1 / self.whole:g}"
        return "Drawn larger: " + "; ".join(parts) if parts else ""


def extents(bounds: Bounds) -> np.ndarray:
    return np.array(bounds)[1::2] - np.array(bounds)[::2]


def layer_axis(regions: Mapping[str, Bounds]) -> int:
    """The axis along which a layer is thinnest in relation to the cell."""
    whole = union(regions.values())
    ratios = [extents(b) / extents(whole) for name, b in regions.items() if name != "electrolyte"]
    return int(np.argmin(np.min(ratios, axis=0))) if ratios else 2


def union(bounds) -> Bounds:
    table = np.array(list(bounds))
    lower, upper = table[:, ::2].min(axis=0), table[:, 1::2].max(axis=0)
    return tuple(np.column_stack([lower, upper]).ravel())


def choose_stretch(regions: Mapping[str, Bounds], layer: float = LAYER) -> Stretch:
    """The stretch that makes each region's layer readable.

    Parameters
    ----------
    regions
        Bounding box of every region (xmin, xmax, ymin, …), µm.
    layer
        Thickness to which an electrode is brought, relative to the drawn cell's mean extent.
    """
    box = union(regions.values())
    axis, sizes = layer_axis(regions), extents(box)
    if (tall := sizes[2] / sizes[:2].max()) > LONG:
        whole, ends = 1 / nice_factor(tall / DRAWN_LONG * 1.3), np.array(box[4:])
        return Stretch(2, ends, ends[0] + whole * (ends - ends[0]), whole, {})
    others = np.delete(sizes, axis)
    ratio = sizes[axis] / others.min()
    whole = nice_factor(DRAWN_FLAT * 1.5 / ratio) if axis == 2 and ratio < FLAT else 1.0

    faces = sorted({round(b[2 * axis + side], 9) for b in regions.values() for side in (0, 1)})
    knots = np.array(faces)
    thickness = np.diff(knots) * whole
    mean = np.sort(np.append(others, sizes[axis] * whole))[1:].mean()
    factors = np.ones(len(thickness))
    layers = {}
    for name, bounds in regions.items():
        if name == "electrolyte":
            continue
        inside = (knots[:-1] >= bounds[2 * axis] - 1e-9) & (knots[1:] <= bounds[2 * axis + 1] + 1e-9)
        wanted = layer * mean / (2 if name.endswith("collector") else 1)
        if inside.any() and thickness[inside].sum() < wanted:
            factor = nice_factor(1.5 * wanted / thickness[inside].sum())
            factors[inside] = np.maximum(factors[inside], factor)
    for name, bounds in regions.items():
        inside = (knots[:-1] >= bounds[2 * axis] - 1e-9) & (knots[1:] <= bounds[2 * axis + 1] + 1e-9)
        if name != "electrolyte" and inside.any() and factors[inside].max() > 1:
            layers[name] = float(whole * factors[inside].max())
    images = np.concatenate([[knots[0]], knots[0] + np.cumsum(thickness * factors)])
    return Stretch(axis, knots, images, whole, layers)
