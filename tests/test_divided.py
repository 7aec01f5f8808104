"""A network that threads share equals the one of a single thread and the reference in every bit."""

import signal
import sys
import time
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_emulator import cases

import neurolsm as nl
from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.floats import as_float
from neurolsm.emulator import EmulatorSimulator, divided
from neurolsm.semantics import ReferenceSimulator

THREADS = (1, 2, 3, 5)


def opened(program, threads):
    """A simulator whose threads share the network, however small it is."""
    with patch.object(divided, "LARGE", 0), patch("neurolsm.emulator.simulator.cores", lambda: 16):
        return EmulatorSimulator(program, threads)


def agree(program, inputs, carry=False):
    """The reference and any number of threads, two runs one after the other; one thread and any number of them to the bit also in
    float arithmetic, where the reference adds in another order."""
    reference, alone = ReferenceSimulator(program), opened(program, 1)
    assert not alone._shares
    runs = [[s.run(inputs, carry=carry, trace=("u", "v")) for _ in range(2)] for s in (reference, alone)]
    for threads in THREADS[1:]:
        simulator = opened(program, threads)
        assert 1 <= len(simulator._shares) <= threads
        for expected, one in zip(*runs, strict=True):
            found = simulator.run(inputs, carry=carry, trace=("u", "v"))
            same_recording(expected, found, program, f"{threads} threads: ")
            assert one.spikes.equal(found.spikes) and np.array_equal(one.synops, found.synops)
            assert np.array_equal(one.u, found.u) and np.array_equal(one.v, found.v)
            assert all(np.array_equal(one.traces[name], found.traces[name]) for name in ("u", "v"))
        same_state(reference.state, simulator.state, program, f"{threads} threads: ")
        assert alone.state.equal(simulator.state)


@settings(max_examples=60)
@given(cases, st.booleans())
def test_any_number_of_threads_is_the_reference(case, carry):
    agree(generate.program(case), generate.inputs(case), carry)


@settings(max_examples=20)
@given(cases, st.integers(0, 99), st.booleans())
def test_in_float_the_order_of_sums_stays(case, seed, carry):
    agree(as_float(generate.program(case), seed), generate.inputs(case), carry)


@pytest.mark.nightly
@settings(max_examples=300)
@given(cases, st.booleans())
def test_any_number_of_threads_is_the_reference_again_and_again(case, carry):
    agree(generate.program(case), generate.inputs(case), carry)


@settings(max_examples=40)
@given(cases, st.lists(st.tuples(st.sampled_from(THREADS), st.integers(0, 12)), min_size=1, max_size=5))
def test_a_life_goes_on_with_another_number_of_threads(case, lives):
    """Each part of it on a new simulator that gets the state of the last one, and with single steps in between."""
    program = generate.program(case)
    reference, state = ReferenceSimulator(program), None
    for number, (threads, steps) in enumerate(lives):
        inputs = nl.Spikes.from_dense(np.random.default_rng(number).random((1, steps, program.n_inputs)) < case.drive)
        simulator = opened(program, threads)
        if state is not None:
            simulator.state = state
        same_recording(reference.run(inputs, carry=True), simulator.run(inputs, carry=True), program)
        state = simulator.state
        same_state(reference.state, state, program, f"part {number}, {threads} threads: ")
        stepper, heard = simulator.stepper(), np.arange(program.n_inputs) < number
        expected = reference.run(nl.Spikes.from_dense(heard[None, None]), carry=True)
        assert np.array_equal(stepper.step(np.flatnonzero(heard).astype(np.int32)), expected.spikes.unit)
        state = stepper.state
        same_state(reference.state, state, program, f"step {number}: ")


@pytest.fixture(scope="module")
def work():
    case = Case(seed=3, n=90, n_inputs=8, steps=40, samples=3, max_delay=6, drive=0.3, refractory=True, adaptive=True)
    return generate.program(case), generate.inputs(case)


@pytest.mark.parametrize("threads", [2, 3, 5, 16])
def test_each_synapse_belongs_to_one_thread(work, threads):
    program, _ = work
    whole, simulator = EmulatorSimulator(program, 1), opened(program, threads)
    shares = simulator._shares
    assert len(shares) == threads and shares[0].first == 0 and shares[-1].last == program.n
    assert all(a.last == b.first for a, b in pairwise(shares))
    counts = [share.heard.target.size + share.sent.target.size for share in shares]
    assert sum(counts) == program.synapses
    assert max(counts) <= 1.5 * program.synapses / threads  # about equal work
    pointers = threads * sum(table.ptr.nbytes for table in whole.static)
    assert simulator.table_bytes <= whole.table_bytes + pointers  # nobody keeps a synapse twice


def test_a_network_that_learns_is_not_shared():
    liquid = nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3), plasticity=nl.STDP(tau_plus=20e-3, tau_minus=20e-3))
    assert not opened(nl.lower(nl.LSM(inputs=2, liquid=liquid, seed=1)).program, 2)._shares


def test_a_small_network_is_not_shared(work):
    assert not divided.is_large(work[0])


@pytest.fixture
def alone(work):
    """Says whether no thread is left that was not there before, after a moment to end."""
    opened(work[0], 3).run(work[1])  # what is compiled once is compiled
    before = set(sys._current_frames())

    def left():
        until = time.monotonic() + 5
        while set(sys._current_frames()) - before and time.monotonic() < until:
            time.sleep(0.01)
        return set(sys._current_frames()) - before

    return lambda: not left()


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("step", [0, 17])
def test_what_fails_on_one_thread_ends_the_others_and_changes_nothing(work, place, step, alone, monkeypatch):
    program, inputs = work
    simulator = opened(program, 3)
    simulator.run(inputs)
    before = simulator.state
    hear = divided.Meeting.hear

    def failing(self, row, here, fired):
        if (row, here) == (step, place):
            raise MemoryError(f"thread {place}")
        return hear(self, row, here, fired)

    monkeypatch.setattr(divided.Meeting, "hear", failing)
    with pytest.raises(MemoryError, match=f"thread {place}"):
        simulator.run(inputs, carry=True)
    assert alone()
    same_state(before, simulator.state, program)
    monkeypatch.undo()
    again = opened(program, 2)
    again.state = before
    same_recording(again.run(inputs, carry=True), simulator.run(inputs, carry=True), program)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer of this kind here")
@pytest.mark.parametrize("after", [0.002, 0.01, 0.05])
def test_an_interrupt_ends_all_threads_and_changes_nothing(work, after, alone):
    program, _ = work
    long = nl.Spikes.from_dense(np.random.default_rng(1).random((1, 20_000, program.n_inputs)) < 0.3)
    simulator = opened(program, 3)
    simulator.run(work[1])
    before = simulator.state

    def interrupt(*_):
        raise KeyboardInterrupt

    handler = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, after)
            simulator.run(long, carry=True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert alone()
    same_state(before, simulator.state, program)
    simulator.run(work[1], carry=True)  # and goes on
