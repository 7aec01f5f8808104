"""``neurolsm report``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neurolsm.cli.envelope import envelope
from neurolsm.cli.output import STANDARD_OUTPUT, check_json, deliver, print_table, to_json
from neurolsm.cli.subject import subject
from neurolsm.cli.terminal import say
from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.files.results import check_apart
from neurolsm.hardware.energy import Estimate, estimate
from neurolsm.hardware.events import Events, count_events
from neurolsm.hardware.limits import CORE, get_chip
from neurolsm.hardware.resources import Resources, resources
from neurolsm.measure.instruments.neurobench import NeuroBench, neurobench
from neurolsm.report.about import About
from neurolsm.tasks.own import file_of

MOST_CORES = 12  # that are shown; the JSON has all
Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def report_command(
    name: str,
    *,
    settings: list[str],
    target: str,
    seed: int,
    chips: int,
    samples: int | None,
    json: Path | None,
    html: Path | None,
) -> None:
    start = time.perf_counter()
    check_apart(
        {"--json": None if json == STANDARD_OUTPUT else json, "--html": html}, {"MODEL": file_of(name) or Path(name)}
    )
    check_json(json)
    check_json(html, "--html")
    get_chip(target)
    source = subject(name, seed=seed, target=target, samples=samples, settings=settings)
    found, placement = resources(source.lsm or source.program, target, chips=chips)
    shows: list[Callable[[], None]] = [lambda: print_resources(name, found)]
    counted: list[tuple[str, Table]] = []
    result: dict[str, Any] = {"model": name, "seed": seed, **found.to_dict()}
    inputs = None if samples is None else source.inputs  # a task brings some unasked
    if samples is not None and inputs is None:
        refuse("report", "samples", samples, "a saved program has no samples", "Name a model, or leave it out")
    try:
        if inputs is not None:
            events = count_events(source.program, placement, inputs)
            guess = estimate(events, placement, source.program.dt)
            with open_simulator(source.program) as simulator:
                metrics = neurobench(source.program, inputs, simulator.run(inputs, learn=False))
            shows += [lambda: print_events(events, guess, found.target), lambda: print_metrics(metrics)]
            counted = [("Events per sample", event_table(events)), ("NeuroBench", metric_table(metrics))]
            if guess is not None:
                counted.insert(
                    1, ("Energy per sample: a model from these counts, not a measurement", energy_table(guess))
                )
            result |= {
                "events": events.totals(), "energy": guess.to_dict() if guess else None, "neurobench": metrics.to_dict()
            }  # fmt: skip
    finally:  # where it lies on the chip is a result, whatever becomes of the counts
        given = {"model": name, "set": settings, "target": target, "seed": seed, "chips": chips, "samples": samples}
        whole = envelope(
            "report", given, result, seeds=None if source.saved else 1, samples=None if inputs is None else len(inputs),
            program=source.program.sha256, values=None, seconds=time.perf_counter() - start,
        )  # fmt: skip
        pages = []
        if html is not None:
            from neurolsm.report.resources import resources_page

            about = About("report", given, to_json(whole), whole["versions"])
            pages.append(lambda: resources_page(source.model, name, found, counted, about).write(html))
        deliver(json, whole, lambda: [show() for show in shows], pages)


def print_resources(name: str, found: Resources) -> None:
    """The report as tables."""
    say(
        f"{name} on {found.target}: {found.neurons:,} neurons, {found.inputs:,} input channels, {found.synapses:,} synapses "
        f"({found.plastic_synapses:,} plastic)"
    )
    counted = f"{found.cores_with_indices:,}" if found.cores_with_indices else "does not fit"
    say(
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
    say(
        f"\nfan-in up to {found.fan_in:,}, fan-out up to {found.fan_out:,} (bounded by memory and axons alone); in the whole "
        f"program {_many(found.neuron_configurations, 'neuron configuration')}, {_many(found.thresholds, 'threshold')}, "
        f"{found.trace_profiles[0]} + {found.trace_profiles[1]} trace profiles\n"
    )
    _print_cores(found)
    say()
    print_table([("projection", "synapses", "bits each", "coding (cores)")] + [
        (c.name + (" (plastic)" if c.plastic else ""), f"{c.synapses:,}", str(c.bits),
         ", ".join(f"{k} ({v})" for k, v in c.coding.items())) for c in found.connections
    ])  # fmt: skip
    if found.other_maps:
        say()
        memory = f"{found.total['synaptic_memory'][0]:,}"
        print_table([("with another input map", "cores", "synapses", "synaptic memory, bits", "binds"),
                     ("as it is", f"{found.cores:,}", f"{found.synapses:,}", memory, _words(found.binding))] + [
            (m.name, f"{m.cores:,}", f"{m.synapses:,}", f"{m.synaptic_memory:,}", _words(m.binding)) if m.cores
            else (m.name, "refused", "", "", m.refused) for m in found.other_maps
        ])  # fmt: skip
    say()
    for note in found.notes:
        say(f"note: {note}")


def event_table(events: Events) -> Table:
    """The events per sample."""
    shown = {
        "synops": "synaptic operations", "active": "neuron updates, active", "inactive": "neuron updates, at rest",
        "plastic": "plastic updates", "spikes": "spikes", "input_spikes": "input spikes",
        "within": "messages within a core", "across": "messages across cores", "outside": "messages from outside",
    }  # fmt: skip
    totals, samples = events.totals(), max(events.samples, 1)
    return ("event", "per sample"), [(what, f"{totals[name] / samples:,.1f}") for name, what in shown.items()]


def energy_table(guess: Estimate) -> Table:
    """What a model makes of the events, in nJ per sample."""
    low, high = (guess.dynamic[source] for source in guess.sources)
    rows = [(what, f"{1e9 * low[what]:,.2f}", f"{1e9 * high[what]:,.2f}") for what in low]
    return ("nJ", "pre-silicon, 0.75 V", "fitted to boards"), rows


def metric_table(found: NeuroBench) -> Table:
    """NeuroBench's complexity metrics."""
    return ("metric", "found"), [
        ("footprint, bytes", f"{found.footprint:,}"),
        ("footprint of dense float32 weights, bytes", f"{found.dense_footprint:,}"),
        ("connection sparsity", f"{found.connection_sparsity:.4f}"),
        ("activation sparsity", f"{found.activation_sparsity:.4f}"),
        ("effective accumulates per sample", f"{found.effective_acs:,.1f}"),
        ("effective multiply-accumulates per sample", f"{found.effective_macs:g}"),
        ("dense operations per sample", f"{found.dense:,.0f}"),
    ]


