"""Random full cells, ten cycles each.

``python -m tests.robustness.random_cells --count 200 --jobs 2 --out results/random_cells.csv``

A seed stands for one cell. Materials are the library's; forms are compiled once per pair, so pairs are few. Cut-offs
lie up to 2 V beyond the open-circuit voltages of the full and of the empty cell: cells run into the ends of their
plateaus, into depleted electrolytes, and into overpotentials of volts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from archode.materials import Metal, insertion_at, load_material, metal_at

from .campaign import MOST_STEPS, balanced, bounded, ended


@dataclass(frozen=True)
class Pair:
    """Materials that make a full cell of positive voltage."""

    anode: str
    cathode: str
    electrolyte: str

    @property
    def foil(self) -> bool:
        """Whether the anode is a metal."""
        return self.anode in ("Li", "Na", "K")


PAIRS = (
    Pair("Li", "LiCoO2", "LiPF6_ECDEC_1M"),
    Pair("Li", "V2O5", "LiPF6_ECDEC_1M"),
    Pair("Li", "VOC1", "LiPF6_ECDEC_1M"),
    Pair("V2O5", "LiCoO2", "LiPF6_ECDEC_1M"),
    Pair("NTO", "NVP", "NaClO4_ECPC_1M"),
    Pair("NTP", "NVP", "NaClO4_ECPC_1M"),
    Pair("NTP", "NMO", "Na2SO4_aq_1M"),
    Pair("VS2_EG", "NVP", "NaClO4_ECPC_1M"),
    Pair("Na", "NMO", "NaClO4_ECPC_1M"),
    Pair("KVO_ac_0.25", "KMnO2_cryptomelane", "K2SO4_aq_0.5M"),
    Pair("VO_ac", "PB", "K2SO4_aq_0.5M"),
    Pair("K", "PB", "KFSI_DME_1M"),
    Pair("K", "KMnO2_cryptomelane", "KPF6_ECDEC_0.8M"),
)

CYCLES = 10

#: Shapes of cells without a foil, and their shares.
SHAPES = {"stack": 0.4, "planar": 0.3, "interdigital": 0.25, "interdigital_pillars": 0.05}

#: Distance of the cut-offs from the open-circuit voltages of the full and the empty cell, at most [V].
BEYOND = 2.0

CRITERIA = (ended, balanced, bounded)

#: Columns of the table that say what was drawn.
COLUMNS = ("pair", "shape", "rate", "charge_to", "discharge_to", "start", "library_values")


def study(seed: int) -> dict[str, Any]:
    """The study of a seed."""
    draw = np.random.default_rng(seed)
    pair = PAIRS[draw.integers(len(PAIRS))]
    geometry, mesh = shape(draw, foil=pair.foil)
    rate = log_uniform(draw, 1 / 50, 100)
    empty, full = open_circuit(pair)
    charge_to = round(full + draw.uniform(0, BEYOND), 3)
    discharge_to = round(empty - draw.uniform(0, BEYOND), 3)
    start = round(draw.uniform(0.02, 0.5), 3)
    steps = [
        {"charge": f"{rate:.4g} C", "until": {"voltage": charge_to}},
        {"discharge": f"{rate:.4g} C", "until": {"voltage": discharge_to}},
    ]
    return {
        "study": f"random_cell_{seed}",
        "geometry": geometry,
        "mesh": mesh,
        "materials": materials(draw, pair, geometry),
        "physics": {"initial": {"state_of_charge": start}},
        "protocol": [{"repeat": CYCLES, "steps": steps}],
        # A run that crawls ends where it has missed the criterion anyway.
        "solver": {"max_steps": 2 * CYCLES * MOST_STEPS},
        "output": {"fields": 0, "figures": False, "report": False, "errors": False, "checkpoint_every": 1000},
    }


def drawn(seed: int) -> dict[str, Any]:
    """What a seed's study is, as :data:`COLUMNS`."""
    told = study(seed)
    charge, discharge = told["protocol"][0]["steps"]
    parts = told["materials"]
    return {
        "pair": "|".join(parts[side] for side in ("anode", "electrolyte", "cathode")),
        "shape": told["geometry"]["architecture"],
        "rate": charge["charge"],
        "charge_to": charge["until"]["voltage"],
        "discharge_to": discharge["until"]["voltage"],
        "start": told["physics"]["initial"]["state_of_charge"],
        "library_values": "overrides" not in parts,
    }


# ---------------------------------------------------------------------- parts
def log_uniform(draw: np.random.Generator, low: float, high: float) -> float:
    """A number whose logarithm is evenly spread."""
    return math.exp(draw.uniform(math.log(low), math.log(high)))


