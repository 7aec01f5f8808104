"""Draw docs/pictures/confusion.png: which digits are taken for which.

python docs/pictures/confusion.py
"""

from pathlib import Path

from matplotlib.figure import Figure
from sklearn.datasets import load_digits

import neurolsm as nl
from neurolsm.plot import confusion
from neurolsm.plot.save import save_figure

x, y = load_digits(return_X_y=True)
liquid = nl.Liquid(topology=nl.Column(shape=(8, 8, 5)), input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.5)))
encoder = nl.Sweep(shape=(8, 8), hold=6, encoder=nl.RateEncoder(rate=0.7, high=16.0))
lsm = nl.LSM(inputs=8, liquid=liquid, seed=1)
model = nl.LSMClassifier(lsm, encoder=encoder, features=nl.Counts(windows=4))
found = nl.evaluate(model, x, y, splits=3)

figure = Figure(figsize=(5, 5), layout="constrained")
ax = confusion(found.confusion, found.classes, figure.subplots())
ax.set_title(f"{100 * found.mean:.1f} % of test images, 3 splits", fontsize="medium")
save_figure(figure, Path(__file__).with_suffix(".png"), dpi=110)
