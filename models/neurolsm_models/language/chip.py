"""An on-chip readout: neurons that predict the next character by their spikes, and learn from those that were wrong.

    s_c = b_c + sum of w_ic over the contexts i that fired,   neuron c fires  <=>  s_c + noise > 0,    noise ~ N(0, sigma^2)
    dw_ic = rate (teacher_c - fired_c) for the i that fired,  teacher_c = 1 for the character that came

so that in the mean neuron c fires with the probability of c, Phi(s_c / sigma): a delta rule whose error is a spike, local to
the synapse (trace of its source, spike of its target, third factor). Weights have 8 bits and round stochastically. The noise
is binary: in each character half of 32 channels, chosen at random, spike through fixed weights. The bias comes from a neuron
that fires in each character.

The readout hears the context neurons alone: the random parts are four fifths of the spikes, and on validation text it says no
less without them. The rate halves three times in the course of a text, each time by going on from the same state under a
program with slower rules, so that the weights come to rest.

The host draws the noise, names the character that came, and turns scores into probabilities, Phi(s) / sum of Phi; it computes no
error and no weight. A score is read from the synaptic current, which a spike does not reset, less the noise that was sent.

Source: stochastic binary units and their rule: Williams, Machine Learning 8 (1992), of which this is the supervised case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.learn.chip.grow import add_inputs, add_neurons, all_pairs, connect, point_neurons, seed_of
from neurolsm.learn.products import product
from neurolsm.lowering.target import DV_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import SYNAPSE, Modulator, Plasticity, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.random import stream
from neurolsm_models.language.contexts import CONTEXT, HALF, VTH
from neurolsm_models.language.encode import ENTER, STEPS
from neurolsm_models.language.text import Symbols

READOUT, CLOCK = "readout", "clock"
NOISE = np.arange(8, 40)  # weights of the noise channels, in another order for each neuron
SIGMA = float(np.sqrt((NOISE**2).sum()) / 2)  # weight units in one standard deviation of the noise
STRENGTH = 16  # of the teacher and of an own spike
IMPULSE, KEPT = 127, 1 / 8  # x1 jumps when a neuron fires and is read one step later; the next character hardly sees it
MOVE = IMPULSE * KEPT * STRENGTH  # weight units that an error would move a synapse by at slowness 0
FLOOR = 1e-6  # of Phi, so that no character is impossible
CHUNK = 250  # characters per run
SCHEDULE = ((5, 0.30), (6, 0.30), (7, 0.25), (8, 0.15))  # slowness, and for which share of what is learned


@dataclass(frozen=True, kw_only=True)
class ChipReadout:
    """One noisy neuron a symbol.

    Args:
        symbols: what there is to say.
        slowness: an error moves a synapse by MOVE / 2^slowness weight units, of about 74 per sigma; 4 to 10.
        bias: weight of the bias before anything was learned.
    """

    symbols: int
    slowness: int = 6
    bias: int = -150

    def attach(self, program: Program) -> Program:
        """The program with the readout behind its contexts, and with a clock and the noise behind its channels."""
        contexts = program.population(CONTEXT)
        program, channels = add_inputs(program, 1 + NOISE.size)
        program, clock = add_neurons(program, CLOCK, point_neurons(1, vth=VTH, leak=DV_MAX))
        program, neurons = add_neurons(
            program, READOUT, point_neurons(self.symbols, vth=int(NOISE.sum()) // 2, leak=DV_MAX)
        )
        program = connect(program, CLOCK, INPUT, channels[:1], clock, 2 * HALF)
        rng = stream(program.seed, "readout/noise")
        weight = np.stack([rng.permutation(NOISE) for _ in range(self.symbols)], axis=1)
        program = connect(program, "readout/noise", INPUT, *all_pairs(channels[1:], neurons), weight.ravel())
        sources = np.append(np.arange(contexts.start, contexts.stop), clock)
        weight = np.where(sources == clock, self.bias, 0).repeat(self.symbols)
        rule = Plasticity(
            dw=(product("u", 2.0**-self.slowness, "x1", "y2"), product("u", -(2.0**-self.slowness), "x1", "y1")),
            third=("y2",), x1=Trace(-1 / np.log(KEPT), IMPULSE), y1=Trace(0.0, STRENGTH), seed=seed_of(program, READOUT),
            stream=SYNAPSE, reset=(),
        )  # fmt: skip
        program = connect(
            program, READOUT, NEURON, *all_pairs(sources, neurons), weight, sign_mode="mixed", plasticity=rule
        )
        teacher = Modulator("y2", int(neurons[0]), int(neurons[-1]) + 1, "each", program.n_graded)
        return replace(program, modulators=(*program.modulators, teacher))


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of learning a text on the chip.

    Attributes:
        program, state: to go on from.
        online: bits of each character, predicted before it was learned.
        spikes, operations: a character.
    """

    program: Program
    state: State
    online: NDArray[np.float64]
    spikes: float
    operations: float


