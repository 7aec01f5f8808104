"""Readouts in rows: programs in which a spike delivers a row of weights, drawn to fall on either side of each short cut."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.emulator import EmulatorSimulator
from neurolsm.emulator.plastic_tables import in_rows
from neurolsm.emulator.tables import late_targets
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import LAVA, SYNAPSE, Factor, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("plastic kernel")
LIQUID = 24
# Spans of targets behind the liquid: most sources share the first, so that four of one kind often fire together.
SPANS = ((0, 40), (0, 40), (0, 40), (0, 40), (3, 40), (0, 17), (5, 6), (0, 0))


def projection(name, source, pre, post, weight, delay, sources, sign="mixed", exp=0, rule=None):
    order = np.lexsort((post, pre))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
    return Projection(
        name, source, sign, exp, indptr, post[order].astype(np.int32), weight[order].astype(np.int16), delay[order].astype(np.uint8), rule
    )  # fmt: skip


def drawn(seed, *, inputs, alike, delays, late, used, from_input, reads_weight, small=False):
    """A liquid of 24 neurons and 40 readout neurons behind it, of which the first ``used`` have weights; ``late``: where synapses with a delay end;
    ``small``: the weights fit bytes until something is learned."""
    rng = np.random.default_rng(seed)
    n, sources = LIQUID + 40, inputs if from_input else LIQUID + 40
    spans = [SPANS[0] if alike else SPANS[k] for k in rng.integers(0, len(SPANS), sources)]
    pre = np.concatenate([np.full(b - a, j) for j, (a, b) in enumerate(spans)]).astype(np.int64)
    post = np.concatenate([LIQUID + np.arange(a, b) for a, b in spans]).astype(np.int64)
    wait = (rng.integers(0, delays + 1, sources) * (0 if alike else 1))[pre]
    sign = str(rng.choice(list(WEIGHT_RANGE)))
    low, high = WEIGHT_RANGE[sign]
    weight = rng.integers(low, high + 1, pre.size) & (~1 if sign == "mixed" else ~0)
    if small:
        weight = np.clip(weight, -128, 126)
    weight[post >= LIQUID + used] = 0
    taught = (Product("u", 1, -5, (Factor("x1"), Factor("y2"))),)
    rule = Plasticity(
        dw=(*taught, Product("u", -1, -7, (Factor("w"), Factor("y2")))) if reads_weight else taught, third=("y2",),
        x1=Trace(float(rng.choice([5.0, np.inf])), 60), reset=("x1",) * int(rng.integers(0, 2)), seed=int(rng.integers(1, 99)),
        stream=str(rng.choice([LAVA, SYNAPSE])),
    )  # fmt: skip
    readout = projection(
        "net/readout",
        INPUT if from_input else NEURON,
        pre,
        post,
        weight,
        wait,
        sources,
        sign,
        int(rng.integers(0, 3)),
        rule,
    )
    end = {"liquid": LIQUID, "all": n, "none": 0}[late]
    first, second = np.nonzero(rng.random((inputs, LIQUID)) < 0.5)
    feed = projection(
        "net/feed", INPUT, first, second, rng.integers(20, 90, first.size) & ~1, np.zeros(first.size, int), inputs
    )
    j, i = np.nonzero(rng.random((LIQUID, end)) < 0.3)
    loop = projection("net/loop", NEURON, j, i, rng.integers(-60, 60, j.size) & ~1, rng.integers(0, 6, j.size), n)
    few = rng.random() < 0.5
    neurons = Neurons(
        du=np.where(np.arange(n) < LIQUID, 2000, 4095).astype(np.int32), dv=np.where(np.arange(n) < LIQUID, 300, 0).astype(np.int32),
        vth=np.where(np.arange(n) < LIQUID, 100, 131071 if few else 4000).astype(np.int32), bias_mant=np.zeros(n, np.int32),
        bias_exp=np.zeros(n, np.int32), refractory=(rng.integers(0, 4, n) * (rng.random() < 0.5)).astype(np.int32),
        theta_step=np.zeros(n, np.int32), theta_decay=np.zeros(n, np.int32),
    )  # fmt: skip
    teacher = Modulator("y2", LIQUID, n, "each", 0)
    return Program(
        "loihi2", "loihi", 1e-3, 0, inputs, (Population("net", 0, n),), neurons, (feed, loop, readout), (teacher,)
    )


def episode(seed, program, crowd):
    """Samples of unlike lengths, lessons in some steps, now and then in the first of a sample, some of them of nothing but 0."""
    rng = np.random.default_rng([seed, 1])
    lengths = rng.integers(1, 15, int(rng.integers(1, 4)))
    spikes = Spikes.from_list([rng.random((t, program.n_inputs)) < crowd for t in lengths])
    rows = np.flatnonzero(rng.random(lengths.sum()) < 0.3)
    values = rng.integers(-128, 128, (rows.size, program.n_graded)) * (rng.random((rows.size, 1)) < 0.8)
    values = values * (rng.random(values.shape) < float(rng.choice([0.1, 1.0])))
    return spikes, Graded.build(rows, values, int(lengths.sum()))


programs = st.builds(
    drawn, st.integers(0, 2**20), inputs=st.integers(1, 80), alike=st.booleans(), delays=st.sampled_from([0, 0, 3]),
    late=st.sampled_from(["liquid", "all", "none"]), used=st.sampled_from([0, 7, 40]), from_input=st.booleans(), reads_weight=st.booleans(),
    small=st.booleans(),
)  # fmt: skip
moments = st.lists(
    st.tuples(
        st.integers(0, 2**20), st.sampled_from([0.05, 0.5]), st.booleans(), st.booleans(), st.sampled_from(["kept", "handed", "full", "taught"])
    ), min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(programs, moments)
def test_rows_agree_with_the_reference(program, life):
    """``handed``: the simulator goes on from the reference's state; ``full``: from one in which input is on its way to everyone;
    ``taught``: from one with weights for a target that had none."""
    reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    for seed, crowd, carry, learn, how in life:
        if how != "kept":
            state = reference.state
            if how == "full":
                state.pending[:] = np.random.default_rng(seed).integers(-500, 500, state.pending.shape)
            if how == "taught":
                state.plastic[0].weight[program.plastic[0].post == LIQUID + seed % 40] = (
                    -8 if program.plastic[0].sign_mode == "inhibitory" else 8
                )
            reference.state = emulator.state = state
        spikes, graded = episode(seed, program, crowd)
        same_recording(
            *(s.run(spikes, graded=graded, carry=carry, learn=learn) for s in (reference, emulator)), program
        )
        same_state(reference.state, emulator.state, program)


@settings(max_examples=20, deadline=None)
@given(programs.filter(lambda program: 0 < late_targets(program) < program.n), st.integers(0, 2**20))
def test_input_that_was_set_from_outside_arrives_where_no_synapse_is_late(program, seed):
    reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    state = reference.state
    state.pending[:] = np.random.default_rng(seed).integers(-500, 500, state.pending.shape)
    reference.state = emulator.state = state
    for k in range(2):
        spikes, graded = episode(seed + k, program, 0.1)
        same_recording(*(s.run(spikes, graded=graded, carry=True) for s in (reference, emulator)), program)
        same_state(reference.state, emulator.state, program)


@settings(max_examples=20, deadline=None)
@given(
    programs,
    st.integers(0, 2**20),
    st.sampled_from([copy.deepcopy, lambda simulator: pickle.loads(pickle.dumps(simulator))]),
)
def test_a_copy_of_a_simulator_goes_on_by_itself(program, seed, copied):
    """Both go on from the same state, and neither changes what the other has."""
    one, reference = EmulatorSimulator(program), ReferenceSimulator(program)
    spikes, graded = episode(seed, program, 0.5)
    one.run(spikes, graded=graded)
    other = copied(one)
    before = reference.state = one.state
    one.run(spikes, graded=graded, carry=True)
    reference.run(spikes, graded=graded, carry=True)
    same_state(other.state, before, program)
    other.run(spikes, graded=graded, carry=True)
    for simulator in (one, other):
        same_state(reference.state, simulator.state, program)


def test_what_is_in_rows():
    base = drawn(
        0, inputs=5, alike=True, delays=0, late="liquid", used=40, from_input=True, reads_weight=False
    ).projections[2]
    assert in_rows(base) and base.size == 200
    late, apart = base.delay.copy(), base.post.copy()
    late[40:80] = 3  # all of one source
    assert in_rows(replace(base, delay=late))
    late[41] = 2
    assert not in_rows(replace(base, delay=late))
    apart[199] += 1
    assert not in_rows(replace(base, post=apart))
    ends = base.indptr.copy()
    ends[1] = 20
    assert not in_rows(replace(base, indptr=ends)), "the second source has targets 20 to 39, and then 0 to 39"
    ends = np.array([0, 0, *base.indptr[1:3], *base.indptr[2:], 200])
    assert in_rows(replace(base, indptr=ends)), "the first source has none, nor have the fourth and the last"
