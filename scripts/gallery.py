"""Draw docs/images/gallery.png: one small mesh of every architecture and shape.

python scripts/gallery.py [OUTPUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, mesh_file
from archode.geometry.shapes import SHAPES
from archode.visualization.mesh_picture import region_grids
from archode.visualization.moment import BODY, faces, sharp_edges
from archode.visualization.page import save
from archode.visualization.scene import Scene
from archode.visualization.style import INK, REGIONS, look

UM, NM = 1e-6, 1e-9
COLUMNS, PANEL = 6, 240  # pixels


def devices():
    """Name, architecture and sizes of the prismatic devices."""
    a = ARCHITECTURES
    yield "stack", a["stack"](10 * UM, 5 * UM, 3 * UM, 1 * UM, 1 * UM, 3 * UM, width=12 * UM), None
    comb = {"length": 60 * UM, "collector_thickness": 1 * UM, "domain": "comb"}
    yield "interdigital", a["interdigital"](10 * UM, 8 * UM, 3 * UM, pairs=2, **comb), None
    pillars = {"pillar_radius": 3.5 * UM, "pillar_height": 12 * UM, "pillar_pitch": 10 * UM, "thickness": 2 * UM}
    yield "interdigital_pillars", a["interdigital_pillars"](10 * UM, 8 * UM, pairs=2, **pillars, **comb), None
    layers = {"electrolyte_thickness": 2 * UM, "base_thickness": 2 * UM, "cover_thickness": 3 * UM}
    columns = a["stacked_columns"](16 * UM, 4 * UM, 20 * UM, **layers, collector_thickness=1 * UM)
    yield "stacked_columns", columns, None
    rings = a["concentric_rings"](8 * UM, 6 * UM, 4 * UM, rings=5, collector_thickness=1 * UM, domain="device")
    yield "concentric_rings", rings, None
    coaxial = a["coaxial_fibre"](4 * UM, 3 * UM, 3 * UM, 3 * UM, 30 * UM, sheath_thickness=1 * UM, angle=90.0)
    yield "coaxial_fibre", coaxial, MeshSizes(interface_size=0.6 * UM)
    fibres = {"core_radius": 3 * UM, "anode_thickness": 2 * UM, "cathode_thickness": 2 * UM, "separation": 13 * UM}
    yield "parallel_fibres", a["parallel_fibres"](**fibres, length=40 * UM, domain="whole"), None
    yield "twisted_fibres", a["twisted_fibres"](**fibres, twist_pitch=80 * UM), None


def porous():
    """Name, sample and sizes of the porous shapes."""
    s = SHAPES

    def sample(shape, width, **parameters):
        return ARCHITECTURES["porous_sample"](shape, width, **parameters)

    gold = s["random_waves"](70 * NM, 0.3, seed=4)
    yield "random_waves", sample(gold, 400 * NM), None
    yield "… with an oxide film", sample(gold, 400 * NM, film_thickness=20 * NM), None
    for name in ("gyroid", "schwarz_p", "schwarz_d"):
        yield name, sample(s[name](30 * UM, 0.3), 60 * UM), None
    yield "gyroid, sheet", sample(s["gyroid"](30 * UM, 0.25, kind="sheet"), 30 * UM, islands="keep"), None
    for name, radius in (("simple_cubic", 3.0), ("bcc", 2.5), ("fcc", 2.3), ("octet", 2.0)):
        yield name, sample(s[name](30 * UM, radius * UM, fillet=1.5 * UM), 60 * UM), None
    yield "fibres, in plane", sample(s["fibres"](3 * UM, solid_fraction=0.2, tilt=0.15, seed=2), 60 * UM), None
    aligned = s["fibres"](5 * UM, count=14, orientation="aligned", tilt=0.05, seed=3)
    yield "fibres, aligned", sample(aligned, 60 * UM), None
    yield "hollow_spheres", sample(s["hollow_spheres"](16 * UM, 4 * UM, 4 * UM, 30 * UM), 60 * UM), None
    yield "inverse_opal", sample(s["inverse_opal"](28 * UM, 1.06), 37.36 * UM), None
    spheres = s["spheres"](9 * UM, arrangement="random", solid_fraction=0.15, gap=4 * UM)
    yield "spheres", sample(spheres, 60 * UM, islands="keep"), None
    yield "channels", sample(s["channels"](6 * UM, 20 * UM, arrangement="hexagonal"), 60 * UM), None
    yield "pillars", sample(s["pillars"](5 * UM, 20 * UM, 40 * UM), 60 * UM, islands="keep"), None
    finger = s["intersection"](
        (s["random_waves"](8 * UM, 0.4), s["box"]((0.0, 15 * UM, 0.0), (60 * UM, 30 * UM, 30 * UM)))
    )
    base = s["box"]((0.0, 15 * UM, 0.0), (60 * UM, 30 * UM, 6 * UM))
    yield "porous finger on a bar", sample(s["union"]((finger, base)), 60 * UM, thickness=40 * UM), None
    cell = ARCHITECTURES["porous_electrode"](
        s["gyroid"](30 * UM, 0.3),
        width=45 * UM,
        thickness=45 * UM,
        collector_thickness=4 * UM,
        reservoir_thickness=10 * UM,
        separator_thickness=8 * UM,
        counter_thickness=6 * UM,
    )
    yield "porous_electrode", cell, None


def built(architecture, sizes, sample):
    """The coarsest mesh of a sample that passes the gate, for a small picture."""
    if not sample:
        return mesh_file(architecture, sizes)
    for edges in (3, 4, 5, 6, 8):
        edge = min(architecture.width / 32, architecture.shape.feature_size / edges)
        try:
            return mesh_file(architecture, MeshSizes(interface_size=edge))
        except GeometryError as error:
            sys.stderr.write(f"{error}\n")
            refused = error
    raise refused


def drawing(path: Path, sample: bool) -> np.ndarray:
    """A picture of a mesh's solid regions; of a sample's electrolyte the outline only."""
    grids = region_grids(path)
    scene = Scene(np.array([-0.42, -0.78, 0.46]) / np.linalg.norm([0.42, 0.78, 0.46]), np.array([0.0, 0.0, 1.0]))
    for name, grid in grids.items():
        surface = faces(grid)
        if name == "electrolyte":
            if sample:
                scene.mark(surface.outline(), color=INK, line_width=1.0, lighting=False, opacity=0.5)
            continue
        glass = {"opacity": 0.5} if name == "separator" else {}
        scene.add(surface, color=REGIONS[name], **BODY, **glass)
        if not sample:
            scene.mark(sharp_edges(surface), color=INK, line_width=0.8, lighting=False)
    return scene.render(PANEL).image


def draw(output: Path) -> None:
    """Build every mesh (cached), draw them all, write the picture."""
    from matplotlib.figure import Figure

    panels = [*((entry, False) for entry in devices()), *((entry, True) for entry in porous())]
    rows = -(-len(panels) // COLUMNS)
    with look():
        figure = Figure(figsize=(COLUMNS * 1.9, rows * 1.95), dpi=110)
        for number, ((name, architecture, sizes), sample) in enumerate(panels, start=1):
            file = built(architecture, sizes, sample)
            sys.stderr.write(f"{name}: {file.report['cells']:,} tetrahedra\n")
            axes = figure.add_subplot(rows, COLUMNS, number)
            axes.imshow(drawing(file.path, sample))
            axes.set_axis_off()
            axes.set_title(name, fontsize=7, fontweight="normal", color=INK, pad=2)
        figure.subplots_adjust(0.01, 0.01, 0.99, 0.97, 0.03, 0.12)
        save(figure, output)


if __name__ == "__main__":
    draw(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images/gallery.png"))
