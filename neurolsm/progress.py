"""Progress bars that leave the process as it was."""

from __future__ import annotations

import threading

from tqdm import tqdm


class Bar(tqdm):  # type: ignore[type-arg]
    """tqdm without its watching thread, and with a lock of threads alone: tqdm's own lock, for processes too, would choose
    the start method of multiprocessing, after which nobody else may."""

    monitor_interval = 0


Bar.set_lock(threading.RLock())
