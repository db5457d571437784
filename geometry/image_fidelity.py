"""A mesh compared with the raw voxels of the image it was made from: volumes, surface, bodies.

Neither the smoothing nor the field that was cut enters.  The volume of a phase is that of its counted voxels; of
grey values, that in which they lie beyond the threshold, linearly interpolated.

The surface is that of marching cubes (W. E. Lorensen, H. E. Cline, doi:10.1145/37402.37422) on a lightly filtered
field, 2B − B² with B the binomial filter (1, 2, 1)/4 along each axis: grey values without noise are taken as they
are.  Marching cubes of raw labels follow every step between voxels: for balls of 5 to 12 voxels and planes at any
angle they give 0 to 12 % too much, 8 % on average, and the light filter −2 to +2 %; of struts of two voxels it keeps
80 %, and thinner ones it loses.  Both figures are reported, and the surface is in order between the two.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .errors import MeshQualityError
from .shapes.image import Image
from .shapes.voxels import fraction_below, mean_edge
from .tetrahedra import facet_areas

if TYPE_CHECKING:
    from .porous_measure import Seeds

VOLUME_WARNING, VOLUME_LIMIT = 0.01, 0.05
"""Deviations of a phase's volume from that of its voxels to be told, and at which the mesh is refused."""

PHASE_LIMIT = 0.1
"""The second of one of several solid phases: specks of single voxels are given to what surrounds them."""

SURFACE_WARNING, SURFACE_LIMIT = 0.05, 0.2
"""The same of the surface of the solid."""

_NOISE = 0.02
"""Noise over contrast above which grey values are filtered before their surface is measured."""


class Meshed(NamedTuple):
    """What a mesh holds of the image.

    Attributes
    ----------
    fractions
        Of the box, by phase.
    bodies
        Connected pieces, by phase.
    surface
        Of all solids against the pores [m²].
    """

    fractions: dict[str, float]
    bodies: dict[str, int]
    surface: float


def fidelity(
    image: Image, extent: np.ndarray, meshed: Meshed, seeds: "Seeds", remove: bool
) -> tuple[dict[str, Any], list[str]]:
    """Compare a mesh with the voxels of a box [0, extent] (3,) [m].

    Parameters
    ----------
    seeds, remove
        Where solid and pores must begin, and whether what does not hang together with that was removed.

    Returns
    -------
    report
        Ready for JSON; deviations are relative.
    warnings
        What deviates by more than is usual.

    Raises
    ------
    MeshQualityError
        The mesh is not the image.
    """
    box = image.in_box(extent)
    reference = reference_field(image)[box]
    solid = image.segmented[box] if image.labels is not None else reference < 0
    connected = _connected(solid, seeds, remove)
    report: dict[str, Any] = {
        "smoothing [voxels]": image.own_smoothing,
        "largest shift [voxels]": image.largest_shift,
        "noise over contrast": None if image.grey_values is None else image.grey_values.relative_noise,
        "phases": {},
    }
    problems, warnings = [], []
    masks = _masks(image, box, solid, len(meshed.fractions) - 1)
    voxels = _voxel_fractions(masks, image, reference)
    for name, own in meshed.fractions.items():
        mask = masks[name]
        # An island becomes part of the phase around it: of the pores, or of the solid where that is one phase.
        stays = connected if name != "pore" else ~connected
        gained = np.mean(stays & ~mask) if len(masks) == 2 or name == "pore" else 0.0
        kept = float(voxels[name] - np.mean(mask & ~stays) + gained)
        row = {
            "fraction": own,
            "fraction of voxels": voxels[name],
            "deviation": own / voxels[name] - 1,
            "connected fraction of voxels": kept,
            "bodies": meshed.bodies[name],
            "bodies of voxels": _bodies(mask),
        }
        report["phases"][name] = row
        off = own / kept - 1 if kept > 0 else np.inf
        limit = PHASE_LIMIT if len(masks) > 2 and name != "pore" else VOLUME_LIMIT
        if abs(off) > limit:
            problems.append(
                f"{name} fills {own:.4g} of the box, its connected voxels fill {kept:.4g} ({off:+.1%}, limit "
                f"{limit:.0%})"
            )
        elif abs(row["deviation"]) > VOLUME_WARNING:
            islands = round(kept / voxels[name] - 1, 3)
            warnings.append(
                f"{name} fills {own:.4g} of the box and {voxels[name]:.4g} of the image's voxels, "
                f"{row['deviation']:+.1%}"
                + (f"; islands of the voxels account for {islands:+.1%}" if islands else "")
            )
    surface = _surface(image, box, reference, meshed.surface)
    report["surface"] = surface
    raw = surface["marching cubes of raw voxels [m2]"]
    low, high = sorted((surface["voxels [m2]"], surface["voxels [m2]"] if raw is None else raw))
    off = min(meshed.surface / low - 1, 0.0) or max(meshed.surface / high - 1, 0.0)
    said = (
        f"the surface of the solid is {meshed.surface * 1e12:.4g} µm² in the mesh and {low * 1e12:.4g} to "
        f"{high * 1e12:.4g} µm² by marching cubes on the voxels, {off:+.1%}"
    )
    if abs(off) > SURFACE_LIMIT:
        problems.append(f"{said} (limit {SURFACE_LIMIT:.0%})")
    elif abs(off) > SURFACE_WARNING:
        warnings.append(f"{said}; a smaller mesh.interface_size resolves more of it")
    if problems:
        raise MeshQualityError(
            f"the mesh is not the image: {'; '.join(problems)}; make mesh.interface_size smaller (voxels are "
            f"{mean_edge(image.spacing) * 1e6:.4g} µm), or smoothing"
        )
    return report, warnings


