"""What goes wrong when pictures are made."""

from collections.abc import Iterable
from difflib import get_close_matches


class VisualizationError(ValueError):
    """A picture cannot be made: the message says what is missing and what is there."""


def unknown(kind: str, name: str, known: Iterable[str], where: str = "") -> VisualizationError:
    """The error for a `name` that is not among the `known` ones, with the nearest of them."""
    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    place = f" in {where}" if where else ""
    return VisualizationError(f"no {kind} '{name}'{place}{hint} There is: {', '.join(known) or 'nothing'}.")
