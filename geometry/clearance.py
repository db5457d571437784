"""Clearances between curved surfaces: such that nearly touch leave cells without a usable shape."""

from .errors import GeometryError
from .parameters import micrometres

MARGIN = 0.05
"""Smallest distance between two surfaces, over the radius of the more curved one."""


def require_clearance(
    owner: str, surfaces: str, clearance: float, radius: float, remedy: str, per_unit: float = 1.0
) -> None:
    """Raise GeometryError unless two surfaces are at least ``MARGIN`` radii apart.

    Parameters
    ----------
    surfaces
        What they are, in the plural, e.g. "neighbouring pillars".
    clearance
        Distance between them [m]; negative where they overlap.
    radius
        Radius of the more curved surface [m].
    remedy
        The parameter to be made larger.
    per_unit
        How much larger it must be for each metre that lacks.
    """
    missing = MARGIN * radius - clearance
    # Sums of decimal numbers are off by rounding.
    if missing <= 1e-9 * radius:
        return
    if clearance > 0:
        state = f"are only {micrometres(clearance)} apart"
    else:
        state = "touch" if clearance == 0 else f"overlap by {micrometres(-clearance)}"
    raise GeometryError(
        f"{owner}: {surfaces} {state}, where {micrometres(MARGIN * radius)} are needed for usable cells; "
        f"make {remedy} larger by at least {micrometres(missing * per_unit)}"
    )
