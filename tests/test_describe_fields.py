"""Every field of every description: what is out of range is refused by object, field, value, limit and remedy."""

import dataclasses

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.errors import InvalidValue
from neurolsm.learn.rules import STDP, IntrinsicPlasticity

NAN, INF = float("nan"), float("inf")
NOT_NUMBERS = [NAN, "1", None, True, [1.0]]
TOPOLOGY = nl.RandomGraph(n=10)
LIQUID = nl.Liquid(topology=TOPOLOGY)

WHOLE = [0, -1, 1.5, 2.0, 2**31, *NOT_NUMBERS]
ABOVE_ZERO = [0, -1e-3, *NOT_NUMBERS]
NOT_NEGATIVE = [-1e-9, -INF, *NOT_NUMBERS]
PROBABILITY = [-0.1, 1.0001, INF, *NOT_NUMBERS]
NOT_LAWS = [NAN, "1", None, True]  # rows of numbers are laws, too: see test_own_parts.py
LAW = [-1e-9, INF, nl.Constant(INF), *NOT_LAWS]  # a number or a law, finite, not negative
TAU = [0, -1e-3, nl.Constant(0), nl.Uniform(0, 1), *NOT_LAWS]

# class, other arguments, field, values that are refused, words of the limit
FIELDS = [
    (nl.LSM, {"liquid": LIQUID}, "inputs", WHOLE, "whole number in 1.."),
    (nl.LSM, {"inputs": 1}, "liquid", [None, "liquid", TOPOLOGY], "must be Liquid or Parallel or Series"),
    (nl.LSM, {"inputs": 1, "liquid": LIQUID}, "seed", [-1, 2**63, 1.5, NAN, "1", None, True], "2**63 - 1"),
    (nl.LSM, {"inputs": 1, "liquid": LIQUID}, "dt", [*ABOVE_ZERO, INF], "above 0"),
    (nl.Liquid, {}, "topology", [None, "column", 100, LIQUID], "must be Topology, but"),
    (nl.Liquid, {"topology": TOPOLOGY}, "neuron", [None, 1, nl.LIF], "must be LIF or AdaptiveLIF"),
    (nl.Liquid, {"topology": TOPOLOGY}, "inhibitory_neuron", ["LIF", nl.LIF], "must be LIF or AdaptiveLIF"),
    (nl.Liquid, {"topology": TOPOLOGY}, "weights", LAW, "at least 0"),
    (nl.Liquid, {"topology": TOPOLOGY}, "delays", LAW, "at least 0"),
    (nl.Liquid, {"topology": TOPOLOGY}, "input", [None, 5, nl.RandomMap], "must be InputMap, but"),
    *[
        (nl.Liquid, {"topology": TOPOLOGY}, f, [1, "stdp", TOPOLOGY, IntrinsicPlasticity()], "must be LearningRule")
        for f in ("plasticity", "inhibitory_plasticity", "input_plasticity")
    ],
    (nl.Liquid, {"topology": TOPOLOGY}, "intrinsic", [1, "homeostasis", TOPOLOGY, STDP()], "must be ExcitabilityRule"),
    (nl.LSM, {"inputs": 1, "liquid": LIQUID}, "readout", [10, "delta", TOPOLOGY], "must be ChipReadout"),
    (nl.Parallel, {}, "liquids", [(), [LIQUID], (LIQUID, TOPOLOGY), LIQUID, None], "tuple of liquids"),
    (nl.Series, {}, "liquids", [(), [LIQUID], (LIQUID, None), LIQUID, None], "tuple of liquids"),
    (nl.Column, {}, "shape", [(2, 2), [2, 2, 2], (0, 2, 2), (2, 2, -1), (2.0, 2, 2), 8, None], "3 positive whole"),
    (nl.Column, {}, "wavelength", ABOVE_ZERO, "above 0"),
    *[(nl.Column, {}, f, PROBABILITY, "at most 1") for f in ("inhibitory", "p_ee", "p_ei", "p_ie", "p_ii")],
    (nl.RandomGraph, {}, "n", WHOLE, "whole number in 1.."),
    *[(nl.RandomGraph, {"n": 5}, f, PROBABILITY, "at most 1") for f in ("density", "inhibitory")],
    (nl.SmallWorld, {}, "n", WHOLE, "whole number in 1.."),
    (nl.SmallWorld, {"n": 8}, "neighbours", [-2, 8, 2.0, NAN, "4", None, True], "whole number in 0..7"),
    (nl.SmallWorld, {"n": 8}, "neighbours", [3], "must be even"),
    *[(nl.SmallWorld, {"n": 20}, f, PROBABILITY, "at most 1") for f in ("rewire", "inhibitory")],
    *[(nl.RandomMap, {}, f, PROBABILITY, "at most 1") for f in ("density", "inhibitory")],
    *[(nl.RandomMap, {}, f, LAW, "at least 0") for f in ("weight", "delay")],
    (nl.ReceptiveFields, {}, "shape", [(), (2, 2, 2, 2), [4, 4], (0, 4), (4, 4.0), 16, None], "1 or 2 or 3 positive"),
    (nl.ReceptiveFields, {"shape": (8, 8)}, "size", WHOLE, "whole number in 1.."),
    (nl.ReceptiveFields, {"shape": (8, 8)}, "size", [(5,), (5, 5, 5), (0, 5), (5, 5.0)], "2 positive whole"),
    *[(nl.ReceptiveFields, {"shape": (8, 8)}, f, PROBABILITY, "at most 1") for f in ("density", "inhibitory")],
    *[(nl.ReceptiveFields, {"shape": (8, 8)}, f, LAW, "at least 0") for f in ("weight", "delay")],
    (nl.OneToOne, {}, "inhibitory", PROBABILITY, "at most 1"),
    *[(nl.OneToOne, {}, f, LAW, "at least 0") for f in ("weight", "delay")],
    *[(neuron, {}, f, TAU, "above 0") for neuron in (nl.LIF, nl.AdaptiveLIF) for f in ("tau_syn", "tau_mem")],
    *[(neuron, {}, f, LAW, "at least 0") for neuron in (nl.LIF, nl.AdaptiveLIF) for f in ("t_refractory", "v_leak")],
    (nl.AdaptiveLIF, {}, "tau_adapt", TAU, "above 0"),
    (nl.AdaptiveLIF, {}, "adapt_step", LAW, "at least 0"),
    (nl.Constant, {}, "value", NOT_NEGATIVE, "at least 0"),
    (nl.Uniform, {"high": 1}, "low", NOT_NEGATIVE, "at least 0"),
    (nl.Uniform, {"low": 0.5}, "high", [0.4, INF, *NOT_NUMBERS], "at least 0.5"),
    *[(law, {}, "mean", [*ABOVE_ZERO, INF], "above 0") for law in (nl.Gamma, nl.Lognormal)],
    *[(law, {"mean": 1}, "cv", [*ABOVE_ZERO, INF], "above 0") for law in (nl.Gamma, nl.Lognormal)],
    *[(nl.Pairs, {p: 1 for p in ("ee", "ei", "ie", "ii") if p != f}, f, LAW, "at least 0") for f in ("ee", "ei", "ie", "ii")],
    (nl.ByDistance, {}, "speed", ABOVE_ZERO, "above 0"),
]  # fmt: skip


