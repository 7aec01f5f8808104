"""Rates in windows, counted by hand, and signs of neurons against the liquid that was drawn."""

from dataclasses import replace

import numpy as np
import pytest
from networks import network, projection

import neurolsm as nl
from neurolsm.describe.draw import draw
from neurolsm.measure.instruments import rates
from neurolsm.program.signs import signs

# Neuron 0 at steps 0, 1, 4, 9; neuron 1 at step 5; two samples of 11 and 6 steps.
SPIKES = nl.Spikes.from_events([([0, 1, 4, 9, 5], [0, 0, 0, 0, 1]), ([3], [2])], [11, 6], 3)


def test_rates_by_hand():
    found = rates(SPIKES, window=5e-3)
    assert found.hz.tolist() == [[600, 0, 0], [200, 200, 0]]  # the eleventh step is left out
    assert found.ms.tolist() == [2, 7] and found.window == 5e-3  # the middle of steps 0 to 4 is step 2
    assert found.population().tolist() == pytest.approx([200, 400 / 3])
    assert found.population([0, 1]).tolist() == [300, 200]
    assert found.population(np.array([False, True, False])).tolist() == [0, 200]
    assert found.population(slice(2, 2)).tolist() == [0, 0]
    assert rates(SPIKES, 1, dt=2e-3, window=4e-3).hz.tolist() == [[0, 0, 0], [0, 0, 250], [0, 0, 0]]
    assert rates(SPIKES, window=11e-3).hz[0, 0] == pytest.approx(4 / 11e-3)


def test_rates_over_windows_are_the_rate_over_all(lsm):
    rng = np.random.default_rng(0)
    with nl.open_simulator(nl.lower(lsm).program, "reference") as simulator:
        run = simulator.run(nl.Spikes.from_dense(rng.random((1, 60, 6)) < 0.4))
    found = rates(run, window=12e-3)
    assert found.hz.mean(0) == pytest.approx(run.counts()[0, 0] / 60e-3) and found.hz.any()


@pytest.mark.parametrize(
    "options, parts",
    [
        ({"sample": 2}, ("rates.sample = 2", "0..1")),
        ({"sample": -1}, ("rates.sample = -1",)),
        ({"sample": 0.5}, ("rates.sample = 0.5", "whole")),
        ({"window": 0.0}, ("rates.window = 0.0",)),
        ({"window": 12e-3}, ("rates.window = 0.012", "0.011")),
        ({"window": 2.5e-3}, ("rates.window = 0.0025", "whole steps of 0.001 s", "0.002")),
        ({"window": np.nan}, ("rates.window = nan",)),
        ({"dt": 0}, ("rates.dt = 0",)),
        ({"dt": "1 ms"}, ("rates.dt = '1 ms'",)),
    ],
)
def test_rates_that_cannot_be_counted(options, parts):
    with pytest.raises(nl.InvalidValue) as error:
        rates(SPIKES, **options)
    assert all(part in str(error.value) for part in parts), str(error.value)


@pytest.mark.parametrize("learns", [False, True])
def test_signs_are_those_of_the_drawn_liquid(lsm, learns):
    two = replace(lsm, liquid=nl.Series((lsm.liquid, lsm.liquid)))
    if learns:
        two = replace(two, readout=nl.DeltaReadout(classes=2))
    drawn, program = draw(two), nl.lower(two).program
    found = signs(program)
    wanted = np.where(drawn.inhibitory, -1, 1)
    speaks = np.isin(np.arange(80), np.concatenate([p.pre for p in program.projections if "recurrent" in p.name]))
    assert speaks.sum() > 70 and np.array_equal(found[:80][speaks], wanted[speaks])


def test_signs_by_hand():
    program = network(
        5, 1,
        projection("up", "neuron", 5, [0, 3], [1, 1], 0),  # a weight of 0 that may grow
        projection("down", "neuron", 5, [1, 3], [0, 0], -3, sign_mode="inhibitory"),
        projection("both", "neuron", 5, [2], [0], -4, sign_mode="mixed"),
        projection("in", "input", 1, [0], [4], 5),
    )  # fmt: skip
    assert signs(program).tolist() == [1, -1, -1, 0, 0]
