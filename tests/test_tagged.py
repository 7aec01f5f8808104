"""Rules that write tags or read weights and tags, in rows that are longer than the emulator changes at a time, against the reference."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_learn_corners import net

from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.emulator import EmulatorSimulator, learners
from neurolsm.emulator.codes import ROW
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import LAVA, SYNAPSE, TRACES, WIDTHS, Factor, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("plastic kernel")
KINDS = tuple(learners.KINDS)
STEPS = 12

constants = st.one_of(st.just(0), st.integers(-9, 9), st.integers(-256, 255))
factors = st.builds(Factor, st.sampled_from(list(WIDTHS)), constants, st.booleans())
traces = st.builds(Trace, st.sampled_from([0.0, 3.0, 20.0, np.inf]), st.integers(0, 127))


def rules_of(most):
    """Rules whose products have at most so many factors: of two, 32 bits hold every one; of five, seldom."""
    products = st.builds(
        Product, st.sampled_from(["x0", "y0", "u"]), st.integers(-8, 7), st.integers(-7, 8), st.lists(factors, max_size=most).map(tuple)
    )  # fmt: skip
    series = st.lists(products, max_size=3).map(tuple)
    return st.builds(
        Plasticity, dw=series, dt=series, dd=series, decimate=st.integers(0, 3), stream=st.sampled_from([LAVA, SYNAPSE]),
        third=st.sampled_from([(), ("y2",), ("y1", "y3")]), seed=st.integers(1, 99), **dict.fromkeys(TRACES, traces),
    )  # fmt: skip


rules = st.one_of(rules_of(2), rules_of(2), rules_of(5))
# Rows that end before, at and after the end of a block, whole lists of sources too.
shapes = st.sampled_from([(3, 5), (70, 9), (1, ROW), (2, ROW + 1), (ROW + 3, 2), (2 * ROW, 1)])


def kind(program):
    """The way in which the emulator learns the one rule of a program."""
    (table,) = EmulatorSimulator(program).learned.new(State.rest(program), 1)
    return learners.kind(table)


def drawn(program, seed):
    """A state at some step, in which synapses have tags already, of which some lie below the accumulator in every second state."""
    rng, state = np.random.default_rng(seed), State.rest(program)
    state.clock = int(rng.integers(1 << 16))  # the streams of random numbers go by it
    memory = state.plastic[0]
    memory.tag1[:] = rng.integers(-256, 256, memory.tag1.size)
    if seed % 2:
        memory.tag1[rng.random(memory.tag1.size) < 0.2] = -257
    memory.tag2[:] = rng.integers(0, 256, memory.tag2.size)
    return state


def agree(rule, shape, sign, seed, busy, clock=None):
    modulators = tuple(Modulator(name, 0, shape[1], ("direct", "each")[k % 2], k) for k, name in enumerate(rule.third))
    weight = {"excitatory": seed % 3 * 90, "inhibitory": -(seed % 3) * 90, "mixed": seed % 200 - 100}[sign]
    program = net(rule, *shape, sign=sign, weight=weight, vth=3, bias=60, modulators=modulators)
    rng = np.random.default_rng(seed)
    spikes = Spikes.from_list([rng.random((STEPS, shape[0])) < busy])
    lessons = np.sort(rng.choice(STEPS, 4, replace=False))
    graded = Graded.build(
        lessons, rng.integers(-128, 128, (4, program.n_graded)) * (rng.random((4, program.n_graded)) < 0.6), STEPS
    )
    ends, state = [], drawn(program, seed)
    state.clock = state.clock if clock is None else clock
    for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
        simulator.state = state
        ends.append((simulator.run(spikes, graded=graded if rule.third else None, carry=True), simulator.state))
    same_recording(ends[0][0], ends[1][0], program)
    same_state(ends[0][1], ends[1][1], program)
    return program


lives = given(
    rules, shapes, st.sampled_from(["excitatory", "inhibitory", "mixed"]), st.integers(0, 1 << 20), st.sampled_from([0.02, 0.3, 0.9])
)  # fmt: skip


@settings(max_examples=150)
@lives
def test_any_rule_of_one_step_agrees_with_the_reference(rule, shape, sign, seed, busy):
    agree(rule, shape, sign, seed, busy)


@pytest.mark.nightly
@settings(max_examples=5000)
@lives
def test_thousands_of_rules_of_one_step_agree_with_the_reference(rule, shape, sign, seed, busy):
    agree(rule, shape, sign, seed, busy)


FADES = Product("u", -1, -5, (Factor("t"),))
WRITES = (Product("x0", -1, -2, (Factor("y1"),)), Product("y0", 1, -2, (Factor("x1"),)))
PAYS = (Product("u", 4, -7, (Factor("t"), Factor("y2"))),)


@pytest.mark.parametrize(
    "rule, expected",
    [
        (Plasticity(dt=(*WRITES, FADES), dw=PAYS, third=("y2",)), "tagged"),
        (Plasticity(dw=(Product("u", 1, 0, (Factor("w"),)),)), "tagged"),
        (Plasticity(dw=(Product("u", 1, 0, (Factor("w"), Factor("t"), Factor("d"))),)), "tagged"),  # 31 bits
        (Plasticity(dw=(Product("u", 1, 0, (Factor("w"), Factor("t"), Factor("w"), Factor("y0"))),)), "general"),  # 32
        (Plasticity(dt=(FADES,), t_epoch=2), "general"),
        (Plasticity(dw=(Product("x0", 1, 0, (Factor("y1"), Factor("y2"))),), third=("y2",)), "separable"),
        (Plasticity(dw=WRITES), "pairs"),
    ],
)
def test_each_rule_has_its_way(rule, expected):
    rule = replace(rule, x1=Trace(20.0, 16), y1=Trace(20.0, 16))
    modulators = (Modulator("y2", 0, 3),) if rule.third else ()
    assert kind(net(rule, 2, 3, modulators=modulators)) == expected


def test_the_widest_products_that_32_bits_hold():
    """-8 (-512) 512 (-512): 2^30, before the shift."""
    widest = Product("u", -8, 8, (Factor("w", -256), Factor("t", 255), Factor("d", -256)))
    assert widest.bits == 31
    rule = Plasticity(dw=(widest,), dt=(widest,), dd=(widest,))
    for sign in ("excitatory", "inhibitory", "mixed"):
        assert kind(agree(rule, (3, 40), sign, 7, 0.3)) == "tagged"


@pytest.mark.parametrize("fires", [(), (2,)])
def test_a_product_of_nothing_clips_a_tag_below_the_accumulator(fires):
    """-257 * 128 = -32896 is clipped to -32769 by the product that comes first and is 0, before the second adds 128."""
    rule = Plasticity(dt=(Product("x0", 1, 0, ()), Product("u", 1, 0, ())))
    program, ends = net(rule, 3, 5), []
    state = State.rest(program)
    state.plastic[0].tag1[:] = -257
    for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
        simulator.state = state
        simulator.run(Spikes.from_events([([0] * len(fires), fires)], 1, 3), carry=True)
        ends.append(simulator.state)
    same_state(*ends, program)
    silent = ends[0].plastic[0].tag1.reshape(3, 5)[:2]
    assert kind(program) == "tagged" and (silent == (-32769 + 128 + 128) // 128).all()


def test_a_tag_that_stays_below_the_accumulator_is_visited_again():
    """Of -32769 one in 128 is rounded down, to -257; nothing fires, and the next step clips and rounds it once more."""
    rule = Plasticity(dt=(Product("x0", 1, 0, ()),), stream=SYNAPSE)
    program = net(rule, 2, 2 * ROW)
    low = []
    for steps in (1, 3):
        state, ends = State.rest(program), []
        state.plastic[0].tag1[:] = -257
        for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
            simulator.state = state
            simulator.run(Spikes.from_events([([], [])], steps, 2), carry=True)
            ends.append(simulator.state)
        same_state(*ends, program)
        low.append((ends[0].plastic[0].tag1 == -257).sum())
    assert kind(program) == "tagged" and low[0] > low[1] == 0
