"""The material library: reads, checks and hands out the files in ``data/``, one material a file.

A new material is a new file named after it. It states name, kind, formula and description, for an insertion
material its ion and open-circuit curve, for a capacitive one its window, for an electrolyte its salt or the list
of its ions, for a metal its ion and, under `wetting`, its contact angles, and its numbers in this form:

    properties:
      conductivity:
        value: 1.6e-6
        unit: S/cm
        status: seed            # printed in the cited paper; or derived, literature, estimate, fit
        source: "authors or journal, year, volume, page, table"
        range: [1.0e-6, 2.0e-6]             # optional, as are note, validity and activation_energy
        validity: {temperature: [293, 303]}

The names of the numbers, with their SI units, are in `properties`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .composition import Salt, StatedIon, check_salt, imbalance, ion_charge
from .constants import REFERENCE_TEMPERATURE
from .curves import AffineNernst, make_curve
from .errors import MaterialError, did_you_mean
from .open_circuit import OpenCircuit
from .properties import CONTACT_ANGLE, ION_PARAMETERS, PARAMETERS, Parameter, known_units
from .transport import arrhenius
from .units import UnitError, convert, to_si

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True)
class Property:
    """One documented number of a material.

    Attributes
    ----------
    value, unit
        As the file states it; a tuple where the source gives several values.
    si
        The value in the SI unit that the property's name stands for.
    status
        seed (printed in the cited paper), derived, literature, estimate or fit.
    source
        Citation or reasoning; "(recalled)" marks a literature value quoted from memory, to be checked.
    range
        Plausible or reported limits, in `unit`.
    note
        What a reader must know to use the value.
    validity
        Where the value holds: ``temperature`` in K, ``concentration`` in mol/m³.
    activation_energy
        J/mol for Arrhenius about 298.15 K; None where the temperature dependence is not known.
    """

    value: float | tuple[float, ...]
    unit: str
    si: float | tuple[float, ...]
    status: str
    source: str
    range: tuple[float, float] | None = None
    note: str | None = None
    validity: Mapping[str, tuple[float, float]] | None = None
    activation_energy: float | None = None

    @property
    def is_estimate(self) -> bool:
        """Whether the value is a choice rather than a measurement (status estimate or fit)."""
        return self.status in ("estimate", "fit")

    def at(self, temperature: float) -> float | tuple[float, ...]:
        """Return the SI value at a temperature in K."""
        if self.activation_energy is None or temperature == REFERENCE_TEMPERATURE:
            return self.si
        return arrhenius(self.si, self.activation_energy, temperature)


@dataclass(frozen=True)
class Material:
    """A material of the library, with everything its file states."""

    name: str
    kind: str
    formula: str
    description: str
    ion: str | None
    properties: dict[str, Property]
    open_circuit: OpenCircuit | None = None
    salt: Salt | None = None
    ions: tuple[StatedIon, ...] = ()
    single_ion: bool = False
    wetting: Mapping[str, Property] = field(default_factory=dict)
    aliases: tuple[str, ...] = field(default=())

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The numbers a model takes from this material: those of its kind, or fewer for a list of ions."""
        return ION_PARAMETERS if self.ions else PARAMETERS[self.kind]

    @property
    def estimates(self) -> tuple[str, ...]:
        """Names of the model parameters that are estimates or starts for a fit, defaults included, special ones not."""
        names = []
        for name, parameter in self.parameters.items():
            if parameter.special:
                continue
            item = self.properties.get(name)
            if parameter.default is not None if item is None else item.is_estimate:
                names.append(name)
        names += [name for ion in self.ions for name, item in ion.numbers.items() if item.is_estimate]
        if self.open_circuit is not None and self.open_circuit.status in ("estimate", "fit"):
            names.append("open_circuit")
        return tuple(names)


@cache
def material_names() -> tuple[str, ...]:
    """Return the names of the library's materials, in alphabetical order."""
    return tuple(sorted((path.stem for path in DATA.glob("*.yaml")), key=str.lower))


@cache
def _aliases() -> dict[str, str]:
    return {alias: name for name in material_names() for alias in load_material(name).aliases}


def load_material(name: str) -> Material:
    """Return a material by its name or alias, or from a file of the same form given as ``path/to/x.yaml``.

    Raises
    ------
    MaterialError
        No such material (the nearest names are listed), or its file is not valid (file and key are named).
    """
    if not isinstance(name, str):
        raise MaterialError(f"the name of a material must be text, not {name!r}")
    if name in material_names():
        return _library_material(name)
    if name.endswith((".yaml", ".yml")):
        path = Path(name).resolve()
        # A file of one's own may be edited between two calls; one that is not there is told by reading it.
        return _own_material(path, path.stat().st_mtime_ns) if path.is_file() else read_material(Path(name))
    aliases = _aliases()
    if name in aliases:
        return load_material(aliases[name])
    raise MaterialError(f"there is no material '{name}'; {did_you_mean(name, [*material_names(), *aliases])}")


@cache
def _library_material(name: str) -> Material:
    return read_material(DATA / f"{name}.yaml")


@cache
def _own_material(path: Path, _changed: int) -> Material:
    return read_material(path)


def read_material(path: Path) -> Material:
    """Read and check one material file; MaterialError names the file and every key that is wrong."""
    from pydantic import ValidationError

    from .schema import MaterialEntry

    content = _read_yaml(path)
    try:
        entry = MaterialEntry.model_validate(content)
    except ValidationError as error:
        problems = [_problem(e) for e in error.errors()]
        raise MaterialError("\n".join(f"{path}: {p}" for p in problems)) from None
    if path.parent == DATA and entry.name != path.stem:
        raise MaterialError(f"{path}: name: '{entry.name}' must be the file's name '{path.stem}'")
    try:
        return _material(entry)
    except (MaterialError, UnitError) as error:
        raise MaterialError(f"{path}: {error}") from None


