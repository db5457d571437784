"""Durations, charges and voltages at default settings against independent solutions of the same equations.

Meshes are fine enough to leave less than 0.05 %, as runs at a thousandth of the tolerance show.
"""

import importlib

import numpy as np
import pytest
from archode.studies import run

from .references import FOIL, SALT, SYMMETRIC, FilmCell, drive_cycle, film

OUTPUT = {"fields": 0, "figures": False, "report": False}

#: Voltage at which the discharges of the symmetric cell end [V].
CUT_OFF = -2.17

#: In the bars of the film's cell; its width and depth are 1 µm.
FILM_MESH = {"size": "0.5 um", "interface_size": "0.05 um", "film_size": "5 nm", "growth": 1.1}
FILM_AREA = 1e-12

ONE_C = 0.99 * film(1e-15).capacity / 3600


def solved(study, folder):
    """The only case of a study, which must have come to its end."""
    case = run(study, out=folder, progress=False).case
    assert case.status == "done", case.reason
    return case


# ---------------------------------------------------------------------- Sand's time
def depletion(ratio, longest):
    """Two lithium foils 0.1 mm apart at ``ratio`` times the limiting current, with a limit of safety [s] or none."""
    until = {"voltage": CUT_OFF} | ({} if longest is None else {"time": longest})
    salt = SYMMETRIC.salt
    foils = {f"{side}.exchange_current_density": 10.0 for side in ("anode", "cathode")}
    return {
        "study": "depletion",
        "geometry": {"architecture": "planar", "gap": salt.gap, "width": 1e-6},
        "mesh": {"size": "1 um", "interface_size": "10 nm", "growth": 1.05},
        "materials": {
            "electrolyte": "LiPF6_ECDEC_1M",
            "anode": "Li",
            "cathode": "Li",
            "overrides": {
                "electrolyte.concentration": salt.concentration,
                "electrolyte.diffusivity": salt.diffusivity,
                "electrolyte.transference_number": salt.cation_share,
                "electrolyte.conductivity": salt.conductivity,
                "anode.film_resistance": 0,
                "cathode.film_resistance": 0,
            }
            | foils,
        },
        "protocol": [{"discharge": f"{ratio * salt.limiting_current!r} A/m^2", "until": until}],
        "output": OUTPUT,
    }


