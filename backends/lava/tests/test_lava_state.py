"""State that is carried on, moved between backends and set from outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lava_checks import assert_equal, stimulus
from neurolsm_lava import LavaBackend

from neurolsm.conformance.generate import Case, program
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("lava")
RICH = Case(seed=11, n=40, max_delay=9, refractory=True, adaptive=True)
PLAIN = Case(seed=4, n=30, max_delay=6, density=0.2)


@pytest.mark.parametrize(("case", "model"), [(RICH, "fused"), (PLAIN, "stock")])
def test_pieces_of_a_stream_equal_the_whole(case: Case, model: str) -> None:
    network = program(case)
    whole = stimulus(network.n_inputs, [60])
    expected = ReferenceSimulator(network).run(whole)
    raster = whole.dense()[0]
    pieces = [raster[a:b] for a, b in ((0, 1), (1, 1), (1, 20), (20, 33), (33, 60))]
    got = []
    with LavaBackend.open(network, model=model) as lava:
        for piece in pieces:
            steps, channels = np.nonzero(piece)
            got.append(lava.run(type(whole).from_events([(steps, channels)], len(piece), network.n_inputs), carry=True))
    units = np.concatenate([part.spikes.unit for part in got])
    np.testing.assert_array_equal(units, expected.spikes.unit)
    np.testing.assert_array_equal(got[-1].u, expected.u)
    np.testing.assert_array_equal(got[-1].v, expected.v)
    assert expected.spikes.count > 100


def test_state_moves_between_backends_in_mid_stream() -> None:
    network = program(PLAIN)
    pieces = [stimulus(network.n_inputs, [steps], seed=steps) for steps in (15, 16, 17, 18, 19)]
    alone = ReferenceSimulator(network)
    fused, stock = (LavaBackend.open(network, model=model) for model in ("fused", "stock"))
    movers: list[Any] = [ReferenceSimulator(network), fused, stock, fused, ReferenceSimulator(network)]
    with fused, stock:
        state = alone.state.copy()
        for piece, simulator in zip(pieces, movers, strict=True):
            simulator.state = state
            expected = alone.run(piece, carry=True)
            assert_equal(simulator.run(piece, carry=True), expected)
            assert simulator.state.equal(alone.state)
            assert expected.spikes.count > 20
            assert state.pending.any() or simulator is movers[0]  # input on its way moved too
            state = simulator.state.copy()


@pytest.mark.parametrize("model", ["fused", "stock"])
def test_samples_from_rest_ignore_the_state(model: str) -> None:
    network = program(PLAIN)
    samples = stimulus(network.n_inputs, [12, 12])
    expected = ReferenceSimulator(network).run(samples)
    with LavaBackend.open(network, model=model) as lava:
        state = lava.state
        state.u[:], state.pending[:] = 99999, 77
        lava.state = state
        assert_equal(lava.run(samples), expected)


def test_the_fused_leaf_takes_a_state_beyond_its_program() -> None:
    """A refractory counter and an adapted threshold in a program that has neither."""
    network = program(PLAIN)
    samples = stimulus(network.n_inputs, [20])
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network) as lava:
        for simulator in (reference, lava):
            state = simulator.state
            state.refractory[::2], state.theta[1::2] = 6, 4000
            simulator.state = state
        assert_equal(lava.run(samples, carry=True), reference.run(samples, carry=True))
        assert lava.state.equal(reference.state)
