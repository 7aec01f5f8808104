"""What it means to agree: every bit in Loihi arithmetic, round-off in float arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.state import State

ROUND_OFF = 1e-9  # of the largest value


def same_array(what: str, expected: Any, got: Any, exact: bool = True) -> None:
    expected, got = np.asarray(expected), np.asarray(got)
    assert got.shape == expected.shape, f"{what}: shape {got.shape} instead of {expected.shape}"
    scale = np.abs(expected).max(initial=0).astype(float)
    different = got != expected if exact else ~(np.abs(got - expected) <= ROUND_OFF * scale)
    if different.any():
        first = tuple(int(k) for k in np.argwhere(different)[0])
        raise AssertionError(
            f"{what} differs in {int(different.sum())} of {different.size} places, first at {first}: "
            f"expected {expected[first]}, got {got[first]}"
        )


def same_recording(expected: Recording, got: Recording, program: Program, what: str = "") -> None:
    """Spikes, final u and v, and the count of synaptic operations."""
    if not got.spikes.equal(expected.spikes):
        same_array(f"{what}steps", expected.spikes.steps, got.spikes.steps)
        for sample, (a, b) in enumerate(zip(expected.spikes.to_list(), got.spikes.to_list(), strict=True)):
            same_array(f"{what}spikes of sample {sample} [step, neuron]", a, b)
        raise AssertionError(f"{what}spikes have another layout: rows must be sorted, each neuron once")
    for name in ("u", "v"):
        values = getattr(got, name)
        assert values.dtype == program.dtype, f"{what}final {name} is {values.dtype}, not {np.dtype(program.dtype)}"
        same_array(f"{what}final {name} [sample, neuron]", getattr(expected, name), values, program.integer)
    same_array(f"{what}synops", expected.synops, got.synops)


def same_state(expected: State, got: State, program: Program, what: str = "") -> None:
    """Every array of the state, and the clock."""
    wanted, found = expected.arrays(), got.arrays()
    assert found.keys() == wanted.keys(), f"{what}state has {sorted(found)}, not {sorted(wanted)}"
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype, f"{what}state.{name} is {found[name].dtype}, not {array.dtype}"
        same_array(f"{what}state.{name}", array, found[name], program.integer)
    assert got.clock == expected.clock, f"{what}state.clock is {got.clock}, not {expected.clock}"
