"""Images of 28 x 28 pixels, swept into columns of 1,000 neurons that see a stripe of the image each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, Parallel, ReceptiveFields, Uniform
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.measure.changes import image_changes
from neurolsm.model import Control, Data, Model
from neurolsm.readout import Counts, StreamingRidgeClassifier

SHAPE = (28, 28)
HOLD = 2  # steps for which each column and each row is shown
STRIPE = 9  # pixels across
PATCH = 7  # pixels along: the longest delay of an input synapse


def swept_model(
    name: str, summary: str, load: Callable[[], Data], *, rate: float, gain: float, columns: int, windows: int
) -> Model:
    """A model of 28 x 28 images.

    Args:
        name, summary, load: as in ``Model``.
        rate: spikes a step at full brightness.
        gain: mean weight of an input synapse, thresholds.
        columns: side by side, 1,000 neurons each.
        windows: in which the readout counts spikes.
    """
    encoder = Sweep(shape=SHAPE, hold=HOLD, axes="both", encoder=RateEncoder(rate=rate, high=255.0))
    return Model(
        name=name,
        summary=summary,
        load=load,
        lsm=lambda seed: swept_lsm(encoder.channels(28 * 28), gain, columns, seed),
        encoder=encoder,
        features=Counts(windows=windows),
        readout=lambda: StreamingRidgeClassifier(ridge=0.1),
        splits=1,
        controls=pixel_controls,
        changes=lambda: image_changes(SHAPE, 0.0, 255.0),
    )


def swept_lsm(channels: int, gain: float, columns: int, seed: int) -> LSM:
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
            shape=(2, 28), size=(1, STRIPE), weight=Gamma(gain), inhibitory=0.5, delay=Uniform(0, HOLD * PATCH * 1e-3)
        ),
    )
    return LSM(inputs=channels, liquid=column if columns == 1 else Parallel((column,) * columns), seed=seed)


def pixel_controls() -> tuple[Control, ...]:
    """Logistic regression on the pixels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier: Any = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    return (Control("logistic regression on pixels", classifier),)
