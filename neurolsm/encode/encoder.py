"""What every encoder offers: a batch of samples in, spikes of the input channels out."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from neurolsm.describe.checks import plain
from neurolsm.describe.protocols import refuse_returned
from neurolsm.program.spikes import Spikes


@runtime_checkable
class Encoder(Protocol):
    """A frozen description of how samples become input spikes.

    The spikes of a sample depend on the encoder and on that sample alone, never on the others in the batch or on their
    order, so a batch may be encoded in pieces.

    An encoder whose samples are not values, such as texts, says so by an attribute ``own_samples = True``: it is then given a list of
    samples as they are.
    """

    @property
    def steps(self) -> int | None:
        """Length of an encoded sample in steps; None where each sample brings its own."""

    def channels(self, n_values: int) -> int:
        """Number of input channels for samples of ``n_values`` values."""

    def encode(self, x: Any) -> Spikes:
        """The spikes of a batch. Raises InvalidValue for wrong shapes, NaN and whatever else cannot be encoded."""


def encoded(encoder: Encoder, x: Any, channels: int | None = None) -> Spikes:
    """The spikes of a batch, refused by the encoder's name where they cannot be those.

    Args:
        encoder: of neurolsm or not.
        x: samples.
        channels: how many there must be; None for any number.

    Raises:
        InvalidValue: no Spikes, another number of samples or of channels; and whatever the encoder refuses.
    """
    found = encoder.encode(x)
    if not isinstance(found, Spikes):
        remedy = "Return Spikes.from_dense(raster), from_list(...) or from_events(...)"
        refuse_returned(encoder, "encode", type(found).__name__, "must be Spikes", remedy)
    samples = len(x) if hasattr(x, "__len__") else len(found)
    if len(found) != samples:
        refuse_returned(encoder, "encode", found, f"must have {samples} samples", "Encode each sample of the batch")
    if channels is not None and found.units != channels:
        limit = f"must have {channels} channels, as channels() says and the LSM has"
        refuse_returned(encoder, "encode", found, limit, "Give both the same number")
    return found


def channels_of(encoder: Encoder, n_values: int) -> int:
    """Number of channels for samples of ``n_values`` values.

    Raises:
        InvalidValue: no whole number, at least 1; and whatever the encoder refuses.
    """
    found = plain(encoder.channels(n_values))
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        limit = "must be a whole number, at least 1"
        refuse_returned(encoder, "channels", found, limit, "Return the number of channels that encode fills")
    return found


def takes_own_samples(encoder: Any) -> bool:
    """Whether samples go to the encoder as they are; see ``Encoder``."""
    return bool(getattr(encoder, "own_samples", False))
