"""A linear readout on the chip: its rule by hand, what it converges to, a series that goes on elsewhere, drift, bad input."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.deployment import series_start
from neurolsm.execute.backend import names, open_simulator
from neurolsm.hardware.events import count_events
from neurolsm.hardware.resources import resources
from neurolsm.learn.chip.grow import point_neurons
from neurolsm.measure.scenarios.series_drift import series_drift
from neurolsm.plot.series_drift import save_series_drift
from neurolsm.program import Population, Program
from neurolsm.program.graded import Graded
from neurolsm.program.state import State

HOLD = 4


def bare(channels, **more):
    """A program whose readout hears input channels alone; its one neuron is silent."""
    liquid = Program(
        "loihi2", "loihi", 1e-3, 0, channels, (Population("liquid", 0, 1),), point_neurons(1, vth=1000), ()
    )
    readout = nl.LinearReadout(hold=HOLD, **more)
    return readout, readout.attach(liquid)


def shown(readout, program, raster):
    """Values as samples of HOLD steps, with the clock."""
    whole = np.zeros((*raster.shape[:2], program.n_inputs), bool)
    whole[..., : raster.shape[2]] = raster
    step, channel = readout.clock_events(HOLD)
    whole[:, step, raster.shape[2] + channel] = True
    return nl.Spikes.from_dense(whole)


def test_the_rule_by_hand():
    """Three values, two outputs; what each neuron's voltage, error and weights must be, from the equations."""
    readout, program = bare(2, outputs=2, echoes=0, tau=2.0, scale=8, power=16.0)
    rule = program.plastic[-1].plasticity
    impulse, (dw,), shift = rule.x1.impulse, rule.dw, program.modulators[0].shift
    # share = 64 power impulse mantissa / (1024 2^shift)
    assert abs(64 * 16 * impulse * dw.mantissa / 1024 / 2**shift - 0.5) < 0.05
    raster = np.zeros((3, HOLD, 2), bool)
    raster[0, 1, 0] = raster[1, 2, :] = raster[2, 0, 1] = True
    inputs = shown(readout, program, raster)
    targets = np.array([[0.5, -0.25], [np.nan, 1.0], [0.1, 0.2]])
    lessons = np.array([readout.lesson(t) for t in targets])
    assert lessons.tolist()[:2] == [[1, 64, -32], [1, -128, 127]]
    with open_simulator(program, "reference") as simulator:
        start = State.rest(program)
        weights = np.array([[10, -20], [30, 40], [5, 6]])  # channel, channel, clock
        for memory, rows in zip(start.plastic, (None, weights[:2], weights[2:]), strict=True):
            if rows is not None:
                memory.weight[:] = rows.ravel()
        simulator.state = start
        keep, decay = 1 - int(program.neurons.dv[-1]) / 4096, np.exp(-1 / 2)
        v, coming, trace = np.zeros(2), np.zeros(2), np.zeros(3)
        w = weights.astype(float)
        for t in range(3):
            for step in range(HOLD):
                v = np.trunc(v * keep) + 64 * coming
                fired = np.append(raster[t, step], step == HOLD - 2)
                coming = w[fired].sum(axis=0)
                trace = trace * decay + impulse * fired
            found = simulator.run(
                inputs[t : t + 1], graded=Graded.build([HOLD - 1], lessons[t][None], HOLD), carry=True
            )
            assert np.abs(found.v[0, -2:] - v).max() <= HOLD  # each step cuts less than 1
            v = found.v[0, -2:].astype(float)
            error = np.clip(((lessons[t, 1:].astype(int) << 8) - v) // 2**shift, -128, 127)
            error[lessons[t, 1:] == -128] = 0
            change = dw.mantissa * np.outer(trace, error) / 2**10
            after = np.vstack([m.weight.reshape(-1, 2) for m in simulator.state.plastic[1:]])
            # a trace is rounded at most by 1 a step and the product and the weight once each
            loose = dw.mantissa * np.abs(error)[None] * HOLD * (t + 1) / 2**10 + 1.01
            assert (np.abs(after - w - change) <= loose).all()
            assert (after[:, error == 0] == w[:, error == 0]).all()
            w = after.astype(float)
    assert (w != weights).any()


def test_it_converges_to_least_squares():
    """Spikes of six channels in the voltage; targets are linear in it, with noise: the weights are those of least squares."""
    readout, program = bare(6, echoes=0, tau=1.0, scale=8, share=0.05, power=1.8)
    rng = np.random.default_rng(0)
    raster = np.zeros((3000, HOLD, 6), bool)
    raster[:, HOLD - 2] = rng.random((3000, 6)) < 0.3
    truth = np.array([0.2, -0.15, 0.1, 0.05, -0.1, 0.25])
    y = raster[:, HOLD - 2] @ truth - 0.1 + rng.normal(0, 0.02, 3000)
    lessons = np.array([readout.lesson([one]) for one in y])
    graded = Graded.build((np.arange(3000) + 1) * HOLD - 1, lessons, 3000 * HOLD)
    with open_simulator(program, "emulator") as simulator:
        found = simulator.run(shown(readout, program, raster), graded=graded, carry=True)
        w = np.concatenate([m.weight for m in simulator.state.plastic[1:]]) / (127 * 2.0**2)
    best = np.linalg.lstsq(np.c_[raster[:, HOLD - 2], np.ones(3000)], y, rcond=None)[0]
    said = readout.outs(found.v[:, -1:], program)[:, 0]
    assert np.abs(w[:6] - best[:6]).max() < 0.02
    assert np.std(said[2000:] - y[2000:]) < 0.03 < np.std(y) / 3


def lsm(readout=None, n=40, seed=3, inputs=8):
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=n, density=0.2), weights=nl.Gamma(0.2), delays=nl.Uniform(0.0, 5e-3),
        input=nl.RandomMap(density=0.6, weight=nl.Gamma(0.6), inhibitory=0.3, delay=nl.Uniform(0.0, 5e-3)),
    )  # fmt: skip
    return nl.LSM(inputs=inputs, liquid=liquid, readout=readout, seed=seed)


