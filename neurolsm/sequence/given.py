"""What is given to a live session, read as what it is or refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import real, whole
from neurolsm.encode.streaming import Streaming
from neurolsm.errors import refuse
from neurolsm.program.graded import HIGH, LOW
from neurolsm.sequence.features import FeatureMemory
from neurolsm.sequence.following import Following
from neurolsm.sequence.said import SessionState
from neurolsm.sequence.walk import WalkState

EVENTS = "Give the numbers of the channels that spike in this step; np.flatnonzero(row) of a raster"
NOTHING = np.zeros(0, np.int32)


def channels_in(events: Any, channels: int) -> NDArray[np.int32]:
    """The channels of one step, ascending and each once.

    Raises:
        InvalidValue: not one axis of whole numbers in 0 .. channels - 1; truth values, for those are a raster.
    """
    array = events
    if type(events) is list:  # the short way for what is given in every step
        try:
            array = np.array(events)
        except (ValueError, OverflowError):
            pass  # refused below
    if type(array) is not np.ndarray or array.dtype.kind not in "iu":
        array = whole("Session", "events", events, EVENTS)
    if array.ndim != 1:
        refuse("Session", "events", array.shape, "must have one axis", EVENTS)
    if not array.size:
        return NOTHING
    if array.size > 1 and not (array[1:] > array[:-1]).all():
        array = np.unique(array)
    if array[0] < 0 or array[-1] >= channels:
        wrong = array[0] if array[0] < 0 else array[-1]
        refuse("Session", "events", int(wrong), f"must lie in 0..{channels - 1}", EVENTS)
    return array.astype(np.int32)


def graded_in(values: Any, channels: int) -> NDArray[np.int16]:
    """The values of the graded channels in one step."""
    remedy = "Give one value for each graded channel of the program"
    array = whole("Session", "graded", values, remedy)
    if array.shape != (channels,):
        refuse("Session", "graded", array.shape, f"the program has {channels} graded channels", remedy)
    if array.size and (array.min() < LOW or array.max() > HIGH):
        refuse("Session", "graded", array.tolist(), f"must lie in {LOW}..{HIGH}", "Scale the values down")
    return array.astype(np.int16)


def rows_in(values: Any) -> tuple[NDArray[np.float64], bool]:
    """Values [T, N], and whether it was one row alone."""
    remedy = "Give one row of values [N], or several [T, N]"
    array = real("Session", "values", values, remedy)
    if array.ndim > 2 or not array.size:
        refuse("Session", "values", array.shape, "must be a row [N] or rows [T, N]", remedy)
    return (array if array.ndim == 2 else array.reshape(1, -1)), array.ndim < 2


def given_state(state: Any, encoder: Streaming | None, following: Following | None, hold: int) -> SessionState:
    """The state of a session, or where an estimator stands; the network's own part is checked by the simulator.

    Raises:
        InvalidValue: no such state, or one with another encoder or readout.
    """
    remedy = "Give the state of a session with the same network, encoder and readout"
    if isinstance(state, WalkState):
        n_values = None if following is None else following.n_values
        state = SessionState(state.network, state.values * hold, state.encoder, n_values, state.features)
    if not isinstance(state, SessionState):
        refuse("Session", "state", type(state).__name__, "must be the state of a session", remedy)
    began = None
    if state.encoder is not None and encoder is not None and state.n_values is not None:
        began = encoder.begin(state.n_values)
    if _form(began) != _form(state.encoder):
        refuse("Session", "state.encoder", _form(state.encoder), "is not what this encoder remembers", remedy)
    mine = None if following is None else following.begin()
    if _forms(mine) != _forms(state.features):
        refuse("Session", "state.features", _forms(state.features), "are not what this readout remembers", remedy)
    if len(state.within) >= (1 if following is None or encoder is not None else hold):
        refuse("Session", "state.within", len(state.within), "steps of a value that has ended", remedy)
    return state


def _form(array: NDArray[Any] | None) -> tuple[Any, ...]:
    return () if array is None else (array.shape, array.dtype.str)


def _forms(memory: FeatureMemory | None) -> tuple[Any, ...]:
    return () if memory is None else tuple(_form(one) for one in (memory.trace, memory.recent, memory.count))
