"""Learning after deployment, measured: one file a scenario, each with its controls."""

from neurolsm.measure.scenarios.batches import every, late, none, tenth
from neurolsm.measure.scenarios.classes import classes
from neurolsm.measure.scenarios.drift import drift
from neurolsm.measure.scenarios.result import LearningResult, learn_model
from neurolsm.measure.scenarios.reward import reward
from neurolsm.measure.scenarios.sample import sample
from neurolsm.measure.scenarios.scratch import scratch
from neurolsm.measure.scenarios.series_drift import SeriesDrift, series_drift
from neurolsm.measure.scenarios.tasks import tasks

__all__ = [
    "LearningResult", "SeriesDrift", "classes", "drift", "every", "late", "learn_model", "none", "reward", "sample", "scratch",
    "series_drift", "tasks", "tenth",
]  # fmt: skip
