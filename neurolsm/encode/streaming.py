"""Encoders of a series that goes on: what they remember between two values, so that any cut gives the same spikes."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurolsm.encode.encoder import Encoder
from neurolsm.encode.values import Rows
from neurolsm.errors import refuse

Memory = NDArray[Any]


@runtime_checkable
class Streaming(Encoder, Protocol):
    """An encoder whose spikes at a step depend on the values so far and on nothing later.

    ``encode`` of a whole series, and ``go_on`` of its pieces one after the other from ``begin``, give the same spikes.
    """

    def begin(self, n_values: int) -> Memory:
        """What is remembered before the first value."""

    def go_on(self, memory: Memory, values: Rows, hold: int) -> tuple[NDArray[np.bool_], Memory]:
        """The raster [T hold, channels] of values [T, N], each shown for ``hold`` steps, and what is remembered after them."""


def check_streaming(owner: str, encoder: Any) -> Streaming:
    """Refuse an encoder that needs whole samples."""
    if isinstance(encoder, type) or not isinstance(encoder, Streaming):
        refuse(
            owner,
            "encoder",
            encoder,
            "must encode value by value",
            "Use PopulationEncoder, SignedRateEncoder, RateEncoder or DeltaEncoder, or give X as Spikes",
        )
    return encoder
