"""Studies as nobody should write them: library and test studies with one to four things wrong, extreme or absurd."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from archode.studies.document import parse_document
from hypothesis import strategies as st

from ..studies.tiny import TINY

LIBRARY = sorted((Path(__file__).resolve().parents[2] / "studies" / "library").glob("*.yml"))

#: Studies small enough to be run: a film on lithium, a bar between two films, a nanopore's ions in a slab.
SMALL = {
    "tiny": TINY,
    "bar": """
study: bar
geometry: {architecture: planar, gap: 10 um, width: 2 um, anode_thickness: 1 um, cathode_thickness: 1 um}
mesh: {size: 5 um, interface_size: 2 um, film_size: 0.5 um, growth: 2}
materials: {electrolyte: K2SO4_aq_0.5M, anode: KVO_ac_0.25, cathode: KMnO2_cryptomelane}
physics: {temperature: 25 degC, initial: {state_of_charge: 0.2}}
protocol:
  - {charge: 2 C, until: {voltage: 1.6 V, time: 10 min}, max_step: 60 s}
  - {hold: 1.2 V, until: {current: C/10, time: 1 h}}
  - {ramp: 5 mV/s, until: {voltage: 0.2 V}}
output: {fields: {every: 100 s}, figures: [voltage_time], errors: false}
""",
    "layers": """
study: layers
geometry: {architecture: planar, gap: 20 nm, width: 5 nm, anode_thickness: 0, cathode_thickness: 0}
mesh: {size: 5 nm, interface_size: 2 nm, wall_size: 1 nm, growth: 2}
materials:
  electrolyte: K2SO4_aq_0.5M
  ions:
    K+: {concentration: 10 mol/m^3}
    Cl-: {concentration: 10 mol/m^3, diffusivity: 2.032e-9 m^2/s}
interfaces:
  anode: {reaction: blocking, stern_capacitance: 20 uF/cm^2}
  cathode: {reaction: blocking, stern_capacitance: 20 uF/cm^2}
physics: {electrolyte: poisson-nernst-planck, degree: 1}
protocol:
  - {hold: 50 mV, until: {time: 1 us}}
  - {rest: 1 us}
output: {fields: {times: [0 s, 1 us]}, figures: false, errors: false}
""",
    "plated": """
study: plated
geometry: {architecture: stack, electrolyte_thickness: 5um, separator_thickness: 5um, cathode_thickness: 0, width: 2um}
mesh: {size: 2.5 um, interface_size: 1 um}
materials:
  electrolyte: KPF6_ECDEC_0.8M
  anode: K
  cathode: K
  separator: {porosity: 0.4, tortuosity: 3.5}
interfaces:
  cathode: {plating: {substrate: Cu, nucleation: {}}}
protocol:
  - {discharge: 0.5 mA/cm^2, until: {capacity: 0.01 mAh/cm^2, voltage: -3 V}}
sweep: {protocol.0.discharge: [0.5 mA/cm^2, 5 mA/cm^2]}
output: {fields: 1, figures: false, errors: false}
""",
}

#: In place of a value, whatever it was.
ABSURD = (
    *(None, True, False, 0, -1, 1, 2, 10**18, 10**400, -0.0, 1e308, 1e-308, 5e-324, float("nan"), float("inf")),
    *("", " ", "nan", "inf", "-5", "1e400", "1e301 um", "1e-290 um", "5 parsec", "3 um um", "1 um/0", "1,5 um", "5 %"),
    *("1 mol/L", "25 degC", "-300 degC", "1e9 K", "C/0", "1e30 C", "C/1e30", "0 C", "1e-40 A", "1 ohm", "1/m", "1^1"),
    *("‰☃ µm", "５ um", "\u202e5 um", "a" * 3000, "1" * 500, "2020-01-01", "../../etc/passwd", "/", "~", "0x10", "1_0"),
    *([], {}, [[]], [None], {"": None}, {"a": 1}, ["5 um"] * 3, list(range(3000)), {"every": "1e-50 s"}, {"times": []}),
    *({"times": ["1e30 s"]}, {"every": 0}, [{"rest": "1 s"}], {"gyroid": {"period": "1e-9 m"}}, 10**59, "poisson"),
)

#: Text that no writer of YAML gives out, for one line of a study.
SNIPPETS = (
    "study: twice",
    "mesh: {size: 1 um}\nmesh: {size: 2 um}",
    "x: !!python/object/apply:os.system ['true']",
    "x: !include /etc/passwd",
    "x: &a [*a]",
    "x: &a {b: *a}",
    "x: *nowhere",
    "a: &a [0,0,0,0,0,0,0,0,0]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
    "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]",
    "m: &m {a: 1, b: 2}\nn: &n {<<: [*m, *m, *m]}\no: {<<: [*n, *n, *n, *n]}",
    "x: " + "[" * 400 + "]" * 400,
    "x: " + "{a: " * 200 + "1" + "}" * 200,
    "\tx: 1",
    "? [a, b]\n: 1",
    "x: |\n  text\n y: 1",
    "---\nstudy: second",
    "%YAML 9.9",
    "x: 'unclosed",
    "1: 2",
    "null: 3",
    "x: 12:30:45",
    "x: !!binary aGVsbG8=",
    "x: !!set {a, b}",
    "x: !!float abc",
    "\x07: bell",
    "\ufeffstudy: bom",
)

_QUANTITY = re.compile(r"(-?\d+\.?\d*(?:[eE][+-]?\d+)?)(\s*\D.*|)", re.DOTALL)

Location = tuple[str | int, ...]


@cache
def _texts(small: bool) -> tuple[str, ...]:
    own = tuple(SMALL.values())
    return own if small else (*own, *(path.read_text(encoding="utf-8") for path in LIBRARY))


@cache
def _data(text: str) -> dict[str, Any]:
    return parse_document(text, "study.yml").data


def _places(node: Any, loc: Location = ()) -> Iterator[Location]:
    """Every key and list entry of a study."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*loc, key)
        yield from _places(value, (*loc, key))


