"""A scene that is turned in the browser: serialised for vtk.js, and the viewer that shows it without a network.

The viewer is the one that trame-vtk brings along. A report holds it once, packed, however many scenes it has.
"""

import base64
import gzip
import io
import json
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..notation import plain
from ..picture import ColourBar, Picture
from ..scene import Scene
from ..style import REGIONS

if TYPE_CHECKING:
    import pyvista

#: Triangles of a scene, above which its surfaces are made coarser.
MOST_TRIANGLES = 60_000

#: Cells of edges and arrows, above which they are left out.
MOST_MARKS = 60_000

#: Where the viewer fetches its icons; a report fetches nothing.
ICONS = "https://kitware.github.io/vtk-js/icon/favicon-"

WINDOW = (720, 480)
STOPS = 12

#: Part of the frame that a scene fills.
FILLED = 0.94


@dataclass(frozen=True)
class Scale:
    """A colour bar: colours from its lower to its upper end, and the numbers at its ends and middle."""

    label: str
    colours: Sequence[str]
    ticks: Sequence[str]


@dataclass(frozen=True)
class View:
    """A scene for the browser.

    Attributes
    ----------
    title, caption
        What is shown; when, and what is not true to scale.
    data
        The scene as vtk.js reads it, base64.
    poster
        What is seen until it is started: an address that holds a picture.
    scales, legend
        Colour bars; names and colours of regions.
    """

    title: str
    caption: str
    data: str
    poster: str = ""
    scales: Sequence[Scale] = ()
    legend: Sequence[tuple[str, str]] = ()


def view_of(picture: Picture, most: int = MOST_TRIANGLES) -> View:
    """A picture's scene for the browser; surfaces of more than `most` triangles are made coarser, and that is said."""
    scene = picture.scene
    told = [plain(text) for text in (picture.subtitle, *picture.notes) if text]
    bodies, marks = [(_lean(mesh, options), options) for mesh, options in scene.bodies], scene.marks
    before = sum(_triangles(mesh) for mesh, _ in bodies)
    if before > most:
        allowed = _shares([_triangles(mesh) for mesh, _ in bodies], most)
        parts = zip(bodies, allowed, strict=True)
        bodies = [(_coarser(mesh, options, share), options) for (mesh, options), share in parts]
        after = sum(_triangles(mesh) for mesh, _ in bodies)
        told.append(f"surfaces made coarser for the browser: {after:,} of {before:,} triangles")
    if sum(mesh.n_cells for mesh, _ in marks) > MOST_MARKS:
        marks = []
        told.append("edges and lines left out")
    drawn = replace(scene, bodies=bodies, marks=marks)
    plotter = drawn.plotter(WINDOW, off_screen=True)
    try:
        plotter.set_background("white")
        poster = _poster(plotter.screenshot(return_img=True))
        # The browser draws in perspective: as near as its angle of view asks for.
        _come_near(plotter, drawn)
        data = _serialised(plotter)
    finally:
        plotter.close()
    legend = [(name.replace("_", " "), REGIONS[name]) for name in picture.legend]
    return View(plain(picture.title), " · ".join(told), data, poster, [_scale(bar) for bar in picture.bars], legend)


def _triangles(mesh: Any) -> int:
    return mesh.GetNumberOfPolys() if hasattr(mesh, "GetNumberOfPolys") else 0


def _shares(triangles: Sequence[int], most: int) -> list[float]:
    """The share of its triangles that every body keeps: small ones stay whole, such as lines of the current."""
    shares, left = [1.0] * len(triangles), most
    order = sorted(range(len(triangles)), key=triangles.__getitem__)
    for done, index in enumerate(order):
        allowed = left // (len(order) - done)
        if triangles[index] > allowed:
            shares[index] = allowed / triangles[index]
        left -= min(triangles[index], allowed)
    return shares


