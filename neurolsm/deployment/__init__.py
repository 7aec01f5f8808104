"""A model at work: it predicts, goes on learning, saves itself, and goes on elsewhere with the same next spike."""

from neurolsm.deployment.deployment import Deployment, deploy, resume
from neurolsm.deployment.prediction import Adaptation, Prediction

__all__ = ["Adaptation", "Deployment", "Prediction", "deploy", "resume"]
