"""What may happen to a model's surroundings: changes of the samples, as functions of the values."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.spikes import Spikes

Values = Any


@dataclass(frozen=True)
class Change:
    """A change of the surroundings.

    Attributes:
        name: what happened.
        apply: samples, seed -> changed samples of the same shape. Which sensors are hit depends on the seed alone.
    """

    name: str
    apply: Callable[[Values, int], Values]


def value_changes(low: Any, high: Any, rest: Any = None) -> tuple[Change, ...]:
    """Contrast, noise, dead and permuted sensors, for values [..., N] between ``low`` and ``high``.

    Args:
        low, high: one number, or one of each sensor [N].
        rest: what a sensor says of nothing, which contrast shrinks to and a dead one says; None for ``low``.
    """
    span, rest = high - low, low if rest is None else rest

    def contrast(x: NDArray[Any], seed: int) -> NDArray[Any]:
        return rest + 0.5 * (x - rest)

    def noise(x: NDArray[Any], seed: int) -> NDArray[Any]:
        return np.clip(x + _noise(x, seed).normal(0, 0.25 * span, x.shape), low, high)

    def dead(x: NDArray[Any], seed: int) -> NDArray[Any]:
        return np.where(_dead(x.shape[-1], seed), rest, x)

    def permuted(x: NDArray[Any], seed: int) -> NDArray[Any]:
        return x[..., _order(x.shape[-1], seed)]

    return (
        Change("half the contrast", contrast), Change("noise", noise), Change("3 of 10 sensors dead", dead),
        Change("sensors permuted", permuted),
    )  # fmt: skip


def sensor_changes(x: Any) -> tuple[Change, ...]:
    """What no label is needed to make up for: contrast, brightness, noise, dead sensors.

    Values that are never negative lie between the least and the largest of all, and 0 light is their least. Signed values have a range
    for each sensor, from the 0.5 % to the 99.5 % quantile, and rest at the sensor's mean.

    Args:
        x: samples that tell the range of the values: an array [..., N], or a list of series [T, N].
    """
    rows = np.concatenate([np.asarray(one).reshape(-1, np.shape(one)[-1]) for one in x])
    low, high, rest = rows.min(), rows.max(), rows.min()
    if low < 0:
        (low, high), rest = np.quantile(rows, (0.005, 0.995), axis=0), rows.mean(axis=0)
    contrast, noise, dead, _ = value_changes(low, high, rest)

    def fainter(x: NDArray[Any], seed: int) -> NDArray[Any]:
        return rest + 0.3 * (x - rest)

    def brighter(x: NDArray[Any], seed: int) -> NDArray[Any]:
        return np.clip(x + 0.25 * (high - low), low, high)

    found = (contrast, Change("contrast of 0.3", fainter), Change("brighter by a quarter", brighter), noise, dead)
    return tuple(Change(change.name, one_by_one(change.apply)) for change in found)


def one_by_one(apply: Callable[[Values, int], Values]) -> Callable[[Values, int], Values]:
    """The same for a list of series that differ in length."""

    def both(x: Values, seed: int) -> Values:
        return [apply(one, seed) for one in x] if isinstance(x, list) else apply(x, seed)

    return both


def image_changes(shape: tuple[int, int], low: float, high: float) -> tuple[Change, ...]:
    """Rotation by 30 degrees (counter-clockwise, row 0 on top) before ``value_changes``, for flattened images [B, H * W]."""

    def rotation(x: NDArray[Any], seed: int) -> NDArray[Any]:
        from scipy.ndimage import rotate

        turned = rotate(x.reshape(-1, *shape), 30, axes=(2, 1), reshape=False, order=1, cval=low)
        return np.clip(turned, low, high).reshape(x.shape)

    return (Change("turned by 30 degrees", rotation), *value_changes(low, high))


def spike_changes() -> tuple[Change, ...]:
    """Noise, dead and permuted sensors for samples that are ``Spikes``."""

    def noise(x: Spikes, seed: int) -> Spikes:
        rate = x.count / max(1, int(x.steps.sum()) * x.units)
        rng = _noise(np.append(x.indptr, x.unit), seed)
        return _raster(x, lambda r: r | (rng.random(r.shape) < rate))

    def dead(x: Spikes, seed: int) -> Spikes:
        gone = _dead(x.units, seed)
        return _raster(x, lambda r: r & ~gone)

    def permuted(x: Spikes, seed: int) -> Spikes:
        order = _order(x.units, seed)
        return _raster(x, lambda r: r[..., order])

    return Change("noise", noise), Change("3 of 10 sensors dead", dead), Change("sensors permuted", permuted)


def event_changes(shape: tuple[int, int]) -> tuple[Change, ...]:
    """Noise, dead pixels and a turned camera for samples that are arrays of events (x, y, t, p) of a camera [H, W]."""
    height, width = shape

    def noise(x: list[Values], seed: int) -> list[Values]:
        return [_with_noise(events, np.random.default_rng([seed, 2, zlib.crc32(events.tobytes())])) for events in x]

    def _with_noise(events: Values, rng: np.random.Generator) -> Values:
        more = events[rng.integers(0, events.size, events.size // 4)]  # their times and polarities, anywhere
        more["x"], more["y"] = rng.integers(0, width, more.size), rng.integers(0, height, more.size)
        both = np.concatenate([events, more])
        return both[np.argsort(both["t"], kind="stable")]

    def dead(x: list[Values], seed: int) -> list[Values]:
        gone = _dead(height * width, seed)
        return [events[~gone[events["y"].astype(int) * width + events["x"]]] for events in x]

    def turned(x: list[Values], seed: int) -> list[Values]:
        """By 180 degrees: any other angle would need pixels that the camera has not."""
        changed = [events.copy() for events in x]
        for events in changed:
            events["x"], events["y"] = width - 1 - events["x"], height - 1 - events["y"]
        return changed

    return (
        Change("a quarter of noise", noise), Change("3 of 10 pixels dead", dead), Change("upside down", turned),
    )  # fmt: skip


def _order(n: int, seed: int) -> NDArray[np.int64]:
    """All sensors in an order of their own, the same however many samples there are."""
    return np.random.default_rng([seed, 1]).permutation(n)


def _dead(n: int, seed: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(n), _order(n, seed)[: round(0.3 * n)])


def _noise(batch: NDArray[Any], seed: int) -> np.random.Generator:
    """Other noise for another batch, of the same size too."""
    return np.random.default_rng([seed, 2, zlib.crc32(batch.tobytes())])


def _raster(x: Spikes, change: Callable[[NDArray[np.bool_]], NDArray[np.bool_]]) -> Spikes:
    return Spikes.from_list([change(raster) for raster in x.to_list()])
