"""From physical units to one Program for a named target, with a report of what that cost."""

from neurolsm.lower.lower import Lowered, lower
from neurolsm.lower.report import Report
from neurolsm.lower.target import TARGETS, Target

__all__ = ["TARGETS", "Lowered", "Report", "Target", "lower"]
