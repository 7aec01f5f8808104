"""The network of stock Lava processes against the NumPy reference, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lava_checks import assert_case, assert_equal, in_float, stimulus
from neurolsm_lava import LavaBackend
from neurolsm_lava.stock import MOST_CONNECTIONS

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.conformance.suite.floats import dynamic
from neurolsm.errors import TargetRefusal
from neurolsm.program import Program
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("lava")
PLAIN = Case(seed=4, n=30, max_delay=4, density=0.2)


@pytest.mark.parametrize("seed", [0, 2, 3, 5, 6, 7])
def test_random_program(seed: int) -> None:
    assert_case(replace(Case.random(seed, stock=True, largest=60), steps=25), "stock")


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(200, 300))
def test_many_random_programs(seed: int) -> None:
    """Both models equal the reference, so they equal each other."""
    for model in ("stock", "fused"):
        assert_case(Case.random(seed, stock=True), model)


def test_different_lengths_and_traces() -> None:
    network = program(PLAIN)
    samples = stimulus(network.n_inputs, [9, 0, 14, 1])
    expected = ReferenceSimulator(network).run(samples, trace=("u", "v"))
    assert expected.spikes.count > 50
    with LavaBackend.open(network, model="stock") as lava:
        assert_equal(lava.run(samples, trace=("u", "v")), expected)


def test_it_is_made_of_lavas_own_models() -> None:
    with LavaBackend.open(program(PLAIN), model="stock") as lava:
        lava.run(inputs(PLAIN))
        assert lava.info["process_model"] == "StockLiquid"
        builders = lava._runtime._runtime._executable.proc_builders.values()
        models = sorted(builder.proc_model.__name__ for builder in builders)
    connections = len(program(PLAIN).projections)
    assert models == ["PyDelaySparseModelBitAcc"] * connections + ["PyDesk", "PyLifModelBitAcc"]


def test_projections_without_delay_are_sparse_and_empty_ones_are_left_out() -> None:
    network = program(replace(PLAIN, max_delay=0))
    empty = replace(
        network.projections[0], indptr=np.zeros_like(network.projections[0].indptr), post=np.zeros(0, np.int32),
        weight=np.zeros(0, np.int16), delay=np.zeros(0, np.uint8),
    )  # fmt: skip
    network = replace(network, projections=(empty, *network.projections[1:]))
    samples = inputs(PLAIN)
    with LavaBackend.open(network, model="stock") as lava:
        assert_equal(lava.run(samples), ReferenceSimulator(network).run(samples))
        builders = lava._runtime._runtime._executable.proc_builders.values()
        models = [builder.proc_model.__name__ for builder in builders]
    assert models.count("PySparseModelBitAcc") == len(network.projections) - 1


def test_weights_of_zero_do_not_change_the_pattern() -> None:
    network = program(PLAIN)
    silenced = tuple(
        replace(p, weight=np.where(np.arange(p.size) % 3, p.weight, 0).astype(np.int16)) for p in network.projections
    )
    network = replace(network, projections=silenced)
    samples = inputs(PLAIN)
    with LavaBackend.open(network, model="stock") as lava:
        assert_equal(lava.run(samples), ReferenceSimulator(network).run(samples))


def many_projections() -> Program:
    network = program(PLAIN)
    first = network.projections[0]
    return replace(network, projections=tuple(replace(first, name=f"p{k}") for k in range(MOST_CONNECTIONS + 1)))


REFUSED = {
    "refractory": lambda: program(replace(PLAIN, refractory=True)),
    "theta_step": lambda: program(replace(PLAIN, adaptive=True)),
    "arithmetic": lambda: in_float(program(PLAIN)),
    "short_term": lambda: dynamic(program(PLAIN), 1),
    "projections": many_projections,
}


@pytest.mark.parametrize("field", REFUSED)
def test_refuses_what_stock_lava_lacks(field: str) -> None:
    network = REFUSED[field]()
    instead = "the emulator" if field == "short_term" else 'model="fused"'
    with pytest.raises(TargetRefusal, match=rf"stock Lava.*{field} = .*{instead}"):
        LavaBackend.open(network, model="stock")


@pytest.mark.parametrize("field", ["refractory", "theta"])
def test_refuses_a_state_that_has_no_place(field: str) -> None:
    network = program(PLAIN)
    with LavaBackend.open(network, model="stock") as lava:
        state = lava.state
        getattr(state, field)[3] = 5
        lava.state = state
        with pytest.raises(TargetRefusal, match=rf"state\.{field} = .*model=\"fused\""):
            lava.run(inputs(PLAIN), carry=True)
        assert lava._runtime is None  # nothing was started
        samples = inputs(PLAIN)
        assert_equal(lava.run(samples), ReferenceSimulator(network).run(samples))  # from rest it may run
