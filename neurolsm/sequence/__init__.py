"""Computing in time: a series goes in value by value, and a readout answers after each.

One convention holds everywhere (docs/concepts/time.md). The values x[0], x[1], ... are shown one after the other, each for ``hold``
steps of the network. The state s[t] is what the features say after the last step of x[t]; the readout says y[t] from s[t], so
it has seen x[0] .. x[t] and nothing later. In a closed loop y[t] is shown as x[t + 1].

    series      what is taken as a series and as its targets
    features    what a readout sees after each value
    walk        one series through one network: the core that fit, predict, follow, forecast and live sessions share
    states      many series, in memory that does not grow with their length
    session     a network that runs while one watches (docs/howto/live.md)
"""

from neurolsm.sequence.door import open_session
from neurolsm.sequence.features import StepFeatures
from neurolsm.sequence.said import SessionState, Shown, Step
from neurolsm.sequence.session import Session
from neurolsm.sequence.states import SeriesStates
from neurolsm.sequence.walk import Walk, WalkState

__all__ = [
    "SeriesStates", "Session", "SessionState", "Shown", "Step", "StepFeatures", "Walk", "WalkState", "open_session",
]  # fmt: skip
