"""A weight of w deflects a resting neuron by w thresholds at the peak, whatever its time constants."""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.lowering.response import peak
from neurolsm.semantics import ReferenceSimulator

DT = 1e-3
TAUS = [1e-6, 1e-4, 5e-4, 1e-3, 2e-3, 4e-3, 20e-3, 20.0001e-3, 0.1, 1.0]


def simulated(a, b):
    """Largest v after one unit of current, step by step."""
    u, v, best = 1.0, 0.0, 0.0
    while True:
        v = b * v + u
        if v <= best:
            return best
        best, u = v, a * u


@pytest.mark.parametrize("tau_syn", TAUS)
@pytest.mark.parametrize("tau_mem", TAUS)
def test_peak_equals_simulation(tau_syn, tau_mem):
    a, b = np.exp(-DT / tau_syn), np.exp(-DT / tau_mem)
    assert peak(np.array([a]), np.array([b]))[0] == pytest.approx(simulated(a, b), rel=1e-9)


@pytest.mark.parametrize("du", [0, 1, 200, 2047, 4094, 4095])
@pytest.mark.parametrize("dv", [1, 2, 201, 2048, 4095, 4096])
def test_peak_of_the_decays_of_the_chip(du, dv):
    a, b = 1 - (du + 1) / 4096, 1 - dv / 4096
    assert peak(np.array([a]), np.array([b]))[0] == pytest.approx(simulated(a, b), rel=1e-9)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.999])
def test_without_leak_the_response_is_the_sum_of_the_current(keep):
    assert peak(np.array([keep]), np.array([1.0]))[0] == pytest.approx(1 / (1 - keep), rel=1e-4)
    assert peak(np.array([1.0]), np.array([keep]))[0] == pytest.approx(1 / (1 - keep), rel=1e-4)


def test_peaks_of_many_neurons_at_once():
    a, b = np.random.default_rng(0).random((2, 200))
    one_by_one = [peak(a[k : k + 1], b[k : k + 1])[0] for k in range(200)]
    assert np.array_equal(peak(a, b), one_by_one)


def deflection(arithmetic, neuron, weights, steps):
    """Lowered program, report and peak of v in thresholds after one spike into each of many resting neurons."""
    n = len(weights)
    mapping = nl.RandomMap(density=1.0, weight=1.0, inhibitory=0)
    recurrent = np.zeros((n + 1, n + 1))
    recurrent[0, 1:] = weights  # one source of all weights, driven by a channel
    lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Explicit(recurrent), neuron=neuron, input=mapping), seed=2)
    lowered = nl.lower(lsm, arithmetic=arithmetic)
    program = lowered.program
    pending = nl.State.rest(program)
    for projection in program.projections:
        if projection.source == "neuron":
            pending.pending[0, projection.post] = projection.effective
    simulator = ReferenceSimulator(program)
    simulator.state = pending
    silence = nl.Spikes.from_events([([], [])], steps, 1)
    recording = simulator.run(silence, carry=True, trace=("v",))
    assert recording.spikes.count == 0
    unit = program.neurons.vth[1:] * (64 if program.integer else 1)
    return lowered, recording.traces["v"][:, 1:].max(0) / unit


@pytest.mark.parametrize("tau_syn", [1e-4, 4e-3, 15e-3])
@pytest.mark.parametrize("tau_mem", [1e-4, 15e-3, 60e-3, np.inf])
def test_a_weight_is_the_deflection_in_thresholds(tau_syn, tau_mem):
    weights = np.linspace(0.05, 0.95, 10)
    neuron = nl.LIF(tau_syn=tau_syn, tau_mem=tau_mem)
    _, exact = deflection("float", neuron, weights, 150)
    assert exact == pytest.approx(weights, rel=2e-4)
    lowered, got = deflection("loihi", neuron, weights, 150)
    (rounding,) = [q for q in lowered.report.quantised if q.what == "liquid/recurrent/excitatory weight"]
    # The report bounds the error of a weight; truncation takes less than one unit of u and of v a step besides.
    unit = lowered.program.neurons.vth[0] * 64
    bound = rounding.worst_error * 0.95 * (1 + 1e-6) + truncation(lowered.program.neurons, 150) / unit
    assert (np.abs(got - weights) <= bound).all()
    assert rounding.worst_error < 0.5 / 128  # half a unit of at least 128


def truncation(neurons, steps):
    """Largest v, in units, that rounding toward zero can lose until the peak: decays of exact 1 per step in u and v."""
    a, b = 1 - (neurons.du[0] + 1) / 4096, 1 - neurons.dv[0] / 4096
    u = v = worst = 0.0
    for _ in range(steps):
        u = min(a * u + 1, 1 / (1 - a + 1e-12))
        v = b * v + u + 1
        worst = max(worst, v)
    return worst
