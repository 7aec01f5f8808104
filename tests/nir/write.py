"""Writes the NIR files beside it, each with the spikes that the tool itself makes: a Python with snntorch, norse and nir.

python tests/nir/write.py
"""

from pathlib import Path

import nir
import norse.torch as norse
import numpy as np
import snntorch as snn
import torch
from norse.torch.functional.lif_box import LIFBoxParameters
from norse.torch.utils.export_nir import to_nir
from snntorch.export_nir import export_to_nir

HERE = Path(__file__).parent
STEPS, CHANNELS, UNITS = 80, 12, 30


def raster(seed):
    return (np.random.default_rng(seed).random((STEPS, CHANNELS)) < 0.15).astype(np.float32)


def linear(inputs, outputs, scale, seed, bias):
    torch.manual_seed(seed)
    layer = torch.nn.Linear(inputs, outputs, bias=bias)
    with torch.no_grad():
        layer.weight.copy_(scale * (torch.rand(outputs, inputs) - 0.3))
        if bias:
            layer.bias.copy_(0.02 * torch.rand(outputs))
    return layer


def keep(name, graph, given, spikes):
    nir.write(HERE / f"{name}.nir", graph)
    np.savez_compressed(HERE / f"{name}.npz", inputs=given.astype(bool), spikes=spikes.astype(bool))
    print(name, spikes.sum(), "spikes")


def recurrent_snntorch():
    """One Linear with a bias and one RSynaptic, which is exported as a graph within the graph."""
    feed = linear(CHANNELS, UNITS, 0.4, 1, bias=True)
    cell = snn.RSynaptic(
        alpha=0.8, beta=0.9, linear_features=UNITS, reset_mechanism="zero", reset_delay=False, all_to_all=True
    )
    back = linear(UNITS, UNITS, 0.05, 2, bias=True)
    cell.recurrent.weight, cell.recurrent.bias = back.weight, back.bias
    net = torch.nn.Sequential(feed, cell)
    given = raster(3)
    spikes, syn, mem = (torch.zeros(1, UNITS) for _ in range(3))
    out = []
    with torch.no_grad():
        for x in torch.tensor(given):
            spikes, syn, mem = cell(feed(x[None]), spikes, syn, mem)
            out.append(spikes[0].numpy().copy())
    cell.reset_delay = True  # snnTorch 1.0 cannot trace it otherwise; the graph does not depend on it
    graph = export_to_nir(net, torch.zeros(1, CHANNELS), ignore_dims=[0])
    keep("snntorch", graph, given, np.array(out))


def chain_norse():
    """Two layers of LIFBox cells."""
    first, second = linear(CHANNELS, UNITS, 3.0, 4, bias=False), linear(UNITS, 10, 4.0, 5, bias=True)
    # constants per neuron: NIR's writer cannot store scalars
    cells = [
        norse.LIFBoxCell(
            LIFBoxParameters(tau_mem_inv=torch.full((n,), 1 / tau), v_th=torch.full((n,), 0.6), v_leak=torch.zeros(n))
        )
        for n, tau in ((UNITS, 8e-3), (10, 12e-3))
    ]
    net = norse.SequentialState(first, cells[0], second, cells[1])
    given, out, state = raster(6), [], None
    with torch.no_grad():
        for x in torch.tensor(given):
            spikes, state = net(x[None], state)
            out.append(spikes[0].numpy().copy())
    keep("norse", to_nir(net, torch.zeros(1, CHANNELS)), given, np.array(out))


if __name__ == "__main__":
    recurrent_snntorch()
    chain_norse()
