# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Learning after deployment
#
# A model that has learned the digits 0 to 4 is deployed on Lava. Then 5 to 9 arrive. It fails on them, learns them by on-chip rules from
# one presentation of each sample, is saved in between, and continues on Brian2 with the same next spike.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import neurolsm as nl

# %% [markdown]
# ## Describe
#
# A liquid of 300 neurons receives the images swept along both axes. Behind it lies an on-chip readout of prototypes: counters
# of the spikes of each neuron in two windows of the sample, partners that fire where a counter does not, and neurons that store samples.
# A sample that is new or mistaken takes a free neuron; the others stay as they are, so nothing has to be replayed.

# %%
encoder = nl.Sweep(shape=(8, 8), hold=6, rest=4, axes="both", encoder=nl.RateEncoder(rate=0.7, high=16.0))
lsm = nl.LSM(
    inputs=16,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(10, 10, 3), wavelength=2.5),
        neuron=nl.LIF(tau_syn=4e-3, tau_mem=20e-3),
        delays=nl.Uniform(0, 10e-3),
        input=nl.RandomMap(density=0.5, weight=nl.Gamma(2.5), inhibitory=0.5),
    ),
    readout=nl.PrototypeReadout(neurons=240, windows=2),
    seed=1,
)

# %%
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(y))
stream, test = order[:400], order[1400:1640]
old, new = stream[y[stream] < 5][:120], stream[y[stream] >= 5][:120]

# %% [markdown]
# ## Deploy on Lava, with 0 to 4 learned

# %%
chip = nl.deploy(lsm, encoder, labels=range(10), backend="lava")
chip.learn(x[old], y[old])


def accuracy(said):
    """Of what is said of the test's samples, by the digits that were there from the start and those that arrive."""
    right, arrives = said.label == y[test], y[test] >= 5
    return {"0 to 4": float(right[~arrives].mean()), "5 to 9": float(right[arrives].mean())}


before = accuracy(chip.predict(x[test]))
print(before)

# %% [markdown]
# ## New digits arrive
#
# The stream is tested, then trained on: each sample is classified before its label is given.

# %%
online = chip.learn(x[new], y[new])
said = chip.predict(x[test])
after = accuracy(said)
print(after, chip.learned())

# %%
right = np.convolve(online.label == y[new], np.full(20, 1 / 20), "valid")
fig, (left, bars) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained", width_ratios=(3, 2))
left.plot(np.arange(right.size) + 20, 100 * right)
left.set(
    xlabel="samples of the new digits",
    ylabel="accuracy of the last 20, %",
    ylim=(0, 102),
    title="While it learns, on Lava",
)
place = np.arange(2)
bars.bar(place - 0.2, [100 * v for v in before.values()], 0.4, label="deployed", color="0.7")
bars.bar(place + 0.2, [100 * v for v in after.values()], 0.4, label="after the stream", color="C0")
bars.set_xticks(place, [f"digits {name}" for name in before])
bars.set(ylabel="accuracy, %", ylim=(0, 102), title="On samples it never met")
bars.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)
plt.show()

# %% [markdown]
# ## Confidence
#
# A prediction carries its confidence, whose sharpness has followed the labels that came.

# %%
correct = said.label == y[test]
print(
    f"confidence where right {said.confidence[correct].mean():.2f}, where wrong {said.confidence[~correct].mean():.2f}"
)

# %% [markdown]
# ## Save, and continue on Brian2
#
# One file holds description, program, weights, traces, random streams, readout and labels. Brian2 continues from
# it. Both learn from the same ten samples, and are compared: every score, every weight, every state.

# %%
more = order[500:510]
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "mid-life.lsm"
    chip.save(file)
    print(f"{file.stat().st_size / 1e3:.0f} kB")
    other = nl.resume(file, backend="brian2")

on_lava, on_brian2 = chip.learn(x[more], y[more]), other.learn(x[more], y[more])
same_scores = np.array_equal(on_lava.score, on_brian2.score)
same_state = chip.state.equal(other.state)
print(f"next scores equal: {same_scores}; weights, traces, offsets, voltages and clocks equal: {same_state}")
chip.close()
other.close()

# %% [markdown]
# ## What was claimed

# %%
assert before["5 to 9"] == 0 < 0.75 < after["5 to 9"]
assert before["0 to 4"] - after["0 to 4"] < 0.05
assert said.confidence[correct].mean() > said.confidence[~correct].mean()
assert same_scores and same_state
