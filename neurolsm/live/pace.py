"""How often something may happen."""

from __future__ import annotations

from typing import final


@final
class Pace:
    """So many times per second in the long run, and ``burst`` times at once.

    Args:
        per_second: above 0.
        burst: at least 1.
    """

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst, self._left, self._before = per_second, burst, burst, 0.0

    def allows(self, now: float) -> bool:
        """Whether once more is not too often, at a time in seconds that never goes back."""
        self._left = min(self._burst, self._left + self._per_second * (now - self._before))
        self._before = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
