"""How much an encoder loses at the ends of its range."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurolsm.encode.encoder import Encoder
from neurolsm.encode.signed import SignedRateEncoder
from neurolsm.encode.sweep import Sweep
from neurolsm.encode.together import Together
from neurolsm.encode.transformed import Transformed
from neurolsm.encode.values import read


def count_clipped(encoder: Encoder, x: Any) -> int:
    """How many values of ``x`` lie outside the ``low`` and ``high`` of the encoder and are clipped when it encodes them.

    Encoders without a range (delta, events) clip nothing; of several together each counts.
    """
    if isinstance(encoder, Together):
        return sum(count_clipped(part, x) for part in encoder.encoders)
    if isinstance(encoder, Transformed):
        return count_clipped(encoder.encoder, encoder.values(x))
    if isinstance(encoder, SignedRateEncoder):
        return int((np.abs(read("SignedRateEncoder", x)[0]) > encoder.high).sum())
    if isinstance(encoder, Sweep):
        return count_clipped(encoder.encoder, replace(encoder, hold=1).values(x)) // (
            2 if encoder.axes == "both" else 1
        )
    if not hasattr(encoder, "low") or not hasattr(encoder, "high"):
        return 0
    values, _ = read(type(encoder).__name__, x)
    return int(((values < np.asarray(encoder.low)) | (values > np.asarray(encoder.high))).sum())
