"""The settings of each series and of its controls, all chosen on validation data (``models/tune/forecast.py``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.sequence import StepFeatures
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


def _settings() -> dict[str, Setting]:
    """By series. A value is shown for long where the input can be averaged, and briefly where delays have to reach far back."""
    seen = StepFeatures(traces=(), voltage=True, current=True)
    slowest = {"hold": 32, "tau_mem": (100.0, 1600.0), "tau_syn": (10.0, 200.0), "delay": 60, "recurrent": 0.09}
    both = replace(seen, traces=(32.0, 200.0))
    return {
        "mackey-glass-1": Setting(**slowest, gain=0.15, features=seen, ridge=1e-7),
        "mackey-glass-20": Setting(**slowest, gain=0.15, features=both, ridge=1e-3),
        "mackey-glass-20-sparse": Setting(**slowest, gain=0.1, features=both, ridge=1e-3),
        "mackey-glass-closed": Setting(delay=60, recurrent=0.09, features=replace(seen, traces=(8.0, 50.0)), ridge=1e-2),
        "narma10": Setting(
            hold=5, tau_mem=(8.0, 8.0), tau_syn=(3.0, 3.0), curves=4, overlap=1.5, rate=1.0, heard=3.0, gain=1.1,
            input_delay=55, delay=60, wavelength=3.0, recurrent=0.04, features=replace(seen, traces=(5.0,)), ridge=0.1,
        ),
        "lorenz": Setting(
            hold=32, tau_mem=(20.0, 200.0), tau_syn=(5.0, 50.0), heard=8.0, features=replace(seen, traces=(32.0,)), ridge=1e-4,
        ),
        "laser": Setting(
            hold=16, tau_mem=(50.0, 400.0), tau_syn=(5.0, 60.0), delay=60, gain=0.2, recurrent=0.12, features=seen, ridge=0.1,
        ),
        "neurobench": Setting(delay=60, recurrent=0.09, features=seen, ridge=1e-6),
    }  # fmt: skip


def _chosen(esn: Chosen, esn8: Chosen, nvar: Chosen, line: tuple[float, int], alone: float) -> tuple[Chosen, ...]:
    return esn, esn8, nvar, Chosen(LINE, line[0], {"count": line[1]}), Chosen(ALONE, alone)


def _esn(ridge: float, radius: float, leak: float, scale: float, kind: str = ESN) -> Chosen:
    return Chosen(kind, ridge, {"radius": radius, "leak": leak, "scale": scale})


def _esn8(ridge: float, radius: float, leak: float, scale: float) -> Chosen:
    return _esn(ridge, radius, leak, scale, ESN8)


def _nvar(ridge: float, count: int, stride: int, order: int) -> Chosen:
    return Chosen(NVAR, ridge, {"count": count, "stride": stride, "order": order})


SETTINGS = _settings()
CHOSEN = {
    "mackey-glass-1": _chosen(
        _esn(1e-10, 1.0, 1.0, 0.3), _esn8(1e-7, 1.0, 1.0, 0.3), _nvar(1e-10, 12, 2, 3), (1e-10, 100), 1.0
    ),
    "mackey-glass-20": _chosen(
        _esn(1e-10, 1.0, 0.4, 1.0), _esn8(1e-4, 1.0, 0.4, 1.0), _nvar(1e-10, 12, 5, 3), (1e-10, 300), 1.0
    ),
    "mackey-glass-20-sparse": (),
    "mackey-glass-closed": _chosen(
        _esn(1e-10, 1.0, 0.4, 0.3), _esn8(1e-2, 1.0, 0.4, 0.3), _nvar(1e-7, 12, 2, 3), (1e-5, 300), 1e-10
    ),
    "narma10": _chosen(
        _esn(1e-2, 1.0, 1.0, 0.3), _esn8(1e-2, 1.0, 1.0, 0.3), _nvar(0.1, 12, 1, 2), (1.0, 50), 1.0
    ),
    "lorenz": _chosen(
        _esn(1e-10, 0.7, 0.4, 0.3), _esn8(1e-8, 1.0, 1.0, 0.3), _nvar(1e-10, 4, 1, 3), (1e-8, 300), 1e-10
    ),
    "laser": _chosen(
        _esn(1e-8, 0.7, 0.4, 0.3), _esn8(1e-4, 1.0, 1.0, 1.0), _nvar(1e-3, 8, 2, 3), (0.1, 100), 1.0
    ),
    "neurobench": _chosen(
        _esn(1e-4, 1.0, 1.0, 0.3), _esn8(1e-2, 0.7, 0.4, 0.3), _nvar(1e-8, 8, 2, 3), (1e-8, 300), 1e-2
    ),
}  # fmt: skip
