"""Labels of a deployment: taken and given back in their own type, through a file as well, or refused at once by name."""

import datetime
import enum
import warnings
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import neurolsm as nl
from neurolsm.deployment import CannotBeSaved
from neurolsm.deployment.checkpoint import KIND
from neurolsm.deployment.labels import declared, grown, places
from neurolsm.files.checked import read, write

X = np.random.default_rng(0).random((4, 4))


def small(labels, encoder=None, classes=4):
    liquid = nl.Liquid(topology=nl.RandomGraph(n=6))
    lsm = nl.LSM(inputs=4, liquid=liquid, readout=nl.DeltaReadout(classes=classes))
    return nl.deploy(lsm, encoder or nl.RateEncoder(steps=4), labels=labels, backend="reference")


class Color(enum.Enum):
    RED, BLUE = 1, 2


class Whole(enum.IntEnum):
    ONE, TWO = 1, 2


class Word(str):
    pass


D = np.datetime64
GOOD = {
    "strings": ["yes", "no"], "bytes": [b"yes", b"no"], "booleans": [False, True], "numbers": [3, -7], "range": range(2),
    "tuple": (5, 4), "floats": [0.5, np.inf], "complex": [1j, 2j], "dates": [D("2020-01-01"), D("2020-01-02")],
    "units": [D("2020-01-01"), D("2020-01-02T03")], "NumPy strings": [np.str_("a"), np.str_("bc")], "empty text": ["", "a"],
    "objects that are strings": np.array(["a", "b"], object), "beyond int64": [2**63, 2**63 + 1], "signed zero": [-0.0, 1.0],
    "lone surrogate": ["\ud800", "b"], "widest": ["a" * 1024, "b"], "mixed widths": [np.int8(1), np.int64(300)],
} | {
    t: np.array([1, 0]).astype(t)
    for t in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i4", "f2", "f4", ">f8", "c8", "M8[D]", "M8[ns]", "m8[s]", "?", "S3", ">U4")
}  # fmt: skip


@pytest.mark.parametrize("labels", GOOD.values(), ids=GOOD)
def test_what_deploy_takes_comes_back_as_it_was_through_a_file_too(tmp_path, labels):
    wanted = np.asarray(
        list(labels) if isinstance(labels, (range, tuple)) or labels is GOOD["objects that are strings"] else labels
    )
    given = [labels[k % 2] for k in range(4)]
    with small(labels) as chip:
        assert chip.labels.dtype == wanted.dtype and chip.labels.tolist() == wanted.tolist()
        chip.learn(X, given)
        said = chip.predict(X)
        chip.save(tmp_path / "chip.lsm")
        with nl.resume(tmp_path / "chip.lsm", backend="reference") as other:
            assert other.labels.dtype == chip.labels.dtype and other.labels.tobytes() == chip.labels.tobytes()
            again = other.predict(X)
            assert again.label.dtype == said.label.dtype and again.label.tolist() == said.label.tolist()
            for one in (chip, other):
                one.learn(X, given)
                one.learn(X, said.label)
            assert other.state.equal(chip.state)


BAD = {
    "None": ["a", None], "tuples": [(1, 2), (3, 4)], "a tuple and a number": [(1, 2), 3], "enums": [Color.RED, Color.BLUE],
    "numbers that are enums": list(Whole), "a class of strings": [Word("a"), Word("b")], "mixed": ["1", 1],
    "a boolean and a number": [True, 2], "one thrice": [1, True, 1.0], "numbers of two kinds": [1, 2.5], "NaN": [np.nan, 1.0],
    "NaN in an array": np.array([1.0, np.nan]), "no date": [D("NaT"), D("2020")], "twice": ["a", "a"], "nought": [0.0, -0.0],
    "too wide": [2**70, 1], "wide and negative": [2**63, -1], "lost end": ["a", "a\0"], "lost end of bytes": [b"a\0", b"b"],
    "too long": ["a" * 1025, "b"], "wide type": np.array(["a", "b"], "U100000"), "decimals": [Decimal(1), Decimal(2)],
    "dates of Python": [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)], "empty": [], "two axes": [[1, 2], [3, 4]],
    "text": "ab", "a set": {1, 2}, "a generator": (k for k in (1, 2)), "a dictionary": {1: 2}, "one": 3, "nothing": None,
    "ragged": [[1], [2, 3]], "records": np.array([(1, 2.0), (3, 4.0)], "i4,f8"), "long doubles": np.array([1, 2], "g"),
    "masked": np.ma.masked_array([1, 2], [True, False]), "objects": [object(), object()], "arrays": [np.zeros(2), np.ones(2)],
    "objects in an array": np.array(["a", 1], object), "bytes and strings": [b"a", "a"], "dates and spans": [D(1, "D"), np.timedelta64(1, "D")],
}  # fmt: skip


