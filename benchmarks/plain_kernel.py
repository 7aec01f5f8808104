"""The plain C++ kernel (plain_kernel.cpp), compiled once a process and called on a static Program.

It does nothing but LIF, synapses and spike counts, for neurons that share their time constants and threshold.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.program.spikes import Spikes

COMPILE = ("g++", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")


def available() -> bool:
    return shutil.which(COMPILE[0]) is not None


@lru_cache(maxsize=1)
def library() -> Any:
    """The compiled kernel."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain_kernel.so"
        subprocess.run([*COMPILE, "-o", path, Path(__file__).with_suffix(".cpp")], check=True)
        return ctypes.CDLL(str(path))


def prepare(program: Program, inputs: Spikes, threads: int) -> Callable[[], NDArray[np.int32]]:
    """What has to be timed: a function that runs all samples and returns spike counts [samples, n]."""
    recurrent, feed = program.projections
    p, n, slots = program.neurons, program.n, program.max_delay + 2
    target = (recurrent.delay.astype(np.int32) * n + recurrent.post).astype(np.int32)
    arrays = [inputs.indptr, inputs.unit, recurrent.indptr, target, recurrent.effective, feed.indptr, feed.post,
              feed.effective, p.bias.astype(np.int32)]  # fmt: skip
    indptr, unit, ptr, target, weight, in_ptr, in_target, in_weight, bias = map(_pointer, arrays)
    run = library().batch

    def call() -> NDArray[np.int32]:
        count = np.zeros((len(inputs), n), np.int32)
        run(
            indptr, unit, len(inputs), int(inputs.steps[0]), n, slots, ptr, target, weight, in_ptr, in_target, in_weight,
            bias, 4095 - int(p.du[0]), 4096 - int(p.dv[0]), int(p.vth[0]) << 6, _pointer(count), threads,
        )  # fmt: skip
        return count

    call.arrays = arrays  # type: ignore[attr-defined]  # kept alive
    return call


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
