"""Topologies against theory: who is connected, who is inhibitory, where neurons sit."""

import numpy as np
import pytest
import scipy.sparse as sp

import neurolsm as nl
from neurolsm.describe.graph import bernoulli_pairs, sparse_pairs

TOPOLOGIES = [
    nl.Column(shape=(4, 3, 5)),
    nl.RandomGraph(n=60),
    nl.SmallWorld(n=60, neighbours=6, rewire=0.3),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def matrix(graph):
    found = np.zeros((graph.inhibitory.size,) * 2, int)
    np.add.at(found, (graph.pre, graph.post), 1)
    return found


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_synapses_are_sorted_and_unique_and_not_onto_oneself(topology):
    graph = topology.draw(rng())
    key = graph.pre * topology.n + graph.post
    assert (np.diff(key) > 0).all()
    assert (graph.pre != graph.post).all()
    assert graph.pre.min() >= 0 and graph.post.max() < topology.n
    assert graph.pre.dtype == graph.post.dtype == np.int32
    assert graph.pre.size > 50


@pytest.mark.parametrize("share", [0, 0.2, 0.25, 0.5, 1])
@pytest.mark.parametrize("make", [lambda s: nl.Column(shape=(5, 2, 4), inhibitory=s), lambda s: nl.RandomGraph(n=40, inhibitory=s), lambda s: nl.SmallWorld(n=40, inhibitory=s)])  # fmt: skip
def test_the_share_of_inhibition_is_exact(make, share):
    places = [np.flatnonzero(make(share).draw(rng(seed)).inhibitory) for seed in range(3)]
    assert [p.size for p in places] == [round(share * 40)] * 3
    if 0 < share < 1:
        assert not np.array_equal(places[0], places[1])


def test_column_connects_as_often_as_its_formula_says():
    """P = C exp(-(D / wavelength)^2), for each kind of pair and each distance; 5 standard deviations of a binomial."""
    column = nl.Column(shape=(5, 4, 3), wavelength=2.2, inhibitory=0.3, p_ee=0.4, p_ei=0.9, p_ie=0.6, p_ii=0.2)
    position = np.array([(x, y, z) for x in range(5) for y in range(4) for z in range(3)])
    squared = ((position[:, None] - position[None]) ** 2).sum(-1)
    seen, tried = {}, {}
    for seed in range(60):
        graph = column.draw(rng(seed))
        assert np.array_equal(graph.position, position)
        hit = matrix(graph)
        for a, b in np.ndindex(2, 2):
            kind = (graph.inhibitory == a)[:, None] & (graph.inhibitory == b)[None] & ~np.eye(60, dtype=bool)
            for d2 in np.unique(squared[kind]):
                pairs = kind & (squared == d2)
                tried[a, b, d2] = tried.get((a, b, d2), 0) + pairs.sum()
                seen[a, b, d2] = seen.get((a, b, d2), 0) + hit[pairs].sum()
    constants = {(0, 0): 0.4, (0, 1): 0.9, (1, 0): 0.6, (1, 1): 0.2}
    assert len(seen) > 60
    for (a, b, d2), count in tried.items():
        p = constants[a, b] * np.exp(-d2 / 2.2**2)
        assert abs(seen[a, b, d2] - p * count) <= 5 * np.sqrt(count * p * (1 - p)) + 1, (a, b, d2)


def test_column_defaults_are_those_of_maass():
    column = nl.Column()
    assert (column.shape, column.n, column.inhibitory) == ((15, 3, 3), 135, 0.2)
    assert (column.p_ee, column.p_ei, column.p_ie, column.p_ii) == (0.3, 0.2, 0.4, 0.1)


def test_column_without_a_wavelength_is_uniform():
    graph = nl.Column(shape=(3, 3, 3), wavelength=np.inf, p_ee=1, p_ei=1, p_ie=1, p_ii=1).draw(rng())
    assert graph.pre.size == 27 * 26


@pytest.mark.parametrize("density", [0, 0.1, 0.7, 1])
def test_random_graph_has_its_density(density):
    pairs = 100 * 99
    found = sum(nl.RandomGraph(n=100, density=density).draw(rng(seed)).pre.size for seed in range(10)) / 10
    assert abs(found - density * pairs) <= 5 * np.sqrt(pairs * density * (1 - density) / 10)


def test_blocks_of_rows_do_not_change_what_is_drawn():
    whole = bernoulli_pairs(50, lambda rows: 0.3, rng(), cells=10**9)
    for cells in (1, 50, 333):
        parts = bernoulli_pairs(50, lambda rows: 0.3, rng(), cells=cells)
        assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


@pytest.mark.parametrize(("n", "neighbours"), [(10, 4), (7, 6), (5, 0), (3, 2)])
def test_small_world_without_rewiring_is_the_ring(n, neighbours):
    graph = nl.SmallWorld(n=n, neighbours=neighbours, rewire=0).draw(rng())
    ring = np.zeros((n, n), int)
    for i in range(n):
        for k in range(1, neighbours // 2 + 1):
            ring[i, (i + k) % n] = ring[i, (i - k) % n] = 1
    assert np.array_equal(matrix(graph), ring)
    assert np.array_equal(matrix(graph).sum(1), np.full(n, neighbours))


def test_small_world_rewires_its_share():
    """A synapse leaves the ring with ``rewire`` unless chance puts it back: (neighbours - 1) / (n - 1) of the time."""
    topology = nl.SmallWorld(n=400, neighbours=10, rewire=0.25)
    graph = topology.draw(rng())
    distance = (graph.post - graph.pre) % 400
    far = np.minimum(distance, 400 - distance) > 5
    assert far.sum() == pytest.approx(4000 * 0.25 * (1 - 10 / 399), abs=5 * np.sqrt(4000 * 0.25 * 0.75))


def test_small_world_fully_rewired_is_uniform():
    counts = sum(matrix(nl.SmallWorld(n=12, neighbours=6, rewire=1).draw(rng(seed))) for seed in range(600))
    # each of 6 throws hits a given other neuron with 1/11; doubles are merged
    p = 1 - (10 / 11) ** 6
    off = counts[~np.eye(12, dtype=bool)]
    assert abs(off - 600 * p).max() <= 5 * np.sqrt(600 * p * (1 - p))


def test_small_world_neighbours_are_about_one_unit_apart():
    position = nl.SmallWorld(n=50).draw(rng()).position
    step = np.linalg.norm(position - np.roll(position, 1, axis=0), axis=1)
    assert np.allclose(step, step[0]) and step[0] == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize(
    "kind", [np.asarray, sp.csr_array, sp.csc_array, sp.coo_array, sp.lil_matrix, np.ndarray.tolist]
)
def test_explicit_keeps_the_matrix(kind):
    weights = np.array([[0, 0.5, 0.25, 0], [0, 0, 0, 0], [-0.5, -1, 0, -0.125], [0, 0, 0, 2.0]])
    topology = nl.Explicit(kind(weights))
    graph = topology.draw(rng())
    back = np.zeros((4, 4))
    back[graph.pre, graph.post] = graph.weight
    assert np.array_equal(back, weights)
    assert graph.inhibitory.tolist() == [False, False, True, False]
    assert topology.n == 4 and "4 neurons, 6 synapses" in repr(topology)


def test_explicit_adds_up_doubles_and_leaves_the_matrix_alone():
    given = sp.coo_array(([1.0, 2.0, 0.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    graph = nl.Explicit(given).draw(rng())
    assert (graph.pre.tolist(), graph.post.tolist(), graph.weight.tolist()) == ([0], [1], [3.0])
    assert given.data.tolist() == [1.0, 2.0, 0.0] and given.nnz == 3


def test_explicit_survives_changes_of_what_it_was_given():
    weights, position = np.eye(3), np.zeros((3, 1))
    topology = nl.Explicit(weights, position)
    weights[:], position[:] = 7, 7
    graph = topology.draw(rng())
    assert graph.weight.tolist() == [1, 1, 1] and not graph.position.any()


def test_large_random_graphs_are_drawn_a_synapse_at_a_time():
    """Gaps of a geometric law are Bernoulli trials of every pair: counts, fan-out and fan-in within 5 standard deviations."""
    n, p = 300, 0.04
    counts = np.zeros((n, n), int)
    for seed in range(40):
        pre, post = sparse_pairs(n, p, rng(seed), draws=1000)
        assert (np.diff(pre.astype(int) * n + post) > 0).all() and (pre != post).all()
        assert pre.dtype == post.dtype == np.int32 and pre.max() == post.max() == n - 1 and pre.min() == post.min() == 0
        np.add.at(counts, (pre, post), 1)
    for total, trials in (
        (counts.sum(), 40 * n * (n - 1)),
        (counts.sum(0), 40 * (n - 1)),
        (counts.sum(1), 40 * (n - 1)),
    ):
        assert (np.abs(total - p * trials) < 5 * np.sqrt(trials * p * (1 - p))).all()
    assert [sparse_pairs(3, 1.0, rng(0))[k].tolist() for k in (0, 1)] == [[0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1]]
    for hardly in (0, 1e-18):
        assert nl.RandomGraph(n=100_000, density=hardly).draw(rng()).pre.size == 0
    assert abs(nl.RandomGraph(n=1_000_000, density=1e-9).draw(rng()).pre.size - 1000) < 200


def test_a_large_random_graph_uses_them(monkeypatch):
    monkeypatch.setattr("neurolsm.describe.random_graph.EVERY_PAIR", 59)
    graph = nl.RandomGraph(n=60, density=0.3).draw(rng(1))
    assert (np.diff(graph.pre * 60 + graph.post) > 0).all() and 900 < graph.pre.size < 1250


def test_blocks_change_nothing(monkeypatch):
    topology = nl.SmallWorld(n=500, neighbours=8, rewire=0.4)
    whole = topology.draw(rng(2))
    monkeypatch.setattr("neurolsm.describe.small_world.BLOCK", 100)
    parts = topology.draw(rng(2))
    for name in ("inhibitory", "pre", "post", "position"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


@pytest.mark.parametrize(
    "topology", [*TOPOLOGIES, nl.Column(shape=(7, 2, 3), wavelength=np.inf, p_ii=0.9, inhibitory=0.5)]
)
def test_synapses_are_foreseen(topology):
    """Mean of 30 draws; memory is estimated from it. Merged doubles make SmallWorld fall short."""
    mean = np.mean([topology.draw(rng(seed)).pre.size for seed in range(30)])
    assert 0.93 * topology.expected_synapses < mean < 1.07 * topology.expected_synapses
