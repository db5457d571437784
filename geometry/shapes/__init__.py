"""Shapes of a porous solid: descriptions that give a scalar field, negative in the solid."""
