"""Programs written by hand: single neurons with constants so round that a pencil can follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurolsm.conformance.generate import SIGN_RANGES
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes

STEPS = 12


@dataclass(frozen=True)
class Synapse:
    """One synapse onto a cell, from an input channel of its own (firing at ``at``) or from the cell ``source``."""

    weight: float
    at: tuple[int, ...] = ()
    exp: int = 0
    delay: int = 0
    source: str = ""


@dataclass(frozen=True)
class Cell:
    """One neuron and what it must do in ``STEPS`` steps. Constants that are not given make it inert."""

    name: str
    constants: dict[str, float]
    synapses: tuple[Synapse, ...] = ()
    u: Sequence[float] = ()
    v: Sequence[float] = ()
    spikes: Sequence[int] = ()
    extra: dict[str, float] = field(default_factory=dict)  # end values of other states


INERT = {"du": 4095, "dv": 4096, "vth": 131071}  # no memory in u and v, highest threshold
INERT_FLOAT = {"du": 1.0, "dv": 1.0, "vth": 1.0}


def build(cells: Sequence[Cell], *, integer: bool = True) -> tuple[Program, Spikes]:
    """One program of all cells, and one sample of ``STEPS`` steps that drives them."""
    inert, kind = (INERT, np.int32) if integer else (INERT_FLOAT, np.float64)
    whole = {"bias_exp", "refractory"}

    def constant(name: str) -> np.ndarray:
        values = [cell.constants.get(name, inert.get(name, 0)) for cell in cells]
        return np.array(values, np.int32 if name in whole else kind)

    neurons = Neurons(**{name: constant(name) for name in Neurons.__dataclass_fields__})
    place = {cell.name: k for k, cell in enumerate(cells)}
    found = [(place[cell.name], synapse) for cell in cells for synapse in cell.synapses]
    channels = [(post, s) for post, s in found if not s.source]
    rows = [(INPUT, channel, post, s) for channel, (post, s) in enumerate(channels)]
    rows += [(NEURON, place[s.source], post, s) for post, s in found if s.source]
    events = [(step, channel) for channel, (_, s) in enumerate(channels) for step in s.at]
    inputs = Spikes.from_events(
        [([step for step, _ in events], [channel for _, channel in events])], STEPS, max(len(channels), 1)
    )
    projections = []
    for key in sorted({(source, s.weight > 0, s.exp) for source, _, _, s in rows}):
        chosen = sorted(
            ((pre, post, s) for source, pre, post, s in rows if (source, s.weight > 0, s.exp) == key),
            key=lambda row: row[:2],
        )
        sources = inputs.units if key[0] == INPUT else len(cells)
        sign = "excitatory" if key[1] else "inhibitory"
        assert not integer or all(SIGN_RANGES[sign][0] <= s.weight <= SIGN_RANGES[sign][1] for _, _, s in chosen)
        fan_out = np.bincount([pre for pre, _, _ in chosen], minlength=sources)
        projections.append(
            Projection(
                f"bench/{key[0]}/{sign}/{key[2]}", key[0], sign, key[2],
                np.concatenate([[0], np.cumsum(fan_out)]).astype(np.int64),
                np.array([post for _, post, _ in chosen], np.int32),
                np.array([s.weight for _, _, s in chosen], np.int16 if integer else np.float64),
                np.array([s.delay for _, _, s in chosen], np.uint8),
            )
        )  # fmt: skip
    program = Program(
        "loihi2" if integer else "none", "loihi" if integer else "float", 1e-3, 0, inputs.units,
        (Population("bench", 0, len(cells)),), neurons, tuple(projections),
    )  # fmt: skip
    return program, inputs


def prefixes(sample: Spikes) -> Spikes:
    """The first 1, 2, ... steps of a sample as a batch: its final states are the trace of the whole sample."""
    steps = int(sample.steps[0])
    step, unit = sample.events(0)
    return Spikes.from_events(
        [(step[step < length], unit[step < length]) for length in range(1, steps + 1)],
        list(range(1, steps + 1)),
        sample.units,
    )