@pytest.mark.parametrize("labels", BAD.values(), ids=BAD)
def test_other_labels_are_refused_at_once_in_a_sentence(labels):
    with pytest.raises(nl.InvalidValue, match=r"Deployment.labels = ") as caught:
        small(labels)
    assert len(str(caught.value).splitlines()) == 1 and len(str(caught.value)) < 400


KEPT = hnp.arrays(
    st.one_of(
        hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.floating_dtypes(sizes=(16, 32, 64)), hnp.boolean_dtypes(),
        hnp.complex_number_dtypes(sizes=(64, 128)), hnp.datetime64_dtypes(max_period="s", min_period="s"),
        hnp.unicode_string_dtypes(max_len=5), hnp.byte_string_dtypes(max_len=5),
    ),
    st.integers(1, 6),
)  # fmt: skip


@given(array=KEPT, as_list=st.booleans())
def test_labels_that_are_taken_keep_type_and_value_and_find_their_place(array, as_list):
    try:
        known = declared(list(array) if as_list else array)
    except nl.InvalidValue:
        with np.errstate(all="ignore"):
            assert (array != array).any() or np.unique(array).size < array.size
        return
    assert known.dtype.kind == array.dtype.kind and known.tolist() == array.tolist()
    assert as_list or known.dtype == array.dtype
    for y in (array, list(array), known[::-1]):
        assert (known[places(y, known, array.size)] == y).all()


LABEL = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, 1.0, 2.5, -0.0]), st.text("01ab\0", max_size=2),
    st.sampled_from([b"", b"1", b"ab\0", 1j, D("2020"), Color.RED, Whole.ONE, (1,), np.int8(1), np.float32(0.1), np.str_("1"), np.bool_(True)]),
)  # fmt: skip


def exactly(a, b):
    """Equal, and of one kind of type."""
    kinds = (
        (bool, np.bool_),
        (int, np.integer),
        (float, np.floating),
        (complex, np.complexfloating),
        (str,),
        (bytes,),
        (np.datetime64,),
    )
    return a == b and any(isinstance(a, kind) and isinstance(b, kind) for kind in kinds)


@given(labels=st.lists(LABEL, min_size=1, max_size=4), more=st.lists(LABEL, max_size=2), asked=LABEL)
@settings(max_examples=300)
def test_no_label_ever_becomes_another(labels, more, asked):
    try:
        known = declared(labels)
    except nl.InvalidValue:
        return
    assert all(exactly(a, b) for a, b in zip(known, labels, strict=True))
    try:
        wider = grown(known, tuple(more))
    except nl.InvalidValue:
        wider = known
    else:
        assert all(exactly(a, b) for a, b in zip(wider, [*labels, *more], strict=True))
    assert wider.dtype.kind == known.dtype.kind and (known.dtype.kind in "US" or wider.dtype == known.dtype)
    try:
        place = places([asked], wider, 1)[0]
    except nl.InvalidValue:
        assert not any(exactly(asked, b) for b in wider)
    else:
        assert asked == wider[place] and isinstance(asked, (bool, np.bool_)) == (wider.dtype.kind == "b")


