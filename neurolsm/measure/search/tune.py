"""Search for a better setting of a model, on validation data alone: what ``neurolsm tune`` does."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused, Interrupted, NeuroLSMError, refuse
from neurolsm.estimators import LSMClassifier, LSMRegressor
from neurolsm.execute.workers import Workers, check_workers, each_result
from neurolsm.measure.evaluation.evaluate import evaluate
from neurolsm.shown import shown
from neurolsm.tasks.model import Data, Model, OneOf, Range, Space

INNER = 3  # random splits of the training part, where there are no groups
MOST_TRIALS, MOST_TOGETHER = 100_000, 1000


@shown(
    model="model", metric="metric", value="value", best="best", train="train", validation="validation", seed="seed", split="split",
)  # fmt: skip
@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search came to.

    Attributes:
        model, seed, split: what was searched, with which seed of everything, in the training part of which split.
        metric: of the values.
        train, validation: samples in each part of an inner split.
        best: parameters of the best trial; empty where none succeeded.
        value: its mean over the inner splits; None where none succeeded.
        trials: number, parameters, value and state of each.
        seconds: of this call; trials that were there already took none.
    """

    model: str
    seed: int
    split: int
    metric: str
    train: int
    validation: int
    best: dict[str, Any]
    value: float | None
    trials: tuple[dict[str, Any], ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def tune_model(
    model: Model,
    *,
    trials: int = 20,
    seed: int = 0,
    storage: str | Path | None = None,
    samples: int | None = None,
    split: int = 0,
    backend: str = "emulator",
    together: int = 1,
    workers: Workers = None,
    progress: bool | None = None,
) -> Search:
    """Try settings from the declared space of a model by Optuna's tree-structured Parzen estimator.

    Only the training part of one split is looked at; it is split again, leaving each of its groups out once where there are
    groups, three times at random where there are none. The test part is never encoded, run or scored.

    Each trial draws from a generator of its own, made from ``seed`` and its number, and knows all trials before it but the last
    ``together - 1``, which may still run: the same seed gives the same trials on any number of workers, whether the search runs
    through or is taken up again from its storage.

    Args:
        model: with a ``space``.
        trials: how many there are to be in the end, those in the storage among them.
        seed: of proposals, liquids and inner splits.
        storage: a journal of all trials, made if it is not there; None to keep nothing. A last line that was cut short is given
            up, with its trial.
        samples: how many to use, drawn evenly from classes and groups; None for all.
        split: whose training part.
        backend: what runs the liquid.
        together: trials under way at a time, at least as many as workers; more of them occupy more workers and learn less from
            one another.
        workers: what they are spread over, see ``neurolsm.execute.workers``.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.

    Raises:
        InvalidValue: a model without a space, a number outside its range, fewer trials together than workers, or a storage of
            another search or one that cannot be written.
        FileRefused: a storage that is no journal, or a damaged one; it stays as it is.
        Interrupted: Ctrl-C; it says what is kept.
        NotAvailable: data or backend that are not there.
    """

    from neurolsm.measure.search.journal import open_journal

    start = time.perf_counter()
    space = model.space
    if space is None:
        refuse("tune_model", "model", model.name, "declares no space to search", "Give it Model(space=Space(...))")
    if not 1 <= trials <= MOST_TRIALS or not 0 <= seed < 2**32:
        limit = f"must be 1 to {MOST_TRIALS} trials with a seed of 0 to 2**32 - 1"
        refuse("tune_model", "trials, seed", (trials, seed), limit, "Try 20 trials")
    if not 1 <= together <= MOST_TOGETHER:
        refuse("tune_model", "together", together, f"must be 1 to {MOST_TOGETHER}", "Try twice the number of workers")
    least = where if isinstance(where := check_workers(workers), int) else 2
    if together < least:
        limit = f"keeps {together} of the workers {workers} busy"
        refuse("tune_model", "together", together, limit, f"Give together={2 * least}, or more for more workers")
    with _quiet(), nullcontext() if storage is None else open_journal(storage) as journal:
        what = {"model": model.name, "seed": seed, "split": split, "samples": samples}
        data, inner = validation(model, samples, seed, split)
        study = _study(journal, storage, what, space)
        try:
            _search(study, model, data, inner, trials, seed, backend, together, workers, progress)
        except KeyboardInterrupt:
            count = f"{len(study.trials)} of {trials} trials"
            kept = f"{count} are kept in {storage}; the same call goes on from there"
            lost = f"{count} were done, and are not kept without a storage; with one, the same call goes on from there"
            raise Interrupted(lost if storage is None else kept) from None
    done = [t for t in study.trials if t.state.name == "COMPLETE"]
    best = max(done, key=lambda t: t.value, default=None)
    return Search(
        model=model.name, seed=seed, split=split, metric=model.metric, train=len(inner[0][0]), validation=len(inner[0][1]),
        best=dict(best.params) if best else {}, value=best.value if best else None,
        trials=tuple(_record(t) for t in study.trials), seconds=time.perf_counter() - start,
    )  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna says errors alone meanwhile; afterwards what its user has chosen."""
    from optuna import logging

    chosen = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(chosen)


def _search(
    study: Any, model: Model, data: Data, inner: list[Any], trials: int, seed: int, backend: str, together: int,
    workers: Workers, progress: bool | None,
) -> None:  # fmt: skip
    """Add trials to the study until there are so many."""
    import optuna

    space = model.space
    assert space is not None
    first = len(study.trials)
    proposed: deque[tuple[dict[str, Any], dict[str, Any]]] = deque()

    def settings() -> Iterator[tuple[dict[str, Any]]]:
        known, end = optuna.create_study(direction="maximize"), 0
        for number in range(first, trials):
            begin, end = end, max(0, number - together + 1)
            known.add_trials(study.get_trials(deepcopy=False)[begin:end])
            proposed.append(_propose(space, known, seed, number))
            yield (proposed[-1][0],)

    how: dict[str, Any] = {"ahead": together, "total": trials - first, "unit": "trial", "desc": model.name}
    shared = (model, data, inner, seed, backend)
    for found in each_result(_attempt, settings(), shared, workers=workers, progress=progress, **how):
        chosen, kinds = proposed.popleft()
        refused = isinstance(found, str)
        study.add_trial(optuna.trial.create_trial(
            params=chosen, distributions=kinds, value=None if refused else found,
            state=optuna.trial.TrialState.PRUNED if refused else optuna.trial.TrialState.COMPLETE,
            user_attrs={"refused": found} if refused else {},
        ))  # fmt: skip


def _propose(space: Space, known: Any, seed: int, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters of a trial and their distributions, from a study of the trials that it knows; it leaves one there that failed,
    over which the sampler passes."""
    import optuna

    own = np.random.SeedSequence([seed, number]).generate_state(1)
    known.sampler = optuna.samplers.TPESampler(seed=int(own[0]))
    trial = known.ask()
    for name, entry in space.entries.items():
        _suggest(trial, name, entry)
    known.tell(trial, state=optuna.trial.TrialState.FAIL)
    return dict(trial.params), dict(trial.distributions)


def _attempt(
    model: Model, data: Data, splits: list[Any], seed: int, backend: str, chosen: dict[str, Any]
) -> float | str:
    """The value of one setting, or why it was refused."""
    assert model.space is not None
    try:
        return score(model.space.build(**chosen), data, splits, seed, backend)
    except NeuroLSMError as error:
        return str(error)


def validation(
    model: Model, samples: int | None, seed: int, split: int
) -> tuple[Data, list[tuple[NDArray[np.int64], NDArray[np.int64]]]]:
    """The training part of a split and its inner splits."""
    whole = model.load().subset(samples, seed)
    outer = list(whole.splits(model.splits, seed))
    if not 0 <= split < len(outer):
        refuse("tune_model", "split", split, f"must be 0 to {len(outer) - 1}", "Choose one of the splits of the model")
    part = whole.take(outer[split][0])
    data = Data(part.x, part.y, None, part.groups)
    groups = 0 if data.groups is None else np.unique(data.groups).size
    return data, list(data.splits(groups if groups > 1 else INNER, seed))


def score(model: Model, data: Data, splits: list[Any], seed: int, backend: str = "emulator") -> float:
    """Mean over the splits of a model with one setting."""
    kind = LSMClassifier if data.labelled else LSMRegressor
    estimator = kind(model.lsm(seed), model.encoder, model.features, model.readout(), backend=backend)
    return evaluate(estimator, data.x, data.y, splits=splits, progress=False).mean


def _study(journal: Any, storage: str | Path | None, what: dict[str, Any], space: Space) -> Any:
    """A new study, or the one in the journal if it is of the same search. Nothing is written before that is known."""
    import optuna
    from optuna.storages import InMemoryStorage, JournalStorage

    from neurolsm.measure.search.journal import STUDY

    kept: Any = InMemoryStorage()
    if journal is not None:
        try:
            kept = JournalStorage(journal)
        except Exception as error:  # whatever lines that contradict each other make Optuna raise
            raise FileRefused(
                f"{storage}: not a journal of trials ({type(error).__name__}). Name another file."
            ) from error
    names = [study.study_name for study in kept.get_all_studies()]
    if names not in ([], [STUDY]):
        refuse(
            "tune_model", "storage", str(storage), f"is the journal of {names}, of another program", "Name another file"
        )
    if not names:
        optuna.create_study(direction="maximize", study_name=STUDY, storage=kept)
    study = optuna.load_study(study_name=STUDY, storage=kept)
    attributes = study.user_attrs
    known = {key: attributes.get(key) for key in what if study.trials or key in attributes}
    if any(known[key] != what[key] for key in known):
        refuse("tune_model", "storage", known, f"holds another search than {what}", "Name another file")
    if study.trials:
        kinds = _propose(space, optuna.create_study(direction="maximize"), 0, 0)[1]
        if any(trial.distributions != kinds for trial in study.trials):
            limit = f"holds trials in another space than that of {what['model']!r} now"
            refuse("tune_model", "storage", str(storage), limit, "Name another file")
    for key, value in what.items():
        if key not in attributes:
            study.set_user_attr(key, value)
    return study


def _suggest(trial: Any, name: str, entry: Range | OneOf) -> Any:
    if isinstance(entry, OneOf):
        return trial.suggest_categorical(name, list(entry.values))
    suggest = trial.suggest_int if entry.whole else trial.suggest_float
    return suggest(name, entry.low, entry.high, log=entry.log)


def _record(trial: Any) -> dict[str, Any]:
    found = {
        "number": trial.number,
        "value": trial.value,
        "state": trial.state.name.lower(),
        "params": dict(trial.params),
    }
    return found | ({"refused": trial.user_attrs["refused"]} if "refused" in trial.user_attrs else {})


def rows(search: Search, most: int = 10) -> Iterator[tuple[str, ...]]:
    """The best trials as a table, the best first."""
    done = [t for t in search.trials if t["value"] is not None]
    names = list(done[0]["params"]) if done else []
    yield ("trial", f"validation {search.metric}", *names)
    for t in sorted(done, key=lambda t: -t["value"])[:most]:
        cells = (f"{v:.4g}" if isinstance(v, float) else str(v) for v in t["params"].values())
        yield (
            str(t["number"]),
            f"{100 * t['value']:.2f} %" if search.metric == "accuracy" else f"{t['value']:.4g}",
            *cells,
        )
