"""A model at work: it predicts, goes on learning, saves itself, and goes on elsewhere with the same next spike."""

from neurolsm.deployment.deployment import Deployment
from neurolsm.deployment.doors import CannotBeSaved, deploy, resume
from neurolsm.deployment.prediction import Adaptation, Prediction
from neurolsm.deployment.series import SeriesDeployment

__all__ = ["Adaptation", "CannotBeSaved", "Deployment", "Prediction", "SeriesDeployment", "deploy", "resume"]
