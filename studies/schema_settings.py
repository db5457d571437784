"""Sections on physics, solver, output and the figures a study is held against."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationInfo,
    WithJsonSchema,
    field_serializer,
    field_validator,
    model_validator,
)

from .errors import shown, suggestion
from .quantity import parse_quantity, quantity, text_or_number, write_quantity
from .section import Section, rejection

Fraction = quantity("1", minimum=0.0, maximum=1.0)
Seconds = quantity("s", positive=True)
Instant = quantity("s", minimum=0.0)
# Outside this range a bare number was almost surely meant in degrees Celsius.
Temperature = quantity("K", minimum=150.0, maximum=600.0)
Tolerance = quantity("1", positive=True, maximum=0.1)

#: Relative error that headline numbers may have unless the study says another.
DEFAULT_ACCURACY = 0.02

Accuracy = quantity("1", minimum=1e-4, maximum=0.2)


class Initial(Section):
    """State the cell starts from."""

    state_of_charge: Fraction = Field(
        0.0, description="0 discharged … 1 charged: place inside each stoichiometry window"
    )
    anode: Fraction | None = Field(None, description="stoichiometry of the anode, instead of state_of_charge")
    cathode: Fraction | None = Field(None, description="stoichiometry of the cathode, instead of state_of_charge")


class Physics(Section):
    """Which equations are solved, and where they start."""

    electrolyte: Literal["electroneutral", "poisson-nernst-planck"] = Field(
        "electroneutral", description="electrolyte model"
    )
    ion_size: quantity("m", positive=True) | None = Field(
        None, description="edge of the space that one ion takes, with poisson-nernst-planck; points unless given"
    )
    temperature: Temperature = Field(298.15, description="uniform temperature")
    degree: Literal[1, 2] | None = Field(
        None,
        description="polynomial degree of the finite elements; left out: 2 with poisson-nernst-planck, else 1",
    )
    initial: Initial = Field(Initial(), description="initial state")

    @property
    def polarises(self) -> bool:
        """Whether charge and field in the electrolyte are solved for."""
        return self.electrolyte == "poisson-nernst-planck"

    @model_validator(mode="after")
    def _size_of_ions(self) -> Physics:
        if self.ion_size is not None and not self.polarises:
            told = "matters with electrolyte: poisson-nernst-planck only, which resolves double layers; remove it"
            raise rejection("physics", [(("ion_size",), told)])
        return self


class Solver(Section):
    """Tolerances and the linear solver."""

    tolerance: Tolerance | None = Field(
        None, description="time error allowed in one step; left out: a twentieth of the study's accuracy"
    )
    max_steps: int = Field(100_000, ge=1, description="time steps after which the run gives up")
    initial_step: Seconds | None = Field(None, description="first time step of every protocol step")
    max_step: Seconds | None = Field(None, description="largest time step")
    linear: Literal["auto", "direct", "iterative"] = Field("auto", description="linear solver")
    newton_tolerance: Tolerance | None = Field(
        None,
        description="residual of Newton's method relative to the current; left out: 1e-5 with a binary salt, whose "
        "balances are closed after every step, else 1e-9",
    )
    options: dict[str, StrictBool | StrictInt | StrictFloat | StrictStr | None] = Field(
        {}, description="PETSc options, passed on as they are"
    )

    @field_validator("options", mode="before")
    @classmethod
    def _scalars(cls, options: Any) -> Any:
        if not isinstance(options, dict):
            return options
        bad = [
            (
                (key,),
                f"a PETSc option takes one value (number, text, true, false or nothing), got {shown(value)}",
            )
            for key, value in options.items()
            if isinstance(value, dict | list)
        ]
        if bad:
            raise rejection("options", bad)
        return options

    @model_validator(mode="after")
    def _ordered(self) -> Solver:
        if self.initial_step is not None and self.max_step is not None and self.initial_step > self.max_step:
            raise rejection("solver", [(("initial_step",), "must not exceed max_step")])
        return self


class Snapshots(NamedTuple):
    """When fields are written: `per_step` times in each protocol step, `every` s, or at given `times` (s)."""

    per_step: int | None = None
    every: float | None = None
    times: tuple[float, ...] | None = None


class _Every(Section):
    every: Seconds = Field(description="time between snapshots")


class _Times(Section):
    times: list[Instant] = Field(min_length=1, description="times of the snapshots, from the start of the run")


def parse_snapshots(data: Any) -> Snapshots:
    """A whole number (snapshots per protocol step), ``{every: 60 s}`` or ``{times: [0 s, 10 s]}``."""
    if isinstance(data, Snapshots):
        return data
    if isinstance(data, int) and not isinstance(data, bool):
        if data < 0:
            raise ValueError(f"must be 0 (no fields) or more, got {data}")
        return Snapshots(per_step=data)
    if isinstance(data, dict) and set(data) == {"every"}:
        return Snapshots(every=_Every.model_validate(data).every)
    if isinstance(data, dict) and set(data) == {"times"}:
        return Snapshots(times=tuple(sorted(_Times.model_validate(data).times)))
    raise ValueError(f"must be a whole number, {{every: 60 s}} or {{times: [10 s, 20 s]}}, got {shown(data)}")


def write_snapshots(snapshots: Snapshots) -> Any:
    """The snapshots as a study file says them."""
    if snapshots.per_step is not None:
        return snapshots.per_step
    if snapshots.every is not None:
        return {"every": write_quantity(snapshots.every, "s")}
    return {"times": [write_quantity(t, "s") for t in snapshots.times or ()]}


class Output(Section):
    """What is kept."""

    fields: Annotated[
        Any,
        PlainValidator(parse_snapshots, json_schema_input_type=int | _Every | _Times),
        PlainSerializer(write_snapshots),
    ] = Field(
        Snapshots(per_step=10),
        description="snapshots of the fields: a number per protocol step, or {every}, or {times}",
    )
    figures: StrictBool | list[str] = Field(True, description="true for all pictures, false for none, or names")
    report: StrictBool = Field(
        True, description="whether report.html is written; figures: false makes it one without pictures"
    )
    errors: StrictBool = Field(
        True, description="whether the case is run on a coarser mesh too, which tells the errors of the numbers"
    )
    checkpoint_every: int = Field(20, ge=1, description="accepted time steps between restart files")

    @field_validator("figures", mode="before")
    @classmethod
    def _known(cls, figures: Any) -> Any:
        if isinstance(figures, bool):
            return figures
        if not isinstance(figures, list):
            raise ValueError(f"must be true, false or a list of names, got {shown(figures)}")
        from ..visualization import CASE_FIGURES

        bad = [
            ((i,), f"unknown figure {shown(name)}; {suggestion(str(name), CASE_FIGURES)}")
            for i, name in enumerate(figures)
            if name not in CASE_FIGURES
        ]
        if bad:
            raise rejection("figures", bad)
        return figures


FORMS_OF_CHARGE = {"": "", "areal_": "/m^2", "volumetric_": "/m^3"}
"""Of the device, per footprint, per volume of the film: prefix of the name, and what stands below coulomb."""

CHARGES = ("capacity", "anodic_charge", "cathodic_charge", "net_charge")
"""Charge passed in a protocol step: all that flowed, what charged the cell, what discharged it, and the difference."""

REFERENCE_UNITS = {
    **{f"{form}{name}": f"C{per}" for name in CHARGES for form, per in FORMS_OF_CHARGE.items()},
    "energy": "J",
    "duration": "s",
    "mean_voltage": "V",
    "end_voltage": "V",
}
"""SI unit of each figure of merit of a protocol step."""


class Reference(Section):
    """A quoted number that a protocol step is compared with."""

    quantity: Literal[tuple(REFERENCE_UNITS)] = Field(description="figure of merit of the step")
    step: int = Field(ge=0, description="protocol step it belongs to, counted from 0, repetitions written out")
    value: Annotated[Any, WithJsonSchema(text_or_number("text with a unit, or a number in SI"))] = Field(
        description="the quoted value with its unit"
    )
    source: str = Field(min_length=1, description="where the value is printed")

    @field_validator("value")
    @classmethod
    def _dimension(cls, value: Any, info: ValidationInfo) -> Any:
        # Without a valid `quantity` there is no dimension to hold the value against.
        return parse_quantity(value, REFERENCE_UNITS[info.data["quantity"]]) if "quantity" in info.data else value

    @field_serializer("value")
    def _write_value(self, value: float) -> Any:
        return write_quantity(value, self.unit)

    @property
    def unit(self) -> str:
        """SI unit of `value`."""
        return REFERENCE_UNITS[self.quantity]
