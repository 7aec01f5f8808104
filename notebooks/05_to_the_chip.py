# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Towards hardware
#
# From a description to what a laboratory with Loihi needs: the resources it takes, core by core; a model of the energy of
# real samples; the same bits on Lava's own processes; a Lava program without neurolsm; and a NIR file for everyone else.

# %%
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from neurolsm_lava.lava_program import export
from sklearn.datasets import load_digits

import neurolsm as nl
from neurolsm.cli.report import print_events, print_resources
from neurolsm.hardware.energy import estimate
from neurolsm.hardware.events import count_events
from neurolsm.hardware.place import place
from neurolsm.hardware.resources import resources
from neurolsm.hardware.validate import violations
from neurolsm.interchange.export_nir import export_nir
from neurolsm.interchange.import_nir import import_nir

# %% [markdown]
# ## What a published liquid takes
#
# The liquid of NALSM (Ivanov and Michmizos, NeurIPS 2021): 1,000 neurons on a grid, 784 channels at density 0.15. By hand, one
# byte per synapse, its 134 thousand synapses are a little more than the memory of one Loihi 1 core. The mapper places every
# neuron, respects every limit of every core, and is checked by an independent validator. What binds is the memory, and most of
# that is input: other input maps are placed too, not estimated.

# %%
column = nl.Column(shape=(10, 10, 10), wavelength=3.0, p_ee=0.2, p_ei=0.1, p_ie=0.3, p_ii=0.05)
nalsm = nl.LSM(
    inputs=784,
    liquid=nl.Liquid(
        topology=column,
        neuron=nl.LIF(tau_syn=1e-3, tau_mem=64e-3, t_refractory=2e-3),
        weights=0.15,
        input=nl.RandomMap(density=0.15, weight=0.15, inhibitory=0.5),
    ),
    seed=1,
)
found, placement = resources(nalsm, "loihi1")
print_resources("NALSM's liquid", found)
assert found.cores == int(np.ceil(found.by_hand[1])) == 2 and found.binding == "synaptic_memory"

# %%
names = ["as it is", *(m.name for m in found.other_maps)]
bits = [found.total["synaptic_memory"][0], *(m.synaptic_memory for m in found.other_maps)]
figure, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
ax.barh(names, np.array(bits) / 8192, color="tab:blue")
ax.axvline(128, color="black", linestyle="--", linewidth=1)
ax.annotate("one core of Loihi 1", (128, 2.6), xytext=(4, 0), textcoords="offset points", fontsize=8)
ax.invert_yaxis()
ax.set(xlabel="synaptic memory, KiB")
plt.show()

# %% [markdown]
# ## What real samples cost: a model
#
# Ten handwritten digits run through a liquid on the emulator. Every event is counted: synaptic operations, updates of neurons
# that are active or at rest, messages. Two published sets of constants turn the counts into joules and seconds. This is a
# model, not a measurement: it is good for comparing designs.

# %%
encoder = nl.Sweep(shape=(8, 8), hold=6, axes="both", encoder=nl.RateEncoder(rate=0.7, high=16.0))
digits = nl.LSM(
    inputs=16,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(10, 10, 10), wavelength=2.5),
        neuron=nl.LIF(tau_syn=4e-3, tau_mem=40e-3),
        delays=nl.Uniform(0, 10e-3),
        input=nl.RandomMap(density=0.2, weight=nl.Gamma(0.9), inhibitory=0.5),
    ),
    seed=1,
)
program = nl.lower(digits, "loihi1").program
placed = place(program)
inputs = encoder.encode(load_digits().data[:10])
events = count_events(program, placed, inputs)
guess = estimate(events, placed, program.dt)
print_events(events, guess, "loihi1")

# %%
figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
for k, (source, label) in enumerate(zip(guess.sources, ("pre-silicon, 0.75 V", "fitted to boards"), strict=True)):
    parts = guess.dynamic[source]
    ax.barh(np.arange(len(parts)) + 0.4 * k, 1e6 * np.array(list(parts.values())), 0.38, label=label)
ax.set(yticks=np.arange(len(parts)) + 0.2, yticklabels=list(parts), xlabel="µJ per sample: a model, not a measurement")
ax.invert_yaxis()
ax.legend()
plt.show()

# %% [markdown]
# ## The stock path
#
# The same program on Lava's own LIF and connection processes, which Intel's compiler knows. Not a bit differs.

# %%
comparison = nl.compare(program, inputs[:3], ("emulator", "lava:stock"))
print(f"{comparison.spikes_compared:,} spikes; first divergence: {comparison.first_divergence}")

# %% [markdown]
# ## A program for a laboratory
#
# A folder of readable Python and arrays that needs Lava alone. It runs under Lava's simulator here and says whether every
# spike is as expected; with `--chip` it asks for Loihi 2.

# %%
place_of_files = Path(tempfile.mkdtemp())
folder = export(program, inputs[:2], place_of_files / "digits")
print(sorted(p.name for p in folder.iterdir()))
told = subprocess.run([sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
print(told.stdout.replace(str(folder), "digits"), told.stderr[-300:])

# %% [markdown]
# ## A file for everyone else
#
# NIR is read by Norse, snnTorch, Rockpool and others. What it cannot express is listed and kept in the metadata, so the same
# program comes back.

# %%
left = export_nir(program, place_of_files / "digits.nir")
print("NIR cannot express:", *left, sep="\n  ")
back = import_nir(place_of_files / "digits.nir").program
print("the same program comes back:", back.sha256 == program.sha256)

# %% [markdown]
# ## What cannot go
#
# A chip that lacks something refuses it by name, with the nearest thing that works.

# %%
learning = nl.lower(
    nl.LSM(inputs=16, liquid=digits.liquid, readout=nl.DeltaReadout(classes=10), seed=1), "loihi2"
).program
for target in ("loihi1", "loihi2"):
    try:
        print(target, "takes", place(learning, target).cores, "cores")
    except nl.TargetRefusal as refusal:
        print(refusal)

# %%
assert not violations(program, placed)
assert 0 < guess.dynamic_joule[0] < guess.dynamic_joule[1] < guess.real_joule[0]
assert comparison.equal and comparison.spikes_compared > 1_000
assert told.returncode == 0
assert back.sha256 == program.sha256
