"""Draw docs/pictures/agreement.png: one digit on two backends, their spikes on top of each other.

python docs/pictures/agreement.py
"""

from pathlib import Path

from sklearn.datasets import load_digits

import neurolsm as nl
from neurolsm.plot import agreement
from neurolsm.plot.save import save_figure

x, _ = load_digits(return_X_y=True)
encoder = nl.Sweep(shape=(8, 8), hold=10, encoder=nl.RateEncoder(rate=0.5, high=16.0))
liquid = nl.Liquid(topology=nl.Column(shape=(6, 6, 5)), input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.5)))
inputs = encoder.encode(x[:1])
found = nl.compare(nl.LSM(inputs=8, liquid=liquid, seed=1), inputs, backends=("reference", "emulator"))
save_figure(agreement(found, inputs, image=x[0].reshape(8, 8)), Path(__file__).with_suffix(".png"), dpi=110)
