"""One model, run from its data to its figures: what ``neurolsm run`` and ``neurolsm compare`` do."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neurolsm.errors import refuse
from neurolsm.estimators import LSMClassifier, LSMRegressor
from neurolsm.execute.backend import open_simulator, resolve
from neurolsm.execute.compare import Comparison, compare
from neurolsm.execute.versions import versions
from neurolsm.execute.workers import Workers, check_workers
from neurolsm.lowering import lower
from neurolsm.measure.baselines.controls import controls
from neurolsm.measure.evaluation.evaluate import Evaluation, evaluate
from neurolsm.program import Program
from neurolsm.shown import shown
from neurolsm.tasks.model import Data, Model


@shown(
    model="model", metric="metric", value="shown", values="values", seed="seed", neurons="neurons", backend="backend", samples="samples",
)  # fmt: skip
@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run of a model came to.

    Attributes:
        model, backend, target, arithmetic, seed: what ran; ``target`` is ``none`` in float arithmetic.
        neurons, synapses: of the program.
        steps: of the longest sample.
        train, test: samples in each part of a split.
        samples: of the data that were used, all parts together.
        metric, value, value_sd: mean and standard deviation over the splits; one split has no deviation, so it is None.
        values: one per split.
        classes, confusion: the labels, and test samples of all splits by true label (row) and predicted label (column);
            empty and None for numbers.
        seconds: wall time of everything.
        ms_per_sample: wall time in the simulator, without set-up, encoding and readout.
        spikes_per_sample, synops_per_sample: of the liquid; one synaptic operation for each synapse that a spike reached.
        numbers: how many the readout sees of a sample.
        program_sha256: of the program, the same on every backend.
        versions: of Python and of the packages that took part.
    """

    model: str
    backend: str
    target: str
    arithmetic: str
    neurons: int
    synapses: int
    steps: int
    train: int
    test: int
    metric: str
    value: float
    value_sd: float | None
    splits: int
    seconds: float
    ms_per_sample: float
    spikes_per_sample: float
    synops_per_sample: float
    numbers: int
    program_sha256: str
    seed: int
    versions: dict[str, str]
    samples: int
    values: tuple[float, ...]
    classes: tuple[Any, ...]
    confusion: list[list[int]] | None

    @property
    def shown(self) -> str:
        return show(self.metric, self.value, self.value_sd)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class ControlResult:
    """What a readout without the liquid came to, on the same splits.

    Attributes:
        name: what it is.
        metric, value, value_sd, values: as in ``Result``.
        seconds: wall time.
    """

    name: str
    metric: str
    value: float
    value_sd: float | None
    values: tuple[float, ...]
    seconds: float

    @property
    def row(self) -> tuple[str, str]:
        return self.name, show(self.metric, self.value, self.value_sd)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def show(metric: str, value: float, sd: float | None) -> str:
    """Mean and standard deviation, or the value alone where nothing was repeated; accuracies in percent."""
    if metric == "accuracy":
        return f"{100 * value:.2f}" + ("" if sd is None else f" ± {100 * sd:.2f}") + " %"
    return f"{value:.4g}" + ("" if sd is None else f" ± {sd:.2g}")


def run_model(
    model: Model,
    *,
    backend: str = "emulator",
    target: str = "loihi2",
    arithmetic: str = "loihi",
    samples: int | None = None,
    seed: int = 1,
    splits: int | None = None,
    split_seed: int = 0,
    folds: int | None = None,
    cache: Path | None = None,
    workers: Workers = None,
) -> Result:
    """Encode, lower, simulate, and read out over train/test splits.

    Args:
        model: what to run.
        backend: a name, or ``name:variant``.
        target, arithmetic: as in ``neurolsm.lower``.
        samples: how many, drawn evenly from the classes; None for all.
        seed: of the liquid.
        splits: random splits; None for those of the model. Data with a test set of their own have one.
        split_seed: of the splits and of the choice of samples: the same for every liquid.
        folds: cross-validate over all samples, those of the test set too, in this many parts; None for ``splits``.
        cache: folder that keeps liquid states, so that a run that was interrupted goes on; None to keep nothing.
        workers: what runs the samples and the splits, as in ``neurolsm.execute.workers``; the result does not depend on it.

    Raises:
        InvalidValue: a number outside its range.
        NotAvailable: unknown or missing backend, target, data or cluster.
        TargetRefusal: the target cannot hold the liquid.
    """
    start = time.perf_counter()
    check_workers(workers)
    resolve(backend)
    data = model.load().subset(samples, split_seed)
    parts = _parts(model, data, splits, split_seed, folds)
    program = lower(model.lsm(seed), target, arithmetic).program
    longest, numbers = _warm_up(model, data, program, backend)
    kind = LSMClassifier if data.labelled else LSMRegressor
    estimator = kind(
        model.lsm(seed), model.encoder, model.features, model.readout(),
        backend=backend, arithmetic=arithmetic, target=target, cache=cache,
    )  # fmt: skip
    found = evaluate(estimator, data.x, data.y, splits=parts, workers=workers)
    return Result(
        model=model.name, backend=backend, target=program.target, arithmetic=arithmetic,
        neurons=program.n, synapses=program.synapses, steps=longest, train=found.train, test=found.test,
        metric=found.metric, value=found.mean, value_sd=found.sd, splits=len(parts),
        seconds=time.perf_counter() - start, ms_per_sample=found.ms_per_sample or 0.0,
        spikes_per_sample=found.spikes_per_sample or 0.0, synops_per_sample=found.synops_per_sample or 0.0, numbers=numbers,
        program_sha256=program.sha256, seed=seed, versions=versions(), samples=len(data), values=found.values,
        classes=found.classes, confusion=None if found.confusion is None else found.confusion.tolist(),
    )  # fmt: skip


