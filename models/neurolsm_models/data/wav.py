"""WAV files: uncompressed sound, one channel, at the rate that was asked for; what differs is said or refused."""

from __future__ import annotations

import warnings
import wave
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused

WIDTHS = {1: 8, 2: 16, 3: 24, 4: 32}  # bytes per sample


def read_wav(path: str | Path, rate: int) -> NDArray[np.float32]:
    """Samples in -1..1 at ``rate`` samples per second.

    Sound of another rate is resampled (polyphase filter), several channels become their mean; both with a warning that names
    the file.

    Raises:
        FileRefused: no such file, not a WAV file, compressed, cut short, or without a sample.
    """
    path = Path(path)
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, found, frames = file.getparams()[:4]
            data = file.readframes(frames)
    except FileNotFoundError:
        raise FileRefused(f"{path}: no such file.") from None
    except (wave.Error, EOFError, OSError, ValueError) as error:
        what = str(error) or "it ends within its header"
        raise FileRefused(f"{path}: not a WAV file of plain samples ({what}). Convert it to 16-bit PCM.") from None
    if width not in WIDTHS or channels < 1 or found < 1:
        raise FileRefused(
            f"{path}: {channels} channels of {width} bytes at {found} Hz cannot be read. Convert it to 16-bit PCM."
        )
    if len(data) != frames * channels * width:
        raise FileRefused(
            f"{path}: cut short, {len(data)} bytes of sound where the header says {frames * channels * width}. Get it again."
        )
    if not frames:
        raise FileRefused(f"{path}: holds no sample. Drop the recording.")
    sound = _scaled(data, width).reshape(frames, channels)
    if channels > 1:
        warnings.warn(f"{path}: {channels} channels, taken as their mean", stacklevel=2)
    mono = sound.mean(axis=1)
    if found != rate:
        from scipy.signal import resample_poly

        warnings.warn(f"{path}: {found} samples per second, resampled to {rate}", stacklevel=2)
        common = gcd(found, rate)
        mono = resample_poly(mono, rate // common, found // common)
    return mono.astype(np.float32)


def _scaled(data: bytes, width: int) -> NDArray[np.float64]:
    """Bytes of one to four per sample, little-endian, as -1..1; those of one byte are unsigned."""
    raw = np.frombuffer(data, np.uint8).reshape(-1, width)
    if width == 1:
        return (raw[:, 0].astype(np.float64) - 128) / 128
    padded = np.zeros((len(raw), 4), np.uint8)
    padded[:, 4 - width :] = raw
    return padded.view("<i4")[:, 0] / 2.0**31
