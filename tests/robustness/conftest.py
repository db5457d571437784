"""Materials of the tests, found whatever the folder pytest is called in."""

from pathlib import Path

import pytest

CASES = Path(__file__).with_name("cases")


@pytest.fixture
def film_lin():
    """A film whose open-circuit voltage falls straight from 4 V to 3 V against lithium."""
    return CASES / "film_lin.yaml"
