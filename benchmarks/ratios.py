"""The ratios of ``run.py``: a number, or the reason why there is none.

A ratio of two contenders is the median over the turns of the ratio of their times in one turn. A ratio that needs a benchmark of
its own is a function there that is given ``quick`` and returns the number (``ELSEWHERE``); it raises ``NotMeasured`` with the
reason if it cannot. No ratio is guessed.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import cold
import contenders
import learning
import one_network
import peers
import prototypes
import workload
from measured import Measured, NotMeasured, fastest, ratio

# Ratios that are measured by benchmarks of their own.
ELSEWHERE: dict[str, Callable[[bool], float]] = {
    "cold_over_before": cold.over_before,
    "prototype_ms_over_before": prototypes.over_before,
    "one_network_speedup_2": one_network.speedup,
}


def fastest_peer(found: dict[str, Measured]) -> str:
    """The other simulator of spikes that took least, at its best number of threads."""
    others = [
        f"{name}_{k}" for name, kind in peers.KINDS.items() for k in kind.threads if kind.spikes and not kind.ours
    ]
    return fastest(found, others, "no peer")


def _lava_step(found: dict[str, Measured]) -> float:
    if "lava_plastic" not in found:
        raise NotMeasured("lava_plastic did not run")
    return statistics.median(found["lava_plastic"].ms) / workload.STEPS


def named(found: dict[str, Measured], quick: bool) -> dict[str, Callable[[], float]]:
    """Every ratio of ``run.py``."""
    best = "emulator_2" if "emulator_2" in found else "emulator_1"
    return {
        "emulator_over_cpp_1": lambda: ratio(found, "emulator_1", "cpp_1"),
        "emulator_over_cpp_2": lambda: ratio(found, "emulator_2", "cpp_2"),
        "emulator_speedup_2": lambda: ratio(found, "emulator_1", "emulator_2"),
        "cpp_speedup_2": lambda: ratio(found, "cpp_1", "cpp_2"),
        "registers_speedup_2": lambda: ratio(found, "registers_1", "registers_2"),
        "fastest_peer_over_emulator": lambda: ratio(found, fastest_peer(found), best),
        "brian2_handwritten_over_emulator": lambda: ratio(found, "brian2_by_hand_1", "emulator_1"),
        "plastic_over_static": lambda: ratio(found, "emulator_plastic_1", "emulator_1"),
        "brian2_over_handwritten": lambda: ratio(found, "brian2_1", "brian2_by_hand_1"),
        "lava_stock_over_fused": lambda: ratio(found, "lava_stock", "lava_fused"),
        "lava_plastic_ms_per_step": lambda: _lava_step(found),
        **learning.named(found),
        **{name: lambda measure=measure: measure(quick) for name, measure in ELSEWHERE.items()},
        **{name: lambda value=value: value for name, value in contenders.bytes_per_synapse(workload.program()).items()},
    }


def evaluated(wanted: dict[str, Callable[[], float]]) -> tuple[dict[str, float | None], dict[str, str]]:
    """All ratios, None where one could not be measured, and the reasons for those."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name, measure in wanted.items():
        try:
            values[name] = measure()
        except NotMeasured as reason:
            values[name], reasons[name] = None, str(reason)
    return values, reasons
