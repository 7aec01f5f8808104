"""The type of a number never changes its meaning: every field of every description, encoder, rule and feature is tried."""

import dataclasses
import inspect
import math
import typing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.describe.rule import ChipReadout, ExcitabilityRule, LearningRule
from neurolsm.encode import Encoder
from neurolsm.errors import InvalidValue
from neurolsm.readout import Features

INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
LIQUID = nl.Liquid(topology=nl.RandomGraph(n=30))
NEEDED = {  # of the fields that have no default
    "shape": (4, 6), "n": 20, "inputs": 3, "liquid": LIQUID, "topology": nl.RandomGraph(n=30), "liquids": (LIQUID,),
    "low": 1.0, "high": 2.0, "mean": 1.0, "value": 1.0, "speed": 1.0, "ee": 1.0, "ei": 1.0, "ie": 1.0, "ii": 1.0,
    "n_channels": 4, "steps": 50, "classes": 3, "neurons": 8, "encoders": (nl.RateEncoder(),), "transform": np.asarray,
    "encoder": nl.RateEncoder(), "parts": (nl.Counts(),), "values": (1.0, 2.0),
}  # fmt: skip
NEEDED_OF = {"Sweep": {"shape": (4, 6)}, "Rule": {"dw": "2^-2*x1*y0"}, "Uniform": {"low": 1, "high": 200}}
# Values with which a narrow type would overflow somewhere; the first that a field allows is taken.
WHOLE = [100, 40, 20, 10, 4, 1, 0]
BROKEN = [100.0, 20.0, 2.0, 1.0, 0.5, 0.25, 2048.0, 16384.0]


def described():
    """Every public frozen dataclass with a check of its own: descriptions, encoders, rules, readouts on the chip, features."""
    for name in nl.__all__:
        kind = getattr(nl, name)
        if inspect.isclass(kind) and dataclasses.is_dataclass(kind) and kind.__module__.startswith(HOMES):
            yield kind


HOMES = ("neurolsm.describe", "neurolsm.encode", "neurolsm.learn", "neurolsm.readout.features")
KINDS = sorted(described(), key=lambda kind: kind.__name__)


def given_to(kind):
    needed = {f.name: NEEDED[f.name] for f in dataclasses.fields(kind) if required(f)}
    return needed | NEEDED_OF.get(kind.__name__, {})


def required(field):
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def numeric(kind):
    """Fields whose type names a number, a law or a tuple of numbers: (name, whether whole, whether a tuple)."""
    hints = typing.get_type_hints(kind)
    for f in dataclasses.fields(kind):
        named = str(hints[f.name]).lower()  # NumPy 2.5 writes NDArray
        if hints[f.name] is bool or any(other in named for other in ("str", "neurolsm.encode.encoder", "ndarray")):
            continue
        if "tuple[int" in named and hints[f.name] is not typing.Any and "| tuple" not in named:
            yield f.name, True, True
        elif hints[f.name] is int or "int" in named.split(" | "):
            yield f.name, True, False
        elif "float" in named:
            yield f.name, False, False


def first_allowed(kind, field, whole, several):
    for value in [12] if several else WHOLE if whole else BROKEN:
        if several:
            length = len(getattr(kind(**given_to(kind)), field))
            value = (value,) * length
        try:
            kind(**given_to(kind) | {field: value})
        except InvalidValue:
            continue
        return value
    raise AssertionError(f"{kind.__name__}.{field}: none of the values is allowed")


CASES = [
    pytest.param(kind, field, whole, several, id=f"{kind.__name__}.{field}")
    for kind in KINDS
    for field, whole, several in numeric(kind)
]


def test_all_kinds_are_found():
    assert len(KINDS) >= 38 and len(CASES) >= 130, (len(KINDS), len(CASES))


def types_that_hold(value):
    """All types of NumPy that hold the value exactly, and arrays without axes of them, in either order of bytes."""
    for kind in INTEGERS:
        if value == int(value) and np.iinfo(kind).min <= value <= np.iinfo(kind).max:
            yield kind(int(value))
            yield np.array(int(value), np.dtype(kind).newbyteorder())
    if isinstance(value, float):
        for kind in FLOATS:
            if kind(value) == value:
                yield kind(value)
                yield np.array(value, np.dtype(kind).newbyteorder())
        yield np.ma.array(value)


@pytest.mark.parametrize(("kind", "field", "whole", "several"), CASES)
def test_numbers_of_any_type_are_the_same_description(kind, field, whole, several):
    value = first_allowed(kind, field, whole, several)
    plain = kind(**given_to(kind) | {field: value})
    for narrow in types_that_hold(value[0] if several else value):
        one = kind(**given_to(kind) | {field: (narrow,) * len(value) if several else narrow})
        assert one == plain and hash(one) == hash(plain) and repr(one) == repr(plain), type(narrow)
        stored = getattr(one, field)
        assert {type(x) for x in (stored if several else (stored,))} <= {int if whole else float}, type(narrow)


