"""Small cells with ions for the tests of diffuse layers: bars of some Debye lengths, a few hundred tetrahedra."""

from archode.geometry import MeshSizes
from archode.materials import Ion, IonicElectrolyte
from archode.solvers.description import Electrode
from archode.studies.verification.systems import TEMPERATURE, bar_cell

#: λ_D = 3.04 nm in water.
DILUTE = 10.0

PNP = "poisson-nernst-planck"
MOUTH = Electrode(reservoir=True)


def salt(concentration=DILUTE, inert=0.0):
    """M+ X- [mol/m³], of which metals exchange M+; with K+ as an inert cation where asked."""
    ions = [Ion("M+", 1, 1e-9, concentration), Ion("X-", -1, 2e-9, concentration + inert)]
    if inert:
        ions.insert(1, Ion("K+", 1, 1.5e-9, inert))
    return IonicElectrolyte("test salt", tuple(ions), 78.5, TEMPERATURE)


def layered_cell(anode, cathode, electrolyte=None, lengths=6.0, first=0.2, growth=1.6, degree=1, **physics):
    """A bar as long as some Debye lengths, its first cells a part of one."""
    electrolyte = electrolyte or salt()
    debye = electrolyte.debye_length
    sizes = MeshSizes(size=max(first, 1.0) * debye, interface_size=first * debye, growth=growth)
    physics = {"model": PNP} | physics
    return bar_cell(lengths * debye, sizes, electrolyte, anode, cathode, degree, width=debye, **physics)
