"""What the shape alone decides: the cell constant of interdigital electrodes, capacities per footprint."""

from __future__ import annotations

import numpy as np
from scipy.special import ellipk

from ...geometry import ARCHITECTURES, MeshSizes
from ...solvers.drive import TimeLimit
from ...solvers.observe import Observer
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare
from .result import Result
from .row import Stopwatch, comparison
from .systems import (
    binary_electrolyte,
    cell_on,
    describe_mesh,
    galvanostatic,
    insertion,
    last,
    metal,
    run,
)


def cell_constant_ratio(width: float, gap: float) -> float:
    """K(k)/K(√(1−k²)), k = cos(πw/(2(s+w))), K the complete elliptic integral of the modulus."""
    k2 = np.cos(np.pi * width / (2 * (gap + width))) ** 2
    return float(ellipk(k2) / ellipk(1 - k2))


def interdigital_constant() -> Result:
    """Resistance of the electrolyte over coplanar fingers, as the electrolyte's share of a finger gap.

    N fingers of width w and overlap ℓ, gaps s, flush on an insulating plane under a half space of
    conductivity κ: R = (2/((N−1)ℓκ)) K(k)/K(√(1−k²)), k = cos(πw/(2(s+w))). W. Olthuis et al., Sens.
    Actuators B 24 (1995) 252, doi:10.1016/0925-4005(95)85053-8. One gap has 2/(ℓκ) times the ratio shown in
    the table.

    Bare metal fingers (no film, no collector), the unit cell from finger middle to finger middle, a cover of
    three pitches (the field has decayed to exp(−3π)), and an electrolyte with t₊ = 1, so that it is a plain
    resistor; the kinetics are fast enough to be a Dirichlet condition. The current density is singular at the
    finger's edges: the mesh is graded towards them and the elements are quadratic.
    """
    kappa, rows, found = 1.0, [], {}
    for width, gap in ((50e-6, 50e-6), (50e-6, 100e-6)):
        watch = Stopwatch()
        pitch = width + gap
        interdigital = ARCHITECTURES["interdigital"](
            finger_width=width,
            gap=gap,
            thickness=0.0,
            collector_thickness=0.0,
            cover=3 * pitch,
            slice=4e-6,
            length=10 * pitch,
        )
        sizes = MeshSizes(size=gap / 4, interface_size=width / 400, growth=1.6)
        electrolyte = binary_electrolyte(transference_number=1.0, conductivity=kappa)
        cell = cell_on(interdigital, sizes, electrolyte, metal(), metal(), degree=2)
        current = 1.0 * interdigital.slice * pitch
        control = StepControl(adaptive=False, initial_step=1e-3)
        end = last(run(cell, [galvanostatic(current, [TimeLimit(1e-3)], 1e-3)], current, control))
        computed = found[gap / width] = end.observation.voltage / current * kappa * interdigital.slice / 2
        exact = cell_constant_ratio(width, gap)
        quantity = f"cell constant ratio K(k)/K(k'), w = {width * 1e6:g} µm, s = {gap * 1e6:g} µm"
        mesh = f"{describe_mesh(cell)}, {sizes.interface_size * 1e6:g} µm at the edges"
        rows.append(comparison("interdigital_constant", quantity, exact, computed, 0.01, mesh, watch.lap()))

    def ratio(gap_over_width: float) -> float:
        return cell_constant_ratio(1.0, gap_over_width)

    curves = compare("computed", list(found), found.values(), ratio, 0.01, span=(0.25, 4))
    return Result(rows, Figure("Coplanar fingers", "Gap over finger width", "Cell constant ratio K(k)/K(k')", curves))


def areal_capacity() -> Result:
    """Areal capacity of interdigital electrodes over that of a stack, same film and footprint: ½ w/(w + g).

    Stacked, either electrode covers the whole footprint; side by side, each covers w/(2(w + g)) of it. From
    the nominal capacities of the meshed electrodes.
    """
    film, rows, found = 0.75e-6, [], {}
    hosts = (insertion(0.1), insertion(0.9))
    electrolyte = binary_electrolyte()
    watch = Stopwatch()
    stack = ARCHITECTURES["stack"](electrolyte_thickness=50e-6, cathode_thickness=film, anode_thickness=film)
    sizes = MeshSizes(size=10e-6, interface_size=5e-6, film_size=film / 3, growth=2.0)
    cell = cell_on(stack, sizes, electrolyte, *hosts)
    stacked = Observer(cell).nominal_capacity() / stack.footprint_area
    for width, gap in ((50e-6, 50e-6), (50e-6, 100e-6), (20e-6, 5e-6)):
        fingers = ARCHITECTURES["interdigital"](finger_width=width, gap=gap, thickness=film, collector_thickness=0.0)
        sizes = MeshSizes(interface_size=min(width, gap) / 10, film_size=film / 3, growth=2.0)
        cell = cell_on(fingers, sizes, electrolyte, *hosts)
        computed = found[gap / width] = Observer(cell).nominal_capacity() / fingers.footprint_area / stacked
        exact = width / (width + gap) / 2
        quantity = f"areal capacity, interdigital over stack, w = {width * 1e6:g} µm, g = {gap * 1e6:g} µm"
        rows.append(comparison("areal_capacity", quantity, exact, computed, 1e-3, describe_mesh(cell), watch.lap()))
    curves = compare("computed", list(found), found.values(), lambda g: 0.5 / (1 + g), 1e-3, span=(0, 3))
    title = "Fingers side by side against a stack"
    return Result(rows, Figure(title, "Gap over finger width", "Areal capacity over that of a stack", curves))
