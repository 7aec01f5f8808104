"""Programs that learn, of spans of alike neurons: drawn to be short and long, silent and loud, held and adapting."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rows import projection

from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.emulator import EmulatorSimulator, spans
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program
from neurolsm.program.plasticity import Factor, Intrinsic, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("plastic kernel")
INPUTS = 12
DECAYS = ((4095, 0), (4095, 0), (4095, 4095), (4095, 300), (409, 0), (None, None))  # None: each neuron has its own


def drawn(seed, *, held, adapts, loud, moves):
    """Up to six spans; few neurons hear anything, some have a bias. ``moves``: intrinsic plasticity gives others one, too."""
    rng = np.random.default_rng(seed)
    lengths = rng.choice([1, 5, 63, 64, 65, 130, 200], int(rng.integers(1, 7)))
    n = int(lengths.sum())
    decays = [DECAYS[k] for k in rng.integers(0, len(DECAYS), lengths.size)]
    du, dv = (
        np.concatenate([rng.integers(0, 4096, size) if one[k] is None else np.full(size, one[k]) for one, size in zip(decays, lengths, strict=True)])
        for k in (0, 1)
    )  # fmt: skip
    some = lambda share, values: np.where(rng.random(n) < share, values, 0).astype(np.int32)  # noqa: E731
    neurons = Neurons(
        du=du.astype(np.int32), dv=dv.astype(np.int32), vth=rng.choice([0, 30, 5000, 131071], n).astype(np.int32),
        bias_mant=some(0.01, rng.integers(-90, 90, n)), bias_exp=np.full(n, 2, np.int32),
        refractory=some(0.5 * held, rng.integers(1, 64, n)), theta_step=some(0.1 * adapts, 900), theta_decay=some(0.5, 600),
    )  # fmt: skip
    first, second = np.nonzero(rng.random((INPUTS, n)) < (0.5 if loud else 0.02))
    feed = projection(
        "net/feed", INPUT, first, second, rng.integers(-127, 127, first.size) * 2, np.zeros(first.size, int), INPUTS,
        exp=6 if loud else 0,
    )  # fmt: skip
    j, i = np.nonzero(rng.random((n, n)) < 1 / n)
    rule = Plasticity(dw=(Product("x0", 1, -2, (Factor("y1"),)),), y1=Trace(5.0, 60), seed=3)
    loop = projection(
        "net/loop", NEURON, j, i, rng.integers(-100, 100, j.size) & ~1, rng.integers(0, 4, j.size), n, rule=rule
    )
    intrinsic = (Intrinsic(0, n, 4, 0, 8, bias_limits=(-100, 100)),) if moves else ()
    return Program("loihi2", "loihi", 1e-3, 0, INPUTS, (Population("net", 0, n),), neurons, (feed, loop), (), intrinsic)


programs = st.builds(
    drawn, st.integers(0, 2**20), held=st.booleans(), adapts=st.booleans(), loud=st.booleans(), moves=st.booleans()
)
moments = st.lists(
    st.tuples(st.integers(0, 2**20), st.booleans(), st.sampled_from(["kept", "held", "lifted", "bright"])), min_size=1, max_size=3
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(programs, moments, st.sampled_from([1, 64, 1000]))
def test_spans_agree_with_the_reference(program, life, short):
    """``held``, ``lifted``: the run goes on from a state in which neurons are refractory, or thresholds have adapted; ``bright``: with voltages."""
    with mock.patch.object(spans, "SHORT", short):
        reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    for seed, carry, how in life:
        rng, n = np.random.default_rng(seed), program.n
        state = reference.state
        if how == "held":
            state.refractory[:] = rng.integers(0, 64, n) * (rng.random(n) < 0.1)
        if how == "lifted":
            state.theta[:] = rng.integers(0, 9000, n) * (rng.random(n) < 0.1)
        if how == "bright":
            state.v[:] = rng.integers(1 - (1 << 23), 1 << 23, n)
        if how != "kept":
            reference.state = emulator.state = state
        steps = rng.integers(1, 30, int(rng.integers(1, 3)))
        inputs = Spikes.from_list([rng.random((t, INPUTS)) < rng.choice([0.02, 0.4]) for t in steps])
        same_recording(*(s.run(inputs, carry=carry, trace=["u", "v"]) for s in (reference, emulator)), program)
        same_state(reference.state, emulator.state, program)


def test_what_is_a_span():
    du, dv = (
        np.repeat([409, 4095, 4095, 1, 2, 7], [100, 70, 80, 1, 2, 90]),
        np.repeat([0, 0, 9, 0, 0, 0], [100, 70, 80, 1, 2, 90]),
    )
    assert spans.spans_of(du, dv).tolist() == [
        [0, 100, spans.ALIKE], [100, 170, spans.BRIEF], [170, 250, spans.BRIEF], [250, 253, spans.MIXED], [253, 343, spans.ALIKE],
    ]  # fmt: skip
    assert spans.spans_of(du[:3], dv[:3]).tolist() == [[0, 3, spans.ALIKE]], "there is no other"
