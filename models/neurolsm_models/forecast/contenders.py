"""The settings of each series and of its controls, all chosen on validation data (``models/tune/forecast.py``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm_models.forecast.controls import Control, Delayed, EchoState
from neurolsm_models.forecast.setting import Setting

Array = NDArray[np.float64]
UNITS = 1000  # of the echo state networks, as many as the liquids have neurons
ESN, ESN8, NVAR, LINE, ALONE = (
    "echo state network", "echo state network, 8 bits", "next-generation reservoir", "linear, delayed values",
    "the value alone",
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """A control of one series.

    Attributes:
        ridge: penalty of its readout.
        options: of its kind.
        seeded: whether it is drawn at random.
    """

    kind: str
    ridge: float
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def seeded(self) -> bool:
        return self.kind in (ESN, ESN8)

    def reader(self, train: Array, seed: int) -> Control:
        """At rest before a series like the training values [T, N]."""
        return KINDS[self.kind](train, seed, **self.options)


def echo_state(train: Array, seed: int, *, scale: float = 1.0, units: int = UNITS, **options: Any) -> Control:
    """A network that sees values in units of their standard deviation, times ``scale``."""
    spread = float(train.std(axis=0).mean())
    return EchoState(units, train.shape[1], seed, scale=scale / spread, centre=train.mean(axis=0), **options)


def delayed(train: Array, seed: int, **options: Any) -> Control:
    return Delayed(n_values=train.shape[1], **options)


KINDS: dict[str, Callable[..., Control]] = {
    ESN: echo_state, ESN8: lambda train, seed, **options: echo_state(train, seed, bits=8, **options), NVAR: delayed, LINE: delayed,
    ALONE: lambda train, seed: delayed(train, seed, count=1),
}  # fmt: skip

SETTINGS: dict[str, Setting] = {}
CHOSEN: dict[str, tuple[Chosen, ...]] = {}
SETTINGS["mackey-glass-1"] = Setting(ridge=1e-4)
CHOSEN["mackey-glass-1"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
SETTINGS["mackey-glass-20"] = Setting(ridge=1e-4)
CHOSEN["mackey-glass-20"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
SETTINGS["mackey-glass-closed"] = Setting(ridge=1e-4)
CHOSEN["mackey-glass-closed"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
SETTINGS["narma10"] = Setting(ridge=1e-4)
CHOSEN["narma10"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
SETTINGS["lorenz"] = Setting(ridge=1e-4)
CHOSEN["lorenz"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
SETTINGS["laser"] = Setting(ridge=1e-4)
CHOSEN["laser"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
SETTINGS["neurobench"] = Setting(ridge=1e-4)
CHOSEN["neurobench"] = (
    Chosen(ESN, 1e-6),
    Chosen(ESN8, 1e-4),
    Chosen(NVAR, 1e-6, {"count": 2, "order": 2}),
    Chosen(LINE, 1e-6, {"count": 20}),
    Chosen(ALONE, 1e-6),
)
