"""Cost of an event from 10^5 to 10^8 synapses at about equal activity, and bytes per synapse, static and plastic.

The network of desk_chip.py at growing size, one sample on one core; lower, build, warm up, time. The time per event includes
the update of all neurons. Stops with a word at the first size that memory does not hold.

Run:  python benchmarks/decades.py [largest number of synapses, default 10000000]
"""

from __future__ import annotations

import sys

import desk_chip
import workload

from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import NeuroLSMError


def measure(largest: float = 1e7, steps: int = 100) -> list[dict[str, float]]:
    """One row a decade."""
    rows = []
    size = 1e5
    while size <= largest:
        rows.append(desk_chip.measure(max(200, round(size / 119)), steps))
        size *= 10
    return rows


def plastic_bytes(neurons: int = 2000) -> dict[str, float]:
    """Bytes per synapse of the emulator: the workload, and the same with STDP on every recurrent synapse."""
    static = workload.program(neurons)
    plastic = workload.plastic(static)
    recurrent, feed = static.projections
    shared = EmulatorSimulator(static).table_bytes * feed.size / static.synapses
    return {
        "bytes_per_static_synapse": EmulatorSimulator(static).table_bytes / static.synapses,
        "bytes_per_plastic_synapse": (EmulatorSimulator(plastic).table_bytes - shared) / recurrent.size,
    }


if __name__ == "__main__":
    try:
        print("synapses     activity  ns per event  steps per second  program B  emulator B per synapse")
        for row in measure(float(sys.argv[1]) if len(sys.argv) > 1 else 1e7):
            print(
                f"{row['synapses']:>11,.0f}  {row['activity']:8.4f}  {row['ns_an_event']:11.2f}  {row['steps_per_s']:14,.1f}"
                f"  {row['program_bytes_a_synapse']:9.2f}  {row['emulator_bytes_a_synapse']:9.2f}"
            )
        for neurons in (1_000, 20_000):
            for name, value in plastic_bytes(neurons).items():
                print(f"{neurons:>7,} neurons: {name} {value:.2f}")
    except NeuroLSMError as error:
        print(f"decades: {error}", file=sys.stderr)
        sys.exit(2)
