"""Traces that no learning process holds, kept beside the network, so that a state is whole wherever it goes.

A learning process has the traces of its own sources and targets. A program remembers those of all neurons, and a rule with third
factors may have traces of the target's own spikes besides, which Lava wants to be sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, Program, Projection
from neurolsm.program.plasticity import Plasticity
from neurolsm.program.state import PlasticState
from neurolsm_lava.stock_layout import Block, Layout
from neurolsm_lava.stock_rules import THIRD, VECTORS
from neurolsm_lava.teacher import OwnTraces
from neurolsm_lava.traces import Traces


class Records:
    """All traces of one plastic projection over a run.

    Args:
        projection: a plastic projection.
        memory: what it remembers at the beginning; it is copied.
        clock: learning steps done before the run.
        steps: steps of the run.
    """

    def __init__(self, projection: Projection, memory: PlasticState, clock: int, steps: int) -> None:
        assert projection.plasticity is not None
        self._rule, self._from_input = projection.plasticity, projection.source == INPUT
        self._memory = memory.copy()
        self._traces = Traces(projection.plasticity, self._memory)
        self._traces.begin(clock, steps)

    def step(
        self, channels: NDArray[np.int32], fired: NDArray[np.int64], third: dict[str, NDArray[np.int64]], clock: int
    ) -> None:
        """Take the input channels and the neurons that fired in the step ``clock``, and its third factors."""
        self._traces.note("x", channels if self._from_input else fired, clock)
        self._traces.note("y", fired, clock)
        self.taught(third)
        if clock % self._rule.t_epoch == 0:
            self._traces.epoch(clock)
            self._traces.end_epoch()

    def taught(self, third: dict[str, NDArray[np.int64]]) -> None:
        """Set the third factors of this step [n]."""
        self._traces.set(third)

    def give(self, memory: PlasticState) -> None:
        """Copy all traces and spike times into ``memory``."""
        for name in VECTORS:
            getattr(memory, name)[:] = getattr(self._memory, name)

    def forget(self) -> None:
        """A new sample begins."""
        self._traces.forget()


def kept(program: Program, layout: Layout, plastic: int) -> bool:
    """Whether a plastic projection has a trace that no learning process holds."""
    p = program.plastic[plastic]
    rule = p.plasticity
    assert rule is not None
    if rule.third and set(rule.third) != set(THIRD):
        return True
    blocks = [block for block in layout.learning if block.plastic == plastic]
    held = [np.zeros(p.indptr.size - 1, bool), np.zeros(program.n, bool)]
    for block in blocks:
        held[0][block.pre], held[1][block.post] = True, True
    return not all(side.all() for side in held)


def held_traces(rule: Plasticity) -> tuple[str, ...]:
    """The traces and spike times that a learning process itself holds: of a rule with third factors, not those that are sent to it."""
    return tuple(name for name in VECTORS if not rule.third or name not in THIRD or name in rule.third)


def own_names(rule: Plasticity) -> tuple[str, ...]:
    """The traces of the target's own spikes that a rule with third factors uses."""
    return tuple(
        y for y in THIRD if rule.third and y not in rule.third and any(product.uses(y) for product in rule.products)
    )


def own_traces(block: Block, memory: PlasticState, clock: int) -> OwnTraces | None:
    """Those of a block that are to be sent, or None; ``memory`` is that of its whole projection."""
    rule = block.projection.plasticity
    assert rule is not None
    names = own_names(rule)
    if not names:
        return None
    traces = {name: (rule.trace(name).tau, rule.trace(name).impulse) for name in names}
    return OwnTraces(rule.seed, traces, {name: getattr(memory, name)[block.post] for name in names}, clock)
