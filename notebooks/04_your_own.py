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
# # Your own geometry and your own material
#
# The library has electrodes and materials; you have *yours*: a shape you drew, a tomogram, a table of voltages from
# your potentiostat. Here a wavy electrode is drawn with Gmsh, filled with an oxide of our own, and discharged against
# lithium. Then the same oxide is put into an image volume, and we see which of the two shapes gives more.
#
# ## The material: a file
#
# A galvanostatic titration measures a voltage after every pulse and rest, and how fast it relaxes gives a
# diffusivity. (The numbers are invented; put yours in their place.)

# %%
import gmsh
import matplotlib.pyplot as plt
import numpy as np
from archode.materials import load_material
from archode.studies import run
from archode.visualization import STYLE
from scipy.ndimage import gaussian_filter

stoichiometry = [0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95]
voltage = [4.20, 4.14, 4.11, 4.07, 4.02, 3.98, 3.95, 3.92, 3.84, 3.60]  # V against Li/Li+

oxide = f"""
name: my_oxide
kind: insertion
formula: "LiMn2O4"
description: "An oxide of our own, dense."
ion: Li+
open_circuit:
  model: table
  parameters:
    theta: {stoichiometry}
    U: {voltage}
  reference: Li/Li+
  window: [3.60, 4.20]             # V: from empty to full
  status: estimate
  source: "titration of our film; invented"
properties:
  c_max: {{value: 23000, unit: mol/m^3, status: estimate, source: "density over molar mass, one Li per LiMn2O4"}}
  diffusivity: {{value: 1.0e-10, unit: cm^2/s, status: estimate, source: "relaxation after the pulses; invented"}}
  conductivity: {{value: 1.0e-3, unit: S/cm, status: estimate, source: "four-point probe; invented"}}
  exchange_current_density: {{value: 0.1, unit: mA/cm^2, status: estimate, source: "impedance; invented"}}
"""
with open("my_oxide.yaml", "w", encoding="utf-8") as file:
    file.write(oxide)

# %% [markdown]
# A unit, a status and a source for every number: a file without them is refused, and the message says which. A smooth
# curve is laid through the points, falling wherever they fall; see whether it is what you measured.

# %%
plt.style.use(STYLE)  # so that figures of our own look like the others
material = load_material("my_oxide.yaml")
theta = np.linspace(0.10, 0.95, 300)
plt.plot(theta, material.open_circuit.potential(theta), label="as it is understood")
plt.plot(stoichiometry, voltage, "o", label="measured")
plt.xlabel("Stoichiometry of my_oxide")
plt.ylabel("Voltage against Li/Li⁺ / V")
plt.legend()
plt.show()

# %% [markdown]
# ## The geometry: a mesh
#
# A film whose top is a wave, z = 8 µm − 6 µm cos(2πx/20 µm), under a box of electrolyte. Anything that Gmsh can draw
# or meshio can read will do, as long as every region has a tag.

# %%
PERIOD, DEPTH, MEAN, SWING, HEIGHT = 20.0, 5.0, 8.0, 6.0, 20.0  # µm


