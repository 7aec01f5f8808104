"""Transforms in front of an encoder: tonic's, or any function from one sample to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurolsm.arrays import is_table, samples_of, take
from neurolsm.describe.protocols import check_part
from neurolsm.encode.encoder import Encoder, encoded
from neurolsm.errors import InvalidValue, refuse
from neurolsm.program.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Transformed:
    """encode(x) = encoder.encode(transform(sample) for each sample)

    ``tonic.transforms.Compose([...])`` is one such transform; a tuple of them is applied one after the other. A transform that
    draws random numbers makes the encoding random: give it a seed of its own.

    Args:
        transform: a function, or a tuple of functions.
        encoder: what takes the results.

    Raises:
        InvalidValue: a field of another kind.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> encoder = nl.Transformed(transform=np.sqrt, encoder=nl.RateEncoder(steps=10))
        >>> encoder.encode([[0.25]]).dense().sum().item()  # 10 steps at the rate sqrt(0.25)
        5
    """

    transform: Callable[[Any], Any] | tuple[Callable[[Any], Any], ...]
    encoder: Encoder

    def __post_init__(self) -> None:
        for k, each in enumerate(self.transforms):
            if not callable(each):
                refuse(
                    "Transformed", f"transform[{k}]", each, "must be a function of one sample", "Give one, or a tuple"
                )
        check_part("Transformed", "encoder", self.encoder, Encoder, "Use one of neurolsm.encode")

    @property
    def transforms(self) -> tuple[Callable[[Any], Any], ...]:
        return self.transform if isinstance(self.transform, tuple) else (self.transform,)

    @property
    def steps(self) -> int | None:
        """Those of the encoder."""
        return self.encoder.steps

    def channels(self, n_values: int) -> int:
        """Those of the encoder, for transforms that keep the number of values."""
        return self.encoder.channels(n_values)

    def encode(self, x: Any) -> Spikes:
        """Spikes of a batch.

        Raises:
            InvalidValue: a transform failed, or the encoder refuses what it made.
        """
        return encoded(self.encoder, self.values(x))

    def values(self, x: Any) -> Any:
        """What the encoder is given: an array of all results where they are arrays of one shape, else a list."""
        # Iterating a table gives the names of its columns, and a row of a matrix is a matrix again.
        own = take("Transformed", "x", x) if is_table(x) or isinstance(x, np.matrix) else x
        samples = samples_of("Transformed", "x", own, "samples, one after the other")
        done = [self._apply(k, sample) for k, sample in enumerate(samples)]
        if done and all(type(s) is np.ndarray and s.dtype.names is None and s.shape == done[0].shape for s in done):
            return np.stack(done)
        return done

    def _apply(self, k: int, sample: Any) -> Any:
        for each in self.transforms:
            try:
                sample = each(sample)
            except InvalidValue:
                raise
            except Exception as error:  # the transform is someone else's
                name = getattr(each, "__name__", type(each).__name__)
                raise InvalidValue(
                    f"Transformed.transform = {name}: failed on sample {k} ({type(error).__name__}: {error}). "
                    "Try it on the sample alone."
                ) from error
        return sample
