"""Names of regions and boundaries, and the only place where they become integers."""

REGIONS = {
    "electrolyte": 1,
    "anode": 2,
    "cathode": 3,
    "anode_collector": 4,
    "cathode_collector": 5,
    "separator": 6,
    "solid_2": 7,
    "solid_3": 8,
}
BOUNDARIES = {
    "anode_surface": 11,
    "cathode_surface": 12,
    "anode_contact": 13,
    "cathode_contact": 14,
    "collector_surface": 15,
    "outer": 16,
    "insulation": 17,
}

SOLIDS = ("anode", "solid_2", "solid_3")
"""Regions of the solid phases of a sample, first to last."""

OMITTED = ""
"""Stands for a region where there is a solid that the mesh leaves out."""

ELECTROLYTES = ("electrolyte", "separator")
"""Regions in which ions move: free electrolyte, and a separator soaked with it."""

_INTERFACES = {
    frozenset({"anode", "electrolyte"}): "anode_surface",
    frozenset({"cathode", "electrolyte"}): "cathode_surface",
    frozenset({"anode_collector", "electrolyte"}): "collector_surface",
    frozenset({"cathode_collector", "electrolyte"}): "collector_surface",
    frozenset({"solid_2", "electrolyte"}): "insulation",
    frozenset({"solid_3", "electrolyte"}): "insulation",
}


def interface(region: str, other: str) -> str | None:
    """Name of the boundary between two regions; None where nothing happens at it."""
    sides = {"electrolyte" if side in ELECTROLYTES else side for side in (region, other)}
    return _INTERFACES.get(frozenset(sides))


def boundary_between(region: str, other: str) -> str | None:
    """The same where a region may be ``OMITTED``: walls of a solid that is left out are insulation."""
    if OMITTED in (region, other):
        return "insulation" if region in ELECTROLYTES or other in ELECTROLYTES else None
    return interface(region, other)
