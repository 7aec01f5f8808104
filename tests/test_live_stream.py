"""The series of the page without a page: what it comes from, what is said of it, how it moves, and what no source may be told."""

import numpy as np
import pytest
from live_world import Told, ask, deployment, source

import neurolsm as nl
from neurolsm.deployment import SeriesDeployment
from neurolsm.errors import BackendFailure
from neurolsm.live import gas
from neurolsm.live.feeds import FEEDS, offered
from neurolsm.live.keeper import Keeper
from neurolsm.live.mackey_glass import MackeyGlass
from neurolsm.live.messages import Refused
from neurolsm.live.pace import Pace
from neurolsm.live.scale import FAR, Scale
from neurolsm.live.stream import Stream
from neurolsm.live.world import World

BATCH = 40  # samples of each batch of the gases that are made up


@pytest.fixture(autouse=True)
def few_values(monkeypatch):
    monkeypatch.setattr("neurolsm.live.feeds.FITTED", 200)
    monkeypatch.setattr("neurolsm.live.feeds.COLLECTED", 120)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    path = tmp_path_factory.mktemp("stream") / "taught.lsm"
    with deployment() as chip:
        chip.save(path)
    return path


@pytest.fixture
def new_world(taught, tmp_path):
    """``new_world()`` is one more, told of by ``tell``."""
    made = []

    def build():
        made.append(World(source(chip=nl.resume(taught)), Keeper.of(tmp_path / str(len(made)), "bars"), Told()))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def world(new_world):
    return new_world()


