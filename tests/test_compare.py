"""compare() and the registry: a wrong backend is found out to the step, neuron and variable; a wrong name says what is right."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.conformance.suite.bench import Cell, Synapse, build
from neurolsm.conformance.suite.floats import as_float
from neurolsm.errors import InvalidValue, NotAvailable
from neurolsm.execute import backend
from neurolsm.execute.compare import compare
from neurolsm.semantics import ReferenceSimulator

CELLS = [
    Cell("quiet", {"du": 2047, "dv": 0}, (Synapse(5, at=(0,)),)),
    Cell("late", {"du": 2047, "dv": 2048}, (Synapse(10, at=(4,), delay=3),)),
    Cell("clock", {"dv": 0, "vth": 2, "bias_mant": 40}),
]
PROGRAM, DRIVEN = build(CELLS)
NOTHING = nl.Spikes.from_events([([], [])] * 2, 12, DRIVEN.units)
INPUTS = nl.Spikes.concatenate([NOTHING, DRIVEN, DRIVEN])  # samples 0 and 1 silent, 2 and 3 driven


class Fake:
    """The reference on a program that ``alter`` has changed, or with its recordings changed by ``spoil``."""

    name = "fake"
    variants: ClassVar = {"left": {}, "right": {"ignored": True}}

    @staticmethod
    def alter(program):
        return program

    @staticmethod
    def spoil(recording):
        return recording

    def missing(self):
        return None

    def open(self, program, ignored=False):
        spoil = self.spoil

        class Simulator(ReferenceSimulator):
            def run(self, inputs, **options):
                return spoil(super().run(inputs, **options))

        return Simulator(self.alter(program))


def fake(register, **functions):
    return register("fake", type("Fake", (Fake,), {k: staticmethod(v) for k, v in functions.items()}))


def neurons(**changes):
    def alter(program):
        arrays = {k: getattr(program.neurons, k).copy() for k in changes}
        for name, (neuron, value) in changes.items():
            arrays[name][neuron] = value
        return replace(program, neurons=replace(program.neurons, **arrays))

    return alter


def flip_a_weight(program):
    (p,) = program.projections
    weight = p.weight.copy()
    weight[p.post == 1] += 2
    return replace(program, projections=(replace(p, weight=weight),))


def test_backends_that_agree():
    result = compare(PROGRAM, INPUTS, ("emulator", "reference"))
    assert result.equal and result.spikes_agree and result.first_divergence is None
    assert (result.samples, result.largest_difference, result.backends) == (4, 0.0, ("emulator", "reference"))
    assert result.spikes_compared == result.recordings["reference"].spikes.count == 4 * 3  # the clock, 12 steps
    assert result.ms_per_sample.keys() == result.setup_seconds.keys() == {"emulator", "reference"}
    told = json.loads(json.dumps(result.to_dict()))
    assert told["equal"] is True and told["first_divergence"] is None and told["spikes_compared"] == 12


@pytest.mark.parametrize("yardstick", ["reference", "emulator"])
@pytest.mark.parametrize(
    ("alter", "sample", "step", "neuron", "variable", "expected", "got"),
    [
        # the input of step 4 arrives at 4 + 1 + 3
        (flip_a_weight, 2, 8, 1, "u", 640, 768),
        (neurons(bias_mant=(2, 50)), 0, 0, 2, "v", 40, 50),
        # the clock fires at step 3, 4 * 40 > 128; with a threshold of 192 it does not
        (neurons(vth=(2, 3)), 0, 3, 2, "v", 0, 160),
        (neurons(du=(0, 4095)), 2, 2, 0, "u", 160, 0),
    ],
)
def test_a_wrong_program_is_located(register, yardstick, alter, sample, step, neuron, variable, expected, got):
    fake(register, alter=alter)
    result = compare(PROGRAM, INPUTS, (yardstick, "fake"))
    first = result.first_divergence
    assert not result.equal
    assert (first.backend, first.sample, first.step, first.neuron, first.variable) == (
        "fake",
        sample,
        step,
        neuron,
        variable,
    )
    assert (first.expected, first.got) == (expected, got)
    told = json.loads(json.dumps(result.to_dict()))["first_divergence"]
    assert told | {"backend": "fake", "sample": sample, "step": step, "neuron": neuron, "variable": variable} == told


def test_the_first_wrong_backend_is_named(register):
    fake(register, alter=flip_a_weight)
    register("other", type("Other", (Fake,), {"alter": staticmethod(neurons(bias_mant=(2, 50)))}))
    result = compare(PROGRAM, INPUTS, ("reference", "emulator", "fake", "other"))
    assert result.first_divergence.backend == "fake"
    assert result.largest_difference > 0


def test_a_spike_that_is_lost_in_the_recording(register):
    def spoil(recording):
        rasters = recording.spikes.to_list()
        if len(rasters[0]):
            rasters[-1][7, 2] = False
        return replace(recording, spikes=nl.Spikes.from_list(rasters))

    fake(register, spoil=spoil)
    result = compare(PROGRAM, INPUTS[3], ("reference", "fake"))
    first = result.first_divergence
    assert (first.sample, first.step, first.neuron, first.variable) == (0, 7, 2, "spike")
    assert (first.expected, first.got) == (1, 0) and not result.spikes_agree


@pytest.mark.parametrize("order", [("reference", "fake"), ("fake", "reference")])
def test_without_traces_the_end_is_compared(register, order):
    class NoTrace(Fake):
        alter = staticmethod(flip_a_weight)

        def open(self, program, ignored=False):
            class Simulator(ReferenceSimulator):
                def run(self, inputs, *, trace=(), **options):
                    if trace:
                        raise InvalidValue("no traces here")
                    return super().run(inputs, **options)

            return Simulator(self.alter(program))

    register("fake", NoTrace)
    first = compare(PROGRAM, INPUTS, order).first_divergence
    assert (first.backend, first.sample, first.step, first.neuron, first.variable) == (order[1], 2, 11, 1, "u")
    assert sorted((first.expected, first.got)) == [80, 96]  # 640 and 768, three steps later


def test_a_result_that_depends_on_the_batch(register):
    def spoil(recording):
        recording.v[1:] += 1
        return recording

    fake(register, spoil=spoil)
    first = compare(PROGRAM, INPUTS, ("reference", "fake")).first_divergence
    assert (first.sample, first.variable) == (1, "depends on the batch")


FLOAT = as_float(PROGRAM, 0)


@pytest.mark.parametrize(
    ("error", "equal"), [(0, True), (1e-10, True), (1e-6, False), (np.nan, False), (np.inf, False)]
)
def test_float_arithmetic_has_a_tolerance(register, error, equal):
    def spoil(recording):
        recording.u[:, 1] += error
        return recording

    fake(register, spoil=spoil)
    result = compare(FLOAT, INPUTS, ("reference", "fake"))
    assert result.equal == equal and result.spikes_agree
    assert result.largest_difference == pytest.approx(error, rel=1e-3, nan_ok=True)
    if not equal:
        first = result.first_divergence
        assert (first.sample, first.step, first.neuron, first.variable) == (0, 11, 1, "u")
    assert compare(FLOAT, INPUTS, ("reference", "fake"), tolerance=1e-3).equal == (error < 1e-3)


def test_a_description_is_lowered_as_asked(lsm):
    inputs = nl.Spikes.from_dense(np.random.default_rng(0).random((2, 30, 6)) < 0.5)
    for options in ({}, {"target": "loihi1"}, {"arithmetic": "float"}):
        result = compare(lsm, inputs, ("reference", "emulator"), **options)
        assert result.equal and result.spikes_compared > 0
    with pytest.raises(NotAvailable, match="loihi9"):
        compare(lsm, inputs, ("reference", "emulator"), target="loihi9")


# ---------------------------------------------------------------------- wrong words


@pytest.mark.parametrize(
    ("backends", "words"),
    [
        (("reference",), "compare.backends = .*: needs at least two"),
        ((), "needs at least two"),
        ("emulator", "compare.backends = 'emulator': must be a list of names"),
        (("reference", "reference"), "names 'reference' twice"),
    ],
)
def test_wrong_lists_of_backends(backends, words):
    with pytest.raises(InvalidValue, match=words):
        compare(PROGRAM, INPUTS, backends)


def test_nothing_runs_before_all_names_are_known(register, monkeypatch):
    monkeypatch.setattr(ReferenceSimulator, "run", lambda *a, **k: pytest.fail("ran"))
    with pytest.raises(NotAvailable, match=r"backend 'nonesuch' is unknown\. Installed are: emulator, .*reference"):
        compare(PROGRAM, INPUTS, ("reference", "nonesuch"))
    register("fake", Fake)
    with pytest.raises(NotAvailable, match=r"'fake' has no variant 'middle'\. Known variants: fake:left, fake:right"):
        compare(PROGRAM, INPUTS, ("reference", "fake:middle"))
    for wrong in (None, INPUTS.dense(), nl.Spikes.from_dense(np.zeros((1, 3, 9)))):
        with pytest.raises(InvalidValue, match=r"Simulator\.inputs"):
            compare(PROGRAM, wrong, ("reference", "emulator"))
    with pytest.raises(InvalidValue, match=r"compare\.inputs = .*: needs at least one sample"):
        compare(PROGRAM, INPUTS[:0], ("reference", "emulator"))


def test_variants(register):
    register("fake", Fake)
    assert compare(PROGRAM, INPUTS, ("fake:left", "fake:right", "fake")).equal
    with pytest.raises(NotAvailable, match=r"backend 'reference' has no variant 'x'\. Known variants: none"):
        nl.open_simulator(PROGRAM, "reference:x")


def test_backends_that_are_not_there(register, monkeypatch):
    def broken():
        raise ImportError("No module named 'lava'")

    points = {"lava": SimpleNamespace(load=broken), "emulator": backend._points()["emulator"]}
    monkeypatch.setattr(backend, "_points", lambda: points)
    for name, words in (
        ("brian2", r"backend 'brian2' is not installed\. Type: pip install \"neurolsm\[brian2\]\""),
        (
            "lava",
            r"backend 'lava' cannot be imported \(ImportError: No module named 'lava'\)\. Type: neurolsm install lava",
        ),
        ("brain2", r"backend 'brain2' is unknown\. Installed are: emulator, lava"),
        ("", r"backend '' is unknown"),
    ):
        with pytest.raises(NotAvailable, match=words):
            backend.get(name)


@pytest.mark.parametrize("name", [None, 3, ["emulator"]])
def test_names_are_words(name):
    with pytest.raises((InvalidValue, NotAvailable), match="backend"):
        nl.open_simulator(PROGRAM, name)


def test_a_backend_may_say_why_it_cannot_run(register):
    register("fake", type("Tired", (Fake,), {"missing": lambda self: "no compiler. Install g++"}))
    with pytest.raises(NotAvailable, match=r"backend 'fake' cannot run here: no compiler\. Install g\+\+"):
        backend.get("fake")


def test_the_emulator_comes_first():
    assert backend.names()[0] == "emulator" and {"brian2", "lava", "reference"} <= set(backend.names())
