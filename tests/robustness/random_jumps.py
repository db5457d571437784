"""Random jumps of ±2 V and fast ramps.

``python -m tests.robustness.random_jumps --count 50 --jobs 2 --out results/random_jumps.csv``

A seed stands for one study. Even seeds rest, hold the voltage at which the cell is, and jump 2 V up or down and back;
odd ones go to and fro in ramps of up to 1 kV/s. Cells are full cells, charged or discharged a way before, cells
with double layers, symmetric cells of a metal, blocking electrodes, and half cells against a reservoir.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from archode.materials import insertion_at, load_material

from .campaign import ended
from .random_cells import PAIRS, log_uniform, materials, micrometres, potentials, shape

#: Height of a jump [V].
JUMP = 2.0

#: Slowest and fastest ramp [V/s].
RATES = (0.1, 1e3)

KINDS = ("full", "layers", "symmetric", "blocking", "reservoir")

#: Forms differ by the law of the surfaces too, so these kinds have few materials.
LAYERED = (PAIRS[0], PAIRS[4], PAIRS[9])
METALS = (("Li", "LiPF6_ECDEC_1M"), ("K", "KFSI_DME_1M"))
HALVES = (("KVO_ac_0.25", "K2SO4_aq_0.5M"), ("LiCoO2", "LiPF6_ECDEC_1M"))

CRITERIA = (ended,)

COLUMNS = ("kind", "control", "cell", "start", "steps")


def study(seed: int) -> dict[str, Any]:
    """The study of a seed."""
    draw = np.random.default_rng(seed)
    kind = KINDS[seed // 2 % len(KINDS)]
    cell, voltage = CELLS[kind](draw)
    steps = jumps(draw, voltage) if seed % 2 == 0 else ramps(draw, voltage)
    if kind in ("full", "layers"):
        steps = [*way_before(draw, voltage), *steps]
    return {
        "study": f"random_jump_{seed}",
        **cell,
        "protocol": steps,
        "solver": {"max_steps": 10_000},
        "output": {"fields": 0, "figures": False, "report": False, "errors": False},
    }


def drawn(seed: int) -> dict[str, Any]:
    """What a seed's study is, as :data:`COLUMNS`."""
    told = study(seed)
    parts = told["materials"]
    return {
        "kind": KINDS[seed // 2 % len(KINDS)],
        "control": ("jumps", "ramps")[seed % 2],
        "cell": "|".join(str(parts.get(name)) for name in ("anode", "electrolyte", "cathode")),
        "start": told.get("physics", {}).get("initial"),
        "steps": told["protocol"],
    }


# ---------------------------------------------------------------------- protocols
def jumps(draw: np.random.Generator, voltage: float) -> list[dict[str, Any]]:
    """Rest; hold where the cell is about; jump up or down; back; and to the other side."""
    sign = draw.choice([-1, 1])
    goals = [voltage, voltage + sign * JUMP, voltage, voltage - sign * JUMP]
    holds = [{"hold": round(float(goal), 4), "until": {"time": duration(draw)}} for goal in goals]
    return [{"rest": duration(draw)}, *holds]


def ramps(draw: np.random.Generator, voltage: float) -> list[dict[str, Any]]:
    """A triangle of voltage on either side of where the cell begins, twice, with vertices of full speed."""
    sign = draw.choice([-1, 1])
    rate = f"{log_uniform(draw, *RATES):.4g} V/s"
    goals = [voltage + sign * draw.uniform(0.2, JUMP), voltage - sign * draw.uniform(0.2, JUMP)]
    return [{"repeat": 2, "steps": [{"ramp": rate, "until": {"voltage": round(float(goal), 4)}} for goal in goals]}]


def way_before(draw: np.random.Generator, voltage: float) -> list[dict[str, Any]]:
    """A charge or a discharge that leaves gradients behind, of some per cent of the capacity.

    A film or the salt may run out before that: a limit of voltage ends it then.
    """
    rate = log_uniform(draw, 0.1, 100)
    kind, sign = (("charge", 1), ("discharge", -1))[draw.integers(2)]
    until = {"time": f"{3600 * draw.uniform(0.005, 0.05) / rate:.4g} s", "voltage": round(voltage + sign * JUMP, 4)}
    return [{kind: f"{rate:.4g} C", "until": until}]


def duration(draw: np.random.Generator) -> str:
    """From microseconds, less than a cell takes to answer, to minutes."""
    return f"{log_uniform(draw, 1e-6, 1e3):.4g} s"


# ---------------------------------------------------------------------- cells
def full(draw: np.random.Generator, pairs=PAIRS) -> tuple[dict[str, Any], float]:
    """A full cell somewhere between empty and full, and its open-circuit voltage [V]."""
    pair = pairs[draw.integers(len(pairs))]
    geometry, mesh = shape(draw, foil=pair.foil)
    charged = round(draw.uniform(0.1, 0.9), 3)
    cathode, anode = potential(pair.cathode, 1 - charged), potential(pair.anode, charged)
    cell = {
        "geometry": geometry,
        "mesh": mesh,
        "materials": materials(draw, pair, geometry),
        "physics": {"initial": {"state_of_charge": charged}},
    }
    return cell, cathode - anode


def layers(draw: np.random.Generator) -> tuple[dict[str, Any], float]:
    """A full cell with a constant capacitance on either electrode."""
    cell, voltage = full(draw, LAYERED)
    sides = {side: {"capacitance": f"{log_uniform(draw, 1, 100):.3g} uF/cm^2"} for side in ("anode", "cathode")}
    return cell | {"interfaces": sides}, voltage


def symmetric(draw: np.random.Generator) -> tuple[dict[str, Any], float]:
    """The same metal on either side."""
    metal, electrolyte = METALS[draw.integers(len(METALS))]
    parts = {"electrolyte": electrolyte, "anode": metal, "cathode": metal}
    return bar(draw) | {"materials": parts}, 0.0


def blocking(draw: np.random.Generator) -> tuple[dict[str, Any], float]:
    """Nothing reacts; double layers are charged, constant ones or Gouy's, Chapman's and Stern's."""
    law = draw.choice(["capacitance", "stern_capacitance"])
    side = {"reaction": "blocking", str(law): f"{log_uniform(draw, 1, 100):.3g} uF/cm^2"}
    parts = {"electrolyte": "K2SO4_aq_0.5M"}
    return bar(draw) | {"materials": parts, "interfaces": {"anode": side, "cathode": side}}, 0.0


def reservoir(draw: np.random.Generator) -> tuple[dict[str, Any], float]:
    """A film against a large volume of electrolyte; the cell's voltage is the film's potential against SHE."""
    cathode, electrolyte = HALVES[draw.integers(len(HALVES))]
    charged = round(draw.uniform(0.1, 0.9), 3)
    thickness = log_uniform(draw, 0.2, 5)
    cell = bar(draw, thickness)
    overrides = {
        "cathode.diffusivity": f"{(1e-6 * thickness) ** 2 / log_uniform(draw, 10, 1e5):.3g} m^2/s",
        "cathode.exchange_current_density": f"{log_uniform(draw, 0.03, 300):.3g} A/m^2",
    }
    return cell | {
        "materials": {"electrolyte": electrolyte, "cathode": cathode, "overrides": overrides},
        "interfaces": {"anode": {"reaction": "reservoir"}},
        "physics": {"initial": {"state_of_charge": charged}},
    }, potential(cathode, 1 - charged)


CELLS = {"full": full, "layers": layers, "symmetric": symmetric, "blocking": blocking, "reservoir": reservoir}


def bar(draw: np.random.Generator, cathode: float = 0.0) -> dict[str, Any]:
    """A bar without film at the anode, its cathode's thickness in µm."""
    gap = log_uniform(draw, 2, 100)
    geometry = {"architecture": "planar", "gap": micrometres(gap), "width": micrometres(min(gap, cathode or gap))}
    mesh = {"size": micrometres(gap / 4), "interface_size": micrometres(gap / 50), "growth": 2}
    if cathode:
        geometry["cathode_thickness"] = micrometres(cathode)
        mesh["film_size"] = micrometres(cathode / 20)
    return {"geometry": geometry, "mesh": mesh}


def potential(name: str, filled: float) -> float:
    """Potential at a place in the stoichiometry window, 0 at its lower end; of a metal its own [V against SHE]."""
    material = load_material(name)
    if material.kind == "metal":
        return potentials(name)[0]
    electrode = insertion_at(material)
    low, high = electrode.stoichiometry_window
    return float(electrode.open_circuit.potential_vs_she(low + filled * (high - low)))


if __name__ == "__main__":
    import sys

    from .campaign import main

    sys.exit(main("tests.robustness.random_jumps", COLUMNS, drawn))
