"""From a scalar field on a box to a conformal tetrahedral mesh of its phases."""
