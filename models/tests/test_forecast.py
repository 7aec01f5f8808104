"""Series against their equations, controls against hand-computed steps, and the task from end to end."""

import os
import subprocess
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from neurolsm_models.data.place import VARIABLE
from neurolsm_models.forecast import problems, run, series
from neurolsm_models.forecast.contenders import ALONE, CHOSEN, ESN, ESN8, LINE, NVAR, SETTINGS, Chosen
from neurolsm_models.forecast.controls import Delayed, EchoState, rounded
from neurolsm_models.forecast.measure import learn, loop, score, walking
from neurolsm_models.forecast.problems import PROBLEMS, SERIES, Problem
from neurolsm_models.forecast.setting import Setting
from neurolsm_models.forecast.task import TASK
from sklearn.linear_model import Ridge
from typer.testing import CliRunner

import neurolsm as nl
from neurolsm.errors import FileRefused, NotAvailable
from neurolsm.sequence import StepFeatures

SMALL = Setting(neurons=100, features=StepFeatures(traces=(8.0,), voltage=True), ridge=0.1)


@pytest.mark.parametrize("tau", [17, 30])
def test_mackey_glass_obeys_its_equation(tau):
    """Sampled finely, its central difference is the right-hand side."""
    h = 0.1
    x = series.mackey_glass(4000, tau, dt=h, transient=300.0)
    lag = round(tau / h)
    slope = (8 * (x[3:-1] - x[1:-3]) - (x[4:] - x[:-4])) / (12 * h)
    at = np.arange(2, len(x) - 2)
    at = at[at >= lag]
    delayed = x[at - lag]
    assert np.abs(slope[at - 2] - (0.2 * delayed / (1 + delayed**10) - 0.1 * x[at])).max() < 1e-6


def test_values_between_the_steps_are_those_of_the_same_series():
    fine = series.mackey_glass(1000, dt=0.1)
    assert np.allclose(
        series.mackey_glass(30, dt=1.25), np.interp(1.25 * np.arange(30), 0.1 * np.arange(1000), fine), atol=1e-4
    )
    assert np.array_equal(series.mackey_glass(50, dt=1.0), fine[:500:10])


def test_lorenz_obeys_its_equations():
    x, y, z = series.lorenz(3000).T
    h = series.LORENZ_DT
    slope = [(45 * (a[4:-2] - a[2:-4]) - 9 * (a[5:-1] - a[1:-5]) + a[6:] - a[:-6]) / (60 * h) for a in (x, y, z)]
    x, y, z = x[3:-3], y[3:-3], z[3:-3]
    for found, wanted in zip(slope, (10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z), strict=True):
        assert np.abs(found - wanted).max() < 0.01 * np.abs(wanted).max()


def test_narma_by_hand():
    u, y = series.narma10(60, seed=3)
    t = 40
    hand = 0.3 * y[t - 1] + 0.05 * y[t - 1] * sum(y[t - k] for k in range(1, 11)) + 1.5 * u[t - 10] * u[t - 1] + 0.1
    assert y[t] == pytest.approx(hand, rel=1e-12) and 0 <= u.min() and u.max() <= 0.5


def test_a_series_that_diverges_is_refused(monkeypatch):
    class Largest:
        def uniform(self, low, high, n):
            return np.full(n, high)

    monkeypatch.setattr(series.np.random, "default_rng", lambda seed: Largest())
    with pytest.raises(nl.InvalidValue, match=r"narma10\.seed = 5.*diverge at value"):
        series.narma10(100, 5)


def test_neurobench_has_its_points():
    found = series.neurobench(18, 3)
    assert [len(one) for one in found] == [1500] * 3 and found[0][0] == 0.7744313
    assert np.array_equal(found[1][: 1500 - 37], found[0][37:])  # half a Lyapunov time later
    fine = series.mackey_glass(139, 18, seed=None, past=0.7744313, transient=0.0)
    assert found[0][75] == pytest.approx(fine[138], abs=1e-9)  # one Lyapunov time, 138 units
    assert sorted(series.NEUROBENCH) == list(range(17, 31))


def test_a_missing_or_wrong_laser_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(NotAvailable, match=r"santafe_laser.*lacks santafe_laser\.npy.*Santa Fe"):
        series.laser()
    (tmp_path / "santafe_laser").mkdir()
    file = tmp_path / "santafe_laser" / "santafe_laser.npy"
    for wrong in (b"no array", b""):
        file.write_bytes(wrong)
        with pytest.raises(FileRefused, match="not a NumPy array"):
            series.laser()
    for values in (np.arange(100), np.full(10_093, 300), np.full(10_093, "a")):
        np.save(file, values)
        with pytest.raises(FileRefused, match="not the laser"):
            series.laser()


