"""What a shell offers when the tabulator is pressed."""

from __future__ import annotations

from collections.abc import Iterable

SCENARIOS = ("classes", "drift", "sample", "reward", "scratch", "tasks", "unlabelled", "every", "tenth", "none", "late")


def models(incomplete: str) -> list[str]:
    """Installed models."""
    from neurolsm.tasks.model import names

    return _beginning(names(), incomplete)


def backends(incomplete: str) -> list[str]:
    """Installed backends; after a comma, one more that is not named yet."""
    from neurolsm.execute.backend import names

    before, comma, last = incomplete.rpartition(",")
    left = [name for name in names() if name not in before.split(",")]
    return [before + comma + name for name in _beginning(left, last)]


def targets(incomplete: str) -> list[str]:
    """Chips."""
    from neurolsm.hardware.limits import CHIPS

    return _beginning(CHIPS, incomplete)


def arithmetics(incomplete: str) -> list[str]:
    """Kinds of arithmetic."""
    return _beginning(("loihi", "float"), incomplete)


def scenarios(incomplete: str) -> list[str]:
    """Scenarios of models; tasks have their own."""
    return _beginning(SCENARIOS, incomplete)


def _beginning(names: Iterable[str], start: str) -> list[str]:
    return [name for name in names if name.startswith(start)]
