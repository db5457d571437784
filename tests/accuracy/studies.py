"""Studies that are run as a user would, without any mesh section or tolerance.

Each is small in three dimensions or a bar; together they cover rates, thicknesses, diffusivities, shapes and protocols.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Document = dict[str, Any]


class Asked(NamedTuple):
    """A study, and how finely it is solved to judge the default run: the scale of its mesh and the tolerance."""

    study: Document
    scale: float = 0.2
    tolerance: float = 1e-5


SALT = {
    "electrolyte.concentration": "1 mol/L",
    "electrolyte.diffusivity": "3e-10 m^2/s",
    "electrolyte.transference_number": 0.38,
    "electrolyte.conductivity": "0.8 S/m",
    "anode.exchange_current_density": "10 A/m^2",
    "anode.film_resistance": 0,
}

#: Current density that a salt of :data:`SALT` sustains across 100 µm, 2 F D c₀/((1 − t₊) L) [A/m²].
LIMITING = 2 * 96485.33 * 3e-10 * 1000 / (0.62 * 1e-4)

#: Salt of two ions in water, 10 mmol/L each.
IONS = {
    "K+": {"concentration": "10 mol/m^3", "diffusivity": "1e-9 m^2/s"},
    "Cl-": {"concentration": "10 mol/m^3", "diffusivity": "1e-9 m^2/s"},
}


def half_cell(
    film: float, diffusivity: float, protocol: list, cathode: str = "V2O5", start: float = 0.02, **changes: Any
) -> Document:
    """A film [µm] of a diffusivity [m²/s] against lithium; ``changes`` are of geometry and overrides."""
    gap = changes.pop("gap", "10 um")
    overrides = SALT | {
        "cathode.diffusivity": f"{diffusivity:g} m^2/s",
        "cathode.conductivity": "0.1 S/m",
        "cathode.exchange_current_density": "5 A/m^2",
        "cathode.film_resistance": 0,
    }
    return {
        "geometry": {"architecture": "stack", "electrolyte_thickness": gap, "cathode_thickness": f"{film:g} um"},
        "materials": {
            "electrolyte": "LiPF6_ECDEC_1M",
            "anode": "Li",
            "cathode": cathode,
            "overrides": overrides | {key.replace("__", "."): value for key, value in changes.items()},
        },
        "physics": {"initial": {"cathode": start}},
        "protocol": protocol,
    }


def foils(gap: str, protocol: list) -> Document:
    """Lithium against lithium."""
    overrides = SALT | {"cathode.exchange_current_density": "10 A/m^2", "cathode.film_resistance": 0}
    return {
        "geometry": {"architecture": "planar", "gap": gap},
        "materials": {"electrolyte": "LiPF6_ECDEC_1M", "anode": "Li", "cathode": "Li", "overrides": overrides},
        "protocol": protocol,
    }


def wire(core: str, electrolyte: str, protocol: list, length: str = "20 um") -> Document:
    """A lithium wire in a lithium tube."""
    told = foils("1 um", protocol)
    told["geometry"] = {
        "architecture": "coaxial_fibre",
        "core_radius": core,
        "anode_thickness": 0,
        "electrolyte_thickness": electrolyte,
        "cathode_thickness": 0,
        "length": length,
    }
    fast = {f"{side}.exchange_current_density": "1000 A/m^2" for side in ("anode", "cathode")}
    told["materials"]["overrides"] |= fast
    return told


def fingers(pair: tuple[str, str, str], sizes: Mapping[str, str], protocol: list, **overrides: Any) -> Document:
    """The unit cell of an interdigital comb."""
    anode, electrolyte, cathode = pair
    changed = {key.replace("__", "."): value for key, value in overrides.items()}
    return {
        "geometry": {"architecture": "interdigital", "collector_thickness": 0} | dict(sizes),
        "materials": {"electrolyte": electrolyte, "anode": anode, "cathode": cathode, "overrides": changed},
        "protocol": protocol,
    }


def double_layer(interfaces: Mapping[str, Any], protocol: list, gap: str = "60 nm", **physics: Any) -> Document:
    """Water with a salt between two walls, double layers resolved."""
    return {
        "geometry": {"architecture": "planar", "gap": gap},
        "materials": {"electrolyte": "K2SO4_aq_0.5M", "ions": IONS},
        "interfaces": dict(interfaces),
        "physics": {"electrolyte": "poisson-nernst-planck"} | physics,
        "protocol": protocol,
    }


def discharge(rate: float, voltage: float = 2.2) -> Document:
    """A discharge at a rate [C] to a voltage [V]."""
    return {"discharge": f"{rate:g} C", "until": {"voltage": voltage}}


def charge(rate: float, voltage: float) -> Document:
    """A charge at a rate [C] to a voltage [V]."""
    return {"charge": f"{rate:g} C", "until": {"voltage": voltage}}


BLOCKING = {"reaction": "blocking", "stern_capacitance": "none"}
AQUEOUS = ("KVO_ac_0.25", "K2SO4_aq_0.5M", "KMnO2_cryptomelane")
FAST = {"anode__diffusivity": "2.8e-14 m^2/s", "cathode__diffusivity": "2.8e-15 m^2/s"}
COMB = {"finger_width": "20 um", "gap": "20 um", "thickness": "0.5 um", "slice": "5 um", "cover": "20 um"}


def _separated() -> Document:
    """A dense film behind a separator at ten times its nominal rate."""
    told = half_cell(0.5, 3e-17, [discharge(10)])
    told["geometry"] |= {"separator_thickness": "25 um", "width": "2 um"}
    told["materials"]["separator"] = {"porosity": 0.45, "tortuosity": 3.0}
    told["materials"]["overrides"] |= {
        "anode.film_resistance": 0.002,
        "cathode.c_max": 36950.0,
        "cathode.conductivity": 0.001,
        "cathode.exchange_current_density": 2.0,
        "cathode.film_resistance": 0.003,
    }
    return told


def _two_films(protocol: list) -> Document:
    told = half_cell(1, 3e-15, protocol, "LiCoO2")
    told["geometry"] |= {"architecture": "planar", "gap": "20 um", "anode_thickness": "1 um"}
    del told["geometry"]["electrolyte_thickness"]
    told["materials"]["anode"] = "V2O5"
    told["materials"]["overrides"] |= {"anode.diffusivity": "1e-15 m^2/s", "anode.conductivity": "0.1 S/m"}
    told["physics"] = {"initial": {"state_of_charge": 0.05}}
    return told


def _porous() -> Document:
    return {
        "geometry": {
            "architecture": "porous_electrode",
            "shape": {"random_waves": {"size": "2 um", "definition": "period", "solid_fraction": 0.4, "seed": 3}},
            "width": "2 um",
            "thickness": "2 um",
            "film_thickness": "0.15 um",
            "collector_thickness": "0.2 um",
            "reservoir_thickness": "0.5 um",
            "counter_thickness": "1 um",
        },
        "materials": {
            "electrolyte": "K2SO4_aq_0.5M",
            "anode": "KVO_ac_0.25",
            "cathode": "KMnO2_cryptomelane",
            "anode_collector": "Au",
            "overrides": {"cathode.diffusivity": "1e-13 m^2/s", "anode.diffusivity": "1e-15 m^2/s"},
        },
        "protocol": [charge(20, 1.6)],
    }


def _pore() -> Document:
    return {
        "geometry": {"architecture": "nanopore", "radius": "10 nm", "length": "50 nm"},
        "materials": {"electrolyte": "K2SO4_aq_0.5M", "ions": IONS},
        "interfaces": {
            "anode": {"reaction": "reservoir"},
            "cathode": {"reaction": "reservoir"},
            "walls": {"surface_charge": "-20 mC/m^2"},
        },
        "physics": {"electrolyte": "poisson-nernst-planck"},
        "protocol": [{"hold": "25 mV", "until": {"time": "20 us"}}],
        "solver": {"newton_tolerance": 1e-10},
    }


def _ions_at_rate() -> Document:
    told = double_layer({"anode": BLOCKING, "cathode": BLOCKING}, [], "200 nm")
    told["protocol"] = [{"ramp": "1000 V/s", "until": {"voltage": 0.1}}, {"ramp": "1000 V/s", "until": {"voltage": 0}}]
    return told


HOLD = {"hold": 4.2, "until": {"current": "C/20", "time": "100 h"}}
PULSE = {"repeat": 4, "steps": [{"discharge": "5 C", "until": {"time": "1 s"}}, {"rest": "2 s"}]}

STUDIES: dict[str, Asked] = {
    # films, the rate and the diffusivity far apart
    "separated_10C": Asked(_separated()),
    "slow_0.1C": Asked(half_cell(5, 1e-14, [discharge(0.1)])),
    "dense_1C": Asked(half_cell(0.2, 1e-18, [discharge(1)])),
    "dense_100C": Asked(half_cell(0.2, 1e-18, [discharge(100, 1.5)])),
    "open_1C": Asked(half_cell(20, 1e-12, [discharge(1)])),
    "open_30C": Asked(half_cell(20, 1e-12, [discharge(30, 1.0)])),
    "thick_dense_5C": Asked(half_cell(20, 1e-16, [discharge(5, 2.0)])),
    "fast_100C": Asked(half_cell(1, 1e-13, [discharge(100, 2.0)])),
    "series_1C": Asked(half_cell(1, 1e-16, [discharge(1, 2.2)], gap="10 um")),
    # protocols
    "charge_discharge": Asked(half_cell(2, 1e-15, [charge(5, 4.3), discharge(5, 3.2)], "LiCoO2", 0.95)),
    "charge_hold": Asked(half_cell(2, 1e-15, [charge(2, 4.2), HOLD], "LiCoO2", 0.95)),
    "hold_rest_discharge": Asked(
        half_cell(2, 3e-16, [charge(2, 4.2), HOLD, {"rest": "10 min"}, discharge(3, 3.2)], "LiCoO2", 0.95)
    ),
    "step_hold": Asked(half_cell(2, 1e-15, [{"hold": 4.2, "until": {"time": "100 s"}}], "LiCoO2", 0.9)),
    "ramps": Asked(
        half_cell(
            0.5,
            1e-16,
            [{"ramp": "10 mV/s", "until": {"voltage": 2.4}}, {"ramp": "10 mV/s", "until": {"voltage": 3.4}}],
            start=0.1,
        )
    ),
    "pulses": Asked(half_cell(2, 1e-15, [PULSE], start=0.4)),
    "rests": Asked(
        half_cell(
            5, 1e-14, [{"discharge": "1 C", "until": {"time": "10 min"}}, {"rest": "20 min"}, discharge(2)], start=0.2
        )
    ),
    "fixed_charge": Asked(
        half_cell(1, 1e-15, [{"discharge": "5 C", "until": {"capacity": "1e-13 Ah"}}, {"rest": "100 s"}], start=0.3)
    ),
    "cycles": Asked(_two_films([{"repeat": 3, "steps": [charge(5, 1.6), discharge(5, 0.2)]}]), 0.25),
    "full_cell_50C": Asked(_two_films([charge(50, 1.8), discharge(50, 0.0)])),
    # the salt runs out
    "foils_3J": Asked(
        foils("100 um", [{"discharge": f"{3 * LIMITING} A/m^2", "until": {"voltage": -1, "time": "100 s"}}])
    ),
    "foils_10J": Asked(
        foils("100 um", [{"discharge": f"{10 * LIMITING} A/m^2", "until": {"voltage": -2.17, "time": "1000 s"}}])
    ),
    "foils_hold": Asked(foils("100 um", [{"hold": 1.0, "until": {"time": "100 s"}}])),
    "film_3J": Asked(
        half_cell(
            5,
            1e-12,
            [{"discharge": f"{3 * LIMITING} A/m^2", "until": {"voltage": 1.0, "time": "100 s"}}],
            start=0.1,
            gap="100 um",
        )
    ),
    # shapes
    "comb_20C": Asked(fingers(AQUEOUS, COMB, [charge(20, 1.6), discharge(20, 0)], **FAST), 0.5, 1e-4),
    "comb_dense_20C": Asked(fingers(AQUEOUS, COMB, [charge(20, 1.6)]), 0.5, 1e-4),
    "comb_depleted": Asked(
        fingers(
            ("VO_ac", "K2SO4_aq_0.5M", "PB"),
            COMB | {"gap": "40 um", "thickness": "2 um"},
            [charge(100, 2.0)],
            anode__diffusivity="1e-13 m^2/s",
            cathode__diffusivity="1e-13 m^2/s",
        ),
        0.5,
        1e-4,
    ),
    "thin_wire_hold": Asked(wire("1 um", "99 um", [{"hold": 1.0, "until": {"time": "163 s"}}]), 0.4, 1e-4),
    "wire_3J": Asked(
        wire("5 um", "45 um", [{"discharge": "6000 A/m^2", "until": {"voltage": -5, "time": "20 s"}}]), 0.4, 1e-4
    ),
    "porous_20C": Asked(_porous(), 0.6, 1e-4),
    # double layers
    "pore_hold": Asked(_pore(), 0.6, 1e-4),
    "walls_hold": Asked(
        double_layer({"anode": BLOCKING, "cathode": BLOCKING}, [{"hold": 0.2, "until": {"time": "1 ms"}}], "200 nm"),
        0.5,
        1e-4,
    ),
    "crowded_hold": Asked(
        double_layer(
            {"anode": {"reaction": "reservoir"}, "cathode": BLOCKING},
            [{"hold": 0.2, "until": {"time": "1 ms"}}],
            ion_size="0.5 nm",
        ),
        0.5,
        1e-4,
    ),
    "walls_ramp": Asked(_ions_at_rate(), 0.5, 1e-4),
    "capacitor_hold": Asked(
        {
            "geometry": {"architecture": "planar", "gap": "100 nm", "width": "10 nm", "device_area": "1 cm^2"},
            "materials": {
                "electrolyte": "K2SO4_aq_0.5M",
                "ions": {
                    "K+": {"concentration": "1 mol/L"},
                    "Cl-": {"concentration": "1 mol/L", "diffusivity": "2e-9 m^2/s"},
                },
            },
            "interfaces": {
                "anode": {"reaction": "reservoir"},
                "cathode": {"reaction": "blocking", "capacitance": "10 uF/cm^2"},
            },
            "protocol": [{"hold": "100 mV", "until": {"time": "5 ns"}}],
        }
    ),
}