ENCODER = nl.PopulationEncoder(neurons=8, low=-1.2, high=1.2)
X = np.sin(np.arange(700) / 5)


@pytest.fixture(scope="module")
def model():
    return nl.LSMSequenceRegressor(lsm(nl.LinearReadout(echoes=1)), ENCODER, hold=HOLD, washout=50).fit(X[:400])


def test_a_deployment_answers_and_learns(model):
    with model.deploy(X[:400]) as chip:
        assert chip.values == 400 and chip.program.learns and chip.lsm.readout.hold == HOLD
        frozen = chip.predict(X[400:-1], go_on=True)
        assert np.abs(frozen - X[401:]).mean() < 0.1
        again = chip.predict(X[:60])
        assert np.array_equal(again, chip.predict(X[:60])) and chip.values == 699
    with model.deploy(X[:400], fitted=False) as chip:
        assert not any(p.weight.any() for p in chip.state.network.plastic)
        said = chip.follow(X[400:-1], X[401:])
        assert chip.lessons == 299 and np.std(said[-100:] - X[-100:]) < 0.6 * np.std(X)


def test_what_is_heard_is_what_the_voltage_says(model):
    """First weights from features: the voltage of the chip is their sum, to what 24 bits cut."""
    with model.deploy(X[:100]) as chip:
        weights = np.concatenate([p.weight for p in chip.state.network.plastic])
        said = chip.predict(X[:100])
        with open_simulator(chip.program) as simulator:
            rows = np.vstack([r for _, r in series_start.heard(chip.model, simulator, X[:100, None])])
    v = 64 * rows @ weights
    out = chip.lsm.readout.outs(v, chip.program)
    middle, half = (chip.model.low + chip.model.high) / 2, (chip.model.high - chip.model.low) / 2
    assert np.abs(middle + half * out - said).max() < 1e-3


def test_the_rest_of_a_step_of_weights(model):
    """Rounded first weights say what the ridge says, to a few hundredths."""
    with model.deploy(X[:400]) as chip:
        error = chip.predict(X[:400])[50:-1] - X[51:400]
    host = model.predict(X[:400])[50:-1] - X[51:400]
    assert host.std() < 0.02 and error.std() < 0.1


