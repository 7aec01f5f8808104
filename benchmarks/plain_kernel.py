"""The plain C++ kernel (plain_kernel.cpp), called on a static Program.

It does nothing but LIF, synapses and spike counts, for neurons that share their time constants and threshold.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from compiled_cpp import library, pointer
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.program.spikes import Spikes


def prepare(program: Program, inputs: Spikes, threads: int) -> Callable[[], NDArray[np.int32]]:
    """What has to be timed: a function that runs all samples and returns spike counts [samples, n]."""
    recurrent, feed = program.projections
    p, n, slots = program.neurons, program.n, program.max_delay + 2
    target = (recurrent.delay.astype(np.int32) * n + recurrent.post).astype(np.int32)
    arrays = [inputs.indptr, inputs.unit, recurrent.indptr, target, recurrent.effective, feed.indptr, feed.post,
              feed.effective, p.bias.astype(np.int32)]  # fmt: skip
    indptr, unit, ptr, target, weight, in_ptr, in_target, in_weight, bias = map(pointer, arrays)
    run = library("plain_kernel").batch

    def call() -> NDArray[np.int32]:
        count = np.zeros((len(inputs), n), np.int32)
        run(
            indptr, unit, len(inputs), int(inputs.steps[0]), n, slots, ptr, target, weight, in_ptr, in_target, in_weight,
            bias, 4095 - int(p.du[0]), 4096 - int(p.dv[0]), int(p.vth[0]) << 6, pointer(count), threads,
        )  # fmt: skip
        return count

    call.arrays = arrays  # type: ignore[attr-defined]  # kept alive
    return call
