"""Shapes that the geometry tests share: every architecture, with ordinary and with extreme parameters."""

from archode.geometry import ARCHITECTURES, MeshSizes

UM = 1e-6
Planar, Stack, Interdigital = (ARCHITECTURES[name] for name in ("planar", "stack", "interdigital"))

DEFAULT = MeshSizes()
COARSE = MeshSizes(size=10 * UM, interface_size=5 * UM)

SHAPES = {
    "planar-metal": (Planar(gap=50 * UM), DEFAULT),
    "planar-one-film": (Planar(gap=10 * UM, width=3 * UM, depth=2 * UM, cathode_thickness=0.5 * UM), DEFAULT),
    "planar-extreme": (Planar(gap=1e-3, anode_thickness=20e-9, cathode_thickness=200 * UM), DEFAULT),
    "stack-metal": (Stack(electrolyte_thickness=1 * UM, cathode_thickness=0.3 * UM), DEFAULT),
    "stack-full": (
        Stack(
            electrolyte_thickness=15 * UM,
            cathode_thickness=2 * UM,
            anode_thickness=1 * UM,
            collector_thickness=5 * UM,
            anode_collector_thickness=0.1 * UM,
            width=2 * UM,
            depth=3 * UM,
        ),
        DEFAULT,
    ),
    "stack-two-walls": (Stack(electrolyte_thickness=100 * UM, cathode_thickness=0), DEFAULT),
    "stack-extreme": (
        Stack(electrolyte_thickness=1e-3, cathode_thickness=50e-9, collector_thickness=10e-9),
        DEFAULT,
    ),
    "cell": (Interdigital(finger_width=50 * UM, gap=50 * UM, thickness=0.75 * UM), DEFAULT),
    "cell-no-collector": (
        Interdigital(finger_width=10 * UM, gap=5 * UM, thickness=1 * UM, collector_thickness=0, slice=3 * UM),
        DEFAULT,
    ),
    "cell-bare": (
        Interdigital(finger_width=20 * UM, gap=20 * UM, thickness=0, collector_thickness=0),
        DEFAULT,
    ),
    "cell-extreme": (
        Interdigital(finger_width=200 * UM, gap=2 * UM, thickness=30e-9, length=1e-2, cover=5 * UM),
        MeshSizes(size=20 * UM),
    ),
    "cell-insulated": (
        Interdigital(finger_width=20 * UM, gap=10 * UM, thickness=2 * UM, insulated_top=True),
        DEFAULT,
    ),
    "pair": (
        Interdigital(50 * UM, 50 * UM, 0.75 * UM, length=200 * UM, domain="finger_pair"),
        MeshSizes(size=25 * UM, interface_size=12 * UM, film_size=0.2 * UM),
    ),
    "pair-no-collector": (
        Interdigital(
            10 * UM,
            20 * UM,
            2 * UM,
            length=70 * UM,
            collector_thickness=0,
            tip_gap=5 * UM,
            domain="finger_pair",
        ),
        COARSE,
    ),
    "pair-extreme": (
        Interdigital(2 * UM, 1 * UM, 50e-9, length=50 * UM, bus_width=20 * UM, domain="finger_pair"),
        MeshSizes(size=2 * UM, interface_size=0.5 * UM, film_size=50e-9),
    ),
    "comb-one-pair": (
        Interdigital(10 * UM, 10 * UM, 0.5 * UM, length=40 * UM, pairs=1, domain="comb"),
        COARSE,
    ),
    "comb": (
        Interdigital(20 * UM, 10 * UM, 3 * UM, length=100 * UM, pairs=3, bus_width=7 * UM, domain="comb"),
        COARSE,
    ),
    "comb-bare": (
        Interdigital(10 * UM, 10 * UM, 0, length=30 * UM, pairs=2, collector_thickness=0, domain="comb"),
        COARSE,
    ),
    "comb-insulated": (
        Interdigital(10 * UM, 10 * UM, 2 * UM, length=40 * UM, pairs=1, domain="comb", insulated_top=True),
        COARSE,
    ),
    "comb-extreme": (
        Interdigital(5 * UM, 30 * UM, 20e-9, length=31 * UM, pairs=4, cover=100 * UM, domain="comb"),
        MeshSizes(size=30 * UM, interface_size=2.5 * UM, film_size=20e-9),
    ),
}
