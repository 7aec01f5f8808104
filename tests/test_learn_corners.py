"""Corners of the emulator's fast paths that random programs seldom reach; each test catches a fault that was planted there."""

from dataclasses import replace

import numpy as np
import pytest

from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.emulator import EmulatorSimulator
from neurolsm.program import INPUT, Neurons, Population, Program, Projection
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import Factor, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("plastic kernel")


def net(rule, sources, n, *, sign="excitatory", weight=100, vth=100_000, bias=0, modulators=()):
    """All pairs of channels and neurons; a neuron forgets its input at once."""
    constants = {"du": 4095, "dv": 4096, "vth": vth, "bias_mant": bias}
    neurons = Neurons(
        **{name: np.full(n, constants.get(name, 0), np.int32) for name in Neurons.__dataclass_fields__}
    )  # fmt: skip
    synapses = Projection(
        "net/input", INPUT, sign, 0, np.arange(sources + 1, dtype=np.int64) * n, np.tile(np.arange(n, dtype=np.int32), sources),
        np.full(sources * n, weight, np.int16), np.zeros(sources * n, np.uint8), rule,
    )  # fmt: skip
    return Program("loihi2", "loihi", 1e-3, 0, sources, (Population("net", 0, n),), neurons, (synapses,), modulators)


def agree(program, spikes, graded=None):
    """The weights after the run, in which the emulator and the reference must be alike."""
    reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    expected = reference.run(spikes, graded=graded)
    same_recording(expected, emulator.run(spikes, graded=graded), program)
    same_state(reference.state, emulator.state, program)
    return reference.state.plastic[0].weight.reshape(program.n_inputs, -1)


def crowd(steps, channels, chance=0.5, seed=0):
    return Spikes.from_list([np.random.default_rng(seed).random((steps, channels)) < chance])


RULES = {
    "separable": (Product("u", 7, 1, (Factor("x1"), Factor("y2"))),),
    "reads the weight": (Product("u", 7, 1, (Factor("x1"), Factor("y2"))), Product("x0", 1, -7, (Factor("w"),))),
    "pairs": (Product("x0", 7, 0, (Factor("y1"),)), Product("y0", 1, -3, (Factor("x1"),))),
    "pairs the other way": (Product("x0", -7, 0, (Factor("y1"),)), Product("y0", -1, -3, (Factor("x1"),))),
}


@pytest.mark.parametrize("sign", WEIGHT_RANGE)
@pytest.mark.parametrize("dw", RULES)
def test_weights_stop_at_both_ends_of_their_range(dw, sign):
    third = ("y2",) if "y2" in {f.variable for p in RULES[dw] for f in p.factors} else ()
    rule = Plasticity(dw=RULES[dw], third=third, x1=Trace(20.0, 60), y1=Trace(20.0, 60))
    low, high = WEIGHT_RANGE[sign]
    ends = []
    for value in (-128, 127):
        modulators = (Modulator("y2", 0, 5),) if third else ()
        bias = 4000 if sign == "inhibitory" else 0  # so that the neurons fire now and then
        program = net(rule, 8, 5, sign=sign, weight=low // 2 + high // 2, vth=1, bias=bias, modulators=modulators)
        graded = Graded.build(np.arange(60), np.full((60, 1), value), 60) if third else None
        ends.append(agree(program, crowd(60, 8), graded))
    if third:
        assert (ends[0] == low).any() and (ends[1] == high).any()


@pytest.mark.parametrize("trace", ["x1", "x2"])
def test_a_source_of_which_one_trace_is_left_is_awake(trace):
    """Channel 5 of 200 fires once; four steps later every target is taught, when only the trace that never decays is left."""
    traces = {name: Trace(np.inf if name == trace else 0.0, 40) for name in ("x1", "x2")}
    rule = Plasticity(dw=(Product("u", 1, -3, (Factor(trace), Factor("y2"))),), third=("y2",), **traces)
    program = net(rule, 200, 6, modulators=(Modulator("y2", 0, 6),))
    weight = agree(program, Spikes.from_events([([1], [5])], 6, 200), Graded.build([5], [[100]], 6))
    assert (weight[5] > 100).all() and (np.delete(weight, 5, axis=0) == 100).all()


@pytest.mark.parametrize("decimate", [1, 3])
def test_timed_products_rest_between_their_epochs_while_spikes_are_learned_from(decimate):
    dw = (Product("u", 3, -2, (Factor("x1"),)), Product("x0", -1, 0, (Factor("y1"),)))
    rule = Plasticity(dw=dw, decimate=decimate, x1=Trace(10.0, 40), y1=Trace(10.0, 40))
    assert (agree(net(rule, 70, 5, vth=300), crowd(40, 70, 0.1)) != 100).any()


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("edge", [1 << 17, -(1 << 17), (1 << 17) + 1, 1 - (1 << 17)])
def test_currents_at_the_edge_of_24_bits(edge, alike):
    """64 * 2^17 = 2^23 is the largest current; -2^23 is one too low and turns into it."""
    program = net(Plasticity(), 1, 3)
    if not alike:
        program = replace(program, neurons=replace(program.neurons, du=np.array([4095, 0, 100], np.int32)))
    state = State.rest(program)
    state.pending[0] = edge
    silence = Spikes.from_events([([], [])], 1, 1)
    for learn in (True, False):
        ends = []
        for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
            simulator.state = state
            simulator.run(silence, carry=True, learn=learn)
            ends.append(simulator.state)
        same_state(*ends, program)
    assert (ends[1].u == (1 << 23 if abs(edge) == 1 << 17 else 64 - (1 << 23))).all()


@pytest.mark.parametrize("target", [0, 5, 11])
def test_a_lesson_for_one_target_reaches_it_wherever_it_lies(target):
    rule = Plasticity(dw=(Product("u", 1, -3, (Factor("x1"), Factor("y2"))),), third=("y2",), x1=Trace(np.inf, 40))
    program = net(rule, 70, 12, modulators=(Modulator("y2", 0, 12, "each"),))
    weight = agree(
        program, Spikes.from_events([([1], [5])], 6, 70), Graded.build([5], [100 * (np.arange(12) == target)], 6)
    )
    assert weight[5, target] > 100 and (weight != 100).sum() == 1
