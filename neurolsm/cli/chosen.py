"""What a command is given: a model or a task by its name, with the settings of ``--set``."""

from __future__ import annotations

from collections.abc import Sequence

from neurolsm.tasks import model
from neurolsm.tasks.settings import with_settings
from neurolsm.tasks.task import Task


def choose(name: str, settings: Sequence[str] = ()) -> model.Model | Task:
    """The model or the task of that name, ``FILE.py:NAME`` or ``package.module:NAME``, with the settings ``NAME=VALUE``.

    Raises:
        NotAvailable: unknown, or it cannot be imported.
        InvalidValue: a setting that it does not have, or a value outside its range.
    """
    return with_settings(model.get(name), settings)
