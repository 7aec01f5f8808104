"""What a program asks of a core, as flat arrays: which neurons receive which lists of synapses, and what each thing costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.hardware.limits import (
    AXONS_PER_LEARNING_LIST,
    COMPARTMENTS_OF_ADAPTIVE,
    TAG_BITS,
    WEIGHT_WIDTHS,
)
from neurolsm.program import NEURON, Program, Projection

_NEVER = -1


@dataclass(frozen=True, eq=False)
class Demand:
    """One program. A list is what one source has in one projection: list = first[projection] + source.

    Attributes:
        back: row boundaries of the synapses by target, int64 [n + 1].
        heard: the list of each of these synapses, int64 [synapses].
        first: first list of each projection, int64 [projections + 1].
        of_neuron: whether the sources of a projection are neurons, bool [projections].
        slot: bits of a synapse without its index, int64 [projections].
        axons: entries of the table of input axons for a list, int64 [projections].
        dense: whether a projection may be stored dense even where it has no synapse, bool [projections].
        pre, post: trace profile, or -1 for static projections, int64 [projections].
        configuration, threshold: profile of each neuron, int64 [n].
        compartments: of each neuron, int64 [n].
    """

    back: NDArray[np.int64]
    heard: NDArray[np.int64]
    first: NDArray[np.int64]
    of_neuron: NDArray[np.bool_]
    slot: NDArray[np.int64]
    axons: NDArray[np.int64]
    dense: NDArray[np.bool_]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    configuration: NDArray[np.int64]
    threshold: NDArray[np.int64]
    compartments: NDArray[np.int64]

    @staticmethod
    def of(program: Program) -> Demand:
        """The demand of ``program``, without any chip in mind."""
        projections = program.projections
        first = np.concatenate([[0], np.cumsum([p.indptr.size - 1 for p in projections])]).astype(np.int64)
        post = np.concatenate([np.zeros(0, np.int32), *(p.post for p in projections)])
        lists = np.concatenate([np.zeros(0, np.int64), *(first[k] + p.pre for k, p in enumerate(projections))])
        order = np.argsort(post, kind="stable")
        neurons = program.neurons
        constants = (
            neurons.du,
            neurons.dv,
            neurons.refractory,
            neurons.bias_exp,
            neurons.theta_step,
            neurons.theta_decay,
        )
        return Demand(
            back=np.concatenate([[0], np.cumsum(np.bincount(post, minlength=program.n))]).astype(np.int64),
            heard=lists[order],
            first=first,
            of_neuron=np.array([p.source == NEURON for p in projections], bool),
            slot=np.array([slot_bits(p) for p in projections], np.int64),
            axons=np.array([AXONS_PER_LEARNING_LIST if p.plasticity else 1 for p in projections], np.int64),
            dense=np.array([p.plasticity is None for p in projections], bool),
            pre=_profiles([trace_profile(p, ("x1", "x2")) for p in projections]),
            post=_profiles([trace_profile(p, ("y1", "y2", "y3")) for p in projections]),
            configuration=_numbered(np.stack(constants, axis=1)),
            threshold=_numbered(neurons.vth[:, None]),
            compartments=np.where(neurons.theta_step != 0, COMPARTMENTS_OF_ADAPTIVE, 1).astype(np.int64),
        )


def weight_bits(p: Projection) -> int:
    """The narrowest field that keeps every weight: 8 for learned ones, fewer where all are multiples of a power of two.

    A field of b bits holds multiples of 2^(8 - b) up to 255; mixed ones share a bit with the sign, so multiples of 2^(9 - b).
    """
    if p.plasticity is not None or not p.size:
        return WEIGHT_WIDTHS[-1]
    union = int(np.bitwise_or.reduce(np.abs(p.weight.astype(np.int64))))
    low = (union & -union).bit_length() - 1 if union else 8
    exact = 8 + (p.sign_mode == "mixed") - low
    return next((width for width in WEIGHT_WIDTHS if width >= exact), WEIGHT_WIDTHS[-1])


def slot_bits(p: Projection) -> int:
    """Weight, delay and tag of a synapse."""
    delay = int(p.delay.max()).bit_length() if p.size else 0
    tag = TAG_BITS if p.plasticity is not None and p.plasticity.dt else 0
    return weight_bits(p) + delay + tag


def trace_profile(p: Projection, names: tuple[str, ...]) -> tuple[object, ...] | None:
    """What two plastic projections must share to use one trace profile; None for a static one."""
    rule = p.plasticity
    if rule is None:
        return None
    return (rule.t_epoch, *((rule.trace(n).tau, rule.trace(n).impulse, n in rule.third) for n in names))


def _profiles(found: list[tuple[object, ...] | None]) -> NDArray[np.int64]:
    numbers: dict[object, int] = {}
    return np.array([_NEVER if f is None else numbers.setdefault(f, len(numbers)) for f in found], np.int64)


def _numbered(rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """The number of each distinct row, column after column, because most columns are constant."""
    number = np.zeros(len(rows), np.int64)
    for column in rows.T:
        if column.size and (column != column[0]).any():
            values, inverse = np.unique(column, return_inverse=True)
            number = np.unique(number * values.size + inverse, return_inverse=True)[1]
    return number
