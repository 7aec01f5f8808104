"""The fast emulator: event-driven Numba kernels, one worker a core."""

from neurolsm.emulator.simulator import EmulatorBackend, EmulatorSimulator

__all__ = ["EmulatorBackend", "EmulatorSimulator"]
