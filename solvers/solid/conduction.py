r"""Electronic conduction in electrodes and collectors: ∇·(σ ∇φ_s) = 0.

The unknown is ψ = φ_s − φ_terminal, the drop from the terminal the body is attached to. It vanishes at the
contact and stays small in a good conductor, so that σ∇ψ keeps its digits even in gold (σ some 10⁷ S/m beside
an electrolyte of 10 S/m).
"""

from __future__ import annotations

import ufl


def residual(conductivity, psi, p, dx):
    """Weak form of charge conservation in the solid, interfacial current to be added.

    Parameters
    ----------
    conductivity
        σ RT / (F² D_ref c₀).
    psi, p, dx
        Potential drop from the terminal (units of RT/F), test function, volume measure.
    """
    return conductivity * ufl.inner(ufl.grad(psi), ufl.grad(p)) * dx
