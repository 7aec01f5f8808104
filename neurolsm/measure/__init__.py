"""How well a model does, and what it has to beat. Five packages:

evaluation    splits, mean and standard deviation, confusion, times; errors of predicted series
baselines     the controls: the input alone, random layers of equal size
scenarios     learning after deployment, one file per scenario
search        better settings, chosen on validation data
instruments   how good a liquid or a rule is, apart from any task
"""

from neurolsm.measure.baselines.controls import controls, table
from neurolsm.measure.baselines.random_relu import RandomReLU
from neurolsm.measure.evaluation.evaluate import Evaluation, evaluate
from neurolsm.measure.evaluation.metrics import nrmse, smape, time_splits, valid_prediction_time

__all__ = [
    "Evaluation", "RandomReLU", "controls", "evaluate", "nrmse", "smape", "table", "time_splits", "valid_prediction_time",
]  # fmt: skip
