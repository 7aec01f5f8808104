"""All instruments on one liquid: what ``neurolsm inspect`` does."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.lowering import lower
from neurolsm.measure.instruments.balance import balance
from neurolsm.measure.instruments.branching import branching_factor
from neurolsm.measure.instruments.capacity import processing_capacity
from neurolsm.measure.instruments.drive import HOLD, drive, driven_states
from neurolsm.measure.instruments.firing import firing
from neurolsm.measure.instruments.memory import memory_capacity
from neurolsm.measure.instruments.perturbation import perturbation
from neurolsm.measure.instruments.rank import CUTOFF, jittered, state_rank
from neurolsm.measure.instruments.separation import class_separation, ratio, separation
from neurolsm.measure.instruments.trajectory import TAU
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.readout.features import LowPass
from neurolsm.shown import shown
from neurolsm.tasks.model import Model
from neurolsm.tasks.task import Task

SAMPLES, COPIES, JITTER = 200, 10, 4.0  # steps of jitter, as Maass (2002) moved spikes by 4 ms
PAIRS, PERTURBED = 100, 50
VALUES, NEURONS = 4000, 100


@shown(
    model="model", samples="samples", neurons="neurons", synapses="synapses", firing="firing", rank="rank", memory="memory", branching="branching",
)  # fmt: skip
@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What the instruments say of one liquid under the inputs of one model.

    Attributes:
        model, seed, samples, steps, neurons, synapses: what was measured.
        firing, balance: as in ``Firing`` and ``Balance``, means over the neurons.
        separation: mean distance of states over that of the inputs, for pairs of different samples and, where there are
            labels, for pairs of one class and of two; and ``class_separation`` of the last states.
        rank: kernel quality, generalisation rank, their difference, the most they can be, and the cut-off.
        memory, capacity: linear memory and information processing capacity of ``neurons_read`` neurons.
        branching: branching factor under a stationary random input.
        perturbation: growth a step after one flipped input spike (None where it is gone at once), its largest and last
            extent in neurons, and how often it lasts.
        seconds: all the time it took.
        program_sha256: of the program.
    """

    model: str
    seed: int
    samples: int
    steps: int
    neurons: int
    synapses: int
    firing: dict[str, float]
    balance: dict[str, float]
    separation: dict[str, float]
    rank: dict[str, float]
    memory: dict[str, float]
    capacity: dict[str, Any]
    branching: float
    perturbation: dict[str, float | None]
    seconds: float
    program_sha256: str

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What is shown: one line per measure."""
        f, b, s, r, c, p = self.firing, self.balance, self.separation, self.rank, self.capacity, self.perturbation
        growth = "gone at once" if p["growth"] is None else f"growth {p['growth']:+.3f} a step"
        degrees = ", ".join(f"{x:.2f}" for x in c["by_degree"])
        rows = [
            ("firing", f"{f['rate']:.4f} spikes per step, sd {f['rate_sd']:.4f}; silent {f['silent']:.1%}, saturated {f['saturated']:.1%}"),
            ("regularity", f"coefficient of variation {f['cv']:.2f}, synchrony {f['synchrony']:.2f}"),
            ("balance", f"inhibition / excitation {b['ratio']:.2f}, recurrent share of the input {b['recurrent']:.2f}"),
            ("separation", f"states / inputs {s['pairs']:.2f}"
             + (f"; between classes {s['between']:.2f}, within {s['within']:.2f}; Sep {s['sep']:.2f}" if "sep" in s else "")),
            ("rank", f"kernel quality {r['quality']}, generalisation {r['generalisation']}, difference {r['difference']} (most "
             f"{r['most']}, cut-off {r['cutoff']:g})"),
            ("linear memory", f"{self.memory['capacity']:.2f} values of {self.memory['hold']} steps (bound {c['bound']} neurons read)"),
            ("processing", f"{c['total']:.2f} in all; by degree {degrees} (bound {c['bound']})"),
            ("branching factor", f"{self.branching:.3f}"),
            ("perturbation", f"{growth}; {p['largest']:.2f} neurons at most, {p['last']:.2f} at the end; lasts in "
             f"{p['surviving']:.0%}"),
        ]  # fmt: skip
        return rows

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def inspect_model(model: Model | Task, *, samples: int | None = SAMPLES, seed: int = 1) -> Inspection:
    """Every instrument on the liquid of a model, under the model's own inputs.

    Args:
        model: from ``neurolsm.tasks.model.get``.
        samples: how many; None for all.
        seed: of the liquid, and of everything the instruments draw.

    Raises:
        InvalidValue: fewer than two samples.
        NotAvailable: data that are not there.
    """
    if isinstance(model, Task):
        program, inputs = model.compare()
        return inspect_program(program, inputs, name=model.name, seed=seed)
    data = model.load().subset(samples)
    program = lower(replace(model.lsm(seed), readout=None)).program
    labels = data.y if data.labelled else None
    return inspect_program(program, model.encoder.encode(data.x), labels, name=model.name, seed=seed)


def inspect_program(
    program: Program, inputs: Spikes, labels: NDArray[Any] | None = None, *, name: str = "", seed: int = 1
) -> Inspection:
    """Every instrument on a program, under the given inputs.

    Args:
        program: the liquid.
        inputs: at least two samples; shorter ones are followed by silence.
        labels: of the samples, or None.
        name: for the record.
        seed: of everything that is drawn.
    """
    start = time.perf_counter()
    if len(inputs) < 2:
        refuse("inspect", "samples", len(inputs), "must be at least 2", "Take more samples")
    inputs = _padded(inputs)
    state = LowPass(tau=TAU)
    few = inputs[: max(len(inputs) // COPIES, 1)]
    with open_simulator(program) as simulator:
        spikes = simulator.run(inputs, learn=False).spikes
        noisy = simulator.run(jittered(few, COPIES, JITTER, seed), learn=False).spikes
        rate = min(max(inputs.count / (inputs.steps.sum() * inputs.units), 1e-4), 0.5)
        stationary = simulator.run(drive(np.zeros(2000), program.n_inputs, rate, HOLD, seed), learn=False).spikes
    last = state(spikes)
    quality, general = state_rank(last[: len(noisy)]), state_rank(state(noisy))
    u, driven = driven_states(program, rate, values=VALUES, neurons=min(NEURONS, program.n), seed=seed)
    capacity = processing_capacity(u, driven)
    balanced = balance(program, inputs, spikes)
    grown = perturbation(program, inputs[:PERTURBED], span=min(20, int(inputs.steps[0]) // 4), seed=seed)
    activity = np.diff(stationary.indptr)
    return Inspection(
        model=name, seed=seed, samples=len(inputs), steps=int(inputs.steps[0]), neurons=program.n, synapses=program.synapses,
        firing=asdict(firing(spikes)),
        balance={"excitation": float(balanced.excitation.mean()), "inhibition": float(balanced.inhibition.mean()),
                 "ratio": balanced.ratio, "recurrent": balanced.recurrent},
        separation=_separation(inputs, spikes, last, labels, seed),
        rank={"quality": quality, "generalisation": general, "difference": quality - general,
              "most": min(len(noisy), program.n), "cutoff": CUTOFF},
        memory={"capacity": memory_capacity(u, driven), "hold": HOLD},
        capacity=asdict(capacity) | {"neurons_read": driven.shape[1]},
        branching=branching_factor(activity) if np.ptp(activity) else 0.0,
        perturbation={"growth": grown.growth if np.isfinite(grown.growth) else None, "surviving": grown.surviving,
                      "largest": float(grown.distance.max()), "last": float(grown.distance[-1])},
        seconds=time.perf_counter() - start, program_sha256=program.sha256,
    )  # fmt: skip


def _separation(
    inputs: Spikes, spikes: Spikes, last: NDArray[Any], labels: NDArray[Any] | None, seed: int
) -> dict[str, float]:
    """States over inputs, for random pairs of samples."""
    rng = np.random.default_rng([seed, 37])
    a = rng.integers(0, len(inputs), PAIRS)
    b = (a + rng.integers(1, len(inputs), PAIRS)) % len(inputs)
    far, near = separation(spikes[a], spikes[b]), separation(inputs[a], inputs[b])
    found = {"pairs": ratio(far, near)}
    if labels is not None and np.unique(labels).size > 1:
        same = labels[a] == labels[b]
        found |= {"between": ratio(far[~same], near[~same]) if (~same).any() else 0.0,
                  "within": ratio(far[same], near[same]) if same.any() else 0.0,
                  "sep": class_separation(last, labels)}  # fmt: skip
    return found


def _padded(inputs: Spikes) -> Spikes:
    """All samples as long as the longest."""
    longest = int(inputs.steps.max())
    if (inputs.steps == longest).all():
        return inputs
    return Spikes.from_events([inputs.events(k) for k in range(len(inputs))], longest, inputs.units)
