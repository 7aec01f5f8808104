"""What learning rules and on-chip readouts offer to the description. Ready ones are in ``neurolsm.learn``."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.protocols import name_of, refuse_returned
from neurolsm.program import Program
from neurolsm.program.learnable import check_rule
from neurolsm.program.plasticity import Intrinsic, Plasticity


@runtime_checkable
class LearningRule(Protocol):
    """A frozen description of how synapses change.

    A rule whose ``dw`` is a change of strength, so that "potentiation" is what makes a synapse stronger whatever its sign, has the
    attribute ``of_strength = True``: lowering turns it round for inhibitory synapses (``Plasticity.turned``). Without the attribute
    ``dw`` changes the signed weight.
    """

    def lower(self, dt: float) -> Plasticity:
        """The rule in the learning engine's terms, for steps of ``dt`` seconds."""


REMEDY = "Build it from the Products, Factors and Traces of neurolsm.program.plasticity, as neurolsm.learn.rules does"


def plasticity_of(rule: LearningRule, dt: float) -> Plasticity:
    """The rule in the engine's terms, checked.

    Raises:
        InvalidValue: no Plasticity, or one that the learning engine does not have.
    """
    found = rule.lower(dt)
    if not isinstance(found, Plasticity):
        refuse_returned(rule, "lower", found, "must be a Plasticity", REMEDY)
    check_rule(name_of(rule), "lower()", found, REMEDY)
    return found


@runtime_checkable
class ExcitabilityRule(Protocol):
    """A frozen description of how neurons change their own excitability."""

    def lower(self, dt: float, vth: int, start: int, stop: int) -> Intrinsic:
        """The rule for the neurons start .. stop - 1 with the threshold mantissa ``vth``."""


@runtime_checkable
class ChipReadout(Protocol):
    """Neurons behind the liquid that learn to classify its input."""

    @property
    def tail(self) -> int:
        """Steps after a sample until all its spikes have reached the readout."""

    def clock_events(self, steps: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Spikes (steps, channels) that a sample of ``steps`` steps needs on the channels that ``attach`` adds."""

    def attach(self, program: Program) -> Program:
        """``program`` with the readout's neurons, synapses and third factors behind it."""
