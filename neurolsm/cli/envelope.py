"""One form for the JSON of every command: what ran on what, and the keys of the command itself (``docs/reference/json.md``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from neurolsm.execute.versions import versions

SCHEMA = Path(__file__).with_name("envelope.schema.json")
COMMON = ("command", "options", "versions", "seeds", "samples", "program", "values", "seconds")
KEPT = "report_"  # goes before a key of a task's report that is named like one of these and is something else


def envelope(
    command: str,
    options: dict[str, Any],
    result: dict[str, Any],
    *,
    seeds: int | None,
    samples: int | None,
    program: str | None,
    values: Iterable[float | None] | None,
    seconds: float,
) -> dict[str, Any]:
    """The keys that all commands share, then those of the result.

    Args:
        command: its name.
        options: all of them, as given or as resolved.
        result: what the command has to say; a key of its own that is named like a shared one gives way to it.
        seeds: how many seeds of the liquid the result is over; None where a program was given.
        samples: that were used; None where there were none.
        program: SHA-256 of the program that ran; None where it is not one.
        values: of the metric, one per split, per seed or per trial; None for commands that measure something else.
        seconds: of everything.
    """
    filled = {
        key: given if given is not None else {"samples": samples, "seeds": seeds, "splits": result.get("splits")}.get(key)
        for key, given in options.items()
    }  # fmt: skip
    if options.get("folds") is not None:
        filled["splits"] = None
    common: dict[str, Any] = {
        "command": command, "options": filled, "versions": result.get("versions") or versions(), "seeds": seeds,
        "samples": samples, "program": program, "values": None if values is None else list(values), "seconds": seconds,
    }  # fmt: skip
    return common | {key: value for key, value in result.items() if key not in common}


def of_report(command: str, options: dict[str, Any], report: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The same from the values of a task's report, which may bring its own counts and hash along."""
    fits: dict[str, Callable[[Any], bool]] = {
        "seeds": _count, "samples": _count, "values": _numbers, "seconds": _number,
        "versions": lambda found: isinstance(found, dict),
    }  # fmt: skip
    found = {key: value for key, value in report.items() if key in fits and fits[key](value)}
    kept = {KEPT + key if key in COMMON and key not in found else key: value for key, value in report.items()}
    one = [report["value"]] if _number(report.get("value")) else None
    sha = report.get("program_sha256")
    return envelope(
        command, options, kept, seeds=found.get("seeds", 1), samples=found.get("samples", options.get("samples")),
        program=sha if isinstance(sha, str) and re.fullmatch("[0-9a-f]{64}", sha) else None,
        values=found.get("values", one), seconds=found.get("seconds", seconds),
    )  # fmt: skip


def resolved(call: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options that ``call`` takes; where one was left out, which is None, the default that it has there."""
    declared = signature(call).parameters
    return {
        name: declared[name].default if given is None and declared[name].default is not Parameter.empty else given
        for name, given in options.items()
        if name in declared
    }


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _numbers(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(one is None or _number(one) for one in value)
