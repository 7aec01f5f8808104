"""Neuron constants from seconds and thresholds to the chip's integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.draw import Network
from neurolsm.errors import refuse_target
from neurolsm.lowering.report import Report
from neurolsm.lowering.target import (
    BIAS_EXP_MAX,
    BIAS_MANT_MAX,
    DECAY_ONE,
    DU_MAX,
    DV_MAX,
    REFRACTORY_MAX,
    STATE_LIMIT,
    Target,
)
from neurolsm.program import Neurons


def lost(tau: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
    """The share of a state lost in one step, 1 - exp(-dt / tau)."""
    return -np.expm1(-dt / tau)


def float_neurons(network: Network, dt: float) -> Neurons:
    """Constants in float64, in units of the threshold."""
    c = network.constants
    dv = lost(c["tau_mem"], dt)
    zero = np.zeros(network.n, np.int32)
    return Neurons(
        lost(c["tau_syn"], dt),
        dv,
        np.ones(network.n),
        c["v_leak"] * dv,
        zero,
        _steps(c["t_refractory"], dt),
        c["adapt_step"],
        lost(c["tau_adapt"], dt),
    )


def decays(network: Network, dt: float, report: Report) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """du and dv, with the error of the time constants they stand for."""
    c = network.constants
    du = report.clip("current decay du", DECAY_ONE * lost(c["tau_syn"], dt) - 1, 0, DU_MAX)
    dv = report.clip("voltage decay dv", DECAY_ONE * lost(c["tau_mem"], dt), 0, DV_MAX)
    du, dv = np.rint(du), np.rint(dv)
    report.rounding("current decay", lost(c["tau_syn"], dt), (du + 1) / DECAY_ONE, "of u per step")
    report.rounding("voltage decay", lost(c["tau_mem"], dt), dv / DECAY_ONE, "of v per step")
    return du.astype(np.int32), dv.astype(np.int32)


def integer_neurons(
    network: Network, dt: float, du: NDArray[np.int32], dv: NDArray[np.int32], vth: int, target: Target, report: Report
) -> Neurons:
    """All constants at the threshold mantissa ``vth``."""
    c = network.constants
    unit = vth << 6  # one threshold in units of v
    longest = np.rint(c["t_refractory"].max(initial=0) / dt)
    if longest > REFRACTORY_MAX:
        refuse_target(
            target.name,
            "neuron.t_refractory",
            float(c["t_refractory"].max()),
            f"is {longest:.0f} steps, the limit is {REFRACTORY_MAX}",
            "Shorten it or choose a longer dt",
        )
    steps = _steps(c["t_refractory"], dt)
    report.rounding("refractory period", c["t_refractory"], steps * dt, "s")
    mant, exp = _bias(c["v_leak"] * unit * dv / DECAY_ONE, target, report, unit)
    theta_step = np.rint(report.clip("adaptive step", c["adapt_step"] * unit, 0, STATE_LIMIT - 1)).astype(np.int32)
    theta_decay = np.rint(DECAY_ONE * lost(c["tau_adapt"], dt)).astype(np.int32)
    if theta_step.any():
        report.rounding("adaptive step", c["adapt_step"], theta_step / unit, "thresholds")
        report.rounding("adaptive decay", lost(c["tau_adapt"], dt), theta_decay / DECAY_ONE, "of theta per step")
    return Neurons(du, dv, np.full(network.n, vth, np.int32), mant, exp, steps, theta_step, theta_decay)


def _steps(seconds: NDArray[np.float64], dt: float) -> NDArray[np.int32]:
    return np.rint(np.minimum(seconds / dt, 2**31 - 1)).astype(np.int32)


def _bias(wanted: NDArray[np.float64], target: Target, report: Report, unit: int) -> tuple[NDArray[Any], NDArray[Any]]:
    largest = BIAS_MANT_MAX << BIAS_EXP_MAX
    if np.abs(wanted).max(initial=0) > largest:
        refuse_target(
            target.name,
            "neuron.v_leak",
            float(np.abs(wanted).max() / unit),
            f"needs a bias above {largest} at this threshold",
            "Lower v_leak, or lengthen tau_mem",
        )
    exp = np.maximum(np.ceil(np.log2(np.maximum(np.abs(wanted), 1) / BIAS_MANT_MAX)), 0).astype(np.int32)
    mant = np.rint(wanted / 2.0**exp).astype(np.int32)
    if wanted.any():
        report.rounding("bias", wanted / unit, (mant << exp) / unit, "thresholds per step")
    return mant, exp
