"""Several samples at once: the whole semantics of a program on arrays [lanes, N].

A lane is one copy of the network with a state of its own. All numbers are kept as float64: in Loihi arithmetic a 24-bit
state times a 12-bit decay needs 36 of the 53 bits that a double holds exactly, so the same few operations, with a
truncation after each decay, give every bit of ``neurolsm.semantics`` in one arithmetic and its equations in the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import Program
from neurolsm.semantics.neuron import STATE_LIMIT
from neurolsm_lava.compiled import update
from neurolsm_lava.synapses import Synapses

Floats = NDArray[np.float64]


class Lanes:
    """The state of ``lanes`` copies of a program's network.

    Attributes:
        u, v, theta: [lanes, N]; ``refractory`` likewise, int32.
        pending: input on its way [lanes, 2 * (max_delay + 1), N], of the program's type; row ``now`` is the input of the
            next step. The window of live rows moves forward and is copied back to the front when it reaches the end,
            which spares a remainder for every synaptic event.
    """

    def __init__(self, program: Program, lanes: int) -> None:
        self.integer, self.dtype, self.n = program.integer, program.dtype, program.n
        self.plastic, self.neurons = program.plastic, program.neurons
        neurons = program.neurons
        self.unit = 64.0 if self.integer else 1.0  # of inputs and of threshold mantissas
        full = 4096 if self.integer else 1
        self.keep_u = (full - neurons.du - (1 if self.integer else 0)) / full
        self.keep_v = (full - neurons.dv) / full
        self.keep_theta = (full - neurons.theta_decay) / full
        self.excite(neurons.bias_mant, neurons.vth)
        self.theta_step = neurons.theta_step.astype(np.float64)
        self.refractory_period = neurons.refractory.astype(np.int32)
        self.refracts, self.adapts = neurons.refracts, neurons.adapts
        self.synapses = Synapses(program)
        self.n_inputs = program.n_inputs
        self.slots = program.max_delay + 1
        self.resize(lanes)

    def resize(self, lanes: int) -> None:
        """Forget all states and make room for ``lanes`` of them."""
        self.u, self.v, self.theta = np.zeros((3, lanes, self.n))
        self.refractory = np.zeros((lanes, self.n), np.int32)
        self.pending = np.zeros((lanes, 2 * self.slots, self.n), self.dtype)
        self.now = 0

    def excite(self, bias_mant: NDArray[Any], vth: NDArray[Any]) -> None:
        """Set the biases and the thresholds of all lanes."""
        self.bias = replace(self.neurons, bias_mant=bias_mant).bias.astype(np.float64)
        self.threshold = vth.astype(np.float64) * self.unit

    def adopt(self, learned: Mapping[str, NDArray[Any]]) -> None:
        """Take weights, biases and thresholds from the part of a ``State`` that learning changes."""
        self.excite(learned["bias_mant"], learned["vth"])
        for k, projection in enumerate(self.plastic):
            weight = learned[f"plastic/{k}/weight"]
            self.synapses.assign(k, slice(None), replace(projection, weight=weight).effective)

    @property
    def count(self) -> int:
        return self.u.shape[0]

    # ------------------------------------------------------------------ state

    def load(self, lanes: NDArray[np.int64], state: Mapping[str, NDArray[Any]]) -> None:
        """Set the given lanes to ``state``, named as in ``neurolsm.program.state.State``."""
        for name in ("u", "v", "theta", "refractory"):
            getattr(self, name)[lanes] = state[name]
        self.pending[lanes] = 0
        self.pending[lanes, self.now : self.now + self.slots] = state["pending"]
        # A program without these features may still be handed a state that was not at rest.
        self.refracts = self.refracts or bool(state["refractory"].any())
        self.adapts = self.adapts or bool(state["theta"].any())

    def store(self, lane: int, state: Mapping[str, NDArray[Any]]) -> None:
        """Copy one lane into the arrays of ``state``."""
        for name in ("u", "v", "theta", "refractory"):
            state[name][:] = getattr(self, name)[lane]
        state["pending"][:] = self.pending[lane, self.now : self.now + self.slots]

    # ------------------------------------------------------------------ one step

    def step(self, lane: NDArray[np.int64], channel: NDArray[Any]) -> NDArray[np.bool_]:
        """Advance all lanes by one step.

        Args:
            lane, channel: the input spikes of this step, as pairs.

        Returns:
            Who spiked [lanes, N].
        """
        spike = self._update()
        fired = np.flatnonzero(spike)
        fired_lane, neuron = np.divmod(fired, self.n)
        self._after_spikes(fired, neuron)
        self._advance()
        # Flat address of the first row that the spikes of each source can reach.
        base = np.concatenate([lane, fired_lane]) * (2 * self.slots * self.n) + self.now * self.n
        source = np.concatenate([channel, neuron + self.n_inputs])
        self.synapses.deliver(source, base, self.pending.reshape(-1))
        return spike

    def _update(self) -> NDArray[np.bool_]:
        spike = np.empty(self.u.shape, bool)
        update(
            self.u, self.v, self.theta, self.refractory, self.pending, self.now, self.unit, self.keep_u, self.keep_v,
            self.keep_theta, self.bias, self.threshold, self.integer, self.refracts, self.adapts, spike,
        )  # fmt: skip
        return spike

    def _after_spikes(self, fired: NDArray[np.int64], neuron: NDArray[np.int64]) -> None:
        self.v.reshape(-1)[fired] = 0
        if self.refracts:
            self.refractory.reshape(-1)[fired] = self.refractory_period[neuron]
        if self.adapts:
            self.theta.reshape(-1)[fired] += self.theta_step[neuron]
            if self.integer:
                np.minimum(self.theta, STATE_LIMIT - 1, out=self.theta)

    def _advance(self) -> None:
        self.now += 1
        if self.now + self.slots > 2 * self.slots:
            live = 2 * self.slots - self.now
            self.pending[:, :live] = self.pending[:, self.now :]
            self.pending[:, live:] = 0
            self.now = 0
