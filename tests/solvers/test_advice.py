"""What is advised where a step cannot go on is true of the settings and of the state."""

from types import SimpleNamespace

import numpy as np
import pytest
from archode.solvers.advice import advice
from archode.solvers.drive import ProtocolStep
from archode.solvers.stepping import StepControl


def integrator(linear="direct", theta=(0.5, 0.5), contents=1.0, accepted=0, **control):
    """An integrator as far as advice looks at it."""
    electrolyte = SimpleNamespace(
        contents=("salt concentration",), components=("c", "φ"), closes=True, relative_contents=lambda q: q[:, :1]
    )
    cell = SimpleNamespace(
        electrolyte=electrolyte,
        theta="θ",
        unknowns=["q", "θ"],
        stoichiometry_range=lambda _side, values: (values.min(), values.max()),
        description=SimpleNamespace(open_circuit_voltage=lambda: 1.0),
        sets_current=True,
        theta_nodes=("anode",),
        comm=SimpleNamespace(allreduce=lambda value, op: value),
    )
    state = SimpleNamespace(values=(np.array([contents, 0.0]), np.array(theta)))
    newton = SimpleNamespace(linear=linear)
    return SimpleNamespace(
        cell=cell,
        newton=newton,
        control=StepControl(**control),
        history=[state],
        accepted=accepted,
        asked_current=lambda: -1.0,
    )


DISCHARGE = ProtocolStep("discharge", -1.0, (), 3600.0, soonest=1e4)


@pytest.mark.parametrize(
    ("of", "step", "elapsed", "end", "told"),
    [
        (integrator(), DISCHARGE, 9.0, "cathode metal used up", "the metal on the cathode is used up"),
        (integrator(), DISCHARGE, 9.0, "electrolyte depleted at the anode", "beyond what the electrolyte transports"),
        (integrator(theta=(0.2, 1.0)), DISCHARGE, 9.0, "cathode full", "beyond what diffuses in the cathode"),
        (integrator(theta=(1.0, 1.0)), DISCHARGE, 0.0, "cathode full", "the cathode is full at the start"),
        (integrator(theta=(1.0, 1.0), accepted=9), DISCHARGE, 9.0, "cathode full", "less charge: the cathode is full"),
        (integrator(theta=(0.01, 0.6)), DISCHARGE, 9.0, None, "beyond what diffuses in the anode"),
        (integrator(), ProtocolStep("charge", 1.0, (), 3600.0, soonest=1e-5), 0.0, None, "(Sand's time)"),
        (integrator(), ProtocolStep("hold", 40.0, (), 3600.0), 0.0, None, "40 V is far outside"),
        (integrator(contents=0.01), DISCHARGE, 9.0, None, "the electrolyte is running out of ions"),
    ],
)
def test_physics_comes_first(of, step, elapsed, end, told):
    assert told in advice(of, step, elapsed, "salt concentration", end)


def test_a_direct_solver_is_advised_only_to_those_without_one():
    assert "linear: direct" in advice(integrator("iterative"), DISCHARGE, 9.0, "solid potential", None)
    assert "linear: direct" not in advice(integrator("direct"), DISCHARGE, 9.0, "solid potential", None)


def test_a_larger_tolerance_is_advised_only_where_a_small_one_is_asked_for():
    assert "newton_tolerance" not in advice(integrator(), DISCHARGE, 9.0, "solid potential", None)
    told = advice(integrator(newton_tolerance=1e-12), DISCHARGE, 9.0, "solid potential", None)
    assert "a larger solver.newton_tolerance (it is 1e-05 unless given)" in told
