"""What ``benchmarks/run.py --json`` writes: every ratio a number, or null with the reason; and who takes part computes what it should."""

import importlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neurolsm.emulator import EmulatorSimulator
from neurolsm.learn.language import RuleRounded
from neurolsm.learn.rules import STDP, RewardSTDP
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import Modulator
from neurolsm.semantics.reference import ReferenceSimulator

FOLDER = Path(__file__).parents[1] / "benchmarks"
LESSONS = ("pair", "reward", "delta", "prototype")
# Ratios that others read from the file; a name that is missing breaks them.
ASKED = {
    "emulator_over_cpp_1", "emulator_over_cpp_2", "emulator_speedup_2", "cpp_speedup_2", "registers_speedup_2",
    "fastest_peer_over_emulator", "brian2_handwritten_over_emulator", "plastic_over_static", "brian2_over_handwritten",
    "lava_stock_over_fused", "lava_plastic_ms_per_step", "bytes_per_static_synapse", "bytes_per_plastic_synapse",
    "cold_over_before", "plastic_fastest_peer_over_emulator", "plastic_over_cpp", "prototype_ms_over_before",
    "one_network_speedup_2", "pair_over_cpp", "reward_over_cpp", "third_factor_over_frozen",
    *(f"{lesson}_{what}" for lesson in LESSONS for what in ("over_frozen", "fastest_peer_over_emulator")),
}  # fmt: skip