def _read_yaml(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MaterialError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MaterialError(f"{path}: is not a text file") from None
    except YAMLError as error:
        raise MaterialError(f"{path}: is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise MaterialError(f"{path}: must hold keys such as 'name' and 'properties'")
    return content


def _problem(error: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "material"
    text = {"missing": "is missing", "extra_forbidden": "is not a known key"}.get(error["type"])
    if text is None:
        text = error["msg"].removeprefix("Value error, ")
    return f"{key}: {text}"


def _material(entry) -> Material:
    """Build the frozen material from a checked file entry."""
    units = known_units(entry.kind)
    properties = {}
    for name, item in entry.properties.items():
        if name not in units:
            raise MaterialError(f"properties.{name}: is not a known property; {did_you_mean(name, units)}")
        properties[name] = _property(f"properties.{name}", item, units[name])
        if name in PARAMETERS[entry.kind]:
            _require_valid(f"properties.{name}", properties[name], PARAMETERS[entry.kind][name])
    salt = None if entry.salt is None else _salt(entry.salt)
    ions = tuple(_ion(k, item) for k, item in enumerate(entry.ions))
    _require_stated(properties, ions)
    cations = [salt.cation] if salt else [ion.name for ion in ions if ion.charge > 0]
    ion = entry.ion or next(iter(cations), None)
    if ion is not None:
        ion_charge(ion)
    return Material(
        name=entry.name,
        kind=entry.kind,
        formula=entry.formula,
        description=entry.description,
        ion=ion,
        properties=properties,
        open_circuit=_curve_of(entry),
        salt=salt,
        ions=ions,
        single_ion=entry.single_ion,
        wetting={name: _contact_angle(name, item.contact_angle) for name, item in entry.wetting.items()},
        aliases=tuple(entry.aliases),
    )


def _require_valid(key: str, item: Property, parameter: Parameter) -> None:
    """MaterialError unless a property is one number within the parameter's bounds."""
    if isinstance(item.si, tuple):
        raise MaterialError(f"{key}.value: one number is wanted, not a list")
    problem = parameter.problem(item.si)
    if problem:
        raise MaterialError(f"{key}.value: {problem}")


def _require_stated(properties: Mapping[str, Property], ions: tuple[StatedIon, ...]) -> None:
    """MaterialError where a list of ions and the properties of a salt are mixed."""
    salts = [name for name in PARAMETERS["electrolyte"] if name in properties and name not in ION_PARAMETERS]
    if ions and salts:
        raise MaterialError(f"properties.{salts[0]}: belongs to a salt; with 'ions' each ion states its own")
    names = [ion.name for ion in ions]
    for name in names:
        if names.count(name) > 1:
            raise MaterialError(f"ions: {name} is named twice")
    problem = imbalance({ion.name: (ion.charge, ion.concentration.si) for ion in ions})
    if problem:
        raise MaterialError(f"ions: {problem}")


def _ion(index: int, item) -> StatedIon:
    """An ion of the list in a file."""
    numbers = {}
    for key in ("concentration", "diffusivity"):
        where = f"ions.{index}.{key}"
        numbers[key] = _property(where, getattr(item, key), PARAMETERS["electrolyte"][key].unit)
        _require_valid(where, numbers[key], PARAMETERS["electrolyte"][key])
    try:
        return StatedIon(item.ion, ion_charge(item.ion), **numbers)
    except MaterialError as error:
        raise MaterialError(f"ions.{index}.ion: {error}") from None


def _property(key: str, item, si_unit: str) -> Property:
    try:
        if isinstance(item.value, list):
            value = tuple(item.value)
            si = tuple(convert(v, item.unit, si_unit) for v in value)
        else:
            value, si = item.value, convert(item.value, item.unit, si_unit)
        energy = None if item.activation_energy is None else to_si(item.activation_energy, "J/mol")
    except UnitError as error:
        raise MaterialError(f"{key}: {error}") from None
    return Property(
        value=value,
        unit=item.unit,
        si=si,
        status=item.status,
        source=item.source,
        range=item.range,
        note=item.note,
        validity=None if item.validity is None else item.validity.model_dump(exclude_none=True),
        activation_energy=energy,
    )


def _contact_angle(substrate: str, item) -> Property:
    key = f"wetting.{substrate}.contact_angle"
    angle = _property(key, item, CONTACT_ANGLE.unit)
    _require_valid(key, angle, CONTACT_ANGLE)
    return angle


def _salt(item) -> Salt:
    charges = ion_charge(item.cation), ion_charge(item.anion)
    salt = Salt(item.cation, item.anion, *charges, item.nu_cation, item.nu_anion)
    check_salt(salt)
    return salt


def _curve_of(entry) -> OpenCircuit | None:
    """Open-circuit curve of a file: stated, or the straight line across a capacitive material's window."""
    if entry.window is not None:
        item = entry.window
        low, high = item.potentials
        line = AffineNernst(U0=0.5 * (low + high), dU=high - low, n=0.0)
        return OpenCircuit("affine_nernst", line, item.reference, (low, high), item.status, item.source, item.note)
    return None if entry.open_circuit is None else _open_circuit(entry.open_circuit)


def _open_circuit(item) -> OpenCircuit:
    try:
        curve = make_curve(item.model, item.parameters)
    except (MaterialError, ValueError, TypeError) as error:
        raise MaterialError(f"open_circuit: {error}") from None
    return OpenCircuit(item.model, curve, item.reference, item.window, item.status, item.source, item.note)
