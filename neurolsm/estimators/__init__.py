"""Estimators in scikit-learn's manner: encoder, liquid, features and readout as one model.

``LSMClassifier`` and ``LSMRegressor`` give one answer per sample, ``LSMSequenceRegressor`` and ``LSMSequenceClassifier`` one
after every value of a series.
"""

from neurolsm.estimators.classifier import LSMClassifier
from neurolsm.estimators.regressor import LSMRegressor
from neurolsm.estimators.sequence_classifier import LSMSequenceClassifier
from neurolsm.estimators.sequence_regressor import LSMSequenceRegressor

__all__ = ["LSMClassifier", "LSMRegressor", "LSMSequenceClassifier", "LSMSequenceRegressor"]