def check(message, owner, field, value, limit):
    """``Owner.field = value: limit. Remedy`` with every part filled in."""
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    head = f"{owner}.{field} = {shown}: "
    assert message.startswith(head), message
    said, _, remedy = message.removeprefix(head).partition(". ")
    assert limit in said or limit in message.removeprefix(head), message
    assert len(message.rsplit(". ", 1)[1].split()) >= 2, f"no remedy: {message}"
    assert remedy


@pytest.mark.parametrize(
    ("cls", "others", "field", "value", "limit"),
    [
        pytest.param(cls, others, field, value, limit, id=f"{cls.__name__}.{field}={str(value)[:30]}")
        for cls, others, field, values, limit in FIELDS
        for value in values
    ],
)
def test_out_of_range(cls, others, field, value, limit):
    with pytest.raises(InvalidValue) as caught:
        cls(**others, **{field: value})
    if isinstance(value, (nl.Uniform, nl.Constant)):
        limit = "above 0" if limit == "above 0" else "finite"
    check(str(caught.value), cls.__name__, field, value, limit)


@pytest.mark.parametrize(
    ("matrix", "position", "words"),
    [
        (np.zeros((2, 3)), None, r"Explicit.matrix = \(2, 3\): must be square"),
        (np.zeros((0, 0)), None, "must be square"),
        (np.zeros(4), None, "must be square"),
        (np.zeros((2, 2, 2)), None, "must be square"),
        ([[0, NAN], [0, 0]], None, "must be finite"),
        ([[0, INF], [0, 0]], None, "must be finite"),
        ([["a", "b"], ["c", "d"]], None, "must be a sparse or dense matrix"),
        ([[0, 1j], [0, 0]], None, "must be real numbers"),
        ([[0, 1], [2]], None, "must be"),
        ("matrix", None, "must be"),
        (None, None, "must be"),
        ([[1, -1], [0, 0]], None, r"Explicit.matrix\[0\] = 'both signs'.*Dale"),
        (np.eye(2), np.zeros((3, 2)), r"Explicit.position = \(3, 2\): must be \[2, dimensions\]"),
        (np.eye(2), np.zeros(2), r"must be \[2, dimensions\]"),
        (np.eye(2), [[0.0, NAN], [0, 0]], "must be finite"),
    ],
)
def test_explicit_matrix_out_of_range(matrix, position, words):
    with pytest.raises(InvalidValue, match=words):
        nl.Explicit(matrix, position)


@pytest.mark.parametrize("number", [np.float32, np.float64, np.int64, np.uint8, int])
def test_numbers_of_any_kind_are_numbers(number):
    assert nl.Constant(number(3)).draw(np.random.default_rng(0), 2).tolist() == [3.0, 3.0]
    assert nl.RandomMap(density=number(1)).density == 1


@pytest.mark.parametrize("tau", [INF, nl.Constant(INF), nl.Gamma(1e-2), nl.Lognormal(1e-2), nl.Uniform(1e-3, 2e-3)])
def test_time_constants_may_be_infinite_or_drawn(tau):
    assert nl.LIF(tau_mem=tau).tau_mem == tau
    assert nl.AdaptiveLIF(tau_adapt=tau).tau_adapt == tau


@pytest.mark.parametrize(
    "description",
    [nl.LIF(), nl.Column(), nl.RandomMap(), LIQUID, nl.Gamma(1.0), nl.Parallel((LIQUID,)), nl.ByDistance(1.0)],
)
def test_descriptions_are_frozen_and_hashable(description):
    name = dataclasses.fields(description)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(description, name, None)
    assert hash(description) == hash(dataclasses.replace(description))
    assert description == dataclasses.replace(description)


def test_explicit_compares_all_that_it_holds():
    a = nl.Explicit(np.eye(2), np.zeros((2, 1)))
    assert a == nl.Explicit(np.eye(2), np.zeros((2, 1)))
    assert hash(a) == hash(nl.Explicit(np.eye(2), np.zeros((2, 1))))
    assert a != nl.Explicit(np.eye(2), np.ones((2, 1)))
    assert a != nl.Explicit(np.eye(2))
    assert a != nl.Explicit(2 * np.eye(2), np.zeros((2, 1)))
