"""How finely a study is meshed: which length set which size, and what half the error would cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..geometry import GeometryError
from ..materials import format_si
from .discretisation import Discretisation, discretisation
from .load import Case
from .ratings import estimated_size
from .schema import Study

if TYPE_CHECKING:
    from rich.console import RenderableType


def sizes_overview(cases: list[Case]) -> Iterator[RenderableType]:
    """A table of the first case's mesh sizes and what set them; lines on accuracy and cost."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if len({_key(case.study) for case in cases}) > 1:
        yield Text("Mesh sizes of the first case; those of others differ", style="dim")
    study = cases[0].study
    finely = discretisation(study)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("mesh", "value", "set by"):
        table.add_column(column, overflow="fold")
    resolved = study.geometry.resolved_sizes(finely.sizes)
    for name, value in resolved.lengths().items():
        if value is not None:
            table.add_row(name, format_si(value, "m"), finely.reasons.get(name, "the shape"))
    table.add_row("growth", f"{resolved.growth:.3g}", finely.reasons["growth"])
    yield table
    yield Text(_cost(study, finely))


def _key(study: Study) -> tuple:
    finely = discretisation(study)
    return tuple(study.geometry.resolved_sizes(finely.sizes).lengths().values()), finely.degree, finely.tolerance


def _cost(study: Study, finely: Discretisation) -> str:
    told = (
        f"accuracy {100 * study.accuracy:.3g} %: elements of degree {finely.degree}, time error of a step "
        f"{finely.tolerance:.2g}"
    )
    try:
        finer = discretisation(study.model_copy(update={"accuracy": study.accuracy / 2}))
        now, then = (estimated_size(study, one.sizes, one.degree)[1] for one in (finely, finer))
    except GeometryError:
        return told
    return f"{told}; at {50 * study.accuracy:.3g} % the case would have {then / now:.2g} times as many unknowns"
