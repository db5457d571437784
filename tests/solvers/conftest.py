"""Cells with compiled forms, shared by the tests of a session; a test sets the state it starts from."""

import pytest
from archode.solvers.newton import Newton

from .cells import make_cell


@pytest.fixture(scope="session")
def solved():
    """Cell and Newton solver of a shape, made once: ``solved("planar")``."""
    made = {}

    def get(shape, degree=1, film=0.0, linear="direct"):
        key = (shape, degree, film, linear)
        if key not in made:
            cell = make_cell(shape, degree, film)
            made[key] = cell, Newton(cell, linear, prefix=f"test{len(made)}_")
        cell, newton = made[key]
        cell.set_initial_state()
        newton.renew()
        return cell, newton

    yield get
    for _, newton in made.values():
        newton.destroy()
