"""``neurolsm report``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolsm.cli.output import check_json, print_table, write_json
from neurolsm.cli.subject import subject
from neurolsm.hardware.limits import CORE, get_chip
from neurolsm.hardware.resources import Resources, resources

MOST_CORES = 12  # that are shown; the JSON has all


def report_command(name: str, *, target: str, seed: int, chips: int, json: Path | None) -> None:
    check_json(json)
    get_chip(target)
    source = subject(name, seed=seed, target=target)
    found, _ = resources(source.lsm or source.program, target, chips=chips)
    print_resources(name, found)
    result: dict[str, Any] = {"model": name, "seed": seed, **found.to_dict()}
    write_json(json, result)


def print_resources(name: str, found: Resources) -> None:
    """The report as tables."""
    print(
        f"{name} on {found.target}: {found.neurons:,} neurons, {found.inputs:,} input channels, {found.synapses:,} synapses "
        f"({found.plastic_synapses:,} plastic)"
    )
    counted = f"{found.cores_with_indices:,}" if found.cores_with_indices else "does not fit"
    print(
        f"{_many(found.cores, 'core')} on {_many(found.chips, 'chip')}; {_words(found.binding)} binds. By hand, one byte a "
        f"synapse: {found.by_hand[1]:.2f} cores' worth of synaptic memory. With an index in each synapse: {counted}\n"
    )
    rows = [("limit", "used", "available", "fullest core", "of", "confidence")]
    for limit in CORE:
        used, fullest = found.total[limit], found.fullest[limit]
        trust = found.limits[limit]["confidence"]
        rows.append((_words(limit), *(f"{x:,}" for x in (*used, *fullest)), trust))
    rows.append(
        ("delay, steps", *(f"{x:,}" for x in (*found.delay, *found.delay)), found.limits["delay"]["confidence"])
    )
    print_table(rows)
    print(
        f"\nfan-in up to {found.fan_in:,}, fan-out up to {found.fan_out:,} (bounded by memory and axons alone); in the whole "
        f"program {_many(found.neuron_configurations, 'neuron configuration')}, {_many(found.thresholds, 'threshold')}, "
        f"{found.trace_profiles[0]} + {found.trace_profiles[1]} trace profiles\n"
    )
    _print_cores(found)
    print()
    print_table([("projection", "synapses", "bits each", "coding (cores)")] + [
        (c.name + (" (plastic)" if c.plastic else ""), f"{c.synapses:,}", str(c.bits),
         ", ".join(f"{k} ({v})" for k, v in c.coding.items())) for c in found.connections
    ])  # fmt: skip
    if found.other_maps:
        print()
        memory = f"{found.total['synaptic_memory'][0]:,}"
        print_table([("with another input map", "cores", "synapses", "synaptic memory, bits", "binds"),
                     ("as it is", f"{found.cores:,}", f"{found.synapses:,}", memory, _words(found.binding))] + [
            (m.name, f"{m.cores:,}", f"{m.synapses:,}", f"{m.synaptic_memory:,}", _words(m.binding)) if m.cores
            else (m.name, "refused", "", "", m.refused) for m in found.other_maps
        ])  # fmt: skip
    print()
    for note in found.notes:
        print(f"note: {note}")


def _print_cores(found: Resources) -> None:
    shown = [limit for limit in CORE if found.fullest[limit][0]]
    rows = [("core", *(_words(limit) for limit in shown))]
    for k, core in enumerate(found.per_core[:MOST_CORES]):
        rows.append((str(k), *(f"{core[limit][0]:,}/{core[limit][1]:,}" for limit in shown)))
    print_table(rows)
    if found.cores > MOST_CORES:
        print(f"... and {found.cores - MOST_CORES:,} more: see --json")


def _words(limit: str) -> str:
    return limit.replace("_", " ")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
