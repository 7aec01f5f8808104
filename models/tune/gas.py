"""Choose the setting of ``gas`` with seeds that are not reported: the liquids 101 to 103 and their orders of the samples.

The batches are those of the report, for there are no others of these sensors. Usage, one line per trial, settings that are not named as in ``START``:

    python models/tune/gas.py '[{}, {"margin": 0.1}, {"share": 0.1}]'
    python models/tune/gas.py '[{"scenarios": ["none"], "margin": 0.4}, {"scenarios": ["none"], "margin": 0.4, "activity": 0.3}]'
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from neurolsm_models import gas
from neurolsm_models.data.gas import FEATURES, load_gas

import neurolsm as nl
from neurolsm.measure.scenarios.batches import walked
from neurolsm.measure.scenarios.setting import Setting
from neurolsm.tasks.model import Data, Model

LABELS = {"every": (1, 0), "tenth": (10, 0), "none": (0, 0), "late": (1, 50)}
START: dict[str, Any] = {
    "share": 0.3, "steps": 40, "high": 4.0, "layers": 4, "density": 0.06, "gain": 1.2, "recurrent": 0.05, "prototypes": 1000,
    "activity": 0.5, "margin": 0.2, "replace": True, "nearest": 1, "pull": 0.0, "seeds": [101, 102, 103], "scenarios": ["every", "tenth", "none"],
}  # fmt: skip


def model(c: dict[str, Any]) -> Model:
    """``gas`` with other settings."""
    found = load_gas()
    data = Data(gas.whitened(found.x, found.gas, found.batch == 1, c["share"]), found.gas, groups=found.batch)
    encoder = nl.SignedRateEncoder(steps=c["steps"], rate=1.0, high=c["high"])
    weak, strong = nl.Gamma(c["recurrent"]), nl.Gamma(2 * c["recurrent"])

    def lsm(seed: int) -> nl.LSM:
        base = gas.lsm(seed)
        liquid = replace(
            base.liquid, topology=nl.Column(shape=(10, 10, c["layers"]), wavelength=2.5),
            weights=nl.Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
            input=nl.RandomMap(density=c["density"], weight=nl.Gamma(c["gain"]), inhibitory=0.5),
        )  # fmt: skip
        return replace(base, inputs=encoder.channels(FEATURES), liquid=liquid)

    readout = nl.PrototypeReadout(
        neurons=c["prototypes"],
        windows=1,
        activity=c["activity"],
        margin=c["margin"],
        pull=c["pull"],
        replace=c["replace"],
        nearest=c["nearest"],
    )
    return replace(gas.MODEL, load=lambda: data, encoder=encoder, lsm=lsm, chip_readout=lambda *_: readout)


def main(changes: list[dict[str, Any]]) -> None:
    for change in changes:
        c = {**START, **change}
        changed = model(c)
        for scenario in c["scenarios"]:
            every, delay = LABELS[scenario]
            found = [walked(Setting.of(changed, scenario, "emulator", seed, None), every, delay) for seed in c["seeds"]]
            each = np.array([list(one.adapted.values()) for one in found])
            shown = " ".join(f"{100 * a:.1f}" for a in each.mean(axis=0))
            ms, used = (np.mean([getattr(one, name) for one in found]) for name in ("ms", "prototypes"))
            print(
                f"{scenario}: {100 * each.mean():.2f} ({shown}), {used:.0f} prototypes, {ms:.2f} ms {change}",
                flush=True,
            )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
