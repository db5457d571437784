"""The command line's application, and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Finite-element simulation of 3D electrode architectures.",
)

StudyPath = Annotated[str, typer.Argument(metavar="STUDY.yml", help="study file")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="override, repeatable")]
Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="PATTERN", help="only cases of such names, e.g. 'gyroid__*', repeatable"),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="folder for results")]
Accuracy = Annotated[
    str | None,
    typer.Option("--accuracy", metavar="SHARE", help="error allowed in numbers, as 1%; the same as --set accuracy=1%"),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="keep no copy of the results that are replaced; else previous/ has them")
]
Keep = Annotated[bool, typer.Option("--keep", help="refuse to replace results")]
TimeLimit = Annotated[
    str | None,
    typer.Option("--time-limit", metavar="TIME", help="as '2 h': stop in order before it; --resume goes on"),
]
Debug = Annotated[bool, typer.Option("--debug", help="show tracebacks")]


def overrides(sets: list[str] | None, accuracy: str | None) -> list[str]:
    """What the command line says over the study file, ``--accuracy`` last."""
    return [*(sets or []), *([] if accuracy is None else [f"accuracy={accuracy}"])]
