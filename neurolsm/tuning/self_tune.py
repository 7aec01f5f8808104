"""Two factors, one for all input weights and one for all recurrent ones, that bring a liquid to its working point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import exp, log
from typing import Any

import numpy as np

from neurolsm.describe.lsm import LSM, Liquid, every_liquid
from neurolsm.describe.scaled import with_gains
from neurolsm.describe.tuning import SelfTuning
from neurolsm.errors import TargetRefusal, refuse, warn_unusual
from neurolsm.execute.backend import open_simulator
from neurolsm.lowering import Lowered, lower
from neurolsm.program.spikes import Spikes
from neurolsm.tuning.working_point import WorkingPoint, arriving, working_point

ROUNDS = 16
NEAR = 0.1  # of the logarithms: within a tenth
START = 0.5  # thresholds that arrive at a neuron in a step, at first
DAMPING, LONGEST = 0.6, 1.5  # of a step of the logarithm of the scale
SHORT = 200  # steps, of which one sample should have more
FEWEST = 1e-4  # spikes per neuron and step; below, a rate says nothing but that it is far too low


@dataclass(frozen=True)
class Tuned:
    """What self-tuning came to.

    Attributes:
        lsm: the description with its weights scaled, and no tuning left to do.
        input_gain, recurrent_gain: the factors.
        rate, branching: the working point reached, as in ``SelfTuning``.
        rounds: runs that it took.
    """

    lsm: LSM
    input_gain: float
    recurrent_gain: float
    rate: float
    branching: float
    rounds: int


def self_tune(
    lsm: LSM,
    inputs: Spikes,
    *,
    backend: str = "emulator",
    arithmetic: str = "loihi",
    target: str = "loihi2",
    **options: Any,
) -> Tuned:
    """Scale the weights of a liquid until it works at the point that ``lsm.tuning`` names.

        recurrent / input gain:  corrected by (wanted / found) of  branching / (1 - branching)
        common gain:             corrected by (wanted / found rate) ^ 0.6

    The first factors make the mean weight that arrives at a neuron in a step half a threshold, in the shares wanted, so that the result
    does not depend on the scale of the description. Both factors are clipped to e^1.5 per run, of which there are at most 16. Only counts of spikes are used, so that every backend gives the same factors.

    Args:
        lsm: a description with ``tuning``; without, ``SelfTuning()`` is meant.
        inputs: typical samples on its channels, some tens of them.
        backend, options: what runs it.
        arithmetic, target: as in ``neurolsm.lower``.

    Returns:
        The tuned description and what was reached.

    Raises:
        InvalidValue: inputs of another number of channels, or without spikes; weights that nothing can scale.

    Warns:
        UnusualValue: the working point was not reached; the nearest one found is returned. Or the inputs are one short sample.

    Example:
        See ``SelfTuning``.
    """
    wanted = lsm.tuning or SelfTuning()
    if inputs.units != lsm.inputs:
        refuse("self_tune", "inputs", inputs.units, f"the LSM has {lsm.inputs} channels", "Encode for this LSM")
    if not inputs.count:
        refuse("self_tune", "inputs", "no spikes", "nothing can be tuned to silence", "Give samples that have spikes")
    if len(inputs) == 1 and inputs.steps.sum() < SHORT:
        usual = f"is one sample of fewer than {SHORT} steps, and the working point found is that of this sample alone"
        warn_unusual("self_tune", "inputs", inputs, usual, "Give some tens of typical samples")
    plain = replace(lsm, liquid=every_liquid(lsm.liquid, _at_rest), readout=None, tuning=None)
    gain, ratio = _first(plain, inputs, wanted)
    best: tuple[float, float, float, WorkingPoint] | None = None
    rounds, chip = 0, partial(lower, arithmetic=arithmetic, target=target)
    while rounds < ROUNDS:
        rounds += 1
        found = _run(
            chip, replace(plain, liquid=with_gains(plain.liquid, gain, gain * ratio)), inputs, backend, options
        )
        if found is None:  # the chip cannot hold such weights
            gain, ratio = gain / 2, ratio**0.5
            continue
        off_rate = log(wanted.rate / max(found.rate, FEWEST))
        off_ratio = _odds(wanted.branching) - _odds(found.branching) if found.rate > FEWEST and found.recurrent else 0.0
        far = abs(off_rate) + abs(off_ratio)
        if best is None or far < best[0]:
            best = far, gain, ratio, found
        if abs(off_rate) < NEAR and abs(off_ratio) < NEAR:
            break
        gain *= exp(float(np.clip(DAMPING * off_rate, -LONGEST, LONGEST)))
        ratio *= exp(float(np.clip(off_ratio, -LONGEST, LONGEST)))
    if best is None:
        refuse("self_tune", "lsm", f"{lsm.n} neurons", "no scale of its weights fits the chip", "Lower its fan-in")
    far, gain, ratio, point = best
    if far > 5 * NEAR:
        warn_unusual(
            "SelfTuning", "rate, branching", (wanted.rate, wanted.branching),
            f"was not reached; the nearest working point found has {point.rate:.3g} and {point.branching:.2g}",
            "Lower branching, or seek another rate",
        )  # fmt: skip
    tuned = replace(lsm, liquid=with_gains(lsm.liquid, gain, gain * ratio), tuning=None)
    return Tuned(tuned, gain, gain * ratio, point.rate, point.branching, rounds)


def _first(plain: LSM, inputs: Spikes, wanted: SelfTuning) -> tuple[float, float]:
    """The common factor, and the further one of the recurrent weights, as if the rate were right already."""
    program = lower(plain, arithmetic="float").program
    heard = np.bincount(inputs.unit, minlength=program.n_inputs) / int(inputs.steps.sum())
    outside, within = arriving(program, heard, np.full(program.n, wanted.rate))
    if not outside:
        refuse("self_tune", "lsm.liquid.input", "no weight", "no spike of the inputs reaches a neuron", "Connect them")
    ratio = exp(_odds(wanted.branching)) * outside / within if within else 1.0
    return START * (1 - wanted.branching) / outside, ratio


def _run(
    chip: Callable[[LSM], Lowered], lsm: LSM, inputs: Spikes, backend: str, options: dict[str, Any]
) -> WorkingPoint | None:
    try:
        program = chip(lsm).program
    except TargetRefusal:
        return None
    with open_simulator(program, backend, **options) as simulator:
        return working_point(program, inputs, simulator.run(inputs, learn=False).spikes)


def _odds(share: float) -> float:
    return log(share / (1 - share)) if 0 < share < 1 else 0.0


def _at_rest(liquid: Liquid) -> Liquid:
    """The same without its rules: what is tuned is where learning starts from."""
    return replace(liquid, plasticity=None, inhibitory_plasticity=None, input_plasticity=None, intrinsic=None)