def micrometres(length: float) -> str:
    """A length [µm] for a study file."""
    return f"{length:.4g} um"


def shape(draw: np.random.Generator, foil: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Geometry and a coarse mesh of it; a foil needs flat cells."""
    kind = draw.choice(["stack", "planar"]) if foil else draw.choice(list(SHAPES), p=list(SHAPES.values()))
    gap, film = log_uniform(draw, 5, 100), log_uniform(draw, 0.2, 5)
    if kind in ("stack", "planar"):
        other = 0.0 if foil else film * log_uniform(draw, 0.5, 2)
        width = min(gap, film)
        sizes = {"electrolyte_thickness" if kind == "stack" else "gap": micrometres(gap), "width": micrometres(width)}
        films = {"cathode_thickness": micrometres(film), "anode_thickness": micrometres(other)}
        mesh = {"size": gap / 4, "interface_size": gap / 20, "film_size": (min(film, other) if other else film) / 10}
        return {"architecture": str(kind)} | sizes | films, coarse(mesh)
    if kind == "interdigital":
        gap, finger = min(gap, 30.0), log_uniform(draw, 5, 30)
        least = min(gap, finger)
        sizes = {
            "finger_width": micrometres(finger),
            "gap": micrometres(gap),
            "thickness": micrometres(film),
            "collector_thickness": 0,
            "slice": micrometres(least / 4),
        }
        mesh = {"size": least / 2, "interface_size": least / 5, "film_size": film / 3}
        return {"architecture": "interdigital"} | sizes, coarse(mesh, growth=3)
    radius = log_uniform(draw, 2, 8)
    sizes = {
        "finger_width": micrometres(4 * radius),
        "gap": micrometres(3 * radius),
        "pillar_radius": micrometres(radius),
        "pillar_height": micrometres(2 * radius),
        "pillar_pitch": micrometres(3 * radius),
        "thickness": micrometres(radius / 2),
        "collector_thickness": 0,
        "cover": micrometres(3 * radius),
    }
    return {"architecture": "interdigital_pillars"} | sizes, coarse(
        {"size": 3 * radius, "interface_size": 0.95 * radius, "film_size": radius / 2}, growth=3
    )


def coarse(sizes: dict[str, float], growth: float = 2) -> dict[str, Any]:
    """Mesh sizes [µm] for a study file."""
    return {name: micrometres(size) for name, size in sizes.items()} | {"growth": growth}


def materials(draw: np.random.Generator, pair: Pair, geometry: dict[str, Any]) -> dict[str, Any]:
    """The pair; in two of three cells with transport and kinetics that let the films work at ordinary rates."""
    named = {"electrolyte": pair.electrolyte, "anode": pair.anode, "cathode": pair.cathode}
    if draw.random() < 1 / 3:
        return named
    thickness = 1e-6 * float(geometry.get("cathode_thickness", geometry.get("thickness", "1 um")).split()[0])
    overrides = {}
    for side in ("anode", "cathode"):
        overrides[f"{side}.exchange_current_density"] = f"{log_uniform(draw, 0.03, 300):.3g} A/m^2"
        if side == "cathode" or not pair.foil:
            overrides[f"{side}.diffusivity"] = f"{thickness**2 / log_uniform(draw, 10, 1e5):.3g} m^2/s"
            overrides[f"{side}.conductivity"] = f"{log_uniform(draw, 1e-3, 100):.3g} S/m"
    return named | {"overrides": overrides}


def open_circuit(pair: Pair) -> tuple[float, float]:
    """Open-circuit voltages of the empty and of the full cell [V]."""
    anode, cathode = potentials(pair.anode), potentials(pair.cathode)
    return cathode[1] - anode[0], cathode[0] - anode[1]


@cache
def potentials(name: str) -> tuple[float, float]:
    """Potentials of an electrode at the lowest and the highest stoichiometry of its window [V against SHE]."""
    material = load_material(name)
    electrode = metal_at(material) if material.kind == "metal" else insertion_at(material)
    if isinstance(electrode, Metal):
        return (electrode.standard_potential,) * 2
    # A window may reach 0 or 1, where a curve may diverge; a cell starts this far inside.
    low, high = (min(max(theta, 0.002), 0.998) for theta in electrode.stoichiometry_window)
    curve = electrode.open_circuit
    return float(curve.potential_vs_she(low)), float(curve.potential_vs_she(high))


if __name__ == "__main__":
    import sys

    from .campaign import main

    sys.exit(main("tests.robustness.random_cells", COLUMNS, drawn))
