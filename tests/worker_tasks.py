"""Tasks of test_workers.py: a process that is begun for one of them imports no more than it needs."""

import os
import signal
import time

import numpy as np

from neurolsm.errors import InvalidValue


def draw(scale, seed):
    return scale * np.random.default_rng(seed).standard_normal(1000), os.getpid()


def die_once(folder, number):
    """Task 3 kills its own process the first time, in the middle of the others."""
    marker = folder / "died"
    time.sleep(0.05)
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_always(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number):
    if number == 2:
        raise InvalidValue("Task.number = 2: not this one. Take another")
    return number


def slow(values, folder, number):
    (folder / str(number)).touch()
    time.sleep(0.05)
    return int(number * values.sum())


def add(table, number):
    return table[number % 3] + number


def change(arrays, empty, number):
    """Arrays as they were given, however often; what a task writes is its own."""
    before = arrays["large"].sum() + arrays["turned"][number, 0] + empty.size
    arrays["fresh"][:] = number
    return before, arrays["fresh"].sum(), arrays["turned"].flags.f_contiguous
