"""Both targets against the NumPy reference, and against traces that a reader can redo with a pencil."""

from __future__ import annotations

import numpy as np
import pytest
from brian2_oracle import RICH, assert_agrees, by_hand, floating, needs_compiler, opened

from neurolsm.conformance.generate import Case
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

pytestmark = pytest.mark.xdist_group("brian2")
TARGETS = [pytest.param("cpp_standalone", marks=needs_compiler), "numpy"]


@pytest.mark.parametrize("seed", range(20))
def test_random_programs_on_numpy(seed: int) -> None:
    assert_agrees(Case.random(seed), "numpy")


# 9: currents that wrap, adaptive, delays to 62. 37: all features. 41: no delay, 17,000 spikes in 63 steps.
# 56: no synapse at all.
@needs_compiler
@pytest.mark.parametrize("seed", [9, 37, 41, 56])
def test_random_programs_on_cpp(seed: int) -> None:
    assert_agrees(Case.random(seed), "cpp_standalone")


@pytest.mark.nightly
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("seed", range(100, 150))
def test_many_random_programs(seed: int, target: str) -> None:
    assert_agrees(Case.random(seed), target)


@pytest.mark.parametrize("target", TARGETS)
def test_float_arithmetic_has_the_rounding_of_the_reference(target: str) -> None:
    assert_agrees(RICH, target, floating(RICH))


@pytest.mark.parametrize("target", TARGETS)
def test_hand_computed_steps(target: str) -> None:
    """Nine neurons, each at one edge. du = 4095 forgets u in one step, dv = 4096 forgets v."""
    program = by_hand(
        {
            #      at the  above  delay refractory lands on 2^23 saturates adapts decays
            "du": [4095, 4095, 4095, 4095, 0, 0, 4095, 4095, 0],
            "dv": [4096, 4096, 4096, 4096, 4096, 4096, 0, 4096, 4096],
            "vth": [10, 9, 9, 1, 131071, 131071, 131071, 1, 131071],
            "bias_mant": [0, 0, 0, 100, 0, 0, 4095, 100, 0],
            "bias_exp": [0, 0, 0, 0, 0, 0, 7, 0, 0],
            "refractory": [0, 0, 0, 2, 0, 0, 0, 0, 0],
            "theta_step": [0, 0, 0, 0, 0, 0, 0, 40, 0],
            "theta_decay": [0, 0, 0, 0, 0, 0, 0, 2048, 0],
        },
        [(0, 10, 0), (1, 10, 0), (2, 10, 62), (4, 64, 0), (5, 65, 0)],
    )
    state = State.rest(program)
    state.u[4:6] = 1 << 23  # decays to 8386560 at step 0 and to 8384512 at step 1, which lacks 64 * 64 to 2^23
    state.u[8] = -2  # decays toward zero: -1, then 0
    raster = np.zeros((1, 64, 1), bool)
    raster[0, 0] = True  # acts at step 1 + delay
    with opened(program, target=target) as simulator:
        simulator.state = state
        found = simulator.run(Spikes.from_dense(raster), carry=True, trace=("u", "v"))
    spikes = found.spikes.dense()[0]
    u, v = found.traces["u"], found.traces["v"]
    fired = [np.flatnonzero(spikes[:, k]).tolist() for k in range(9)]
    assert u[:3, 0].tolist() == [0, 640, 0] and v[:3, 0].tolist() == [0, 640, 0]
    assert fired[0] == []  # 640 is not above 10 * 64
    assert fired[1] == [1] and u[1, 1] == 640 and v[1, 1] == 0  # a spike resets v, not u
    assert fired[2] == [63]
    assert fired[3] == list(range(0, 64, 3))  # two steps of silence after each spike
    assert u[:2, 4].tolist() == [8386560, 1 << 23]  # 2^23 itself stays
    assert u[:2, 5].tolist() == [8386560, (1 << 23) + 64 - (1 << 24)]  # one turn
    assert fired[6] == [16, 33, 50] and v[15, 6] == 16 * 524160  # 17 * 524160 saturates above 131071 * 64
    assert fired[7] == list(range(0, 64, 2))  # threshold 64, 104, 84, 114, 89, 116, ... against 100
    assert u[:3, 8].tolist() == [-1, 0, 0]
