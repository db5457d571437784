"""Criteria for the growth of metal through an electrode, each in its own file."""
