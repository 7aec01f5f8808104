"""Running a Program with the Numba kernels, samples spread over worker threads (the kernels release the GIL)."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator.kernel import run
from neurolsm.emulator.tables import tables
from neurolsm.errors import refuse
from neurolsm.execute.backend import check_inputs
from neurolsm.execute.recording import Recording
from neurolsm.graded import Graded
from neurolsm.program import Program
from neurolsm.spikes import Spikes
from neurolsm.state import State


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class EmulatorSimulator:
    """Runs a Program in compiled code. See ``neurolsm.execute.backend.Simulator`` for the interface.

    Args:
        program: what to run.
        workers: threads; None for one a core. The result does not depend on it.
    """

    def __init__(self, program: Program, workers: int | None = None) -> None:
        if workers is not None and not 1 <= workers <= cores():
            refuse(
                "EmulatorSimulator",
                "workers",
                workers,
                f"must be 1 to {cores()}, the cores of this process",
                "Leave it out",
            )
        self.program = program
        self.workers = workers or cores()
        self.info: dict[str, Any] = {"engine": "numba", "workers": self.workers}
        self.state = State.rest(program)
        self._slots = program.max_delay + 2
        self._inputs, self._neurons = tables(program)

    def run(
        self, inputs: Spikes, *, graded: Graded | None = None, learn: bool = True, carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:  # fmt: skip
        graded = check_inputs(self.program, inputs, trace, graded)
        start = time.perf_counter()
        samples, rows, n, dtype = len(inputs), inputs.indptr.size - 1, self.program.n, self.program.dtype
        final = {name: np.zeros((samples, n), dtype) for name in ("u", "v")}
        traces = {name: np.zeros((rows if name in trace else 0, n), dtype) for name in ("u", "v")}
        counts, synops = np.zeros(rows, np.int64), np.zeros(samples, np.int64)
        blocks = [(0, samples)] if carry else self._blocks(samples)

        def block(span: tuple[int, int]) -> tuple[NDArray[np.int32], State]:
            return self._run(inputs, span, carry, final, traces, counts, synops)

        if len(blocks) == 1:
            parts = [block(blocks[0])]
        else:
            with ThreadPoolExecutor(self.workers) as pool:
                parts = list(pool.map(block, blocks))
        if samples:
            self.state = parts[-1][1]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        spikes = Spikes(inputs.steps, indptr, np.concatenate([fired for fired, _ in parts]), n)
        return Recording(
            spikes, final["u"], final["v"], synops, time.perf_counter() - start, dict(self.info),
            {name: traces[name] for name in trace},
        )  # fmt: skip

    def _blocks(self, samples: int) -> list[tuple[int, int]]:
        """A few blocks a worker, so that uneven samples spread out."""
        count = 1 if self.workers == 1 else max(1, min(samples, 4 * self.workers))
        edges = np.linspace(0, samples, count + 1).astype(int)
        return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))

    def _run(
        self, inputs: Spikes, span: tuple[int, int], carry: bool, final: dict[str, NDArray[Any]],
        traces: dict[str, NDArray[Any]], counts: NDArray[np.int64], synops: NDArray[np.int64],
    ) -> tuple[NDArray[np.int32], State]:  # fmt: skip
        p, neurons = self.program, self.program.neurons
        state = self.state.copy() if carry else State.rest(p)
        ring = np.zeros(self._slots * p.n, p.dtype)
        ring[: state.pending.size] = state.pending.ravel()
        scalar = bool((neurons.du == neurons.du[0]).all() and (neurons.dv == neurons.dv[0]).all())
        vth = (neurons.vth << 6 if p.integer else neurons.vth).astype(p.dtype)
        fired = run(
            inputs.indptr, inputs.unit, inputs.offsets, span[0], span[1], carry,
            self._inputs.ptr, self._inputs.target, self._inputs.weight,
            self._neurons.ptr, self._neurons.target, self._neurons.weight,
            neurons.du, neurons.dv, neurons.bias.astype(p.dtype), vth, neurons.refractory.astype(np.int32),
            neurons.theta_step, neurons.theta_decay, scalar, neurons.refracts or neurons.adapts or bool(state.refractory.any() or state.theta.any()),
            self._slots, state.u, state.v, state.refractory, state.theta, ring,
            final["u"], final["v"], traces["u"], traces["v"], counts, synops,
        )  # fmt: skip
        state.pending = ring.reshape(self._slots, p.n)[:-1].copy()
        return fired, state

    def close(self) -> None:
        pass

    def __enter__(self) -> EmulatorSimulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class EmulatorBackend:
    """The emulator under the name ``emulator``."""

    name = "emulator"

    @staticmethod
    def missing() -> str | None:
        return None

    @staticmethod
    def open(program: Program, workers: int | None = None) -> EmulatorSimulator:
        return EmulatorSimulator(program, workers)
