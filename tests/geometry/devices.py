"""Curved devices that the geometry tests share: every architecture, ordinary and extreme, on coarse meshes."""

from archode.geometry import ARCHITECTURES, MeshSizes

UM = 1e-6
Pillars, Columns, Rings, Coaxial, Parallel, Twisted = (
    ARCHITECTURES[name]
    for name in (
        "interdigital_pillars",
        "stacked_columns",
        "concentric_rings",
        "coaxial_fibre",
        "parallel_fibres",
        "twisted_fibres",
    )
)

DEFAULT = MeshSizes()


def sizes(size, interface_size, film_size):
    """Mesh sizes given in micrometres."""
    return MeshSizes(size * UM, interface_size * UM, film_size * UM)


DEVICES = {
    "pillars": (Pillars(20 * UM, 10 * UM, 4 * UM, 20 * UM, 12 * UM, 1 * UM), sizes(6, 3, 0.5)),
    "pillars-three-rows": (
        Pillars(30 * UM, 10 * UM, 4 * UM, 20 * UM, 12 * UM, 1 * UM, rows=3, collector_thickness=0),
        sizes(8, 3, 0.5),
    ),
    "pillars-two-rows": (
        Pillars(30 * UM, 10 * UM, 4 * UM, 20 * UM, 12 * UM, 1 * UM, rows=2),
        sizes(8, 3, 0.5),
    ),
    "pillars-comb": (
        Pillars(20 * UM, 10 * UM, 4 * UM, 20 * UM, 12 * UM, 1 * UM, length=30 * UM, pairs=1, domain="comb"),
        sizes(10, 4, 1),
    ),
    "pillars-comb-no-collector": (
        Pillars(
            *(20 * UM, 10 * UM, 4 * UM, 20 * UM, 12 * UM, 1 * UM),
            length=24 * UM,
            pairs=1,
            collector_thickness=0,
            domain="comb",
        ),
        sizes(10, 4, 1),
    ),
    # Nearly touching, ten times as high as wide, on a film of 50 nm.
    "pillars-extreme": (
        Pillars(20 * UM, 5 * UM, 9.5 * UM, 200 * UM, 20 * UM, 0.05 * UM),
        sizes(5, 2.5, 0.05),
    ),
    "columns": (Columns(10 * UM, 2 * UM, 20 * UM, 1 * UM, 1 * UM, 2 * UM, 0.2 * UM), sizes(2, 0.5, 0.5)),
    "columns-cell": (
        Columns(
            *(10 * UM, 3 * UM, 9 * UM, 1 * UM, 1 * UM, 2 * UM),
            electrode="cathode",
            domain="cell",
            device_area=1e-6,
        ),
        sizes(2, 0.5, 0.5),
    ),
    "columns-wide": (Columns(50 * UM, 2 * UM, 8 * UM, 1 * UM, 1 * UM, 2 * UM), sizes(4, 0.5, 1)),
    # Films of 100 nm around columns that fill nearly all.
    "columns-extreme": (
        Columns(10 * UM, 4.6 * UM, 100 * UM, 0.1 * UM, 0.1 * UM, 0.1 * UM),
        sizes(3, 0.05, 0.1),
    ),
    "rings": (Rings(10 * UM, 10 * UM, 1 * UM), sizes(5, 2, 0.5)),
    "rings-insulated": (
        Rings(10 * UM, 5 * UM, 1 * UM, rings=3, inner_radius=0, angle=360, insulated_top=True),
        sizes(5, 2, 0.5),
    ),
    "rings-bare": (Rings(10 * UM, 10 * UM, 0, collector_thickness=0, angle=90), sizes(5, 2, 1)),
    "rings-extreme": (
        Rings(20 * UM, 2 * UM, 30e-9, rings=21, inner_radius=1e-3, angle=1),
        sizes(8, 0.5, 0.03),
    ),
    "rings-device": (Rings(10 * UM, 10 * UM, 1 * UM, rings=4, domain="device"), sizes(10, 4, 1)),
    "rings-device-disk": (
        Rings(10 * UM, 8 * UM, 1 * UM, 3, 0, domain="device", insulated_top=True, spoke_width=5 * UM),
        sizes(10, 4, 1),
    ),
    "rings-device-no-collector": (
        Rings(10 * UM, 10 * UM, 1 * UM, rings=2, collector_thickness=0, domain="device"),
        sizes(10, 4, 1),
    ),
    "rings-device-extreme": (
        Rings(10 * UM, 2 * UM, 50e-9, rings=4, inner_radius=15 * UM, domain="device", spoke_width=2 * UM),
        sizes(10, 1, 0.05),
    ),
    "coaxial": (Coaxial(10 * UM, 2 * UM, 5 * UM, 3 * UM, 100 * UM, 1 * UM), DEFAULT),
    "coaxial-whole": (Coaxial(10 * UM, 2 * UM, 5 * UM, 3 * UM, 40 * UM, angle=360), sizes(5, 1, 1)),
    "coaxial-metal": (Coaxial(10 * UM, 0, 5 * UM, 3 * UM, 100 * UM, angle=45), DEFAULT),
    "coaxial-wall": (Coaxial(10 * UM, 1 * UM, 5 * UM, 0, 100 * UM), DEFAULT),
    # Films of 50 nm on a wire of 1 mm, 7 cm long.
    "coaxial-extreme": (Coaxial(500 * UM, 50e-9, 1 * UM, 50e-9, 0.07, angle=1), DEFAULT),
    "parallel": (Parallel(5 * UM, 1 * UM, 2 * UM, 3 * UM, 100 * UM), sizes(8, 1.5, 0.5)),
    "parallel-whole": (
        Parallel(5 * UM, 1 * UM, 2 * UM, 3 * UM, 100 * UM, domain="whole"),
        sizes(8, 1.5, 0.5),
    ),
    # Films of 50 nm, a cylinder that nearly touches, 1 cm long.
    "parallel-extreme": (
        Parallel(5 * UM, 50e-9, 100e-9, 1 * UM, 0.01, radius=11.2 * UM),
        sizes(8, 0.2, 0.05),
    ),
    "twisted": (Twisted(5 * UM, 1 * UM, 2 * UM, 3 * UM, 80 * UM, 0.25), sizes(8, 1.5, 0.5)),
    "twisted-far": (Twisted(5 * UM, 3 * UM, 3 * UM, 10 * UM, 300 * UM, 0.2, 30 * UM), sizes(8, 2, 1.5)),
    # The steepest twist that is allowed, on thin films.
    "twisted-extreme": (Twisted(5 * UM, 0.2 * UM, 0.4 * UM, 2 * UM, 55 * UM, 0.1), sizes(6, 1, 0.2)),
}
