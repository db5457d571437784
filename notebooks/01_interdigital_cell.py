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
# # A first look at an interdigital cell
#
# Two combs of gold fingers lie side by side on a chip, one covered with vanadium oxide (the anode), the other with
# manganese oxide (the cathode), under a drop of potassium sulphate. Both electrodes are in one plane, so ions travel
# *sideways*, through the electrolyte over the gap. We charge and discharge such a cell slowly and quickly, and look
# for what holds it back.
#
# A study is a page of YAML: what the cell is, what it is made of, what is done to it. Every number carries its unit.

# %%
from archode.studies import run

study = """
study: first_look
geometry:
  architecture: interdigital
  domain: finger_pair          # half a finger of either electrode, with its tip and the bus bars
  finger_width: 50 um
  gap: 50 um
  thickness: 0.75 um
  length: 150 um
  cover: 60 um                 # electrolyte above the fingers
  pairs: 30
mesh: {size: 25 um, interface_size: 9 um, film_size: 0.15 um, growth: 1.8}    # coarse: a first look
materials:
  electrolyte: K2SO4_aq_0.5M
  anode: KVO_ac_0.25
  cathode: KMnO2_cryptomelane
  anode_collector: Au
  cathode_collector: Au
  overrides:                   # porous films, described as dense ones: docs/materials.md
    anode.diffusivity: 2.8e-14 m^2/s
    cathode.diffusivity: 2.8e-15 m^2/s
    cathode.c_max: 17000 mol/m^3
protocol:
  - {charge: 5 C, until: {voltage: 1.6 V}}
  - {discharge: 5 C, until: {voltage: 0 V}}
  - {charge: 50 C, until: {voltage: 1.6 V}}
  - {discharge: 50 C, until: {voltage: 0 V}}
output: {fields: 3, figures: false, report: false}
"""
results = run(study)
results

# %% [markdown]
# At 50 C the cell gives back a fifth of what it does at 5 C. Before asking why, let us see the thing itself. Films of
# 0.75 µm on fingers of 50 µm are hard to draw: heights are stretched, and the picture says by how much.

# %%
results.plot.geometry()

# %% [markdown]
# ## Voltage against capacity
#
# Four lines, one for each step. The slow pair spans nearly all of the capacity. The fast pair starts with a jump –
# the resistance of electrolyte and interfaces – and then runs into its limits early.

# %%
results.plot.voltage_capacity()

# %% [markdown]
# ## Is it the electrolyte?
#
# Every scene can be drawn for any moment at which fields were saved. The end of the fast discharge is the hardest
# moment for the ions: potassium leaves the anode and enters the cathode, so that salt piles up at the one and runs
# short at the other.

# %%
case = results.case
print(", ".join(f"{t:.0f} s" for t in case.times))
case.plot.concentration(t="last")

# %% [markdown]
# A change of 3 mol/m³ in 500: the electrolyte is far from depleted. The current takes the way of least resistance, in
# arcs from edge to edge, and is densest where the two fingers face each other. This is the end of the fast charge:

# %%
case.plot.current_density(t="22 min")

# %% [markdown]
# ## Or the solid?
#
# The stoichiometry says how full each film is. At the end of the fast discharge the outer skin of the cathode has
# filled up while the rest still waits: potassium diffuses through the oxide too slowly. The voltage sees the skin
# alone, and that is what ends the discharge. (The side faces should be as full as the top. They are 2 % of the
# surface, and this mesh is too coarse to resolve a skin there.)

# %%
case.plot.stoichiometry(t="last")

# %% [markdown]
# A field is a PyVista grid; only the moment that is asked for is read. How uneven is the cathode, from its collector
# to its surface?

# %%
cathode = case.field("cathode", "last")
theta = cathode["stoichiometry"]
height = cathode.points[:, 2] - cathode.points[:, 2].min()
for low, high in ((0.0, 0.2), (0.3, 0.5), (0.74, 0.75)):
    layer = (height >= low - 1e-6) & (height <= high + 1e-6)
    print(f"{low:.2f} to {high:.2f} µm above the gold: stoichiometry {theta[layer].mean():.3f}")

# %% [markdown]
# ## Does the charge add up?
#
# Faraday's law: what flowed through the wire must sit in the film. The table of time steps has both. The current is
# integrated at the interface, the stoichiometry over the film's volume, so that the two agree only if the solver
# conserves charge.

# %%
series, summary = case.timeseries, case.summary
FARADAY = 96485.33212  # C/mol
volume = summary["mesh"]["volumes"]["cathode"] * summary["multiplicity"]  # m³, of the whole device
stored = FARADAY * 17000.0 * volume * -series["cathode_stoichiometry"].diff().sum()
passed = series["charge [C]"].iloc[-1] - series["charge [C]"].iloc[0]
print(f"through the wire {passed:.6e} C, into the film {stored:.6e} C")
cycled = series["charge [C]"].max()

# Balances are closed to rounding after every step; the volume is known to nine digits.
assert abs(stored - passed) < 1e-8 * cycled

# %% [markdown]
# ## Turn it by hand
#
# Where a notebook server is at hand, `interactive()` opens the scene to be turned with the mouse; elsewhere it shows
# the picture.

# %%
case.plot.geometry().interactive()

# %% [markdown]
# **What was seen.** This cell is not limited by its electrolyte, whose concentration hardly moves, but by diffusion
# in the oxide: thinner films or smaller grains would gain more than a smaller gap. `results.case.steps` has the
# numbers of every step.

# %%
case.steps[["kind", "areal_capacity [mAh/cm2]", "mean_voltage [V]", "duration [s]", "ended_by"]]
