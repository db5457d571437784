"""Sixty cells at the ends of what may be asked for: rates, temperatures, sizes, concentrations, states of charge.

``python -m tests.faults.extremes [NAME …]`` runs them, or those of such names, and prints a table: how each ended, its
balances, what it took, what it was warned of and advised.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archode.materials import insertion_at, load_material

#: Processor time that any of them may take [s].
MOST_CPU = 300.0


@dataclass(frozen=True)
class Extreme:
    """One cell: sizes in m, rates in 1/h, K, mol/m³; ``first`` is what it is made to do first."""

    shape: str
    length: float = 1e-5
    rate: float = 1.0
    temperature: float = 298.15
    concentration: float = 1000.0
    state_of_charge: float = 0.0
    first: str = "charge"
    model: str = "electroneutral"

    @property
    def name(self) -> str:
        """Of the study."""
        model = "pnp" if self.model != "electroneutral" else "neutral"
        told = f"{self.shape}_{model}_{self.length:.0e}m_{self.rate:.0e}C_{self.temperature:.0f}K"
        return f"{told}_{self.concentration:.0e}_soc{self.state_of_charge:g}_{self.first}"


def extremes() -> Iterator[Extreme]:
    """All sixty."""
    rates = 1e-3, 1e4
    flat = Extreme("planar")
    for length, rate in itertools.product((1e-9, 1e-7, 1e-5, 1e-3, 0.1), (1e-3, 1.0, 1e4)):
        yield replace(flat, length=length, rate=rate)
    for temperature, rate in itertools.product((150.0, 600.0), rates):
        yield replace(flat, temperature=temperature, rate=rate)
    for concentration, rate in itertools.product((1e-6, 1.0, 1e4), rates):
        yield replace(flat, concentration=concentration, rate=rate)
    yield replace(flat, state_of_charge=0.0, first="discharge")
    yield replace(flat, state_of_charge=1.0, first="charge")
    yield Extreme("planar", 1e-9, 1e4, 150.0, 1e-6, 1.0, "discharge")
    yield Extreme("planar", 0.1, 1e-3, 600.0, 1e4, 1.0, "discharge")
    layered = Extreme("planar", model="poisson-nernst-planck")
    for length, rate in itertools.product((1e-9, 1e-7, 1e-5, 0.1), rates):
        yield replace(layered, length=length, rate=rate)
    for concentration in (1e-6, 1e4):
        yield replace(layered, length=1e-7, concentration=concentration)
    for temperature in (150.0, 600.0):
        yield replace(layered, length=1e-7, temperature=temperature)
    comb = Extreme("comb")
    for length, rate in itertools.product((1e-8, 1e-5, 1e-2), rates):
        yield replace(comb, length=length, rate=rate)
    yield replace(comb, concentration=1e-6)
    yield replace(comb, temperature=150.0, state_of_charge=1.0, first="discharge")
    for length, rate in itertools.product((1e-8, 1e-5), rates):
        yield Extreme("pillars", length, rate)
    host = Extreme("host", first="discharge")
    for length, rate in itertools.product((1e-7, 1e-5, 1e-3), rates):
        yield replace(host, length=length, rate=rate)
    yield replace(host, temperature=600.0, concentration=1e-6)


def study(one: Extreme) -> dict[str, Any]:
    """The study of a cell."""
    geometry, mesh = SHAPES[one.shape](one.length)
    materials = HOST if one.shape == "host" else PAIR
    overrides = {"electrolyte.concentration": f"{one.concentration!r} mol/m^3"}
    return {
        "study": one.name,
        "geometry": geometry,
        "mesh": mesh,
        "materials": materials | {"overrides": overrides},
        "physics": {
            "temperature": one.temperature,
            "electrolyte": one.model,
            **({} if one.shape == "host" else {"initial": {"state_of_charge": one.state_of_charge}}),
        },
        **({"interfaces": {"cathode": {"plating": {"substrate": "Cu"}}}} if one.shape == "host" else {}),
        "protocol": list(protocol(one)),
        "solver": {"max_steps": 1000},
        "output": {"fields": 0, "figures": False, "report": False, "errors": False, "checkpoint_every": 1000},
    }


# ---------------------------------------------------------------------- parts
PAIR = {"electrolyte": "LiPF6_ECDEC_1M", "anode": "V2O5", "cathode": "LiCoO2"}
HOST = {
    "electrolyte": "LiPF6_ECDEC_1M",
    "anode": "Li",
    "cathode": "Li",
    "separator": {"porosity": 0.4, "tortuosity": 3.5},
}

#: Distance of the cut-offs from the open-circuit voltages of the empty and the full cell [V].
BEYOND = 0.5


def protocol(one: Extreme) -> Iterator[dict[str, Any]]:
    """There and back; a host is plated with what fills a hundredth of its pores, at a rate that does so."""
    if one.shape == "host":
        # 2 C/mm³ of lithium: a hundredth of a layer as thick as the host.
        charge = 7.4e9 * 0.01 * one.length
        current = charge * one.rate / 3600
        until = {"capacity": f"{charge!r} C/m^2", "voltage": "-3 V"}
        yield {"discharge": f"{current!r} A/m^2", "until": until}
        yield {"charge": f"{current!r} A/m^2", "until": {"capacity": f"{charge / 2!r} C/m^2", "voltage": "3 V"}}
        return
    empty, full = open_circuit()
    limits = {"charge": full + BEYOND, "discharge": empty - BEYOND}
    second = "discharge" if one.first == "charge" else "charge"
    for kind in (one.first, second):
        yield {kind: f"{one.rate!r} C", "until": {"voltage": round(limits[kind], 3)}}


def open_circuit() -> tuple[float, float]:
    """Open-circuit voltages of the empty and the full cell at 25 °C [V]."""
    ends = {}
    for side in ("anode", "cathode"):
        material = insertion_at(load_material(PAIR[side]))
        low, high = material.stoichiometry_window
        ends[side] = [float(material.open_circuit.potential_vs_she(min(max(t, 0.002), 0.998))) for t in (low, high)]
    return ends["cathode"][1] - ends["anode"][0], ends["cathode"][0] - ends["anode"][1]


def _metres(value: float) -> str:
    return f"{value!r} m"


def _lengths(**values: float) -> dict[str, str]:
    return {name: _metres(value) for name, value in values.items()}


def _planar(length: float) -> tuple[dict, dict]:
    film = length / 10
    sizes = _lengths(gap=length, width=film, cathode_thickness=film, anode_thickness=film)
    mesh = _lengths(size=length / 4, interface_size=length / 20, film_size=film / 10)
    return {"architecture": "planar"} | sizes, mesh | {"growth": 2}


def _comb(length: float) -> tuple[dict, dict]:
    sizes = _lengths(finger_width=length, gap=length, thickness=length / 20, slice=length / 4)
    mesh = _lengths(size=length / 2, interface_size=length / 5, film_size=length / 60)
    return {"architecture": "interdigital", "collector_thickness": 0} | sizes, mesh | {"growth": 3}


def _pillars(length: float) -> tuple[dict, dict]:
    sizes = _lengths(
        finger_width=4 * length,
        gap=3 * length,
        pillar_radius=length,
        pillar_height=2 * length,
        pillar_pitch=3 * length,
        thickness=length / 2,
        cover=3 * length,
    )
    mesh = _lengths(size=3 * length, interface_size=0.95 * length, film_size=length / 2)
    return {"architecture": "interdigital_pillars", "collector_thickness": 0} | sizes, mesh | {"growth": 3}


def _host(length: float) -> tuple[dict, dict]:
    sizes = _lengths(width=length, thickness=2 * length, reservoir_thickness=length / 2, separator_thickness=length)
    shape = {"channels": _lengths(radius=0.375 * length, pitch=length)}
    geometry = {"architecture": "porous_electrode", "electrode": "cathode", "solid": "surface", "shape": shape}
    return geometry | sizes, _lengths(interface_size=length / 8, size=length / 4)


SHAPES = {"planar": _planar, "comb": _comb, "pillars": _pillars, "host": _host}


# ---------------------------------------------------------------------- running them
def outcome(one: Extreme, folder: Path) -> dict[str, Any]:
    """How a cell ended: exit code, messages and numbers."""
    from archode.studies.cli import main

    path = folder / "study.yml"
    path.write_text(json.dumps(study(one)), encoding="utf-8")
    began = time.process_time()
    code = main(["run", str(path), "--out", str(folder), "--quiet"])
    found: dict[str, Any] = {"code": code, "cpu": time.process_time() - began}
    summary_file = folder / one.name / "base" / "summary.json"
    summary: Mapping[str, Any] = json.loads(summary_file.read_text()) if summary_file.is_file() else {}
    errors = summary.get("conservation") or {}
    worst = max(errors, key=lambda name: float("inf") if errors[name] is None else errors[name], default=None)
    found |= {
        "status": summary.get("status"),
        "reason": summary.get("reason"),
        "balance": errors.get(worst) if worst else None,
        "balance_of": worst,
        "steps": [step["ended_by"] for step in summary.get("steps", [])],
        "time_steps": (summary.get("solver") or {}).get("time_steps"),
        "warnings": summary.get("warnings", []),
    }
    return found


def told(one: Extreme, found: Mapping[str, Any]) -> str:
    """A line, and below it what was said."""
    balance = "–" if found["balance"] is None else f"{found['balance']:.1e} {found['balance_of']}"
    lines = [
        f"{one.name}: exit {found['code']} {found['status']}, balance {balance}, {found['time_steps']} time steps, "
        f"{found['cpu']:.1f} s; ended by {', '.join(map(str, found['steps'])) or '–'}"
    ]
    lines += [f"    error: {found['reason']}"] if found["reason"] else []
    return "\n".join([*lines, *(f"    warning: {warning}" for warning in found["warnings"])])


if __name__ == "__main__":
    for one in extremes():
        if len(sys.argv) < 2 or any(word in one.name for word in sys.argv[1:]):
            with tempfile.TemporaryDirectory() as folder:
                print(told(one, outcome(one, Path(folder))), flush=True)
