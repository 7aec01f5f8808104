"""Values that are brought back to the mean and spread they once had, one sample after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.describe import checks
from neurolsm.errors import refuse

Values = NDArray[np.float64]


class RunningScaler:
    """Follow the mean and the variance of each value, without labels, and undo what has changed in them.

        m <- m + rate (x - m),    s2 <- s2 + rate ((x - m)^2 - s2),    y = (x - m) s0 / s + m0

    with m0 and s0 the mean and the spread of the samples that it was made from. A value that never varied is only shifted.

    Args:
        x: samples [B, N] as they were when the model was trained, at least two.
        rate: share of the way to each new sample, above 0 and at most 0.5.

    Raises:
        InvalidValue: a field outside its range, or samples that are not finite numbers [B, N].

    Example:
        >>> import numpy as np
        >>> from neurolsm.encode.running import RunningScaler
        >>> x = np.random.default_rng(1).normal(size=(500, 2))
        >>> follower = RunningScaler(x, rate=0.02)
        >>> bool(abs(follower.follow(3 * x + 5)[-100:].mean()) < 0.5)
        True
    """

    def __init__(self, x: ArrayLike, rate: float = 0.01) -> None:
        self.rate = rate
        checks.number(self, "rate", 0, 0.5, open_low=True)
        known = self._taken(x, None)
        if len(known) < 2:
            refuse("RunningScaler", "x", known.shape, "must be at least two samples", "Give those of the training")
        self.mean0, self.variance0 = known.mean(axis=0), known.var(axis=0)
        self.mean, self.variance = self.mean0.copy(), self.variance0.copy()

    def follow(self, x: ArrayLike) -> Values:
        """The samples [B, N], in the order in which they came, as they would once have been."""
        new = self._taken(x, self.mean.size)
        found = np.empty_like(new)
        for k, one in enumerate(new):
            self.mean += self.rate * (one - self.mean)
            self.variance += self.rate * ((one - self.mean) ** 2 - self.variance)
            usable = (self.variance > 0) & (self.variance0 > 0)
            scale = np.sqrt(np.divide(self.variance0, self.variance, out=np.ones_like(one), where=usable))
            found[k] = (one - self.mean) * scale + self.mean0
        return found

    def _taken(self, x: Any, size: int | None) -> Values:
        given = np.asarray(x)
        if given.ndim != 2 or given.dtype.kind not in "biuf" or (size is not None and given.shape[1] != size):
            limit = "must be numbers [samples, values]" + (f" with {size} values" if size is not None else "")
            refuse("RunningScaler", "x", f"{given.dtype} {given.shape}", limit, "Give one row per sample")
        if not np.isfinite(given).all():
            refuse("RunningScaler", "x", "NaN or infinite", "must be finite", "Leave those samples out")
        return given.astype(np.float64)
