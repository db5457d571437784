"""What a picture holds, in numbers: whether something is drawn, in which colours, and whether it is cut off."""

import numpy as np
from matplotlib import colormaps

#: Distance of colours (of 441) at which light and shade still leave the ends of a map apart.
NEAR = 60.0


def is_drawn(image: np.ndarray, least: float = 0.03, most: float = 0.97) -> bool:
    """Whether between `least` and `most` of an image's pixels are neither white nor nearly so."""
    image = np.asarray(image, dtype=float)[..., :3]
    inked = np.mean((np.ptp(image, axis=-1) > 20) | (image.mean(axis=-1) < 235))
    return bool(least < inked < most)


def share_of_colour(image: np.ndarray, colour, within: float = NEAR) -> float:
    """Share of the pixels within a distance (of 441) of a colour, whose parts are from 0 to 1."""
    flat = np.asarray(image, dtype=float)[..., :3].reshape(-1, 3)
    return float(np.mean(np.linalg.norm(flat - 255 * np.array(colour)[:3], axis=1) < within))


def uses_both_ends(image: np.ndarray, colormap: str, least: float = 5e-4, within: float = NEAR) -> bool:
    """Whether colours near either end of a map each fill a share of an image, which must not hold the colour bar."""
    return all(share_of_colour(image, colormaps[colormap](end), within) > least for end in (0.05, 0.95))


def touches_border(image: np.ndarray, width: int = 2) -> bool:
    """Whether anything but white reaches the border of an image: it would be cut off there."""
    image = np.asarray(image, dtype=float)[..., :3]
    rims = image[:width], image[-width:], image[:, :width], image[:, -width:]
    return any(bool(np.any(rim < 230)) for rim in rims)


def scene_part(image: np.ndarray, bars: int = 1) -> np.ndarray:
    """A picture without its title and its colour bars, of which there are so many."""
    rows, columns = image.shape[:2]
    return image[rows // 8 : rows * 6 // 7, : round(columns * (0.86 - 0.13 * bars))]