def test_any_cut_gives_the_same_bits(model):
    y = np.append(X[401:], np.nan)
    with model.deploy(X[:400]) as chip:
        start = chip.state
        whole = chip.follow(X[400:], y)
        end = chip.state
        chip.state = start
        parts = [chip.follow(X[400 + a : 400 + b], y[a:b]) for a, b in ((0, 1), (1, 90), (90, 300))]
        assert np.array_equal(np.concatenate(parts), whole)
        assert chip.state.network.equal(end.network) and (chip.state.encoder == end.encoder).all()


@pytest.mark.parametrize("backend", names())
def test_a_series_goes_on_elsewhere(model, backend, tmp_path):
    """Mid-series, by a file: the same predictions, spikes and weights."""
    with model.deploy(X[:60]) as chip:
        chip.follow(X[60:80], X[61:81])
        chip.save(tmp_path / "life.lsm")
        expected = chip.follow(X[80:88], X[81:89])
        end = chip.state
    with nl.resume(tmp_path / "life.lsm", backend=backend) as other:
        assert other.values == 80 and other.lessons == 20
        said = other.follow(X[80:88], X[81:89])
        state = other.state
    assert np.array_equal(said, expected) and state.network.equal(end.network)
    assert state.values == 88 and np.array_equal(state.encoder, end.encoder)


def test_frozen_it_only_answers(model):
    with model.deploy(X[:60]) as chip:
        chip.freeze()
        before = [p.weight.copy() for p in chip.state.network.plastic]
        with pytest.raises(nl.InvalidValue, match=r"frozen.*thaw"):
            chip.follow(X[60:70], X[61:71])
        assert chip.values == 60
        chip.predict(X[60:70], go_on=True)
        assert all(np.array_equal(a, p.weight) for a, p in zip(before, chip.state.network.plastic, strict=True))
        chip.thaw()
        chip.follow(X[70:71], X[71:72])


def test_a_forecast_closes_the_loop(model):
    with model.deploy(X[:400]) as chip:
        before = chip.state
        said = chip.forecast(4)
        assert chip.state.network.equal(before.network) and chip.values == 400
        by_hand = [chip.predict(X[:400])[-1]]
        for _ in range(3):
            by_hand.append(chip.predict(by_hand[-1:], go_on=True)[0])
        assert np.array_equal(said, by_hand)


def test_a_missing_target_teaches_nothing_and_others_learn():
    y = np.c_[X, np.roll(X, 3)]
    two = nl.LSMSequenceRegressor(lsm(nl.LinearReadout(outputs=2)), ENCODER, hold=HOLD, washout=20).fit(X, y)
    with two.deploy(X[:100], y[:100]) as chip:
        before = chip.state
        holes = y[100:160].copy()
        holes[:, 1] = np.nan
        said = chip.follow(X[100:160], holes)
        assert said.shape == (60, 2) and chip.lessons == 60
        for a, b in zip(before.network.plastic, chip.state.network.plastic, strict=True):
            a, b = a.weight.reshape(-1, 2), b.weight.reshape(-1, 2)
            assert np.array_equal(a[:, 1], b[:, 1])
        chip.state = before
        assert chip.follow(X[100:110], np.full((10, 2), np.nan)).shape == (10, 2) and chip.lessons == 60


def test_the_liquid_stays_as_fit_left_it():
    plastic = lsm(nl.LinearReadout(echoes=0))
    plastic = replace(plastic, liquid=replace(plastic.liquid, plasticity=nl.STDP(), intrinsic=nl.IntrinsicPlasticity()))
    made = nl.LSMSequenceRegressor(plastic, ENCODER, hold=HOLD, washout=20).fit(X[:200])
    with made.deploy(X[:60]) as chip:
        assert [p.name for p in chip.program.plastic] == ["readout/weights", "readout/inputs", "readout/bias"]
        learned = made.states_.start
        assert np.array_equal(chip.program.neurons.vth[:40], learned.vth)
        kept = {p.name: p.weight for p in chip.program.projections}
        assert np.array_equal(kept[made.program_.plastic[0].name], learned.plastic[0].weight)


