"""A short study of every architecture, of seconds: what its pictures are tested on."""

STORAGE = """
materials:
  electrolyte: K2SO4_aq_0.5M
  anode: KVO_ac_0.25
  cathode: KMnO2_cryptomelane
  overrides: {anode.diffusivity: 2.8e-14 m^2/s, cathode.diffusivity: 2.8e-15 m^2/s}
protocol:
  - {charge: 5 C, until: {time: 60 s}}
"""

COLLECTORS = STORAGE.replace("  overrides", "  anode_collector: Au\n  cathode_collector: Au\n  overrides")

PLATING = """
materials: {electrolyte: KFSI_DME_1M, anode: K, cathode: K}
interfaces: {cathode: {plating: {substrate: Cu}}}
protocol:
  - {discharge: 5 mA/cm^2, until: {time: 120 s}}
"""

IONS = """
materials:
  electrolyte: K2SO4_aq_0.5M
  ions: {K+: {concentration: 10 mol/m^3}, Cl-: {concentration: 10 mol/m^3, diffusivity: 2.032e-9 m^2/s}}
interfaces: {anode: {reaction: reservoir}, cathode: {reaction: reservoir}, walls: {surface_charge: -20 mC/m^2}}
physics: {electrolyte: poisson-nernst-planck}
protocol:
  - {hold: 25 mV, until: {time: 0.05 ms}}
"""

END = """
solver: {tolerance: 1e-2}
output: {fields: 1, figures: false, errors: false}
"""

#: Geometry, mesh and the rest of a study, by name.
PARTS = {
    "planar": ("planar, gap: 50 um, width: 20 um", "size: 10 um, interface_size: 3 um", PLATING),
    "stack": (
        "stack, electrolyte_thickness: 10 um, cathode_thickness: 5 um, anode_thickness: 3 um, "
        "collector_thickness: 1 um, "
        "width: 12 um",
        "size: 4 um, interface_size: 2 um, film_size: 0.5 um",
        # Slow enough for what fills a film from one side to show from the side.
        COLLECTORS.replace("5 C, until: {time: 60 s}", "2 C, until: {time: 200 s}"),
    ),
    # 100 times as wide as high: what most microbatteries on a chip are.
    "interdigital_flat": (
        "interdigital, domain: finger_pair, finger_width: 50 um, gap: 50 um, thickness: 0.75 um, length: 500 um, "
        "cover: 5 um, pairs: 30",
        "size: 25 um, interface_size: 9 um, film_size: 0.25 um, growth: 1.8",
        COLLECTORS,
    ),
    "interdigital_comb": (
        "interdigital, domain: comb, finger_width: 10 um, gap: 8 um, thickness: 3 um, length: 30 um, pairs: 1",
        "size: 8 um, interface_size: 4 um, film_size: 1.5 um",
        COLLECTORS,
    ),
    "interdigital_pillars": (
        "interdigital_pillars, finger_width: 20 um, gap: 10 um, pillar_radius: 4 um, pillar_height: 20 um, "
        "pillar_pitch: 12 um, thickness: 1 um",
        "size: 8 um, interface_size: 4 um, film_size: 0.5 um",
        COLLECTORS,
    ),
    "stacked_columns": (
        "stacked_columns, pitch: 10 um, radius: 2 um, height: 20 um, electrolyte_thickness: 1 um, "
        "base_thickness: 1 um, "
        "cover_thickness: 2 um, collector_thickness: 0.2 um",
        "size: 3 um, interface_size: 0.5 um, film_size: 1 um",
        COLLECTORS,
    ),
    "concentric_rings": (
        "concentric_rings, ring_width: 10 um, gap: 10 um, thickness: 1 um, angle: 30 deg, rings: 4",
        "size: 5 um, interface_size: 2 um, film_size: 0.5 um",
        COLLECTORS,
    ),
    "coaxial_fibre": (
        "coaxial_fibre, core_radius: 4 um, anode_thickness: 3 um, electrolyte_thickness: 3 um, "
        "cathode_thickness: 3 um, "
        "length: 20 um, sheath_thickness: 1 um, angle: 90 deg",
        "interface_size: 1.5 um, size: 3 um, film_size: 1 um",
        COLLECTORS,
    ),
    "parallel_fibres": (
        "parallel_fibres, core_radius: 3 um, anode_thickness: 2 um, cathode_thickness: 2 um, "
        "separation: 13 um, length: 40 um",
        "size: 5 um, interface_size: 2 um, film_size: 1 um",
        COLLECTORS,
    ),
    "twisted_fibres": (
        "twisted_fibres, core_radius: 3 um, anode_thickness: 2 um, cathode_thickness: 2 um, separation: 13 um, "
        "twist_pitch: 160 um, turns: 0.06",
        "size: 8 um, interface_size: 2.5 um, film_size: 1 um",
        COLLECTORS,
    ),
    "host_gyroid": (
        "porous_electrode, electrode: cathode, solid: surface, shape: {gyroid: {period: 20 um, solid_fraction: 0.3}}, "
        "width: 20 um, thickness: 20 um, reservoir_thickness: 5 um, separator_thickness: 10 um",
        "interface_size: 1.6 um, size: 5 um",
        PLATING.replace("materials: {", "materials: {separator: {porosity: 0.4, tortuosity: 3.5}, "),
    ),
    "porous_gold": (
        "porous_electrode, electrode: cathode, shape: {random_waves: {size: 300 nm, solid_fraction: 0.3, seed: 3}}, "
        "width: 0.6 um, thickness: 0.6 um, film_thickness: 60 nm, reservoir_thickness: 0.5 um, "
        "counter_thickness: 0.3 um",
        "interface_size: 80 nm, size: 400 nm",
        COLLECTORS,
    ),
    "nanopore": ("nanopore, radius: 10 nm, length: 200 nm", "wall_size: 1 nm", IONS),
}

STUDIES = {
    name: f"study: {name}\ngeometry: {{architecture: {geometry}}}\nmesh: {{{mesh}}}\n{rest}{END}"
    for name, (geometry, mesh, rest) in PARTS.items()
}
