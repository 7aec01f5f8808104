"""Draw docs/pictures/probes.png: voltages of four neurons with thresholds that adapt, and the rates of the whole reservoir.

python docs/pictures/probes.py
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import neurolsm as nl
from neurolsm.plot import rate, voltage
from neurolsm.plot.save import save_figure

liquid = nl.Liquid(
    topology=nl.Column(shape=(6, 6, 5)),
    neuron=nl.AdaptiveLIF(tau_mem=20e-3, adapt_step=0.3, tau_adapt=80e-3),
    input=nl.RandomMap(density=0.4, weight=nl.Gamma(0.6)),
)
program = nl.lower(nl.LSM(inputs=12, liquid=liquid, seed=1)).program
wave = 0.5 + 0.5 * np.sin(np.arange(400)[:, None] / 30 + np.arange(12) / 2)
spikes = nl.PoissonEncoder(steps=1, rate=0.25, seed=1).encode([wave])
seen = nl.record(program, spikes, nl.Probe(what=("v", "threshold"), neurons=(3, 40, 77, 120)))

figure = Figure(figsize=(9, 6), layout="constrained")
top, low = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
voltage(seen, ax=top)
rate(seen.recording, program, window=10e-3, ax=low)
save_figure(figure, Path(__file__).with_suffix(".png"), dpi=110)
