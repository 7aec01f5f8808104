"""Both tasks on the circuit and on its baselines, next to the published figures."""

from __future__ import annotations

import time
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from neurolsm import LSM, LSMSequenceRegressor, Program, StepFeatures, lower, open_simulator
from neurolsm.errors import InvalidValue
from neurolsm.program.spikes import Spikes
from neurolsm.readout.features import LowPass
from neurolsm.tasks.scores import Scores
from neurolsm.tasks.task import Report, Task
from neurolsm_models.maass import rates, templates
from neurolsm_models.maass.column import DT, LARGE, SMALL, Shape, column, program

TAU = round(30e-3 / DT)  # steps of the low-pass that is the state
STRENGTH = 4.0  # of the recurrent synapses, times the published amplitudes
RIDGE = 1e-3  # of the mean variance of a state, where no regressor chooses it
WAYS = ("dynamic synapses", "static synapses", "input alone", "strong synapses")
TRAIN, TEST = (400, 1000), (200, 500)  # samples of the two tasks
Array = NDArray[np.float64]


def run(*, seed: int = 1, controls: bool = False, backend: str = "emulator") -> Report:
    """Multi-tasking and time-warped templates on one circuit.

    Args:
        seed: of the circuit and of the inputs.
        controls: also the circuit with static synapses, the readouts on the low-passed input trains themselves, and the circuit with
            recurrent synapses ``STRENGTH`` times as strong as published.
        backend: ``emulator`` or ``reference``.
    """
    start = time.perf_counter()
    ways = WAYS if controls else WAYS[:1]
    found = {way: (multitask(way, seed, backend), warped(way, seed, backend)) for way in ways}
    head = ("", *(f"f{k}" for k in range(1, 8)), "warped: mean error", "best")
    rows = [
        head,
        (
            "published",
            *(f"{c:.2f}" for c in rates.PUBLISHED),
            f"{templates.PUBLISHED:.3f}",
            f"{templates.PUBLISHED_BEST:.3f}",
        ),
    ]
    rows += [
        (way, *(f"{c:.2f}" for c in many), f"{one.mean():.3f}", f"{one.min():.3f}")
        for way, (many, one) in found.items()
    ]
    values = {
        way: {"correlation": many.tolist(), "error": _finite(one.mean()), "best_error": _finite(one.min())}
        for way, (many, one) in found.items()
    }
    seconds = time.perf_counter() - start
    return Report(
        title=f"maass on {backend} (float arithmetic): 270 neurons for f1 to f7, 135 for templates, seed {seed}",
        rows=tuple(rows),
        values={"model": "maass", "seed": seed, "backend": backend, "seconds": seconds, "results": values},
        notes=(
            f"f1 to f7: correlation of target and output, mean over {TEST[0]} test inputs of 0.99 s; error: S over {TEST[1]} warped "
            f"templates, mean over ten readouts; {seconds:.0f} s in all",
        ),
        seeds=f"Seed {seed} of the circuit and of the inputs, which are others for the test than for the fit.",
        scores=scores(found),
    )


def scores(found: dict[str, tuple[Array, Array]]) -> tuple[Scores, ...]:
    """Both tasks next to the published figures."""
    many = {way: both[0].tolist() for way, both in found.items()}
    one = {way: both[1].tolist() for way, both in found.items()}
    return (
        Scores(
            title="f1 to f7 at once", label="correlation", better="more", each="functions f1 to f7",
            values={WAYS[0]: many.pop(WAYS[0]), "published": rates.PUBLISHED, **many},
            meaning=f"The correlation of what a readout says with what it should, the mean over {TEST[0]} new inputs of 0.99 s.",
        ),
        Scores(
            title="Warped templates", label="error S", better="less", each="readouts",
            values={WAYS[0]: one.pop(WAYS[0]), "published": (templates.PUBLISHED,), **one},
            meaning="False positives over correct positives plus false negatives over correct negatives of a readout that says whether an "
            f"input was made from its template, one readout for each of ten, over {TEST[1]} new inputs.",
        ),
    )  # fmt: skip