@pytest.mark.parametrize(
    "labels, label, said",
    [
        ([0, 1], "cat", "strings among whole numbers"), (["1", "2"], 3, "whole numbers among strings"), ([0, 2], True, "booleans among"),
        ([0, 1], 2.0, "real numbers among"), (np.array([0, 1], "i1"), 300, "do not fit int8"), (np.array([0, 1], "u1"), -1, "do not fit"),
        (np.array([0, 1], "f4"), 0.1, "do not fit float32"), ([D("2020-01-01")], D("2020-01-02T05"), "do not fit"),
        ([0, 1], [4, 5], "is a list"), ([0, 1], 1, "different"), ([b"a"], "b", "strings among bytes"), ([0, 1], None, "NoneType"),
    ],
)  # fmt: skip
def test_declaring_another_kind_is_refused_and_the_old_labels_still_work(labels, label, said):
    with small(labels, classes=6) as chip:
        before = chip.labels.copy()
        with pytest.raises(nl.InvalidValue, match=said):
            chip.declare(label)
        assert chip.labels.dtype == before.dtype and chip.labels.tolist() == before.tolist()
        chip.learn(X, [labels[k % len(labels)] for k in range(4)])


@pytest.mark.parametrize(
    "labels, label",
    [
        (np.array([0, 1], "u1"), 7), (np.array([0, 1], ">i2"), 7), (["a"], "much longer"), (np.array(["a"], ">U1"), "bc"),
        ([b"a"], b"longer"), ([D("2020-01-01")], D("2020-01-02T00")), (np.array([0.5], "f4"), 0.25), ([True], False),
    ],
)  # fmt: skip
def test_declared_labels_take_the_type_of_the_others(labels, label):
    with small(labels) as chip:
        dtype = chip.labels.dtype
        chip.declare()
        chip.declare(label)
        assert chip.labels.dtype.kind == dtype.kind and chip.labels.dtype.byteorder == dtype.byteorder
        assert dtype.kind in "US" or chip.labels.dtype == dtype
        assert chip.labels[: len(labels)].tolist() == np.asarray(labels).tolist() and chip.labels[-1] == label
        chip.learn(X, [label, labels[0], label, labels[0]])


@pytest.mark.parametrize(
    "y", [[True, False] * 2, ["0", "1"] * 2, [0, "1", 0, 1], [None] * 4, [b"0"] * 4, [[0]] * 4, [0.5] * 4]
)
def test_lessons_of_another_kind_are_refused(y):
    with small([0, 1]) as chip, pytest.raises(nl.InvalidValue, match="was never declared"):
        chip.learn(X, y)


@pytest.mark.parametrize(
    "y", [np.array([0, 1, 0, 1], "u1"), [0.0, 1.0, 0.0, 1.0], np.array([0, 1, 0, 1], object), (0, 1, 0, 1)]
)
def test_lessons_of_other_widths_are_taken_by_value(y):
    with small([0, 1]) as chip, small([0, 1]) as other:
        chip.learn(X, y)
        other.learn(X, [0, 1, 0, 1])
        assert chip.state.equal(other.state)


def test_an_encoder_that_no_file_holds_is_told_at_once(tmp_path):
    own = nl.Transformed(transform=np.sqrt, encoder=nl.RateEncoder(steps=4))
    with pytest.warns(CannotBeSaved, match=r"save will refuse it: .*Transformed"):
        chip = small([0, 1], own)
    with chip, pytest.raises(nl.InvalidValue, match="Transformed"):
        chip.learn(X, [0, 1, 0, 1])
        chip.save(tmp_path / "chip.lsm")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small([0, 1]).close()


def test_files_of_the_first_format_are_read(tmp_path):
    """They held labels as JSON values and no memory of the teacher for odd samples."""
    for labels in (["a", "bc"], [3, 5], [False, True]):
        with small(labels) as chip:
            chip.learn(X, [labels[k % 2] for k in range(4)])
            chip.adapt(X[:2], limit=2)
            chip.save(tmp_path / "new.lsm")
            header, arrays = read(tmp_path / "new.lsm", KIND)
            header |= {"format": 1, "labels": arrays.pop("labels").tolist()}
            del header["odd_teacher"]
            write(tmp_path / "old.lsm", KIND, header, arrays)
            with nl.resume(tmp_path / "old.lsm", backend="reference") as other:
                assert other.labels.dtype == chip.labels.dtype and other.labels.tolist() == labels
                assert not any(other._odd.teacher["believed"]) and any(chip._odd.teacher["believed"])
                chip._odd.teacher["believed"] = [0.0] * 4  # beliefs are what such a file does not tell
                assert [a.history for a in other.adapt(X[2:], limit=2)] == [
                    a.history for a in chip.adapt(X[2:], limit=2)
                ]


