"""``maass``: constants, targets and errors by hand, and a small run of the whole."""

import numpy as np
import pytest
from neurolsm_models.maass import TASK, rates, task, templates
from neurolsm_models.maass.column import DT, LARGE, column, program, thresholds
from typer.testing import CliRunner

from neurolsm import Spikes, StepFeatures, compare, lower, open_simulator
from neurolsm.cli.app import app
from neurolsm.errors import InvalidValue
from neurolsm.sequence import SeriesStates


@pytest.mark.parametrize(("amplitude", "tau"), [(30.0, 3e-3), (19.0, 6e-3)])
def test_amplitudes_become_the_peak_that_they_cause(amplitude, tau):
    dt, current, v, peak = 1e-6, amplitude, 0.0, 0.0  # nA, mV; Euler
    for _ in range(30_000):
        v += dt / 30e-3 * (current - v)
        current -= dt / tau * current
        peak = max(peak, v)
    assert thresholds(amplitude, tau) == pytest.approx(peak / 1.5, rel=1e-3)


def test_the_circuit_is_the_published_one():
    p = program(4, 1)
    inhibitory = np.unique(next(q for q in p.projections if q.name.endswith("recurrent/inhibitory")).pre)
    assert p.n == 135 and p.arithmetic == "float" and p.dt == DT and inhibitory.size <= 27
    assert len(p.dynamic) == 2 and not program(4, 1, dynamic=False).dynamic
    assert sorted(set(p.neurons.refractory)) == [4, 6]  # 2 ms and 3 ms
    assert column(4, 2) != column(4, 1)
    large, strong = column(4, 1, shape=LARGE), column(4, 1, shape=LARGE, strength=2.0)
    weak, twice = (lower(one, arithmetic="float").program.projections for one in (large, strong))
    assert lower(large, arithmetic="float").program.n == 270
    for one, other in zip(weak, twice, strict=True):
        assert np.allclose(other.weight, one.weight * (1 if one.source == "input" else 2))


def test_targets_by_hand():
    raster = np.zeros((1, rates.SEGMENTS * rates.STEPS, 4), bool)
    t = (rates.FIRST + 1) * rates.STEPS  # the second segment that is looked at
    raster[0, [t + 3, t + 50], 0] = True
    raster[0, [t + 59], 1] = True
    raster[0, [t + 54], 2] = True  # 2 ms after a spike of train 1, within the last 20 ms
    unit = 1 / (2 * 30e-3 * 80)
    found = rates.targets(raster)[0]
    f7 = 2 * 3 * unit - 4 * (3 * unit) ** 2 + 1.5 * (unit - 0.3) ** 2
    assert np.allclose(found[1], [3 * unit, unit, 0, 4 * unit / 5, 1, 3 * unit * unit, f7])
    assert np.allclose(found[2], [0, 0, 4 * unit, 4 * unit / 5, 0, 0, 1.5 * 0.09])
    assert np.allclose(found[[0, 7], :6], 0)


def test_the_drawn_rates_are_those_asked_for():
    raster = rates.draw(200, 1)
    assert raster.shape == (200, 33 * 60, 4)
    assert raster.mean() / DT == pytest.approx(40, abs=0.5)
    counts = raster.reshape(200, 33, 60, 4).sum(axis=2)
    assert np.corrcoef(counts[..., 0].ravel(), counts[..., 1].ravel())[0, 1] > 0.2  # they share a rate
    assert abs(np.corrcoef(counts[..., 0].ravel(), counts[..., 2].ravel())[0, 1]) < 0.05


def test_correlations_and_errors_by_hand():
    truth = np.random.default_rng(0).random((3, 20, 7))
    assert np.allclose(rates.correlations(truth, 2 * truth + 1), 1)
    assert np.allclose(rates.correlations(truth, -truth), -1)
    said, right = np.array([1, 1, 1, 0, 0, 0], bool), np.array([1, 1, 0, 1, 0, 0], bool)
    assert templates.score(said, right) == pytest.approx(1 / 2 + 1 / 2)
    assert templates.score(~right, right) == float("inf") and templates.score(right, right) == 0


def test_templates_are_warped_and_jittered():
    spikes, label = templates.draw(300, 1)
    assert spikes.steps.min() >= 0.5 / 3 / DT and spikes.steps.max() <= 0.5 * 3 / DT + 1
    assert set(label) == set(range(10))
    again, _ = templates.draw(300, 1)
    assert again.equal(spikes) and not templates.draw(300, 2)[0].equal(spikes)
    same = np.flatnonzero(label == label[0])[:2]
    totals = np.diff(spikes.indptr[spikes.offsets])[same]
    assert abs(int(totals[0]) - int(totals[1])) <= 6  # the same spikes, but for two in one step


def test_the_states_are_the_published_low_pass_at_the_ends_of_the_segments():
    raster = rates.draw(3, 5)
    described = column(4, 1, shape=LARGE)
    features = StepFeatures(traces=(task.TAU,), inputs=False)
    states = SeriesStates(
        program=lower(described, arithmetic="float").program, encoder=None, features=features, hold=rates.STEPS
    )
    spikes = Spikes.from_dense(raster)
    with open_simulator(states.program, "emulator") as simulator:
        fired = simulator.run(spikes).spikes.dense()
    by_hand = np.zeros((3, 270))
    found = states([spikes[k : k + 1] for k in range(3)])
    for t in range(fired.shape[1]):
        by_hand = by_hand * np.exp(-1 / task.TAU) + fired[:, t]
        if (t + 1) % rates.STEPS == 0:
            assert np.allclose([one[t // rates.STEPS] for one in found], by_hand, atol=1e-5)
    assert by_hand.max() > 1


def test_agrees_with_the_reference():
    p, inputs = TASK.compare(samples=1, seed=2)
    found = compare(p, inputs, ("reference", "emulator"))
    assert found.equal and found.spikes_compared > 500


def test_the_whole_command(monkeypatch):
    monkeypatch.setattr(task, "TRAIN", (40, 500))
    monkeypatch.setattr(task, "TEST", (20, 60))
    found = TASK.run(seed=1)
    mine = found.values["results"]["dynamic synapses"]
    assert mine["correlation"][0] > 0.8 and mine["correlation"][1] > 0.8 and mine["error"] < 1
    assert [row[0] for row in found.rows] == ["", "published", "dynamic synapses"]
    many, one = found.scores
    assert many.values == {"dynamic synapses": mine["correlation"], "published": rates.PUBLISHED}
    assert float(np.mean(one.values["dynamic synapses"])) == mine["error"] and one.better == "less"
    assert TASK.run(seed=1).values["results"] == found.values["results"]


def test_refuses_to_learn_and_what_cannot_run_it():
    with pytest.raises(InvalidValue, match="float arithmetic"):
        TASK.learn(scenario="classes")
    found = CliRunner().invoke(app, ["run", "maass", "--target", "loihi1"])
    assert isinstance(found.exception, InvalidValue) and "means nothing to maass" in str(found.exception)
