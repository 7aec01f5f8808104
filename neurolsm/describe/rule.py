"""What a learning rule offers to the description: its form on the chip for a given step."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from neurolsm.plasticity import Plasticity


@runtime_checkable
class LearningRule(Protocol):
    """A frozen description of how synapses change; ready ones are in ``neurolsm.learn.rules``."""

    def lower(self, dt: float) -> Plasticity:
        """The rule in the learning engine's terms, for steps of ``dt`` seconds."""
