"""Models: one task each, as data; found by name through the entry-point group ``neurolsm.models``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

from neurolsm.describe.lsm import LSM
from neurolsm.encode.encoder import Encoder
from neurolsm.errors import NotAvailable
from neurolsm.tasks.data import Data
from neurolsm.tasks.own import is_own, load_own, not_imported
from neurolsm.tasks.space import OneOf, Range, Space
from neurolsm.tasks.task import Task

if TYPE_CHECKING:
    from neurolsm.measure.scenarios.changes import Change
    from neurolsm.readout.features import Features

__all__ = ["Control", "Data", "Model", "OneOf", "Range", "Space", "get", "names"]

GROUP = "neurolsm.models"


@dataclass(frozen=True, eq=False)
class Control:
    """What the task is like without the liquid: any scikit-learn estimator on the same samples.

    Attributes:
        name: what it is, in a few words.
        estimator: unfitted.
    """

    name: str
    estimator: Any


@dataclass(frozen=True, kw_only=True)
class Model:
    """One task and the Liquid State Machine for it.

    Args:
        name: as typed on the command line.
        summary: what it does, in one sentence.
        load: gives the data; raises NotAvailable, with the remedy, where they are missing.
        lsm: the description of a seed; its ``inputs`` are the channels of the encoder.
        encoder: samples to spikes.
        features: what the readout sees.
        readout: a new, unfitted scikit-learn estimator.
        metric: name of a scikit-learn scorer, such as ``accuracy`` or ``r2``.
        splits: random splits in the standard evaluation; 1 where the data have a test set.
        controls: more that its figures are to be held against than the readout without the liquid and random layers.
        chip_readout: scenario, number of labels, number of training samples -> the on-chip readout.
        check: raises NotAvailable, with the remedy, where the data are missing, and takes no time; None: ``load`` alone knows.
        space: settings that ``neurolsm tune`` may try; None: it is not to be searched.
        changes: what may happen to its surroundings; None for those that its samples allow (``neurolsm.measure.scenarios.changes``).
        sensor_changes: samples that tell the range of the values -> what may happen to its sensors in the scenario ``unlabelled``; None
            for ``neurolsm.measure.scenarios.changes.sensor_changes``.
    """

    name: str
    summary: str
    load: Callable[[], Data]
    lsm: Callable[[int], LSM]
    encoder: Encoder
    features: Features
    readout: Callable[[], Any]
    metric: str = "accuracy"
    splits: int = 10
    controls: Callable[[], tuple[Control, ...]] = tuple
    chip_readout: Callable[[str, int, int], Any] | None = None
    changes: Callable[[], tuple[Change, ...]] | None = None
    sensor_changes: Callable[[Any], tuple[Change, ...]] | None = None
    check: Callable[[], object] | None = None
    space: Space | None = None


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """Every model that is installed."""
    return sorted(_points())


def get(name: str) -> Model | Task:
    """The model or the task of that name: an installed one, or ``FILE.py:NAME`` or ``package.module:NAME``.

    Raises:
        NotAvailable: unknown, or it cannot be imported, or it is no model.
    """
    points = _points()
    if name not in points and is_own(name):
        return cast("Model | Task", load_own(name, (Model, Task)))
    if not points:
        raise NotAvailable(f'model {name!r} is not installed. Type: pip install "neurolsm[models]"')
    if name not in points:
        raise NotAvailable(f"model {name!r} is unknown. Installed are: {', '.join(sorted(points))}")
    try:
        model = points[name].load()
    except (Exception, SystemExit) as error:  # of a package that we do not know
        raise not_imported(name, error, "Install what its package needs") from error
    if not isinstance(model, (Model, Task)):
        raise NotAvailable(
            f"model {name!r}: its package names a {type(model).__name__}, not a Model or Task of neurolsm.tasks. "
            "Mend its package, or take it away"
        )
    return model
