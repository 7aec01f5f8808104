"""Learning after deployment, measured: scenarios of a tiny easy model, the command, its JSON, changes of the surroundings."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit

matplotlib.use("agg")
from matplotlib import pyplot

import neurolsm as nl
from neurolsm.measure.scenarios import learn_model
from neurolsm.measure.scenarios import result as result_module
from neurolsm.measure.scenarios.changes import Change, image_changes, sensor_changes, spike_changes, value_changes
from neurolsm.measure.scenarios.result import SCENARIOS
from neurolsm.measure.scenarios.setting import Outcome, Setting
from neurolsm.plot import learning_curve
from neurolsm.readout import Counts
from neurolsm.tasks import model as models

pytestmark = pytest.mark.xdist_group("scenarios")  # one worker works each of them out, once
CONTRACT = {
    "model", "scenario", "backend", "rule", "seeds", "before", "frozen", "adapted", "adapted_sd", "host_refit", "controls",
    "recovered", "forgotten", "updates", "seconds",
}  # fmt: skip
CHANNELS, SAMPLES, LABELS = 12, 280, 4
TRAIN, TEST = 224, 56
PATTERNS = np.random.default_rng(3).random((LABELS, CHANNELS))


def load() -> models.Data:
    """Noisy copies of four patterns of rates."""
    rng = np.random.default_rng(0)
    y = np.arange(SAMPLES) % LABELS
    x = np.clip(PATTERNS[y] + rng.normal(0, 0.1, (SAMPLES, CHANNELS)), 0, 1)
    return models.Data(x, y, groups=np.arange(SAMPLES) // (SAMPLES // 4))


def lsm(seed: int) -> nl.LSM:
    reach = nl.RandomMap(density=0.4, weight=nl.Gamma(1.5), inhibitory=0.4)
    return nl.LSM(inputs=CHANNELS, liquid=nl.Liquid(topology=nl.Column(shape=(4, 4, 3)), input=reach), seed=seed)


DELTA = nl.DeltaReadout(classes=LABELS, windows=2, scale=8, rate=2.0**-8)
ENCODER = nl.RateEncoder(steps=16, rate=0.6)


def chip_readout(scenario: str, labels: int, samples: int) -> Any:
    one_after_the_other = scenario in ("classes", "tasks")
    return nl.PrototypeReadout(neurons=40, windows=2) if one_after_the_other else DELTA


TINY = models.Model(
    name="tiny", summary="Four patterns.", load=load, lsm=lsm, encoder=ENCODER, features=Counts(windows=2),
    readout=RidgeClassifier, chip_readout=chip_readout,
)  # fmt: skip


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The model ``tiny``, as an entry point would bring it; ``tiny.update(load=...)`` changes it."""
    held = SimpleNamespace(model=TINY)
    held.update = lambda **fields: setattr(held, "model", replace(held.model, **fields))
    monkeypatch.setattr(models, "_points", lambda: {"tiny": SimpleNamespace(name="tiny", load=lambda: held.model)})
    yield held
    pyplot.close("all")


@pytest.fixture
def call(call: Callable[..., tuple[int, str, str]]) -> Callable[..., tuple[int, str, str]]:
    """``call("--scenario", "drift")``: exit code, stdout, stderr of ``neurolsm learn tiny``."""
    return partial(call, "learn", "tiny")


# ---------------------------------------------------------------------- scenarios


@pytest.fixture(scope="module")
def found() -> Iterator[Callable[[str], Any]]:
    """The result of a scenario over two seeds, worked out once."""
    done: dict[str, Any] = {}

    def of(scenario: str) -> Any:
        if scenario not in done:
            done[scenario] = learn_model(TINY, scenario, seeds=2, progress=False)
        return done[scenario]

    yield of


