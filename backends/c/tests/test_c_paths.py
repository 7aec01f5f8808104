"""What the C code skips and abbreviates: neurons that rest, rows without tables, lists of spikes that are entered in the middle.

All of it is compiled as for a microcontroller (one loop over the neurons), and each shortcut is planted with a fault, too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from c_oracle import needs_compiler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neurolsm_c import build
from neurolsm_c.design import Design
from neurolsm_c.source import files
from test_c_agreement import STRICT

import neurolsm as nl
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = [needs_compiler, pytest.mark.xdist_group("c")]
INPUTS, LIQUID, COUNTERS = 5, 12, 40
N = LIQUID + COUNTERS


def neurons(rng: np.random.Generator, counters_leak: bool) -> Neurons:
    """A liquid with leaks and biases, and counters without."""
    liquid = np.arange(N) < LIQUID
    zeros = np.zeros(N, np.int32)
    return Neurons(
        du=np.where(liquid, 900, rng.choice([0, 2000, 4095])).astype(np.int32),
        dv=np.where(liquid, rng.choice([100, 4096]), int(counters_leak)).astype(np.int32),
        vth=np.where(liquid, 60, rng.choice([0, 20, 300])).astype(np.int32),
        bias_mant=np.where(liquid, rng.integers(0, 200, N), 0).astype(np.int32), bias_exp=zeros,
        refractory=zeros, theta_step=zeros, theta_decay=zeros,
    )  # fmt: skip


def regular(rng: np.random.Generator, number: int) -> Projection:
    """Every source of a range has the same pattern of counters, moved by a slope."""
    source = INPUT if rng.random() < 0.4 else NEURON
    sources = INPUTS if source == INPUT else N
    first = int(rng.integers(0, min(sources - 1, 14)))
    last = int(rng.integers(first + 1, min(sources, first + 8) + 1))
    slope, fan_out = int(rng.integers(-1, 4)), int(rng.choice([1, 2, 5, 14]))
    room = COUNTERS - abs(slope) * (last - first - 1)
    if rng.random() < 0.5:
        pattern = np.arange(fan_out) + rng.integers(0, room - fan_out + 1)
    else:
        pattern = np.sort(rng.choice(room, fan_out, replace=False))
    pattern = pattern + LIQUID + max(0, -slope) * (last - first - 1)
    post = np.concatenate([pattern + slope * k for k in range(last - first)])
    counts = np.where((np.arange(sources) >= first) & (np.arange(sources) < last), fan_out, 0)
    sign = str(rng.choice(["excitatory", "inhibitory", "mixed"]))
    low, high = {"excitatory": (0, 256), "inhibitory": (-255, 1), "mixed": (-128, 128)}[sign]
    weight = rng.integers(low, high, post.size) if rng.random() < 0.5 else np.full(post.size, high // 2 or -60)
    late = rng.random() < 0.3
    rule = nl.STDP(a_plus=4.0, a_minus=4.0).lower(1e-3) if rng.random() < 0.4 else None
    return Projection(
        f"regular {number}", source, sign, int(rng.integers(0, 4)), np.concatenate([[0], np.cumsum(counts)]), post.astype(np.int32),
        (weight // 2 * 2 if sign == "mixed" else weight).astype(np.int16),
        (rng.integers(0, 4, post.size) if late else np.zeros(post.size)).astype(np.uint8), rule,
    )  # fmt: skip


def irregular(rng: np.random.Generator) -> Projection:
    """From the channels to the liquid."""
    there = rng.random((INPUTS, LIQUID)) < 0.5
    post = np.nonzero(there)[1].astype(np.int32)
    indptr = np.concatenate([[0], np.cumsum(there.sum(1))])
    weight = rng.integers(100, 256, post.size).astype(np.int16)
    return Projection("feed", INPUT, "excitatory", 2, indptr, post, weight, np.zeros(post.size, np.uint8))


def drawn(seed: int) -> tuple[Program, Spikes, State]:
    """A program, two samples, and a state in which counters may lie above their threshold, as a state of elsewhere may."""
    rng = np.random.default_rng(seed)
    projections = (irregular(rng), *(regular(rng, k) for k in range(rng.integers(2, 6))))
    populations = (Population("liquid", 0, LIQUID), Population("counter", LIQUID, N))
    program = Program("loihi2", "loihi", 1e-3, seed, INPUTS, populations, neurons(rng, rng.random() < 0.2), projections)
    state = State.rest(program)
    state.v[:] = rng.integers(-30000, 30000, N)
    state.u[:] = rng.integers(-2000, 2000, N) * (rng.random(N) < 0.3)
    return program, Spikes.from_dense(rng.random((2, 20, INPUTS)) < 0.2), state


def agree(seed: int) -> None:
    program, inputs, state = drawn(seed)
    reference = ReferenceSimulator(program)
    with nl.open_simulator(program, "c") as simulator:
        reference.state, simulator.state = state, state
        for carry in (True, False, True):
            expected = reference.run(inputs, carry=carry, trace=("u", "v"))
            same_recording(expected, simulator.run(inputs, carry=carry, trace=("u", "v")), program)
            same_state(reference.state, simulator.state, program)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_shortcuts_change_no_bit(seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "FLAGS", STRICT)
        agree(seed)


@pytest.mark.parametrize("weight", [np.full(9, 7), np.arange(1, 10)])
def test_all_sources_reach_the_same(weight, monkeypatch):
    """Of the channels, from the first to the last: with equal weights it does not matter which."""
    monkeypatch.setattr(build, "FLAGS", STRICT)
    program, inputs, _ = drawn(0)
    every = Projection(
        "every", INPUT, "excitatory", 3, np.arange(INPUTS + 1) * 3, np.tile([LIQUID, LIQUID + 1, N - 1], INPUTS).astype(np.int32),
        np.resize(weight, 3 * INPUTS).astype(np.int16), np.zeros(3 * INPUTS, np.uint8),
    )  # fmt: skip
    program = replace(program, projections=(*program.projections, every))
    with nl.open_simulator(program, "c") as simulator:
        same_recording(ReferenceSimulator(program).run(inputs), simulator.run(inputs), program)


FAULTS = {
    "a current that is forgotten": ("(a | lsm.u[i]) == 0", "a == 0"),
    "an input that is forgotten": ("(a | lsm.u[i]) == 0", "lsm.u[i] == 0"),
    "the last current of four": (" | lsm.u[i + 3]) == 0", ") == 0"),
    "the last input of four": (" | input[3]", ""),
    "a pair of synapses": ("n & 2u", "n & 4u"),
    "what comes first": ("first = early[source]", "first = early[source] / 2u"),
    "a state that nobody looks at": ("if (lsm.settled)", "if (1)"),
    "the first source": ("return low;", "return low + 1;"),
    "the last source": ("u) break;", "u - 1u) break;"),
    "neurons that rest": ("to[0] ", "to[1] "),
    "a row": ("(source + 1) * ", "source * "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault, monkeypatch):
    right, wrong = FAULTS[fault]
    monkeypatch.setattr(build, "FLAGS", (*STRICT[:2], "-w"))
    monkeypatch.setattr(build, "files", lambda design: {k: v.replace(right, wrong) for k, v in files(design).items()})
    having = [seed for seed in range(40) if right in files(Design(drawn(seed)[0]))["lsm.c"]]
    assert having
    for seed in having[:8]:
        try:
            agree(seed)
        except (AssertionError, nl.errors.BackendFailure):
            return
    pytest.fail(f"{fault} was not found in {having[:8]}")
