"""Images swept in over time."""

import numpy as np
import pytest

from neurolsm.encode import DeltaEncoder, LatencyEncoder, PoissonEncoder, PopulationEncoder, RateEncoder, Sweep
from neurolsm.errors import InvalidValue

IMAGE = np.array([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]]])  # [B=1, H=2, W=3]


def test_columns_by_hand():
    sweep = Sweep(shape=(2, 3), hold=2, rest=1)
    raster = sweep.encode(IMAGE).dense()[0].astype(int)
    # Channel 0 sees 1 1 0 0 .5 .5, channel 1 sees 0 0 1 1 .5 .5; the phase starts at one half; one silent step follows.
    assert raster[:, 0].tolist() == [1, 1, 0, 0, 1, 0, 0]
    assert raster[:, 1].tolist() == [0, 0, 1, 1, 1, 0, 0]
    assert sweep.steps == 7
    assert sweep.channels(6) == 2


def test_rows_by_hand():
    raster = Sweep(shape=(2, 3), axes="rows").encode(IMAGE).dense()[0].astype(int)
    # Row 0, then row 1; the third channel sees .5 .5 from a phase of one half.
    assert raster.tolist() == [[1, 0, 1], [0, 1, 0]]


def test_both_axes_are_the_two_sweeps_side_by_side():
    x = np.random.default_rng(0).random((4, 5, 5))
    both = Sweep(shape=(5, 5), hold=3, axes="both").encode(x)
    assert both.select(slice(0, 5)).equal(Sweep(shape=(5, 5), hold=3, axes="columns").encode(x))
    assert both.select(slice(5, 10)).equal(Sweep(shape=(5, 5), hold=3, axes="rows").encode(x))


@pytest.mark.parametrize("encoder", [RateEncoder(), PoissonEncoder(), PopulationEncoder(neurons=3), DeltaEncoder()])
@pytest.mark.parametrize("axes", ["columns", "rows"])
def test_flat_images_and_channels(encoder, axes):
    x = np.random.default_rng(1).random((3, 4, 6))
    sweep = Sweep(shape=(4, 6), hold=2, rest=3, axes=axes, encoder=encoder)
    spikes = sweep.encode(x)
    assert spikes.equal(sweep.encode(x.reshape(3, -1)))
    assert spikes.units == sweep.channels(24)
    assert set(spikes.steps) == {sweep.steps}
    assert not spikes.dense()[:, -3:].any()
    assert spikes.dense()[:, :-3].any()


def test_pixels_out_of_range_are_scaled_by_the_encoder():
    sweep = Sweep(shape=(2, 3), encoder=RateEncoder(high=16.0))
    assert sweep.encode(16 * IMAGE).equal(Sweep(shape=(2, 3)).encode(IMAGE))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sweep(shape=(8,)), r"Sweep\.shape"),
        (lambda: Sweep(shape=(2, 3), hold=0), r"Sweep\.hold"),
        (lambda: Sweep(shape=(2, 3), rest=-1), r"Sweep\.rest"),
        (lambda: Sweep(shape=(2, 3), axes="diagonal"), r"Sweep\.axes"),
        (lambda: Sweep(shape=(2, 3), axes="both"), "square"),
        (lambda: Sweep(shape=(2, 3), encoder="rate"), r"Sweep\.encoder"),
        (lambda: Sweep(shape=(2, 3)).encode(np.zeros((1, 3, 2))), r"Sweep\.x"),
        (lambda: Sweep(shape=(2, 3)).encode(np.zeros((1, 5))), r"Sweep\.x"),
        (lambda: Sweep(shape=(2, 3)).encode(np.full((1, 6), np.nan)), "finite"),
        (lambda: Sweep(shape=(2, 3)).channels(7), "7 values"),
        (lambda: Sweep(shape=(2, 3), encoder=LatencyEncoder()).encode(IMAGE), r"LatencyEncoder\.x"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()
