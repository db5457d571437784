"""Sum of many plane waves at many points."""

import numpy as np

from .compiling import compiled

_BLOCK = 512
"""Points whose coordinates and sums stay in the processor's cache while the waves pass."""


@compiled
def sum_of_cosines(points, turns, offsets):
    """Sum over waves of cos 2π(turns · x + offset) at points (n, 3), shape (n,).

    cos 2πt = −sin 2πs with s = |t| − 1/4 for |t| ≤ 1/2, and the sine by its series up to x¹⁷: exact to 5e-14.  Unlike a
    library's cosine, that is vectorised.
    """
    x, y, z, total = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    found = np.empty(len(points))
    for start in range(0, len(points), _BLOCK):
        count = min(_BLOCK, len(points) - start)
        for i in range(count):
            x[i], y[i], z[i] = points[start + i, 0], points[start + i, 1], points[start + i, 2]
            total[i] = 0.0
        for wave in range(len(offsets)):
            kx, ky, kz, offset = turns[wave, 0], turns[wave, 1], turns[wave, 2], offsets[wave]
            for i in range(count):
                t = kx * x[i] + ky * y[i] + kz * z[i] + offset
                t -= np.floor(t + 0.5)
                s = 2 * np.pi * (abs(t) - 0.25)
                q = s * s
                sine = 1 - q * (1 / 272)
                sine = 1 - q * (1 / 210) * sine
                sine = 1 - q * (1 / 156) * sine
                sine = 1 - q * (1 / 110) * sine
                sine = 1 - q * (1 / 72) * sine
                sine = 1 - q * (1 / 42) * sine
                sine = 1 - q * (1 / 20) * sine
                sine = 1 - q * (1 / 6) * sine
                total[i] -= s * sine
        for i in range(count):
            found[start + i] = total[i]
    return found
