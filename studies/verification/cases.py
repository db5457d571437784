"""The book's cases. Adding one: a function that returns a :class:`Result` or rows alone, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import (
    capacitive,
    concentration_cell,
    conservation,
    debye_limit,
    diffuse_charging,
    double_layer,
    geometry,
    impedance,
    interface_charge,
    kinetics,
    limiting,
    manufactured,
    manufactured_cell,
    manufactured_ions,
    nucleation,
    overlimiting,
    plating,
    pores,
    separator,
    several_ions,
    solid,
    steric,
    structures,
    time_integration,
    transport,
    voltammetry,
)
from .result import Result
from .row import Row


@dataclass(frozen=True)
class Case:
    """A function that computes rows and a figure; ``slow`` keeps it out of the default test suite."""

    function: Callable[[], Result | list[Row]]
    slow: bool = False

    def run(self) -> Result:
        """Compute it; rows alone become a result whose figure shows their errors."""
        found = self.function()
        return found if isinstance(found, Result) else Result(found)


CASES: dict[str, Case] = {
    "mms_electrolyte": Case(manufactured.electrolyte),
    "mms_solid": Case(manufactured.solid),
    "mms_pnp": Case(manufactured_ions.poisson_nernst_planck),
    "mms_finite_ions": Case(manufactured_ions.finite_ions),
    "mms_neutral_ions": Case(manufactured_ions.neutral_ions),
    "mms_coupled": Case(manufactured_cell.coupled),
    "time_order": Case(time_integration.time_order),
    "sand": Case(transport.sand),
    "finite_gap": Case(transport.finite_gap),
    "limiting_current": Case(transport.limiting_current),
    "steady_limits": Case(limiting.steady_limits),
    "separator": Case(separator.separator),
    "cottrell": Case(transport.cottrell),
    "concentration_cell": Case(concentration_cell.concentration_cell),
    "linear_kinetics": Case(kinetics.linear_kinetics),
    "mass_action": Case(kinetics.mass_action),
    "strong_kinetics": Case(kinetics.strong_kinetics),
    "supporting_electrolyte": Case(several_ions.supporting_electrolyte),
    "inert_cation": Case(several_ions.inert_cation),
    "ion_conductivity": Case(several_ions.ion_conductivity),
    "salt_as_ions": Case(several_ions.salt_as_ions),
    "interface_capacitance": Case(interface_charge.interface_capacitance),
    "diffuse_layer_law": Case(interface_charge.diffuse_layer_law),
    "debye_limit": Case(debye_limit.debye_limit),
    "overlimiting": Case(overlimiting.overlimiting),
    "gouy_chapman": Case(double_layer.gouy_chapman),
    "capacitance": Case(double_layer.capacitance),
    "steric_capacitance": Case(steric.steric_capacitance),
    "crowding": Case(steric.crowding),
    "diffuse_charging": Case(diffuse_charging.diffuse_charging),
    "charged_pore": Case(pores.charged_pore),
    "constant_flux": Case(solid.constant_flux),
    "ohmic_film": Case(solid.ohmic_film),
    "equilibrium": Case(solid.equilibrium),
    "capacitive_film": Case(capacitive.capacitive_film),
    "current_transients": Case(nucleation.current_transients),
    "transient_fit": Case(nucleation.transient_fit),
    "nucleation_barrier": Case(nucleation.nucleation_barrier),
    "interdigital_constant": Case(geometry.interdigital_constant),
    "areal_capacity": Case(geometry.areal_capacity),
    "random_waves": Case(structures.random_waves),
    "laminate": Case(structures.laminate),
    "sphere_lattice": Case(structures.sphere_lattice),
    "minimal_surfaces": Case(structures.minimal_surfaces),
    "deposit": Case(plating.deposit),
    "nuclei": Case(plating.nuclei),
    "nucleation_dip": Case(plating.nucleation_dip),
    "impedance_circuit": Case(impedance.impedance_circuit),
    "finite_warburg": Case(impedance.finite_warburg),
    "impedance_debye": Case(impedance.impedance_debye),
    "randles_sevcik": Case(voltammetry.randles_sevcik),
    "conservation": Case(conservation.conservation),
    "conservation_finger_pair": Case(conservation.conservation_finger_pair, slow=True),
}
