"""What every scenario starts from: a model, its data in two parts, a deployment, and the readouts on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline

from neurolsm.deployment import Deployment, Prediction, deploy
from neurolsm.describe.lsm import LSM
from neurolsm.errors import refuse
from neurolsm.execute.linear_algebra import fit_on_host
from neurolsm.learn.chip import DeltaReadout, PrototypeReadout
from neurolsm.lowering import lower
from neurolsm.measure.baselines.random_relu import RandomReLU
from neurolsm.measure.scenarios.changes import Change, sensor_changes, spike_changes, value_changes
from neurolsm.program.spikes import Spikes
from neurolsm.readout.states import LiquidStates
from neurolsm.tasks.model import Data, Model

LONGEST = 1000  # curves are kept at this many points


@dataclass(frozen=True, eq=False)
class Setting:
    """One seed of one model.

    Attributes:
        model, scenario, backend: what is tried where.
        seed: of the liquid, of the split and of the order of samples.
        train, test: the data.
        stock: whether readouts are those that Lava's own processes can learn.
    """

    model: Model
    scenario: str
    backend: str
    seed: int
    train: Data
    test: Data
    stock: bool = False

    @staticmethod
    def of(model: Model, scenario: str, backend: str, seed: int, samples: int | None, stock: bool = False) -> Setting:
        """The split and order of ``seed``."""
        data = model.load().subset(samples, seed)
        if not data.labelled:
            refuse("learn_model", "model", model.name, "has no labels to learn", "Use a model that classifies")
        if np.unique(data.y).size < 2:
            refuse("learn_model", "model", model.name, "has one label alone", "Use a model with several")
        train, test = next(iter(data.splits(1, seed)))
        order = np.random.default_rng([seed, 5]).permutation(train)
        return Setting(model, scenario, backend, seed, data.take(order), data.take(test), stock)

    @property
    def labels(self) -> NDArray[Any]:
        return np.unique(np.concatenate([self.train.y, self.test.y]))

    @property
    def changes(self) -> tuple[Change, ...]:
        if self.model.changes is not None:
            given = self.model.changes()
            if not given:
                refuse(
                    "learn_model", "model", self.model.name, "has an empty list of changes", "Leave it out or fill it"
                )
            return given
        if isinstance(self.train.x, np.ndarray):
            return value_changes(float(self.train.x.min()), float(self.train.x.max()))
        if isinstance(self.train.x, Spikes):
            return spike_changes()
        refuse("learn_model", "model", self.model.name, "names no changes of its samples", "Give Model(changes=...)")

    @property
    def sensor_changes(self) -> tuple[Change, ...]:
        """What may happen to the sensors that no label is needed to make up for."""
        x = self.train.x
        if self.model.sensor_changes is not None:
            return self.model.sensor_changes(x)
        if isinstance(x[0], np.ndarray) and x[0].ndim and x[0].dtype.kind in "biuf":
            return sensor_changes(x)
        limit = "names no changes of its sensors, and its samples are no arrays of numbers"
        refuse("learn_model", "model", self.model.name, limit, "Give Model(sensor_changes=...)")

    def readout(self) -> Any:
        choose = self.model.chip_readout or default_readout
        return self._expressible(choose(self.scenario, self.labels.size, len(self.train)))

    def deploy(self, readout: Any = None, of: LSM | None = None) -> Deployment:
        """A deployment that knows nothing yet; ``of``: another network than the model's."""
        lsm = replace(
            of or self.model.lsm(self.seed), readout=self._expressible(readout) if readout else self.readout()
        )
        return deploy(lsm, self.model.encoder, labels=self.labels, backend=self.backend)

    def _expressible(self, readout: Any) -> Any:
        """The readout, in the form that Lava's own processes can learn where that was asked for."""
        if not self.stock:
            return readout
        if not isinstance(readout, (DeltaReadout, PrototypeReadout)):
            refuse("learn_model", "stock", True, f"{type(readout).__name__} has no such form", "Leave it out")
        return replace(readout, stock=True)

    # ------------------------------------------------------------------ on the host

    def states(self, x: Any) -> NDArray[np.float32]:
        """Liquid states for a readout on the host."""
        program = lower(self.model.lsm(self.seed)).program
        return LiquidStates(program=program, encoder=self.model.encoder, features=self.model.features)(x)

    def refit(self, x: Any, y: NDArray[Any]) -> Any:
        """The model's own readout fitted on the host; a function from samples to accuracy on (x, y)."""
        fitted = fit_on_host(self.model.readout(), self.states(x), y)
        return lambda data: accuracy(fitted.predict(self.states(data.x)), data.y)

    def random_layer(self, x: Any, y: NDArray[Any]) -> Any:
        """Random ReLU units, as many as the liquid has neurons, with linear discriminant analysis, which streaming updates of
        means and covariance give as well; a function like that of ``refit``."""
        units = self.model.lsm(self.seed).n
        layer = make_pipeline(RandomReLU(units, self.seed), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=1e-2))
        fitted = fit_on_host(clone(layer), self.values(x), y)
        return lambda data: accuracy(fitted.predict(self.values(data.x)), data.y)

    def encode(self, x: Any) -> Spikes:
        """Samples as spikes."""
        return x if isinstance(x, Spikes) else self.model.encoder.encode(x)

    def values(self, x: Any) -> NDArray[np.float64]:
        """Samples as plain vectors: the values where all have the same number, else counts of input spikes in 8 windows."""
        if isinstance(x, np.ndarray) and x.dtype.kind in "biuf":
            return x.reshape(len(x), -1).astype(np.float64)
        from neurolsm.execute.recording import count_windows

        spikes = self.encode(x)
        return count_windows(spikes, 8).reshape(len(spikes), -1).astype(np.float64)


@dataclass
class Outcome:
    """What one seed came to; shares of 1.

    Attributes:
        before: before the new came.
        frozen: on what came, without learning.
        adapted: on what came, with learning.
        host_refit: readout refitted on the host on the same data.
        forgotten: loss on what was known before.
        controls: by name.
        curve: right or wrong over the stream, test then train.
        marks: where something changes in the stream: the sample, and what comes from it on.
        updates: samples learned from.
        calibration: expected calibration error of the final predictions.
        details: more shares, by name.
        numbers: what are no shares, by name.
        rule: what learned, where it is not the readout.
        extra: what this scenario alone has, numbers or dictionaries of them, as they stand in the JSON.
    """

    before: float
    frozen: float
    adapted: float
    host_refit: float
    forgotten: float
    updates: int
    controls: dict[str, float] = field(default_factory=dict)
    curve: Sequence[bool] = ()
    marks: Sequence[tuple[int, str]] = ()
    calibration: float = 0.0
    details: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    rule: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def default_readout(scenario: str, labels: int, samples: int) -> Any:
    """Prototypes where labels come one after the other, for they do not forget; elsewhere the delta rule."""
    return (
        PrototypeReadout(neurons=min(samples, 2000))
        if scenario in ("classes", "tasks")
        else DeltaReadout(classes=labels)
    )


def accuracy(said: NDArray[Any], y: NDArray[Any]) -> float:
    return float(np.mean(np.asarray(said) == y)) if len(y) else 0.0


def calibration_error(said: Prediction, y: NDArray[Any], bins: int = 10) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over ``bins`` equal ranges of confidence."""
    right = said.label == y
    place = np.minimum((said.confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(right[place == k].mean() - said.confidence[place == k].mean()) * np.mean(place == k)
        for k in np.unique(place)
    ]
    return float(sum(gaps))
