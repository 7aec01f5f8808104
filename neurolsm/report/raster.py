"""A raster to look into: the spikes as data of the page, and what ``raster.js`` needs to draw them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from neurolsm.program import Program
from neurolsm.program.signs import signs
from neurolsm.program.spikes import Spikes
from neurolsm.report.page import plain, text

MARKS = 100_000  # spikes on a page: more are slow to draw, and a page should stay small
SAMPLES = 3
KEYS = "Keys: up and down choose a neuron, left and right move, + and - zoom, 0 shows all."


def raster(program: Program, spikes: Spikes, names: Sequence[str]) -> str:
    """The HTML of an interactive raster of the first samples.

    Args:
        program: what ran.
        spikes: of its neurons.
        names: of the samples.
    """
    shown = min(SAMPLES, len(spikes), len(names))
    events = [spikes.events(k) for k in range(shown)]
    counts = sum((np.bincount(unit, minlength=program.n) for _, unit in events), np.zeros(program.n, int))
    units = max(1, int(np.searchsorted(np.cumsum(counts), MARKS, side="right")))
    data = {
        "dt": program.dt,
        "units": units,
        "signs": signs(program)[:units].tolist(),
        "samples": [
            {"steps": int(spikes.steps[k]), "step": step[unit < units].tolist(), "unit": unit[unit < units].tolist()}
            for k, (step, unit) in enumerate(events)
        ],
    }
    options = "".join(f'<option value="{k}">{text(names[k])}</option>' for k in range(shown))
    which = f"neurons 0 to {units - 1:,} of {program.n:,}" if units < program.n else f"all {program.n:,} neurons"
    said = plain(f"Raster of the spikes of {which} over time; blue is excitatory, red inhibitory. {KEYS}")
    held = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<div class="raster">\n<div class="bar"><label>sample <select>{options}</select></label>'
        f'<label>neuron <input type="number" min="0" max="{units - 1}" step="1"></label>'
        '<button type="button" data-do="in">zoom in</button><button type="button" data-do="out">zoom out</button>'
        '<button type="button" data-do="all">show all</button></div>\n'
        f'<canvas tabindex="0" role="img" aria-label="{text(said)}"></canvas>\n'
        f'<output aria-live="polite">Point at a neuron, or type its number.</output>\n'
        f'<p class="note">{text(said)} Drag moves.</p>\n'
        f'<script type="application/json">{held}</script>\n</div>\n'
        "<noscript><p>The raster needs the script of this page, which is switched off.</p></noscript>"
    )
