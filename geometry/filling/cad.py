"""Solids of CAD files, made conformal and given surface meshes by OpenCASCADE and Gmsh; runs in `worker` alone."""

import re
from pathlib import Path

import numpy as np

from ..errors import GeometryError
from ..tetrahedra import facet_areas

STEP = (".step", ".stp")
SUFFIXES = (*STEP, ".brep")

IMPORTED_UNIT = 1e-6
"""Metres per coordinate unit into which STEP files, which state their own, are converted."""

SEGMENTS = 60
"""Segments of a full circle at least: a ball of such facets has lost 0.5 % of its volume."""

_COARSE_SEGMENTS = 24

REFINEMENT = _COARSE_SEGMENTS / SEGMENTS
"""Facets on curves over those of the coarse mesh for measures."""

_SMALLEST = 1 / 20
"""Smallest facets, where curves are tight, over the size that is asked for."""

_OVERLAP = 1e-6
_BREP_ENDS = re.compile(rb"[+-]\d+ \d+\s*\Z")
_TRIANGLE, _FRONTAL_DELAUNAY = 2, 6
_PREFIXES = {"$": 1.0, ".MILLI.": 1e-3, ".MICRO.": 1e-6, ".NANO.": 1e-9, ".CENTI.": 1e-2, ".DECI.": 1e-1, ".KILO.": 1e3}


def stated_unit(path: Path) -> float:
    """Metres per unit in which a STEP file is written.

    Raises
    ------
    GeometryError
        It states none in the metric system, or several.
    """
    text = re.sub(r"\s+", "", path.read_text(encoding="latin-1"))
    # The entity of a length unit, in either order of its parts.
    stated = {match for entity in re.findall(r"=\(([^;]*LENGTH_UNIT\(\)[^;]*)\);", text) for match in _si(entity)}
    if len(stated) != 1 or not stated <= _PREFIXES.keys():
        raise GeometryError(
            f"file: {path} states {'no' if not stated else 'no single'} metric unit of length, so length_unit cannot "
            "take its place; leave out length_unit, or save the file in millimetres"
        )
    return _PREFIXES[stated.pop()]


def _si(entity: str) -> list[str]:
    return re.findall(r"SI_UNIT\((\$|\.\w+\.),\.METRE\.\)", entity) or ["other"]


def mesh_cad(path: str, size: float = 0.0) -> dict[str, np.ndarray]:
    """Bodies and surface mesh of a CAD file; coarse, for measures alone, where the size is 0.

    Where one solid lies within another, the inner one keeps its room.

    Returns
    -------
    dict
        What an `Enclosure` holds.

    Raises
    ------
    GeometryError
        The file cannot be read, holds no solids, or solids that overlap in part.
    """
    import gmsh

    occ = gmsh.model.occ
    gmsh.model.add("cad")
    gmsh.option.setString("Geometry.OCCTargetUnit", "UM")
    gmsh.option.setNumber("Geometry.OCCImportLabels", 1)
    # Of a BREP file that is cut off, OpenCASCADE may read for ever.
    if path.lower().endswith(".brep") and not _BREP_ENDS.search(Path(path).read_bytes()[-100:]):
        raise GeometryError(f"file: {path} is no BREP file, or is cut off")
    try:
        imported = occ.importShapes(path, highestDimOnly=True)
    except Exception as error:  # Gmsh raises plain Exception
        raise GeometryError(f"file: {path} cannot be read as a CAD model: {error}") from error
    solids = [entity for entity in imported if entity[0] == 3]
    if imported and not solids:
        # Faces that close a volume, but were not saved as a solid.
        solids = [entity for entity in occ.healShapes(imported, makeSolids=True) if entity[0] == 3]
    if not solids:
        kinds = {0: "points", 1: "curves", 2: "faces that enclose nothing"}
        held = ", ".join(sorted({kinds[dimension] for dimension, _ in imported}))
        raise GeometryError(f"file: {path} holds no solids{held and f', only {held}'}; save it anew as solids")
    occ.synchronize()
    names = [_name(*solid) for solid in solids]
    masses = [occ.getMass(*solid) for solid in solids]
    body = _fragmented(path, solids, masses)
    occ.synchronize()
    _mesh_surfaces(path, size)
    return _collected(body, names)


