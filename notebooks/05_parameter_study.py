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
# # A parameter study and its Pareto front
#
# How wide should the fingers of an interdigital cell be, and how thick their films? Thick films hold more charge. But
# at a high rate ions only reach a film's outer part, and the rest is dead weight. We run nine designs, each charged
# slowly and discharged at 20 C, and look for those that no other design beats.
#
# A sweep lists the values of a key path; two of them give every combination.

# %%
from archode.studies import run

study = """
study: finger_design
geometry:
  architecture: interdigital
  domain: unit_cell            # half a finger of either electrode, no tips: the middle of long fingers
  finger_width: 50 um
  gap: 20 um
  thickness: 0.75 um
  length: 1 mm
  cover: 60 um
  pairs: 30
mesh: {size: 20 um, interface_size: 6 um, film_size: 0.1 um, growth: 1.8}
materials:
  electrolyte: K2SO4_aq_0.5M
  anode: KVO_ac_0.25
  cathode: KMnO2_cryptomelane
  anode_collector: Au
  cathode_collector: Au
  overrides:
    anode.diffusivity: 2.8e-14 m^2/s
    cathode.diffusivity: 2.8e-15 m^2/s
    cathode.c_max: 17000 mol/m^3
protocol:
  - {charge: 5 C, until: {voltage: 1.6 V}}
  - {discharge: 20 C, until: {voltage: 0 V}}
sweep:
  geometry.thickness: [0.4 um, 0.75 um, 1.5 um]
  geometry.finger_width: [20 um, 50 um, 100 um]
solver: {linear: direct}
output: {fields: 1, figures: false, report: false}
"""
results = run(study)
results

# %% [markdown]
# The two parameters at a glance: what each design gives back in the fast discharge, per footprint.

# %%
results.plot.heatmap("geometry.thickness", "geometry.finger_width", "areal_capacity")

# %% [markdown]
# Wider fingers waste less of the chip on gaps. Of the thicknesses the middle one is best: 0.4 µm is used up before
# the rate matters, 1.5 µm hold nearly four times as much, but 20 C of so much film is a large current, and the
# discharge ends early. Two films show it. In the thin one potassium reaches the gold; in the thick one it fills a
# skin and leaves the rest empty.

# %%
thin, thick = "thickness=0.4um,finger_width=50um", "thickness=1.5um,finger_width=50um"
results[thin].plot.stoichiometry(t="last")

# %%
results[thick].plot.stoichiometry(t="last")

# %%
used = {}
for name in (thin, thick):
    case = results[name]
    used[name] = case.steps["capacity [C]"].iloc[-1] / case.summary["nominal_capacity [C]"]
    print(f"{name}: {100 * used[name]:.0f} % of its nominal capacity at 20 C")

# %% [markdown]
# ## Which designs are not beaten?
#
# At the same C-rate a thicker film delivers more power, for its current is larger, but for a shorter time. So power
# and energy pull in different directions. A design is on the *Pareto front* if no other is better in both; what is
# not on it need not be built.

# %%
results.plot.pareto("volumetric_power", "areal_energy")

# %% [markdown]
# ## A number to hold on to
#
# The nominal capacity is that of the film's volume. With equal fingers it must grow as the thickness does. What the
# fast discharge gives back does not: the thick film returns *less* than the thin one.

# %%
nominal = {name: results[name].summary["nominal_capacity [C]"] for name in (thin, thick)}
returned = {name: used[name] * nominal[name] for name in nominal}
print(f"nominal {nominal[thick] / nominal[thin]:.4f} times, given back {returned[thick] / returned[thin]:.2f} times")

# Films are bounded by planes, so that their meshes have their volume to rounding.
assert abs(nominal[thick] / nominal[thin] - 1.5 / 0.4) < 1e-6

# %% [markdown]
# **What was seen.** At a given rate there is a depth that ions reach. Film beyond it costs volume, and its share of
# the current ends the discharge earlier. Fingers, on the other hand, may be wide as long as the electrolyte does not
# limit. `results.table` has all numbers, to be drawn in any other way:

# %%
table = results.table.filter(regex="parameter|capacity .mAh/cm2|mean_voltage")
table.columns = [c.removeprefix("parameter: geometry.").replace("step 1 (discharge): ", "") for c in table]
table.iloc[:, [0, 1, -2, -1]]
