"""Draw docs/pictures/forecast.png: a forecast of Mackey-Glass with its target, and the closed loop that leaves it after a while.

python docs/pictures/forecast.py
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import neurolsm as nl
from neurolsm.measure import nrmse
from neurolsm.plot.save import save_figure

x = [1.2] * 18
for _ in range(2500):  # the equation with steps of 1
    x.append(x[-1] + 0.2 * x[-18] / (1 + x[-18] ** 10) - 0.1 * x[-1])
x = np.array(x[300:])

train, ahead = 1800, 10
model = nl.LSMSequenceRegressor(washout=100, random_state=1).fit(x[:train], x[ahead : train + ahead])
said, target = model.predict(x[train - 100 : -ahead])[100:], x[train + ahead :]  # 100 values to come to itself
loop = nl.LSMSequenceRegressor(washout=100, random_state=1).fit(x[:train])
alone = loop.forecast(target.size)

figure = Figure(figsize=(9, 4.6), layout="constrained")
top, low = figure.subplots(2, 1)
time = np.arange(target.size)
for ax, curve, name in ((top, said, f"{ahead} values ahead"), (low, alone, "closed loop")):
    other = target if ax is top else x[train : train + target.size]
    ax.plot(time, other, color="0.6", linewidth=2.5, label="series")
    ax.plot(time, curve, color="#0072b2", linewidth=1.2, label=name)
    ax.set(ylabel="value", xlim=(0, time[-1]))
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
top.set_title(f"NRMSE {nrmse(target, said):.3f}", loc="right", fontsize="medium")
low.set_xlabel("values after the end of training")
save_figure(figure, Path(__file__).with_suffix(".png"), dpi=110)
