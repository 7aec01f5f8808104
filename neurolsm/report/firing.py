"""How a liquid fires, and what that means for a readout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.readout.activity import MANY, OVERFLOWING, RARE, SATURATED, SILENT, busy_share, overflowing
from neurolsm.report.page import paragraph, table

USUAL = (0.02, 0.4)  # share of the steps in which a neuron of a liquid usually fires


@final
@dataclass(frozen=True, kw_only=True)
class Firing:
    """Statistics of the spikes of a batch.

    Attributes:
        samples, neurons: over how many.
        share: of the steps in which a neuron fires, the mean over neurons.
        hertz: the mean rate of a neuron.
        highest: share of the steps in which the neuron fires that fires most.
        silent_neurons, silent_samples: without a spike.
        verdict: dead, sparse, usual, busy or saturated.
        why: the sentence to it.
    """

    samples: int
    neurons: int
    share: float
    hertz: float
    highest: float
    silent_neurons: int
    silent_samples: int
    verdict: str
    why: str

    @staticmethod
    def of(program: Program, inputs: Spikes, recording: Recording) -> Firing:
        """From a recording; the limits are those of ``neurolsm.readout.activity``."""
        spikes, n = recording.spikes, program.n
        steps = max(int(spikes.steps.sum()), 1)
        per_neuron = np.bincount(spikes.unit, minlength=n) / steps
        per_sample = np.diff(spikes.indptr[spikes.offsets])
        share = float(per_neuron.mean())
        possible = float((1.0 / (1.0 + program.neurons.refractory)).mean())  # the share at which all fire all they can
        wrapped = overflowing(program, inputs, spikes.count, n)
        busy = busy_share(program, spikes)
        verdict, why = _verdict(share, float((per_sample == 0).mean()), possible, wrapped, busy)
        return Firing(
            samples=len(spikes), neurons=n, share=share, hertz=share / program.dt, highest=float(per_neuron.max()),
            silent_neurons=int((per_neuron == 0).sum()), silent_samples=int((per_sample == 0).sum()), verdict=verdict, why=why,
        )  # fmt: skip

    def render(self) -> str:
        """As part of a page."""
        rows = [
            ("a neuron fires in", f"{100 * self.share:.3g} % of the steps"),
            ("mean rate", f"{self.hertz:.3g} Hz"),
            ("the busiest neuron fires in", f"{100 * self.highest:.3g} % of the steps"),
            ("neurons without a spike", f"{self.silent_neurons:,} of {self.neurons:,}"),
            ("samples without a spike", f"{self.silent_samples:,} of {self.samples:,}"),
        ]
        return paragraph(f"{self.verdict.capitalize()}: {self.why}.") + table(("firing", "found"), rows)


def _verdict(share: float, silent: float, possible: float, wrapped: float, busy: float = 0.0) -> tuple[str, str]:
    usual = f"usual is a spike in {100 * USUAL[0]:.0f} to {100 * USUAL[1]:.0f} % of the steps"
    if silent > SILENT or share == 0:
        return "dead", f"in more than {100 * SILENT:.0f} % of the samples no neuron fires; {usual}"
    if share > SATURATED * possible:
        return "saturated", f"neurons fire in more than half of the steps in which they could; {usual}"
    if busy > MANY:
        return "saturated", f"{100 * busy:.0f} % of the neurons fire in more than half of the steps in which they could"
    if wrapped > OVERFLOWING:
        return "saturated", f"the mean current of {100 * wrapped:.0f} % of the neurons leaves 24 bits and wraps"
    if share < RARE:
        return "dead", f"or nearly so, neurons fire in less than a thousandth of the steps; {usual}"
    if share < USUAL[0]:
        return "sparse", f"neurons fire less than is common; {usual}"
    if share > USUAL[1]:
        return "busy", f"neurons fire more than is common; {usual}"
    return "usual", f"neurons fire as is common; {usual}"
