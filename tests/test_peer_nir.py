"""Files that neurolsm exports, run by the tools that read NIR: Norse and snnTorch make the same spikes.

Input arrives there in the step of its spike and here in the next one, so their spikes come one step earlier; else nothing
differs but float32 there and float64 here. snnTorch's recurrent cells reset one step late, which is a refractory period of one
step here. Runs where the tools are: ``pip install torch snntorch norse`` beside neurolsm[nir] in an environment of its own.
"""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.execute.backend import open_simulator
from neurolsm.interchange.export_nir import export_nir

needed = "snntorch, norse and torch are only compared with: install them in an environment of their own"
torch = pytest.importorskip("torch", reason=needed)
nir = pytest.importorskip("nir", reason=needed)
STEPS = 200


def liquid(n=60, tau_mem=20e-3, **fields):
    return nl.LSM(
        inputs=15, seed=4, liquid=nl.Liquid(
            topology=nl.RandomGraph(n=n, density=0.15), neuron=nl.LIF(tau_syn=4e-3, tau_mem=tau_mem),
            weights=0.05, input=nl.RandomMap(density=0.4, weight=0.3), **fields,
        ),
    )  # fmt: skip


def run_here(lsm):
    """Input raster [T, channels] and the spikes of the emulator in float arithmetic [T, n]."""
    raster = np.random.default_rng(2).random((STEPS, 15)) < 0.08
    program = nl.lower(lsm, arithmetic="float").program
    with open_simulator(program) as simulator:
        return raster, simulator.run(nl.Spikes.from_dense(raster[None])).spikes.dense()[0]


def run_there(net, raster):
    """Spikes [T, n] of a module that takes one step and its state."""
    out, state = [], None
    with torch.no_grad():
        for x in torch.tensor(raster, dtype=torch.float32):
            found = net(x[None], state)
            spikes, state = found if isinstance(found, tuple) else (found, None)
            out.append(spikes.reshape(-1).numpy().copy())
    return np.array(out) > 0.5


def check(here, there):
    """Not a spike differs, in a liquid that is neither silent nor saturated."""
    assert 0.01 < here.mean() < 0.3
    assert np.array_equal(here[1:], there[:-1])


def test_norse_makes_the_same_spikes(tmp_path):
    norse = pytest.importorskip("norse.torch", reason=needed)
    lsm = liquid(tau_mem=nl.Uniform(10e-3, 30e-3))  # a time constant for each neuron
    raster, here = run_here(lsm)
    export_nir(lsm, tmp_path / "liquid.nir")
    net = norse.from_nir(nir.read(tmp_path / "liquid.nir"), dt=1e-3, ignore_warnings=True)
    check(here, run_there(net, raster))


def test_snntorch_makes_the_same_spikes(tmp_path):
    importer = pytest.importorskip("snntorch.import_nir", reason=needed)
    lsm = liquid()
    raster, here = run_here(lsm)
    export_nir(lsm, tmp_path / "liquid.nir", dt=1e-4, nested=True)  # the step and the form that snnTorch reads
    check(here, run_there(importer.import_from_nir(nir.read(tmp_path / "liquid.nir")), raster))
