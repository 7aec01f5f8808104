"""Seeds and wiring: one seed, many named streams; liquids side by side and one after the other."""

from dataclasses import replace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm import random
from neurolsm.describe import draw as drawing
from neurolsm.describe.draw import draw
from neurolsm.errors import InvalidValue


def edges_of(lsm):
    return {edges.name: edges for edges in draw(lsm).edges}


def same(a, b):
    return all(np.array_equal(getattr(a, f), getattr(b, f)) for f in ("pre", "post", "weight", "delay"))


def test_streams():
    a = random.stream(5, "liquid/topology").integers(0, 2**63, 4)
    assert np.array_equal(a, random.stream(5, "liquid/topology").integers(0, 2**63, 4))
    for seed, name in (
        (6, "liquid/topology"),
        (5, "liquid/topolog"),
        (2**63 - 1, "liquid/topology"),
        (5 + 2**32, "liquid/topology"),
    ):
        assert not np.array_equal(a, random.stream(seed, name).integers(0, 2**63, 4))
    # The first numbers of one stream, so that another NumPy cannot change all networks unnoticed.
    assert random.stream(0, "x").integers(0, 1000, 5).tolist() == [480, 801, 660, 845, 753]


@pytest.mark.parametrize("seed", [0, 2**63 - 1, np.int64(7), np.uint8(3)])
def test_allowed_seeds(seed):
    random.check_seed("LSM", seed)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.0, "0", None, True, np.nan])
def test_refused_seeds(seed):
    with pytest.raises(InvalidValue, match=r"LSM.seed = .*: must be an integer from 0 to 2\*\*63 - 1"):
        random.check_seed("LSM", seed)


def test_same_seed_same_network_other_seed_another(lsm):
    first, again, other = edges_of(lsm), edges_of(lsm), edges_of(replace(lsm, seed=4))
    for name in first:
        assert same(first[name], again[name])
        assert not same(first[name], other[name])


@pytest.mark.parametrize(
    "change",
    [
        {"input": nl.RandomMap(density=0.9, weight=nl.Gamma(0.2), delay=nl.Uniform(0, 1e-3))},
        {"input": nl.OneToOne()},
        {"neuron": nl.AdaptiveLIF(tau_mem=nl.Lognormal(20e-3, 0.3))},
    ],
)
def test_recurrent_synapses_do_not_move_when_something_else_changes(lsm, change):
    changed = replace(lsm, liquid=replace(lsm.liquid, **change))
    assert same(edges_of(lsm)["liquid/recurrent"], edges_of(changed)["liquid/recurrent"])


def test_who_is_connected_does_not_move_when_a_law_changes(lsm):
    before = edges_of(lsm)
    after = edges_of(replace(lsm, liquid=replace(lsm.liquid, weights=nl.Gamma(1.0), delays=0.0)))
    assert same(before["liquid/input"], after["liquid/input"])
    a, b = before["liquid/recurrent"], after["liquid/recurrent"]
    assert np.array_equal(a.pre, b.pre) and np.array_equal(a.post, b.post)
    assert np.array_equal(np.sign(a.weight), np.sign(b.weight))
    assert not np.array_equal(a.weight, b.weight)


A = nl.Liquid(topology=nl.RandomGraph(n=30, density=0.3), input=nl.RandomMap(density=0.5))
B = nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3), input=nl.RandomMap(density=0.5, inhibitory=0.9))


def test_parallel():
    lsm = nl.LSM(inputs=5, liquid=nl.Parallel((A, B, A)))
    network = draw(lsm)
    assert network.liquids == [("liquid0", 0, 30), ("liquid1", 30, 50), ("liquid2", 50, 80)]
    assert lsm.n == network.n == 80
    found = edges_of(lsm)
    for name, start, stop in network.liquids:
        feed, recurrent = found[f"{name}/input"], found[f"{name}/recurrent"]
        assert feed.source == "input" and feed.pre.max() == 4
        for ends in (feed.post, recurrent.pre, recurrent.post):
            assert start <= ends.min() and ends.max() < stop
    first, third = found["liquid0/recurrent"], found["liquid2/recurrent"]
    assert not np.array_equal(first.pre, third.pre - 50)  # the same description draws another liquid


def test_series():
    lsm = nl.LSM(inputs=5, liquid=nl.Series((A, B)))
    network, found = draw(lsm), edges_of(lsm)
    first, second = found["liquid0/input"], found["liquid1/input"]
    assert (first.source, second.source) == ("input", "neuron")
    assert second.pre.max() < 30 <= second.post.min()
    # the spikes of a liquid keep their neuron's sign
    assert np.array_equal(second.weight < 0, network.inhibitory[second.pre])
    assert 0 < network.inhibitory[second.pre].sum() < second.pre.size


def test_nested():
    lsm = nl.LSM(inputs=5, liquid=nl.Series((nl.Parallel((A, B)), A, nl.Series((B, A)))))
    network, found = draw(lsm), edges_of(lsm)
    assert [name for name, _, _ in network.liquids] == ["liquid0.0", "liquid0.1", "liquid1", "liquid2.0", "liquid2.1"]
    places = {name: (start, stop) for name, start, stop in network.liquids}
    for name, sources in (
        ("liquid1", ("liquid0.0", "liquid0.1")),
        ("liquid2.0", ("liquid1",)),
        ("liquid2.1", ("liquid2.0",)),
    ):
        pre = found[f"{name}/input"].pre
        assert pre.min() >= places[sources[0]][0] and pre.max() < places[sources[-1]][1]
    both = found["liquid1/input"].pre
    assert (both < 30).any() and (both >= 30).any()  # both of the parallel liquids are heard
    assert found["liquid0.1/input"].source == "input"
    keys = found["liquid1/input"].pre * network.n + found["liquid1/input"].post
    assert np.unique(keys).size == keys.size


def test_every_stream_of_a_network_has_its_own_name(monkeypatch):
    asked = []

    def spy(seed, name):
        asked.append(name)
        return random.stream(seed, name)

    monkeypatch.setattr(drawing, "stream", spy)
    draw(nl.LSM(inputs=5, liquid=nl.Series((nl.Parallel((A, B)), A, nl.Series((B, A))))))
    assert len(asked) > 50 and len(set(asked)) == len(asked)
