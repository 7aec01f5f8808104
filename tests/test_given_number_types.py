"""What calls are given, beside descriptions and arrays: of any type it means what the plain number means, or it is refused by name."""

import datetime
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.deployment.given import answer, entries
from neurolsm.encode.camera import EVENT, to_events
from neurolsm.learn.chip.delta import LARGEST_TEACHER
from neurolsm.measure.instruments.fixed_points import approach
from neurolsm.measure.instruments.windows import window
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.readout import FromInputs, Joined, StreamingRidge
from neurolsm.tasks.model import Data, Range

NUMBERS = ["i1", "u1", "i2", ">i2", "u2", "i4", "i8", "u8", "f2", "f4", ">f4", "f8", "g"]
LSM = nl.LSM(inputs=3, liquid=nl.Liquid(topology=nl.RandomGraph(n=20), input=nl.RandomMap(density=0.8)))
X = np.round(np.random.default_rng(0).random((12, 3)) * 15) / 16  # float16 holds them
Y = np.arange(12) % 3
SECOND = np.timedelta64(1, "s")


def model(**options):
    return nl.LSMClassifier(**{"lsm": LSM, "encoder": nl.RateEncoder(steps=12), "backend": "reference", **options})


def refused(call, *parts):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with pytest.raises(nl.InvalidValue) as error:
            call()
    text = str(error.value)
    assert all(part in text for part in parts) and "\n" not in text, text


# ---------------------------------------------------------------------- lessons of the readouts on the chip

DELTA, PROTOTYPES = nl.DeltaReadout(classes=4), nl.PrototypeReadout(neurons=4)


@given(
    st.lists(st.one_of(st.just(np.nan), st.integers(-15, 15).map(lambda k: k / 8)), min_size=4, max_size=4),
    st.sampled_from(["f2", "f4", ">f4", "f8", "g"]),
    st.integers(0, 127),
    st.sampled_from([np.uint8, np.int8, np.int64, np.array]),
)
@settings(max_examples=60, deadline=None)
def test_a_lesson_is_that_of_its_values(teacher, kind, speed, kind_of_speed):
    wanted = [-128 if np.isnan(value) else round(64 * value) for value in teacher]
    found = DELTA.lesson(np.array(teacher, kind), kind_of_speed(speed))
    assert found.tolist() == [speed, 1, *wanted] and found.dtype == np.int16


@given(st.lists(st.integers(0, 127), min_size=4, max_size=4), st.sampled_from(NUMBERS), st.integers(0, 127))
@settings(max_examples=60, deadline=None)
def test_marks_of_prototypes_are_their_values(marks, kind, speed):
    assert PROTOTYPES.lesson(np.array(marks, kind), np.uint8(speed)).tolist() == [speed, *marks]


