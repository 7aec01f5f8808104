"""How well a model does, and what it has to beat."""

from neurolsm.measure.controls import controls, table
from neurolsm.measure.evaluate import Evaluation, evaluate
from neurolsm.measure.random_relu import RandomReLU

__all__ = ["Evaluation", "RandomReLU", "controls", "evaluate", "table"]
