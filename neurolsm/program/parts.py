"""What a program is made of: its neurons, its projections, its populations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.plasticity import Plasticity
from neurolsm.program.short_term import ShortTerm
from neurolsm.shown import shown

INPUT, NEURON = "input", "neuron"


@shown()
@dataclass(frozen=True, eq=False)
class Neurons:
    """Constants of all neurons, one entry per neuron. Integers in Loihi arithmetic, float64 in float arithmetic.

    Attributes:
        du: current decay, 0..4095 (float: the share of u lost in a step).
        dv: voltage decay, 0..4095 (float: the share of v lost in a step).
        vth: threshold mantissa, 0..131071; a spike when v > vth * 64 (float: v > vth).
        bias_mant, bias_exp: bias = mant * 2**exp, -4096..4095 and 0..7 (float: mant alone).
        refractory: steps after a spike in which v stays 0, 0..63.
        theta_step: what a spike adds to the adaptive threshold, in units of v; 0 for none.
        theta_decay: decay of the adaptive threshold, 0..4096 as dv.
    """

    du: NDArray[Any]
    dv: NDArray[Any]
    vth: NDArray[Any]
    bias_mant: NDArray[Any]
    bias_exp: NDArray[Any]
    refractory: NDArray[Any]
    theta_step: NDArray[Any]
    theta_decay: NDArray[Any]

    @property
    def size(self) -> int:
        return self.du.size

    @property
    def bias(self) -> NDArray[Any]:
        """What is added to v in each step."""
        return self.bias_mant << self.bias_exp if self.bias_mant.dtype.kind == "i" else self.bias_mant

    @property
    def refracts(self) -> bool:
        return bool(self.refractory.any())

    @property
    def adapts(self) -> bool:
        return bool(self.theta_step.any())


@shown(
    name="name", source="source", sign_mode="sign_mode", weight_exp="weight_exp", synapses="size", weight="weight",
    delay="delay", plasticity="plasticity",
)  # fmt: skip
@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from the inputs or from the neurons to the neurons, grouped by source (CSR), at most one per pair.

    A spike at step t over a synapse of delay k adds ``weight << weight_exp`` to the input of step t + 1 + k.

    Attributes:
        name: unique in the program, such as ``liquid/recurrent/excitatory``.
        source: ``input`` or ``neuron``; which numbering the rows of ``indptr`` follow.
        sign_mode: ``excitatory`` (0..255), ``inhibitory`` (-255..0) or ``mixed`` (even, -256..254).
        weight_exp: 0..7, shared by all synapses of the projection.
        indptr: int64 [sources + 1].
        post: int32 [synapses], ascending within a source.
        weight: int16 [synapses] (float64 in float arithmetic).
        delay: uint8 [synapses], 0..62.
        plasticity: how the weights change while the program runs; None for static synapses.
        short_term: how what a spike delivers depends on those before; None where it does not. Float arithmetic only.
    """

    name: str
    source: str
    sign_mode: str
    weight_exp: int
    indptr: NDArray[np.int64]
    post: NDArray[np.int32]
    weight: NDArray[Any]
    delay: NDArray[np.uint8]
    plasticity: Plasticity | None = None
    short_term: ShortTerm | None = None

    @property
    def pre(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.indptr.size - 1), np.diff(self.indptr))

    @property
    def effective(self) -> NDArray[Any]:
        """What one spike adds to the input of the target."""
        return self.weight.astype(np.int32) << self.weight_exp if self.weight.dtype.kind == "i" else self.weight

    @property
    def size(self) -> int:
        return self.post.size


@dataclass(frozen=True)
class Population:
    """A contiguous range of neurons with a name."""

    name: str
    start: int
    stop: int

    @property
    def slice(self) -> slice:
        return slice(self.start, self.stop)
