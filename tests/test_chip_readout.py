"""Readouts on the chip: what the counters count, what the lessons do, and that the layer learns."""

from dataclasses import replace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.deployment.chip import Chip
from neurolsm.learn.chip.counters import COUNTER, GATE, UNIT
from neurolsm.learn.chip.delta import ONE, READOUT

INPUTS = 12


def machine(readout, seed=1):
    """A liquid in which each neuron repeats the channel of its number: strong input, no recurrence."""
    liquid = nl.Liquid(
        topology=nl.Explicit(np.zeros((INPUTS, INPUTS))), neuron=nl.LIF(tau_syn=1e-4, tau_mem=1e-4),
        input=nl.OneToOne(weight=nl.Constant(2.0)),
    )  # fmt: skip
    return nl.LSM(inputs=INPUTS, liquid=liquid, readout=readout, seed=seed)


def chip(readout, seed=1):
    return Chip(nl.lower(machine(readout, seed)).program, readout, "emulator", {})


def raster(seed, steps=30, rate=0.3):
    """Silent in the last step, whose spikes would reach the liquid after the sample."""
    return (np.random.default_rng(seed).random((1, steps, INPUTS)) < rate) & (np.arange(steps) < steps - 1)[:, None]


def run(made, x, learn=False):
    framed = made.frame(nl.Spikes.from_dense(x))
    return framed, made.simulator.run(framed, learn=learn)


