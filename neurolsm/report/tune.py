"""The page of ``neurolsm tune``."""

from __future__ import annotations

from neurolsm.measure.search.tune import Search
from neurolsm.plot.trials import trials
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, code, paragraph, plain, table
from neurolsm.report.picture import picture
from neurolsm.tasks.model import Model


def tune_page(model: Model, found: Search, best: str | None, about: About) -> Page:
    """What a search came to.

    Args:
        model: what was searched.
        found: the search.
        best: the command that runs the best setting; None where every setting was refused.
        about: of the command.
    """
    return Page(
        f"Settings of {found.model}",
        verdict(found),
        (
            Section("Over the trials", _drawn(found)),
            Section("What each setting does", _settings(found)),
            Section("The best", "" if best is None else code(best)),
            Section("Every trial", table(*_every(found))),
            *about.sections(model, 1),
        ),
    )


def verdict(found: Search) -> str:
    """In one line: the best value and what it was measured on."""
    where = f"{len(found.trials)} trials on inner splits of {found.train:,} + {found.validation:,} samples; the test part was not touched"
    if found.value is None:
        return f"Every setting was refused: {where}."
    return f"{found.metric} {found.value:.4g} on validation data, seed {found.seed}: {where}."


def _valued(found: Search) -> list[tuple[int, float]]:
    return [(one["number"], one["value"]) for one in found.trials if one["value"] is not None]


def _drawn(found: Search) -> str:
    valued = _valued(found)
    if not valued:
        return paragraph("No trial has a value.")
    said = "A dot per trial, and the best value so far as a line. It is the best of many, so it flatters: the test part says what it is worth."
    return picture(lambda ax: trials(valued, plain(found.metric), ax=ax), (5.2, 3.4), "trials", said)


def _settings(found: Search) -> str:
    """A picture per parameter that is a number: value against metric."""
    drawn = []
    names = dict.fromkeys(name for one in found.trials for name in one["params"])
    for place, name in enumerate(names):
        pairs = [
            (one["params"][name], one["value"])
            for one in found.trials
            if name in one["params"] and one["value"] is not None
        ]
        if len(pairs) > 1 and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x, _ in pairs):
            shown = [(float(x), float(y)) for x, y in pairs]
            drawn.append(_over(plain(name), plain(found.metric), shown, f"p{place}"))
    return "".join(drawn) or paragraph("No parameter is a number, or there are too few trials.")


def _over(name: str, metric: str, pairs: list[tuple[float, float]], key: str) -> str:
    said = f"A dot per trial: {name} and what it came to."
    return picture(lambda ax: trials(pairs, metric, name, ax=ax), (5.2, 2.6), key, said)


def _every(found: Search) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    names = list(dict.fromkeys(name for one in found.trials for name in one["params"]))
    rows = [
        (
            one["number"],
            "" if one["value"] is None else f"{one['value']:.4g}",
            one["state"],
            *(_short(one["params"].get(name, "")) for name in names),
        )
        for one in found.trials
    ]
    return ("trial", found.metric, "state", *names), rows


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
