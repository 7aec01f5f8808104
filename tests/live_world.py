"""A world for the tests of the page: 48 neurons that tell a bar that stands from one that lies, without any file of data."""

import json

import numpy as np

import neurolsm as nl
from neurolsm.live.drawing import Paper
from neurolsm.live.messages import Message
from neurolsm.live.source import Source

PAPER = Paper((8, 8), 16.0)
STANDING = [[0.5, 0.1, 0.5, 0.9]]  # as a page sends them: x, y, x, y
READOUT = nl.DeltaReadout(classes=6, windows=2, scale=8, rate=2.0**-10)
LYING = [[0.1, 0.5, 0.9, 0.5]]
CORNER = [[0.1, 0.1, 0.1, 0.9, 0.9, 0.9]]


def strokes(given):
    return [np.array(one).reshape(-1, 2) for one in given]


def pixels(given):
    return PAPER.pixels(strokes(given))


def images(n, seed=0):
    """Noisy copies of both bars [2 n, 64], and what they are."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([0, 1], n))
    x = np.stack([pixels(STANDING), pixels(LYING)])[y] + rng.normal(0, 2, (2 * n, 64))
    return np.clip(x, 0, 16), np.array(["standing", "lying"])[y]


def deployment(backend="emulator"):
    encoder = nl.Sweep(shape=(8, 8), hold=3, rest=2, axes="both", encoder=nl.RateEncoder(rate=0.7, high=16.0))
    liquid = nl.Liquid(
        topology=nl.Column(shape=(4, 4, 3)), input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.8), inhibitory=0.4)
    )
    lsm = nl.LSM(inputs=16, liquid=liquid, readout=READOUT, seed=1)
    chip = nl.deploy(lsm, encoder, labels=["standing", "lying"], backend=backend)
    chip.learn(*images(40))
    return chip


def source(told="bars", chip=None):
    return Source(chip or deployment(), PAPER, images(5, seed=1)[0], told)


class Told(list):
    """What a world told, checked to be JSON."""

    def __call__(self, message):
        json.dumps(message, allow_nan=False)
        self.append(message)

    def of(self, say):
        return [one for one in self if one["say"] == say]


def ask(world, do, **given):
    return world.carry_out(Message(do, given, 7))
