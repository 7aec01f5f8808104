"""What a user does in a day, small: run by test_neighbours.py in a process of its own, under other rules than usual."""

import os
import tempfile
from pathlib import Path

import numpy as np

import neurolsm as nl
from neurolsm.execute.workers import cores
from neurolsm.measure import instruments as instruments

LIQUID = nl.Liquid(
    topology=nl.RandomGraph(n=20, density=0.2),
    input=nl.RandomMap(density=0.5, weight=0.8),
    delays=nl.Uniform(0, 3e-3),
)


def use(folder):
    y = np.arange(30) % 3
    x = np.eye(6)[y] * 0.6 + 0.4 * np.random.default_rng(0).random((30, 6))
    lsm, encoder = nl.LSM(inputs=6, liquid=LIQUID), nl.RateEncoder(steps=12)
    model = nl.LSMClassifier(lsm, encoder, nl.Joined((nl.Counts(), nl.LowPass())), batch_size=10)
    found = [nl.evaluate(model, x, y, splits=2).values, model.fit(x, y).score(x, y)]
    program = nl.lower(lsm).program
    program.save(folder / "program.lsm")
    compared = nl.compare(nl.Program.load(folder / "program.lsm"), encoder.encode(x), ["emulator", "reference"])
    found.append(str(instruments.firing(compared.recordings["emulator"].spikes)))
    for readout in (nl.PrototypeReadout(neurons=40), nl.DeltaReadout(classes=3)):
        chip = nl.deploy(nl.LSM(inputs=6, liquid=LIQUID, readout=readout), encoder, labels=[0, 1, 2])
        with chip:
            chip.learn(x, y)
            found.append(chip.predict(x).label.tolist())
            chip.save(folder / "chip.lsm")
        with nl.resume(folder / "chip.lsm") as again:
            found.append(again.predict(x).label.tolist())
    floats = nl.lower(lsm, arithmetic="float").program
    for backend in ("reference", "emulator"):
        with nl.open_simulator(floats, backend) as simulator:
            found.append(simulator.run(encoder.encode(x[:3])).spikes.count)
    return found


if __name__ == "__main__":
    np.seterr(all="raise")
    os.environ["PYTHONWARNINGS"] = "error"  # in the workers too
    model = nl.LSMClassifier(
        nl.LSM(inputs=6, liquid=LIQUID), nl.RateEncoder(steps=12), batch_size=4, workers=2 if cores() > 1 else None
    )
    model.fit(np.eye(6).repeat(3, axis=0), np.arange(18) % 2)
    with tempfile.TemporaryDirectory() as folder:
        print(use(Path(folder)))
