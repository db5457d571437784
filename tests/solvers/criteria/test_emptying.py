"""Times of depletion from shares that are gone, and what Sand's criterion makes of them."""

import dataclasses

import numpy as np
import pytest
from archode.solvers.criteria import chazalviel, sand
from archode.solvers.criteria.emptying import Emptying, EmptyingTimes, emptying_times, first_crossing, top_mean
from archode.solvers.emptying import is_planar

from .surfaces import setting, surface

AREAS = np.array([1.0, 3.0, 50.0, 46.0])


def by_root(own):
    """Facets that lose their cation as √(t/own)."""
    return lambda facets, times: np.sqrt(times / np.asarray(own)[facets, None])


def test_times_of_facets_and_their_order():
    own = np.array([1.0, 2.0, 50.0, 80.0])
    found = emptying_times(by_root(own), AREAS, 1e-3, 1e4)
    np.testing.assert_allclose(found.facets, own, rtol=1e-9)
    # Means of 1/√own over the emptiest 5 of 100 and over all.
    tops, all_of_it = (1 + 3 / np.sqrt(2) + 1 / np.sqrt(50)) / 5, AREAS @ (1 / np.sqrt(own)) / 100
    assert (found.first, found.loaded, found.mean) == pytest.approx((1.0, tops**-2, all_of_it**-2), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_most_loaded_part_is_never_later_than_the_mean(seed):
    own = np.random.default_rng(seed).lognormal(0, 3, 4)
    found = emptying_times(by_root(own), AREAS, 1e-6, 1e8)
    assert found.first <= found.loaded <= found.mean


def test_what_is_never_empty():
    found = emptying_times(lambda facets, times: 0.5 * np.ones((4, 1)) + 0 * times, AREAS, 1.0, 10.0)
    assert found.first == found.loaded == found.mean == np.inf
    gone = np.array([[0.2, 0.6, 1.4], [0.1, 0.2, 0.3]])
    # On the line in √t from 2 to 3 half way.
    np.testing.assert_allclose(first_crossing(np.array([1.0, 4.0, 9.0]), gone), (6.25, np.inf))
    assert top_mean(np.array([3.0, 1.0]), np.array([1.0, 99.0])) == pytest.approx((3 + 4) / 5)


def times(first, loaded=None, mean=None):
    return EmptyingTimes(np.array([first, mean or first] * 2), first, loaded or first, mean or first)


def shaped(so_far, weighted, present, plated, cell=1e-7, layer=1e-6):
    """A surface of 900 A/m², twice the limit, plated for so long [s], and when it empties."""
    known = Emptying(so_far, weighted, present, cell, layer)
    deposit = 900.0 * plated / setting().deposit_charge
    return dataclasses.replace(surface(-900.0, thickness=deposit), emptying=known)


def test_an_evenly_emptied_surface_has_its_time():
    state = shaped(times(9.0), times(10.0, 10.5, 11.0), times(12.0), plated=20.0)
    found, capacity = (f(setting(), state) for f in (sand.evaluate, sand.evaluate_capacity))
    assert (found.voice, found.value, found.margin) == ("speaks", 10.0, pytest.approx(0.5))
    np.testing.assert_allclose(found.values, (10, 11, 10, 11))
    assert (capacity.value, capacity.margin) == (pytest.approx(9000.0), pytest.approx(0.5))
    np.testing.assert_allclose(capacity.values, 900 * found.values)
    assert "depleted after 11 s" in found.why and "most loaded 5 % of the surface within 10.5 s" in found.why
    assert chazalviel.evaluate(setting(), state).voice == "speaks"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (shaped(times(9.0), times(10.0, 12.0, 30.0), times(14.0), 5.0), "not before 9 s"),
        (shaped(times(9.0), times(10.0, 12.0, 30.0), times(14.0), 12.0), "between 9 s (at its mean so far) and 14 s"),
        (shaped(times(9.0), times(10.0), times(11.0), 12.0, cell=2e-6), "on this mesh cells of 2e-06 m"),
    ],
)
def test_it_says_where_it_does_not_apply(state, why):
    for evaluate in (sand.evaluate, sand.evaluate_capacity):
        found = evaluate(setting(), state)
        assert (found.voice, found.value, found.margin) == ("no say", None, None)
        assert found.why.startswith("does not apply") and why in found.why
        assert np.isfinite(found.values).all()
    after = chazalviel.evaluate(setting(), state)
    assert after.voice == "no say" and why in after.why


def test_long_after_the_event_it_has_nothing_to_add():
    """No number by facet: a run keeps what was said when the event came."""
    state = shaped(times(9.0), times(10.0, 12.0, 30.0), times(14.0), plated=20.0)
    for evaluate in (sand.evaluate, sand.evaluate_capacity, chazalviel.evaluate):
        found = evaluate(setting(), state)
        assert (found.voice, found.value, found.values) == ("no say", None, None)
        assert "the first place before 20 s" in found.why


def test_a_steady_uneven_current_that_has_emptied_a_place_has_its_time():
    state = shaped(times(9.3), times(9.5, 12.0, 30.0), times(10.0), plated=10.5)
    found = sand.evaluate(setting(), state)
    assert (found.voice, found.value) == ("speaks", 9.5)


def test_diffusion_that_never_empties_has_no_event():
    found = sand.evaluate(setting(), shaped(times(np.inf), times(np.inf), times(np.inf), 1.0))
    assert (found.voice, found.value) == ("silent", np.inf)


def test_a_host_has_its_most_loaded_part_no_later_than_its_mean():
    """In pores of 2 µm the mean depletes as a body, and so does its most loaded part."""
    host = surface([-90.0] * 9 + [-900.0], facets=10)
    host = dataclasses.replace(host, areas=10 * host.areas)
    why = sand.evaluate(setting(pore_radius=np.full(10, 2e-4)), host).why
    mean, loaded = (float(why.split(before)[1].split(" s")[0]) for before in ("depleted after ", "surface within "))
    assert loaded <= mean


def test_planar_surfaces_keep_the_closed_form():
    even, uneven = surface(-500.0), surface([-500.0, -500.0, -500.0, -520.0])
    assert is_planar(setting(), even) and not is_planar(setting(), uneven)
    larger = dataclasses.replace(even, areas=1.1 * even.areas)
    tilted = dataclasses.replace(even, normals=np.tile([0.0, 0.1, 0.99], (4, 1)) * [[1], [1], [1], [-1]])
    assert not is_planar(setting(), larger) and not is_planar(setting(), tilted)