def learn(program: Program, symbols: Symbols, classes: int, *, passes: int = 1, backend: str = "emulator") -> Learned:
    """Learn a text ``passes`` times, at the rates of ``SCHEDULE``; ``classes`` symbols there are to say."""
    order = np.concatenate([symbols] * passes)
    cuts = np.round(np.cumsum([0.0, *(share for _, share in SCHEDULE)]) * order.size).astype(int)
    state, online, spikes, operations = None, [], 0, 0
    for k, (slowness, _) in enumerate(SCHEDULE):
        whole = ChipReadout(symbols=classes, slowness=slowness).attach(program)
        with open_simulator(whole, backend) as simulator:
            if state is not None:
                simulator.state = state
            chip = ChipStream(simulator, program.seed + k)
            online.append(chip.bits(order[cuts[k] : cuts[k + 1]], learn=True))
            state = simulator.state
        spikes, operations = spikes + chip.spikes, operations + chip.operations
    assert state is not None
    return Learned(whole, state, np.concatenate(online), spikes / order.size, operations / order.size)


class ChipStream:
    """A simulator of a program with a ``ChipReadout``, fed with text.

    Args:
        simulator: at rest, or going on.
        seed: of the noise.
    """

    def __init__(self, simulator: Simulator, seed: int = 0) -> None:
        self.simulator = simulator
        program = simulator.program
        self._readout = program.population(READOUT).slice
        noise = next(p for p in program.projections if p.name == "readout/noise")
        self._symbols = self._readout.stop - self._readout.start
        self._noise = noise.weight.reshape(NOISE.size, self._symbols).astype(np.int64)
        self._rng = stream(seed, "readout/noise stream")
        self.spikes = self.operations = 0

    def bits(self, symbols: Symbols, *, learn: bool) -> NDArray[np.float64]:
        """Bits of each symbol, read before it was learned; with ``learn`` false no weight changes."""
        parts = [self._chunk(symbols[k : k + CHUNK], learn) for k in range(0, symbols.size, CHUNK)]
        return np.concatenate([np.zeros(0), *parts])

    def _chunk(self, symbols: Symbols, learn: bool) -> NDArray[np.float64]:
        size, n = symbols.size, self.simulator.program.n_inputs
        clock = n - 1 - NOISE.size
        noise = self._rng.random((size, NOISE.size)) < 0.5
        raster = np.zeros((size, STEPS, n), bool)
        raster[:, ENTER, clock] = True  # the clock neuron fires in the silent step of the next character
        raster[:, 0, clock + 1 :] = noise
        known = np.flatnonzero(symbols < clock)
        raster[known, ENTER, symbols[known]] = True
        teacher = np.zeros((size, self._symbols), np.int16)
        teacher[np.arange(size), symbols] = STRENGTH
        graded = Graded(STEPS * np.arange(size) + ENTER, teacher, STEPS * size)
        found = self.simulator.run(Spikes.from_dense(raster), graded=graded, learn=learn, carry=True)
        self.spikes += found.spikes.count
        self.operations += int(found.synops.sum())
        scores = found.u[:, self._readout] / 64 - noise @ self._noise
        likely = ndtr(scores / SIGMA) + FLOOR
        return -np.log2(likely[np.arange(size), symbols] / likely.sum(axis=1))
