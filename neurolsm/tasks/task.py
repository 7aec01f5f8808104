"""Tasks: models that are not a data set with labels, such as a robot in a world or a text. They bring their own protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from neurolsm.errors import InvalidValue, NeuroLSMError, NotAvailable
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.scores import Picture, Scores


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a run of a task came to, as it is shown and as it is written.

    Attributes:
        title: one line above the table: what ran where.
        rows: a table, its first row the heads of the columns; all rows have one length.
        notes: lines below the table.
        values: JSON values, everything a machine should know.
        seeds: what was drawn from which seed, in a sentence or two.
        scores: the figures next to what they are held against; pages and ``--plot`` show them.
        pictures: of its own; the first of them is what ``--plot`` draws.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    values: dict[str, Any]
    notes: tuple[str, ...] = field(default=())
    seeds: str = ""
    scores: tuple[Scores, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return self.values


class NotDrawn(NeuroLSMError):
    """A picture of a report could not be drawn or written; the cause says why.

    Attributes:
        report: whole, for a picture is no reason to lose a result.
    """

    def __init__(self, why: str, report: Report) -> None:
        super().__init__(why)
        self.report = report


def drawn(report: Report, *pictures: Callable[[], object]) -> Report:
    """The report, once each of the calls has written its picture.

    Raises:
        NotDrawn: one of them failed, or was interrupted; it brings the report.
    """
    failed: list[BaseException] = []
    for draw in pictures:
        try:
            draw()
        except Exception as error:
            failed.append(error)
        except KeyboardInterrupt as end:
            failed.insert(0, end)
            break
    if failed:
        raise NotDrawn(str(failed[0]), report) from failed[0]
    return report


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task that runs its own protocol; found by name like the models, in the same entry-point group.

    The keyword arguments that ``run``, ``learn`` and ``compare`` declare are the options of the command line that the task
    takes; any other option is refused by name. ``--json``, ``--html`` and ``--plot`` need no such argument: they are made from the
    report.

    Args:
        name: as typed on the command line.
        summary: what it does, in one sentence.
        metric: what its main figure measures, such as ``success``.
        run: ``neurolsm run``; it may declare backend, samples, seed, splits, split_seed, controls, target, arithmetic, plot,
            video, text.
        learn: ``neurolsm learn``, called with ``scenario`` and what it declares of backend, samples, seeds, plot, video, text.
        scenarios: what ``learn`` knows.
        generate: ``neurolsm generate``: what the model writes, piece by piece; None where it writes nothing.
        compare: ``neurolsm compare``: a program and inputs for it; it may declare samples, seed, target, arithmetic.
    """

    name: str
    summary: str
    metric: str
    run: Callable[..., Report]
    learn: Callable[..., Report]
    scenarios: tuple[str, ...]
    compare: Callable[..., tuple[Program, Spikes]]
    generate: Callable[..., Iterator[str]] | None = None

    def check_scenario(self, scenario: str) -> None:
        """Refuse a scenario that the task does not know."""
        if scenario not in self.scenarios:
            known = ", ".join(self.scenarios)
            raise NotAvailable(f"scenario {scenario!r} is unknown to {self.name}. Choose one of {known}")


def taken(name: str, call: Callable[..., Any], options: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The options that ``call`` declares, without those that were left out.

    Args:
        name: of the model, for the message.
        call: what will be called with them.
        options: by name; None means left out.
        defaults: values that mean nothing to a call that does not declare them.

    Raises:
        InvalidValue: an option with a value of its own that ``call`` does not declare.
    """
    declared = signature(call).parameters
    given = {key: value for key, value in options.items() if value is not None}
    for key, value in given.items():
        if key not in declared and value != defaults.get(key, False):
            raise InvalidValue(f"--{key.replace('_', '-')} {value}: means nothing to {name}. Leave it out")
    return {key: value for key, value in given.items() if key in declared}
