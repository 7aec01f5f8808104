"""What ``benchmarks/run.py --json`` writes: every ratio a number, or null with the reason."""

import importlib
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
# Ratios that others read from the file; a name that is missing breaks them.
ASKED = {
    "emulator_over_cpp_1", "emulator_over_cpp_2", "emulator_speedup_2", "cpp_speedup_2", "registers_speedup_2",
    "fastest_peer_over_emulator", "brian2_handwritten_over_emulator", "plastic_over_static", "brian2_over_handwritten",
    "lava_stock_over_fused", "lava_plastic_ms_per_step", "bytes_per_static_synapse", "bytes_per_plastic_synapse",
    "cold_over_before", "plastic_fastest_peer_over_emulator", "plastic_over_cpp", "prototype_ms_over_before",
    "one_network_speedup_2",
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
