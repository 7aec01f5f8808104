# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A liquid that tunes itself
#
# A reservoir of spiking neurons works in a narrow range: too weak an input and nothing fires, too strong a recurrence and it answers to itself
# alone. Here a liquid finds its working point from the spikes it fires, whatever the scale of its weights; then each neuron learns its own rate and
# goes back to it when the world changes, without a label. Both are integer rules with the same bits on every backend.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from neurolsm_models.digits import MODEL
from sklearn.linear_model import RidgeClassifier

import neurolsm as nl
from neurolsm.describe.scaled import with_gains

data = MODEL.load()
train, test = next(iter(data.splits(1, 1)))
few = MODEL.encoder.encode(data.x[train][:100])  # typical samples, no labels
base = MODEL.lsm(1)

# %% [markdown]
# ## From any scale to one working point
#
# The input weights and the recurrent weights of the same network, each times 0.1, 1 or 10. The picture shows how often its neurons fire, as
# described and after `self_tune`, and how much of what reaches a neuron comes from within the liquid (the branching ratio). `self_tune` looks at
# counts of spikes alone; its wishes are `SelfTuning(rate=0.2, branching=0.15)`.


# %%
def rate(lsm):
    program = nl.lower(lsm).program
    with nl.open_simulator(program) as simulator:
        return simulator.run(few).spikes.count / (few.steps.sum() * program.n)


scales = [(a, b) for a in (0.1, 1.0, 10.0) for b in (0.1, 1.0, 10.0)]
static = [replace(base, liquid=with_gains(base.liquid, a, b)) for a, b in scales]
tuned = [nl.self_tune(replace(lsm, tuning=nl.SelfTuning()), few) for lsm in static]

figure, axis = plt.subplots(figsize=(8, 3), layout="constrained")
at = np.arange(len(scales))
axis.plot(at, [rate(lsm) for lsm in static], "o", color="tab:gray", label="as described")
axis.plot(at, [found.rate for found in tuned], "s", color="tab:blue", label="self-tuned")
axis.axhline(0.2, color="black", lw=0.8, ls=":", label="wanted")
axis.set_xticks(at, [f"{a:g}, {b:g}" for a, b in scales])
axis.set(xlabel="input weights times, recurrent weights times", ylabel="spikes per neuron and step", ylim=(0, None))
figure.legend(loc="outside upper center", ncols=3, fontsize=8)
plt.show()
print(f"branching {min(t.branching for t in tuned):.3f} to {max(t.branching for t in tuned):.3f}, "
      f"{min(t.rounds for t in tuned)} to {max(t.rounds for t in tuned)} runs of 100 samples")  # fmt: skip

# %% [markdown]
# ## A rate of one's own
#
# Now the model's own network with `Homeostasis`: for 50 periods of ten samples each neuron counts its spikes and so learns its own rate. Then a ridge
# readout is fitted on the host, and frozen. From here on nobody says what a sample is.

# %%
STEPS = int(few.steps[0])
rule = nl.Homeostasis(calibration=50, period=10 * STEPS * base.dt, threshold_step=0.2)
program = nl.lower(replace(base, liquid=replace(base.liquid, intrinsic=rule))).program
chip = nl.open_simulator(program)
chip.run(MODEL.encoder.encode(data.x[train][:500]))
deployed = chip.state


def states(x, state):
    """What the readout sees, of a network that stays as it is."""
    chip.state = state
    return MODEL.features(chip.run(MODEL.encoder.encode(x), learn=False))


known = states(data.x[train], deployed)
readout = RidgeClassifier(alpha=300.0).fit(known, data.y[train])
print(f"before anything changes: {100 * readout.score(states(data.x[test], deployed), data.y[test]):.1f} %")

# %% [markdown]
# ## The light fades
#
# The contrast falls to 0.3. Rates fall with it; homeostasis lowers thresholds until each neuron is back at its own rate. What the readout makes of the
# test images is asked after every forty samples, with the means of the states moved back as well (both without labels).

# %%
CONTRAST = 0.3
dim = CONTRAST * data.x
stream = dim[np.random.default_rng(1).permutation(train)[:400]]
own = deployed.own / rule.calibration


def asked(state):
    shift = known.mean(axis=0) - states(stream, state).mean(axis=0)
    seen = states(dim[test], state)
    return 100 * np.array([readout.score(seen, data.y[test]), readout.score(seen + shift, data.y[test])])


state, rates, right = deployed, [], [asked(deployed)]
for first in range(0, 400, 40):
    chip.state = state
    spikes = chip.run(MODEL.encoder.encode(stream[first : first + 40])).spikes
    state = chip.state
    rates.append(np.bincount(spikes.unit, minlength=program.n) / 4)
    right.append(asked(state))
right = np.array(right)

figure, (left, middle) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
ratio = np.array(rates)[:, own > 1] / own[own > 1]
seen = 40 * np.arange(1, 11)
left.fill_between(
    seen, *np.percentile(ratio, [10, 90], axis=1), color="tab:blue", alpha=0.25, lw=0, label="10 to 90 % of the neurons"
)
left.plot(seen, np.median(ratio, axis=1), color="tab:blue", label="median neuron")
left.axhline(1, color="black", lw=0.8, ls=":")
left.set(xlabel="samples since the light faded", ylabel="rate / own rate", ylim=(0, None))
left.legend(fontsize=8, frameon=False, loc="lower right")
middle.plot(40 * np.arange(11), right[:, 1], color="tab:blue", label="homeostasis, means moved back")
middle.plot(40 * np.arange(11), right[:, 0], color="tab:orange", label="homeostasis alone")
middle.axhline(right[0, 1], color="tab:gray", ls="--", label="means moved back alone")
middle.axhline(right[0, 0], color="black", ls=":", label="frozen")
middle.set(xlabel="samples since the light faded", ylabel="right, %")
middle.legend(fontsize=8, frameon=False, loc="center right")
plt.show()
print(
    f"frozen {right[0, 0]:.1f} %, means alone {right[0, 1]:.1f} %, homeostasis {right[-1, 0]:.1f} %, both {right[-1, 1]:.1f} %"
)

# %% [markdown]
# ## The same bits elsewhere
#
# Own rates and thresholds are part of the state: a few samples of the faded world on the NumPy reference end in the same thresholds as on the emulator.

# %%
small = MODEL.encoder.encode(stream[:12])
ends = []
for backend in ("emulator", "reference"):
    with nl.open_simulator(program, backend) as simulator:
        simulator.state = deployed
        simulator.run(small)
        ends.append(simulator.state)
print("the same state on both backends:", ends[0].equal(ends[1]))
chip.close()
