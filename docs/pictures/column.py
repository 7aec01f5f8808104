"""Draw docs/pictures/column.png: a column of neurons with some of its connections, and all of its weights as a matrix.

python docs/pictures/column.py
"""

from pathlib import Path

from matplotlib.figure import Figure

import neurolsm as nl
from neurolsm.plot import column, connectivity
from neurolsm.plot.save import save_figure

lsm = nl.LSM(inputs=8, liquid=nl.Liquid(topology=nl.Column(shape=(5, 5, 10), wavelength=2.0)), seed=1)
figure = Figure(figsize=(9, 4.4), layout="constrained")
column(lsm, ax=figure.add_subplot(1, 2, 1, projection="3d"))
connectivity(nl.lower(lsm).program, ax=figure.add_subplot(1, 2, 2))
save_figure(figure, Path(__file__).with_suffix(".png"), dpi=110)