@pytest.mark.parametrize("scenario", ["classes", "drift", "reward", "scratch", "tasks"])
def test_learning_helps(found: Any, scenario: str) -> None:
    result = found(scenario)
    assert result.adapted > result.frozen + 0.2 and result.adapted > 0.85
    assert result.host_refit > 0.9 and all(0 <= value <= 1 for value in result.controls.values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_a_result_says_fits_together(found: Any, scenario: str) -> None:
    result = found(scenario)
    assert (result.model, result.scenario, result.backend, result.seeds) == ("tiny", scenario, "emulator", 2)
    learner = "Homeostasis" if scenario == "unlabelled" else type(chip_readout(scenario, LABELS, TRAIN)).__name__
    assert learner in result.rule
    assert len(result.each) == 2 and result.adapted == pytest.approx(np.mean(result.each))
    assert result.adapted_sd == pytest.approx(np.std(result.each, ddof=1))
    loss = result.host_refit - result.frozen
    if loss > 0:
        assert result.recovered == pytest.approx((result.adapted - result.frozen) / loss)
    else:
        assert result.recovered is None
    assert result.controls and all(0 <= x <= 1 for x in (result.before, result.calibration, *result.curve))
    assert result.updates > 0 and result.seconds > 0


def test_unlabelled_compares_four_ways_to_meet_each_change(found: Any) -> None:
    result = found("unlabelled").to_dict()
    assert list(result["changes"]) == [
        "half the contrast", "contrast of 0.3", "brighter by a quarter", "noise", "3 of 10 sensors dead",
        "a fifth of the neurons dead", "a fifth of the synapses dead", "mismatch of a tenth",
    ]  # fmt: skip
    ways = ("frozen", "renormalised", "liquid", "adapted", "host_refit")
    for way in ways:
        each = [change[way] for change in result["changes"].values()]
        assert result[way] == pytest.approx(np.mean(each)) and 0 <= min(each)
    assert all(set(change) == set(ways) for change in result["changes"].values())
    assert result["adapted"] > result["frozen"] + 0.05, (
        "four patterns are easy, and a chip that follows finds them again"
    )
    assert result["rule"].startswith("Homeostasis")


def test_what_was_never_heard_cannot_be_named(found: Any) -> None:
    """In ``classes`` half of the labels come late: frozen, the model knows the others alone."""
    result = found("classes")
    assert result.before > 0.9 and result.frozen == pytest.approx(result.before / 2, abs=0.05)
    assert result.updates == TRAIN and abs(result.forgotten) < 0.2
    assert result.details["forgotten by the delta rule"] > 0.5, "so prototypes are worth their memory"


def test_drift_goes_through_every_change(found: Any) -> None:
    result = found("drift")
    for change in value_changes(0, 1):
        assert {f"{change.name}, {what}" for what in ("frozen", "adapted", "host refit")} <= result.details.keys()
    for what, mean in (("frozen", result.frozen), ("adapted", result.adapted), ("host refit", result.host_refit)):
        assert mean == pytest.approx(np.mean([v for k, v in result.details.items() if k.endswith(f", {what}")]))
    assert result.updates == 5 * TRAIN


def test_scratch_is_what_a_deployment_does_by_hand(found: Any) -> None:
    data = load()
    for seed, adapted in zip((1, 2), found("scratch").each, strict=True):
        ((train, test),) = StratifiedShuffleSplit(1, test_size=0.2, random_state=seed).split(data.x, data.y)
        train = np.random.default_rng([seed, 5]).permutation(train)
        assert (train.size, test.size) == (TRAIN, TEST)
        with nl.deploy(replace(lsm(seed), readout=DELTA), ENCODER, labels=range(LABELS)) as chip:
            chip.learn(data.x[train], data.y[train])
            assert np.mean(chip.predict(data.x[test]).label == data.y[test]) == adapted


# ---------------------------------------------------------------------- the command


def test_the_command_writes_what_it_shows(call: Any, tmp_path: Path) -> None:
    file, picture = tmp_path / "r.json", tmp_path / "r.png"
    code, out, err = call("--scenario", "reward", "--seeds", 2, "--json", file, "--plot", picture)
    result = json.loads(file.read_text())
    assert (code, err) == (0, "") and result.keys() >= CONTRACT
    again = learn_model(TINY, "reward", seeds=2).to_dict()
    assert {k: result[k] for k in again if k != "seconds"} == {k: v for k, v in again.items() if k != "seconds"}
    assert (result["values"], result["program"]) == (again["each"], again["program_sha256"])
    for key in ("before", "frozen", "adapted", "host_refit", "forgotten", *result["controls"]):
        value = result[key] if key in result else result["controls"][key]
        assert f"{100 * value:.2f}" in out, key
    assert result["rule"] in out and f"{result['updates']:,} updates" in out
    assert picture.read_bytes().startswith(b"\x89PNG") and {p.name for p in tmp_path.iterdir()} == {"r.json", "r.png"}


def test_a_result_without_a_loss_is_json_too(call: Any, tmp_path: Path) -> None:
    """``recovered`` has no value where freezing costs nothing."""
    file = tmp_path / "r.json"
    code, out, _ = call("--scenario", "sample", "--seeds", 1, "--samples", 60, "--json", file)
    result = json.loads(file.read_text())
    assert code == 0 and result.keys() >= CONTRACT and result["adapted_sd"] is None and "±" not in out
    assert (result["recovered"] is None) == (result["host_refit"] <= result["frozen"]) == ("recovered" not in out)
    assert all(isinstance(v, float) and math.isfinite(v) for v in result["controls"].values())


def never() -> models.Data:
    raise AssertionError("the work has started")


@pytest.mark.parametrize(
    "arguments, parts",
    [
        (["--scenario", "dreams"], ["dreams", "classes"]),
        (["--scenario", "drift", "--seeds", "0"], ["seeds = 0", "1 to 1000"]),
        (["--scenario", "drift", "--seeds", "-3"], ["seeds = -3"]),
        (["--scenario", "drift", "--backend", "nowhere"], ["nowhere", "emulator"]),
        (["--scenario", "drift", "--backend", "emulator:gpu"], ["emulator", "gpu"]),
        (["--scenario", "drift", "--json", "/proc/r.json"], ["/proc/r.json", "cannot be written"]),
        (["--scenario", "drift", "--json", "/no/such/r.json"], ["/no/such", "does not exist"]),
        (["--scenario", "drift", "--plot", "/no/such/r.png"], ["--plot", "/no/such", "does not exist"]),
        (["--scenario", "drift", "--plot", "r.curve"], ["--plot", "r.curve", ".png"]),
        ([], ["--scenario"]),
    ],
)
def test_refused_before_the_work(call: Any, tiny: Any, arguments: list[str], parts: list[str]) -> None:
    tiny.update(load=never)
    refused(call(*arguments), parts)


def refused(outcome: tuple[int, str, str], parts: list[str]) -> None:
    code, out, err = outcome
    assert code == 2 and out == "" and "Traceback" not in err
    assert all(part in err for part in parts), err
    assert err.count("\n") == 1 or err.startswith("Usage:"), err


@pytest.mark.parametrize(
    "data, parts",
    [
        (models.Data(load().x, np.linspace(0, 1, SAMPLES)), ["tiny", "no labels"]),
        (models.Data(load().x, np.zeros(SAMPLES, int)), ["tiny", "one label"]),
    ],
    ids=["numbers", "one label"],
)
def test_data_that_hold_nothing_to_tell_apart(call: Any, tiny: Any, tmp_path: Path, data: Any, parts: Any) -> None:
    tiny.update(load=lambda: data)
    for scenario in SCENARIOS:
        refused(call("--scenario", scenario, "--seeds", 1, "--json", tmp_path / "r.json"), parts)
    assert not list(tmp_path.iterdir())


def test_odd_numbers_and_missing_changes_are_refused(call: Any, tiny: Any) -> None:
    refused(call("--scenario", "reward", "--samples", 0), ["samples = 0"])
    refused(call("--scenario", "reward", "--samples", 5), ["samples = 5", "at least 20"])
    tiny.update(changes=lambda: (Change("upside down", lambda x, seed: 1 - x),))
    refused(call("--scenario", "sample", "--seeds", 1), ["tiny", "noise"])
    tiny.update(changes=lambda: ())
    refused(call("--scenario", "drift", "--seeds", 1), ["tiny", "changes"])


def test_a_full_disk_leaves_no_half_a_file(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    for option in ("--json", "--plot"):
        code, _, err = call("--scenario", "reward", "--seeds", 1, "--samples", 40, option, tmp_path / "r.png")
        assert code == 2 and "No space left" in err and err.count("\n") == 1 and not list(tmp_path.iterdir())


# ---------------------------------------------------------------------- the picture


def test_the_curve_is_drawn_with_its_levels(found: Any) -> None:
    result = found("drift")
    ax = learning_curve(result)
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    np.testing.assert_allclose(lines["while learning (50 samples)"], 100 * np.array(result.curve))
    assert any(f"host refit, {100 * result.host_refit:.1f}" in label for label in lines)
    assert any(f"frozen, {100 * result.frozen:.1f}" in label for label in lines)
    (bar,) = ax.containers
    assert bar.lines[0].get_ydata() == pytest.approx([100 * result.adapted])
    assert "%" in ax.get_ylabel() and "2 seeds" in ax.get_title()
    given = pyplot.figure().add_subplot()
    assert learning_curve(replace(result, curve=[], seeds=1), given) is given and "1 seed" in given.get_title()
    assert "while learning (50 samples)" not in [line.get_label() for line in given.lines]


def test_a_curve_has_its_spread_and_the_places_where_something_changes() -> None:
    """Two seeds, right or wrong from sample 60 on: at the mark, the middle of a window, half of it is new."""
    made = [
        Outcome(
            before=0, frozen=0, adapted=0, host_refit=0, forgotten=0, updates=0,
            curve=[True] * 60 + [late] * 60, marks=[(0, "first"), (60, "then")],
        )
        for late in (False, True)
    ]  # fmt: skip
    mean, sd = result_module._curve(made)
    (start, _), (at, name) = result_module._marks(made)
    assert start == 0 and name == "then" and mean[0] == 1 and sd[0] == 0
    assert mean[round(at * (len(mean) - 1))] == pytest.approx(0.75) and mean[-1] == pytest.approx(0.5)
    assert sd[-1] == pytest.approx(np.std([0, 1], ddof=1))
    assert result_module._curve(made[:1])[1] == [] and result_module._marks([replace(made[0], curve=[True] * 50)]) == []


@pytest.mark.parametrize("scenario", ["drift", "tasks"])
def test_the_marks_of_a_scenario_are_on_its_picture(scenario: str, found: Any) -> None:
    result = found(scenario)
    names = [name for _, name in result.marks]
    assert len(names) > 1 and [at for at, _ in result.marks] == sorted(at for at, _ in result.marks)
    ax = learning_curve(result, pyplot.figure().add_subplot())
    assert [one.get_text() for one in ax.texts] == names
    assert sum("standard deviation" in str(one.get_label()) for one in ax.collections) == 1


def test_the_curve_is_a_mean_over_seeds_in_a_window(found: Any) -> None:
    result = found("reward")
    assert len(result.curve) == TRAIN - 49 and result.curve[0] < 0.8 and result.curve[-1] > 0.95
    assert np.allclose(np.array(result.curve) * 100, np.round(np.array(result.curve) * 100)), (
        "hundredths: 50 samples, 2 seeds"
    )


# ---------------------------------------------------------------------- changes


def named(changes: tuple[Change, ...], name: str) -> Callable[..., Any]:
    return next(change.apply for change in changes if name in change.name)


LOW, HIGH = -1.0, 3.0
VALUES = value_changes(LOW, HIGH)
BATCHES = [np.random.default_rng(k).uniform(LOW, HIGH, (size, 20)) for k, size in enumerate((30, 11))]


@pytest.mark.parametrize("change", VALUES, ids=lambda c: c.name)
def test_a_change_keeps_shape_and_range_and_is_the_same_for_one_seed(change: Change) -> None:
    for x in BATCHES:
        kept = x.copy()
        y = change.apply(x, 5)
        assert y.shape == x.shape and y.min() >= LOW and y.max() <= HIGH and (y != x).any()
        assert np.array_equal(change.apply(x, 5), y) and np.array_equal(x, kept)


def test_dead_sensors_are_the_same_ones_at_low() -> None:
    dead = named(VALUES, "dead")
    hit = [(dead(x, 5) != x).any(axis=0) for x in BATCHES]
    assert np.array_equal(*hit) and hit[0].sum() == 6, "3 of 10"
    for x in BATCHES:
        assert (dead(x, 5)[:, hit[0]] == LOW).all() and np.array_equal(dead(x, 5)[:, ~hit[0]], x[:, ~hit[0]])
    assert ((dead(BATCHES[0], 6) != BATCHES[0]).any(axis=0) != hit[0]).any()


def test_permuted_sensors_are_a_permutation_and_the_same_one() -> None:
    permuted = named(VALUES, "permuted")
    order = permuted(np.arange(20.0)[None], 5)[0].astype(int)
    assert np.array_equal(np.sort(order), np.arange(20)) and (order != np.arange(20)).any()
    for x in BATCHES:
        assert np.array_equal(permuted(x, 5), x[:, order])
    assert (permuted(np.arange(20.0)[None], 6)[0] != order).any()


def test_contrast_is_halved_and_noise_is_new_for_each_batch() -> None:
    x = BATCHES[0]
    np.testing.assert_allclose(named(VALUES, "contrast")(x, 1) - LOW, (x - LOW) / 2)
    noise = named(VALUES, "noise")
    middle = np.full((500, 20), 1.0)
    added = noise(middle, 1) - middle
    assert added.mean() == pytest.approx(0, abs=0.05)
    inside = np.abs(added) < 2  # what was not cut off
    assert added[inside].std() == pytest.approx(0.88, abs=0.03), "a Gaussian of sd 1, cut at 2 sd"
    other = middle.copy()
    other[0, 0] = 1.5
    assert np.corrcoef(added.ravel(), (noise(other, 1) - other).ravel())[0, 1] < 0.1, "another batch of the same size"


def test_sensors_that_are_signed_rest_at_their_mean_and_have_a_range_each() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal([0.0, -3.0, 50.0], [1.0, 2.0, 10.0], (4000, 3))
    x[:2] = [[1e4], [-1e4]]  # outliers do not tell the range
    changes, mean = sensor_changes(x), x.mean(axis=0)
    np.testing.assert_allclose(named(changes, "half the contrast")(x, 1) - mean, (x - mean) / 2)
    np.testing.assert_allclose(named(changes, "contrast of 0.3")(x, 1) - mean, 0.3 * (x - mean))
    dead = named(changes, "dead")(x, 1)
    hit = (dead != x).any(axis=0)
    assert hit.sum() == 1 and np.unique(dead[:, hit]) == pytest.approx(mean[hit])
    low, high = np.quantile(x, (0.005, 0.995), axis=0)
    brighter, inside = named(changes, "brighter")(x, 1), (x > low) & (x + (high - low) / 4 < high)
    np.testing.assert_allclose((brighter - x)[inside], np.broadcast_to((high - low) / 4, x.shape)[inside])
    assert (brighter <= high).all() and inside.mean() > 0.5
    noisy = named(changes, "noise")(np.broadcast_to(mean, x.shape), 1)
    assert (noisy.std(axis=0) / (high - low)) == pytest.approx(np.full(3, 0.24), abs=0.015), "0.25, cut at the ends"


def test_sensors_that_are_never_negative_rest_at_their_least_and_series_may_differ_in_length() -> None:
    series = [rows[: 3 + k] - LOW for k, rows in enumerate(BATCHES)]
    for change in sensor_changes(series):
        found = change.apply(series, 5)
        assert [one.shape for one in found] == [(3, 20), (4, 20)]
        assert all(np.array_equal(a, change.apply(b, 5)) for a, b in zip(found, series, strict=True))
    low = min(one.min() for one in series)
    half = named(sensor_changes(series), "half the contrast")(series, 5)
    np.testing.assert_allclose(half[0] - low, (series[0] - low) / 2)


def test_a_model_says_what_happens_to_its_sensors_or_its_samples_do(tiny: Any) -> None:
    def setting(**fields: Any) -> Setting:
        return Setting.of(replace(tiny.model, **fields), "unlabelled", "emulator", 1, None)

    def samples(x: Any) -> Callable[[], models.Data]:
        return lambda: models.Data(x, np.arange(SAMPLES) % LABELS)

    def names(**fields: Any) -> list[str]:
        return [change.name for change in setting(**fields).sensor_changes]

    assert len(names()) == 5 and "sensors permuted" not in names()
    own = Change("upside down", lambda x, seed: -x)
    assert names(sensor_changes=lambda x: (own,)) == ["upside down"]
    spikes = nl.Spikes.from_dense(np.ones((1, 2, CHANNELS), bool))
    for x in (np.full(SAMPLES, "a"), [spikes] * SAMPLES, np.zeros((SAMPLES, 3), [("t", int)])):
        with pytest.raises(nl.InvalidValue, match=r"model = 'tiny'.*names no changes of its sensors.*sensor_changes"):
            learn_model(replace(tiny.model, load=samples(x)), "unlabelled", seeds=1, progress=False)


def test_images_turn_counter_clockwise_and_keep_their_shape() -> None:
    shape = (21, 31)
    turn = named(image_changes(shape, LOW, HIGH), "turned")
    image = np.full(shape, LOW)
    image[10, 15:28] = HIGH  # a hand that points to the right
    y = turn(np.stack([image.ravel()] * 2), 1)
    assert y.shape == (2, 21 * 31) and np.array_equal(y[0], y[1])
    row, column = np.nonzero(y[0].reshape(shape) > (LOW + HIGH) / 2)
    angle = np.degrees(np.arctan2(10 - row.mean(), column.mean() - 15))
    assert angle == pytest.approx(30, abs=3)
    assert y[0].reshape(shape)[0, 0] == LOW and LOW <= y.min() and y.max() <= HIGH
    assert [c.name for c in image_changes(shape, LOW, HIGH)[1:]] == [c.name for c in VALUES]


def test_spikes_change_as_values_do() -> None:
    changes = spike_changes()
    batches = [
        nl.Spikes.from_dense(np.random.default_rng(k).random((size, 15, 20)) < 0.3) for k, size in ((1, 6), (2, 4))
    ]
    hit = []
    for x in batches:
        dense, dead = x.dense(), named(changes, "dead")(x, 5).dense()
        gone = dense.any(axis=(0, 1)) & ~dead.any(axis=(0, 1))
        hit.append(gone)
        assert gone.sum() == 6 and np.array_equal(dead, dense & ~gone)
        back = named(changes, "permuted")(sweep(20), 5).events(0)[1]  # where each unit has gone
        assert np.array_equal(named(changes, "permuted")(x, 5).dense()[..., back], dense)
        noisy = named(changes, "noise")(x, 5).dense()
        assert (noisy | dense == noisy).all() and noisy.mean() == pytest.approx(1 - 0.7**2, abs=0.05)
    assert np.array_equal(*hit)


def sweep(units: int) -> nl.Spikes:
    """Unit k fires at step k."""
    return nl.Spikes.from_dense(np.eye(units)[None])
