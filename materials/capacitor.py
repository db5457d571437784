r"""A porous capacitive film as an insertion material.

In a film whose pores are far finer than its thickness the double layers store charge all through the volume. De
Levie's transmission line, homogenised, for a film that conducts electrons far better than its pores conduct ions:

.. math::
    C_v\,\partial_t v = \nabla\cdot(\kappa_p\nabla v), \qquad v = \phi_s - \phi_\mathrm{pore}

with C_v the capacitance per volume of film [F/m³] and κ_p the effective conductivity of the pores [S/m]. That is
diffusion of cation-equivalents: with θ = (U_top − v)/W inside the window W = U_top − U_bottom,

    c_max = C_v W/(zF),    D = κ_p/C_v,    U(θ) = U_top − W θ

and the current that leaves the film, κ_p ∂v/∂n, is −zF D ∂c/∂n, as of an insertion material. Nothing reacts at the
outer face: the exchange current density stands for the contact between pores and free electrolyte and is chosen so
large that it drops no voltage. ``cation_share`` says whether cations enter (1) or anions leave (0) as θ rises.

Reference: R. de Levie, Electrochim. Acta 8 (1963) 751, doi:10.1016/0013-4686(63)80042-0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .active_material import ActiveMaterial
from .composition import ion_charge
from .constants import FARADAY, REFERENCE_TEMPERATURE
from .curves import AffineNernst
from .errors import MaterialError
from .library import Material
from .open_circuit import REFERENCES
from .properties import resolve


def capacitor_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
    ion: str | None = None,
    positive: bool = False,
) -> ActiveMaterial:
    """Return a capacitive film at a temperature in K as an insertion material.

    Parameters
    ----------
    material
        Of kind ``capacitive``.
    overrides
        SI values that replace the library's; ``lower_potential`` and ``upper_potential`` against the standard
        hydrogen electrode.
    ion
        Cation of the electrolyte; the material's own where it names one and this is None.
    positive
        Whether it is the positive electrode. Unless ``cation_share`` is stated, anions carry its current and
        cations that of a negative electrode.

    Raises
    ------
    MaterialError
        The material is of another kind, no ion is named, or a value or an override is not valid.
    """
    values = resolve(material, "capacitive", temperature, overrides)
    ion = ion or material.ion
    if ion is None:
        raise MaterialError(f"{material.name} fits any cation; say which one the electrolyte has, such as K+")
    curve = material.open_circuit
    shift = REFERENCES[curve.reference].potential
    low, high = (potential + shift for potential in curve.window)
    low, high = values.get("lower_potential", low), values.get("upper_potential", high)
    if not low < high:
        raise MaterialError(f"{material.name}: lower_potential {low:g} V is not below upper_potential {high:g} V")
    window, capacitance, charge = high - low, values["volumetric_capacitance"], abs(ion_charge(ion))
    line = AffineNernst(U0=0.5 * (low + high), dU=window, n=0.0)
    return ActiveMaterial(
        name=material.name,
        ion=ion,
        ion_charge=charge,
        c_max=capacitance * window / (charge * FARADAY),
        diffusivity=values["pore_conductivity"] / capacitance,
        conductivity=values["conductivity"],
        exchange_current_density=values["exchange_current_density"],
        anodic_transfer_coefficient=0.5,
        cathodic_transfer_coefficient=0.5,
        film_resistance=0.0,
        open_circuit=dataclasses.replace(curve, curve=line, reference="SHE", window=(low, high)),
        stoichiometry_window=(0.0, 1.0),
        temperature=float(temperature),
        reversible=True,
        cation_share=values.get("cation_share", 0.0 if positive else 1.0),
    )
