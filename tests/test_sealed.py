"""Arrays that nobody can change: not through the array, its views, its base, a copy, a pickle or another form."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.errors import InvalidValue
from neurolsm.program.graded import Graded
from neurolsm.program.sealed import is_sealed, own, seal

GOOD = nl.Spikes.from_dense(np.random.default_rng(0).random((4, 30, 8)) < 0.3)
MADE = {
    "by hand": nl.Spikes(GOOD.steps.copy(), GOOD.indptr.copy(), GOOD.unit.copy(), 8),
    "dense": GOOD,
    "list": nl.Spikes.from_list(GOOD.to_list()),
    "events": nl.Spikes.from_events([GOOD.events(k) for k in range(4)], 30, 8),
    "joined": nl.Spikes.concatenate([GOOD, GOOD]),
    "slice": GOOD[1:3],
    "chosen": GOOD[[2, 0]],
    "selected": GOOD.select(slice(2, 5)),
    "pickled": pickle.loads(pickle.dumps(GOOD)),
    "copied": copy.copy(GOOD),
    "deeply": copy.deepcopy(GOOD),
    "replaced": replace(GOOD, merged=3),
}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("field", ["steps", "indptr", "unit"])
def test_spikes_cannot_be_changed_however_they_were_made(name, field):
    array = getattr(MADE[name], field)
    assert is_sealed(array) and array.flags.c_contiguous and array.flags.aligned
    for view in (array, array[1:], array[:], array.view(), array.reshape(-1)):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 5
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            view.setflags(write=True)
    base = array.base
    while isinstance(base, np.ndarray):
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            base.setflags(write=True)
        base = base.base
    assert not hasattr(base, "setflags")


def test_arrays_that_were_given_are_copied():
    steps, indptr, units = GOOD.steps.copy(), GOOD.indptr.copy(), np.concatenate([[0], GOOD.unit]).astype(np.int32)
    view = units[1:]
    view.setflags(write=False)  # of a base that can still be written
    spikes = nl.Spikes(steps, indptr, view, 8)
    steps[:], indptr[:], units[:] = 9, 9, -1000
    assert spikes.equal(GOOD)
    row, value = np.array([1, 3]), np.ones((2, 2), np.int16)
    graded = Graded(row, value, 5)
    row[:], value[:] = 9, 9
    assert graded.row.tolist() == [1, 3] and graded.at(3).tolist() == [1, 1]
    assert is_sealed(graded.value) and is_sealed(pickle.loads(pickle.dumps(graded)).value)
    assert is_sealed(graded.part(1, 4).row) and is_sealed(Graded.none(3, 5).value)


def test_sealing_twice_costs_nothing_and_keeps_every_form():
    for array in (
        np.arange(5),
        np.zeros((0, 3), np.int16),
        np.array(3.0),
        np.arange(12)[::2],
        np.asfortranarray(np.eye(3)),
    ):
        found = own(array)
        assert np.array_equal(found, array) and found.dtype == array.dtype and found.shape == array.shape
        assert own(found) is found and seal(found) is found and not np.shares_memory(found, array)
    fresh = np.arange(7)
    assert np.shares_memory(seal(fresh), fresh)


CHANGES = {
    "field": lambda s: object.__setattr__(s, "unit", np.where(np.arange(s.count) == 5, 1000, s.unit).astype(np.int32)),
    "dictionary": lambda s: s.__dict__.update(unit=np.full(s.count, 8, np.int32)),
    "units": lambda s: object.__setattr__(s, "units", 3),
    "type": lambda s: setattr(s.unit, "dtype", np.int16),
    "axes": lambda s: setattr(s.indptr, "shape", (-1, 1)),
    "pickle": lambda s: s.__dict__.pop("_kept") and s.__dict__.update(unit=s.unit - 1),
    "graded": None,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("backend", ["emulator", "reference"])
def test_what_is_no_longer_what_was_checked_is_checked_again(name, backend, lsm):
    program = nl.lower(replace(lsm, inputs=8)).program
    spikes = nl.Spikes.from_dense(np.ones((1, 11, 8)))
    with nl.open_simulator(program, backend) as simulator:
        expected = simulator.run(spikes)
        if CHANGES[name]:
            CHANGES[name](spikes)
            with pytest.raises(InvalidValue, match=r"Spikes\.\S+ = "):
                simulator.run(spikes)
        else:
            graded = Graded.none(0, 11)
            object.__setattr__(graded, "row", np.array([10**6]))
            with pytest.raises(InvalidValue, match=r"Graded\.\S+ = "):
                simulator.run(spikes, graded=graded)
            with pytest.raises(InvalidValue, match=r"Simulator\.graded = 'list': must be Graded"):
                simulator.run(spikes, graded=[])
        again = nl.Spikes.from_dense(np.ones((1, 11, 8)))
        again.__dict__.update(unit=again.unit.copy())  # exchanged, and right
        assert simulator.run(again).spikes.equal(expected.spikes)


@given(
    st.sampled_from(["steps", "indptr", "unit", "units", "merged", "row", "value", "rows"]),
    st.sampled_from(
        [-1, 8, 10**6, -(2**31), 2**31 - 1, 2**40, -(2**63), 2**63 - 1, 0.5, float("nan"), True, None, "a"]
    ),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_one_wrong_value_is_refused_by_name_or_harmless(field, value, place, alone):
    """Whatever is accepted has the layout that kernels trust."""
    given_ = {"steps": GOOD.steps, "indptr": GOOD.indptr, "unit": GOOD.unit, "units": 8, "merged": 0}
    graded = {"row": np.array([0, 4, 7]), "value": np.ones((3, 2), np.int16), "rows": 9}
    owner, fields = ("Spikes", given_) if field in given_ else ("Graded", graded)
    if isinstance(fields[field], int) or alone:
        fields[field] = value
    else:
        array = fields[field].astype(np.int64 if type(value) is int else object)
        array.flat[place % array.size] = value
        fields[field] = array
    try:
        made = (nl.Spikes if owner == "Spikes" else Graded)(**fields)
    except InvalidValue as error:
        assert str(error).startswith(f"{owner}.")
        return
    if owner == "Graded":
        assert (np.diff(made.row) > 0).all() and (made.row.min() >= 0) and made.row.max() < made.rows
        assert made.value.dtype == np.int16 and abs(made.value).max() <= 128
        return
    assert made.steps.dtype == made.indptr.dtype == np.int64 and made.unit.dtype == np.int32 and type(made.units) is int
    assert made.indptr[0] == 0 and made.indptr[-1] == made.count and made.indptr.size == made.steps.sum() + 1
    assert (np.diff(made.indptr) >= 0).all() and made.steps.min() >= 0
    assert (np.diff(made.row * made.units + made.unit) > 0).all() and made.unit.max() < made.units


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.uint8, np.uint64, ">i4", ">i8"])
def test_whole_numbers_of_every_type_mean_what_they_say(kind):
    made = nl.Spikes(GOOD.steps.astype(kind), GOOD.indptr.tolist(), GOOD.unit.astype(kind), np.int8(8))
    assert made.equal(GOOD) and made.unit.dtype == np.int32 and made.unit.dtype.isnative and type(made.units) is int


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"unit": GOOD.unit.astype(float)}, r"Spikes\.unit = .*must be whole numbers"),
        ({"unit": np.ma.masked_array(GOOD.unit, GOOD.unit > 3)}, r"Spikes\.unit = 'a masked array'"),
        ({"unit": GOOD.unit[:, None]}, r"Spikes\.unit = .*must have 1 axis"),
        ({"unit": GOOD.unit[::-1]}, r"Spikes\.unit\[\d+\] = \d: comes after \d"),
        ({"unit": GOOD.unit.astype(np.int64) + 2**32}, r"Spikes\.unit = \d+: must lie in -2147483648\.\.2147483647"),
        ({"steps": [30, 30, 30, 31]}, r"Spikes\.steps = 121: steps in all samples; indptr has 120 rows"),
        ({"steps": [60, 60, 60, -60]}, r"Spikes\.steps = -60: must not be negative"),
        ({"steps": [2**62] * 4}, r"Spikes\.steps = .*indptr has 120 rows"),
        ({"indptr": []}, r"Spikes\.steps = 120: "),
        ({"units": 2**31}, r"Spikes\.units = 2147483648: must be at most 2147483647"),
    ],
)
def test_the_sentence_names_what_is_wrong(fields, words):
    plain = {"steps": GOOD.steps, "indptr": GOOD.indptr, "unit": GOOD.unit, "units": 8}
    with pytest.raises(InvalidValue, match=words):
        nl.Spikes(**(plain | fields))


def test_samples_too_long_to_number_are_refused_before_they_are_made():
    for steps, units in ((2**62, 3), (10**15, 3), (10**13, 2), ([2**63 - 1, 1], 1)):
        with pytest.raises(InvalidValue, match=r"Spikes\.steps = "):
            nl.Spikes.from_events([([0], [0])] * np.size(steps), steps, units)
    with pytest.raises(InvalidValue, match=r"Spikes\.units = "):
        nl.Spikes.from_events([([0], [2**31])], 1, 2**40)