def print_events(events: Events, guess: Estimate | None, target: str) -> None:
    """The events of a sample, and what the model makes of them."""
    steps = events.steps / max(events.samples, 1)
    say(f"\nevents of a sample, counted over {_many(events.samples, 'sample')} of {steps:,.0f} steps")
    print_table(event_table(events)[1])
    if guess is None:
        say(f"No energy of an event of {target} is public, so there are counts alone. --target loihi1 has a model.")
        return
    say("\nenergy of a sample: a MODEL from these counts, not a measurement")
    head, parts = energy_table(guess)
    print_table([head, *parts])
    say(
        f"dynamic {_range(guess.dynamic_joule, 1e6)} uJ; as fast as it can: {_range(guess.fast_second, 1e3)} ms, "
        f"{_range(guess.fast_joule, 1e6)} uJ with static power; in real time: {1e3 * guess.real_second:,.4g} ms, "
        f"{_range(guess.real_joule, 1e6)} uJ"
    )
    for line in (*guess.assumptions, *(f"source: {source}" for source in guess.sources)):
        say(f"note: {line}")


def print_metrics(found: NeuroBench) -> None:
    """NeuroBench's complexity metrics."""
    say(
        f"\nNeuroBench: footprint {found.footprint:,} bytes (dense float32 weights: {found.dense_footprint:,}), connection "
        f"sparsity {found.connection_sparsity:.4f}, activation sparsity {found.activation_sparsity:.4f}, effective ACs "
        f"{found.effective_acs:,.1f}, MACs {found.effective_macs:g}, dense {found.dense:,.0f} a sample"
    )


def _range(pair: tuple[float, float], scale: float) -> str:
    return f"{pair[0] * scale:,.4g} to {pair[1] * scale:,.4g}"


def _print_cores(found: Resources) -> None:
    shown = [limit for limit in CORE if found.fullest[limit][0]]
    rows = [("core", *(_words(limit) for limit in shown))]
    for k, core in enumerate(found.per_core[:MOST_CORES]):
        rows.append((str(k), *(f"{core[limit][0]:,}/{core[limit][1]:,}" for limit in shown)))
    print_table(rows)
    if found.cores > MOST_CORES:
        say(f"... and {found.cores - MOST_CORES:,} more: see --json")


def _words(limit: str) -> str:
    return limit.replace("_", " ")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