@given(st.floats(LARGEST_TEACHER, allow_nan=False, exclude_min=True), st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_teacher_value_is_cut(value, below):
    refused(lambda: DELTA.lesson([-value if below else value, 0, 0, 0]), "DeltaReadout.teacher")
    wrong = -value if below else value + 127 if np.isfinite(value) else value
    refused(lambda: PROTOTYPES.lesson([0, wrong, 0, 0]), "PrototypeReadout.teacher")


@pytest.mark.parametrize(
    "teacher",
    [None, "1000", ["1", "0", "0", "0"], [None] * 4, [1j] * 4, np.zeros(4, "m8[s]"), np.zeros(3), np.zeros((1, 4)), [[1], [1, 2]],
     np.ma.array(np.zeros(4), mask=True), np.full(4, 2**63, "u8"), np.full(4, np.longdouble("1e4000"))],
)  # fmt: skip
@pytest.mark.parametrize("readout", [DELTA, PROTOTYPES])
def test_what_is_no_lesson_is_refused(readout, teacher):
    refused(lambda: readout.lesson(teacher), f"{type(readout).__name__}.teacher")


@pytest.mark.parametrize("speed", [-1, 128, 3.0, 3.5, np.nan, "3", None, True, np.True_, 2**20, [1], SECOND])
@pytest.mark.parametrize("readout", [DELTA, PROTOTYPES])
def test_what_is_no_speed_is_refused(readout, speed):
    refused(lambda: readout.lesson(np.zeros(4), speed), "settle")


# ---------------------------------------------------------------------- deployments


def deployed():
    chip = nl.deploy(replace(LSM, readout=DELTA), nl.RateEncoder(steps=12), labels=[0, 1, 2], backend="reference")
    chip.learn(X, Y)
    return chip


def test_adapt_takes_numbers_of_any_type():
    wanted = [a.history for a in deployed().adapt(X[:2], confidence=0.75, limit=3)]
    for confidence, limit in (
        (np.float16(0.75), np.uint8(3)),
        (np.float32(0.75), np.array(3)),
        (np.array(0.75), np.int64(3)),
    ):
        assert [a.history for a in deployed().adapt(X[:2], confidence=confidence, limit=limit)] == wanted
    chip = deployed()
    for odd in (np.True_, SECOND, np.float32(np.nan), "1", 1j, None):
        refused(lambda odd=odd: chip.adapt(X, confidence=odd), "Deployment.adapt.confidence")
        refused(lambda odd=odd: chip.adapt(X, limit=odd), "Deployment.adapt.limit")


def test_a_judge_answers_true_or_false():
    for yes, no in (
        (True, False),
        (np.True_, np.False_),
        (1, 0),
        (1.0, 0.0),
        (np.uint8(1), np.float32(0)),
        (np.array(True), np.array(0)),
    ):
        assert answer(yes) is True and answer(no) is False
    for odd in (None, np.nan, "no", -1, 0.5, [True], np.array([0, 1]), SECOND, "", object()):
        refused(lambda odd=odd: answer(odd), "Deployment.reward.judge")


def test_the_false_of_numpy_says_that_samples_are_no_pairs():
    pair = (np.zeros(3), 1)
    assert [label for _, label in entries([pair], None, np.False_)] == [None]
    assert [label for _, label in entries([pair], None, np.True_)] == [1]
    refused(lambda: list(entries([pair], None, "yes")), "Deployment.stream.labelled")
    refused(lambda: list(entries(None, None, None)), "Deployment.stream.samples")


# ---------------------------------------------------------------------- estimators, ridge, features


@pytest.mark.parametrize(
    ("field", "value"),
    [("lsm", 3), ("lsm", nl.LIF()), ("encoder", "rate"), ("encoder", nl.RateEncoder), ("options", 3), ("options", "a"), ("cache", 3),
     ("cache", b"x"), ("features", nl.Counts), ("batch_size", np.True_), ("batch_size", 5.0), ("batch_size", SECOND)],
)  # fmt: skip
def test_a_parameter_of_another_kind_is_refused(field, value):
    refused(lambda: model(**{field: value}).fit(X, Y), f".{field} = ")


def test_options_that_a_backend_does_not_have_are_refused():
    refused(
        lambda: nl.open_simulator(nl.lower(LSM).program, "emulator", threads=2), "open_simulator.threads", "workers"
    )
    refused(lambda: nl.open_simulator(LSM, "reference"), "open_simulator.program")


@pytest.mark.parametrize("size", [np.uint8(5), np.int64(5), np.array(5)])
def test_a_batch_size_of_any_whole_type(size):
    assert (model(batch_size=size).fit(X, Y).predict(X) == model(batch_size=5).fit(X, Y).predict(X)).all()


def test_ridges_of_any_type():
    for ridge in (np.float16(0.125), np.float32(0.125), np.array(0.125)):
        assert (StreamingRidge(ridge).fit(X, Y).predict(X) == StreamingRidge(0.125).fit(X, Y).predict(X)).all()
    for odd in (SECOND, np.True_, "1", 1j, np.float32(np.nan)):
        refused(lambda odd=odd: StreamingRidge(odd).fit(X, Y), "StreamingRidge.ridge")


def test_classes_are_no_parts():
    refused(lambda: FromInputs(features=3), "FromInputs.features")
    refused(lambda: Joined((nl.Counts,)), "Joined.parts")
    refused(lambda: nl.Together((nl.RateEncoder,)), "Together.encoders")
    refused(lambda: nl.Sweep(shape=(2, 2), encoder=nl.RateEncoder), "Sweep.encoder")


@pytest.mark.parametrize("rule", ["STDP", b"STDP", 3, nl.STDP, nl.IntrinsicPlasticity(), np.array(1), {}])
def test_what_scaling_goes_on_top_of_is_a_rule(rule):
    refused(lambda: nl.SynapticScaling(on=rule), "SynapticScaling.on")


@pytest.mark.parametrize(
    "odd",
    [X.astype("U").astype(object), np.array([["1", 2, 3]] * 12, object), np.array([[SECOND, 2, 3]] * 12, object),
     [[datetime.timedelta(1), 2, 3]] * 12, np.array([[datetime.datetime(2020, 1, 1), 2, 3]] * 12, object), X.astype("m8[s]"),
     np.array([[np.ma.masked, 2, 3]] * 12, object), X.astype("M8[s]"), [[np.ma.array(row, mask=row > 0.5) for row in [x, x]] for x in X],
     [x.astype("U").astype(object)[None] for x in X]],
    ids=range(10),
)  # fmt: skip
def test_objects_that_are_no_numbers_are_not_read_as_numbers(odd):
    fitted = model().fit(X, Y)
    for call in (lambda: model(encoder=None).fit(odd, Y), lambda: model().fit(odd, Y), lambda: fitted.predict(odd)):
        refused(call)


def test_labels_of_one_kind():
    refused(lambda: model().fit(X, [True, 2, 3] * 4), "LSMClassifier.y", "truth values")
    refused(lambda: model().fit(X, np.array([0, 1, "NaT"] * 4, "M8[D]")), "LSMClassifier.y = 'NaT'")
    refused(
        lambda: nl.LSMRegressor(LSM, nl.RateEncoder(), backend="reference").fit(X, [10**400] * 12), "LSMRegressor.y"
    )


# ---------------------------------------------------------------------- evaluate, compare, data

SPLIT = (np.arange(8), np.arange(8, 12))


def evaluated(**given_):
    return nl.evaluate(
        **{"model": model(), "X": X, "y": Y, "splits": 2, "test_size": 0.25, "progress": False, **given_}
    ).values


def test_evaluate_takes_numbers_of_any_type():
    wanted = evaluated(seed=3)
    for splits, size, seed in (
        (np.uint8(2), np.float16(0.25), np.int8(3)),
        (np.array(2), np.float32(0.25), np.array(3)),
    ):
        assert evaluated(splits=splits, test_size=size, seed=seed) == wanted
    wanted = evaluated(splits=[SPLIT])
    assert evaluated(splits=[(SPLIT[0].astype("u1"), SPLIT[1].astype(float))]) == wanted
    assert evaluated(splits=[(np.arange(12) < 8, [8, 9, 10, 11])]) == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [("splits", 2.0), ("splits", "2"), ("splits", None), ("splits", True), ("splits", np.nan), ("splits", SECOND), ("splits", [(1, 2)]),
     ("splits", "ab"), ("splits", [([0], [99])]), ("splits", [([0.5], [1])]), ("splits", [(["a"], [1])]), ("splits", [([0, 1],)]),
     ("splits", [(np.arange(8), [])]), ("splits", np.array(1.5)), ("seed", -1), ("seed", 2**32), ("seed", 0.0), ("seed", "0"),
     ("seed", True), ("seed", np.nan), ("seed", SECOND), ("seed", None), ("y", None), ("y", ["a", 1] * 6), ("y", Y[:3]), ("X", None),
     ("X", X[:3]), ("X", 3), ("model", lambda split: 3)],
)  # fmt: skip
def test_what_evaluate_cannot_take_is_refused(field, value):
    try:
        refused(lambda: evaluated(**{field: value}))
    except ValueError as error:  # scikit-learn's own words for X and y
        assert field in "Xy" and str(error)