def _lean(mesh: Any, options: dict[str, Any]) -> Any:
    """A surface of triangles with nothing but what colours it."""
    kept = mesh.copy(deep=False)
    name = options.get("scalars")
    for data in (kept.point_data, kept.cell_data, kept.field_data):
        for other in [key for key in data.keys() if key != name]:
            del data[other]
    # Tubes are strips, which are long: triangles can be counted, and made fewer.
    kept = kept.triangulate() if kept.GetNumberOfStrips() or not kept.is_all_triangles else kept
    # Half the bytes, and more digits than a screen has.
    kept.points = np.asarray(kept.points, dtype=np.float32)
    for data in (kept.point_data, kept.cell_data):
        if name in data and data[name].dtype == np.float64:
            data[name] = data[name].astype(np.float32)
    return kept


def _coarser(mesh: "pyvista.PolyData", options: dict[str, Any], share: float) -> "pyvista.PolyData":
    """A surface with about a share of its triangles; what colours it follows."""
    if share == 1 or not _triangles(mesh):
        return mesh
    name = options.get("scalars")
    kept = mesh.cell_data_to_point_data() if name in mesh.cell_data else mesh
    return kept.decimate(1 - share, scalars=name is not None)


def _serialised(plotter: "pyvista.Plotter") -> str:
    """What a plotter shows as the packed scene that vtk.js reads, base64."""
    from trame_vtk.modules.vtk import serializers

    window, camera = plotter.render_window, plotter.camera
    serializers.initialize_serializers()
    context = serializers.SynchronizationContext()
    context.set_ignore_last_dependencies(True)
    scene = serializers.serialize(None, window, "1", context, 1)
    scene["extra"] = {
        "vtkRefId": serializers.reference_id(window),
        "centerOfRotation": list(camera.focal_point),
        "camera": serializers.reference_id(camera),
    }
    arrays = {
        entry["hash"]: entry | {"content": context.get_cached_data_array(entry["hash"], False)}
        for entry in serializers.extract_array_hash(scene)
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("index.json", json.dumps({"hashes": arrays, "scene": scene}))
    return base64.b64encode(packed.getvalue()).decode()


def _come_near(plotter: "pyvista.Plotter", scene: Scene) -> None:
    """Put the camera, now with perspective, as near as all of the scene's box allows."""
    camera, corners = plotter.camera, np.array(np.meshgrid(*np.transpose(scene.bounds()))).reshape(3, -1).T
    middle = corners.mean(axis=0)
    corners = (corners - middle) @ np.transpose([*scene.axes, scene.towards_viewer])
    slope = FILLED * math.tan(math.radians(camera.view_angle / 2))
    across, up = np.abs(corners[:, 0]) / slope * WINDOW[1] / WINDOW[0], np.abs(corners[:, 1]) / slope
    distance = np.max(np.maximum(across, up) + corners[:, 2])
    camera.parallel_projection = False
    camera.focal_point = tuple(middle)
    camera.position = tuple(middle + distance * scene.towards_viewer)
    plotter.renderer.reset_camera_clipping_range()


def _poster(image: np.ndarray) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).convert("RGB").save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _scale(bar: ColourBar) -> Scale:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    colours = [to_hex(colormaps[bar.colours](i / (STOPS - 1))) for i in range(STOPS)]
    low, high = bar.limits
    middle = (low * high) ** 0.5 if bar.logarithmic else (low + high) / 2
    digits = 3 if high - low > 1e-2 * max(abs(low), abs(high)) else 6
    ticks = [f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}") for value in (low, middle, high)]
    ticks[0] = f"≤ {ticks[0]}" if bar.extend in ("min", "both") else ticks[0]
    ticks[2] = f"≥ {ticks[2]}" if bar.extend in ("max", "both") else ticks[2]
    return Scale(plain(bar.label), colours, ticks)


@cache
def packed_viewer() -> str:
    """The viewer's page, compressed by gzip, base64; it fetches nothing."""
    from trame_vtk.tools.vtksz2html import HTML_VIEWER_PATH

    page = HTML_VIEWER_PATH.read_text(encoding="utf-8").replace(ICONS, "data:,")
    page = re.sub(r"<title>.*?</title>", "<title>3D view</title>", page, count=1)
    return base64.b64encode(gzip.compress(page.encode(), mtime=0)).decode()
