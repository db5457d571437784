"""Elementary functions on UFL expressions, for laws that are written once for NumPy and UFL."""

from __future__ import annotations

import ufl

exp = ufl.exp
ln = ufl.ln
tanh = ufl.tanh

#: Above this argument the exponential continues along its tangent, so that a wild Newton step stays finite.
EXPONENT_LIMIT = 60.0


def where_less(a, b, if_true, if_false):
    """``if_true`` where a < b, else ``if_false``."""
    return ufl.conditional(ufl.lt(a, b), if_true, if_false)


def bounded_exp(x):
    """exp(x), continued with a continuous first derivative along its tangent for x > 60."""
    capped = ufl.min_value(x, EXPONENT_LIMIT)
    return ufl.exp(capped) * (1 + ufl.max_value(x - EXPONENT_LIMIT, 0.0))