@pytest.mark.parametrize("windows", [1, 2, 3])
def test_counters_count_the_liquid_in_windows(windows):
    readout = nl.DeltaReadout(classes=2, windows=windows)
    made = chip(readout)
    x = raster(0)
    _, found = run(made, x)
    counted = found.counts()[0, 0, made.program.population(COUNTER).slice].reshape(windows, INPUTS)
    liquid = found.counts()[0, 0, :INPUTS]
    assert liquid.sum() > 50
    assert (counted.sum(axis=0) == liquid).all(), "without offsets every spike is counted once"
    heard = [np.flatnonzero(r) for r in found.spikes.to_list()[0][:, :INPUTS].T]
    for k, times in enumerate(heard):
        assert (np.bincount(times * windows // 30, minlength=windows) == counted[:, k]).all()


def test_offsets_take_away_what_is_usual():
    made = chip(nl.DeltaReadout(classes=2, windows=1))
    state = made.simulator.state.copy()
    state.plastic[0].weight[:] = -2 * UNIT
    made.simulator.state = state
    _, found = run(made, raster(1))
    liquid = found.counts()[0, 0, :INPUTS]
    counted = found.counts()[0, 0, made.program.population(COUNTER).slice]
    assert (counted == np.maximum(liquid - 2, 0)).all()


def test_offsets_settle_where_the_counters_have_their_activity():
    readout = nl.DeltaReadout(classes=2, windows=1, activity=1.5)
    made = chip(readout)
    lesson = readout.lesson(np.full(2, np.nan), 127)
    for k in range(200):
        made.present(nl.Spikes.from_dense(raster(k)), learn=True, lessons=lesson[None])
    counts = [run(made, raster(1000 + k))[1].counts()[0, 0, made.program.population(COUNTER).slice] for k in range(50)]
    assert np.mean(counts) == pytest.approx(1.5, abs=0.25)
    before = made.simulator.state.plastic[0].weight.copy()
    made.present(nl.Spikes.from_dense(raster(0)), learn=True)
    assert (made.simulator.state.plastic[0].weight == before).all(), "without the third factor they stay"


def test_the_score_is_the_weighted_sum_of_the_counters():
    readout = nl.DeltaReadout(classes=3, windows=2, scale=6)
    made = chip(readout)
    state = made.simulator.state.copy()
    rng = np.random.default_rng(3)
    for memory in state.plastic[1:]:
        memory.weight[:] = rng.integers(-40, 40, memory.weight.size)
    made.simulator.state = state
    framed, found = run(made, raster(4))
    program = made.program
    c = found.counts()[0, 0, program.population(COUNTER).slice]
    clocks = np.bincount(framed.unit[framed.unit >= INPUTS] - INPUTS, minlength=3)
    w, b = (state.plastic[k].weight.reshape(-1, 3).astype(int) for k in (1, 2))
    scores = readout.scores(found.v[0, program.population(READOUT).slice])
    assert scores == pytest.approx((c @ w + clocks @ b) / (1 << 6))


def test_a_lesson_moves_each_score_towards_its_teacher_and_nothing_else():
    readout = nl.DeltaReadout(classes=3, windows=1, scale=8)
    made = chip(readout)
    x = nl.Spikes.from_dense(raster(5))
    lesson = readout.lesson(np.array([1.0, -1.0, np.nan]))
    assert lesson.tolist() == [0, 1, ONE, -ONE, -128]
    errors = []
    for _ in range(30):
        v, _ = made.present(x, learn=True, lessons=lesson[None])
        errors.append(readout.scores(v)[0] - [1, -1, 0])
    assert np.abs(errors[-1][:2]).max() < 0.2 < np.abs(errors[0][:2]).min()
    assert errors[-1][2] == 0, "a class of which nothing is said keeps its weights"


def test_prototypes_measure_the_share_of_agreeing_bits():
    readout = nl.PrototypeReadout(neurons=4, windows=2)
    made = chip(readout)
    a, b = raster(6, rate=0.04), raster(7, rate=0.04)
    marks = np.zeros(4, int)
    marks[2] = 127
    made.present(nl.Spikes.from_dense(a), learn=True)
    made.teach(readout.lesson(marks))
    bits = []
    for x in (a, b):
        v, _ = made.present(nl.Spikes.from_dense(x), learn=False)
        _, found = run(made, x)
        bits.append(found.counts()[0, 0, made.program.population(COUNTER).slice] > 0)
        agreeing = np.mean(bits[0] == bits[-1])
        assert readout.agreement(v, made.program)[0] == pytest.approx([0, 0, agreeing, 0], abs=0.03)
    assert 0.2 < agreeing < 0.95
    silent = made.program.population("silent").slice
    assert ((found.counts()[0, 0, silent] > 0) == ~bits[1]).all(), "partners fire where counters stay silent"


def test_gates_are_shut_outside_their_window():
    made = chip(nl.DeltaReadout(classes=2, windows=3))
    _, found = run(made, np.ones((1, 30, INPUTS), bool))
    gates = found.spikes.to_list()[0][:, made.program.population(GATE).slice].reshape(-1, 3, INPUTS)
    for w in range(3):
        steps = np.flatnonzero(gates[:, w].any(axis=1))
        assert steps.min() >= 10 * w + 1 and steps.max() <= 10 * w + 10


def test_seeds_of_the_rounding_streams_follow_the_seed_of_the_description():
    seeds = [[p.plasticity.seed for p in chip(nl.DeltaReadout(classes=2), seed).program.plastic] for seed in (1, 2)]
    assert len({*seeds[0], *seeds[1]}) == 6


def test_every_readout_is_part_of_a_description():
    for readout in (nl.DeltaReadout(classes=2), nl.PrototypeReadout(neurons=3)):
        lsm = machine(readout)
        assert nl.lower(lsm).program.n > INPUTS
        assert nl.lower(replace(lsm, readout=None)).program.n == INPUTS


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: nl.DeltaReadout(classes=0), ("classes",)),
        (lambda: nl.DeltaReadout(classes=3, rate=2.0**-20), ("rate", "the engine has")),
        (lambda: nl.DeltaReadout(classes=3, windows=17), ("windows", "16")),
        (lambda: nl.PrototypeReadout(neurons=0), ("neurons",)),
        (lambda: nl.PrototypeReadout(neurons=3, margin=1.5), ("margin", "at most 1")),
    ],
)
def test_refusals(make, words):
    with pytest.raises(nl.InvalidValue) as caught:
        make()
    assert all(word in str(caught.value) for word in words)
