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
# # Nanoporous gold: what the ions see
#
# Dealloying silver from gold leaves a sponge: ligaments of some 70 nm, and pores between them. For an electrode the
# gold is the wire and the pores are the road. How good is the road? We take a cube of it with 260 nm edges, put a
# reservoir of electrolyte at either side, apply 25 mV, and measure.

# %%
from archode.studies import run

sample = """
study: gold_sample
geometry:
  architecture: porous_sample
  shape:
    random_waves: {size: 70 nm, definition: chord, solid_fraction: 0.25, seed: 3}
  width: 260 nm
  electrodes: x                # the planes across x open to reservoirs; the gold is left out of the mesh
mesh: {interface_size: 16 nm, size: 30 nm}
materials:
  electrolyte: K2SO4_aq_0.5M
interfaces:
  anode: {reaction: reservoir}
  cathode: {reaction: reservoir}
protocol:
  - {hold: 25 mV, until: {time: 0.2 ms}}
output: {fields: 1, figures: false, report: false}
"""
results = run(sample)
case = results.case
case.plot.geometry()

# %% [markdown]
# What is drawn is the electrolyte, the pores' inside. The gold is what is missing.
#
# ## What a microscope would tell
#
# Every mesh is measured as an experimenter would measure a tomogram.

# %%
pores = case.summary["metrology"]["structure"]
print(f"pores take up         {100 * pores['pore_fraction']:.1f} % of the volume")
print(f"their walls are       {1e-6 * pores['pore_specific_surface [1/m]']:.1f} m² in every cm³")
print(f"a ray crosses a pore  {1e9 * pores['pore_chord_mean [m]']:.0f} nm in the mean")

# %% [markdown]
# ## What the current tells
#
# The lines follow the current from one reservoir to the other. They are bright where they squeeze through necks, and
# leave niches aside that a microscope counts as pore, but which carry little.

# %%
case.plot.current(t="last")

# %% [markdown]
# The same on a cut:

# %%
case.plot.current_density(t="last")

# %% [markdown]
# The potential falls along the pores, the more the narrower they are.

# %%
case.plot.potential(t="last")

# %% [markdown]
# Detours and necks together are the *tortuosity factor*: how many times worse the pores conduct than straight ones of
# the same volume. It comes from a separate calculation on the same mesh (∇·∇φ = 0 in the pores). Bruggeman's rule, by
# comparison, knows the porosity alone.

# %%
transport = case.summary["metrology"]["transport"]["phases"]["pore"]
along = transport["directions"]["x"]
print(f"effective over own conductivity  {along['relative']:.3f}  (Bruggeman: {transport['bruggeman_power']:.3f})")
print(f"tortuosity factor along x        {along['tortuosity']:.3f}")

# %% [markdown]
# The cell that was just run is the experiment to this calculation: its current over its voltage is a conductance. The
# two should agree – they share the mesh, but neither the equations nor the code. The calculation has quadratic
# elements, the cell linear ones, which conduct a few percent too well on a mesh as coarse as this.

# %%
edge = 260e-9  # m
conductivity = 8.0  # S/m, of the electrolyte in the library
row = case.timeseries.iloc[-1]
measured = row["current [A]"] / row["voltage [V]"] / edge / conductivity
print(f"from the current: {measured:.4f}, from the structure: {along['relative']:.4f}")

# With equal reservoirs there is no gradient of salt in the mean; what 25 mV do to it changes the conductivity by
# less than a percent; the rest is what the mesh costs linear elements.
assert 0 < measured / along["relative"] - 1 < 0.04

# %% [markdown]
# ## Dilute, the walls speak
#
# So far the walls only stood in the way. At a potential below its potential of zero charge gold carries negative
# charge, and as many cations must be in the pores. In 0.5 mol/L nobody notices. In 1 mmol/L the Debye length is 10
# nm, and the counter-ions of the walls outnumber the salt. The Poisson–Nernst–Planck equations resolve their cloud.

# %%
charged = run(
    """
study: gold_sample_charged
geometry:
  architecture: porous_sample
  shape:
    random_waves: {size: 70 nm, definition: chord, solid_fraction: 0.25, seed: 3}
  width: 260 nm
  electrodes: x
mesh: {interface_size: 26 nm, size: 55 nm, wall_size: 3.5 nm, growth: 2.2}   # layers on the walls resolve the cloud
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
solver: {newton_tolerance: 1e-10, tolerance: 5e-2, initial_step: 10 us}
output: {fields: 1, figures: false, report: false, errors: false}
"""
).case
charged.plot.concentration(t="last")

# %% [markdown]
# Potassium crowds at the walls, a hundred times denser than in the reservoirs, and chloride is pushed out. How many
# cations did the walls call? As many as their charge: the charge in the electrolyte must cancel that of the gold.

# %%
inside = charged.field("electrolyte", "last").integrate_data()
area = charged.summary["mesh"]["areas"]["insulation"]  # m²
on_walls = -0.020 * area  # C
in_pores = float(inside["charge density"][0]) * 1e-18  # the grid's points are in µm
ratio = float(inside["K+"][0] / inside["Cl-"][0])
print(f"on the walls {on_walls:.3e} C, in the pores {in_pores:.3e} C; {ratio:.0f} cations for every anion")

# Gauss's law holds to the solver's tolerance; what field there is at the two open planes is some thousandths of it.
assert abs(in_pores / -on_walls - 1) < 0.01

# %% [markdown]
# And they carry current. The salt of 1 mmol/L alone, without charged walls, would conduct F²/(RT) Σ D c times the
# structure's factor:

# %%
bulk = 96485.33**2 / (8.314463 * 298.15) * (1.957e-9 + 2.032e-9) * 1.0  # S/m, of 1 mol/m³ of K+ and Cl-
row = charged.timeseries.iloc[-1]
carried = row["current [A]"] / row["voltage [V]"] / edge
print(f"{carried / (bulk * along['relative']):.2f} times the current that the salt alone would carry")

# %% [markdown]
# **What was seen.** In a concentrated electrolyte the pores of nanoporous gold are an easy road, a fifth worse than
# straight ones. In a dilute one the walls bring their own ions, which carry the current along the surface: the road
# paves itself.
