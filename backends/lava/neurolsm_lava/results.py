"""What one run of the runtime left in shared memory, and several of them as one Recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm_lava.exchange import Exchange


@dataclass(frozen=True, eq=False)
class Part:
    """Consecutive samples: spikes, u and v after each [B, N], traces [rows, N], the state after the last, seconds."""

    spikes: Spikes
    u: NDArray[Any]
    v: NDArray[Any]
    traces: dict[str, NDArray[Any]]
    state: State
    seconds: float = 0.0


def still(program: Program, inputs: Spikes, state: State) -> Part:
    """Samples of no steps: nothing moves."""
    shape = (len(inputs), program.n)
    spikes = Spikes(inputs.steps, np.zeros(1, np.int64), np.zeros(0, np.int32), program.n)
    none = np.zeros((0, program.n), program.dtype)
    return Part(spikes, np.broadcast_to(state.u, shape), np.broadcast_to(state.v, shape), {"u": none, "v": none}, state)


def read(program: Program, exchange: Exchange, inputs: Spikes, before: State, *, carry: bool, seconds: float) -> Part:
    """The results of a run; shared memory may be used again afterwards."""
    count, total = len(inputs), int(inputs.steps.sum())
    u, v = exchange.u[:count].copy(), exchange.v[:count].copy()
    for sample in np.flatnonzero(inputs.steps == 0):  # in no plan, so nobody wrote them
        follows = carry and sample > 0
        u[sample], v[sample] = (u[sample - 1], v[sample - 1]) if follows else (before.u, before.v)
    state = before.copy()
    exchange.keep(state)
    if exchange.learns:
        state.clock += total
    if not carry and not inputs.steps[-1]:
        state.begin_sample(program, exchange.learns)
    rows = total * exchange.traced
    traces = {"u": exchange.trace_u[:rows].copy(), "v": exchange.trace_v[:rows].copy()}
    return Part(exchange.spikes(inputs.steps), u, v, traces, state, seconds)


def record(
    program: Program, inputs: Spikes, parts: Sequence[Part], trace: Sequence[str], info: dict[str, Any]
) -> Recording:
    """All parts of a batch, in order."""
    join = np.concatenate
    return Recording.build(
        program,
        inputs,
        Spikes.concatenate([part.spikes for part in parts]),
        u=join([part.u for part in parts]),
        v=join([part.v for part in parts]),
        seconds=sum(part.seconds for part in parts),
        info=info,
        traces={name: join([part.traces[name] for part in parts]) for name in trace},
    )