def test_compare_checks_its_numbers():
    spikes = nl.RateEncoder(steps=12).encode(X[:2])
    for odd in ("a", None, np.nan, -1, True, np.inf, [1], SECOND):
        refused(lambda odd=odd: nl.compare(LSM, spikes, ("reference", "emulator"), tolerance=odd), "compare.tolerance")
    for odd in (None, 3, {"reference", "emulator"}):
        refused(lambda odd=odd: nl.compare(LSM, spikes, odd), "compare.backends")
    assert nl.compare(LSM, spikes, ("reference", "emulator"), tolerance=np.float32(1e-9)).equal


def test_data_and_ranges_of_any_type():
    data = Data(np.arange(30.0)[:, None], np.arange(30) % 3)
    assert (data.subset(np.uint8(6), np.int8(1)).x == data.subset(6, 1).x).all()
    for odd in (6.0, "6", True, np.nan, SECOND):
        refused(lambda odd=odd: data.subset(odd), "Data.samples")
        refused(lambda odd=odd: list(data.splits(odd)), "Data.splits")
        refused(lambda odd=odd: list(data.folds(odd)), "Data.folds")
    for odd in (-1, "0", 1.5, 2**64, None, True):
        refused(lambda odd=odd: data.subset(6, odd), "Data.seed")
        refused(lambda odd=odd: list(data.splits(1, odd)), "Data.split_seed")
        refused(lambda odd=odd: list(data.folds(2, odd)), "Data.seed")
    made = Range(np.uint8(250), np.float32(300))
    assert (made.low, made.high) == (250, 300.0) and type(made.low) is int and type(made.high) is float
    for low, high in (("a", "b"), (None, 1), (np.nan, 1), (0, np.inf), (False, True), (SECOND, 3)):
        refused(lambda low=low, high=high: Range(low, high), "Range.")


