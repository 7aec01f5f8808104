"""Which stream of stochastic rounding learns better: one draw per step for all synapses (Lava's), or one for each synapse.

``digits`` is learned on the chip from nothing by the delta rule, in one pass, with either stream in every plastic projection;
everything else is equal. Five seeds of liquid, split and order.

Run:  python models/tune/rounding_streams.py [seeds]
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from neurolsm_models.digits import MODEL

from neurolsm.deployment import Deployment
from neurolsm.learn.chip import DeltaReadout
from neurolsm.lowering import lower
from neurolsm.measure.scenarios.setting import Setting, accuracy
from neurolsm.program import Program
from neurolsm.program.plasticity import LAVA, SYNAPSE


def with_stream(program: Program, stream: str) -> Program:
    return replace(
        program,
        projections=tuple(
            replace(p, plasticity=replace(p.plasticity, stream=stream)) if p.plasticity else p
            for p in program.projections
        ),
    )


def main(seeds: int = 5) -> None:
    for stream in (SYNAPSE, LAVA):
        found = []
        for seed in range(1, seeds + 1):
            setting = Setting.of(MODEL, "scratch", "emulator", seed, None)
            lsm = replace(MODEL.lsm(seed), readout=DeltaReadout(classes=10))
            program = with_stream(lower(lsm).program, stream)
            with Deployment(lsm, MODEL.encoder, program, setting.labels, "emulator", {}) as chip:
                chip.learn(setting.train.x, setting.train.y)
                found.append(accuracy(chip.predict(setting.test.x).label, setting.test.y))
        print(f"{stream}: {100 * np.mean(found):.2f} ± {100 * np.std(found, ddof=1):.2f} %, {seeds} seeds", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