@pytest.mark.parametrize(("kind", "field", "whole", "several"), CASES)
def test_what_is_no_number_is_refused_by_name(kind, field, whole, several):
    wrong = [True, np.True_, "1", np.str_("1"), b"1", 1j, np.complex64(1), np.ma.masked, np.array("1"),
             np.datetime64(1, "s"), np.timedelta64(1, "s"), np.array([1.0, 2.0, 3.0]).astype("m8[s]"), math.nan, np.float16(np.nan),
             np.ma.array(1, mask=True), np.array(True), np.zeros(1, "i4,i4")[0], 10**400, [None]]  # fmt: skip
    if whole:
        wrong += [2.5, np.float32(2.5), math.inf, np.float32(1e30)]
    for value in wrong:
        with pytest.raises(InvalidValue, match=rf"^{kind.__name__}\.{field}\b"):
            kind(**given_to(kind) | {field: (value,) * len(given_to(kind).get(field, (1,))) if several else value})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_minus_zero_is_zero(kind):
    for field, _, several in numeric(kind):
        if several:
            continue
        try:
            one = kind(**given_to(kind) | {field: -0.0})
        except InvalidValue:
            continue
        assert math.copysign(1, getattr(one, field)) == 1, field


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_truth_values_and_words_are_not_numbers(kind):
    hints = typing.get_type_hints(kind)
    for f in dataclasses.fields(kind):
        if hints[f.name] is bool:
            for yes in (np.True_, np.array(True)):
                assert getattr(kind(**given_to(kind) | {f.name: yes}), f.name) is True
            for wrong in (1, 0.0, "yes", None, np.int8(1), np.ma.masked):
                with pytest.raises(InvalidValue, match=rf"^{kind.__name__}\.{f.name} "):
                    kind(**given_to(kind) | {f.name: wrong})
        elif hints[f.name] is str:
            default = getattr(kind(**given_to(kind)), f.name)
            assert type(getattr(kind(**given_to(kind) | {f.name: np.str_(default)}), f.name)) in (str, np.str_)
            for wrong in (1, True, None, np.array([default, default])):
                with pytest.raises(InvalidValue, match=rf"^{kind.__name__}\.{f.name} "):
                    kind(**given_to(kind) | {f.name: wrong})


# ---------------------------------------------------------------------- and what follows from them


def used(kind, one):
    """What a description comes to: a program, spikes, a law's numbers, states."""
    if isinstance(one, nl.LSM):
        return nl.lower(one).program.sha256
    if isinstance(one, (nl.Liquid, nl.Parallel, nl.Series)):
        return nl.lower(nl.LSM(inputs=3, liquid=one)).program.sha256
    if isinstance(one, (nl.Column, nl.RandomGraph, nl.SmallWorld)):
        return nl.lower(nl.LSM(inputs=3, liquid=nl.Liquid(topology=one))).program.sha256
    if isinstance(one, (nl.RandomMap, nl.OneToOne)):
        return nl.lower(nl.LSM(inputs=3, liquid=nl.Liquid(topology=nl.RandomGraph(n=30), input=one))).program.sha256
    if isinstance(one, (nl.LIF, nl.AdaptiveLIF)):
        return nl.lower(nl.LSM(inputs=3, liquid=nl.Liquid(topology=nl.RandomGraph(n=30), neuron=one))).program.sha256
    if isinstance(one, ExcitabilityRule) and kind.__name__ in ("IntrinsicPlasticity", "Homeostasis"):
        return one.lower(1e-3, 100, 0, 3)
    if isinstance(one, LearningRule) and hasattr(one, "stream"):
        return one.lower(1e-3)
    if isinstance(one, ChipReadout):
        return nl.lower(nl.LSM(inputs=3, liquid=LIQUID, readout=one)).program.sha256
    if hasattr(one, "draw"):
        return one.draw(np.random.default_rng(0), 5).tolist()
    x = np.linspace(0, 1, 48).reshape(2, 24)
    if isinstance(one, nl.EventEncoder):
        return key(one.encode([([0, 3], [1, 0])]))
    if isinstance(one, (nl.DeltaEncoder, nl.Together)):
        return key(one.encode(x.reshape(2, 6, 4)))
    if isinstance(one, nl.Sweep) and math.prod(one.shape) != 24:
        x = np.linspace(0, 1, 2 * math.prod(one.shape)).reshape(2, -1)
    if isinstance(one, Encoder) and not isinstance(one, nl.CameraEncoder):
        return key(one.encode(x))
    if isinstance(one, Features) and not isinstance(one, nl.LastState):
        return one(nl.Spikes.from_dense(np.ones((2, 130, 3)))).tolist()
    return repr(one)


def key(spikes):
    return spikes.steps.tolist(), spikes.indptr.tolist(), spikes.unit.tolist(), spikes.units


@pytest.mark.filterwarnings("ignore::neurolsm.learn.language.RuleRounded")
@pytest.mark.parametrize(("kind", "field", "whole", "several"), CASES)
def test_what_follows_is_the_same(kind, field, whole, several):
    """The narrowest type gives the same program, the same spikes, the same numbers."""
    value = first_allowed(kind, field, whole, several)
    number = value[0] if several else value
    narrow = np.float16(number) if number != int(number) else np.uint8(number) if number < 256 else np.uint16(number)
    found = []
    for given_value in (value, (narrow,) * len(value) if several else narrow):
        try:
            found.append(used(kind, kind(**given_to(kind) | {field: given_value})))
        except ValueError as error:  # allowed alone, but not together with the rest: then for both
            found.append(str(error))
    assert found[0] == found[1]


@given(st.sampled_from(INTEGERS), st.integers(0, 127), st.integers(1, 127), st.sampled_from(["a_plus", "a_minus"]))
@settings(max_examples=200, deadline=None)
@pytest.mark.filterwarnings("ignore::neurolsm.learn.language.RuleRounded")
def test_rules_lower_alike_for_all_integers(kind, a, impulse, field):
    def lowered(number):
        try:
            return nl.STDP(**{field: number(a), "impulse": number(impulse)}).lower(1e-3)
        except InvalidValue as error:
            return str(error)

    assert lowered(kind) == lowered(int)
