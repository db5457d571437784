"""What a figure of the book must be, for tests of the book and of its cases."""

import numpy as np
import pytest
from PIL import Image

#: Most bytes of a figure; there are dozens in the repository.
LARGEST = 60_000


def _require_figure(path):
    image = np.asarray(Image.open(path).convert("RGB"), dtype=int)
    # Axes and letters are grey: what is coloured are the curves. A single marker's ring has 30 pixels or more.
    coloured = np.count_nonzero(np.ptp(image, axis=2) > 80)
    assert coloured > 25, f"{path.name} has {coloured} coloured pixels"
    assert coloured < 0.3 * image[..., 0].size, f"{path.name} is all colour"
    assert path.stat().st_size < LARGEST, f"{path.name} has {path.stat().st_size} bytes"


@pytest.fixture
def require_figure():
    """A function that asserts that a picture shows something and is no larger than the repository bears."""
    return _require_figure