def test_what_fails_leaves_all_as_it_was(model, monkeypatch):
    with model.deploy(X[:60]) as chip:
        before = chip.state
        calls = []
        run = chip._simulator.run

        def fails(*given, **more):
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return run(*given, **more)

        monkeypatch.setattr(chip._simulator, "run", fails)
        monkeypatch.setattr("neurolsm.deployment.series.AT_ONCE", 1)
        with pytest.raises(KeyboardInterrupt):
            chip.follow(X[60:70], X[61:71])
        assert chip.state.network.equal(before.network) and chip.values == 60 and chip.lessons == 0


def test_targets_beyond_the_range_teach_its_end_and_are_said(model):
    with model.deploy(X[:60]) as chip, pytest.warns(nl.UnusualValue, match="10 of 10 targets"):
        chip.follow(X[60:70], np.full(10, 50.0))
        assert chip.clipped == 10 and chip.lessons == 10


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda c: c.follow(X[60:70], X[61:70]), r"len\(y\).*10 values"),
        (lambda c: c.follow(X[60:70], np.zeros((10, 2))), "y.*1 outputs"),
        (lambda c: c.follow(X[60:70], np.full(10, np.inf)), "y.*infinity"),
        (lambda c: c.follow(np.full(10, np.nan), X[61:71]), "X.*NaN"),
        (lambda c: c.follow(np.zeros((10, 2)), X[61:71]), "X.*1 values per step"),
        (lambda c: c.follow(np.zeros((2, 10, 1)), np.zeros((2, 10))), "one series"),
        (lambda c: c.predict(np.zeros((0, 1))), "holds no value"),
        (lambda c: c.predict(nl.Spikes.from_dense(np.zeros((1, 8, 8), bool))), "one series of values"),
        (lambda c: c.forecast(0), "n.*at least 1"),
        (lambda c: c.lsm.readout.lesson([2.0]), "targets.*-1..1"),
        (lambda c: c.lsm.readout.lesson([0.0, 0.0]), "one number for each"),
    ],
)
def test_wrong_input_is_named(model, call, words):
    with model.deploy(X[:60]) as chip:
        before = chip.state
        with pytest.raises(nl.InvalidValue, match="(?s)" + words):
            call(chip)
        assert chip.state.network.equal(before.network) and chip.values == 60


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: nl.LinearReadout(outputs=0), "outputs"),
        (lambda: nl.LinearReadout(share=0.0), "share"),
        (lambda: nl.LinearReadout(hold=1), "hold"),
        (lambda: nl.LinearReadout(hold=64), "hold.*63"),
        (lambda: nl.LinearReadout(tau=0.05), "tau.*0.13"),
        (lambda: nl.LinearReadout(tau=float("nan")), "tau"),
        (lambda: nl.LinearReadout(scale=17), "scale"),
        (lambda: nl.LinearReadout(power=0.0), "power"),
        (lambda: nl.LinearReadout(channels=1), "channels"),
        (lambda: nl.lower(lsm(nl.LinearReadout(power=1e30))), "share.*power.*engine"),
        (
            lambda: nl.deploy(lsm(nl.LinearReadout()), ENCODER, labels=[0, 1]),
            "readout.*no labels.*LSMSequenceRegressor",
        ),
        (lambda: fitted(lsm(nl.LinearReadout(outputs=2))).deploy(X), "readout.*1 outputs"),
        (lambda: fitted(lsm(nl.DeltaReadout(classes=2))).deploy(X), "readout.*linear"),
        (lambda: fitted(lsm()).deploy(X[:30]), "washout.*30 values"),
        (lambda: fitted(lsm()).deploy(X, X**2 * np.nan), "every target is missing"),
        (lambda: fitted(lsm(), arithmetic="float").deploy(X), "arithmetic.*loihi"),
    ],
)
def test_wrong_descriptions_are_named(call, words):
    with pytest.raises(nl.InvalidValue, match="(?s)" + words):
        call()


def fitted(one, **more):
    return nl.LSMSequenceRegressor(one, ENCODER, hold=HOLD, washout=50, **more).fit(X[:120])


def test_without_a_readout_in_the_description_there_is_one_for_the_targets():
    with fitted(lsm()).deploy(X[:60]) as chip:
        assert chip.lsm.readout.outputs == 1


