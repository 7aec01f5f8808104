# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One liquid, three backends, not a bit of difference
#
# A liquid is described once, in seconds and thresholds. It is lowered to one program of integers in Loihi's fixed-point
# arithmetic. The emulator, Brian2 and Lava then run that program, and every spike and every final state is compared.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import neurolsm as nl
from neurolsm.plot import overlay, raster

# %% [markdown]
# ## Describe
#
# Handwritten digits are swept in along both axes at once: each column of the image on eight channels, each row on eight
# more. The liquid is a column of 10 x 10 x 10 neurons, a fifth of them inhibitory, with random delays.

# %%
encoder = nl.Sweep(shape=(8, 8), hold=6, axes="both", encoder=nl.RateEncoder(rate=0.7, high=16.0))
lsm = nl.LSM(
    inputs=16,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=2.5),
        neuron=nl.LIF(tau_syn=4e-3, tau_mem=40e-3, t_refractory=2e-3),
        weights=nl.Pairs(ee=nl.Gamma(0.1), ei=nl.Gamma(0.2), ie=nl.Gamma(0.2), ii=nl.Gamma(0.2)),
        delays=nl.Uniform(0, 20e-3),
        input=nl.RandomMap(density=0.2, weight=nl.Gamma(0.9), inhibitory=0.5),
    ),
    seed=1,
)

# %% [markdown]
# ## Lower
#
# The report says what the integers cost: the error of every quantisation, and how much of every bound is used.

# %%
lowered = nl.lower(lsm, target="loihi2")
print(lowered.report)

# %% [markdown]
# ## Run on three backends

# %%
x, y = load_digits(return_X_y=True)
inputs = encoder.encode(x[:20])
found = nl.compare(lowered.program, inputs, ("emulator", "brian2", "lava"))
print(f"{found.spikes_compared:,} spikes in {found.samples} samples; first divergence: {found.first_divergence}")

# %%
figure, (top, main) = plt.subplots(2, figsize=(9, 6), height_ratios=[1, 3], sharex=True, layout="constrained")
raster(inputs, 0, ax=top).set(ylabel="channel", xlabel="")
overlay(found.recordings, 0, units=slice(0, 50), ax=main)
plt.show()

# %% [markdown]
# ## Time
#
# Milliseconds per sample, without what is done once (compiling, forking).

# %%
for name, ms in found.ms_per_sample.items():
    print(f"{name:10s} {ms:6.2f} ms per sample, {found.setup_seconds[name]:5.1f} s to set up")

# %% [markdown]
# ## Read out
#
# Spike counts in four windows go to a ridge classifier. Whatever backend made the spikes, the numbers are the same.

# %%
model = nl.LSMClassifier(lsm, encoder=encoder, features=nl.Counts(windows=4), backend="emulator")
train, test = np.arange(0, 1200), np.arange(1200, 1797)
accuracy = model.fit(x[train], y[train]).score(x[test], y[test])
print(f"accuracy on the last 597 digits, in their original order: {100 * accuracy:.1f} %")

# %%
assert found.equal and found.spikes_compared > 10_000
assert accuracy > 0.9
