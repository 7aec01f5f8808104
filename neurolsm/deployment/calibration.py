"""What ``Homeostasis`` has heard: a calibration in which no neuron fired is undone, and what cannot follow is told of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neurolsm.deployment.adapting import memory, remember
from neurolsm.deployment.chip import Chip
from neurolsm.errors import refuse, warn_unusual
from neurolsm.program.plasticity import Intrinsic
from neurolsm.program.state import State

if TYPE_CHECKING:
    from neurolsm.deployment.deployment import Deployment

MANY = 1 / 3  # of the neurons that have a rate to return to


@contextmanager
def heard(running: Deployment) -> Iterator[None]:
    """Around learning: where it ends a calibration in which no neuron of a rule fired, the deployment is as it was.

    Raises:
        InvalidValue: such a calibration.
    """
    chip, teacher, updates = running._chip, running._teacher, running.updates
    open_rules = [rule for rule in _own_rates(chip) if not _finished(rule, chip.simulator.state)]
    before = memory(chip, teacher) if open_rules else None
    yield
    if before is None:
        return
    state = chip.simulator.state
    if any(_finished(rule, state) and not state.own[rule.start : rule.stop].any() for rule in open_rules):
        remember(chip, teacher, before)
        running.updates = updates
        limit = "is the rate of every neuron in its calibration, so that none has a rate to return to"
        refuse("Homeostasis", "own rate", 0, limit, "Learn first from samples that make the liquid fire")


def tell(chip: Chip) -> None:
    """After samples without labels: warn of a calibration that still goes on, and of thresholds that can go no further."""
    for rule in _own_rates(chip):
        state = chip.simulator.state
        here = slice(rule.start, rule.stop)
        if not _finished(rule, state):
            limit = "periods are not over, so no threshold has moved; what comes until then is taken for the world as it should be"
            warn_unusual(
                "Homeostasis", "calibration", rule.calibration, limit, "Calibrate on more samples, or shorten it"
            )
            continue
        alive, vth = state.own[here] > 0, state.vth[here]
        stuck = ((vth == rule.vth_limits[0]) | (vth == rule.vth_limits[1])) & alive
        if rule.vth_step and stuck.sum() > MANY * alive.sum():
            limit = "is where the thresholds of more than a third of the neurons end, and their rates are not their own again"
            warn_unusual("Homeostasis", "range", rule.vth_limits, limit, "Widen it, or look at the samples")


def _own_rates(chip: Chip) -> list[Intrinsic]:
    return [rule for rule in chip.program.intrinsic if rule.calibration]


def _finished(rule: Intrinsic, state: State) -> bool:
    return bool((state.calibrated[rule.start : rule.stop] >= rule.calibration).all())