def test_windows_take_numbers_of_any_type():
    wanted = window(nl.STDP(), weight=200, rate=0.0).measured
    assert (window(nl.STDP(), weight=np.uint8(200), rate=np.float16(0)).measured == wanted).all()
    for odd in ("a", np.nan, True, -1, SECOND):
        for field in ("weight", "rate", "dt"):
            refused(lambda odd=odd, field=field: window(nl.STDP(), **{field: odd}), f"window.{field}")
        refused(lambda odd=odd: approach(nl.Oja(), dt=odd), "approach.dt")


# ---------------------------------------------------------------------- spikes, graded input, states, events

NO_SAMPLES = [None, 3, np.float64(1), np.array(1)]


@pytest.mark.parametrize("odd", NO_SAMPLES)
def test_what_holds_no_samples_is_refused(odd):
    events, camera = nl.EventEncoder(n_channels=2, steps=3), nl.CameraEncoder(shape=(2, 2), steps=3)
    through = nl.Transformed(transform=lambda sample: sample, encoder=nl.RateEncoder())
    for encoder in (events, camera, through):
        refused(lambda encoder=encoder: encoder.encode(odd), f"{type(encoder).__name__}.x = ")
    refused(lambda: nl.FilterBank().values(odd), "FilterBank.sounds")
    for features in (nl.Counts(), nl.LowPass()):
        refused(lambda features=features: features(odd), "Features.run")
    refused(lambda: Spikes.from_list(odd), "Spikes.rasters")
    refused(lambda: Spikes.from_events(odd, 3, 2), "Spikes.events")
    refused(lambda: Spikes.concatenate(odd), "Spikes.parts")
    refused(lambda: Spikes.concatenate([odd]), "Spikes.parts")


def test_a_duration_counts_nothing():
    whole = Spikes(np.array([3]), np.array([0, 1, 1, 2]), np.array([0, 1]), 2)
    refused(lambda: Spikes(whole.steps, whole.indptr, whole.unit, np.timedelta64(2, "s")), "Spikes.units")
    refused(lambda: Spikes(whole.steps, whole.indptr, whole.unit, 2, SECOND), "Spikes.merged")
    for rows in (np.timedelta64(5, "s"), True, np.True_, 10**30, -1, 5.0, None):
        refused(lambda rows=rows: Graded.build([0], [[1]], rows), "Graded.rows")


def test_graded_values_behind_a_mask_are_not_read():
    refused(lambda: Graded.build([0, 1], np.ma.array([[1], [2]], mask=[[0], [1]]), 2), "Graded.value", "mask")
    refused(lambda: Graded.build([0, 1], [[1], [2, 3]], 2), "Graded.value")


@given(
    st.lists(st.integers(-128, 127), min_size=1, max_size=6),
    st.sampled_from(["i1", "i2", ">i4", "f2", "f4", "f8", "g"]),
)
@settings(max_examples=40, deadline=None)
def test_graded_values_of_any_type(values, kind):
    rows = np.arange(len(values), dtype="u1")
    found = Graded.build(rows, np.array(values, kind)[:, None], np.uint8(len(values)))
    assert found.value.ravel().tolist() == values and type(found.rows) is int