def test_files_of_something_else_are_refused(model, tmp_path):
    with model.deploy(X[:60]) as chip:
        chip.save(tmp_path / "series.lsm")
        program = chip.program
    program.save(tmp_path / "program.npz")
    with pytest.raises(nl.FileRefused, match="holds a program"):
        nl.resume(tmp_path / "program.npz")
    whole = (tmp_path / "series.lsm").read_bytes()
    (tmp_path / "cut.lsm").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(nl.FileRefused, match="cut short"):
        nl.resume(tmp_path / "cut.lsm")
    with nl.deploy(lsm(nl.DeltaReadout(classes=2)), ENCODER, labels=[0, 1]) as other:
        with pytest.raises(nl.FileRefused, match="series deployment"):
            other.load(tmp_path / "series.lsm")


@pytest.mark.parametrize(
    "change",
    [
        lambda h, a: h.update(values=-1),
        lambda h, a: h.update(frozen=1),
        lambda h, a: h.update(hold=5),
        lambda h, a: h.update(n_values=2),
        lambda h, a: h.update(clock=-3),
        lambda h, a: a.update(memory=a["memory"][:-1]),
        lambda h, a: a.update(low=a["high"]),
        lambda h, a: a.update({"state/v": a["state/v"][:-1]}),
        lambda h, a: h["lsm"]["fields"]["readout"]["fields"].update(outputs=2),
        lambda h, a: h.pop("lessons"),
    ],
)
def test_files_that_cannot_be_are_refused(model, tmp_path, change):
    from neurolsm.files.checked import read, write

    with model.deploy(X[:60]) as chip:
        chip.save(tmp_path / "series.lsm")
    header, arrays = read(tmp_path / "series.lsm", "series deployment")
    change(header, arrays)
    write(tmp_path / "other.lsm", "series deployment", header, arrays)
    with pytest.raises(nl.FileRefused, match="no valid deployment"):
        nl.resume(tmp_path / "other.lsm")


def test_a_drift_is_followed_and_measured(tmp_path):
    """A wave that turns faster: the chip's own rule wins back most of what recursive least squares wins back."""

    def series(seed):
        phase = np.cumsum(np.where(np.arange(900) < 500, 0.2, 0.35)) + seed
        x = np.sin(phase) + 0.4 * np.sin(2.3 * phase)
        return x[:-1], np.append(x[3:], [x[-1]] * 2)

    found = series_drift(
        "wave", series, lambda seed: lsm(nl.LinearReadout(share=0.5), seed=seed), fitted=400, change=500, seeds=(1, 2),
        window=50, hold=HOLD, washout=50, encoder=nl.PopulationEncoder(neurons=8, low=-1.6, high=1.6),
    )  # fmt: skip
    assert len(found.won_back) == 2 and min(found.won_back) > 0.5
    assert np.mean(found.after["frozen"]) > 1.2 * np.mean(found.after["chip"])
    data = json.loads(json.dumps(found.to_dict()))
    assert data["change"] == 500 and len(data["curves"]["chip"][0]) == 9
    assert "wins back" in str(found)
    save_series_drift(found, tmp_path / "drift.png")
    assert (tmp_path / "drift.png").stat().st_size > 1000


def test_reports_count_it(model):
    """Where it lies on the chip, and what happens there; plastic synapses are those of the readout."""
    with model.deploy(X[:60]) as chip:
        found, placement = resources(chip.program, "loihi2")
        assert found.plastic_synapses == 40 + 48 + 8 + 1 and found.neurons == 40 + 48 + 1
        inputs, _ = chip.model.spikes(chip.state.encoder, X[60:80, None])
        events = count_events(chip.program, placement, inputs)
        assert events.samples == 20 and events.synops.sum() > 0
    assert resources(model.lsm, "loihi2")[0].neurons == found.neurons


def test_the_page_runs_as_it_stands():
    text = (Path(__file__).parents[1] / "docs" / "howto" / "follow.md").read_text()
    names = {}
    for example in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(compile(example, "follow.md", "exec"), names)
    assert names["after"] < 0.75 * names["frozen"]


def test_a_change_outside_the_series_is_named():
    with pytest.raises(nl.InvalidValue, match=r"fitted.*change"):
        series_drift("x", lambda seed: (X, X), lambda seed: lsm(), fitted=10, change=700)
