"""From physical units to one Program for a named target, with a report of what that cost."""

from neurolsm.lowering.lower import Lowered, lower
from neurolsm.lowering.report import Report
from neurolsm.lowering.target import TARGETS, Target

__all__ = ["TARGETS", "Lowered", "Report", "Target", "lower"]