def test_a_step_of_the_network_by_hand():
    net = EchoState(40, 2, seed=4, radius=0.8, leak=0.3, scale=0.5, centre=np.array([1.0, 2.0]), density=0.2)
    dense, s = net.recurrent.toarray(), np.zeros(40)
    for value in ([1.5, 0.0], [2.0, 3.0]):
        s = 0.7 * s + 0.3 * np.tanh(dense @ s + net.into @ (np.array(value) - [1.0, 2.0]) + net.offset)
    assert np.allclose(net.push(np.array([[1.5, 0.0], [2.0, 3.0]]))[-1], [*s, 2.0, 3.0], atol=1e-12)
    assert (np.abs(net.into) <= 0.5).all() and ((dense != 0).sum(axis=1) == 8).all()


def test_its_radius_is_the_one_it_says():
    net = EchoState(500, seed=1, radius=0.9)
    assert np.abs(np.linalg.eigvals(net.recurrent.toarray())).max() == pytest.approx(0.9, rel=0.1)


def test_eight_bits_are_127_levels_of_either_sign():
    net = EchoState(100, seed=1, bits=8)
    for part in (net.recurrent.data, net.into, net.offset):
        levels = part / (np.abs(part).max() / 127)
        assert np.allclose(levels, np.rint(levels), atol=1e-9) and np.unique(np.abs(np.rint(levels))).size > 30
    net.push(np.random.default_rng(0).standard_normal((5, 1)))
    assert np.allclose(net.activity * 127, np.rint(net.activity * 127)) and net.activity.any()
    assert not rounded(np.zeros(3)).any()


def test_products_of_delayed_values_by_hand():
    x = np.array([[2.0], [3.0], [5.0], [7.0]])
    assert Delayed(2, stride=2, order=3).push(x)[-1].tolist() == [7, 3, 49, 21, 9, 343, 147, 63, 27]
    assert Delayed(3).push(x)[1].tolist() == [3, 2, 0]


def test_the_readout_is_ridge_regression():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 2))
    y = x[:, :1] * 2 + rng.standard_normal((400, 1))
    y[50] = np.nan
    found = learn(Delayed(3, n_values=2), x, y, 0.01, washout=30)
    rows = Delayed(3, n_values=2).push(x)
    known = np.delete(np.arange(30, 400), 20)
    mean, sd = rows[known].mean(0), rows[known].std(0)
    hand = Ridge(alpha=0.01 * 6).fit((rows[known] - mean) / sd, y[known])
    assert np.allclose(found(rows)[:, 0], hand.predict((rows - mean) / sd).ravel(), atol=1e-9)


@pytest.mark.parametrize("kind", ["liquid", "network"])
def test_a_loop_shows_what_it_said_and_is_put_back(kind):
    x = np.sin(np.arange(700) / 6)[:, None]
    problem = problems.closed(np.concatenate([x, x])[:, 0], 600, 40.0)
    assert problem.y[598] == x[599] and np.isnan(problem.y[599])  # the first test value teaches nothing

    def check(reader):
        solution = learn(reader, x[:600], problem.y[:600], 1e-4)
        before = reader.state
        said = np.array(list(islice(loop(reader, solution), 5)))
        reader.state = before
        shown = said[:0]
        for value in said:
            assert value == pytest.approx(solution(reader.row[None])[0], abs=1e-12)
            reader.push(value[None])
            shown = np.append(shown, value)
        reader.state = before
        assert np.array_equal(list(islice(loop(reader, solution), 5)), said)
        assert np.abs(shown - x[600:605, 0]).max() < 0.1

    if kind == "liquid":
        with walking(SMALL, x[:600], 1) as walk:
            check(walk)
    else:
        check(EchoState(100, seed=1))


def test_what_remembers_enough_has_no_error():
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, (1500, 1))
    y = np.roll(x, 4, axis=0) * np.roll(x, 2, axis=0)
    problem = Problem(x=x, y=y, train=1000)
    for reader, good in ((Delayed(5, order=2), True), (Delayed(4, order=2), False), (Delayed(5), False)):
        assert (score(reader, problem, learn(reader, x[:1000], y[:1000], 1e-9)) < 1e-3) == good


def test_no_target_of_the_training_part_lies_in_the_test_part():
    x = np.arange(3000.0)
    problem = problems.ahead(x, 20, 1000, 500)
    taught = problem.y[: problem.train]
    assert np.nanmax(taught) == 999 and problem.y[1000, 0] == 1020
    inner = problem.validation(200)
    assert len(inner.x) == 1000 and inner.train == 800 and np.nanmax(inner.y) == 999
    loops = problems.closed(np.arange(6000.0), 4000, 10.0)
    assert max(loops.starts) + problems.HORIZON <= len(loops.x)
    inner = loops.validation()
    assert max(inner.starts) + problems.HORIZON <= 4000 and inner.train == min(inner.starts)


