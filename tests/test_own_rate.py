"""Own-rate homeostasis by hand: what is counted, when, and by how much a threshold moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.program import Neurons, Population, Program
from neurolsm.program.plasticity import Intrinsic
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

BACKENDS = ("reference", "emulator")


def driven(rule: Intrinsic, bias: int) -> Program:
    """A neuron that keeps nothing from step to step: it spikes in each step in which its bias is above its threshold * 64."""
    constants = {"du": 4095, "dv": 4095, "vth": 10, "bias_mant": bias, "bias_exp": 0}
    neurons = Neurons(**{name: np.full(1, constants.get(name, 0), np.int32) for name in Neurons.__dataclass_fields__})
    return Program("loihi2", "loihi", 1e-3, 0, 1, (Population("net", 0, 1),), neurons, (), (), (rule,))


def after(backend: str, program: Program, steps: int, start: dict[str, int] | None = None) -> dict[str, int]:
    with nl.open_simulator(program, backend) as simulator:
        state = simulator.state
        for name, value in (start or {}).items():
            getattr(state, name)[:] = value
        simulator.state = state
        simulator.run(Spikes.from_dense(np.zeros((1, steps, 1))))
        return {
            name: int(getattr(simulator.state, name)[0]) for name in ("own", "calibrated", "count", "vth", "bias_mant")
        }


RULE = Intrinsic(0, 1, period=4, target=0, vth_step=100, bias_step=7, calibration=3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_periods_only_count(backend: str) -> None:
    """A neuron that spikes in every step: 4 spikes in each of 3 periods, and one more step of the next."""
    found = after(backend, driven(RULE, bias=700), steps=13)
    assert found == {"own": 12, "calibrated": 3, "count": 1, "vth": 10, "bias_mant": 700}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("bias", "own", "excess", "unit"), [
    (700, 12, 0, 12),  # its own rate: it stays
    (700, 8, 4, 8),  # 12 - 8 = 4 eighths
    (700, 5, 5, 5),  # 7 fifths, of which one unit counts
    (700, 1, 3, 3),  # the unit is a spike per period at least
    (600, 12, -12, 12),  # silent: one unit too few
    (600, 5, -5, 5),
    (600, 0, 0, 3),  # silent as ever
])  # fmt: skip
def test_a_period_moves_by_the_distance_from_the_own_rate(
    backend: str, bias: int, own: int, excess: int, unit: int
) -> None:
    found = after(backend, driven(replace(RULE, vth_limits=(0, 131071)), bias), 4, {"calibrated": 3, "own": own})
    vth, lower = (int(excess * step / unit) for step in (RULE.vth_step, RULE.bias_step))
    assert (found["vth"], found["bias_mant"]) == (max(10 + vth, 0), bias - lower)
    assert (found["own"], found["calibrated"], found["count"]) == (own, 3, 0)


def test_a_calibration_that_a_sum_of_spikes_has_no_place_for_is_refused() -> None:
    with pytest.raises(nl.errors.InvalidValue, match=r"intrinsic\[0\].calibration"):
        ReferenceSimulator(driven(replace(RULE, period=1 << 20, calibration=1 << 11), 0))


@pytest.mark.parametrize(("field", "value"), [("calibrated", 4), ("calibrated", -1), ("own", 13), ("own", -1)])
def test_a_state_that_no_calibration_reaches_is_refused(field: str, value: int) -> None:
    simulator = ReferenceSimulator(driven(RULE, 0))
    state = simulator.state
    state.calibrated[:] = 3
    getattr(state, field)[:] = value
    with pytest.raises(nl.errors.InvalidValue, match=field):
        simulator.state = state
