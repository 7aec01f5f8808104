"""Gain control: the square-root law of its docstring, alike on the reference and the emulator, and in front of a liquid."""

import numpy as np
import pytest

import neurolsm as nl


def rates(strength, tau, drives, steps=4000):
    """Rates out, spikes per second, for channels driven at ``drives`` spikes per second."""
    layer = nl.gain_control(len(drives), strength=strength, tau=tau)
    program = nl.lower(nl.LSM(inputs=len(drives), liquid=layer)).program
    raster = np.diff(np.floor(np.outer(np.arange(steps + 1), drives) * 1e-3), axis=0) > 0
    with nl.open_simulator(program) as simulator:
        spikes = simulator.run(nl.Spikes.from_dense(raster[None])).spikes.dense()[0]
    return spikes[steps // 4 :].mean(axis=0) * 1e3


@pytest.mark.parametrize(("strength", "tau"), [(1.0, 50e-3), (2.0, 50e-3), (4.0, 100e-3)])
def test_rates_follow_the_law_of_the_docstring(strength, tau):
    drives = np.array([50.0, 100.0, 200.0, 400.0])
    k = strength * tau
    np.testing.assert_allclose(rates(strength, tau, drives), (np.sqrt(1 + 4 * k * drives) - 1) / (2 * k), rtol=0.2)


def test_four_times_the_contrast_is_about_twice_the_spikes():
    weak, strong = rates(4.0, 100e-3, np.array([100.0, 400.0]))
    assert 1.8 < strong / weak < 2.3


def test_it_runs_before_a_liquid_bit_for_bit():
    liquid = nl.Liquid(topology=nl.Column(shape=(3, 3, 3)), input=nl.RandomMap(density=0.5, weight=0.5))
    lsm = nl.LSM(inputs=6, liquid=nl.Series((nl.gain_control(6), liquid)))
    x = nl.RateEncoder(steps=50).encode(np.random.default_rng(0).random((3, 6)))
    found = nl.compare(nl.lower(lsm).program, x, ("reference", "emulator"))
    assert found.equal and found.spikes_compared > 100
