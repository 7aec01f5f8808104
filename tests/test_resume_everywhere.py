"""A deployment saved mid-stream on one backend goes on on another with the same next bit, however much of it is plastic."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.conformance.suite.agreement import same_state
from neurolsm.deployment import Deployment, Prediction

pytestmark = pytest.mark.xdist_group("brian2")  # the worker that builds the one C++ simulation
BACKENDS = ("reference", "emulator", "brian2:cpp_standalone", "brian2:numpy", "lava:fused")
CHANNELS, STEPS = 8, 20
PATTERNS = np.random.default_rng(0).random((3, CHANNELS))

# One program for all. Periods, epochs and slow traces do not fit into a sample, so a hand-over meets them half done.
LIQUID = nl.Liquid(
    topology=nl.Column(shape=(4, 4, 3)), delays=nl.Uniform(0, 6e-3), input=nl.RandomMap(density=0.5, weight=1.2),
    neuron=nl.AdaptiveLIF(t_refractory=2e-3),
    plasticity=nl.SynapticScaling(on=nl.STDP(a_plus=8.0, a_minus=6.0), tau=0.5, rate=2.0**-8, decimate=3),
    inhibitory_plasticity=nl.STDP(a_plus=4.0, a_minus=4.0, stream="synapse"),
    input_plasticity=nl.Rule(
        dw="2^-3*x1*y0 - 2^-2*y1*x0", dt="2^-2*x0*y1", x1_tau=20e-3, x1_impulse=16, y1_tau=20e-3, y1_impulse=16,
        t_epoch=7, reset=(),
    ),
    intrinsic=nl.IntrinsicPlasticity(target_rate=60.0, period=33e-3, bias_step=3, threshold_step=0.02),
)  # fmt: skip
MACHINE = nl.LSM(
    inputs=CHANNELS, liquid=LIQUID, readout=nl.DeltaReadout(classes=3, windows=2, scale=8, rate=2.0**-8), seed=2
)
ENCODER = nl.RateEncoder(steps=STEPS, rate=0.6)


def go_on(chip: Deployment, k: int) -> list[Prediction]:
    """The k-th piece of the stream, by every way to learn: labels, a reward, the samples alone; then ask."""
    rng = np.random.default_rng([k, 1])
    y = rng.permutation(3)
    x = np.clip(PATTERNS[y] + rng.normal(0, 0.1, (3, CHANNELS)), 0, 1)
    said = [chip.learn(x, y), chip.reward(x[:1], y[:1])]
    chip.settle(x[:1])
    return [*said, chip.predict(x[1:])]


class Whole:
    """The run that never stopped: what it said in each piece, and its state after each."""

    def __init__(self, pieces: int) -> None:
        self.said, self.states = [], []
        with nl.deploy(MACHINE, ENCODER, labels=range(3)) as chip:
            self.program = chip.program
            for k in range(pieces):
                self.said.append(go_on(chip, k))
                self.states.append(chip.state.copy())

    def follow(self, chip: Deployment, k: int) -> None:
        """Let ``chip`` do piece ``k`` too, and compare every bit of what it says and remembers."""
        for mine, said in zip(self.said[k], go_on(chip, k), strict=True):
            for name in ("score", "probability", "label"):
                np.testing.assert_array_equal(getattr(said, name), getattr(mine, name), f"{chip.backend}, piece {k}")
        same_state(self.states[k], chip.state, self.program, f"{chip.backend}, piece {k}: ")


@pytest.fixture(scope="module")
def whole() -> Whole:
    return Whole(len(BACKENDS) + 1)


def resume(path: Path, backend: str) -> Deployment | str:
    """The deployment on ``backend``, or why that cannot run here; an import that fails is a fault, not a reason."""
    try:
        return nl.resume(path, backend=backend)
    except nl.NotAvailable as error:
        if error.__cause__:
            raise
        return str(error)


def test_a_hand_over_meets_everything_in_motion(whole: Whole) -> None:
    """Else equal states would prove nothing."""
    assert whole.program.max_delay > 1 and len(whole.program.plastic) == 7
    for before, after in zip(whole.states, whole.states[1:], strict=False):
        was, now = before.arrays(), after.arrays()
        weights = {name for name in now if name.endswith("/weight")}
        for name in {"u", "v", "theta", "pending", "bias_mant", "vth", "count"} | weights:
            assert (now[name] != was[name]).any(), name
        assert after.clock > before.clock
    for name in ("refractory", *(f"plastic/0/{part}" for part in ("tag1", "tx", "ty", "x1", "y1")), "plastic/2/y3"):
        assert any(state.arrays()[name].any() for state in whole.states), name


def test_round_all_backends(whole: Whole, tmp_path: Path) -> None:
    """Each takes the file of the one before, does its piece and hands over; the first one ends the round."""
    file, done, lacking = tmp_path / "handed over.lsm", 0, []
    with nl.deploy(MACHINE, ENCODER, labels=range(3), backend=BACKENDS[0]) as chip:
        whole.follow(chip, done)
        chip.save(file)
    for backend in (*BACKENDS[1:], BACKENDS[0]):
        resumed = resume(file, backend)
        if isinstance(resumed, str):
            lacking.append(resumed)
            continue
        with resumed as chip:
            done += 1
            whole.follow(chip, done)
            chip.save(file)
    if lacking:
        pytest.skip(f"the others agree; left out: {'; '.join(lacking)}")


@pytest.mark.nightly
@pytest.mark.parametrize("first, second", [*permutations(BACKENDS, 2)])
def test_every_pair(whole: Whole, tmp_path: Path, first: str, second: str) -> None:
    file = tmp_path / "handed over.lsm"
    with nl.deploy(MACHINE, ENCODER, labels=range(3)) as chip:
        chip.save(file)  # nothing learned yet
    for k, backend in enumerate((first, second)):
        resumed = resume(file, backend)
        if isinstance(resumed, str):
            pytest.skip(resumed)
        with resumed as chip:
            whole.follow(chip, k)
            chip.save(file)