def multitask(way: str, seed: int, backend: str) -> Array:
    """Correlations of the seven readouts on new inputs."""
    raster = rates.draw(TRAIN[0] + TEST[0], seed)
    wanted, n = rates.targets(raster), TRAIN[0]
    if way == "input alone":
        states = rates.at_ends(lfilter([1.0], [1.0, -np.exp(-1 / TAU)], raster, axis=1))
        x, y = states[:n].reshape(-1, 4), wanted[:n].reshape(-1, 7)
        said = _linear(x, y, states[n:].reshape(-1, 4))[1].reshape(TEST[0], -1, 7)
    else:
        model = LSMSequenceRegressor(
            circuit(4, way, seed, LARGE),
            features=StepFeatures(traces=(TAU,), inputs=False), hold=rates.STEPS, washout=rates.FIRST, arithmetic="float",
            backend=backend, progress=False,
        )  # fmt: skip
        spikes = Spikes.from_dense(raster)
        early = np.full((n, rates.FIRST, 7), np.nan)
        model.fit(spikes[:n], np.concatenate([early, wanted[:n]], axis=1))
        said = np.stack(model.predict(spikes[n:]))[:, rates.FIRST :]
    return rates.correlations(wanted[n:], said)


def warped(way: str, seed: int, backend: str) -> Array:
    """Errors of the ten readouts on new samples."""
    inputs, label = templates.draw(TRAIN[1] + TEST[1], seed)
    spikes = inputs if way == "input alone" else _fire(templates.CHANNELS, way, seed, backend, inputs)
    x = LowPass(tau=float(TAU))(spikes).astype(np.float64)
    wanted = np.where(label[:, None] == np.arange(templates.TEMPLATES), 1.0, 0.0)
    n = TRAIN[1]
    train, test = _linear(x[:n], wanted[:n], x[n:])
    return templates.errors(train, label[:n], test, label[n:])


def circuit(channels: int, way: str, seed: int, shape: Shape) -> LSM:
    """The circuit of one of ``WAYS``."""
    return column(channels, seed, way != "static synapses", shape, STRENGTH if way == "strong synapses" else 1.0)


def _fire(channels: int, way: str, seed: int, backend: str, inputs: Spikes) -> Spikes:
    network = lower(circuit(channels, way, seed, SMALL), arithmetic="float").program
    with open_simulator(network, backend) as simulator:
        return simulator.run(inputs).spikes


def _linear(x: Array, y: Array, new: Array) -> tuple[Array, Array]:
    """Outputs of a linear regression on the samples it was fitted to and on new ones."""
    mean, offset = x.mean(axis=0), y.mean(axis=0)
    z = x - mean
    gram = z.T @ z
    gram[np.diag_indices_from(gram)] += RIDGE * max(float(np.trace(gram)) / len(gram), 1e-12)
    weights = np.linalg.solve(gram, z.T @ (y - offset))
    return z @ weights + offset, (new - mean) @ weights + offset


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def compare(*, samples: int = 20, seed: int = 1) -> tuple[Program, Spikes]:
    """The circuit, and inputs of the first task."""
    return program(4, seed), Spikes.from_dense(rates.draw(samples, seed))


def learn(*, scenario: str) -> NoReturn:
    """Refused: learning is defined in the chip's integers, and this circuit needs floats."""
    raise InvalidValue(
        "maass: does not learn on a chip, for its synapses need float arithmetic. Use 'neurolsm run maass'"
    )


TASK = Task(
    name="maass",
    summary="The 15 x 3 x 3 column with dynamic synapses (2004) on its multi-tasking and time-warped templates, in float arithmetic.",
    metric="correlation",
    run=run,
    learn=learn,
    scenarios=("classes", "drift", "sample", "reward", "scratch", "tasks"),
    compare=compare,
)
