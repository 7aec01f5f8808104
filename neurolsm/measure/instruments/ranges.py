"""Where the numbers of one liquid lie among those of random liquids: what ``neurolsm inspect --random`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, final

import numpy as np

from neurolsm.describe.scaled import with_gains
from neurolsm.errors import refuse
from neurolsm.execute.workers import Workers, each_result
from neurolsm.measure.instruments.inspection import Inspection, inspect_model
from neurolsm.tasks.model import Model

DECADE = 0.5  # weights are multiplied by 10 to a power of at most this, down or up


@final
@dataclass(frozen=True)
class Figure:
    """One number of an inspection.

    Attributes:
        name: what it is.
        better: "more" or "less" where one of them is, None where it depends on the task.
        of: the number in an inspection; None where this one has it not.
    """

    name: str
    better: str | None
    of: Callable[[Inspection], float | None]


FIGURES = (
    Figure("rate, spikes per step", None, lambda i: i.firing["rate"]),
    Figure("silent neurons, share", "less", lambda i: i.firing["silent"]),
    Figure("saturated neurons, share", "less", lambda i: i.firing["saturated"]),
    Figure("coefficient of variation", None, lambda i: i.firing["cv"]),
    Figure("recurrent share of the input", None, lambda i: i.balance["recurrent"]),
    Figure("separation, states over inputs", None, lambda i: i.separation["pairs"]),
    Figure("separation of classes", "more", lambda i: i.separation.get("sep")),
    Figure("kernel quality", "more", lambda i: i.rank["quality"]),
    Figure("generalisation rank", "less", lambda i: i.rank["generalisation"]),
    Figure("rank difference", "more", lambda i: i.rank["difference"]),
    Figure("linear memory, values", "more", lambda i: i.memory["capacity"]),
    Figure("processing capacity", "more", lambda i: i.capacity["total"]),
    Figure("branching factor", None, lambda i: i.branching),
    Figure("perturbation, neurons at most", None, lambda i: i.perturbation["largest"]),
)


@final
@dataclass(frozen=True, kw_only=True)
class Place:
    """One number among those of random liquids.

    Attributes:
        name, better: as in ``Figure``.
        value: of the liquid that was inspected.
        random: of the random liquids, in their order.
    """

    name: str
    better: str | None
    value: float
    random: tuple[float, ...]

    @property
    def below(self) -> float:
        """Share of the random liquids that have less; those that have as much count half."""
        others = np.asarray(self.random)
        return float((others < self.value).mean() + 0.5 * (others == self.value).mean())

    @property
    def verdict(self) -> str:
        """Good, fair or poor: in the best quarter of the random liquids, in their worst, or between; or where it lies, if no end is the better one."""
        if self.better is None:
            return "low" if self.below < 0.05 else "high" if self.below > 0.95 else "usual"
        good = self.below if self.better == "more" else 1 - self.below
        return "good" if good >= 0.75 else "poor" if good <= 0.25 else "fair"

    @property
    def range(self) -> tuple[float, float, float]:
        """What a tenth of the random liquids, half and nine tenths of them stay below."""
        low, middle, high = np.percentile(self.random, (10, 50, 90))
        return float(low), float(middle), float(high)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        low, median, high = self.range
        return asdict(self) | {
            "low": low, "median": median, "high": high, "below": self.below, "verdict": self.verdict,
            "random": list(self.random),
        }  # fmt: skip


def places(found: Inspection, random: Sequence[Inspection]) -> tuple[Place, ...]:
    """Each number that the inspection and all random liquids have, among theirs."""
    made = []
    for figure in FIGURES:
        value, others = figure.of(found), [figure.of(one) for one in random]
        if value is not None and others and all(one is not None for one in others):
            numbers = tuple(float(one) for one in others if one is not None)
            made.append(Place(name=figure.name, better=figure.better, value=float(value), random=numbers))
    return tuple(made)


def random_liquids(
    model: Model, count: int, *, samples: int | None, seed: int = 1, workers: Workers = None
) -> list[Inspection]:
    """Inspections of liquids like the model's, of the same size and under the same inputs, from other seeds and at other scales.

    Liquid k has the seed ``seed + k``, and all its input weights and all its recurrent weights are multiplied by a factor each,
    drawn between 10^-0.5 and 10^0.5, evenly in the logarithm.

    Args:
        model: whose liquid is inspected.
        count: how many, at least 2.
        samples: as in ``inspect_model``.
        seed: of the liquid that was inspected.
        workers: as in ``neurolsm.execute.workers``; nothing depends on it.

    Raises:
        InvalidValue: fewer than two, or a liquid whose weights cannot be scaled.
    """
    if count < 2:
        refuse("inspect", "random", count, "is no range", "Ask for 2 liquids or more; 50 make a good one")
    gains = 10 ** np.random.default_rng([seed, 53]).uniform(-DECADE, DECADE, (count, 2))
    tasks = [
        (replace(model, lsm=Rescaled(model, *map(float, pair))), samples, seed + 1 + k) for k, pair in enumerate(gains)
    ]
    tasks[0][0].lsm(seed)  # refuses here and not on a worker
    return list(each_result(_inspected, tasks, workers=workers, unit="liquid"))


@final
@dataclass(frozen=True)
class Rescaled:
    """``model.lsm`` with its weights multiplied."""

    model: Model
    inputs: float
    recurrent: float

    def __call__(self, seed: int) -> Any:
        lsm = self.model.lsm(seed)
        return replace(lsm, liquid=with_gains(lsm.liquid, self.inputs, self.recurrent))


def _inspected(model: Model, samples: int | None, seed: int) -> Inspection:
    return inspect_model(model, samples=samples, seed=seed)
