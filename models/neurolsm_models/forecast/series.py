"""The series of the task: three generators, one recording, and NeuroBench's fourteen series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from neurolsm.errors import FileRefused, refuse
from neurolsm_models.data.place import folder

Array = NDArray[np.float64]
STEP = 0.1  # of the integrator of Mackey-Glass, in its own units of time
TRANSIENT = 1000.0  # units of time that are dropped
LYAPUNOV = 197.0  # of Mackey-Glass with tau 17, in units of time, as NeuroBench gives it
LORENZ_DT = 0.03
LORENZ_LYAPUNOV = 1 / 0.9056  # Sprott, Chaos and Time-Series Analysis (2003)
PER_LYAPUNOV = 75  # points of NeuroBench's series in a Lyapunov time
# tau: Lyapunov time, constant past. Source: NeuroBench, neurobench/datasets/mackey_glass_parameters.csv
NEUROBENCH = {
    17: (197, 0.7206597), 18: (138, 0.7744313), 19: (315, 0.7783468), 20: (131, 0.9225991), 21: (191, 0.9479431),
    22: (119, 0.5455960), 23: (106, 0.8622247), 24: (97, 0.3259660), 25: (98, 0.8297825), 26: (104, 1.0033490),
    27: (112, 0.6491406), 28: (119, 1.0957495), 29: (131, 0.9256179), 30: (139, 0.2713639),
}  # fmt: skip
LASER = (
    "the Santa Fe competition's data set A with its continuation as one NumPy array (santafe_laser.npy of ReservoirPy)"
)


def narma10(n: int, seed: int = 0) -> tuple[Array, Array]:
    """Inputs u [n], and what is to be said after each, y [n], which the inputs before it determine.

        y[t] = 0.3 y[t - 1] + 0.05 y[t - 1] (y[t - 1] + ... + y[t - 10]) + 1.5 u[t - 10] u[t - 1] + 0.1,   u from U(0, 0.5)

    The first 200 values are dropped. A series that diverges, as rare ones do, is refused.

    Source: Atiya and Parlos, IEEE Transactions on Neural Networks 11 (2000).
    """
    dropped = 200
    u = np.random.default_rng(seed).uniform(0.0, 0.5, n + dropped)
    y = np.zeros(n + dropped)
    for t in range(10, n + dropped):
        y[t] = 0.3 * y[t - 1] + 0.05 * y[t - 1] * y[t - 10 : t].sum() + 1.5 * u[t - 10] * u[t - 1] + 0.1
        if y[t] > 10:
            refuse("narma10", "seed", seed, f"lets the series diverge at value {t:,}", "Choose another")
    return u[dropped:], y[dropped:]


def mackey_glass(n: int, tau: int = 17, *, seed: int | None = 0, past: float = 1.2, dt: float = 1.0,
                 transient: float = TRANSIENT) -> Array:  # fmt: skip
    """The Mackey-Glass series [n], a value every ``dt`` units of time.

        x'(t) = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t),   x(t) = past for t <= 0

    Runge-Kutta of fourth order with steps of 0.1; x(t - tau) lies on the steps, and between them on the cubic through the four
    nearest ones. Values between steps come from a cubic spline.

    Args:
        tau: whole units of time.
        seed: draws the past from U(0.5, 1.3); None: it is ``past``.
        transient: units of time that are dropped.

    Source: Mackey and Glass, Science 197 (1977).
    """
    if seed is not None:
        past = float(np.random.default_rng(seed).uniform(0.5, 1.3))
    lag = round(tau / STEP)
    count = int(np.ceil((transient + n * dt) / STEP)) + 4
    x = [past] * (lag + 1)

    def force(delayed: float) -> float:
        return 0.2 * delayed / (1 + delayed**10)

    h = STEP
    for i in range(count):
        a, b = x[i], x[i + 1]  # at the two ends of this step, tau ago
        before, after = x[max(i - 1, 0)], x[i + 2]
        start, mid, end = force(a), force((9 * (a + b) - before - after) / 16), force(b)
        now = x[-1]
        k1 = start - 0.1 * now
        k2 = mid - 0.1 * (now + h / 2 * k1)
        k3 = mid - 0.1 * (now + h / 2 * k2)
        k4 = end - 0.1 * (now + h * k3)
        x.append(now + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    values = np.array(x[lag:])
    times = transient + dt * np.arange(n)
    at = np.rint(times / h).astype(int)
    if np.allclose(at * h, times, rtol=0, atol=1e-9):
        return values[at]
    return np.asarray(CubicSpline(h * np.arange(len(values)), values)(times))


def lorenz(n: int, seed: int = 0) -> Array:
    """The Lorenz system [n, 3], a value every 0.03 units of time.

        x' = 10 (y - x),   y' = x (28 - z) - y,   z' = x y - 8/3 z

    Runge-Kutta of fourth order with steps of 0.003; begins at (1, 1, 1) with a normal deviate of the seed added, and the first
    30 units of time are dropped.

    Source: Lorenz, Journal of the Atmospheric Sciences 20 (1963).
    """
    inner, h = 10, LORENZ_DT / 10
    state = np.ones(3) + 0.1 * np.random.default_rng(seed).standard_normal(3)

    def force(s: Array) -> Array:
        x, y, z = s
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    dropped = round(30 / LORENZ_DT)
    found = np.empty((n + dropped, 3))
    for t in range(n + dropped):
        found[t] = state
        for _ in range(inner):
            k1 = force(state)
            k2 = force(state + h / 2 * k1)
            k3 = force(state + h / 2 * k2)
            k4 = force(state + h * k3)
            state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return found[dropped:]


def laser() -> Array:
    """Intensity of a far-infrared laser in a chaotic state [10093], divided by 255.

    Raises:
        NotAvailable: the file is not there; the message says which and where to put it.
        FileRefused: it is not that series.

    Source: Weigend and Gershenfeld, Time Series Prediction (1993), data set A.
    """
    path = folder("santafe_laser", ("santafe_laser.npy",), LASER) / "santafe_laser.npy"
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise FileRefused(f"{path}: not a NumPy array ({type(error).__name__}). Get it again.") from error
    if values.size < 9000 or values.dtype.kind not in "iuf" or not 0 <= values.min() <= values.max() <= 255:
        raise FileRefused(f"{path}: not the laser's intensities, whole numbers of 0 to 255. Get it again.")
    return np.asarray(values, np.float64).ravel() / 255


def neurobench(tau: int, repeats: int = 30, *, off: float = 0.0) -> list[Array]:
    """NeuroBench's series of one tau: 1,500 values for each repeat, each half a Lyapunov time later, 75 values a Lyapunov time.

    The first 750 values are for training, the others for the closed loop. NeuroBench's own files come from another integrator;
    a chaotic series differs from them after some Lyapunov times, so figures are compared with models that were run on these.

    Args:
        off: added to the constant past; settings are chosen on such other series.

    Source: Yik et al., NeuroBench, Nature Communications 16 (2025).
    """
    lyapunov, past = NEUROBENCH[tau]
    shift = int(PER_LYAPUNOV / 2)
    length = 20 * PER_LYAPUNOV
    whole = mackey_glass(
        length + (repeats - 1) * shift, tau, seed=None, past=past + off, dt=lyapunov / PER_LYAPUNOV, transient=0.0
    )
    return [whole[k * shift : k * shift + length] for k in range(repeats)]
