"""Shared by all tests of the core: Hypothesis profiles, small descriptions, fake backends."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

import neurolsm as nl
from neurolsm.execute import backend

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
