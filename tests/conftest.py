"""Shared by all tests of the core: Hypothesis profiles, small descriptions, fake backends."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import neurolsm as nl
from neurolsm.execute import backend
from neurolsm.tasks import model as models

settings.register_profile(
    "neurolsm",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("neurolsm")


@pytest.fixture
def lsm():
    """Forty neurons of every kind of constant: delays, refractory period, both signs."""
    return nl.LSM(
        inputs=6,
        liquid=nl.Liquid(
            topology=nl.RandomGraph(n=40, density=0.2),
            neuron=nl.LIF(t_refractory=2e-3),
            delays=nl.Uniform(0, 10e-3),
            input=nl.RandomMap(density=0.5, weight=0.8),
        ),
        seed=3,
    )


@pytest.fixture
def register(monkeypatch):
    """``register(name, cls)`` makes ``cls`` a backend for the length of one test, as an entry point would."""
    points = backend._points()

    def add(name, cls):
        points[name] = SimpleNamespace(name=name, load=lambda: cls)
        return cls

    monkeypatch.setattr(backend, "_points", lambda: points)
    return add


@pytest.fixture
def wide():
    """Sixty-four channels, half of all pairs connected."""
    liquid = nl.Liquid(topology=nl.RandomGraph(n=50, density=0.1), input=nl.RandomMap(density=0.5, weight=0.3))
    return nl.LSM(inputs=64, liquid=liquid, seed=2)


@pytest.fixture
def command(monkeypatch, call, wide):
    """``command(*words)`` runs ``neurolsm`` with the model ``wide``; gives exit code, stdout, stderr."""
    from neurolsm.encode import RateEncoder
    from neurolsm.readout import Counts

    held = models.Model(
        name="wide", summary="", load=lambda: models.Data(np.random.default_rng(0).random((30, 64)), np.arange(30) % 3),
        lsm=lambda seed: replace(wide, seed=seed), encoder=RateEncoder(steps=10), features=Counts(), readout=None,
    )  # fmt: skip
    monkeypatch.setattr(models, "_points", lambda: {"wide": SimpleNamespace(name="wide", load=lambda: held)})
    return call
