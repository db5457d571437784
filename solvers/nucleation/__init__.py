"""Nucleation of metal on a substrate: thermodynamics, rates, and current transients."""
