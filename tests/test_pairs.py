"""Rules of pairs of spikes have a loop of their own: it equals the reference where weights hit limits and spikes coincide."""

from dataclasses import replace

import numpy as np
import pytest

from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.conformance.suite.agreement import same_recording, same_state
from neurolsm.emulator import EmulatorSimulator, pair_tables
from neurolsm.emulator.pairs import TIMES
from neurolsm.learn.rules import STDP, TripletSTDP
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.plasticity import Factor, Product
from neurolsm.semantics import ReferenceSimulator

SLOW, FAST = STDP(a_plus=0.25, a_minus=0.5), STDP(a_plus=64.0, a_minus=64.0, impulse=64, tau_plus=0.1, tau_minus=5e-3)


def learning(case, rule):
    program = generate.program(case)
    return replace(program, projections=tuple(replace(p, plasticity=rule) for p in program.projections))


def agree(program, inputs):
    reference, emulator = ReferenceSimulator(program), EmulatorSimulator(program)
    for carry in (False, True):
        same_recording(reference.run(inputs, carry=carry), emulator.run(inputs, carry=carry), program)
        same_state(reference.state, emulator.state, program)
    moved = [(s.weight != p.weight).mean() for p, s in zip(program.plastic, emulator.state.plastic, strict=True)]
    return emulator.state, np.mean(moved)


def is_pair(program):
    return [pair_tables.is_pair(p.plasticity) for p in program.plastic]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rule", [SLOW, FAST, replace(FAST, a_plus=0.0), replace(FAST, a_minus=0.0)])
def test_weights_equal_the_reference(seed, rule):
    """Dense and driven hard, so that many sources and targets fire in one step; the fast rule reaches both limits."""
    case = Case(seed=seed, n=40 + 7 * seed, steps=30, density=0.5, drive=0.4, max_delay=seed, refractory=seed % 2 == 0)
    program = learning(case, rule.lower(1e-3))
    assert all(is_pair(program))
    _, moved = agree(program, generate.inputs(case))
    assert moved > 0.003


def test_the_fast_rule_reaches_both_limits():
    """Of every sign mode, over the seeds above."""
    reached = set()
    for seed in range(6):
        case = Case(seed=seed, n=40 + 7 * seed, steps=30, density=0.5, drive=0.4, max_delay=seed)
        program = learning(case, FAST.lower(1e-3))
        emulator = EmulatorSimulator(program)
        emulator.run(generate.inputs(case))
        for p, s in zip(program.plastic, emulator.state.plastic, strict=True):
            reached |= {(p.sign_mode, k) for k, end in enumerate(WEIGHT_RANGE[p.sign_mode]) if (s.weight == end).any()}
    assert {(mode, k) for mode, _ in reached for k in (0, 1)} == reached, reached


def test_products_meet_in_the_order_of_the_rule():
    """At the upper limit the order shows: +, then - differs from -, then + because the accumulator is clipped between."""
    ends = []
    for turn in (1, -1):
        rule = FAST.lower(1e-3)
        case = Case(seed=3, n=30, steps=25, density=0.8, drive=0.5, regime="saturate", max_delay=2)
        state, _ = agree(learning(case, replace(rule, dw=rule.dw[::turn])), generate.inputs(case))
        ends.append(np.concatenate([s.weight for s in state.plastic]))
    assert (ends[0] != ends[1]).any()


@pytest.mark.parametrize("a_plus, a_minus", [(0.25, 0.25), (6.0, 0.0), (0.0, 2.0)])
def test_weights_wait_longer_than_a_word_remembers(a_plus, a_minus):
    """Sources that are silent while their targets fire on and on, and weights that never reach a limit within a wait."""
    rule = STDP(a_plus=a_plus, a_minus=a_minus, tau_plus=0.2, tau_minus=0.2).lower(1e-3)
    case = Case(seed=4, n=30, steps=300, density=0.5, drive=0.008, regime="saturate", max_delay=3)
    program, spikes = learning(case, rule), generate.inputs(case)
    rows = np.flatnonzero(np.concatenate(spikes.to_list())[:, 0])
    assert np.diff(rows).max() > 2 * TIMES
    _, moved = agree(program, spikes)
    assert moved > 0.3


def test_targets_of_32_bits():
    """More rows than 16 bits can number."""
    case = Case(seed=1, n=1100, steps=40, samples=1, density=0.05, drive=0.5, max_delay=62)
    program = learning(case, FAST.lower(1e-3))
    assert (program.max_delay + 1) * program.n > 1 << 16
    assert pair_tables.PairLayout(program.plastic[0], program).target.size == 0
    _, moved = agree(program, generate.inputs(case))
    assert moved > 0.1


@pytest.mark.parametrize(
    "rule",
    [
        STDP(multiplicative=True).lower(1e-3),
        STDP(stream="synapse").lower(1e-3),
        TripletSTDP().lower(1e-3),
        STDP(a_plus=64.0, a_minus=80.0).lower(1e-3),  # more than a word of a target holds
        replace(SLOW.lower(1e-3), t_epoch=2),
        replace(SLOW.lower(1e-3), dt=(Product("x0", 1, 0, (Factor("y1"),)),)),
        replace(SLOW.lower(1e-3), dw=(Product("x0", 1, 0, (Factor("x1"),)),)),
    ],
)
def test_other_rules_go_the_general_way(rule):
    case = Case(seed=2, n=20, steps=20, density=0.5, drive=0.4)
    program = learning(case, rule)
    assert not any(is_pair(program))
    agree(program, generate.inputs(case))
