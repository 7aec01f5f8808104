"""What every encoder offers: a batch of samples in, spikes of the input channels out."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from neurolsm.program.spikes import Spikes


@runtime_checkable
class Encoder(Protocol):
    """A frozen description of how samples become input spikes.

    The spikes of a sample depend on the encoder and on that sample alone, never on the others in the batch or on their
    order, so a batch may be encoded in pieces.
    """

    @property
    def steps(self) -> int | None:
        """Length of an encoded sample in steps; None where each sample brings its own."""

    def channels(self, n_values: int) -> int:
        """Number of input channels for samples of ``n_values`` values."""

    def encode(self, x: Any) -> Spikes:
        """The spikes of a batch. Raises InvalidValue for wrong shapes, NaN and whatever else cannot be encoded."""
