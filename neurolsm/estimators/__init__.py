"""Estimators in scikit-learn's manner: encoder, liquid, features and readout as one model."""

from neurolsm.estimators.classifier import LSMClassifier
from neurolsm.estimators.regressor import LSMRegressor

__all__ = ["LSMClassifier", "LSMRegressor"]
