"""Images of 28 x 28 pixels, swept into columns of 1,000 neurons that see a stripe of the image each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, Parallel, ReceptiveFields, Uniform
from neurolsm.encode import RateEncoder, Sweep
from neurolsm.measure.scenarios.changes import image_changes
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm.tasks.model import Control, Data, Model, OneOf, Range, Space

SHAPE = (28, 28)
PATCH = 7  # pixels along the sweep that a neuron sees: the longest delay of an input synapse
ENTRIES: dict[str, Range | OneOf] = {
    "rate": Range(0.2, 1.0),
    "gain": Range(0.3, 5.0, log=True),
    "stripe": Range(3, 28, log=True, whole=True),
    "ridge": Range(0.01, 1.0, log=True),
}


def swept_model(
    name: str,
    summary: str,
    load: Callable[[], Data],
    *,
    columns: int,
    windows: int,
    rate: float,
    gain: float,
    stripe: int = 9,
    hold: int = 2,
    tau_syn: float = 2e-3,
    tau_mem: float = 8e-3,
    ridge: float = 0.1,
    chip_readout: Callable[[str, int, int], Any] | None = None,
) -> Model:
    """A model of 28 x 28 images.

    Args:
        name, summary, load: as in ``Model``.
        columns: side by side, 1,000 neurons each.
        windows: in which the readout counts spikes.
        rate: spikes per step at full brightness.
        gain: mean weight of an input synapse, thresholds.
        stripe: pixels across that a neuron sees.
        hold: steps for which each column and each row is shown.
        tau_syn, tau_mem: time constants of the neurons, seconds.
        ridge: penalty of the readout.
        chip_readout: as in ``Model``.
    """
    encoder = Sweep(shape=SHAPE, hold=hold, axes="both", encoder=RateEncoder(rate=rate, high=255.0))
    build = partial(
        swept_model, name, summary, load,
        columns=columns, windows=windows, hold=hold, tau_syn=tau_syn, tau_mem=tau_mem, chip_readout=chip_readout,
        rate=rate, gain=gain, stripe=stripe, ridge=ridge,
    )  # fmt: skip
    column = stripes(stripe, hold, gain, LIF(tau_syn=tau_syn, tau_mem=tau_mem))
    liquid = column if columns == 1 else Parallel((column,) * columns)
    return Model(
        name=name,
        summary=summary,
        load=load,
        lsm=lambda seed: LSM(inputs=encoder.channels(28 * 28), liquid=liquid, seed=seed),
        encoder=encoder,
        features=Counts(windows=windows),
        readout=lambda: StreamingRidgeClassifier(ridge=ridge),
        splits=1,
        controls=pixel_controls,
        changes=lambda: image_changes(SHAPE, 0.0, 255.0),
        chip_readout=chip_readout,
        space=Space(entries=ENTRIES, build=build),
    )


def stripes(stripe: int, hold: int, gain: float, neuron: LIF) -> Liquid:
    """A column of 1,000 neurons.

    A neuron hears neighbouring channels of one sweep, over synapses of random sign and strength with delays of up to seven
    pixels: a random kernel, in general of 9 x 7 pixels, which passes over a stripe of the image in the course of the sweep.
    """
    return Liquid(
        topology=Column(shape=(10, 10, 10), wavelength=2.5),
        neuron=neuron,
        weights=Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2)),
        delays=Uniform(0, 10e-3),
        input=ReceptiveFields(
            shape=(2, 28), size=(1, stripe), weight=Gamma(gain), inhibitory=0.5, delay=Uniform(0, hold * PATCH * 1e-3)
        ),
    )


def pixel_controls() -> tuple[Control, ...]:
    """Logistic regression on the pixels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier: Any = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    return (Control("logistic regression on pixels", classifier),)
