"""Both tasks on the circuit and on its baselines, next to the published figures."""

from __future__ import annotations

import time
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from neurolsm import Program, open_simulator
from neurolsm.errors import InvalidValue
from neurolsm.program.spikes import Spikes
from neurolsm.readout.features import LowPass
from neurolsm.tasks.task import Report, Task
from neurolsm_models.maass import rates, templates
from neurolsm_models.maass.column import DT, program

TAU = round(30e-3 / DT)  # steps of the low-pass that is the state
RIDGE = 1e-3  # of the mean variance of a state
TRAIN, TEST = (400, 1000), (200, 500)  # samples of the two tasks
Array = NDArray[np.float64]


def run(*, seed: int = 1, controls: bool = False, backend: str = "emulator") -> Report:
    """Multi-tasking and time-warped templates on one circuit.

    Args:
        seed: of the circuit and of the inputs.
        controls: also the circuit with static synapses, and the readouts on the low-passed input trains themselves.
        backend: ``emulator`` or ``reference``.
    """
    start = time.perf_counter()
    ways = ("dynamic synapses", "static synapses", "input alone") if controls else ("dynamic synapses",)
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
        title=f"maass on {backend} (float arithmetic): 135 neurons, dynamic synapses, seed {seed}",
        rows=tuple(rows),
        values={"model": "maass", "seed": seed, "backend": backend, "seconds": seconds, "results": values},
        notes=(
            f"f1 to f7: correlation of target and output, mean over {TEST[0]} test inputs of 0.99 s; error: S over {TEST[1]} warped "
            f"templates, mean over ten readouts; {seconds:.0f} s in all",
        ),
    )


def multitask(way: str, seed: int, backend: str) -> Array:
    """Correlations of the seven readouts on new inputs."""
    raster = rates.draw(TRAIN[0] + TEST[0], seed)
    wanted = rates.targets(raster)
    parts = []
    for first in range(0, len(raster), 100):  # states of a hundred samples at a time
        part = raster[first : first + 100]
        fired = part if way == "input alone" else _fire(4, way, seed, backend, Spikes.from_dense(part)).dense()
        states = lfilter([1.0], [1.0, -np.exp(-1 / TAU)], fired.astype(np.float32), axis=1)
        parts.append(rates.at_ends(states))
    x = np.concatenate(parts)
    fitted = _linear(
        x[: TRAIN[0]].reshape(-1, x.shape[2]), wanted[: TRAIN[0]].reshape(-1, 7), x[TRAIN[0] :].reshape(-1, x.shape[2])
    )
    return rates.correlations(wanted[TRAIN[0] :], fitted[1].reshape(TEST[0], -1, 7))


def warped(way: str, seed: int, backend: str) -> Array:
    """Errors of the ten readouts on new samples."""
    inputs, label = templates.draw(TRAIN[1] + TEST[1], seed)
    spikes = inputs if way == "input alone" else _fire(templates.CHANNELS, way, seed, backend, inputs)
    x = LowPass(tau=float(TAU))(spikes).astype(np.float64)
    wanted = np.where(label[:, None] == np.arange(templates.TEMPLATES), 1.0, 0.0)
    n = TRAIN[1]
    train, test = _linear(x[:n], wanted[:n], x[n:])
    return templates.errors(train, label[:n], test, label[n:])


def _fire(channels: int, way: str, seed: int, backend: str, inputs: Spikes) -> Spikes:
    with open_simulator(program(channels, seed, way == "dynamic synapses"), backend) as simulator:
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