def _at(data: Any, loc: Location) -> Any:
    for key in loc:
        data = data[key]
    return data


def _scaled(value: Any, factor: float) -> Any:
    """A number or quantity times a factor."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    if not isinstance(value, str):
        return value * factor
    match = _QUANTITY.fullmatch(value)
    return f"{float(match.group(1)) * factor!r}{match.group(2)}" if match else value


def _mutate(draw: Any, data: dict[str, Any]) -> None:
    """Do one thing to a study, in place."""
    places = list(_places(data))
    if not places:
        return
    loc = draw(st.sampled_from(places))
    parent, key = _at(data, loc[:-1]), loc[-1]
    match draw(st.sampled_from(["scale"] * 4 + ["absurd"] * 3 + ["delete", "rename", "other", "unknown", "nest"])):
        case "scale":
            scalars = [place for place in places if not isinstance(_at(data, place), dict | list)]
            loc = draw(st.sampled_from(scalars)) if scalars else loc
            parent, key = _at(data, loc[:-1]), loc[-1]
            power = draw(st.sampled_from([-300, -60, -20, -9, -4, -2, -1, -0.3, 0.3, 1, 2, 4, 9, 20, 60, 300]))
            sign = draw(st.sampled_from([1, 1, 1, -1]))
            parent[key] = _scaled(parent[key], sign * 10.0**power)
        case "absurd":
            parent[key] = copy.deepcopy(draw(st.sampled_from(ABSURD)))
        case "delete":
            del parent[key]
        case "rename" if isinstance(parent, dict):
            name = draw(st.sampled_from([f"{key}s", str(key).upper(), f"{key} ", "ключ", "x.y", "<<", "zip", "sweep"]))
            parent[name] = parent.pop(key)
        case "other":
            parent[key] = copy.deepcopy(_at(data, draw(st.sampled_from(places))))
        case "unknown" if isinstance(parent, dict):
            parent[draw(st.text(max_size=8))] = draw(st.sampled_from(ABSURD))
        case _:
            value = parent[key]
            for _ in range(draw(st.sampled_from([1, 3, 60]))):
                value = [value] if draw(st.booleans()) else {"a": value}
            parent[key] = value


@st.composite
def mutated(draw: Any, small: bool = False) -> str:
    """Text of a study with one to four things done to it."""
    text = draw(st.sampled_from(_texts(small)))
    data = copy.deepcopy(_data(text))
    for _ in range(draw(st.integers(1, 2 if small else 4))):
        _mutate(draw, data)
    # JSON is YAML, on lines of its own; the numbers that JSON lacks are YAML's.
    lines = json.dumps(data, indent=1, ensure_ascii=False, default=str)
    lines = re.sub(r"\bNaN\b", ".nan", re.sub(r"\bInfinity\b", ".inf", lines))
    if not small and draw(st.integers(0, 5)) == 0:
        snippet = draw(st.sampled_from(SNIPPETS))
        return f"{text}\n{snippet}\n" if draw(st.booleans()) else f"{snippet}\n{text}"
    return lines
