"""Patterned films on an insulating substrate: the storeys that combs and rings of either polarity share.

Planform roles are "anode", "cathode" and "gap".  A film lies on its collector, the electrolyte covers both
and fills the gaps down to the substrate.
"""

from collections.abc import Mapping, Sequence

from .bar import Slab
from .errors import GeometryError
from .prism import Storey

ROLES = ("gap", "anode", "cathode")


def film_slabs(thickness: float, collector_thickness: float, cover: float) -> tuple[Slab, ...]:
    """Slabs from the substrate upwards, named by what the electrodes hold there; those that exist."""
    slabs = (
        Slab("collector", collector_thickness, "size", "end", minimum=1),
        Slab("film", thickness, "film_size", "end"),
        Slab("electrolyte", cover, "interface_size", "start"),
    )
    return tuple(slab for slab in slabs if slab.thickness > 0)


def film_storeys(slabs: Sequence[Slab], insulated_top: bool) -> tuple[Storey, ...]:
    """Storeys of these slabs; with an insulated top, the films' upper faces are no electrode surface."""
    return tuple(
        Storey(
            slab,
            regions_in(slab.region),
            dict.fromkeys(("anode", "cathode"), "insulation")
            if insulated_top and slab.region == "electrolyte"
            else {},
        )
        for slab in slabs
    )


def regions_in(slab: str) -> dict[str, str]:
    """Region of every role within a slab."""
    if slab == "electrolyte":
        return dict.fromkeys(ROLES, "electrolyte")
    suffix = "_collector" if slab == "collector" else ""
    return {"gap": "electrolyte", "anode": f"anode{suffix}", "cathode": f"cathode{suffix}"}


def film_bottom(thickness: float, contact_below: bool) -> Mapping[str, str]:
    """Names of the electrodes' faces on the substrate."""
    if thickness == 0:
        return {"anode": "anode_surface", "cathode": "cathode_surface"}
    return {"anode": "anode_contact", "cathode": "cathode_contact"} if contact_below else {}


def require_films(owner: str, thickness: float, collector_thickness: float, insulated_top: bool) -> None:
    """Raise GeometryError for films that cannot be: collectors without a film, a cover on nothing."""
    if thickness == 0 and collector_thickness > 0:
        raise GeometryError(
            f"{owner}: bare electrodes (thickness 0) are boundaries without a volume; "
            "set collector_thickness to 0 too, or give thickness a value above 0"
        )
    if not isinstance(insulated_top, bool):
        raise GeometryError(f"{owner}: insulated_top must be true or false, not {insulated_top!r}")
    if insulated_top and thickness == 0:
        raise GeometryError(
            f"{owner}: with insulated_top only the films' side walls are left to react, and bare electrodes "
            "(thickness 0) have none; give thickness a value above 0 or leave insulated_top false"
        )
