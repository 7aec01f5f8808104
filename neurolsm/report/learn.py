"""The page of ``neurolsm learn``."""

from __future__ import annotations

from neurolsm.measure.scenarios.result import LearningResult
from neurolsm.plot.controls import height, with_controls
from neurolsm.plot.learning import learning_curve
from neurolsm.plot.style import RED
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.report.seen import seen
from neurolsm.tasks.model import Model


def learn_page(model: Model, found: LearningResult, about: About) -> Page:
    """What learning on the backend came to, next to what it is held against.

    Args:
        model: what learned.
        found: the result over its seeds.
        about: of the command.
    """
    said = "Of seed 1, before it learned."
    return Page(
        f"{found.model} learns: {found.scenario} on {found.backend}",
        verdict(found),
        (
            Section("Result", _figure(found)),
            Section("Table", _table(found)),
            Section("Over the stream", _curve(found)),
            Section("What learned", paragraph(found.rule) + _took(found) + _seeds(found)),
            *seen(model, seed=1, backend=found.backend, samples=about.options.get("samples"), split_seed=1, said=said),
            *about.sections(model),
        ),
    )


def verdict(found: LearningResult) -> str:
    """What the scenario says, in one line: adapted, between what never learns and what learns everything again."""
    spread = "" if found.adapted_sd is None else f" ± {100 * found.adapted_sd:.2f}"
    over = f"over {found.seeds} seeds" if found.seeds > 1 else "with one seed"
    said = (
        f"adapted {100 * found.adapted:.2f}{spread} % {over}; frozen {100 * found.frozen:.2f} %, "
        f"host refit on the same data {100 * found.host_refit:.2f} %"
    )
    if not found.controls:
        return f"{said}."
    name, best = max(found.controls.items(), key=lambda one: one[1])
    where = "above" if found.adapted > best else "below" if found.adapted < best else "level with"
    return f"{said}: {where} the best control, which is '{name}' with {100 * best:.2f} %."


def _levels(found: LearningResult) -> dict[str, float]:
    return {
        "before": found.before,
        "frozen": found.frozen,
        "host refit on the same data": found.host_refit,
        **found.controls,
    }


def _figure(found: LearningResult) -> str:
    rows = {"adapted": [100 * one for one in found.each]}
    rows |= {
        plain(name): [100 * one for one in found.controls_each.get(name) or [level]]
        for name, level in _levels(found).items()
    }
    said = "Each dot is a seed; a diamond is the mean, with one standard deviation where it is known of each seed."
    return picture(lambda ax: with_controls(rows, "accuracy, %", ax, color=RED), (5.2, height(rows)), "result", said)


def _table(found: LearningResult) -> str:
    head = ("percent", f"mean of {found.seeds} seeds" if found.seeds > 1 else "one seed")
    note = '<p class="note">Standard deviation over seeds (n - 1); a number is what is no share.</p>'
    return table(head, found.rows, marked=0) + note


def _curve(found: LearningResult) -> str:
    if not found.curve:
        return paragraph("The stream has fewer than 50 samples: too few for a curve.")
    said = f"Accuracy while learning, each sample tested before it is learned, the mean of {found.seeds} seeds over 50 samples."
    return picture(lambda ax: learning_curve(found, ax), (5.2, 5), "curve", said)


def _seeds(found: LearningResult) -> str:
    rows = [(str(seed), f"{100 * value:.2f}") for seed, value in enumerate(found.each, 1)]
    return table(("seed", "adapted, %"), rows)


def _took(found: LearningResult) -> str:
    rows = [
        ("samples", f"{found.samples:,}"),
        ("updates per seed", f"{found.updates:,}"),
        ("time in all", f"{found.seconds:.0f} s"),
    ]
    return table(("what", "found"), rows)
