"""Images of 28 x 28 pixels, swept into columns of 1,000 neurons that see a stripe of the image each."""

from __future__ import annotations

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, Parallel, ReceptiveFields, Uniform
from neurolsm.encode import RateEncoder, Sweep

SHAPE = (28, 28)
HOLD = 2  # steps for which each column and each row is shown
STRIPE = 9  # pixels across
PATCH = 7  # pixels along: the longest delay of an input synapse

ENCODER = Sweep(shape=SHAPE, hold=HOLD, axes="both", encoder=RateEncoder(rate=0.7, high=255.0))


def swept_lsm(seed: int, columns: int) -> LSM:
    """Columns side by side.

    A neuron hears nine neighbouring channels of one sweep, over synapses of random sign and strength with delays of up to
    seven pixels: a random kernel of 9 x 7 pixels, which passes over a stripe of the image in the course of the sweep.
    """
    column = Liquid(
        topology=Column(shape=(10, 10, 10), wavelength=2.5),
        neuron=LIF(tau_syn=2e-3, tau_mem=8e-3),
        weights=Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2)),
        delays=Uniform(0, 10e-3),
        input=ReceptiveFields(
            shape=(2, 28), size=(1, STRIPE), weight=Gamma(1.2), inhibitory=0.5, delay=Uniform(0, HOLD * PATCH * 1e-3)
        ),
    )
    return LSM(
        inputs=ENCODER.channels(28 * 28), liquid=column if columns == 1 else Parallel((column,) * columns), seed=seed
    )
