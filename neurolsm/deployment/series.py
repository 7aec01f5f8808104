"""A series at work on a backend: an answer after every value, and a lesson where its target comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.encode.streaming import Memory, Streaming
from neurolsm.errors import refuse, warn_unusual
from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.execute.turn import in_turn
from neurolsm.learn.chip.delta import READOUT
from neurolsm.learn.chip.linear import LinearReadout
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.sequence.series import read_series, read_targets
from neurolsm.shown import shown

AT_ONCE = 1 << 21  # states and entries of rasters that are held at once
OFTEN = 0.05  # share of the targets outside the range from which a warning is due

Values = NDArray[np.float64]


@dataclass(eq=False)
class SeriesState:
    """Where a series stands: what has to be remembered to go on with its next value, on any backend.

    Attributes:
        network: of the simulator, weights included.
        encoder: what the encoder remembers.
        values: how many values were shown.
    """

    network: State
    encoder: Memory
    values: int = 0

    def copy(self) -> SeriesState:
        return SeriesState(self.network.copy(), self.encoder.copy(), self.values)


@dataclass(frozen=True, eq=False, kw_only=True)
class SeriesModel:
    """What a deployment of a series runs, and in which units it speaks.

    Attributes:
        lsm, encoder, program: the description, with a ``LinearReadout``, and what runs; the liquid is as ``fit`` left it.
        hold: steps of the network for each value.
        n_values: numbers in each value of the series.
        low, high: outputs of -1 and 1 of the readout [K].
        flat: whether one target per value is given and said as [T].
        closes: whether the target is the next value, so that ``forecast`` may close the loop.
    """

    lsm: LSM
    encoder: Streaming
    program: Program
    hold: int
    n_values: int
    low: Values
    high: Values
    flat: bool = False
    closes: bool = False

    @property
    def readout(self) -> LinearReadout:
        assert isinstance(self.lsm.readout, LinearReadout)
        return self.lsm.readout

    def begin(self, network: State | None = None) -> SeriesState:
        """A series that begins, with what ``network`` has learned."""
        start = State.rest(self.program) if network is None else network.copy()
        start.begin_sample(self.program)
        return SeriesState(start, self.encoder.begin(self.n_values))

    def spikes(self, memory: Memory, values: Values) -> tuple[Spikes, Memory]:
        """Values as samples of ``hold`` steps that are pieces of one stream, with the clock; and what the encoder remembers then."""
        raster, memory = self.encoder.go_on(memory, values, self.hold)
        whole = np.zeros((len(raster), self.program.n_inputs), bool)
        whole[:, : raster.shape[1]] = raster
        step, channel = self.readout.clock_events(self.hold)
        whole[step[0] :: self.hold, raster.shape[1] + channel[0]] = True
        return Spikes.from_dense(whole.reshape(len(values), self.hold, -1)), memory


@shown(
    backend="backend", values="values", lessons="lessons", clipped="clipped", frozen="frozen", neurons="program.n",
    synapses="program.synapses", lsm="lsm",
)  # fmt: skip
class SeriesDeployment:
    """A model of series at work: everything that learns, learns on the backend. A context manager, as ``Deployment``.

        out[t] = what the readout neurons say in the last step of x[t];  then, if y[t] is there, their weights learn from it

    Made by ``LSMSequenceRegressor.deploy`` and ``neurolsm.resume``. The host scales numbers; it computes no error and refits nothing.

    Attributes:
        model, backend: what runs where; ``lsm``, ``encoder`` and ``program`` are the model's.
        frozen: whether learning is refused.
        values: values shown since the series began.
        lessons: values learned from so far.
        clipped: targets outside the range of the readout that were learned from as its end.
    """

    def __init__(self, model: SeriesModel, backend: str, options: dict[str, Any]) -> None:
        self.model, self.backend = model, backend
        self.frozen, self.lessons, self.clipped = False, 0, 0
        self._simulator: Simulator = open_simulator(model.program, backend, **options)
        self._here = model.program.population(READOUT).slice
        self._memory, self.values = model.encoder.begin(model.n_values), 0

    lsm = property(lambda self: self.model.lsm)
    encoder = property(lambda self: self.model.encoder)
    program = property(lambda self: self.model.program)

    # ------------------------------------------------------------------ use

    @in_turn
    def predict(self, X: Any, *, go_on: bool = False) -> NDArray[np.float64]:
        """What is said after each value, [T] or [T, K], without a lesson.

        The series begins afresh, and nothing changes; with ``go_on`` it goes on where the last one stood, and stands after it.
        """
        x = self._read(X)
        before = self.state
        try:
            if not go_on:
                self.state = self.model.begin(before.network)
            said = self._through(x, None)
        except BaseException:
            self.state = before
            raise
        if not go_on:
            self.state = before
        return self._like(said)

    @in_turn
    def follow(self, X: Any, y: Any, *, go_on: bool = True) -> NDArray[np.float64]:
        """Test, then learn: what is said after each value, before the lesson of its target. [T] or [T, K].

        Args:
            X: values [T, N] (or [T]).
            y: targets [T, K] (or [T]); NaN where nothing is to be learned. Those outside ``low`` .. ``high`` teach the nearer end.
            go_on: False: the series begins afresh, with what was learned.

        Raises:
            InvalidValue: frozen, or what does not fit. Whatever ends the call early leaves everything as it was.

        Warns:
            UnusualValue: more than 5 % of the targets are outside the range.
        """
        if self.frozen:
            refuse("SeriesDeployment.follow", "frozen", True, "nothing learns while frozen", "Call thaw() first")
        x = self._read(X)
        targets = read_targets("SeriesDeployment", y, [len(x)])[0]
        if targets.shape[1] != self.model.low.size:
            limit = f"the readout has {self.model.low.size} outputs"
            refuse("SeriesDeployment", "y", targets.shape, limit, "Give a target for each; NaN where there is none")
        middle, half = (self.model.low + self.model.high) / 2, (self.model.high - self.model.low) / 2
        wanted = (targets - middle) / half
        outside = int((np.abs(wanted) > 1).any(axis=1).sum())
        before = self.state
        try:
            if not go_on:
                self.state = self.model.begin(before.network)
            said = self._through(x, np.clip(wanted, -1, 1))
        except BaseException:
            self.state = before
            raise
        self.lessons += int((~np.isnan(wanted)).any(axis=1).sum())
        self.clipped += outside
        if outside > OFTEN * len(x):
            warn_unusual(
                "SeriesDeployment", "y", f"{outside} of {len(x)} targets",
                f"lie outside {self.model.low.tolist()} .. {self.model.high.tolist()} and teach its ends, usual are at most 5 %",
                "Deploy with a wider range",
            )  # fmt: skip
        return self._like(said)

    @in_turn
    def forecast(self, n: int) -> NDArray[np.float64]:
        """The next ``n`` values in a closed loop, [n] or [n, N]: what is said is shown as the next value. Changes nothing."""
        count = plain(n)
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            refuse("SeriesDeployment", "n", n, "must be a whole number, at least 1", "Give a number of values")
        if not self.model.closes or not self.values:
            limit = "closes the loop: it needs y[t] = x[t + 1], and values that were shown"
            refuse(
                "SeriesDeployment", "forecast", self.values, limit, "Deploy a model of the next value, and show some"
            )
        before = self.state
        try:
            said = [self._outs(before.network.v[None, self._here])]
            for _ in range(count - 1):
                said.append(self._through(said[-1], None))
        finally:
            self.state = before
        return self._like(np.concatenate(said))

    @in_turn
    def show(self, X: Any) -> None:
        """Go on with values that are neither answered nor learned from."""
        self._through(self._read(X), None)

    @in_turn
    def freeze(self) -> None:
        """Refuse to learn until ``thaw``."""
        self.frozen = True

    @in_turn
    def thaw(self) -> None:
        self.frozen = False

    # ------------------------------------------------------------------ life

    @property
    def state(self) -> SeriesState:
        """A copy of where the series stands and of all that was learned; may be set, also to one of another backend."""
        return SeriesState(self._simulator.state, self._memory.copy(), self.values)

    @state.setter
    def state(self, state: SeriesState) -> None:
        self._simulator.state = state.network
        self._memory, self.values = state.encoder.copy(), state.values

    @in_turn
    def save(self, path: str | Path) -> None:
        """Write everything to one file, whole or not at all; ``neurolsm.resume`` goes on with the next value, on any backend."""
        from neurolsm.deployment.series_file import save  # it knows this module

        save(self, path)

    def close(self) -> None:
        """End every process of the backend. May be called twice."""
        self._simulator.close()

    def __enter__(self) -> SeriesDeployment:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ------------------------------------------------------------------ parts

    def _through(self, x: Values, wanted: Values | None) -> Values:
        """Show values and teach; what the outputs are after each, before its lesson [T, K]."""
        said = [self._piece(x[part], None if wanted is None else wanted[part]) for part in self._parts(len(x))]
        return np.concatenate(said)

    def _piece(self, x: Values, wanted: Values | None) -> Values:
        inputs, memory = self.model.spikes(self._memory, x)
        graded = None if wanted is None else self._lessons(wanted)
        found = self._simulator.run(inputs, graded=graded, learn=True, carry=True)  # no lesson, no weight moves
        self._memory = memory
        self.values += len(x)
        return self._outs(found.v[:, self._here])

    def _lessons(self, wanted: Values) -> Graded:
        known = np.flatnonzero(~np.isnan(wanted).all(axis=1))
        lessons = np.array([self.model.readout.lesson(one) for one in wanted[known]], np.int16)
        rows = len(wanted) * self.model.hold
        return Graded.build((known + 1) * self.model.hold - 1, lessons.reshape(known.size, 1 + wanted.shape[1]), rows)

    def _outs(self, v: NDArray[np.int32]) -> Values:
        middle, half = (self.model.low + self.model.high) / 2, (self.model.high - self.model.low) / 2
        return middle + half * self.model.readout.outs(v, self.model.program)

    def _parts(self, length: int) -> Iterator[slice]:
        once = max(AT_ONCE // (self.model.hold * self.model.program.n_inputs + 4 * self.model.program.n), 1)
        return (slice(k, min(k + once, length)) for k in range(0, length, once))

    def _read(self, X: Any) -> Values:
        series = read_series("SeriesDeployment", X, self.model.hold)
        if len(series) != 1 or isinstance(series[0], Spikes):
            what = "Spikes" if isinstance(series[0], Spikes) else f"{len(series)} series"
            refuse("SeriesDeployment", "X", what, "must be one series of values", "Call it once for each series [T, N]")
        x = series[0]
        if x.shape[1] != self.model.n_values:
            limit = f"the model was made for {self.model.n_values} values per step"
            refuse("SeriesDeployment", "X", x.shape, limit, "Give the same values")
        return np.asarray(x, np.float64)

    def _like(self, said: Values) -> NDArray[np.float64]:
        return said[:, 0] if self.model.flat else said


def held(program: Program, state: State | None) -> Program:
    """``program`` with what it has learned, and nothing that learns."""
    if state is None or not program.learns:
        return replace(
            program, projections=tuple(replace(p, plasticity=None) for p in program.projections), modulators=(),
            intrinsic=(),
        )  # fmt: skip
    memory = iter(state.plastic)
    projections = tuple(
        replace(p, plasticity=None, weight=next(memory).weight.copy()) if p.plasticity else p
        for p in program.projections
    )
    neurons = replace(program.neurons, bias_mant=state.bias_mant.copy(), vth=state.vth.copy())
    return replace(program, neurons=neurons, projections=projections, modulators=(), intrinsic=())
