# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Onto a microcontroller
#
# A reservoir with a readout that learns becomes C99: no memory from the heap, no floating point, no operating system. It learns its first digits on this machine, goes on
# learning as C on a simulated Cortex-M3, and comes back; at every change of hands not a bit differs.

# %%
import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import neurolsm_c
import numpy as np
from neurolsm_models.digits import MODEL

import neurolsm as nl
from neurolsm.execute.backend import get

FOLDER = Path(tempfile.mkdtemp())
HERE, BOARD, WINDOW = 400, 60, 50  # samples learned on this machine and on the board, and samples of a mean

data = MODEL.load()
train, test = next(iter(data.splits(1, 1)))
order = np.random.default_rng(1).permutation(train)
lsm = nl.LSM(
    inputs=MODEL.lsm(1).inputs,
    liquid=nl.Liquid(topology=nl.Column(shape=(6, 6, 6)), input=nl.RandomMap(density=0.15, weight=0.4, inhibitory=0.3)),
    readout=nl.DeltaReadout(classes=10),
    seed=1,
)

# %% [markdown]
# ## First digits, on this machine

# %%
chip = nl.deploy(lsm, MODEL.encoder, labels=range(10))
first = order[:HERE]
answers = [chip.learn(data.x[first], data.y[first]).label == data.y[first]]
chip.save(FOLDER / "desk.lsm")
print(f"{chip.program.n} neurons, {chip.program.synapses:,} synapses, {HERE} digits learned: "
      f"{100 * np.mean(chip.predict(data.x[test]).label == data.y[test]):.1f} % of the test images")  # fmt: skip

# %% [markdown]
# ## What it needs of a board
#
# Flash for what never changes, memory for one struct that holds all that does. Where a cross-compiler and QEMU are installed, the instructions of a
# synaptic event and of a neuron are counted, not estimated.

# %%
few = MODEL.encoder.encode(data.x[test][:4])
budget = get("c").budget(
    chip.program, nl.Spikes.from_events([few.events(k) for k in range(4)], few.steps[0], chip.program.n_inputs)
)
print(f"flash {budget.flash_bytes:,} bytes, memory {budget.ram_bytes:,} bytes")
for name, count in (
    ("a synaptic event", budget.instructions_per_event),
    ("a neuron update", budget.instructions_per_update),
):
    print(f"instructions per {name.split(' ', 1)[1]}: " + ("not counted here" if count is None else f"{count:.1f}"))
print("largest:", ", ".join(f"{name} {size:,}" for name, size in budget.largest.items()))
assert budget.flash_bytes < 512 * 1024 and budget.ram_bytes < 256 * 1024

# %% [markdown]
# ## A folder of C
#
# `export` writes it, with a recording to check itself against. The header has six functions: start, begin a sample, one step, teach, ask, and the struct.

# %%
folder = neurolsm_c.export(chip, FOLDER / "digits")
print("\n".join(f"{path.stat().st_size:>9,}  {path.name}" for path in sorted(folder.iterdir())))
print("\n".join(line for line in (folder / "lsm.h").read_text().splitlines() if line.endswith(");")))
if shutil.which("make") and shutil.which("cc"):
    made = subprocess.run(["make", "-s", "check"], cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    print("make check:", made.stdout.strip().splitlines()[-1])

# %% [markdown]
# ## It goes on learning on the board
#
# `resume` opens what was saved, now with the C program of a Cortex-M3 under QEMU; without one, with C compiled for this machine.
# The same samples are learned once more on this machine, to compare.

# %%
board = "c:cortex-m3" if all(map(shutil.which, ("arm-none-eabi-gcc", "qemu-system-arm"))) else "c"
then = order[HERE : HERE + BOARD]
with nl.resume(FOLDER / "desk.lsm", backend=board) as there:
    answers.append(there.learn(data.x[then], data.y[then]).label == data.y[then])
    there.save(FOLDER / "board.lsm")
here = chip.learn(data.x[then], data.y[then]).label == data.y[then]
print(
    f"{BOARD} digits on {board}: {100 * answers[1].mean():.1f} % right before each was learned, and here {100 * here.mean():.1f} %"
)
assert (answers[1] == here).all()

# %% [markdown]
# ## And comes back
#
# The struct in the board's memory is the state of the deployment, byte by byte: `struct_of` and `read_back` turn one into the other, for a board that is
# read out by a debugger. What learned on the board and what learned here are the same, to the last weight,
# and stay the same for all digits that follow.

# %%
struct = neurolsm_c.struct_of(FOLDER / "board.lsm")
neurolsm_c.read_back(FOLDER / "desk.lsm", struct, FOLDER / "back.lsm")
with nl.resume(FOLDER / "back.lsm") as back:
    for name, ours in chip.state.arrays().items():
        if name.endswith("weight"):
            assert np.array_equal(ours, back.state.arrays()[name])
    rest = order[HERE + BOARD :]
    answers.append(back.learn(data.x[rest], data.y[rest]).label == data.y[rest])
    assert (answers[2] == (chip.learn(data.x[rest], data.y[rest]).label == data.y[rest])).all()
    learned = np.mean(back.predict(data.x[test]).label == data.y[test])
print(f"a struct of {len(struct):,} bytes; after all {train.size:,} digits {100 * learned:.1f} % of the test images")
assert learned > 0.85

# %%
right = np.concatenate(answers)
figure, axis = plt.subplots(figsize=(8, 3), layout="constrained")
smooth = 100 * np.convolve(right, np.full(WINDOW, 1 / WINDOW), "valid")
axis.plot(np.arange(smooth.size) + WINDOW / 2, smooth, color="#0072B2")
axis.axvspan(HERE, HERE + BOARD, color="#E69F00", alpha=0.3, lw=0)
axis.text(HERE + BOARD + 10, 8, f"learned on {board}", color="0.2", va="bottom")
axis.set(xlabel="digits learned", ylabel=f"right before learning, % of {WINDOW}", xlim=(0, right.size), ylim=(0, 102))
plt.show()

# %%
chip.close()
shutil.rmtree(FOLDER)
