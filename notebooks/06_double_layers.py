# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---


# %% [markdown]
# # Double layers: from Poisson–Nernst–Planck to electroneutrality
#
# Near a charged wall an electrolyte is not neutral: counter-ions crowd within a Debye length of it, 0.3 nm in 1
# mol/L, 10 nm in 1 mmol/L. Battery models ignore that, and mostly may. When may they? We let a current flow through a
# pore of 10 nm radius whose walls carry −20 mC/m², in potassium chloride of three concentrations, and solve the
# Poisson–Nernst–Planck equations, which resolve the cloud.

# %%
import numpy as np
from archode.studies import run
from archode.studies.drawing import Drawing
from matplotlib.figure import Figure

study = """
study: nanopore
geometry: {architecture: nanopore, radius: 10 nm, length: 200 nm}
mesh: {wall_size: 0.3 nm}      # a third of the shortest Debye length
materials:
  electrolyte: K2SO4_aq_0.5M   # water; its salt is replaced by
  ions:
    K+: {concentration: 1 mmol/L}
    Cl-: {concentration: 1 mmol/L, diffusivity: 2.032e-9 m^2/s}
interfaces:
  anode: {reaction: reservoir}
  cathode: {reaction: reservoir}
  walls: {surface_charge: -20 mC/m^2}
physics: {electrolyte: poisson-nernst-planck, degree: 1}
protocol:
  - {hold: 25 mV, until: {time: 0.1 ms}}
sweep:
  zip:
    materials.ions.K+.concentration: [1 mmol/L, 10 mmol/L, 100 mmol/L]
    materials.ions.Cl-.concentration: [1 mmol/L, 10 mmol/L, 100 mmol/L]
solver: {newton_tolerance: 1e-10, tolerance: 1e-2}
output: {fields: 1, figures: false, report: false, errors: false}
"""
results = run(study)
concentrations = [1.0, 10.0, 100.0]  # mol/m³
for case in results:
    debye = 1e9 * case.summary["double_layers"]["debye_length [m]"]
    current = 1e12 * case.timeseries["current [A]"].iloc[-1]
    print(f"{case.name}: Debye length {debye:.2f} nm, current {current:.1f} pA")

# %% [markdown]
# A hundred times more salt, but only five times more current. Where is the rest?
#
# ## The cloud
#
# In 1 mmol/L the clouds of opposite walls overlap: the pore is full of potassium from wall to wall.

# %%
results[0].plot.concentration(t="last")

# %% [markdown]
# In 100 mmol/L the cloud is a thin film on the wall, and the middle of the pore is as neutral as any beaker.

# %%
results[2].plot.concentration(t="last")

# %% [markdown]
# The same in numbers, half-way along the pore: cations and anions over the distance from the axis.

# %%
for case, bulk in zip(results, concentrations, strict=True):
    pore = case.field("electrolyte", "last")
    extent = np.ptp(pore.points, axis=0)
    along = int(np.argmax(extent))
    middle = np.abs(pore.points[:, along] - pore.center[along]) < 0.06 * extent[along]
    radius = np.linalg.norm(np.delete(pore.points, along, axis=1), axis=1) * 1e3  # nm
    axis, wall = middle & (radius < 1.5), middle & (radius > 9.9)
    print(f"{bulk:5.0f} mol/m³  axis: K+ {pore['K+'][axis].mean():6.1f}, Cl- {pore['Cl-'][axis].mean():7.3f}", end="")
    print(f"   wall: K+ {pore['K+'][wall].mean():6.0f}, Cl- {pore['Cl-'][wall].mean():7.3f}")

# %% [markdown]
# ## Two limits
#
# **Electroneutral**: without its walls' charge the pore conducts in proportion to the salt. **Donnan**: in the other
# limit the pore is evenly filled with as many counter-ions as the walls have charge, X = 2σ/(F R), and with salt in
# equilibrium with the reservoirs, c₊c₋ = c². We hold the simulation against both.

# %%
FARADAY, THERMAL = 96485.33, 8.314463 * 298.15  # C/mol, J/mol
R, L, voltage, sigma = 10e-9, 200e-9, 0.025, 0.020
X = 2 * sigma / (FARADAY * R)
per = FARADAY**2 / THERMAL * np.pi * R**2 / L * voltage


def donnan(c):
    cations = X / 2 + np.hypot(X / 2, c)
    return per * (1.957e-9 * cations + 2.032e-9 * (cations - X))


def electroneutral(c):
    return per * (1.957e-9 + 2.032e-9) * c


simulated = np.array([case.timeseries["current [A]"].iloc[-1] for case in results])

# %%
figure = Figure(figsize=(5, 3.4), layout="constrained")
axes = figure.subplots()
c = np.logspace(-1, 3, 100)
axes.loglog(c, 1e12 * electroneutral(c), "--", color="tab:gray", label="electroneutral")
axes.loglog(c, 1e12 * donnan(c), color="tab:blue", label="Donnan equilibrium")
axes.loglog(concentrations, 1e12 * simulated, "o", color="tab:orange", label="Poisson–Nernst–Planck")
axes.set(xlabel="salt in the reservoirs / mol m$^{-3}$", ylabel="current at 25 mV / pA", ylim=(1, 1e3))
axes.legend(frameon=False)

Drawing(figure)

# %%
print("simulated over Donnan:        ", np.round(simulated / donnan(np.array(concentrations)), 3))
print("simulated over electroneutral:", np.round(simulated / electroneutral(np.array(concentrations)), 3))

# The cells at the wall are 0.3 nm high and leave 0.8 %; with 0.1 nm it is 0.15 %, as much as the polygon of the mesh
# lacks of a circle.
assert abs(simulated[0] / donnan(1.0) - 1) < 0.02

# %% [markdown]
# In the third pore the cloud is thin, and Gouy and Chapman's theory of a flat wall says what it carries: a surplus of
# cations and a lack of anions per area.

# %%
salt = concentrations[2]
debye = results[2].summary["double_layers"]["debye_length [m]"]
potential = np.arcsinh(sigma / (4 * FARADAY * salt * debye))  # half of that of the wall, over RT/F
surplus = 2 * salt * debye * np.expm1([potential, -potential])  # mol/m², of cations and anions
along_walls = per * 2 / R * (1.957e-9 * surplus[0] + 2.032e-9 * surplus[1])
expected = electroneutral(salt) + along_walls
print(f"simulated {1e12 * simulated[2]:.2f} pA, bulk and walls {1e12 * expected:.2f} pA")

# The wall is curved: a tenth of its radius is the Debye length, and a tenth of the wall's 5 % half a percent.
assert abs(simulated[2] / expected - 1) < 0.01

# %% [markdown]
# **What was seen.** What counts is the walls' charge over the salt in the pore, X/c. Here X is 41 mol/m³: in 1 mmol/L
# it is all there is, and in 1 mol/L, as in batteries, it is 4 % of the salt, where moreover the anions lost nearly
# balance the cations gained. There electroneutrality is a good model, and double layers may be a law of the surface.
# In dilute electrolytes and in narrower pores they are not, and the walls decide.
