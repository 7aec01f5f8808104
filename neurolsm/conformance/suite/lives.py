"""A random life on a simulator and on the reference: they must agree after every episode."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurolsm.conformance.generate_lives import Episode, Life, disturbed
from neurolsm.conformance.suite.agreement import same_array, same_recording, same_state
from neurolsm.execute.backend import Simulator
from neurolsm.execute.recording import Recording
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator


def live(life: Life, simulator: Simulator) -> bool:
    """Run all episodes on both; returns whether a weight has changed.

    Raises:
        AssertionError: the first bit that differs.
    """
    reference = ReferenceSimulator(life.program)
    for k, episode in enumerate(life.episodes):
        what = f"life {life.seed}, episode {k}: "
        _hand(life, k, reference, simulator)
        expected = _run(episode, reference)
        if episode.cut:
            _in_pieces(episode, simulator, expected.spikes, what)
        else:
            same_recording(expected, _run(episode, simulator), life.program, what)
        same_state(reference.state, simulator.state, life.program, what)
    learned = zip(reference.state.plastic, life.program.plastic, strict=True)
    return any((memory.weight != p.weight).any() for memory, p in learned)


def _run(episode: Episode, simulator: Simulator) -> Recording:
    return simulator.run(episode.spikes, graded=episode.graded, learn=episode.learn, carry=episode.carry)


def _hand(life: Life, k: int, reference: Simulator, simulator: Simulator) -> None:
    """What happens to the states before episode ``k``."""
    handed = life.episodes[k].handed
    if handed == "outside":
        reference.state = disturbed(reference.state, life.program, life.seed + k)
    if handed in ("over", "outside"):
        simulator.state = reference.state
    elif handed == "back":
        reference.state = simulator.state


def _in_pieces(episode: Episode, simulator: Simulator, expected: Spikes, what: str) -> None:
    """The one sample of an episode, as two runs."""
    found = []
    for number, (spikes, graded) in enumerate(_pieces(episode)):
        carry = episode.carry or number > 0
        found.append(simulator.run(spikes, graded=graded, learn=episode.learn, carry=carry).spikes)
    rasters = np.concatenate([raster for spikes in found for raster in spikes.to_list()])
    same_array(f"{what}spikes of the pieces [step, neuron]", expected.to_list()[0], rasters)


def _pieces(episode: Episode) -> Iterator[tuple[Spikes, Graded]]:
    whole, graded = episode.spikes, episode.graded
    both = Spikes(np.array([episode.cut, graded.rows - episode.cut]), whole.indptr, whole.unit, whole.units)
    yield both[0], graded.part(0, episode.cut)
    yield both[1], graded.part(episode.cut, graded.rows)