@pytest.mark.parametrize(
    "labels", [np.array([1, 1, 1, 1]), np.array([np.nan, 1, 2, 3]), np.zeros((2, 2), int), np.arange(9)]
)
def test_files_with_labels_that_cannot_be_are_refused(tmp_path, labels):
    with small([0, 1, 2, 3]) as chip:
        chip.save(tmp_path / "chip.lsm")
    header, arrays = read(tmp_path / "chip.lsm", KIND)
    write(tmp_path / "bad.lsm", KIND, header, arrays | {"labels": labels})
    with pytest.raises((nl.FileRefused, nl.InvalidValue)) as caught:
        nl.resume(tmp_path / "bad.lsm", backend="reference")
    assert len(str(caught.value).splitlines()) == 1


def test_dates_that_a_type_cannot_hold_never_become_others():
    """NumPy casts far dates to others without a word, and compares them in the unit in which they are the same."""
    fine = declared([D("2020-01-01", "ns")])
    far = D("9999-01-01")
    with pytest.raises(nl.InvalidValue, match="cannot be held by an array as they are"):
        declared([D("2020-01-01", "ns"), far])
    with pytest.raises(nl.InvalidValue, match="do not fit datetime64"):
        grown(fine, (far,))
    # What ``far`` became in nanoseconds before NumPy 2.5.
    wrapped = declared([D("1815-03-31T05:56:08.066277376", "ns")])
    for asked in (far, D("NaT"), datetime.date(9999, 1, 1)):
        with pytest.raises(nl.InvalidValue, match="was never declared; known are '1815-03-31T05:56:08"):
            places([asked], wrapped, 1)
    days = declared(np.array([31], "m8[D]"))
    with pytest.raises(nl.InvalidValue, match="do not fit timedelta64"):
        grown(days, (np.timedelta64(1, "M"),))
    with pytest.raises(nl.InvalidValue, match="'1 months': was never declared; known are '31 days'"):
        places([np.timedelta64(1, "M")], days, 1)


@pytest.mark.parametrize("unit", ["D", "h", "s", "us"])
def test_dates_are_found_again_as_python_has_them(unit):
    for known in (
        declared(np.array(["2020-01-01", "2020-01-02"], f"M8[{unit}]")),
        declared(np.array([24, 48], f"m8[{unit}]")),
    ):
        assert places(known.tolist(), known, 2).tolist() == [0, 1]
    zone = datetime.timezone.utc
    with pytest.raises(nl.InvalidValue, match="was never declared"):
        places([datetime.datetime(2020, 1, 1, tzinfo=zone)], declared([D("2020-01-01")]), 1)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5, unique=True))
def test_whole_numbers_of_any_size_stand_beside_each_other(labels):
    known = declared(labels)
    assert known.dtype.kind in "iu" and known.tolist() == labels
    assert places(labels, known, len(labels)).tolist() == list(range(len(labels)))


def test_a_label_may_be_an_array_without_axes_and_is_told_its_kind_otherwise():
    known = declared([0, 1])
    assert places([np.array(1), np.array(0)], known, 2).tolist() == [1, 0]
    for asked in ([1], None, Whole.ONE, np.ma.masked, np.array([1])):
        with pytest.raises(nl.InvalidValue, match="among whole numbers"):
            places([asked], known, 1)
    with pytest.raises(nl.InvalidValue, match="is a Word among strings"):
        places([Word("a")], declared(["a"]), 1)


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="a type of NumPy 2")
def test_strings_of_any_length_are_kept_as_strings():
    known = declared(np.array(["a", "bcd"], np.dtypes.StringDType()))
    assert known.dtype == np.dtype("U3") and known.tolist() == ["a", "bcd"]
    assert places(np.array(["bcd"], np.dtypes.StringDType()), known, 1).tolist() == [1]


@pytest.mark.parametrize("samples", [5, None])
def test_a_stream_of_nothing_that_can_be_gone_through_is_refused(samples):
    with (
        small([0, 1]) as chip,
        pytest.raises(nl.InvalidValue, match="must be an iterable"),
    ):
        next(chip.stream(samples))
