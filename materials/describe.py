"""Tables of the material library for the terminal: every number with its unit, status and source."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from .constants import REFERENCE_TEMPERATURE
from .curves import Constant
from .library import Material, Property, load_material, material_names
from .open_circuit import REFERENCES, OpenCircuit
from .properties import STATUSES
from .units import format_si, pretty_unit

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES = {
    "estimate": "bold yellow",
    "fit": "bold yellow",
    "seed": "green",
    "derived": "cyan",
    "literature": "blue",
}


def status_text(status: str, source: str = "") -> str:
    """Return how a status is shown: ``estimate`` stays so, recalled literature says so."""
    if status == "seed":
        return "paper"
    if status == "literature" and "recalled" in source:
        return "literature (recalled)"
    if status == "fit":
        return "estimate (to be fitted)"
    return status


def _value_text(value: float | tuple[float, ...], unit: str) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return f"{', '.join(f'{v:.6g}' for v in values)} {pretty_unit(unit)}".strip()


def _remarks(item: Property) -> str:
    parts = []
    if item.range is not None:
        parts.append(f"range {_value_text(item.range[0], '1')} to {_value_text(item.range[1], item.unit)}")
    if item.validity:
        limits = {"temperature": "K", "concentration": "mol/m³"}
        parts += [f"valid for {low:g} to {high:g} {limits[k]}" for k, (low, high) in item.validity.items()]
    if item.activation_energy is not None:
        parts.append(f"activation energy {format_si(item.activation_energy, 'J/mol')}")
    if item.note:
        parts.append(item.note)
    return "; ".join(parts)


def _table(title: str, *columns: str):
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("property", "name"))
    return table


def _styled(text: str, status: str):
    from rich.text import Text

    return Text(text, style=_STYLES.get(status, ""))


def _property_table(material: Material, title: str, names: list[str]):
    from rich.text import Text

    table = _table(title, "property", "value", "status", "source", "remarks")
    documented = material.properties | _ion_numbers(material)
    for name in names:
        item = documented.get(name)
        if item is None:
            parameter = material.parameters[name]
            value = _value_text(parameter.default, parameter.unit)
            status = _styled("estimate", "estimate")
            table.add_row(name, value, status, "default, not stated for this material", "")
            continue
        status = _styled(status_text(item.status, item.source), item.status)
        value = _value_text(item.value, item.unit)
        table.add_row(name, value, status, Text(item.source), Text(_remarks(item)))
    return table


def _ion_numbers(material: Material) -> dict[str, Property]:
    """Concentration and diffusivity of every ion of a list, by name."""
    return {name: item for ion in material.ions for name, item in ion.numbers.items()}


def _shown_parameters(material: Material) -> list[str]:
    """Names of the model parameters that have a value, stated or by default."""
    return [
        name
        for name, parameter in material.parameters.items()
        if name in material.properties or parameter.default is not None
    ] + list(_ion_numbers(material))


def _open_circuit_table(curve: OpenCircuit):
    from rich.text import Text

    table = _table("Open-circuit potential", "property", "value")
    reference = REFERENCES[curve.reference]
    table.add_row("model", Text(f"{curve.model}: {curve.curve.formula}"))
    for name, value in asdict(curve.curve).items():
        values = value if isinstance(value, tuple) else (value,)
        table.add_row(name, ", ".join(f"{v:g}" for v in values))
    against = f"{curve.reference}, {reference.potential:+.3f} V vs SHE ({reference.source})"
    table.add_row("reference", Text(against))
    if curve.window is not None:
        table.add_row("window", f"{curve.window[0]:g} to {curve.window[1]:g} V vs {curve.reference}")
    if not isinstance(curve.curve, Constant):
        low, high = curve.stoichiometry_window(REFERENCE_TEMPERATURE)
        table.add_row("θ in use", f"{low:.4g} to {high:.4g} at {REFERENCE_TEMPERATURE} K (derived)")
    table.add_row("status", _styled(status_text(curve.status, curve.source), curve.status))
    table.add_row("source", Text(curve.source))
    if curve.note:
        table.add_row("note", Text(curve.note))
    return table


def _wetting_table(material: Material):
    from rich.text import Text

    table = _table("Wetting", "substrate", "contact angle", "status", "source", "remarks")
    for name, item in material.wetting.items():
        status = _styled(status_text(item.status, item.source), item.status)
        table.add_row(name, _value_text(item.value, item.unit), status, Text(item.source), Text(_remarks(item)))
    return table


def describe(material: Material) -> RenderableType:
    """Return a rich renderable with everything the library knows of a material."""
    from rich.console import Group
    from rich.text import Text

    head = Text(material.name, style="bold")
    head = Text.assemble(head, f"  {material.formula}  ({material.kind})\n", material.description)
    if material.salt is not None:
        s = material.salt
        head.append(f"\nSalt: {s.nu_cation} {s.cation} + {s.nu_anion} {s.anion}")
    elif material.ions:
        head.append(f"\nIons: {', '.join(ion.name for ion in material.ions)}")
    elif material.ion is not None:
        head.append(f"\nIon: {material.ion}")
    if material.aliases:
        head.append(f"\nAlso known as: {', '.join(material.aliases)}")
    facts = [name for name in material.properties if name not in material.parameters]
    parts: list[RenderableType] = [
        head,
        "",
        _property_table(material, "Model parameters", _shown_parameters(material)),
    ]
    if material.open_circuit is not None:
        parts.append(_open_circuit_table(material.open_circuit))
    if material.wetting:
        parts.append(_wetting_table(material))
    if facts:
        parts.append(_property_table(material, "Further data", facts))
    documented = [*material.properties.values(), *_ion_numbers(material).values(), *material.wetting.values()]
    used = dict.fromkeys(p.status for p in documented)
    legend = Text("  ".join(f"{status_text(s)}: {STATUSES[s]};" for s in used).rstrip(";"), style="dim")
    return Group(*parts, legend)


def summary_table() -> RenderableType:
    """Return a rich table of the library: what each material is and how many parameters are estimates."""
    from rich.text import Text

    table = _table("Materials", "name", "kind", "ion", "description", "estimates")
    for material in sorted(map(load_material, material_names()), key=lambda m: (m.kind, m.name.lower())):
        special = sum(p.special and name in material.properties for name, p in material.parameters.items())
        total = len(_shown_parameters(material)) - special + (material.open_circuit is not None)
        count = len(material.estimates)
        estimates = _styled(f"{count} of {total}" if count else "none", "estimate" if count else "")
        table.add_row(material.name, material.kind, material.ion or "", Text(material.description), estimates)
    return table
