"""What a probe reads from a state, and in which units it is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.execute.probe import INTEGERS, NEURON, Probe, Synapses
from neurolsm.lowering.response import peak
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State


def moves(name: str, program: Program, learn: bool) -> bool:
    """Whether a quantity can change while the program runs."""
    if name == "threshold":
        return program.neurons.adapts or (learn and bool(program.intrinsic))
    if name == "bias":
        return learn and bool(program.intrinsic)
    return name in ("u", "v") or (learn and bool(program.plastic))


def of_neurons(name: str, state: State, program: Program, chosen: NDArray[np.int64]) -> NDArray[Any]:
    """u, v, threshold or bias of the chosen neurons, as the program holds them."""
    if name in ("u", "v"):
        return getattr(state, name)[chosen]
    if name == "bias":
        return _shifted(state.bias_mant[chosen], program.neurons.bias_exp[chosen], program)
    return _shifted(state.vth[chosen], 6, program) + state.theta[chosen]


def of_synapses(name: str, state: State, program: Program, chosen: Synapses) -> NDArray[Any]:
    """Weight, tag or trace of the chosen synapses, as the program holds them."""
    found = np.zeros(chosen.size, np.int64 if program.integer else np.float64)
    owner = np.array(chosen.projection)
    learned = dict(zip((p.name for p in program.plastic), state.plastic, strict=True))
    for projection in program.projections:
        here = owner == projection.name
        if not here.any():
            continue
        if name[0] in "xy":  # x traces belong to sources, y traces to targets
            index = (chosen.pre if name[0] == "x" else chosen.post)[here]
        else:
            index = chosen.index[here]
        found[here] = getattr(learned.get(projection.name, projection), name)[index]
    return found


def rates(spikes: Spikes, chosen: NDArray[np.int64], every: int, dt: float) -> NDArray[np.float64]:
    """Rates of the chosen neurons in each whole stretch of ``every`` steps of each sample, Hz."""
    windows = spikes.steps // every
    first = np.concatenate([[0], np.cumsum(windows)])
    unique, column = np.unique(chosen, return_inverse=True)
    row, unit = spikes.row, spikes.unit
    sample = np.searchsorted(spikes.offsets, row, side="right") - 1
    window = (row - spikes.offsets[sample]) // every
    keep = np.isin(unit, unique) & (window < windows[sample])
    place = (first[sample] + window)[keep] * unique.size + np.searchsorted(unique, unit[keep])
    counts = np.bincount(place, minlength=int(first[-1]) * unique.size).reshape(int(first[-1]), unique.size)
    return counts[:, column] / (every * dt)


def scales(
    probe: Probe, program: Program, neurons: NDArray[np.int64], synapses: Synapses
) -> dict[str, NDArray[np.float64]]:
    """For each quantity that has natural units, what one unit of it is in them.

    Raises:
        InvalidValue: a neuron whose threshold is 0, for which there are no such units.
    """
    if probe.units == INTEGERS:
        return {}
    found = {name: 1 / _one(program, neurons) for name in probe.of_neurons if name in NEURON[:4]}
    if "weight" in probe.of_synapses:
        exponent = {p.name: p.weight_exp for p in program.projections}
        raised = np.array([exponent[name] for name in synapses.projection])
        found["weight"] = weight_unit(program, synapses.post, raised)
    return found


def weight_unit(program: Program, post: NDArray[Any], exponent: Any) -> NDArray[np.float64]:
    """The peak response, in thresholds, that a weight of mantissa 1 and this exponent causes in each of the neurons ``post``.

    Raises:
        InvalidValue: a neuron whose threshold is 0.
    """
    du, dv, one = program.neurons.du[post], program.neurons.dv[post], _one(program, post)
    if program.integer:
        return 2.0 ** (exponent + 6) / one * peak(1 - (du + 1) / 4096, 1 - dv / 4096)
    return peak(1 - du, 1 - dv) / one


def _one(program: Program, neurons: NDArray[np.int64]) -> NDArray[np.float64]:
    """One threshold of each neuron, in units of v."""
    one = _shifted(program.neurons.vth[neurons], 6, program).astype(np.float64)
    for neuron in neurons[one == 0]:
        limit = "has the threshold 0, so nothing can be told in units of it"
        refuse("Probe", "units", "thresholds", f"neuron {neuron} {limit}", "Use units='integers', or other neurons")
    return one


def _shifted(values: NDArray[Any], exponent: Any, program: Program) -> NDArray[Any]:
    return values.astype(np.int64) << exponent if program.integer else values
