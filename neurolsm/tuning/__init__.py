"""A liquid that finds its working point by itself, from the spikes that it and its inputs fire."""

from neurolsm.tuning.self_tune import Tuned, self_tune

__all__ = ["Tuned", "self_tune"]
