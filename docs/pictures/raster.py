"""Draw docs/pictures/raster.png: handwritten digits pass through a liquid, one after the other.

    python docs/pictures/raster.py

Columns of each image come in from left to right, eight pixels at a time. A neuron hears two neighbouring rows of the image. Neurons
are sorted by those rows, so what can be seen of a digit is what the liquid holds of it; the rest is what it makes of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_digits

import neurolsm as nl
from neurolsm.plot import rate
from neurolsm.plot.save import save_figure
from neurolsm.plot.style import EXCITATORY, INHIBITORY
from neurolsm.program import INPUT
from neurolsm.program.signs import signs

HERE = Path(__file__).resolve().with_name("raster.png")
DIGITS = (0, 1, 2, 3, 4, 7)  # labels, the first image of each
SIDE, HOLD, REST = 8, 12, 36  # pixels, steps per column, silent steps between two digits

x, y = load_digits(return_X_y=True)
images = np.array([x[np.flatnonzero(y == label)[0]] for label in DIGITS])
encoder = nl.Sweep(shape=(SIDE, SIDE), hold=HOLD, rest=REST, encoder=nl.RateEncoder(rate=0.5, high=16.0))
lsm = nl.LSM(
    inputs=SIDE,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(10, 10, 6), wavelength=2.0),
        neuron=nl.AdaptiveLIF(tau_syn=4e-3, tau_mem=20e-3, t_refractory=3e-3, adapt_step=0.3, tau_adapt=50e-3),
        weights=nl.Pairs(ee=nl.Gamma(0.1), ei=nl.Gamma(0.2), ie=nl.Gamma(0.3), ii=nl.Gamma(0.1)),
        delays=nl.Uniform(0, 8e-3),
        input=nl.ReceptiveFields(shape=(SIDE,), size=2, weight=nl.Gamma(0.3), inhibitory=0.0),
    ),
    seed=1,
)
program = nl.lower(lsm).program
with nl.open_simulator(program) as simulator:  # one stream: each digit meets what the one before has left
    recording = simulator.run(encoder.encode(images), carry=True)

# Excitatory neurons above, inhibitory ones below; in each the rows of the image from top to bottom.
kind, row = signs(program), np.zeros(program.n)
for p in program.projections:
    if p.source == INPUT:
        row += np.bincount(p.post, p.pre, program.n) / np.maximum(np.bincount(p.post, minlength=program.n), 1)
order = np.lexsort((np.random.default_rng(0).random(program.n), row, kind == -1))
place = np.empty(program.n, int)
place[order] = np.arange(program.n)

dt, steps = 1e3 * program.dt, encoder.steps
unit, t = recording.spikes.unit, recording.spikes.row
share = recording.spikes.count / (SIDE * HOLD * len(images) * program.n)
print(
    f"{recording.spikes.count:,} spikes; {100 * share:.1f} % of {program.n} neurons fire in a step while a digit is shown"
)

figure = Figure(figsize=(10.5, 5.6), layout="constrained")
grid = figure.add_gridspec(3, 1, height_ratios=[0.16, 1, 0.2], hspace=0.02)
top, main, low = (figure.add_subplot(part) for part in grid)
for k, image in enumerate(images):
    start = k * steps
    box = (dt * start, dt * (start + SIDE * HOLD), SIDE, 0)
    top.imshow(image.reshape(SIDE, SIDE), cmap="gray_r", extent=box, aspect="auto", interpolation="nearest")
    for ax in (main, low):
        ax.axvspan(dt * start, dt * (start + SIDE * HOLD), color="0.955", linewidth=0, zorder=0)
    top.add_patch(Rectangle((box[0], 0), box[1] - box[0], SIDE, fill=False, linewidth=0.6, clip_on=False))
top.set(xlim=(0, dt * steps * len(images)), ylim=(SIDE, 0))
top.set_axis_off()
for sign, color, name in ((1, EXCITATORY, "excitatory"), (-1, INHIBITORY, "inhibitory")):
    chosen = kind[unit] == sign
    main.scatter(dt * t[chosen], place[unit[chosen]], s=2.4, color=color, linewidths=0)
    middle = place[kind == sign].mean()
    main.text(1.004, middle, name, color=color, rotation=270, va="center", transform=main.get_yaxis_transform())
main.set(xlim=top.get_xlim(), ylim=(program.n, -1), ylabel=f"{program.n} neurons, by rows heard", yticks=[])
main.tick_params(labelbottom=False)
stream = nl.Spikes.from_events([(t, unit)], steps * len(images), program.n)  # all digits as one sample
rate(stream, program, window=8e-3, ax=low)
low.get_legend().remove()
low.set(xlim=top.get_xlim(), ylabel="rate, Hz")
for ax in (main, low):
    ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, HERE, dpi=110)
print(HERE)
