"""Adapting without labels: the world or the chip changes, and no one says what the samples are.

The readout on the host is the model's own, fitted once and then frozen. Four ways to meet a change are compared: nothing; its states
re-normalised on the host to the means and spreads they had; own-rate homeostasis in the liquid; both. The deployed model, whose
readout is on the chip, meets the changes of the samples too: as it is, with its offsets alone, and with all that ``follow`` lets work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.lsm import LSM, every_liquid
from neurolsm.execute.backend import open_simulator
from neurolsm.execute.linear_algebra import fit_on_host
from neurolsm.learn.rules import Homeostasis
from neurolsm.lowering import lower
from neurolsm.measure.scenarios.changes import Change
from neurolsm.measure.scenarios.faults import FAULTS
from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error
from neurolsm.program import Program
from neurolsm.program.state import State
from neurolsm.readout.renormalise import Renormaliser
from neurolsm.readout.states import LiquidStates
from neurolsm.tasks.model import Data

UNCHANGED = "none"
STREAM = 400  # samples without labels after each change
CALIBRATION = 1000  # samples at most from which the neurons learn their own rates
PERIOD = 10  # samples between two corrections
AT_ONCE = 256
STEP = 0.2  # of a threshold; chosen in a first trial on seeds 1 and 2 of digits, see its card


@dataclass(frozen=True, eq=False)
class World:
    """A change: the samples of the stream and of the test, the program that meets them, and the state it starts from."""

    name: str
    now: Data
    then: Data
    program: Program
    state: State


def unlabelled(setting: Setting) -> Outcome:
    """Means over all changes and faults; ``forgotten`` is the loss on unchanged samples after homeostasis on unchanged ones."""
    train, test, sensors = setting.train, setting.test, setting.sensor_changes
    program = lower(_with_homeostasis(setting)).program
    tuned = _followed(setting, program, State.rest(program), train.take(np.arange(min(CALIBRATION, len(train)))).x)
    fit_states = _states(setting, program, tuned, train.x)
    readout = fit_on_host(setting.model.readout(), fit_states, train.y)
    before = accuracy(readout.predict(_states(setting, program, tuned, test.x)), test.y)
    as_fitted = Renormaliser.of(fit_states, fit_states)
    changes: dict[str, dict[str, float]] = {}
    for world in _worlds(setting, sensors, program, tuned):
        y = world.then.y
        frozen_now = _states(setting, world.program, world.state, world.now.x)
        frozen = _states(setting, world.program, world.state, world.then.x)
        moved = _followed(setting, world.program, world.state, world.now.x)
        liquid_now = _states(setting, world.program, moved, world.now.x)
        liquid = _states(setting, world.program, moved, world.then.x)
        changes[world.name] = {
            "frozen": accuracy(readout.predict(frozen), y),
            "renormalised": accuracy(readout.predict(as_fitted.from_now(frozen_now)(frozen)), y),
            "liquid": accuracy(readout.predict(liquid), y),
            "adapted": accuracy(readout.predict(as_fitted.from_now(liquid_now)(liquid)), y),
            "host_refit": accuracy(fit_on_host(setting.model.readout(), frozen_now, world.now.y).predict(frozen), y),
        }
    same = changes.pop(UNCHANGED)
    means = {name: float(np.mean([found[name] for found in changes.values()])) for name in same}
    details, error = _deployed(setting, sensors)
    return Outcome(
        before=before, frozen=means["frozen"], adapted=means["adapted"], host_refit=means["host_refit"],
        forgotten=before - same["adapted"], updates=min(STREAM, len(train)) * len(changes),
        controls={"re-normalised on the host alone": means["renormalised"], "homeostasis alone": means["liquid"]},
        details=details, calibration=error, rule=repr(_rule(setting, program.dt)),
        extra={"renormalised": means["renormalised"], "liquid": means["liquid"], "changes": changes},
    )  # fmt: skip


def _deployed(setting: Setting, sensors: Sequence[Change]) -> tuple[dict[str, float], float]:
    """The same changes of the samples, met by a readout on the chip: means over them, and the calibration error after ``follow``."""
    errors: list[float] = []
    frozen: list[float] = []
    settled: list[float] = []
    followed: list[float] = []
    test = setting.test
    with setting.deploy(of=_with_homeostasis(setting)) as chip, TemporaryDirectory() as folder:
        chip.learn(setting.train.x, setting.train.y)
        before = accuracy(chip.predict(test.x).label, test.y)
        chip.save(deployed := Path(folder) / "deployed.lsm")
        for k, change in enumerate(sensors, 1):
            seed = 100 * setting.seed + k
            now, then = change.apply(_stream(setting, k).x, seed), change.apply(test.x, seed)
            frozen.append(accuracy(chip.predict(then).label, test.y))
            for act, found in ((chip.settle, settled), (chip.follow, followed)):
                act(now)
                said = chip.predict(then)
                found.append(accuracy(said.label, test.y))
                chip.load(deployed)
            errors.append(calibration_error(said, test.y))
    shares = {
        "on the chip, before": before, "on the chip, frozen": float(np.mean(frozen)),
        "on the chip, offsets alone": float(np.mean(settled)), "on the chip, adapted": float(np.mean(followed)),
    }  # fmt: skip
    return shares, float(np.mean(errors))


def _worlds(setting: Setting, sensors: Sequence[Change], program: Program, tuned: State) -> Iterator[World]:
    test = setting.test
    yield World(UNCHANGED, _stream(setting, 0), test, program, tuned)
    for k, change in enumerate(sensors, 1):
        seed, part = 100 * setting.seed + k, _stream(setting, k)
        now, then = Data(change.apply(part.x, seed), part.y), Data(change.apply(test.x, seed), test.y)
        yield World(change.name, now, then, program, tuned)
    for k, fault in enumerate(FAULTS, 20):
        yield World(fault.name, _stream(setting, k), test, *fault.apply(program, tuned, 100 * setting.seed + k))


def _stream(setting: Setting, k: int) -> Data:
    """The samples that come, unlabelled, after the change k."""
    train = setting.train
    return train.take(np.random.default_rng([setting.seed, k]).permutation(len(train))[:STREAM])


def _with_homeostasis(setting: Setting) -> LSM:
    """The model's network, every liquid of which holds its own rates."""
    lsm = setting.model.lsm(setting.seed)
    rule = _rule(setting, lsm.dt)
    return replace(lsm, liquid=every_liquid(lsm.liquid, lambda one: replace(one, intrinsic=rule)))


def _rule(setting: Setting, dt: float) -> Homeostasis:
    """With periods of a few samples."""
    few = setting.train.take(np.arange(min(20, len(setting.train)))).x
    steps = float(setting.encode(few).steps.mean())
    calibration = max(1, min(CALIBRATION, len(setting.train)) // PERIOD - 1)
    return Homeostasis(calibration=calibration, period=round(PERIOD * steps) * dt, threshold_step=STEP)


def _followed(setting: Setting, program: Program, state: State, x: Any) -> State:
    """The state after samples that were met with homeostasis at work."""
    with open_simulator(program, setting.backend) as simulator:
        simulator.state = state
        for first in range(0, len(x), AT_ONCE):
            simulator.run(setting.encode(x[first : first + AT_ONCE]), learn=True)
        return simulator.state


def _states(setting: Setting, program: Program, state: State, x: Any) -> NDArray[np.float32]:
    model = setting.model
    return LiquidStates(
        program=program, encoder=model.encoder, features=model.features, backend=setting.backend, state=state, progress=False
    )(x)  # fmt: skip
