"""The type of what is encoded never changes its meaning: times, pixels and values of any type, masks, tables and layouts."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.encode import (
    CameraEncoder,
    DeltaEncoder,
    EventEncoder,
    FilterBank,
    LatencyEncoder,
    RateEncoder,
    Transformed,
)
from neurolsm.encode.camera import EVENT
from neurolsm.encode.events import rounding
from neurolsm.errors import InvalidValue

VALUES = [RateEncoder(steps=9), nl.PoissonEncoder(steps=9), LatencyEncoder(steps=9), nl.PopulationEncoder(steps=9)]
TYPES = ["i1", "u1", "i2", ">i2", "u2", "i4", ">i4", "i8", "u8", "f2", "f4", ">f4", "f8", ">f8", "g", "?"]


class Table:
    """What pandas and polars offer: an array of rows behind column names, and iteration over the names."""

    def __init__(self, rows, columns=None):
        self.rows = np.asarray(rows)
        self.columns = list(range(self.rows.shape[-1])) if columns is None else columns

    shape = property(lambda self: self.rows.shape)

    def to_numpy(self):
        return self.rows

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.rows, dtype)

    def __iter__(self):
        return iter(self.columns)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, name):
        return self.rows[:, self.columns.index(name)]


# ---------------------------------------------------------------------- times of events


@pytest.mark.parametrize("kind", ["f8", ">f8", "f4", ">f4", "f2", "g"])
def test_times_are_divided_in_double_precision(kind):
    times = (np.arange(1, 1400) * 1e-3).astype(kind)
    encoder = EventEncoder(n_channels=1, steps=1500, dt=1e-3)
    found, wide = (encoder.encode([(t, np.zeros(t.size, int))]) for t in (times, times.astype("f8")))
    assert found.equal(wide) and found.merged == wide.merged
    if kind != "f2":  # float16 holds three digits; what it says is another time
        assert np.array_equal(found.events(0)[0], np.arange(1, 1400)) and found.merged == 0


@given(st.lists(st.integers(0, 4999), min_size=1, max_size=50), st.sampled_from([1e-4, 2.5e-4, 1e-3, 0.01, 0.1, 1 / 3]))
@settings(max_examples=200, deadline=None)
def test_nominal_times_lie_on_their_step_whatever_kept_them(steps, dt):
    encoder = EventEncoder(n_channels=1, steps=5001, dt=dt)
    for times in (np.array(steps) * dt, (np.array(steps) * dt).astype("f4"), [float(s * dt) for s in steps]):
        found = encoder.encode([(times, np.zeros(len(steps), int))])
        assert found.events(0)[0].tolist() == sorted(set(steps))
    narrow = EventEncoder(n_channels=1, steps=5001, dt=np.float32(dt))
    found = narrow.encode([(np.array(steps) * dt, np.zeros(len(steps), int))])
    assert found.events(0)[0].tolist() == sorted(set(steps))


@given(st.lists(st.floats(0, 1.5), min_size=1, max_size=50), st.sampled_from([1e-4, 1e-3, 7e-3]))
@settings(max_examples=200, deadline=None)
def test_times_off_the_grid_keep_the_step_of_their_value(times, dt):
    """An oracle in exact numbers: a time that is further below a boundary than its rounding does not move."""
    from fractions import Fraction

    for kind in ("f2", "f4", "f8"):
        kept = np.array(times).astype(kind)
        found = EventEncoder(n_channels=kept.size, steps=16000, dt=dt).encode([(kept, np.arange(kept.size))])
        step = dict(zip(found.events(0)[1].tolist(), found.events(0)[0].tolist(), strict=True))
        for k, time in enumerate(kept.astype("f8").tolist()):
            exact = Fraction(time) / Fraction(dt)
            below = exact.__floor__()
            near = (below + 1 - exact) <= Fraction(2e-6) + exact * Fraction(2**-23)
            assert step[k] == below or (near and step[k] == below + 1)


def test_whole_numbers_of_any_type_are_exact():
    for kind in ("i4", "u4", "i8", "f4", "f8", "g"):
        times = np.array([16_776_999, 0, 999, 1000]).astype(kind)  # microseconds on a grid of milliseconds
        found = EventEncoder(n_channels=4, steps=20_000, dt=1000.0).encode([(times, np.arange(4))])
        assert sorted(found.events(0)[0].tolist()) == [0, 0, 1, 16776], kind
    found = EventEncoder(n_channels=1, steps=200_000, dt=1e-5).encode([(np.array([1.0], "f2"), [0])])
    assert found.events(0)[0].tolist() == [100_000]
    assert rounding(np.array([3.0, 0.058, 1e300, 0.0])).tolist() == [0, 0, 0, 0]
    assert rounding(np.float32(0.058)) == np.spacing(np.float32(0.058)) / 2


@pytest.mark.parametrize(
    "pair",
    [
        (np.ma.array([0.1, 0.2], mask=[0, 1]), [0, 1]),
        ([0.1, 0.2], np.ma.array([0, 1], mask=[1, 0])),
        ([0.1, np.ma.masked], [0, 1]),
        (np.array([1, 2], "m8[ms]"), [0, 1]),
        (np.array([1, 2], "M8[ms]"), [0, 1]),
        (np.array([0.1, 0.2], object), [0, 1]),
        (np.array([0.1, 0.2j]), [0, 1]),
        (["0.1", "0.2"], [0, 1]),
        ([True, False], [0, 1]),
        ([0.1, 0.2], [True, False]),
        ([0.1, 0.2], [0, 1 + 0j]),
        ([0.1, 0.2], np.array([0, 1], "m8[s]")),
        ([np.nan, 0.2], [0, 1]),
        (np.array([np.inf, 0.2], "f2"), [0, 1]),
        np.array([(0.1, 0), (0.2, 1)], [("t", "f8"), ("x", "i8")]),
        Table([[0.1, 0], [0.2, 1]]),
        ([[0.1], [0.2]], [[0], [1]]),
        (0.1, 0),
    ],
)
@pytest.mark.parametrize("dt", [None, 1e-3])
def test_what_is_no_time_or_channel_is_refused(pair, dt):
    with pytest.raises(InvalidValue, match=r"^(EventEncoder\.x\[0\]|Spikes\.events\[0\])"):
        EventEncoder(n_channels=2, steps=1000, dt=dt).encode([pair])


def test_one_pair_without_its_batch_is_refused():
    with pytest.raises(InvalidValue, match=r"EventEncoder\.x\[0\].*pair"):
        EventEncoder(n_channels=9, steps=9).encode(([1, 2], [0, 1]))  # would be two samples of one event
    with pytest.raises(InvalidValue, match=r"EventEncoder\.x = "):
        EventEncoder(n_channels=9, steps=9).encode(Table([[1, 0], [2, 1]]))


def test_nothing_hidden_is_as_good_as_no_mask():
    plain = EventEncoder(n_channels=2, steps=9).encode([([1, 2], [0, 1])])
    assert (
        EventEncoder(n_channels=2, steps=9)
        .encode([(np.ma.array([1, 2]), np.ma.array([0, 1], mask=[0, 0]))])
        .equal(plain)
    )


# ---------------------------------------------------------------------- cameras


def recording(x, y, t, p, kinds=("i2", "i2", "i8", "?")):
    events = np.zeros(len(t), list(zip("xytp", kinds, strict=True)))
    for name, values in zip("xytp", (x, y, t, p), strict=True):
        events[name] = values
    return events


CAMERA = CameraEncoder(shape=(4, 4), steps=10, bin=1000)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9999), st.booleans()), max_size=30),
    st.sampled_from(["i1", "u1", ">u2", "i8", "f2", "f4", ">f8"]),
    st.sampled_from(["i4", "u4", ">i8", "u8", "f4", "f8"]),
    st.sampled_from(["?", "i1", "u1", "f4"]),
)
@settings(max_examples=200, deadline=None)
def test_recordings_of_any_type_are_the_same_spikes(rows, pixel, time, polarity):
    rows = sorted(rows, key=lambda row: row[2])
    x, y, t, p = zip(*rows, strict=True) if rows else ((), (), (), ())
    plain = CAMERA.encode([recording(x, y, t, p)])
    assert CAMERA.encode([recording(x, y, t, p, (pixel, pixel, time, polarity))]).equal(plain)
    expected = {(time // 1000, int(on) * 16 + row * 4 + column) for column, row, time, on in rows}
    assert set(zip(*(part.tolist() for part in plain.events(0)), strict=True)) == expected


@pytest.mark.parametrize(
    ("events", "field"),
    [
        (recording([0], [0], [1e-4], [1], ("i2", "i2", "f8", "?")), "t"),  # seconds
        (recording([0], [0], [np.nan], [1], ("i2", "i2", "f8", "?")), "t"),
        (recording([0], [0], [np.inf], [1], ("i2", "i2", "f4", "?")), "t"),
        (recording([0], [0], [1e30], [1], ("i2", "i2", "f8", "?")), "t"),
        (recording([0], [0], [2**64 - 1], [1], ("i2", "i2", "u8", "?")), "t"),
        (recording([0], [0], [5], [1], ("i2", "i2", "m8[us]", "?")), "t"),
        (recording([0], [0], [5], [1], ("i2", "i2", "M8[us]", "?")), "t"),
        (recording([0], [0], [5], [1], ("i2", "i2", "c8", "?")), "t"),
        (recording([0], [0], [5], [1], ("i2", "i2", "O", "?")), "t"),
        (recording([0], [0], [1], [1], ("i2", "i2", "?", "?")), "t"),
        (recording([-0.4], [0], [5], [1], ("f4", "i2", "i8", "?")), "x"),
        (recording([2.7], [0], [5], [1], ("f4", "i2", "i8", "?")), "x"),
        (recording([0], [np.nan], [5], [1], ("i2", "f2", "i8", "?")), "y"),
        (recording([0], [0], [5], [np.nan], ("i2", "i2", "i8", "f4")), "p"),
        (recording([0], [0], [5], [0.5], ("i2", "i2", "i8", "f4")), "p"),
        (recording([0], [0], [5], [255], ("i2", "i2", "i8", "u1")), "p"),  # -1 as an unsigned byte
        (recording([0], [0], [5], ["1"], ("i2", "i2", "i8", "U1")), "p"),
        (np.ma.array(recording([0, 1], [0, 1], [5, 6], [1, 0]), mask=[(0, 0, 0, 0), (0, 0, 1, 0)]), "t"),
        (np.zeros(2, [("x", "i2", 2), ("y", "i2"), ("t", "i8"), ("p", "?")]), "x"),
    ],
)
def test_numbers_that_are_no_pixels_times_or_polarities_are_refused(events, field):
    with pytest.raises(InvalidValue, match=rf"^CameraEncoder\.x\[0\]\.{field} = "):
        CAMERA.encode([events])


def test_minus_one_and_one_are_polarities():
    both = recording([0, 1], [0, 1], [5, 6], [-1, 1], ("i2", "i2", "i8", "i1"))
    assert CAMERA.encode([both]).events(0)[1].tolist() == [0, 16 + 5]


def test_tables_of_events_are_recordings():
    rows = [[0, 3, 5, 1], [2, 1, 1500, 0]]
    plain = recording(*zip(*rows, strict=True))
    assert CAMERA.encode([Table(rows, list("xytp"))]).equal(CAMERA.encode([plain]))
    with pytest.raises(InvalidValue, match=r"CameraEncoder\.x = 'Table': is one recording"):
        CAMERA.encode(Table(rows, list("xytp")))
    with pytest.raises(InvalidValue, match="structured array"):
        CAMERA.encode(plain)


@pytest.mark.parametrize("events", [1, 3])
def test_an_empty_recording_is_silence(events):
    some = recording([0, 1], [0, 1], [10, 2000], [1, 0])
    camera = CameraEncoder(shape=(4, 4), steps=5, events=events)
    late = Transformed(transform=lambda e: e[e["t"] > 100], encoder=camera)
    found = late.encode([some, some[:1]])
    assert found.steps.tolist() == [5, 5] and found[1].count == 0
    assert found[0].equal(camera.encode([some[1:]])[0])
    assert camera.encode([some[:0]]).count == 0
    pairs = Transformed(transform=lambda e: (e["t"], e["x"]), encoder=EventEncoder(n_channels=4, steps=5, dt=1000))
    assert pairs.encode([some[:0], some]).count == 2


def test_pixels_that_an_event_cannot_hold_are_refused():
    spikes = nl.Spikes.from_events([([0], [40_000])], 5, 50_000)
    with pytest.raises(InvalidValue, match=r"to_events\.shape"):
        nl.encode.to_events(spikes, (50_000,))
    again = CameraEncoder(shape=(250, 200), steps=5).encode(
        nl.encode.to_events(spikes, (np.uint8(250), np.uint8(200)), np.int16(1000))
    )
    assert again.events(0)[1].tolist() == [40_000]


# ---------------------------------------------------------------------- values


@pytest.mark.parametrize("encoder", VALUES, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("kind", TYPES)
def test_values_of_any_type_are_the_same_spikes(encoder, kind):
    x = np.random.default_rng(0).integers(0, 2, (5, 6)).astype(kind)
    plain = encoder.encode(x.astype("f8"))
    assert encoder.encode(x).equal(plain) and encoder.encode(x.tolist()).equal(plain)
    assert encoder.encode(Table(x)).equal(plain) and encoder.encode(np.ma.array(x)).equal(plain)
    assert encoder.encode(np.where(x == 0, -0.0, x)).equal(plain)


@pytest.mark.parametrize("encoder", [RateEncoder(), DeltaEncoder()], ids=lambda e: type(e).__name__)
def test_tables_over_time_are_read_by_rows(encoder):
    samples = [np.random.default_rng(k).random((steps, 3)) for k, steps in enumerate((5, 7, 5))]
    plain = encoder.encode(samples)
    assert encoder.encode([Table(s) for s in samples]).equal(plain)
    assert encoder.encode([np.ma.array(s) for s in samples]).equal(plain)
    same = [samples[0], samples[2]]  # of one length, where NumPy would make one array of them
    assert encoder.encode([Table(s) for s in same]).equal(encoder.encode(same))
    assert Transformed(transform=np.square, encoder=encoder).encode([np.sqrt(s) for s in same]).steps.tolist() == [5, 5]


def test_a_table_in_front_of_a_transform_is_read_by_rows():
    rows = np.random.default_rng(0).random((4, 4))
    encoder = Transformed(transform=lambda sample: sample / 2, encoder=RateEncoder())
    assert encoder.encode(Table(rows)).equal(encoder.encode(rows))


HIDDEN = np.ma.array([[0.2, 0.9], [0.1, 0.4]], mask=[[0, 1], [0, 0]])


@pytest.mark.parametrize(
    "x",
    [
        HIDDEN, [HIDDEN[0], HIDDEN[1]], [[0.2, np.ma.masked], [0.1, 0.4]], [HIDDEN], np.array([[1, 2]], "m8[s]"),
        np.array([["1", "2"]]), np.array([[b"1"]]), np.array([[1, 2]], object), np.array([[1, 2j]]), np.array([[1, 2]], "M8[s]"),
        np.zeros((2, 2), [("a", "f4")]), [[None, 1.0]], Table(np.array([[1, None]], object)), sp.eye_array(3), "values", None,
        np.array([[np.inf, 1]], "f2"), [[10**400, 1]],
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoder", [*VALUES, DeltaEncoder(), nl.Sweep(shape=(1, 2))], ids=lambda e: type(e).__name__)
def test_what_is_no_array_of_numbers_is_refused(encoder, x):
    with pytest.raises(InvalidValue, match=rf"^{type(encoder).__name__}\.x"):
        encoder.encode(x)


def test_masks_are_kept_through_transforms_and_spikes():
    with pytest.raises(InvalidValue, match="mask"):
        Transformed(transform=lambda sample: sample, encoder=RateEncoder()).encode([HIDDEN[0], HIDDEN[1]])
    with pytest.raises(InvalidValue, match="mask"):
        FilterBank().values([np.ma.array(np.ones(100), mask=np.arange(100) > 50)])
    with pytest.raises(InvalidValue, match="mask"):
        nl.Spikes.from_dense(HIDDEN[None])
    with pytest.raises(InvalidValue, match="mask"):
        nl.Spikes.from_list([HIDDEN])
    with pytest.raises(InvalidValue, match="mask"):
        nl.Spikes.from_events([(np.ma.array([1, 2], mask=[0, 1]), [0, 0])], 5, 1)
    with pytest.raises(InvalidValue, match=r"Explicit\.matrix.*mask"):
        nl.Explicit(HIDDEN)
    with pytest.raises(InvalidValue, match=r"Explicit\.position.*mask"):
        nl.Explicit(np.eye(2), HIDDEN)
    with pytest.raises(InvalidValue, match=r"RateEncoder\.low.*mask"):
        RateEncoder(low=HIDDEN[0])


@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "f2", "f4", ">f4", ">i4", "?"])
def test_matrices_of_narrow_types_do_not_overflow(kind):
    narrow = np.array([[0, 1, 1], [0, 0, 0], [0, 1, 0]]).astype(kind)
    assert nl.Explicit(narrow) == nl.Explicit(narrow.astype(float))
    if kind == "i1":  # entries that are given twice are added
        twice = sp.coo_array((np.array([100, 100], kind), ([0, 0], [1, 1])), (2, 2))
        assert nl.Explicit(twice).matrix.toarray()[0, 1] == 200
    assert nl.Explicit(Table(narrow.astype(float))) == nl.Explicit(narrow.astype(float))


@pytest.mark.parametrize("position", [[["0", "1"], ["1", "0"]], [[1j, 0], [0, 1]], np.zeros((2, 2), "m8[s]")])
def test_positions_are_numbers(position):
    with pytest.raises(InvalidValue, match=r"Explicit\.position"):
        nl.Explicit(np.eye(2), position)


@pytest.mark.parametrize(
    "bound",
    [(True, 0.5), (0.0, np.ma.masked), ("0", "1"), np.array([0, 1], "m8[s]"), (0.0, None), [[0.0]], [], (0j, 1)],
)
def test_bounds_and_thresholds_are_numbers(bound):
    for make in (lambda: RateEncoder(low=bound, high=5), lambda: DeltaEncoder(threshold=bound)):
        with pytest.raises(InvalidValue, match=r"^(RateEncoder\.low|DeltaEncoder\.threshold)"):
            make()


def test_bounds_of_any_type_are_the_same_encoder():
    plain = RateEncoder(low=0.0, high=(1.0, 2.0))
    for kind in TYPES[:-1]:
        assert RateEncoder(low=np.array(0).astype(kind), high=np.array([1, 2]).astype(kind)) == plain
    assert repr(RateEncoder(low=-0.0, high=(1, 2))) == repr(plain)


# ---------------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("encode", "words"),
    [
        (lambda: DeltaEncoder().encode(np.zeros((4, 9))), r"DeltaEncoder.x.*\[B, T, N\].*x\[:, :, None\] for \[B, T\]"),
        (lambda: LatencyEncoder().encode(np.zeros((4, 9, 2))), r"LatencyEncoder.x.*\[B, N\]"),
        (lambda: RateEncoder(high=(1, 2)).encode(np.zeros((4, 2, 9))), r"RateEncoder.high.*last axis.*9.*\[B, T, N\]"),
        (lambda: DeltaEncoder(threshold=(1, 2)).encode(np.zeros((4, 2, 9))), r"threshold.*last axis.*9.*\[B, T, N\]"),
        (lambda: RateEncoder().encode(np.zeros(4)), r"RateEncoder.x.*\[B, N\]"),
        (lambda: nl.Spikes.from_dense(np.zeros((4, 9))), r"\[B, T, N\].*\[:, :, None\] for \[B, T\]"),
        (lambda: nl.Spikes.from_events([([1], [0])], 5, True), r"Spikes\.units"),
    ],
)
def test_other_layouts_are_refused_with_their_axes(encode, words):
    with pytest.raises(InvalidValue, match=words):
        encode()


def test_units_of_a_narrow_type_do_not_overflow():
    spikes = nl.Spikes.from_events([([0, 1], [199, 0])], 2, np.uint8(200))
    assert type(spikes.units) is int and nl.LowPass(samples=2)(spikes).shape == (1, 400)


def test_the_dtype_of_events_is_that_of_tonic():
    assert EVENT.names == ("x", "y", "t", "p")