def test_every_series_has_a_setting_and_all_controls():
    names = [name for several in SERIES.values() for name in several]
    assert set(names) == set(SETTINGS) == set(CHOSEN) == {*PROBLEMS, "neurobench"}
    for name in names:
        assert [one.kind for one in CHOSEN[name]] in ([ESN, ESN8, NVAR, LINE, ALONE], []) and (
            CHOSEN[name] or "sparse" in name
        )
        assert SETTINGS[name].neurons == 1000


@pytest.fixture
def little(monkeypatch):
    """Short series and small liquids."""
    u, y = series.narma10(700)
    monkeypatch.setitem(run.PROBLEMS, "narma10", lambda: Problem(x=u[:, None], y=y[:, None], train=500))
    monkeypatch.setitem(run.SETTINGS, "narma10", SMALL)
    monkeypatch.setitem(run.SETTINGS, "neurobench", SMALL)
    few = (Chosen(ESN, 1e-4, {"units": 50}), Chosen(LINE, 1e-6, {"count": 12}))
    monkeypatch.setitem(run.CHOSEN, "narma10", few)
    monkeypatch.setitem(run.CHOSEN, "neurobench", few)


def test_a_run_reports_liquids_and_controls(little):
    report = run.run(series="narma10", splits=2, controls=True)
    found = report.to_dict()["tasks"]["narma10"]
    assert found["metric"] == "nrmse" and 0.3 < found["value"] < 1.2 and len(found["values"]) == 2
    assert found["controls"][ESN]["sd"] > 0 and found["controls"][LINE]["sd"] == 0
    assert 0 < found["active_share"] < 0.5
    assert found["spikes_per_value"] == pytest.approx(found["active_share"] * 100 * SMALL.hold)
    assert len({len(row) for row in report.rows}) == 1
    (one,) = report.scores
    assert (
        one.values["liquid"] == found["values"]
        and set(one.values) == {"liquid", *found["controls"]}
        and one.better == "less"
    )
    again = run.run(series="narma10", splits=2)
    assert again.to_dict()["tasks"]["narma10"]["values"] == found["values"]


def test_a_missing_file_is_named_before_anything_runs(little, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(run, "one", lambda *any: pytest.fail("it ran"))
    with pytest.raises(NotAvailable, match="santafe_laser"):
        run.run()


def test_neurobench_has_one_figure_for_each_tau_and_repeat(little):
    found = run.repeated(2, True, {}, taus=(17, 18))
    assert len(found.values) == 4 and all(0 < value <= 200 for value in found.values)
    assert len(found.controls[LINE]) == 4 and len(set(found.values)) == 4


def test_backends_agree_on_it():
    program, spikes = TASK.compare(samples=2)
    both = nl.compare(program, spikes, backends=("reference", "emulator"))
    assert both.equal and len(spikes) == 2 and both.spikes_compared > 100


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: run.run(series="sunspots"), "series.*sunspots.*one of narma10"),
        (lambda: run.run(splits=0), "splits.*1 to 100"),
        (lambda: run.run(samples=31), "samples.*1 to 30"),
        (lambda: run.run(backend="none"), "none"),
        (lambda: TASK.compare(samples=0), "samples.*1 to 200"),
    ],
)
def test_wrong_input_is_named(call, words):
    with pytest.raises(nl.errors.NeuroLSMError, match="(?s)" + words):
        call()


def test_other_models_take_no_series():
    from neurolsm.cli.app import app

    said = CliRunner().invoke(app, ["run", "digits", "--series", "narma10"])
    assert said.exit_code and "series" in (said.output + str(said.exception))


@pytest.mark.nightly
def test_our_network_is_that_of_reservoirpy():
    """Same weights, same states; in an environment of its own, named by RESERVOIRPY_PYTHON."""
    python = os.environ.get("RESERVOIRPY_PYTHON")
    if not python:
        pytest.skip("RESERVOIRPY_PYTHON names no Python that has ReservoirPy")
    net = EchoState(60, seed=2, radius=0.9, leak=0.4, scale=0.7, density=0.1)
    x = np.sin(np.arange(50) / 3)[:, None]
    code = (Path(__file__).parent / "peer_reservoirpy.py").read_text()
    import io

    sent = io.BytesIO()
    np.savez(sent, w=net.recurrent.toarray(), win=net.into, bias=net.offset, x=x, leak=net.leak)
    came = subprocess.run([python, "-c", code], input=sent.getvalue(), capture_output=True, check=True)
    assert np.allclose(np.load(io.BytesIO(came.stdout)), net.push(x)[:, :-1], atol=1e-10)