def _name(dimension: int, tag: int) -> str:
    """The last part of the path that Gmsh makes of names; "" where OpenCASCADE made one up."""
    import gmsh

    name = gmsh.model.getEntityName(dimension, tag).rsplit("/", 1)[-1]
    return "" if name.startswith("Open CASCADE") else name


def _fragmented(path: str, solids: list[tuple[int, int]], masses: list[float]) -> dict[int, int]:
    """Make solids share the faces in which they touch; the solid that each volume belongs to."""
    import gmsh

    occ = gmsh.model.occ
    if len(solids) == 1:
        return {solids[0][1]: 0}
    _, pieces = occ.fragment(solids[:1], solids[1:])
    owners: dict[int, list[int]] = {}
    for number, parts in enumerate(pieces):
        for dimension, volume in parts:
            if dimension == 3:
                owners.setdefault(volume, []).append(number)
    body = {}
    for volume, found in owners.items():
        smallest = min(found, key=lambda number: masses[number])
        body[volume] = smallest
        lost = masses[smallest] - sum(occ.getMass(3, v) for v, of in owners.items() if set(found) <= set(of))
        if len(found) > 1 and lost > _OVERLAP * masses[smallest]:
            one, other = (number + 1 for number in sorted(found)[:2])
            raise GeometryError(
                f"file: solids {one} and {other} of {path} overlap in part, so it is not clear whose the overlap is; "
                "cut one from the other in the program that made them"
            )
    return body


def _mesh_surfaces(path: str, size: float) -> None:
    import gmsh

    options = {
        "Mesh.MeshSizeFromCurvature": SEGMENTS if size else _COARSE_SEGMENTS,
        "Mesh.Algorithm": _FRONTAL_DELAUNAY,
    }
    if size:
        options |= {"Mesh.MeshSizeMax": size, "Mesh.MeshSizeMin": _SMALLEST * size}
    for option, value in options.items():
        gmsh.option.setNumber(option, value)
    try:
        gmsh.model.mesh.generate(2)
    except Exception as error:  # Gmsh raises plain Exception
        raise GeometryError(
            f"file: the faces of {path} cannot be meshed ({error}); try another mesh.interface_size"
        ) from error


def _collected(body: dict[int, int], names: list[str]) -> dict[str, np.ndarray]:
    import gmsh

    occ = gmsh.model.occ
    facets, left, right, patches, areas = [], [], [], [], []
    patch_names = []
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    place = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    place[tags.astype(np.int64)] = np.arange(len(tags))
    points = coordinates.reshape(-1, 3)
    for _, face in gmsh.model.getEntities(2):
        around = [body[volume] for volume in gmsh.model.getAdjacencies(2, face)[0].tolist() if volume in body]
        if not around:
            continue
        corners = place[gmsh.model.mesh.getElementsByType(_TRIANGLE, face)[1].astype(np.int64).reshape(-1, 3)]
        if len(set(around)) == 1 and len(around) == 2:
            continue  # between pieces of one solid
        share = facet_areas(points, corners)
        facets.append(corners)
        left.append(np.full(len(corners), around[0]))
        right.append(np.full(len(corners), around[1] if len(around) > 1 else -1))
        patches.append(np.full(len(corners), len(patch_names)))
        areas.append(share * (occ.getMass(2, face) / share.sum()))
        patch_names.append(_name(2, face))
    volumes = np.zeros(len(names))
    for volume, number in body.items():
        volumes[number] += occ.getMass(3, volume)
    joined = np.concatenate(facets)
    used, renumbered = np.unique(joined, return_inverse=True)
    return {
        "points": points[used],
        "facets": renumbered.reshape(-1, 3),
        "left": np.concatenate(left),
        "right": np.concatenate(right),
        "patches": np.concatenate(patches),
        "areas": np.concatenate(areas),
        "patch_names": np.array(patch_names),
        "body_names": np.array(names),
        "volumes": volumes,
    }
