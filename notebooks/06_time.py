# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Computing in time
#
# A series goes into a reservoir (the liquid) value by value, and a readout answers after each: the next value, one further ahead, or what comes
# when every answer is shown as the next value. Then the series drifts, and a readout that goes on learning follows. All of it in Loihi's
# integers, with 8-bit weights, and with the same states on every backend.

# %%
import matplotlib.pyplot as plt
import numpy as np
from neurolsm_models.forecast import series

import neurolsm as nl
from neurolsm.measure import nrmse, valid_prediction_time

# %% [markdown]
# ## A forecast
#
# The Mackey-Glass series (tau 17) is chaotic. `LSMSequenceRegressor` without arguments takes a population code of 16 curves and a column of 500
# neurons, shows each value for 8 steps, and chooses the penalty of its ridge regression on the last fifth of the training part. The states below
# are the membrane voltages, the currents and a trace of the spikes of each neuron, and the value itself.

# %%
TRAIN, AHEAD = 3000, 20
x = series.mackey_glass(TRAIN + 900)
features = nl.StepFeatures(traces=(8.0,), voltage=True, current=True)
later = np.append(x[AHEAD:], np.full(AHEAD, np.nan))  # what comes 20 values later; NaN teaches nothing
taught = later[:TRAIN].copy()
taught[-AHEAD:] = np.nan  # these lie in the test part

model = nl.LSMSequenceRegressor(features=features, ridge=1e-3).fit(x[:TRAIN], taught)
said = model.predict(x[TRAIN:], go_on=True)
error = nrmse(later[TRAIN:-AHEAD], said[:-AHEAD])

delays = np.lib.stride_tricks.sliding_window_view(x, 50)  # the baseline: a linear readout of the last 50 values
design = np.column_stack([delays, np.ones(len(delays))])
known = slice(100, TRAIN - 49 - AHEAD)
weights = np.linalg.lstsq(design[known], later[49:][known], rcond=None)[0]
linear = design @ weights
baseline = nrmse(later[TRAIN:-AHEAD], linear[TRAIN - 49 : -AHEAD])
print(f"20 values ahead: NRMSE {error:.3f} of the reservoir, {baseline:.3f} of a linear readout of 50 delayed values")

# %%
shown = slice(0, 300)
figure, axis = plt.subplots(figsize=(8, 2.8), layout="constrained")
axis.plot(later[TRAIN:][shown], color="black", lw=2, label="20 values later")
axis.plot(said[shown], color="tab:red", lw=1, label=f"reservoir, NRMSE {error:.3f}")
axis.plot(linear[TRAIN - 49 :][shown], color="tab:blue", lw=0.8, label=f"50 delayed values, linear, {baseline:.2f}")
axis.set(xlabel="value", ylabel="x")
figure.legend(loc="outside upper center", fontsize=8, ncols=3)
plt.show()

# %% [markdown]
# ## A closed loop
#
# Trained on the next value, the model is shown what it said. Errors of a chaotic system grow by a factor of e in each Lyapunov time (197 values as
# NeuroBench has it); the valid prediction time is how long the error stays below 0.4 standard deviations.

# %%
both = nl.StepFeatures(traces=(8.0, 50.0), voltage=True, current=True)
loop = nl.LSMSequenceRegressor(features=both, ridge=1e-3).fit(x[:TRAIN])
ahead = loop.forecast(600)
valid = valid_prediction_time(x[TRAIN : TRAIN + 600], ahead, lyapunov=series.LYAPUNOV, scale=x[:TRAIN].std())
one_step = nrmse(x[TRAIN + 1 :], loop.predict(x[TRAIN:], go_on=True)[:-1])
print(f"one step: NRMSE {one_step:.4f}; closed loop: {valid:.2f} Lyapunov times")

figure, axis = plt.subplots(figsize=(8, 2.8), layout="constrained")
axis.plot(x[TRAIN : TRAIN + 600], color="black", lw=2, label="series")
axis.plot(ahead, color="tab:red", lw=1, label="closed loop")
axis.axvline(valid * series.LYAPUNOV, color="gray", ls=":", label=f"{valid:.2f} Lyapunov times")
axis.set(xlabel="values since the loop was closed", ylabel="x")
figure.legend(loc="outside upper center", fontsize=8, ncols=3)
plt.show()

# %% [markdown]
# ## A series that drifts
#
# After 200 values the series is turned over within its range and runs twice as fast. A frozen readout goes on as before. `follow` tests and then
# learns from every value (recursive least squares): what was said is shown before it was learned from, so the curve is an honest test.

# %%
CHANGE = 200
fast = x.min() + x.max() - series.mackey_glass(1000, dt=2.0)
drifted = np.concatenate([x[TRAIN : TRAIN + CHANGE], fast])
small = nl.StepFeatures(traces=(8.0,))  # 501 numbers: recursive least squares costs their square in each value
follower = nl.LSMSequenceRegressor(features=small, ridge=1e-3, forget=0.998).fit(x[:TRAIN])
frozen = follower.predict(drifted, go_on=False)
followed = follower.follow(drifted, go_on=False)


def running(said, window=40):
    """Root of the mean squared error of the last values, in standard deviations."""
    squares = (said[:-1] - drifted[1:]) ** 2 / x[:TRAIN].var()
    return np.sqrt(np.convolve(squares, np.ones(window) / window, "valid"))


figure, axis = plt.subplots(figsize=(8, 2.8), layout="constrained")
axis.semilogy(running(frozen), color="tab:blue", label="frozen")
axis.semilogy(running(followed), color="tab:red", label="recursive least squares")
axis.axvline(CHANGE - 40, color="gray", ls=":", label="the change")
axis.set(xlabel="value", ylabel="error of the next value")
figure.legend(loc="outside upper center", fontsize=8, ncols=3)
plt.show()
before, after = (
    running(frozen)[100 : CHANGE - 40].mean(),
    (running(frozen)[-200:].mean(), running(followed)[-200:].mean()),
)
print(f"before {before:.3f}; at the end: frozen {after[0]:.3f}, following {after[1]:.3f}")

# %% [markdown]
# ## The same states on every backend
#
# The states are read from integers, so a series may begin on one backend and go on on another. Here the first 30 values, on all that are installed.

# %%
states = {}
for backend in ("reference", "emulator", "brian2:numpy", "lava"):
    try:
        other = nl.LSMSequenceRegressor(features=features, ridge=1e-3, washout=5, backend=backend).fit(x[:30])
    except nl.errors.NotAvailable as reason:
        print(f"{backend}: {reason}")
        continue
    states[backend] = other.transform(x[:30])
    print(f"{backend}: {states[backend].shape} states, equal: {np.array_equal(states[backend], states['reference'])}")

# %%
assert error < 0.1 < baseline
assert valid > 0.5 and one_step < 0.03
assert after[1] < after[0] / 2
assert all(np.array_equal(one, states["reference"]) for one in states.values())
