"""NeuroBench's own package, on a PyTorch twin of one network, must measure what ``measure.neurobench`` says.

It runs where neurobench, snntorch and torch are installed beside neurolsm; they are compared with and never needed:
``pip install neurobench snntorch torch`` into an environment of its own, then ``pytest tests/test_peer_neurobench.py``.
"""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.execute.backend import open_simulator
from neurolsm.measure.instruments.neurobench import neurobench

needed = "neurobench, snntorch and torch are only compared with: install them in an environment of their own"
torch = pytest.importorskip("torch", reason=needed)
snn = pytest.importorskip("snntorch", reason=needed)
pytest.importorskip("neurobench", reason=needed)

STEPS, SAMPLES = 60, 4


def twin(program):
    """The float program as an snnTorch network of two Linear layers and one spiking layer."""
    from neurobench.models import SNNTorchModel

    def layer(source, units):
        dense = np.zeros((program.n, units))
        for p in program.projections:
            if p.source == source:
                dense[p.post, p.pre] = p.weight
        found = torch.nn.Linear(units, program.n, bias=False)
        found.weight = torch.nn.Parameter(torch.tensor(dense, dtype=torch.float32))
        return found

    class Twin(torch.nn.Module):
        def __init__(self):
            super().__init__()
            n = program.neurons
            self.feed, self.back = layer("input", program.n_inputs), layer("neuron", program.n)
            self.cell = snn.Synaptic(
                alpha=float(1 - n.du[0]),
                beta=float(1 - n.dv[0]),
                threshold=1.0,
                reset_mechanism="zero",
                reset_delay=False,
            )
            self.state = None

        def reset(self):
            self.state = None

        def forward(self, x):
            if self.state is None:
                zero = torch.zeros(x.shape[0], program.n)
                self.state = (zero, zero, zero)
            spikes, syn, mem = self.state
            spikes, syn, mem = self.cell(self.feed(x) + self.back(spikes), syn, mem)
            self.state = (spikes, syn, mem)
            return spikes, mem

    net = Twin()
    return SNNTorchModel(net), net


def test_the_package_measures_the_same():
    from neurobench.metrics.static import ConnectionSparsity, Footprint
    from neurobench.metrics.workload import ActivationSparsity, SynapticOperations

    liquid = nl.Liquid(topology=nl.RandomGraph(n=80, density=0.1), input=nl.RandomMap(density=0.3, weight=0.7))
    program = nl.lower(nl.LSM(inputs=20, liquid=liquid, seed=5), arithmetic="float").program
    raster = np.random.default_rng(1).random((SAMPLES, STEPS, 20)) < 0.1
    raster[:, STEPS // 2 :] = False  # all is quiet at the end, where the twin delivers nothing any more
    inputs = nl.Spikes.from_dense(raster)
    with open_simulator(program) as simulator:
        recording = simulator.run(inputs)
    assert recording.spikes.count > 100 and not recording.spikes.dense()[:, -1].any()
    ours = neurobench(program, inputs, recording)

    model, net = twin(program)
    activation, operations = ActivationSparsity(), SynapticOperations()
    model.register_hooks()
    shifted = np.roll(raster, 1, axis=1)  # an input spike acts a step later here than there
    data = (torch.tensor(shifted, dtype=torch.float32), torch.zeros(SAMPLES))
    with torch.no_grad():
        spikes = model(data[0])
    assert np.array_equal(spikes.numpy().astype(bool), recording.spikes.dense())
    assert ours.connection_sparsity == pytest.approx(ConnectionSparsity()(model), abs=5e-5)  # they round to 4 decimals
    constants = [*net.cell.buffers(), *net.cell.parameters()]
    assert Footprint()(model) == ours.dense_footprint + sum(x.numel() * x.element_size() for x in constants)
    assert activation(model, spikes, data) == pytest.approx(ours.activation_sparsity)
    assert operations(model, spikes, data) == {
        "Effective_MACs": 0, "Effective_ACs": ours.effective_acs, "Dense": ours.dense
    }  # fmt: skip
