"""Rules of eligibility take a way of their own in the emulator; what they do is what the reference does, to the bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_tagged import STEPS, agree, drawn, shapes

from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.emulator import EmulatorSimulator
from neurolsm.emulator.eligible import eligible
from neurolsm.learn.rules import RewardSTDP
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import SYNAPSE, TRACES, Factor, Modulator, Plasticity, Product, Trace
from neurolsm.program.streams import round_up_at
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("plastic kernel")
constants = st.one_of(st.just(0), st.integers(-200, 200))
mantissas, exponents = st.integers(-8, 7), st.integers(-7, 3)
traces = st.builds(Trace, st.sampled_from([0.0, 3.0, 20.0, np.inf]), st.integers(0, 127))


def written(dependency, names):
    factor = st.builds(Factor, st.sampled_from(names), constants)
    return st.builds(Product, st.just(dependency), mantissas, exponents, factor.map(lambda f: (f,)))


# Tags reach both of their ends where much is written and little fades.
fading = st.builds(
    Product, st.just("u"), st.integers(-8, 0), st.integers(-7, -1), st.just((Factor("t"),))
)  # fmt: skip
paying = st.builds(
    Product, st.just("u"), mantissas, exponents, st.sampled_from([(Factor("t"), Factor("y2")), (Factor("y2"), Factor("t"))])
)  # fmt: skip


@st.composite
def rules(draw):
    parts = [draw(written("x0", ["y1", "y3"])), draw(written("y0", ["x1", "x2"])), draw(fading)]
    kept = draw(st.sets(st.integers(0, 2), min_size=1))
    rule = Plasticity(
        dw=(draw(paying),), dt=tuple(p for k, p in enumerate(parts) if k in kept), decimate=draw(st.integers(0, 3)), third=("y2",),
        seed=draw(st.integers(1, 999)), **{name: draw(traces) for name in TRACES},
    )  # fmt: skip
    return rule


signs, seeds, loads = (
    st.sampled_from(["excitatory", "inhibitory", "mixed"]),
    st.integers(0, 1 << 20),
    st.sampled_from([0.02, 0.3, 0.9]),
)


@settings(max_examples=120)
@given(rules(), shapes, signs, seeds, loads)
def test_rules_of_eligibility_agree_with_the_reference(rule, shape, sign, seed, busy):
    agree(rule, shape, sign, seed, busy)


@pytest.mark.nightly
@settings(max_examples=4000)
@given(rules(), shapes, signs, seeds, loads)
def test_thousands_of_rules_of_eligibility_agree_with_the_reference(rule, shape, sign, seed, busy):
    agree(rule, shape, sign, seed, busy)


@settings(max_examples=60)
@given(rules(), st.integers(0, 40), st.integers(0, 1 << 20))
def test_they_agree_in_recurrent_networks_with_delays(rule, case, seed):
    in_a_network(rule, case, seed)


@pytest.mark.nightly
@settings(max_examples=1500)
@given(rules(), st.integers(0, 400), st.integers(0, 1 << 20))
def test_they_agree_in_many_recurrent_networks(rule, case, seed):
    in_a_network(rule, case, seed)


def in_a_network(rule, case, seed):
    """The rule on every projection of a random program, from a state with tags, in runs of several samples."""
    story = plastic_case(case)
    base = plastic_program(story)
    ruled = tuple(replace(p, plasticity=rule) for p in base.projections)
    program = replace(base, projections=ruled, modulators=(Modulator("y2", 0, base.n, "each"),), intrinsic=())
    spikes, _ = plastic_inputs(story, base)
    rows, rng = spikes.indptr.size - 1, np.random.default_rng(seed)
    at = np.flatnonzero(rng.random(rows) < 0.4)
    graded = Graded.build(at, rng.integers(-128, 128, (at.size, base.n)) * (rng.random((at.size, 1)) < 0.7), rows)
    ends, start = [], drawn(program, seed)
    for simulator in (ReferenceSimulator(program), EmulatorSimulator(program)):
        simulator.state = start
        ends.append((simulator.run(spikes, graded=graded, carry=bool(seed % 2)), simulator.state))
    same_recording(ends[0][0], ends[1][0], program)
    same_state(ends[0][1], ends[1][1], program)


def test_most_drawn_rules_take_the_way_of_their_own():
    seen = []

    @settings(max_examples=100, database=None, derandomize=True)
    @given(rules())
    def look(rule):
        seen.append(bool(eligible(rule).size))

    look()
    assert sum(seen) > 60


WRITES = (Product("x0", -1, -2, (Factor("y1"),)), Product("y0", 1, -2, (Factor("x1"),)))
FADES = Product("u", -1, -5, (Factor("t"),))
PAYS = (Product("u", 4, -7, (Factor("t"), Factor("y2"))),)
RULE = Plasticity(dw=PAYS, dt=(*WRITES, FADES), third=("y2",))


@pytest.mark.parametrize(
    "rule, places",
    [
        (RewardSTDP().lower(1e-3), [1, 2, 3, 1]),
        (RewardSTDP(tau_eligibility=np.inf).lower(1e-3), [1, 2, -1, 1]),
        (RewardSTDP(a_plus=0.0).lower(1e-3), [1, -1, 2, 1]),
        (RewardSTDP(stream=SYNAPSE).lower(1e-3), []),  # synapses round up at numbers of their own
        (replace(RULE, dt=(WRITES[1], WRITES[0], FADES)), []),  # the order of products is that of the accumulator
        (replace(RULE, dt=(FADES, *WRITES)), []),
        (replace(RULE, dt=(*WRITES, replace(FADES, mantissa=1))), []),  # tags that grow reach their limits
        (replace(RULE, dt=(*WRITES, replace(FADES, mantissa=-8, exponent=-2))), []),  # 16 bits do not hold 256 * 256
        (replace(RULE, dt=(*WRITES, replace(FADES, factors=(Factor("t", 1),)))), []),
        (replace(RULE, dt=(*WRITES, replace(FADES, factors=(Factor("t", 0, True),)))), []),
        (replace(RULE, dt=(replace(WRITES[0], factors=(Factor("y2"),)), WRITES[1], FADES)), []),
        (replace(RULE, dw=(replace(PAYS[0], factors=(Factor("t"), Factor("y2", 1))),)), []),
        (replace(RULE, dw=(replace(PAYS[0], factors=(Factor("t"), Factor("y1"))),)), []),
        (replace(RULE, dw=(replace(PAYS[0], dependency="y0"),)), []),
        (replace(RULE, dd=(FADES,)), []),
    ],
)
def test_which_rules_are_of_eligibility(rule, places):
    assert eligible(rule).tolist() == places


@pytest.mark.parametrize("mantissa", [7, -8])
def test_tags_at_both_ends_of_the_accumulator(mantissa):
    """Each pair writes as much as it can. Where the last step rounds up at 128, what lies below every tag stays there."""
    dt = tuple(replace(p, mantissa=mantissa, exponent=3) for p in WRITES)
    rule = replace(RULE, dt=(*dt, FADES), decimate=1, x1=Trace(np.inf, 127), y1=Trace(np.inf, 127))
    assert eligible(rule).size
    steps = round_up_at(rule, 0, 4000)
    last = np.flatnonzero(steps[STEPS:] == 128) + 1  # after so many steps, the last of ``STEPS`` is such a one
    assert last.size > 10 and round_up_at(rule, last[0], STEPS)[-1] == 128
    for clock in last[:10]:
        agree(rule, (9, 7), "mixed", 2 * int(clock), 0.9, int(clock))
