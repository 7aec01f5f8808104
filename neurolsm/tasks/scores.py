"""What a page and a picture of a task's result are made from: figures next to what they are held against, and pictures of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neurolsm.errors import refuse


@dataclass(frozen=True, kw_only=True)
class Scores:
    """One figure of a task next to what it is held against.

    Args:
        title: what was done, such as the name of a series.
        label: what a value measures, with its unit, such as ``accuracy, %``.
        meaning: what that is, in a sentence.
        better: which values are the better ones, ``more`` or ``less``.
        values: by name one or more numbers, which may be infinite or no number where a run came to nothing; the first name is what
            the figure is about, the others are its controls.
        each: what the numbers of a name are of, such as ``liquids``, ``folds`` or ``lives``.

    Raises:
        InvalidValue: no names, or a name without numbers.

    Example:
        >>> from neurolsm.tasks.scores import Scores
        >>> found = {"liquid": [0.2, 0.4], "without the liquid": [0.5]}
        >>> one = Scores(title="narma10", label="NRMSE", meaning="Error over spread.", better="less", values=found, each="liquids")
        >>> one.verdict
        "NRMSE 0.3 ± 0.14 over 2 liquids: better than the best of the others, 'without the liquid' with 0.5."
    """

    title: str
    label: str
    meaning: str
    better: Literal["more", "less"]
    values: Mapping[str, Sequence[float]]
    each: str

    def __post_init__(self) -> None:
        if not self.values or not all(len(row) for row in self.values.values()):
            refuse("Scores", "values", dict(self.values), "needs a number in each row", "Leave out what has none")
        if self.better not in ("more", "less"):
            refuse("Scores", "better", self.better, "must be 'more' or 'less'", "Say which end is the better one")

    @property
    def place(self) -> str | None:
        """Where the first name stands next to the best of the others: better than, worse than, level with; None without others."""
        if len(self.values) == 1:
            return None
        first, best = self._worth(next(iter(self.values))), self._worth(self.best)
        return "level with" if first == best else "better than" if first > best else "worse than"

    @property
    def best(self) -> str:
        """The name of the best of the others."""
        _, *others = self.values
        return max(others, key=self._worth)

    @property
    def verdict(self) -> str:
        """All of it in one sentence."""
        first = next(iter(self.values))
        many = len(self.values[first])
        name, _, unit = self.label.partition(", ")
        said = f"{name[:1].upper()}{name[1:]} {self.shown(first)} {unit}".strip() + (
            f" over {many} {self.each}" if many > 1 else ""
        )
        if self.place is None:
            return f"{said}. No control was measured: add --controls."
        return f"{said}: {self.place} the best of the others, '{self.best}' with {f'{self.shown(self.best)} {unit}'.strip()}."

    def shown(self, name: str) -> str:
        """Mean and standard deviation (n - 1) of a name; the value alone where there is one."""
        row = self.values[name]
        with np.errstate(invalid="ignore"):
            return f"{np.mean(row):.4g}" + (f" ± {np.std(row, ddof=1):.2g}" if len(row) > 1 else "")

    def _worth(self, name: str) -> float:
        """The mean, the better the higher; what is no number is the worst."""
        with np.errstate(invalid="ignore"):
            mean = float(np.mean(self.values[name]))
        return -np.inf if np.isnan(mean) else mean if self.better == "more" else -mean


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a result, drawn when it is asked for.

    Args:
        title: above it.
        said: what it shows, in a sentence or two: below it, and for those who cannot see it.
        draw: draws into the figure of Matplotlib that it is given.
        size: of the figure, inches; up to 5.4 wide the letters can be read on a phone.
    """

    title: str
    said: str
    draw: Callable[[Any], object]
    size: tuple[float, float] = (5.2, 4.0)
