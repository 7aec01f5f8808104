"""The page of ``neurolsm compare``."""

from __future__ import annotations

from neurolsm.execute.compare import Comparison
from neurolsm.plot.raster import overlay
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.shown import figures
from neurolsm.tasks.model import Model

NEURONS = 32  # few enough that each mark stands alone


def compare_page(model: Model | None, seed: int, verdict: str, found: Comparison, about: About) -> Page:
    """Whether backends agree, what each of them took, and their rasters on top of each other.

    Args:
        model: what ran; None for a task, which has no one description.
        seed: of the liquid.
        verdict: what the comparison says, in one sentence.
        found: the comparison.
        about: of the command.
    """
    times = [(one, figures(found.ms_per_sample[one]), figures(found.setup_seconds[one], 2)) for one in found.backends]
    return Page(
        f"{about.options['model']} on {', '.join(found.backends)}",
        verdict,
        (
            Section("Spikes", _overlay(found)),
            Section("First difference", _difference(found)),
            Section("Time", table(("backend", "ms per sample", "set-up, s"), times)),
            *about.sections(model, seed),
        ),
    )


def _overlay(found: Comparison) -> str:
    sample = 0 if found.first_divergence is None else found.first_divergence.sample
    neurons = next(iter(found.recordings.values())).spikes.units
    shown = min(NEURONS, neurons)
    runs = {plain(name): recording for name, recording in found.recordings.items()}
    said = (
        f"Sample {sample}, {shown} of {neurons:,} neurons: a ring for each backend, one inside the other, and a dot for the "
        "last. Where all agree, each mark is a full target."
    )
    return picture(lambda ax: overlay(runs, sample, units=slice(0, shown), ax=ax), (5.4, 4.6), "overlay", said)


def _difference(found: Comparison) -> str:
    largest = ("largest difference of final u and v", f"{found.largest_difference:.4g}")
    first = found.first_divergence
    if first is None:
        return paragraph("None.") + table(("what", "found"), [largest])
    rows = [
        ("backend", first.backend),
        ("sample", first.sample),
        ("step", first.step),
        ("neuron", first.neuron),
        ("variable", first.variable),
        (f"on {found.backends[0]}", f"{first.expected:g}"),
        (f"on {first.backend}", f"{first.got:g}"),
        largest,
    ]
    return table(("what", "found"), rows)