@pytest.fixture
def gases(monkeypatch):
    """Three gases in three batches, told by four values that drift: a model like ``gas``, without its data."""
    rng = np.random.default_rng(3)
    y = np.tile(np.repeat([1, 2, 3], BATCH // 2), 3)[: 3 * BATCH]
    batch = np.repeat([1, 2, 3], BATCH)
    x = np.eye(4)[(y + batch - 2) % 3] + rng.normal(
        0, 0.1, (len(y), 4)
    )  # in each batch a gas looks like another one before
    encoder = nl.SignedRateEncoder(steps=20, rate=1.0, high=1.5)

    def lsm(seed):
        heard = nl.RandomMap(density=0.4, weight=nl.Gamma(1.0), inhibitory=0.4)
        return nl.LSM(
            inputs=encoder.channels(4), liquid=nl.Liquid(topology=nl.RandomGraph(n=60), input=heard), seed=seed
        )

    model = nl.tasks.model.Model(
        name="gas", summary="made up", load=lambda: nl.tasks.model.Data(x, y, groups=batch), lsm=lsm, encoder=encoder,
        features=nl.Counts(windows=1), readout=lambda: None,
        chip_readout=lambda *_: nl.PrototypeReadout(neurons=60, windows=1, margin=0.2, pull=0.0, replace=True),
    )  # fmt: skip
    monkeypatch.setattr("neurolsm.tasks.model.get", lambda name: {"gas": model}[name])


def start(world, feed, on=True, learn=True):
    return ask(world, "stream", on=on, learn=learn, feed=feed)


def told(world, step, count):
    """What is told of the next values; ``step`` makes one come."""
    before = len(world.tell.of("value"))
    for k in range(count):
        step(before + k)
    return world.tell.of("value")[before:]


def ticks(world, count):
    return told(world, lambda _: world.tick(), count)


def level(k):
    """A room in which something beeps every ten values."""
    return -60.0 + 20 * (k % 10 < 3) + 0.1 * np.sin(k)


def measured(world, feed, count, of=level):
    return told(world, lambda k: ask(world, "value", feed=feed, value=of(k)), count)


# ---------------------------------------------------------------------- an equation


def test_the_series_is_that_of_mackey_and_glass():
    series = MackeyGlass()
    x = np.array([series.next() for _ in range(500)])
    assert 0.3 < x.min() < 0.5 and 1.2 < x.max() < 1.4 and 0.85 < x.mean() < 1.0
    series.delay = 0.1  # hardly any delay: it comes to rest where 0.2 / (1 + x^10) = 0.1
    assert abs([series.next() for _ in range(200)][-1] - 1) < 1e-6


def test_forecasts_come_before_their_values_and_learn():
    tell = Told()
    stream = Stream(tell)
    with pytest.raises(Refused, match="has not begun"):
        stream.change()
    stream.tick()
    assert tell == []
    stream.turn(True, True, "mackey_glass", "emulator")
    for _ in range(60):
        stream.tick()
    values = tell.of("value")
    assert [one["number"] for one in values] == list(range(1, 61)) and values[-1]["nrmse"] < 0.3
    ahead, came = np.array([one["ahead"][0] for one in values[:-1]]), np.array([one["said"] for one in values[1:]])
    assert np.allclose(ahead, came, atol=1e-4)  # what is said of a value is what was drawn before it was there
    assert "30" in stream.change()
    stream.tick()
    assert tell[-1]["mark"] == "delay 30" and stream.past()["values"][-1] == tell[-1]
    stream.turn(False, True, "mackey_glass", "emulator")
    stream.tick()
    assert tell[-1]["number"] == 61
    stream.close()


# ---------------------------------------------------------------------- a sensor


def test_the_first_values_of_a_sensor_are_collected_and_the_next_ones_forecast(world):
    assert start(world, "microphone")["done"] and world.status()["feed"] == "microphone"
    assert world.tell.of("series")[-1] == {"say": "series", "feed": "microphone", "values": []}
    first = measured(world, "microphone", 120)
    assert [one["have"] for one in first] == list(range(1, 121)) and {one["of"] for one in first} == {120}
    assert all(one["said"] is None and one["ahead"] == [] for one in first) and first[3]["value"] == pytest.approx(
        -60, abs=1
    )
    assert "fitted to the first 120 values" in world.tell.of("wait")[-1]["text"]
    later = measured(world, "microphone", 200)
    assert later[0]["number"] == 121 and later[-1]["nrmse"] < 0.5  # 1 would be that of the mean
    ahead, came = np.array([one["ahead"][0] for one in later[:-1]]), np.array([one["said"] for one in later[1:]])
    assert np.median(abs(ahead - came)) < 0.5  # dB; the scale has moved a little in between
    assert world.stream.lessons == 200
    before = len(world.tell)
    world.tick()  # nothing comes by itself
    assert len(world.tell) == before


def test_a_room_that_becomes_loud_is_followed(world):
    start(world, "microphone")
    measured(world, "microphone", 120)
    loud = measured(world, "microphone", 300, lambda k: level(k) + 35)
    assert loud[-1]["nrmse"] < 0.6 and abs(np.mean([one["said"] for one in loud[-50:]]) + 19) < 4


def test_silence_and_darkness_do_no_harm(world):
    start(world, "camera")
    dark = measured(world, "camera", 140, lambda k: 0.0)
    assert dark[-1]["nrmse"] is None and abs(dark[-1]["said"]) < 0.02
    light = measured(world, "camera", 20, lambda k: 1.0)
    assert all(np.isfinite(one["said"]) for one in light) and len(light) == 20


def test_not_learning(world):
    start(world, "microphone", learn=False)
    measured(world, "microphone", 130)
    assert world.stream.lessons == 0 and world.tell.of("value")[-1]["learn"] is False


def test_values_that_nobody_waits_for_are_refused_and_stop_nothing(world):
    def bring(feed, value=0.5):
        return ask(world, "value", feed=feed, value=value)

    for answer, why in (
        (bring("microphone"), "No series of the microphone runs"),
        (bring("moon"), "No series comes from 'moon'"),
        (start(world, "moon"), "No series comes from 'moon'"),
    ):
        assert not answer["done"] and why in answer["text"]
    start(world, "mackey_glass")
    assert "come by themselves" in bring("mackey_glass")["text"] and "come by themselves" in bring("gas")["text"]
    assert "No series of the camera runs" in bring("camera")["text"]
    assert world.stream.running and len(ticks(world, 1)) == 1
    start(world, "camera")
    assert "must lie between 0 and 1, and 1.5 was left out" in bring("camera", 1.5)["text"]
    assert "No series of the microphone runs" in bring("microphone", -3.0)["text"]
    assert "has no law" in ask(world, "change")["text"]
    assert world.stream.running and bring("camera")["done"]
    start(world, "camera", on=False)
    assert "Start it first" in bring("camera")["text"]
    assert [one["number"] for one in world.tell.of("value")[-1:]] == [1]


def test_another_source_begins_anew_and_says_what_is_not_kept(world):
    start(world, "microphone")
    measured(world, "microphone", 125)
    answer = start(world, "camera")
    assert "Microphone, was not kept" in answer["text"] and world.status()["streamed"] == "emulator"
    assert world.hello()["stream"] == {"say": "series", "feed": "camera", "values": []}
    first = measured(world, "camera", 1, lambda k: 0.5)[0]
    assert first["number"] == 1 and first["have"] == 1
    start(world, "camera", on=False)
    assert (
        start(world, "camera")["text"] == "" and measured(world, "camera", 1, lambda k: 0.5)[0]["number"] == 2
    )  # goes on


def test_a_page_that_goes_pauses_what_it_measured_and_nothing_else(world):
    start(world, "mackey_glass")
    assert ask(world, "hush")["done"] and world.stream.running
    start(world, "camera")
    ask(world, "hush")
    assert not world.status()["stream"] and "paused" in world.tell.of("wait")[-1]["text"]


def test_the_scale_follows_and_goes_back():
    rng = np.random.default_rng(1)
    x = rng.normal(5, 2, 1000)
    scale = Scale(x[:100], 0.1)
    for one in x[100:]:
        scale.follow(one)
    assert abs(scale.scaled(x).std() - 1) < 0.15 and np.allclose(scale.back(scale.scaled(5.5)), 5.5)
    assert scale.scaled(1e9) == FAR and scale.scaled(-1e9) == -FAR
    assert Scale(np.zeros(50), 0.1).scaled(0.1) == 1  # silence is not made loud


def test_a_pace():
    pace = Pace(8, 3)
    assert [pace.allows(100.0) for _ in range(5)] == [True] * 3 + [False] * 2
    later = [pace.allows(100.0 + t) for t in (0.0625, 0.125, 0.1875, 0.3125, 0.3125)]
    assert later == [False, True, False, True, False]


# ---------------------------------------------------------------------- gases


def test_one_goes_on_learning_and_its_copy_does_not(world, gases):
    assert start(world, "gas")["done"]
    samples = ticks(world, 2 * BATCH)
    assert samples[0]["mark"] == "months 3 to 10" and samples[-1]["mark"] == "months 11 to 13"
    assert {one["truth"] for one in samples} == {"ethanol", "ethylene", "ammonia"}
    assert all(one["right"] == (one["said"] == one["truth"]) for one in samples)
    assert samples[-1]["of"] == 2 * BATCH and samples[-1]["still"] < 0.5 < samples[-1]["share"]
    assert samples[-1]["share"] == pytest.approx(np.mean([one["right"] for one in samples]), abs=1e-4)
    assert world.status()["streamed"] is None and not world.status()["stream"]  # every sample has come
    assert "is over" in world.tell.of("wait")[-1]["text"]
    assert start(world, "gas")["done"] and ticks(world, 1)[0] == samples[0]


def test_without_learning_both_are_the_same(world, gases):
    start(world, "gas", learn=False)
    assert all(one["share"] == one["still"] for one in ticks(world, 2 * BATCH))


def test_on_to_the_next_months(world, gases):
    start(world, "gas")
    ticks(world, 10)
    assert f"{BATCH - 10} samples are left out, and months 11 to 13" in ask(world, "change")["text"]
    assert ticks(world, 1)[0]["mark"] == "months 11 to 13"
    answer = ask(world, "change")
    assert not answer["done"] and "the last months" in answer["text"]


def test_what_is_missing_is_said_and_what_runs_goes_on(world, monkeypatch, tmp_path):
    def nothing(name):
        raise nl.NotAvailable("model 'gas' is not installed. Type: pip install \"neurolsm[models]\"")

    monkeypatch.setattr("neurolsm.tasks.model.get", nothing)
    why = {one["name"]: one["why"] for one in offered()}
    assert (
        "pip install" in why.pop("gas") and set(why.values()) == {""} and list(why) == [k for k in FEEDS if k != "gas"]
    )
    start(world, "mackey_glass")
    answer = start(world, "gas")
    assert not answer["done"] and "pip install" in answer["text"]
    assert world.stream.running and world.stream.feed == "mackey_glass" and len(ticks(world, 1)) == 1
    monkeypatch.setattr("neurolsm.tasks.model.get", lambda name: 1 / 0)
    assert "ZeroDivisionError" in next(one["why"] for one in world.hello()["feeds"] if one["name"] == "gas")
    monkeypatch.undo()
    pytest.importorskip("neurolsm_models")
    monkeypatch.setenv("NEUROLSM_DATA", str(tmp_path))
    assert "Put the files of archive.ics.uci.edu" in next(one["why"] for one in offered() if one["name"] == "gas")
    with pytest.raises(nl.NotAvailable, match="batch1"):
        gas.missing()


@pytest.mark.timeout(600)
def test_the_real_gases(world):
    pytest.importorskip("neurolsm_models")
    try:
        gas.missing()
    except nl.NotAvailable as error:
        pytest.skip(str(error))
    assert start(world, "gas")["done"]
    samples = ticks(world, 150)
    assert samples[0]["mark"] == "months 3 to 10" and samples[-1]["share"] > 0.9


# ---------------------------------------------------------------------- another backend


def bring(world, feed):
    """Start a source and bring it to where it answers; what makes its next values come."""
    assert start(world, feed)["done"]
    if not FEEDS[feed].measured:
        ticks(world, 2)
        return lambda count: ticks(world, count)
    of = level if feed == "microphone" else lambda k: 0.5 + 0.4 * np.sin(k / 3)
    measured(world, feed, 125, of)
    return lambda count: measured(world, feed, count, of)


@pytest.mark.parametrize("feed", FEEDS)
def test_every_source_runs_where_the_drawings_do_and_is_handed_over_with_them(new_world, gases, feed):
    whole, parted = new_world(), new_world()
    assert parted.status()["streamed"] is None
    come, there = bring(whole, feed), bring(parted, feed)
    assert parted.status()["streamed"] == "emulator"
    expected = come(4)
    assert there(2) == expected[:2]
    answer = ask(parted, "hand", backend="reference")
    assert answer["done"] and "so does the series" in answer["text"] and parted.status()["streamed"] == "reference"
    assert there(2) == expected[2:]
    assert parted.stream.lessons == whole.stream.lessons > 0


def test_a_source_that_still_collects_begins_where_the_drawings_went(world):
    start(world, "microphone")
    measured(world, "microphone", 60)
    assert ask(world, "hand", backend="reference")["done"] and world.status()["streamed"] == "reference"
    measured(world, "microphone", 61)
    assert "on reference" in world.tell.of("wait")[-1]["text"] and world.tell.of("value")[-1]["said"] is not None


def test_a_series_that_differs_elsewhere_keeps_everything_where_it_is(world, monkeypatch):
    start(world, "mackey_glass")
    said = SeriesDeployment.forecast
    monkeypatch.setattr(SeriesDeployment, "forecast", lambda self, n: said(self, n) + (self.backend == "reference"))
    answer = ask(world, "hand", backend="reference")
    assert not answer["done"] and "next forecasts on reference differ" in answer["text"]
    assert world.status()["streamed"] == world.chip.backend == "emulator" and len(ticks(world, 1)) == 1


@pytest.mark.parametrize("feed", ["mackey_glass", "microphone"])
def test_a_series_whose_backend_fails_can_be_begun_again_and_the_drawings_go_on(world, monkeypatch, capsys, feed):
    come = bring(world, feed)
    before = world.chip

    def fail(*_, **__):
        raise BackendFailure("the simulator has gone.")

    monkeypatch.setattr(world.stream._course._liquid._chip._simulator, "run", fail)
    assert come(1) == [] and world.status()["streamed"] is None and not world.status()["stream"]
    assert "Start begins a new one" in world.tell.of("wait")[-1]["text"] and "Traceback" in capsys.readouterr().err
    assert world.chip is before and ask(world, "draw", strokes=[], fit=True)["done"]
    assert start(world, feed)["done"] and len(bring(world, feed)(1)) == 1
