"""A network that runs while one watches: events or values in, spikes and answers out, at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.protocols import refuse_returned
from neurolsm.encode.encoder import channels_of
from neurolsm.encode.streaming import Memory, Streaming
from neurolsm.errors import BackendFailure, refuse
from neurolsm.execute.backend import Simulator
from neurolsm.execute.stepping import stepper_of
from neurolsm.program.state import State
from neurolsm.sequence.alone import Alone
from neurolsm.sequence.clock import Clock
from neurolsm.sequence.features import FeatureMemory
from neurolsm.sequence.following import Following, joined
from neurolsm.sequence.given import channels_in, given_state, graded_in, rows_in
from neurolsm.sequence.said import SessionState, Shown, Step
from neurolsm.sequence.walk import WalkState


class Session:
    """A running network, step by step, for ever. Made by ``neurolsm.open_session``; a context manager, also an asynchronous one.

    One thread at a time: a second one is refused while the first is inside. Memory does not grow.

    Attributes:
        clock: of real time, with the deadlines that were missed; None without.
        steps: how many there were.
    """

    def __init__(
        self, simulator: Simulator, channels: int, *, encoder: Streaming | None = None, hold: int = 1, learn: bool = True,
        start: State | None = None, following: Following | None = None, readout: slice | None = None,
        predict: Callable[[Any], Any] | None = None, clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self.clock, self.steps = clock, 0
        self._memory: Memory | None = None
        self._features: FeatureMemory | None = None
        self._value: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
        self._n_values: int | None = None
        self._simulator, self._channels, self._encoder, self._hold = simulator, channels, encoder, hold
        self._following, self._readout, self._predict = following, readout, predict
        self._stepper = stepper_of(simulator, learn)
        if start is not None:
            self._stepper.state = start
        self._alone = Alone()
        self._worker: ThreadPoolExecutor | None = None
        self._become(SessionState(self._stepper.state))
        self._start = self._here()

    # ------------------------------------------------------------------ use

    def step(self, events: Any, graded: Any = None) -> Step:
        """One step.

        Args:
            events: input channels that spike in it, in any order; the same channel twice is one spike. They act one step later,
                as everywhere.
            graded: rewards and teacher values of the program's graded channels; None for zeros.

        Raises:
            InvalidValue: what is no such thing, or a session whose readout was fitted on values; nothing has happened then.
            BackendFailure: closed, another thread is inside, or the backend failed.
        """
        self._alone.enter("step")
        try:
            following = self._following
            if following is not None and self._encoder is not None:
                limit = "would fall between the values that the readout was fitted on"
                refuse("Session", "step", "events", limit, "Use push(values)")
            channels = channels_in(events, self._channels)
            values = None if graded is None else graded_in(graded, self._simulator.program.n_graded)
            if self.clock is not None:
                self.clock.wait()
            try:
                fired = self._advance(channels, values)
                if following is not None:
                    return self._within(following, channels, fired)
            except BaseException as error:
                self._alone.lose(error, f"step {self.steps} on {type(self._simulator).__name__}")
                raise
            return Step(fired, None if self._readout is None else self._stepper.v[self._readout].astype(np.float64))
        finally:
            self._alone.leave()

    def push(self, values: Any) -> Any:
        """Show values through the encoder, each for ``hold`` steps. Of a deployment: predict one sample.

        Args:
            values: one row [N], or several [T, N]; of a deployment one sample, as its ``stream`` takes it.

        Returns:
            ``Shown``; of a deployment its ``Prediction``.

        Raises:
            InvalidValue: no encoder, NaN, another number of values; nothing has happened then.
            BackendFailure: as ``step``.
        """
        self._alone.enter("push")
        try:
            if self._predict is not None:
                return self._predict(values)
            if self._encoder is None:
                refuse(
                    "Session", "push", "values", "needs an encoder", "Give open_session an encoder, or use step(events)"
                )
            rows, alone = rows_in(values)
            memory = self._memory_for(rows.shape[1])
            try:
                return self._show(memory, rows, alone)
            except BaseException as error:
                self._alone.lose(error, f"step {self.steps} on {type(self._simulator).__name__}")
                raise
        finally:
            self._alone.leave()

    async def astep(self, events: Any, graded: Any = None) -> Step:
        """``step`` on the session's own thread. Calls are done in the order they came in. One that is cancelled has either not begun,
        and never happens, or happens to its end; ``steps`` tells which."""
        return await self._aside(self.step, events, graded)  # type: ignore[no-any-return]

    async def apush(self, values: Any) -> Any:
        """``push`` on the session's own thread, as ``astep``."""
        return await self._aside(self.push, values)

    # ------------------------------------------------------------------ life

    @property
    def state(self) -> SessionState:
        """A copy of everything that has to be remembered. May be set, also to one of another backend, or to the ``state_`` of the
        estimator that the session was opened with."""
        with self._alone.inside("state"):
            return self._here()

    @state.setter
    def state(self, state: SessionState | WalkState) -> None:
        with self._alone.inside("state", mend=True):
            self._become(given_state(state, self._encoder, self._following, self._hold))

    def reset(self) -> None:
        """Back to where the session began: what it has learned since is forgotten, and a clock begins anew."""
        with self._alone.inside("reset", mend=True):
            self._become(self._start)
            if self.clock is not None:
                self.clock.begin()

    def close(self) -> None:
        """End everything that the session owns. A step that is under way is waited for. May be called twice."""
        self._alone.closed = True
        if self._worker is not None:
            self._worker.shutdown(wait=True, cancel_futures=True)
        with self._alone.last():
            self._simulator.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await asyncio.to_thread(self.close)

    async def _aside(self, work: Callable[..., Any], *arguments: Any) -> Any:
        if self._alone.closed:
            raise BackendFailure(f"Session.a{work.__name__}: the session is closed. Open a new one.")
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="neurolsm-session")
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)

    # ------------------------------------------------------------------ steps

    def _advance(self, channels: NDArray[np.int32], graded: NDArray[np.int16] | None = None) -> NDArray[np.int32]:
        fired = self._stepper.step(channels, graded)
        self.steps += 1
        if self.clock is not None:
            self.clock.ended()
        return fired

    def _within(self, following: Following, channels: NDArray[np.int32], fired: NDArray[np.int32]) -> Step:
        """A step of a value that is given as spikes: the readout answers after the last one."""
        self._value.append((channels, fired))
        if len(self._value) < following.hold:
            return Step(fired)
        heard = np.concatenate([one for one, _ in self._value])
        spikes = joined([one for _, one in self._value], following.program.n)
        self._value.clear()
        assert self._features is not None
        said = following.answer(self._features, spikes, self._stepper, np.bincount(heard, minlength=following.n_values))
        return Step(fired, *said)

    def _show(self, memory: Memory, rows: NDArray[np.float64], alone: bool) -> Shown:
        assert self._encoder is not None
        self._n_values = rows.shape[1]
        every: list[NDArray[np.int32]] = []
        said: list[Any] = []
        for row in rows:
            raster, memory = self._encoder.go_on(memory, row[None], self._hold)
            if np.shape(raster) != (self._hold, self._channels):
                limit = f"must be a raster of {self._hold} steps and {self._channels} channels"
                refuse_returned(
                    self._encoder, "go_on", np.shape(raster), limit, "Return one row for each row that was given"
                )
            steps = []
            for heard in raster:
                if self.clock is not None:
                    self.clock.wait()
                steps.append(self._advance(np.flatnonzero(heard).astype(np.int32)))
            every += steps
            self._memory = memory
            if self._following is not None:
                assert self._features is not None
                spikes = joined(steps, self._following.program.n)
                said.append(self._following.answer(self._features, spikes, self._stepper, row))
            elif self._readout is not None:
                said.append((self._stepper.v[self._readout].astype(np.float64), None))
        spikes = joined(every, self._simulator.program.n)
        if not said:
            return Shown(spikes)
        if alone:
            return Shown(spikes, *said[0])
        labels = [label for _, label in said]
        return Shown(spikes, np.stack([one for one, _ in said]), None if labels[0] is None else np.array(labels))

    def _memory_for(self, n_values: int) -> Memory:
        """What the encoder remembers; another number of values than its own is refused."""
        assert self._encoder is not None
        if self._n_values is not None and n_values != self._n_values:
            limit = f"values a row, the session has {self._n_values}"
            refuse("Session", "values", n_values, limit, "Give as many values in every row")
        if self._memory is not None:
            return self._memory
        made = channels_of(self._encoder, n_values)
        if made != self._channels:
            limit = f"values a row make {made} channels, the network has {self._channels} inputs"
            refuse("Session", "values", n_values, limit, "Give as many values as the encoder needs for that")
        return self._encoder.begin(n_values)

    # ------------------------------------------------------------------ where it stands

    def _here(self) -> SessionState:
        found = SessionState(
            self._stepper.state, self.steps, self._memory, self._n_values, self._features, tuple(self._value)
        )
        return found.copy()

    def _become(self, state: SessionState) -> None:
        """``state``, all of it or nothing."""
        own = state.copy()
        self._stepper.state = own.network
        self.steps, self._memory, self._value = own.steps, own.encoder, list(own.within)
        self._n_values = own.n_values if self._following is None else self._following.n_values
        self._features = own.features if own.features or self._following is None else self._following.begin()
