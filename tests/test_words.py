"""What people read uses the field's terms: words that this project made up for itself do not come back (docs/reference/glossary.md)."""

import inspect
import re
from pathlib import Path

import pytest
import typer

import neurolsm as nl
from neurolsm.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("models/**/*.md"), *ROOT.glob("backends/*/README.md"),
    *ROOT.glob(".github/**/*.md"), *ROOT.glob(".github/**/*.yml"),
]  # fmt: skip
COUNTED = (
    "ms|us|ns|uJ|steps?|spikes?|events?|operations?|numbers?|bytes?|bits|draws?|neurons|synapses|channels?|counts?|rows?|weights?"
    "|workers?|threads?|samples|characters|thresholds|updates|seconds|evaluations?|entry|one|two|three"
)
UNIT = "sample|step|core|neuron|synapse|event|second|character|sentence|decision|seed|source|channel|pixel|projection|split|run"
OWN_WORDS = {
    "fused model": r"fused lea(f|ves)",
    "interface, or program": r"\bwaist\b",
    "next to, or with": r"\bbeside\b",
    "Desk, the process": r"\b(a|the) desk\b",
    "out-of-distribution sample": r"\bodd (one|digit|sample)s?\b",
    "per": rf"\b({COUNTED})\s+an? ({UNIT})\b(?! (is|needs|fires|of|that)\b)",
}


def found_in(text: str) -> list[str]:
    """The words of the list in a text, each with what to write instead."""
    return [
        f"{' '.join(hit.group().split())!r}: write {instead!r}"
        for instead, pattern in OWN_WORDS.items()
        for hit in re.finditer(pattern, text)
    ]


def helps(command, path="neurolsm"):
    """Every help text of a command, its options and its subcommands."""
    yield path, command.help or ""
    for parameter in command.params:
        yield f"{path} {parameter.name}", getattr(parameter, "help", None) or ""
    for name, inner in getattr(command, "commands", {}).items():
        yield from helps(inner, f"{path} {name}")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_pages(page):
    assert found_in(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_pages_that_the_sources_name_are_there():
    """Messages and comments send people to pages; who moves a page takes them along."""
    sources = [
        path
        for room in ("neurolsm", "backends", "models", "tests", "benchmarks")
        for path in (ROOT / room).rglob("*.py")
    ]
    named = {
        page: path
        for path in [*sources, *PAGES]
        for page in re.findall(r"docs/[\w/]+\.(?:md|png)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert {page: str(path.relative_to(ROOT)) for page, path in named.items() if not (ROOT / page).exists()} == {}


def test_help_texts():
    texts = dict(helps(typer.main.get_command(app)))
    assert len(texts) > 50
    assert {where: found_in(text) for where, text in texts.items() if found_in(text)} == {}


def test_docstrings_of_public_names():
    texts = {name: inspect.getdoc(getattr(nl, name)) or "" for name in nl.__all__ if name != "__version__"}
    assert {name: found_in(text) for name, text in texts.items() if found_in(text)} == {}


@pytest.mark.parametrize(
    "text",
    [
        "0.3 ms a sample",
        "22 spikes\na character",
        "one worker a core",
        "Lava's fused leaf",
        "beside its controls",
        "an odd sample",
    ],
)
def test_what_must_not_come_back_is_found(text):
    assert len(found_in(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "0.3 ms per sample",
        "in a step",
        "odd weights",
        "how many events a neuron needs",
        "benchmarks/desk_chip.py",
        "a second core",
    ],
)
def test_what_may_be_said_is_not_found(text):
    assert found_in(text) == []
