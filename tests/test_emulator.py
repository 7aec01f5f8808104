"""The emulator equals the reference in every bit, whatever the program, the workers and the batch."""

import threading
import time
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.conformance.suite.floats import as_float
from neurolsm.emulator import EmulatorBackend, EmulatorSimulator
from neurolsm.emulator.tables import static_tables
from neurolsm.emulator.threads import cores, shared
from neurolsm.errors import InvalidValue
from neurolsm.semantics import ReferenceSimulator

# Simplest values first, so that a failure shrinks to a small and quiet program.
cases = st.builds(
    Case,
    seed=st.integers(0, 2**20),
    n=st.integers(1, 40),
    n_inputs=st.integers(1, 12),
    steps=st.integers(1, 40),
    samples=st.integers(1, 4),
    max_delay=st.integers(0, 62),
    density=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    drive=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    regime=st.sampled_from(["normal", "wrap", "saturate", "silent"]),
    refractory=st.booleans(),
    adaptive=st.booleans(),
)


def agree(program, inputs, carry=False):
    reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    expected = reference.run(inputs, carry=carry, trace=("u", "v"))
    got = emulator.run(inputs, carry=carry, trace=("u", "v"))
    same_recording(expected, got, program)
    same_state(reference.state, emulator.state, program)
    return expected, got


@settings(max_examples=150)
@given(cases, st.booleans())
def test_random_programs(case, carry):
    expected, got = agree(generate.program(case), generate.inputs(case), carry)
    for name in ("u", "v"):
        assert np.array_equal(expected.traces[name], got.traces[name])


@settings(max_examples=40)
@given(cases, st.integers(0, 99))
def test_random_programs_in_float(case, seed):
    agree(as_float(generate.program(case), seed), generate.inputs(case))


@settings(max_examples=40)
@given(cases, cases)
def test_from_any_state(case, other):
    """A state that no run of this program would reach: refractory and adaptive neurons in a program without either."""
    program, inputs = generate.program(case), generate.inputs(case)
    rng = np.random.default_rng(other.seed)
    state = nl.State.rest(program)
    state.u[:] = rng.integers(-(2**23) + 1, 2**23 + 1, program.n)
    state.v[:] = rng.integers(-(2**23) + 1, 2**23, program.n)
    state.refractory[:] = rng.integers(0, 64, program.n) * other.refractory
    state.theta[:] = rng.integers(0, 2**23, program.n) * other.adaptive
    state.pending[:] = rng.integers(-(2**17) + 1, 2**17, state.pending.shape) >> 1
    results = []
    for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
        simulator.state = state
        results.append((simulator.run(inputs, carry=True), simulator.state))
    # Inputs that were on their way add to new ones, so the bound on the summed input must be kept.
    load = np.abs(state.pending).max() + max(_load(program))
    if load < generate.CURRENT_LIMIT:
        same_recording(results[0][0], results[1][0], program)
        same_state(results[0][1], results[1][1], program)


def _load(program):
    load = np.zeros(program.n, np.int64)
    for p in program.projections:
        np.add.at(load, p.post, np.abs(p.effective))
    return load


@pytest.mark.parametrize("arithmetic", ["loihi", "float"])
def test_described_networks(lsm, arithmetic):
    rng = np.random.default_rng(0)
    inputs = nl.Spikes.from_list([rng.random((steps, 6)) < 0.4 for steps in (60, 1, 0, 33)])
    expected, _ = agree(nl.lower(lsm, arithmetic=arithmetic).program, inputs)
    assert expected.spikes.count > 100


def test_without_any_synapse():
    program = nl.lower(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=3, density=0), neuron=nl.LIF(v_leak=2.0), input=nl.RandomMap(density=0)))).program  # fmt: skip
    assert program.synapses == 0
    expected, _ = agree(program, nl.Spikes.from_dense(np.ones((2, 200, 2))))
    assert expected.spikes.count > 0


@pytest.fixture(scope="module")
def batch():
    case = Case(seed=3, n=30, n_inputs=8, steps=25, samples=23, max_delay=9, drive=0.3, refractory=True, adaptive=True)
    return generate.program(case), generate.inputs(case)


