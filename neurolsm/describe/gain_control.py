"""On-chip normalisation: a layer that takes the square root of the rate of each channel."""

from __future__ import annotations

from math import inf

from neurolsm.describe.input_map import OneToOne
from neurolsm.describe.likely import ONE_STEP
from neurolsm.describe.lsm import Liquid
from neurolsm.describe.neuron import AdaptiveLIF
from neurolsm.describe.random_graph import RandomGraph


def gain_control(channels: int, *, strength: float = 2.0, tau: float = 50e-3, inhibitory: float = 0.5) -> Liquid:
    """A layer to stand before a liquid: ``Series((gain_control(n), liquid))``.

    One neuron per channel integrates the spikes it receives, one threshold each, without leak; each spike that it fires lifts
    its threshold by ``strength``, for ``tau``. In the long run a rate r in leads to a rate s out of about

        s (1 + strength tau s) = r,   s -> r for weak input,   s -> sqrt(r / (strength tau)) for strong

    so that c times the contrast is sqrt(c) times the spikes. It is made of neurons alone and runs wherever they do.

    Args:
        channels: neurons of the layer.
        strength: lift per spike, thresholds, above 0.
        tau: seconds in which the lift fades, above 0.
        inhibitory: share of the channels that inhibit what comes next, for neurons keep Dale's law, 0..1.

    Raises:
        InvalidValue: a field outside its range.

    Source: the adaptive threshold as a gain control, Benda and Herz, Neural Computation 15:2523 (2003).

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=50))
        >>> nl.Series((nl.gain_control(8), liquid)).n  # 8 neurons in front of 50
        58
    """
    return Liquid(
        topology=RandomGraph(n=channels, density=0.0, inhibitory=inhibitory),
        neuron=AdaptiveLIF(tau_syn=ONE_STEP, tau_mem=inf, tau_adapt=tau, adapt_step=strength),
        input=OneToOne(weight=1.001),  # just beyond the threshold, so that one spike in can be one spike out
    )
