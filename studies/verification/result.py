"""What a case of the verification book hands over: rows of the table and the panels of its figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...visualization.book import Errors, Figure
from .row import Row


@dataclass(frozen=True)
class Result:
    """Rows of a case, and a figure of what it computed.

    Attributes
    ----------
    rows
        Computed numbers beside the closed form's.
    figure
        One pair of axes, or several side by side. Without it the errors of the rows are drawn.
    """

    rows: Sequence[Row]
    figure: Figure | Sequence[Figure] | None = None

    @property
    def passed(self) -> bool:
        """Whether every row is within its tolerance."""
        return all(row.passed for row in self.rows)

    def panels(self) -> tuple[Figure | Errors, ...]:
        """The axes to be drawn."""
        if self.figure is None:
            return (error_panel(self.rows),)
        return (self.figure,) if isinstance(self.figure, Figure) else tuple(self.figure)


def error_panel(rows: Sequence[Row]) -> Errors:
    """Relative error of each row beside its tolerance."""
    return Errors(
        title=rows[0].case.replace("_", " ").capitalize() if rows else "",
        labels=tuple(row.quantity for row in rows),
        errors=tuple(row.error for row in rows),
        tolerances=tuple(row.tolerance for row in rows),
    )