@pytest.fixture(scope="module")
def benchmark_modules():
    """Imports a module of benchmarks/, which is no package."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module
    sys.path.remove(str(FOLDER))
    for name in set(sys.modules) - before:
        if FOLDER in Path(getattr(sys.modules[name], "__file__", None) or "/").parents:
            del sys.modules[name]


@pytest.fixture
def quick_ratios(benchmark_modules, monkeypatch):
    """Ratios without the benchmarks of their own, which take minutes."""
    ratios, measured = benchmark_modules("ratios"), benchmark_modules("measured")

    def planted(quick):
        raise measured.NotMeasured("planted")

    monkeypatch.setattr(ratios, "ELSEWHERE", {name: planted for name in ratios.ELSEWHERE})
    return ratios


def turns(measured, **ms):
    return {name: measured.Measured(name, "none", 1, times) for name, times in ms.items()}


def test_a_ratio_is_the_median_over_the_turns_or_null_with_the_reason(benchmark_modules, quick_ratios):
    found = turns(benchmark_modules("measured"), emulator_1=[1.0, 9.0, 3.0], cpp_1=[2.0, 3.0, 4.0])
    values, reasons = quick_ratios.evaluated(quick_ratios.named(found, quick=True))
    assert set(values) == ASKED
    assert values["emulator_over_cpp_1"] == 0.75  # of 0.5, 3, 0.75
    assert {name for name, value in values.items() if value is None} == set(reasons)
    assert reasons["emulator_over_cpp_2"] == "emulator_2 did not run"
    assert reasons["fastest_peer_over_emulator"] == "no peer ran"
    assert set(quick_ratios.ELSEWHERE) == {name for name, reason in reasons.items() if reason == "planted"}


def test_the_fastest_peer_is_another_simulator_of_spikes(benchmark_modules, quick_ratios):
    slow, fast = [8.0, 8.0, 8.0], [4.0, 6.0, 5.0]
    found = turns(
        benchmark_modules("measured"), emulator_1=[1.0] * 3, emulator_2=[0.5] * 3,
        nest_1=slow, snntorch_2=fast, reservoirpy_1=[0.1] * 3, brian2_by_hand_1=[0.1] * 3,
    )  # fmt: skip
    assert quick_ratios.evaluated(quick_ratios.named(found, quick=True))[0]["fastest_peer_over_emulator"] == 10.0


def test_other_faults_of_a_measurement_are_raised(quick_ratios):
    with pytest.raises(ZeroDivisionError):
        quick_ratios.evaluated({"broken": lambda: 1 / 0})


def test_the_file_is_json_without_nan(benchmark_modules):
    run, measured = benchmark_modules("run"), benchmark_modules("measured")
    found = turns(measured, emulator_1=[1.0, 2.0])
    text = json.dumps(
        run.as_json(found, {"nest_1": "not installed"}, {"a": 0.5, "b": None}, {"b": "nest_1 did not run"}, [], True, 1.0),
        allow_nan=False,
    )  # fmt: skip
    read = json.loads(text)
    assert set(read) == {
        "ratios", "not_measured", "contenders", "missing", "scaling", "machine", "versions", "quick", "seconds",
    }  # fmt: skip
    assert read["ratios"] == {"a": 0.5, "b": None} and read["not_measured"] == {"b": "nest_1 did not run"}
    assert read["contenders"]["emulator_1"]["ms_per_sample"] == 1.5


def test_of_the_lessons_the_worst_counts_and_none_may_be_missing(benchmark_modules, quick_ratios):
    ms = {}
    for k, lesson in enumerate(LESSONS, 1):
        ms |= {f"{lesson}/emulator_1": [float(k)], f"{lesson}/frozen_1": [1.0], f"{lesson}/cpp_1": [2.0]}
        ms |= {f"{lesson}/nest_1": [50.0], f"{lesson}/nest_2": [40.0], f"{lesson}/bindsnet_1": [60.0]}
    found = turns(benchmark_modules("measured"), **ms)
    values, _ = quick_ratios.evaluated(quick_ratios.named(found, quick=True))
    assert values["plastic_over_cpp"] == values["reward_over_cpp"] == 1.0
    assert values["pair_fastest_peer_over_emulator"] == 40.0
    assert values["plastic_fastest_peer_over_emulator"] == values["prototype_fastest_peer_over_emulator"] == 10.0
    assert values["third_factor_over_frozen"] == 4.0
    for gone in ("nest_1", "nest_2", "bindsnet_1"):
        del found[f"delta/{gone}"]
    values, reasons = quick_ratios.evaluated(quick_ratios.named(found, quick=True))
    assert values["plastic_fastest_peer_over_emulator"] is None
    assert reasons["plastic_fastest_peer_over_emulator"] == "no peer of the lesson delta ran"


RULES = {
    "pair": STDP(a_plus=8.0, a_minus=6.0, impulse=32),
    "pair, slowly": STDP(a_plus=0.25, a_minus=1.0, tau_plus=5e-3, seed=9),
    "reward": RewardSTDP(rate=2.0**-6),
    "reward in every step": RewardSTDP(a_plus=2.0, decimate=0, tau_eligibility=20e-3, rate=2.0**-5, seed=4),
}


@pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")
@pytest.mark.parametrize("name", RULES)
def test_plain_cpp_learns_to_the_bit_as_the_reference_and_the_emulator(benchmark_modules, name):
    workload, plain = benchmark_modules("workload"), benchmark_modules("plain_learning")
    static, inputs = workload.program(n=60, fan_out=25, inputs=80, seed=8), workload.inputs(3, 40, 80, rate=0.25)
    recurrent, feed = static.projections
    program = replace(static, projections=(replace(recurrent, plasticity=RULES[name].lower(static.dt)), feed))
    graded, rows = None, 120
    if "reward" in name:
        program = replace(program, modulators=(Modulator("y2", 0, program.n),))
        graded = Graded.build(np.arange(rows), np.random.default_rng(2).integers(-128, 128, (rows, 1)), rows)
    found = plain.prepare(program, inputs, graded)()
    assert found.count.sum() > 300 and (found.weight != recurrent.weight).mean() > 0.3
    for kind in (ReferenceSimulator, EmulatorSimulator):
        with kind(program) as simulator:
            spikes = simulator.run(inputs, graded=graded).counts()[:, 0]
            memory = simulator.state.plastic[0]
        assert np.array_equal(found.count, spikes)
        assert np.array_equal(found.weight, memory.weight) and np.array_equal(found.tag, memory.tag1)


def test_plain_cpp_refuses_rules_that_it_does_not_know(benchmark_modules):
    workload, plain = benchmark_modules("workload"), benchmark_modules("plain_learning")
    static = workload.program(n=20, fan_out=5, inputs=10)
    recurrent, feed = static.projections
    with pytest.warns(RuleRounded):
        rule = STDP(multiplicative=True).lower(static.dt)
    with pytest.raises(SystemExit, match="does not know"):
        plain.prepare(
            replace(static, projections=(replace(recurrent, plasticity=rule), feed)), workload.inputs(1, 5, 10)
        )


@pytest.mark.parametrize("lesson", ["delta", "prototype"])
def test_readouts_of_the_peers_learn(benchmark_modules, monkeypatch, lesson):
    """Else they would be fast for nothing."""
    monkeypatch.syspath_prepend(str(FOLDER / "peers"))
    readouts = benchmark_modules("readouts")
    rng = np.random.default_rng(3)
    pattern, labels = rng.integers(0, 6, (10, 60)), rng.integers(0, 10, 400)
    counted = np.maximum(pattern[labels] + rng.integers(-1, 2, (400, 60)), 0)
    work = SimpleNamespace(lesson=lesson, classes=10, prototypes=30, labels=labels)
    monkeypatch.setattr(readouts, "RATE", 5e-3)  # for 60 counters instead of 3,000
    assert readouts.learner(work)(counted) > 320


def test_counts_of_windows(benchmark_modules, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER / "peers"))
    work = SimpleNamespace(n=4, windows=3, steps=100)
    sample, step, unit = np.array([0, 0, 1, 1]), np.array([0, 99, 34, 33]), np.array([2, 3, 0, 0])
    found = benchmark_modules("readouts").counts(work, 2, sample, step, unit)
    assert found.shape == (2, 12) and {tuple(x) for x in np.argwhere(found)} == {(0, 2), (0, 11), (1, 4), (1, 0)}
