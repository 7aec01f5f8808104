"""Sixteen sensors that drift for months: one liquid goes on learning which gas it is, and its copy stays as it was deployed."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, final

import numpy as np

from neurolsm.deployment import Deployment, deploy
from neurolsm.errors import NotAvailable, UnusualValue
from neurolsm.live.handover import copied, handed_over
from neurolsm.live.messages import Refused
from neurolsm.tasks import model as models

NAME = "gas"  # of the model
GASES = {1: "ethanol", 2: "ethylene", 3: "ammonia", 4: "acetaldehyde", 5: "acetone", 6: "toluene"}
# When its batches were recorded, as UCI's page of the data has it.
MONTHS = {1: "months 1 and 2", 2: "months 3 to 10", 3: "months 11 to 13", 4: "months 14 and 15", 5: "month 16",
          6: "months 17 to 20", 8: "months 22 and 23", 9: "months 24 to 30"}  # fmt: skip
SEED = 1  # of the liquid and of the order
WINDOW = 100  # samples of which the share of right answers is told

Pair = tuple[Deployment, Deployment]


@final
class Gas:
    """The batches in their order, the samples of each in a random one.

    Each sample is answered first; then its gas is told, where learning is on.

    Args:
        backend: where both liquids run.
        say: takes a sentence for those who wait.

    Raises:
        NotAvailable, FileRefused: the model or its data are missing, or are none.
    """

    def __init__(self, backend: str, say: Callable[[str], object]) -> None:
        model = _model()
        say("The data of the gas sensors are read, which takes some seconds")
        data = model.load()
        x, y, batch = np.asarray(data.x, np.float64), np.asarray(data.y), np.asarray(data.groups)
        first, *rest = data.batches(SEED)
        later = np.concatenate(rest)
        self._x, self._y, self._batch, self._next = x[later], y[later], batch[later], 0
        self._right: deque[tuple[bool, bool]] = deque(maxlen=WINDOW)
        labels = np.unique(y)
        described = replace(model.lsm(SEED), readout=model.chip_readout("every", labels.size, len(y)))
        say(f"A liquid of {described.n} neurons learns {len(first)} samples of {months(batch[first[0]])}, on {backend}")
        chip = deploy(described, model.encoder, labels=labels, backend=backend)
        try:
            with quiet():
                chip.learn(x[first], y[first])
            self._chips: Pair = (chip, copied(chip, backend))
        except BaseException:
            chip.close()
            raise

    @property
    def backend(self) -> str:
        """Where both liquids run."""
        return self._chips[0].backend

    @property
    def lessons(self) -> int:
        """Samples learned from, those of the first months included."""
        return self._chips[0].updates

    @property
    def over(self) -> bool:
        """Whether every sample has come."""
        return self._next == len(self._y)

    @property
    def mark(self) -> str:
        """The months of the newest sample."""
        return months(self._batch[max(self._next - 1, 0)])

    def change(self) -> str:
        """Leave out what is left of these months."""
        here = self._batch[max(self._next - 1, 0)]
        later = np.flatnonzero(self._batch[self._next :] != here)
        if not later.size:
            raise Refused("These are the last months. Start begins again with the first ones when they are over")
        left = int(later[0])
        self._next += left
        return f"{left:,} samples are left out, and {months(self._batch[self._next])} come now"

    def tick(self, learn: bool) -> dict[str, Any]:
        """The next sample: answered by both, then learned by one. JSON values."""
        x, y = self._x[self._next, None], self._y[self._next, None]
        chip, still = self._chips
        with quiet():
            said = (chip.learn(x, y) if learn else chip.predict(x)).label[0]
            before = still.predict(x).label[0]
        self._next += 1
        self._right.append((bool(said == y[0]), bool(before == y[0])))
        share, old = np.mean(self._right, axis=0)
        return {"said": name(said), "truth": name(y[0]), "right": self._right[-1][0], "share": round(float(share), 4),
                "still": round(float(old), 4), "of": len(self._right)}  # fmt: skip

    def take(self, came: float, learn: bool) -> dict[str, Any]:
        """Nothing is brought here."""
        raise Refused("The samples of the gas sensors come by themselves, and no value of a page was taken")

    def handed(self, backend: str) -> Pair | None:
        """Copies of both on another backend, whose spikes on the next sample are the same.

        Raises:
            Refused: they differ.
        """
        sample = self._x[min(self._next, len(self._x) - 1)]
        mine, still = self._chips
        with quiet():
            chip = handed_over(mine, backend, sample).chip
            try:
                return chip, handed_over(still, backend, sample).chip
            except BaseException:
                chip.close()
                raise

    def move(self, backend: str, others: Pair | None) -> None:
        """Go on there."""
        if others is not None:
            self.close()
            self._chips = others

    def close(self) -> None:
        """End both."""
        for chip in self._chips:
            chip.close()


def missing() -> None:
    """Say what is missing.

    Raises:
        NotAvailable: the model or its data; the message has the remedy.
    """
    check = _model().check
    if check is not None:
        check()


def months(batch: Any) -> str:
    """When a batch was recorded."""
    return MONTHS.get(int(batch), f"batch {batch}")


def name(gas: Any) -> str:
    """What the number of a gas stands for."""
    return GASES.get(int(gas), str(gas))


@contextmanager
def quiet() -> Iterator[None]:
    """Values leave the range of the encoder while the sensors drift, which is what is shown here; nobody is warned of each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusualValue)
        yield


def _model() -> Any:
    found = models.get(NAME)
    if getattr(found, "chip_readout", None) is None:
        raise NotAvailable(
            f"model {NAME!r}: the one that is installed has no readout on the chip. Install neurolsm_models"
        )
    return found
