"""Filter bank: sound becomes the levels of a few bands over time, as a cochlea reports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import is_table, samples_of, take
from neurolsm.describe import checks
from neurolsm.encode.values import numbers
from neurolsm.errors import refuse

EMPHASIS = 0.97  # first difference that evens out the fall of speech spectra toward high frequencies
SILENCE = 1e-12  # power added before the logarithm, so that digital silence has a level


@dataclass(frozen=True, kw_only=True)
class FilterBank:
    """Front end for sound: band levels in dB over time, before a ``DeltaEncoder`` or any encoder that takes [B, T, N].

        level(t, c) = 10 log10 sum_f B(c, f) |STFT(t, f)|^2,   centres evenly spaced in mel(f) = 2595 log10(1 + f / 700)

    with triangular bands B over Hamming windows of the pre-emphasised signal. Then, each switched off by None or False:
    levels further than ``range_db`` below the loudest band of the recording are raised to that floor; frames before the first
    and after the last one within ``trim_db`` of the loudest frame are cut off; the mean of each band over the recording is
    subtracted, which removes what microphone and voice add to every frame; the rest is stretched linearly to ``steps``.

    Args:
        rate: samples per second of the sound, above 0.
        channels: bands, at least 1.
        low, high: lower edge of the first band and upper edge of the last, Hz; at most half the rate.
        window, hop: length and distance of the frames, seconds, above 0.
        range_db, trim_db: dB, above 0; None to leave out.
        centre: whether to subtract the mean of each band.
        steps: length of every result; None: one step per frame, so recordings keep their length.
        warp: factor on all band edges, 0.5 to 2: the bands that a voice with a vocal tract longer by it would excite.

    Raises:
        InvalidValue: a field outside its range.

    Source: Davis and Mermelstein, IEEE Trans. ASSP 28 (1980), for mel bands; Lee and Rose, ICASSP (1996), for the warp.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(4000) / 8000.0)  # half a second
        >>> bank = nl.FilterBank(channels=10, steps=20, centre=False)
        >>> levels = bank.values([tone])[0]
        >>> levels.shape, int(levels.mean(axis=0).argmax())  # 440 Hz lies in the second of ten bands
        ((20, 10), 1)
    """

    rate: float = 8000.0
    channels: int = 40
    low: float = 100.0
    high: float = 3800.0
    window: float = 25e-3
    hop: float = 5e-3
    range_db: float | None = 40.0
    trim_db: float | None = 30.0
    centre: bool = True
    steps: int | None = 100
    warp: float = 1.0

    def __post_init__(self) -> None:
        checks.number(self, "rate", 0, open_low=True, finite=True, unit="samples per second")
        checks.whole(self, "channels", 1)
        checks.number(self, "low", 0, unit="Hz", finite=True)
        checks.number(self, "high", self.low, self.rate / 2, open_low=True, unit="Hz")
        for field in ("window", "hop"):
            checks.number(self, field, 1 / self.rate, finite=True, unit="s", remedy="Give one sample at least")
        for field in ("range_db", "trim_db"):
            if getattr(self, field) is not None:
                checks.number(self, field, 0, open_low=True, finite=True, unit="dB", remedy="Leave it out with None")
        if self.steps is not None:
            checks.whole(self, "steps", 1)
        checks.truth(self, "centre")
        checks.number(self, "warp", 0.5, 2)

    def bands(self) -> NDArray[np.float64]:
        """B: the weight of each frequency in each band, [channels, frequencies]."""
        size = self._fft
        bottom, top = (2595 * np.log10(1 + f / 700) for f in (self.low, self.high))
        mel = np.linspace(bottom, top, self.channels + 2)
        edge = 700 * (10 ** (mel / 2595) - 1) * self.warp
        f = np.arange(size // 2 + 1) * self.rate / size
        rise = (f - edge[:-2, None]) / (edge[1:-1] - edge[:-2])[:, None]
        fall = (edge[2:, None] - f) / (edge[2:] - edge[1:-1])[:, None]
        return np.maximum(np.minimum(rise, fall), 0)

    def values(self, sounds: Sequence[Any]) -> Any:
        """Levels of recordings, each a sequence of samples [T_i]: an array [B, steps, channels], or a list of [T_i, channels].

        Raises:
            InvalidValue: an empty or silent recording, more than one axis, NaN.
        """
        bands = self.bands().T
        own = take("FilterBank", "sounds", sounds) if is_table(sounds) else sounds
        rows = samples_of("FilterBank", "sounds", own, "recordings, one after the other")
        found = [self._levels(self._signal(k, sound), bands, k) for k, sound in enumerate(rows)]
        return found if self.steps is None or not found else np.stack(found)

    @property
    def _fft(self) -> int:
        return 1 << (max(round(self.window * self.rate), 2) - 1).bit_length()

    def _signal(self, k: int, sound: Any) -> NDArray[np.float64]:
        signal = numbers("FilterBank", f"sounds[{k}]", sound)
        if signal.ndim != 1:
            limit = "must have one axis, the samples over time"
            refuse("FilterBank", f"sounds[{k}]", signal.shape, limit, "Mix the channels first")
        if not signal.any():
            limit = "is empty" if not signal.size else "is silent from end to end"
            refuse("FilterBank", f"sounds[{k}]", f"{signal.size} samples", limit, "Drop the recording")
        return signal

    @np.errstate(under="ignore")  # powers next to nothing are below SILENCE
    def _levels(self, signal: NDArray[np.float64], bands: NDArray[np.float64], k: int) -> NDArray[np.float64]:
        size, hop = round(self.window * self.rate), max(round(self.hop * self.rate), 1)
        signal = np.append(signal[0], signal[1:] - EMPHASIS * signal[:-1])
        signal = np.pad(signal, (0, max(size - signal.size, 0)))
        frames = np.lib.stride_tricks.sliding_window_view(signal, size)[::hop] * np.hamming(size)
        power = np.abs(np.fft.rfft(frames, self._fft)) ** 2
        level = 10 * np.log10(power @ bands + SILENCE)
        if self.range_db is not None:
            level = np.maximum(level, level.max() - self.range_db)
        if self.trim_db is not None:
            loud = 10 * np.log10(power.sum(axis=1) + SILENCE)
            on = np.flatnonzero(loud > loud.max() - self.trim_db)
            level = level[on[0] : on[-1] + 1]
        if self.centre:
            level = level - level.mean(axis=0)
        return level if self.steps is None else stretch(level, self.steps)


def stretch(rows: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Rows over time [T, N] at ``steps`` evenly spaced times from the first to the last, linearly interpolated."""
    at = np.linspace(0, len(rows) - 1, steps)
    left = np.minimum(at.astype(int), max(len(rows) - 2, 0))
    share = (at - left)[:, None]
    return rows[left] * (1 - share) + rows[np.minimum(left + 1, len(rows) - 1)] * share
