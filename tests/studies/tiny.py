"""A study of a second: half a micrometre of film on lithium, charged, then two short cycles."""

#: The cell alone.
CELL = """
study: tiny
description: a thin film on lithium, small enough for a test

geometry:
  architecture: stack
  electrolyte_thickness: 10 um
  cathode_thickness: 0.5 um
  width: 4 um
  device_area: 1 cm^2

mesh: {size: 4 um, interface_size: 2 um, film_size: 0.2 um, growth: 2}

materials:
  electrolyte: LiPF6_ECDEC_1M
  anode: Li
  cathode: VOC1
  overrides: {cathode.diffusivity: 1e-14 m^2/s}

physics: {initial: {state_of_charge: 0.5}}
"""

TINY = CELL + """
protocol:
  - {charge: 10 C, until: {capacity: 5 uAh}}
  - repeat: 2
    steps:
      - {discharge: 20 C, until: {time: 20 s}}
      - {rest: 5 s}

solver: {linear: direct, newton_tolerance: 1e-11}
output: {fields: 2, figures: false, checkpoint_every: 5, errors: false}

reference:
  - {quantity: areal_capacity, step: 0, value: 4 uAh/cm^2, source: made up}
  - {quantity: duration, step: 2, value: 5 s, source: made up}
"""

TWO_RATES = TINY + "\nsweep: {protocol.0.charge: [10 C, 20 C]}\n"

#: Of the first two cases one has too few time steps.
ONE_FAILS = TINY + "\nsweep: {solver.max_steps: [3, 1000]}\n"

#: Time steps so short that it takes minutes.
LONG = TINY.replace("linear: direct", "linear: direct, max_step: 1 ms")