@pytest.mark.parametrize(
    "limit",
    [pytest.param("none", marks=pytest.mark.slow), "1000 s", pytest.param("10 tau", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("ratio", [1.1, 3.0, 10.0])
def test_time_to_the_cut_off(ratio, limit, tmp_path):
    """What else may end the step, and how late, is nothing to when the voltage is met."""
    current = -ratio * SYMMETRIC.salt.limiting_current
    expected = SYMMETRIC.time_to(CUT_OFF, current)
    longest = {"none": None, "1000 s": 1000.0, "10 tau": 10 * SYMMETRIC.depletion(current)}[limit]
    step = solved(depletion(ratio, longest), tmp_path).summary["steps"][0]
    # At 1.1 and 3 J_lim the salt runs out within less than can be told of the cut-off.
    assert step["ended_by"] in ("voltage", "electrolyte depleted at the cathode")
    if step["ended_by"] == "voltage":
        assert step["end_voltage [V]"] == pytest.approx(CUT_OFF, abs=2e-4)
    assert step["duration [s]"] == pytest.approx(expected, rel=2e-3)


# ---------------------------------------------------------------------- a film on a foil
def film_cell(diffusivity, theta, film_lin):
    """A study of the cell of :data:`references.SALT` without its protocol."""
    return {
        "study": "film",
        "geometry": {"architecture": "planar", "gap": SALT.gap, "width": 1e-6, "cathode_thickness": 1e-6},
        "mesh": FILM_MESH,
        "materials": {
            "electrolyte": "LiPF6_ECDEC_1M",
            "anode": "Li",
            "cathode": str(film_lin),
            "overrides": {
                "electrolyte.concentration": SALT.concentration,
                "electrolyte.diffusivity": SALT.diffusivity,
                "electrolyte.transference_number": SALT.cation_share,
                "electrolyte.conductivity": SALT.conductivity,
                "anode.exchange_current_density": FOIL.exchange_current,
                "anode.film_resistance": FOIL.film_resistance,
                "cathode.diffusivity": diffusivity,
            },
        },
        "physics": {"initial": {"cathode": theta}},
        "output": OUTPUT,
    }


def test_charge_and_hold(tmp_path, film_lin):
    cell = FilmCell(SALT, FOIL, film(1e-15), fineness=2)
    charge, state = cell.charged_to(cell.uniform(SALT.concentration, 0.9), ONE_C, 3.7, 2500.0)
    hold, passed = cell.held(state, 3.7, ONE_C / 20, 1e4)
    protocol = [{"charge": "1 C", "until": {"voltage": 3.7}}, {"hold": 3.7, "until": {"current": "C/20"}}]
    case = solved(film_cell(1e-15, 0.9, film_lin) | {"protocol": protocol}, tmp_path)
    first, second = case.summary["steps"]
    assert [first["ended_by"], second["ended_by"]] == ["voltage", "current"]
    assert first["duration [s]"] == pytest.approx(charge, rel=1e-3)
    # The limit itself is met to 1e-3 of the current, 0.4 s of these 1301 s.
    assert second["duration [s]"] == pytest.approx(hold, rel=5e-3)
    assert second["capacity [C]"] / FILM_AREA == pytest.approx(passed, rel=1e-3)


def test_drive_cycle(tmp_path, film_lin):
    """Six hundred samples a second apart: 1 mV in three time steps a sample."""
    drive = importlib.import_module("archode.solvers.drive")
    if not hasattr(drive, "Profile"):
        pytest.skip("sampled currents are not in the solver")
    from archode.solvers.newton import Newton
    from archode.solvers.protocol import ProtocolRunner
    from archode.solvers.stepping import Integrator, StepControl
    from archode.studies.api import _loaded
    from archode.studies.cell import build_cell
    from mpi4py import MPI

    times, currents = drive_cycle()
    reference = FilmCell(SALT, FOIL, film(1e-14), fineness=2)
    expected = reference.driven(reference.uniform(SALT.concentration, 0.5), times, currents)

    end = float(times[-1])
    rest = [{"rest": 1.0}]
    study = _loaded(film_cell(1e-14, 0.5, film_lin) | {"protocol": rest}, {}).cases[0].study
    cell, _ = build_cell(study, MPI.COMM_SELF)
    cell.set_initial_state()
    profile = drive.Profile(tuple(times), tuple(currents * FILM_AREA))
    step = drive.ProtocolStep(
        kind="profile", value=0.0, limits=(drive.TimeLimit(end),), expected_duration=end, profile=profile
    )
    integrator = Integrator(cell, Newton(cell, "direct"), StepControl())
    accepted = list(ProtocolRunner(integrator, [step], ONE_C * FILM_AREA).run())

    assert accepted[-1].ended_by == "time" and accepted[-1].time == pytest.approx(end, rel=1e-12)
    found = {round(a.time, 9): a.observation.voltage for a in accepted}
    # Time steps land where the slope of the current changes enough to matter, which is most samples.
    sampled = [k for k, t in enumerate(times) if k and round(float(t), 9) in found]
    assert len(sampled) > 0.7 * len(times)
    # Between them the current goes straight on, and so, within the tolerance, does the voltage.
    between = np.interp(times[1:], [a.time for a in accepted], [a.observation.voltage for a in accepted])
    errors = between - np.asarray(expected)[1:]
    worst = 1 + int(np.argmax(np.abs(errors)))
    assert np.abs(errors).max() < 1e-3, f"{1e3 * np.abs(errors).max():.3f} mV off at {times[worst]:g} s"
    assert len(accepted) <= 3 * (len(times) - 1)
