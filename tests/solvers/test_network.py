"""Multigrid on networks of conductances, held against direct solutions."""

import numpy as np
import pytest
import scipy.sparse as sp
from archode.solvers.errors import SolverError
from archode.solvers.network import Network, solve_network
from archode.solvers.voxel_lattices import Corners, Middles


def dense(network):
    """The matrix of a network."""
    count = len(network.source)
    between = sp.csr_array((network.conductance, network.others, network.starts), shape=(count, count))
    assert abs(between - between.T).max() < 1e-7
    return np.diag(network.ground + between.sum(axis=1)) - between.toarray()


@pytest.mark.parametrize("lattice", [Middles, Corners])
@pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (1.0, 0.2, 3.0)])
@pytest.mark.parametrize("periodic", [False, True])
def test_potentials_are_those_of_a_direct_solution(lattice, edges, periodic):
    body = np.random.default_rng(1).random((7, 8, 9)) < 0.7
    network = lattice(body, np.array(edges), periodic).network()
    found = solve_network(network, "φ")
    matrix = dense(network)
    exact = np.linalg.pinv(matrix, hermitian=True) @ network.source
    power = exact @ matrix @ exact
    missed = found.values - exact
    assert missed @ matrix @ missed < 1e-7 * power
    assert found.iterations < 40


def test_the_number_of_iterations_hardly_grows_with_the_image():
    counts = []
    for edge in (8, 32):
        body = np.random.default_rng(2).random((edge,) * 3) < 0.7
        counts.append(solve_network(Middles(body, np.ones(3), True).network(), "φ").iterations)
    assert counts[1] < 2 * counts[0]


def test_what_does_not_converge_is_said():
    network = Middles(np.ones((4, 4, 4), dtype=bool), np.ones(3), False).network()
    with pytest.raises(SolverError, match="φ was not found"):
        solve_network(Network(*network._replace(source=np.full(64, np.nan))), "φ")