@pytest.mark.parametrize("samples", [0, 1, 2, 7, 23])
def test_the_number_of_workers_changes_nothing(batch, samples, monkeypatch):
    monkeypatch.setattr("neurolsm.emulator.simulator.cores", lambda: 16)
    program, inputs = batch[0], batch[1][:samples]
    reference = ReferenceSimulator(program)
    expected = reference.run(inputs)
    for workers in (1, 2, 3, 16):
        simulator = EmulatorSimulator(program, workers)
        got = simulator.run(inputs, trace=("v",))
        same_recording(expected, got, program, f"{workers} workers: ")
        same_state(reference.state, simulator.state, program, f"{workers} workers: ")
        assert got.info["workers"] == workers


def test_a_run_many_times_is_the_same_run(batch):
    program, inputs = batch
    simulator = EmulatorSimulator(program)
    first = simulator.run(inputs)
    for _ in range(20):
        same_recording(first, simulator.run(inputs), program)


def test_what_fails_on_another_thread_is_raised_and_ends_the_others():
    begun, both = [], threading.Barrier(2, timeout=10)

    def job(number):
        begun.append(number)
        if number < 2:
            both.wait()  # each thread has one
        if number == 1:
            raise ValueError("job 1")
        time.sleep(0.05)
        return number

    with pytest.raises(ValueError, match="job 1"):
        shared([partial(job, number) for number in range(50)], 2)
    assert len(begun) < 10
    assert shared([partial(int, k) for k in range(7)], 3) == list(range(7))


@pytest.mark.parametrize("workers", [0, -1, cores() + 1, 1.5, True, "2", np.nan])
def test_bad_workers(batch, workers):
    with pytest.raises(
        InvalidValue, match=rf"EmulatorSimulator\.workers = .*: must be a whole number from 1 to {cores()}"
    ):
        nl.open_simulator(batch[0], "emulator", workers=workers)


def test_workers_default_to_the_cores(batch):
    assert EmulatorSimulator(batch[0]).workers == cores() >= 1
    assert EmulatorBackend.open(batch[0], workers=1).workers == 1


def test_a_state_of_another_program_is_refused(batch):
    simulator = EmulatorSimulator(batch[0])
    for other in (replace(Case(seed=3, n=30, max_delay=9), n=29), Case(seed=3, n=30, max_delay=8)):
        with pytest.raises(InvalidValue, match=r"State\.\w+ = .*Take the state from a simulator of the same program"):
            simulator.state = nl.State.rest(generate.program(other))
    with pytest.raises(InvalidValue, match=r"State\.\w+"):
        simulator.state = nl.State.rest(as_float(batch[0], 0))


def test_tables_hold_every_synapse_once(batch):
    program, _ = batch
    for table, source in zip(static_tables(program), ("input", "neuron"), strict=True):
        found = []
        for j in range(table.ptr.size - 1):
            for k in range(int(table.ptr[j]), int(table.ptr[j + 1])):
                delay, post = divmod(int(table.target[k]), program.n)
                found.append((j, post, delay, int(table.weight[k])))
        wanted = [
            (int(pre), int(post), int(delay), int(w))
            for p in program.projections
            if p.source == source
            for pre, post, delay, w in zip(p.pre, p.post, p.delay, p.effective, strict=True)
        ]
        assert sorted(found) == sorted(wanted)


def test_inputs_and_program_are_left_alone(batch):
    program, inputs = batch
    before = {f.name: np.copy(getattr(inputs, f.name)) for f in fields(inputs)}
    sha256 = replace(program).sha256
    EmulatorSimulator(program).run(inputs)
    assert all(np.array_equal(getattr(inputs, name), value) for name, value in before.items())
    assert replace(program).sha256 == sha256


@pytest.mark.nightly
@settings(max_examples=3000)
@given(cases, st.booleans())
def test_many_random_programs(case, carry):
    agree(generate.program(case), generate.inputs(case), carry)
