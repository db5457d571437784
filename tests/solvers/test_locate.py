"""Where a limit is met within a step: margins of any shape, failures on the way, ends that no longer count."""

import pytest
from archode.solvers.locate import Located, locate


def found_of(margin, length=1.0, before=True, tolerance=1e-6, negligible=0.0, fails=lambda h: False):
    """The length found for one limit, and how many attempts it took."""
    calls = []

    def at(h):
        calls.append(h)
        return None if fails(h) else (margin(h),)

    start = (margin(0.0),) if before else ()
    found = locate(at, length, start, (margin(length),), (tolerance,), negligible, 1e-3 * length)
    return found, len(calls)


@pytest.mark.parametrize(
    ("margin", "root"),
    [(lambda t: 0.3 - t, 0.3), (lambda t: 0.5 - t**3, 0.5 ** (1 / 3)), (lambda t: 1e3 * (0.01 - t), 0.01)],
    ids=["line", "cubic", "steep"],
)
@pytest.mark.parametrize("before", [True, False])
def test_the_margin_vanishes_there(margin, root, before):
    found, attempts = found_of(margin, before=before)
    assert found == pytest.approx(root, abs=2e-6) and attempts < 25


def test_the_first_of_two_limits_is_met():
    def at(h):
        return (0.7 - h, 10 * (0.4 - h))

    assert locate(at, 1.0, at(0.0), at(1.0), (1e-6, 1e-6), 0.0, 1e-3) == pytest.approx(0.4, abs=1e-6)


def test_a_failure_shortens_the_bracket():
    found, _ = found_of(lambda t: 0.3 - t, fails=lambda h: h > 0.6)
    assert found == pytest.approx(0.3, abs=2e-6)


def test_no_attempt_that_converges_is_an_error():
    with pytest.raises(Located):
        found_of(lambda t: 0.3 - t, fails=lambda h: True)


def test_what_no_longer_counts_is_the_state_before():
    assert found_of(lambda t: 1e-12 - t, tolerance=1e-15, negligible=1e-9)[0] == 0.0


def test_a_limit_that_was_passed_at_the_start():
    found, _ = found_of(lambda t: -1.0, before=False)
    assert 0 < found < 1e-3
