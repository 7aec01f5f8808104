"""Runs neurolsm where everything that Windows lacks has been taken away; ``test_without_posix.py`` starts it.

It is no Windows: what other packages do there, paths and text files are not tested by this.
"""

import importlib
import multiprocessing.context
import os
import pkgutil
import select
import signal
import sys

import numpy as np

# Other packages look at the system for themselves, so these come first.
OTHERS = (
    "brian2", "distributed", "gymnasium", "h5py", "joblib", "matplotlib.pyplot", "nir", "numba", "optuna", "pooch", "scipy.sparse",
    "sklearn.linear_model", "typer",
)  # fmt: skip
for name in OTHERS:
    importlib.import_module(name)

FUNCTIONS = (
    "fork", "forkpty", "geteuid", "getuid", "getgid", "getpgid", "killpg", "setpgid", "setsid", "sched_getaffinity",
    "sysconf", "statvfs", "chown", "mkfifo", "wait3", "wait4", "getxattr", "listxattr", "setxattr", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY",
    "WNOHANG",
)  # fmt: skip
for name in ("fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "syslog"):
    sys.modules[name] = None
for name in FUNCTIONS:
    if hasattr(os, name):
        delattr(os, name)
SIGNALS = ("SIGKILL", "SIGHUP", "SIGALRM", "SIGSTOP", "SIGCONT", "SIGUSR1", "SIGPIPE", "SIGCHLD", "setitimer", "alarm")
for name in SIGNALS:
    delattr(signal, name)
del select.poll, multiprocessing.context.ForkProcess
multiprocessing.get_all_start_methods = lambda: ["spawn"]
sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]

import neurolsm_brian2  # noqa: E402
import neurolsm_models  # noqa: E402

import neurolsm as nl  # noqa: E402
from neurolsm.cli import main  # noqa: E402

for package in (nl, neurolsm_brian2, neurolsm_models):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        # guard: what it forks for is refused before; suite: tests, which ask pytest for the backend they are for
        if not module.name.endswith(("__main__", "neurolsm.native.guard")) and ".conformance" not in module.name:
            importlib.import_module(module.name)

lsm = nl.LSM(
    inputs=6,
    liquid=nl.Liquid(topology=nl.RandomGraph(n=40, density=0.2), input=nl.RandomMap(density=0.5, weight=0.8)),
    seed=3,
)
inputs = nl.Spikes.from_dense(np.random.default_rng(0).random((3, 40, 6)) < 0.3)
assert nl.compare(lsm, inputs, backends=("reference", "emulator", "brian2")).first_divergence is None
with nl.open_simulator(nl.lower(lsm).program, "brian2") as simulator:
    assert simulator.info["target"] == "numpy", simulator.info
for name, words in (("brian2:cpp_standalone", "needs a system that forks"), ("lava", "which linux cannot. Use")):
    try:
        nl.open_simulator(nl.lower(lsm).program, name)
    except nl.NotAvailable as error:
        assert words in str(error), error
    else:
        raise AssertionError(name)
nl.lower(lsm).program.save(sys.argv[1] + "/program.lsm")
sys.argv = ["neurolsm", "run", "digits", "--samples", "60", "--splits", "1", "--json", sys.argv[1] + "/digits.json"]
main()
