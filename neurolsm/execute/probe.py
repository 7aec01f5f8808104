"""What to look at while a program runs: chosen neurons and synapses, every so many steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.arrays import whole as whole_numbers
from neurolsm.describe import checks
from neurolsm.errors import refuse
from neurolsm.program import Program, Projection
from neurolsm.program.plasticity import TRACES
from neurolsm.shown import described, shown

NEURON = ("v", "u", "threshold", "bias", "rate")
SYNAPSE = ("weight", "tag1", "tag2", *TRACES)
LEARNED = SYNAPSE[1:]  # what only synapses that learn have
THRESHOLDS, INTEGERS = "thresholds", "integers"


@described
@dataclass(frozen=True, kw_only=True, eq=False)
class Probe:
    """Values of chosen neurons and synapses after the steps every - 1, 2 every - 1, ... of each sample.

        v, u, threshold, bias    x / (64 vth)                    thresholds (bias: a step)
        rate                     spikes in the last every steps / (every dt)    Hz
        weight                   peak of the response it causes in a resting membrane, as in descriptions, thresholds
        x1 .. y3, tag1, tag2     integers of the rule, as on the chip

    ``vth`` is the threshold that the program starts with, so that a threshold that moves can be seen to move, and a neuron fires
    where v exceeds its ``threshold``. With ``units="integers"`` all but the rate are the numbers of the program: v, u, bias and
    thresholds (64 vth + theta) as the neurons hold them, weights as mantissas. (In float arithmetic these are floats.)

    Args:
        what: some of ``v``, ``u``, ``threshold``, ``bias`` and ``rate`` of neurons, ``weight``, ``tag1``, ``tag2`` and the traces
            ``x1``, ``x2`` (of the source), ``y1``, ``y2``, ``y3`` (of the target) of synapses.
        neurons: their numbers in the program, or the name of a population; None for all.
        synapses: for each projection by its name, the numbers of synapses in it [K], or pairs (pre, post) [K, 2], or None for all.
        every: steps between two samplings, at least 1.
        units: ``thresholds`` or ``integers``.

    Raises:
        InvalidValue: a field outside its range. What a program lacks is refused by ``record``, before anything runs.

    Example:
        >>> import neurolsm as nl
        >>> nl.Probe(what=("v", "threshold"), neurons=range(3)).neurons
        (0, 1, 2)
    """

    what: str | Sequence[str]
    neurons: str | ArrayLike | None = None
    synapses: Mapping[str, ArrayLike | None] = field(default_factory=dict)
    every: int = 1
    units: str = THRESHOLDS

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", (self.what,) if isinstance(self.what, str) else _tuple(self.what))
        checks.words(self, "what", NEURON + SYNAPSE, "Choose some of them")
        if not self.what or len(set(self.what)) < len(self.what):
            refuse("Probe", "what", self.what, "must name at least one quantity, each once", "Write what=('v', 'u')")
        checks.whole(self, "every", 1)
        checks.word(self, "units", (THRESHOLDS, INTEGERS))
        if self.neurons is not None and not isinstance(self.neurons, str):
            object.__setattr__(self, "neurons", _numbers("neurons", self.neurons, (1,)))
        self._check_synapses()
        if self.neurons is not None and not self.of_neurons:
            limit = f"are chosen, but what = {self.what} asks nothing of neurons"
            refuse("Probe", "neurons", self.neurons, limit, f"Add some of {NEURON} to what")

    def _check_synapses(self) -> None:
        if not isinstance(self.synapses, Mapping) or not all(isinstance(name, str) for name in self.synapses):
            remedy = "Write {'liquid/recurrent/excitatory': [0, 1]}"
            refuse("Probe", "synapses", self.synapses, "must choose synapses by the name of their projection", remedy)
        chosen = {
            name: None if which is None else _numbers(f"synapses[{name!r}]", which, (1, 2))
            for name, which in self.synapses.items()
        }
        object.__setattr__(self, "synapses", chosen)
        if chosen and not self.of_synapses:
            limit = f"are chosen, but what = {self.what} asks nothing of synapses"
            refuse("Probe", "synapses", list(chosen), limit, f"Add some of {SYNAPSE} to what")
        if self.of_synapses and not chosen:
            remedy = "Write synapses={'liquid/recurrent/excitatory': None} for all of a projection"
            refuse("Probe", "synapses", {}, f"chooses none, but what asks for {self.of_synapses[0]}", remedy)

    @property
    def of_neurons(self) -> tuple[str, ...]:
        return tuple(name for name in self.what if name in NEURON)

    @property
    def of_synapses(self) -> tuple[str, ...]:
        return tuple(name for name in self.what if name in SYNAPSE)


@shown()
@dataclass(frozen=True, eq=False)
class Synapses:
    """Chosen synapses: their projection, their number in it, the neuron or channel they come from and the neuron they go to [S]."""

    projection: tuple[str, ...]
    index: NDArray[np.int64]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]

    @property
    def size(self) -> int:
        return self.index.size


def neurons_of(probe: Probe, program: Program) -> NDArray[np.int64]:
    """The numbers of the chosen neurons.

    Raises:
        InvalidValue: a neuron or a population that the program does not have.
    """
    if not probe.of_neurons:
        return np.zeros(0, np.int64)
    if isinstance(probe.neurons, str):
        here = program.population(probe.neurons)
        return np.arange(here.start, here.stop)
    if probe.neurons is None:
        return np.arange(program.n)
    chosen = np.array(probe.neurons, np.int64)
    for neuron in chosen[(chosen < 0) | (chosen >= program.n)]:
        limit = f"must lie in 0..{program.n - 1}, the neurons of the program"
        refuse("Probe", "neurons", neuron, limit, "Choose others, or name a population")
    return chosen


def synapses_of(probe: Probe, program: Program) -> Synapses:
    """The chosen synapses, projection by projection.

    Raises:
        InvalidValue: a projection or a synapse that the program does not have, or what only learning synapses have of others.
    """
    known = {p.name: p for p in program.projections}
    names: list[str] = []
    found: list[NDArray[np.int64]] = [np.zeros((3, 0), np.int64)]
    for name, which in probe.synapses.items():
        if name not in known:
            limit = f"is no projection of the program; there are {', '.join(known)}"
            refuse("Probe", "synapses", name, limit, "Choose one of them")
        projection = known[name]
        for what in probe.of_synapses:
            if what in LEARNED and projection.plasticity is None:
                learning = ", ".join(p.name for p in program.plastic) or "none"
                limit = f"is asked of {name}, which does not learn; those that do: {learning}"
                refuse("Probe", "what", what, limit, "Choose a projection that learns, or ask for the weight alone")
        index = _indices(projection, which)
        pre = np.searchsorted(projection.indptr, index, side="right") - 1
        found.append(np.stack([index, pre, projection.post[index]]))
        names += [name] * index.size
    return Synapses(tuple(names), *np.concatenate(found, axis=1))


def _indices(projection: Projection, which: Any) -> NDArray[np.int64]:
    """The numbers of synapses in their projection, from numbers or from pairs (pre, post)."""
    if which is None:
        return np.arange(projection.size)
    chosen = np.array(which, np.int64)
    field = f"synapses[{projection.name!r}]"
    if chosen.ndim == 1:
        for index in chosen[(chosen < 0) | (chosen >= projection.size)]:
            limit = f"must lie in 0..{projection.size - 1}, the synapses of the projection"
            refuse("Probe", field, index, limit, "Choose others, or give pairs (pre, post)")
        return chosen
    found = []
    for pre, post in chosen:
        here = slice(*projection.indptr[pre : pre + 2]) if 0 <= pre < projection.indptr.size - 1 else slice(0)
        at = np.flatnonzero(projection.post[here] == post)
        if not at.size:
            limit = f"is no synapse: {projection.source} {pre} has none to neuron {post}"
            refuse("Probe", field, (int(pre), int(post)), limit, "Look at the projection's pre and post")
        found.append(here.start + at[0])
    return np.array(found, np.int64)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, set, frozenset)) else value


def _numbers(field: str, value: Any, dimensions: tuple[int, ...]) -> tuple[Any, ...]:
    """Whole numbers, or pairs of them, as tuples."""
    remedy = "Give a list of numbers" + (", or of pairs (pre, post)" if 2 in dimensions else "")
    given = list(value) if isinstance(value, range) else value
    array = whole_numbers("Probe", field, given, remedy)
    if array.ndim not in dimensions or not array.size or (array.ndim == 2 and array.shape[1] != 2):
        limit = "must be numbers [K]" + (" or pairs [K, 2]" if 2 in dimensions else "") + ", at least one"
        refuse("Probe", field, value, limit, remedy)
    return tuple(tuple(row) for row in array.tolist()) if array.ndim == 2 else tuple(array.tolist())
