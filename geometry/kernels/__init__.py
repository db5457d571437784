"""Loops over cells and vertices in machine code; imported where they are used, because Numba takes a moment to load.

Each kernel takes contiguous arrays of float64 and int64 (masks: bool), so that it is compiled once.
"""