def test_the_clock_of_a_state_is_a_number():
    program = nl.lower(LSM).program
    state = State.rest(program)
    for clock in (np.uint8(250), np.int64(250), np.uint64(250)):
        state.clock = clock
        assert type(State.given(state, program).clock) is int
    state.clock = SECOND
    refused(lambda: State.given(state, program), "State.clock")


def test_times_of_events_stay_within_64_bits():
    late = Spikes.from_events([([199], [5])], 200, 60)
    wanted = to_events(late, (60,), 2**40)[0]["t"].tolist()
    assert wanted == [199 << 40]
    for odd in (2**60, 2**70):
        refused(lambda odd=odd: to_events(late, (60,), odd), "to_events.bin")
    refused(lambda: to_events(np.zeros((1, 2, 3)), (2, 3)), "to_events.spikes")


def test_narrow_floats_of_a_camera_warn_of_nothing():
    encoder = nl.CameraEncoder(shape=(300, 300), steps=3)
    narrow = np.zeros(2, [("x", "f2"), ("y", "f2"), ("t", "f2"), ("p", "f2")])
    narrow["x"], narrow["t"] = [255, 256], [0, 2000]
    wide = narrow.astype(EVENT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert encoder.encode([narrow]).equal(encoder.encode([wide]))


@pytest.mark.parametrize(
    "encoder", [nl.RateEncoder(), nl.PopulationEncoder(), nl.PoissonEncoder(), nl.LatencyEncoder()]
)
def test_no_samples_make_no_spikes_and_long_floats_no_warning(encoder):
    found = encoder.encode(np.zeros((0, 3)))
    assert len(found) == 0 and found.units == encoder.channels(3)
    refused(lambda: encoder.encode(np.full((1, 3), np.longdouble("1e4000"))), "must be finite")


def test_a_transform_sees_the_rows_of_a_matrix_as_rows():
    encoder = nl.Transformed(transform=lambda sample: np.asarray(sample) / 2, encoder=nl.RateEncoder(steps=5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix(X)
    assert encoder.encode(matrix).equal(encoder.encode(X))


# ---------------------------------------------------------------------- what is said, once


def test_a_warning_is_said_once_however_many_batches():
    code = """
import numpy as np, neurolsm as nl
x, y = 0.5 + np.random.default_rng(0).random((16, 4)), np.arange(16) % 2
liquid = nl.Liquid(topology=nl.RandomGraph(n=20), weights=0.01, input=nl.RandomMap(density=1.0, weight=1.0, inhibitory=0.0))
lsm = nl.LSM(inputs=4, liquid=liquid, readout=nl.DeltaReadout(classes=2))
for _ in range(2):
    nl.LSMClassifier(lsm, nl.RateEncoder(steps=20), backend="reference", batch_size=2).fit(x, y)
nl.evaluate(nl.LSMClassifier(lsm, nl.RateEncoder(steps=20), backend="reference", batch_size=2), x, y, splits=2)
chip = nl.deploy(lsm, nl.RateEncoder(steps=20), labels=[0, 1], backend="reference")
for _ in range(2):
    chip.learn(x, y)
"""
    strict = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    done = subprocess.run(strict, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if "UnusualValue" in line]
    assert sorted(line.split(".")[0] for line in lines) == sorted(
        f"<string>:{line}: UnusualValue: {what}" for line in (7, 8, 11) for what in ("LSM", "RateEncoder")
    )


def test_programs_and_states_may_be_mapped_into_memory(tmp_path):
    joblib = pytest.importorskip("joblib")
    program, spikes = nl.lower(replace(LSM, seed=1)).program, nl.RateEncoder(steps=12).encode(X)
    with nl.open_simulator(program, "reference") as simulator:
        found = simulator.run(spikes)
        joblib.dump((program, simulator.state), tmp_path / "model")
    mapped, state = joblib.load(tmp_path / "model", mmap_mode="r")
    assert type(mapped.neurons.du) is np.memmap
    with nl.open_simulator(mapped, "reference") as simulator:
        simulator.state = state
        assert simulator.run(spikes).spikes.equal(found.spikes)