def run_controls(
    model: Model,
    *,
    samples: int | None = None,
    seed: int = 1,
    splits: int | None = None,
    split_seed: int = 0,
    folds: int | None = None,
    workers: Workers = None,
) -> list[ControlResult]:
    """Measure what the liquid has to beat, on the samples and splits of ``run_model`` with the same arguments.

    The model's own readout on the input and on random layers (``readout_controls``), then the model's controls (``own_controls``).
    """
    data = model.load().subset(samples, split_seed)
    parts = _parts(model, data, splits, split_seed, folds)
    return readout_controls(model, data, parts, seed, workers) + own_controls(model, data, parts, workers)


def readout_controls(
    model: Model, data: Data, parts: list[tuple[Any, Any]], seed: int = 1, workers: Workers = None
) -> list[ControlResult]:
    """The readout of a model on the input and on random layers, see ``neurolsm.measure.baselines.controls``. Nothing is simulated."""
    kind = LSMClassifier if data.labelled else LSMRegressor
    estimator = kind(model.lsm(seed), model.encoder, model.features, model.readout())
    found = controls(estimator, data.x, data.y, splits=parts, workers=workers)
    return [_control(name, e) for name, e in found.items()]


def own_controls(
    model: Model, data: Data, parts: list[tuple[Any, Any]], workers: Workers = None
) -> list[ControlResult]:
    """The controls of a model, which are the same for every ``seed`` of the liquid."""
    return [
        _control(c.name, evaluate(c.estimator, data.x, data.y, splits=parts, workers=workers)) for c in model.controls()
    ]


def _parts(model: Model, data: Data, splits: int | None, seed: int, folds: int | None) -> list[tuple[Any, Any]]:
    if folds is None:
        return list(data.splits(model.splits if splits is None else splits, seed))
    if splits is not None:
        refuse("run_model", "folds", folds, f"goes without splits, given {splits}", "Give one of them")
    return list(data.folds(folds, seed))


def _control(name: str, found: Evaluation) -> ControlResult:
    return ControlResult(
        name=name, metric=found.metric, value=found.mean, value_sd=found.sd, values=found.values, seconds=found.seconds
    )  # fmt: skip


def compare_model(
    model: Model,
    backends: tuple[str, ...] = ("emulator", "brian2", "lava"),
    *,
    samples: int | None = 20,
    seed: int = 1,
    target: str = "loihi2",
    arithmetic: str = "loihi",
) -> Comparison:
    """Run samples of a model on several backends and find the first difference; see ``neurolsm.compare``.

    Args:
        model: what to run.
        backends: two or more, each a name or ``name:variant``.
        samples: how many, drawn evenly from the classes; None for all.
        seed: of the liquid.
        target, arithmetic: as in ``neurolsm.lower``.
    """
    for name in backends:
        resolve(name)
    data = model.load().subset(samples)
    program = lower(model.lsm(seed), target, arithmetic).program
    return compare(program, model.encoder.encode(data.x), backends)


def _warm_up(model: Model, data: Data, program: Program, backend: str) -> tuple[int, int]:
    """Run the longest sample, so that what is compiled once does not count as run time. Returns its steps and numbers."""
    longest = max(range(len(data)), key=lambda k: len(data.x[k]))
    inputs = model.encoder.encode(data.x[longest : longest + 1])
    with open_simulator(program, backend) as simulator:
        recording = simulator.run(inputs, learn=False)
    return int(inputs.steps[0]), model.features(recording, inputs).shape[1]
