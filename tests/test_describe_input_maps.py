"""How channels reach neurons: density, windows, one to one."""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.describe.draw import draw
from neurolsm.errors import InvalidValue


def connected(mapping, sources, n, seed=0):
    pre, post = mapping.pairs(sources, n, np.random.default_rng(seed))
    found = np.zeros((sources, n), int)
    np.add.at(found, (pre, post), 1)
    assert found.max(initial=0) <= 1
    return found.astype(bool)


@pytest.mark.parametrize("density", [0, 0.2, 1])
def test_random_map_has_its_density(density):
    found = connected(nl.RandomMap(density=density), 100, 200).sum()
    assert abs(found - density * 20000) <= 5 * np.sqrt(20000 * density * (1 - density))


@pytest.mark.parametrize(
    ("shape", "size", "window"),
    [
        ((20,), 7, (7,)),
        ((8, 12), 3, (3, 3)),
        ((8, 12), (2, 5), (2, 5)),
        ((9, 9, 2), 4, (4, 4, 2)),
        ((3, 40), 5, (3, 5)),
    ],
)
def test_receptive_fields_are_whole_windows_inside_the_array(shape, size, window):
    channels = int(np.prod(shape))
    found = connected(nl.ReceptiveFields(shape=shape, size=size), channels, 300)
    starts = set()
    for neuron in range(300):
        seen = np.array(np.unravel_index(np.flatnonzero(found[:, neuron]), shape)).T
        low, high = seen.min(0), seen.max(0)
        assert tuple(high - low + 1) == window
        assert len(seen) == np.prod(window)  # every channel of the window, none outside
        starts.add(tuple(low))
    places = [s - w + 1 for s, w in zip(shape, window, strict=True)]
    assert {s[0] for s in starts} == set(range(places[0]))  # windows reach both borders
    assert len(starts) > 0.8 * min(np.prod(places), 300 * (1 - np.exp(-1)))


def test_receptive_fields_with_a_share_of_the_window():
    whole = connected(nl.ReceptiveFields(shape=(10, 10), size=4), 100, 500)
    some = connected(nl.ReceptiveFields(shape=(10, 10), size=4, density=0.3), 100, 500)
    assert (whole | ~some).all()
    assert abs(some.sum() - 0.3 * 8000) <= 5 * np.sqrt(8000 * 0.3 * 0.7)


@pytest.mark.parametrize(("sources", "n"), [(4, 4), (3, 8)])
def test_one_to_one(sources, n):
    assert np.array_equal(connected(nl.OneToOne(), sources, n), np.eye(sources, n, dtype=bool))


def lsm(mapping, inputs=5, n=10):
    return nl.LSM(inputs=inputs, liquid=nl.Liquid(topology=nl.RandomGraph(n=n), input=mapping))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (nl.OneToOne(), r"OneToOne.channels = 11: the liquid has only 10 neurons\. Use RandomMap"),
        (
            nl.ReceptiveFields(shape=(3, 4)),
            r"ReceptiveFields.shape = \(3, 4\): has 12 channels, the input has 11\. Make",
        ),
    ],
)
def test_maps_that_do_not_fit_are_refused(mapping, words):
    with pytest.raises(InvalidValue, match=words):
        draw(lsm(mapping, inputs=11))


def test_signs_weights_and_delays_of_inputs():
    edges = draw(lsm(nl.RandomMap(density=1, weight=0.7, inhibitory=0.3, delay=nl.Uniform(1e-3, 9e-3)), 100, 50)).edges[
        0
    ]
    assert edges.source == "input" and edges.weight.size == 5000
    assert set(edges.weight) == {0.7, -0.7}
    assert abs((edges.weight < 0).sum() - 1500) <= 5 * np.sqrt(5000 * 0.3 * 0.7)
    assert 1e-3 <= edges.delay.min() and edges.delay.max() < 9e-3 and np.unique(edges.delay).size > 4900
