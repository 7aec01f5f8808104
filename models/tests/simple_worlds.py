"""Worlds that can be worked out by hand."""

import numpy as np
from neurolsm_models.navigation.environment import NavigationEnv
from neurolsm_models.navigation.world import NONE, World

NOTHING = np.zeros((0, 4))


def empty(start=(2.0, 4.0, 0.0), goal=(6.0, 4.0), **fields):
    return World(8.0, 8.0, NOTHING, NONE, NONE, start, goal, **fields)


def still(world):
    """An environment that always shows ``world``, with a lidar without noise."""
    return NavigationEnv(lambda rng: world, noise=0.0)