def reference_field(image: Image) -> np.ndarray:
    """Field over the whole image whose zero level stands for the raw voxels' surface, negative in the solid."""
    if image.labels is not None:
        return _lightly_filtered(0.5 - image.segmented.astype(np.float32))
    values = image.grey_values
    noisy = values is not None and values.relative_noise > _NOISE
    return _lightly_filtered(image.grey) if noisy else image.grey


def marching_cubes_area(field: np.ndarray, spacing: np.ndarray) -> float:
    """Area [m²] of the zero level of values at the middles of voxels that fill a box.

    Half a voxel is missing between the outermost middles and the faces of the box: the field goes on as it is there.
    """
    from skimage.measure import marching_cubes

    if field.min() >= 0 or field.max() <= 0:
        return 0.0
    padded = np.pad(field, 1, mode="edge")
    points, triangles, _, _ = marching_cubes(padded, 0.0)
    middles = points[triangles].mean(axis=1)
    # Of what runs from the middle of the first voxel to that of its copy outside, half lies in the box.
    weight = np.ones(len(middles))
    for axis, count in enumerate(field.shape):
        weight[(middles[:, axis] < 1) | (middles[:, axis] > count)] /= 2
    return float(weight @ facet_areas(points * spacing, triangles))


def _surface(image: Image, box: tuple[slice, ...], reference: np.ndarray, meshed: float) -> dict[str, float | None]:
    own = marching_cubes_area(reference, image.spacing)
    raw = None
    if image.labels is not None:
        raw = marching_cubes_area(0.5 - image.segmented[box].astype(np.float32), image.spacing)
    return {
        "mesh [m2]": meshed,
        "voxels [m2]": own,
        "deviation": meshed / own - 1 if own > 0 else None,
        "marching cubes of raw voxels [m2]": raw,
    }


def _lightly_filtered(field: np.ndarray) -> np.ndarray:
    once = _binomial(field)
    return 2 * once - _binomial(once)


def _binomial(field: np.ndarray) -> np.ndarray:
    from scipy.ndimage import convolve1d

    for axis in range(3):
        field = convolve1d(field, np.array([0.25, 0.5, 0.25], np.float32), axis=axis, mode="nearest")
    return field


def _voxel_fractions(masks: dict[str, np.ndarray], image: Image, reference: np.ndarray) -> dict[str, float]:
    if image.labels is None:
        fraction = fraction_below(reference)
        return {image.solids[0]: fraction, "pore": 1 - fraction}
    return {name: float(np.mean(mask)) for name, mask in masks.items()}


def _masks(image: Image, box: tuple[slice, ...], solid: np.ndarray, solids: int) -> dict[str, np.ndarray]:
    """Voxels of every phase; of several solids that the mesh does not tell apart, together."""
    if solids == 1:
        return {image.solids[0] if len(image.solids) == 1 else "solid": solid, "pore": ~solid}
    return {name: image.phase(number)[box] for number, name in enumerate(image.solids)} | {"pore": ~solid}


def _connected(solid: np.ndarray, seeds: "Seeds", remove: bool) -> np.ndarray:
    """The solid voxels without islands, and with what islands of the pores become."""
    from .level_set.grid_pieces import islands

    if not remove:
        return solid
    solid = solid.copy()
    for phase, begins in ((True, 0 if seeds.solid else None), (False, -1 if seeds.pore else None)):
        leaves = islands(solid == phase, begins)
        if leaves is not None:
            solid ^= leaves
    return solid


def _bodies(mask: np.ndarray) -> int:
    from scipy.ndimage import label

    return int(label(mask)[1])