def draw_wave(path, size):
    """A wave of oxide in a box of electrolyte; edges of the cells as long as `size` (µm) at the wave."""
    gmsh.initialize(interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    occ = gmsh.model.occ
    x = np.linspace(0, PERIOD, 41)
    crest = [occ.addPoint(a, 0, MEAN - SWING * np.cos(2 * np.pi * a / PERIOD)) for a in x]
    corners = [occ.addPoint(a, 0, z) for a, z in ((PERIOD, 0), (0, 0), (PERIOD, HEIGHT), (0, HEIGHT))]
    wave, floor = occ.addSpline(crest), occ.addLine(corners[0], corners[1])
    film = [wave, occ.addLine(crest[-1], corners[0]), floor, occ.addLine(corners[1], crest[0])]
    top = occ.addLine(corners[2], corners[3])
    free = [wave, occ.addLine(crest[-1], corners[2]), top, occ.addLine(corners[3], crest[0])]
    faces = [(2, occ.addPlaneSurface([occ.addCurveLoop(loop)])) for loop in (film, free)]
    bodies = [tag for dim, tag in occ.extrude(faces, 0, DEPTH, 0) if dim == 3]
    occ.synchronize()
    for body, name in zip(bodies, ("oxide", "liquid"), strict=True):
        gmsh.model.addPhysicalGroup(3, [body], name=name)
    gmsh.option.setNumber("Mesh.MeshSizeMin", size)
    gmsh.option.setNumber("Mesh.MeshSizeMax", size)
    gmsh.model.mesh.generate(3)
    gmsh.write(path)
    gmsh.finalize()


draw_wave("wave.msh", 0.9)

# %% [markdown]
# The study names the parts: your tags on the right, archode's names on the left. Where regions touch, the surfaces of
# the electrodes are found; what lies in an outer plane is named by the plane. The material is named by its file.

# %%
cell = {
    "study": "wave",
    "geometry": {
        "architecture": "file",
        "path": "wave.msh",
        "tags": {"electrolyte": "liquid", "cathode": "oxide"},
        "boundaries": {"anode_surface": "z+", "cathode_contact": "z-"},  # lithium above, the collector below
    },
    "materials": {"electrolyte": "LiPF6_ECDEC_1M", "anode": "Li", "cathode": "my_oxide.yaml"},
    "physics": {"initial": {"state_of_charge": 1}},
    "protocol": [
        {"discharge": "2 C", "until": {"voltage": "3.4 V"}},
        {"rest": "10 h"},
    ],
    "output": {"fields": 2, "figures": False, "report": False},
}
wave = run(cell).case
wave

# %%
wave.plot.geometry()

# %% [markdown]
# ## Is the mesh good enough?
#
# A mesh of your own is taken as it is, so look at it: every cell is coloured by its quality, and the worst is told.

# %%
wave.plot.mesh()

# %% [markdown]
# And hold its numbers against the drawing. Below the wave lies its mean height times its base; its surface is the
# length of the curve times the depth.

# %%
mesh = wave.summary["mesh"]
volume = MEAN * PERIOD * DEPTH * 1e-18  # m³
slope = 2 * np.pi * SWING / PERIOD * np.sin(2 * np.pi * np.linspace(0, 1, 10001))
area = np.mean(np.sqrt(1 + slope**2)) * PERIOD * DEPTH * 1e-12  # m²
of_volume, of_area = mesh["volumes"]["cathode"] / volume, mesh["areas"]["cathode_surface"] / area
print(f"{of_volume:.5f} of the drawing's volume, {of_area:.5f} of its area")

# A chord of length s is shorter than its arc by a share (s/R)²/24: 1 % at the crest, where the radius R is 1.7 µm and
# s 0.9 µm, and less elsewhere.
assert abs(of_area - 1) < 1e-2
# Between chord and arc lie s³/(12 R) = 0.04 of 160 µm². The few at the crest are missing, those in the trough too many.
assert abs(of_volume - 1) < 1e-3

# %% [markdown]
# ## The discharge
#
# At 2 C the wave gives back 0.2 of the 0.42 mAh/cm² it can hold; then the voltage ends the discharge, the cell rests
# and lithium spreads.

# %%
wave.plot.voltage_capacity()

# %% [markdown]
# Where is it at the end of the discharge? The skin and the thin trough are full, the inside of the crest is not.

# %%
end = wave.steps["duration [s]"].iloc[0]
wave.plot.stoichiometry(t=end)

# %% [markdown]
# ## Two numbers to hold on to
#
# First, Faraday's law: the oxide holds F c_max times its volume times the width of the window. Second, after the
# rest nothing flows, and the cell must show the voltage that we wrote into the table, at the stoichiometry that the
# charge has led to.

# %%
FARADAY = 96485.33212  # C/mol
nominal = FARADAY * 23000 * (0.95 - 0.10) * volume
print(f"capacity {1e6 * wave.summary['nominal_capacity [C]']:.4f} µC, by hand {1e6 * nominal:.4f} µC")

last = wave.timeseries.iloc[-1]
theta = 0.10 + 0.85 * wave.steps["capacity [C]"].iloc[0] / wave.summary["nominal_capacity [C]"]
expected = material.open_circuit.potential(theta)
print(f"at rest {last['voltage [V]']:.5f} V, the table says {expected:.5f} V at a stoichiometry of {theta:.4f}")

# The capacity is that of the mesh's volume, whose error is the one found above.
assert abs(wave.summary["nominal_capacity [C]"] / nominal - 1) < 1e-3
# Ten hours are eight times what diffusion takes through the 6.5 µm inside the crest, (6.5 µm)²/D: differences have
# died out to exp(-20), and what is left is the solver's tolerance of the charge.
assert abs(last["voltage [V]"] - expected) < 1e-5

# %% [markdown]
# ## The geometry: an image
#
# A tomogram is an array of grey values. In place of one, here is noise that was blurred until it looks like one; an
# array is saved as `.npy`, a stack of slices as `.tif`.

# %%
grey = gaussian_filter(np.random.default_rng(4).standard_normal((33, 33, 33)), 4, mode="wrap")
grey = (255 * (grey - grey.min()) / np.ptp(grey)).astype(np.uint8)
np.save("volume.npy", grey)
threshold = float(np.quantile(grey, 0.47))  # 53 % of the voxels are solid

# %% [markdown]
# The material and the protocol stay. 15 µm of this electrode hold as much oxide on a square centimetre as the wave.

# %%
porous = {
    **cell,
    "study": "tomogram",
    "geometry": {
        "architecture": "porous_electrode",
        "electrode": "cathode",
        "shape": {"image": {"path": "volume.npy", "voxel_size": "0.5 um", "threshold": threshold}},
        "width": "16 um",  # from the first voxel's centre to the last one's
        "thickness": "15 um",
        "reservoir_thickness": "5 um",
    },
    "mesh": {"interface_size": "1.2 um", "size": "3 um"},
    "protocol": cell["protocol"][:1],
}
tomogram = run(porous).case
tomogram.plot.geometry()

# %% [markdown]
# No part of it is far from a wall. Mind the scale: the emptiest place here is as full as the wave was in its skin.

# %%
tomogram.plot.stoichiometry(t="last")

# %% [markdown]
# Both in one figure, drawn from the tables of time steps:

# %%
for case in (wave, tomogram):
    steps = case.timeseries
    steps = steps[steps["kind"] == "discharge"]
    plt.plot(steps["areal_step_capacity [mAh/cm2]"].abs(), steps["voltage [V]"], label=case.summary["study"])
plt.xlabel("Areal capacity / mAh cm$^{-2}$")
plt.ylabel("Cell voltage / V")
plt.legend()
plt.show()

# %%
for case in (wave, tomogram):
    used = case.steps["capacity [C]"].iloc[0] / case.summary["nominal_capacity [C]"]
    wall = case.summary["mesh"]["areas"]["cathode_surface"] / case.summary["mesh"]["volumes"]["cathode"]
    print(
        f"{case.summary['study']:<9} {100 * used:.0f} % of its capacity, {1e-6 * wall:.2f} µm² of wall per µm³ of oxide"
    )

# %% [markdown]
# **What was seen.** A shape comes in as a mesh or as an image, a material as a page of numbers with their sources;
# from there on they are like those of the library. This oxide is slow, so that what counts is how far its inside is
# from the electrolyte: the sponge with its larger wall gives back nearly twice what the wave does.
