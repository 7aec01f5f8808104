"""Draw docs/pictures/stdp.png: the learning window of pair STDP, as the emulator measures it, on its formula.

python docs/pictures/stdp.py
"""

from pathlib import Path

from matplotlib.figure import Figure

import neurolsm as nl
from neurolsm.plot import fixed_point, learning_window
from neurolsm.plot.save import save_figure

figure = Figure(figsize=(9, 3.8), layout="constrained")
left, right = figure.subplots(1, 2)
learning_window(nl.STDP(a_plus=8.0, a_minus=6.0), left)
fixed_point(nl.Oja(), right)
save_figure(figure, Path(__file__).with_suffix(".png"), dpi=110)
