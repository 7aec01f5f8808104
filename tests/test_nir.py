"""NIR: round trips to the bit, graphs of other tools on every backend, and files that are refused by name."""

import json
import time
import tracemalloc
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from networks import network

import neurolsm as nl
from neurolsm.conformance.generate import Case, program
from neurolsm.conformance.generate_plastic import plastic_case, plastic_program
from neurolsm.execute import backend
from neurolsm.execute.backend import open_simulator

nir = pytest.importorskip("nir", reason='NIR is an extra: pip install "neurolsm[nir]"')
h5py = pytest.importorskip("h5py", reason='NIR is an extra: pip install "neurolsm[nir]"')

from neurolsm.interchange.export_nir import export_nir, to_nir  # noqa: E402
from neurolsm.interchange.import_nir import import_nir  # noqa: E402

FILES = Path(__file__).parent / "nir"

# ---------------------------------------------------------------------- round trips


def sayable(found):
    """Without membranes that never leak, the one thing that NIR's divisions by tau cannot say."""
    return replace(found, neurons=replace(found.neurons, dv=np.maximum(found.neurons.dv, 1)))


def random_network(seed):
    """Static, plastic and float programs in turn, with delays, both signs, silent and saturated ones."""
    if seed % 3 == 0:
        return sayable(program(Case.random(seed, largest=60)))
    if seed % 3 == 1:
        return sayable(plastic_program(plastic_case(seed, largest=40)))
    rng = np.random.default_rng(seed)
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=int(rng.integers(2, 60)), density=float(rng.random())),
        neuron=nl.LIF(tau_mem=nl.Uniform(5e-3, 60e-3), v_leak=nl.Uniform(0, 0.9), t_refractory=1e-3 * int(rng.integers(0, 3))),
        delays=nl.Uniform(0, 1e-3 * int(rng.integers(0, 8))),
        short_term=nl.ShortTermPlasticity() if rng.random() < 0.4 else None,
    )  # fmt: skip
    return nl.lower(nl.LSM(inputs=int(rng.integers(1, 20)), liquid=liquid, seed=seed), arithmetic="float").program


def check_round_trips(seeds, folder):
    for seed in seeds:
        found = random_network(seed)
        export_nir(found, folder / "network.nir", nested=bool(seed % 2))
        back = import_nir(folder / "network.nir").program
        assert back.sha256 == found.sha256, seed


def test_round_trips_keep_every_bit(tmp_path):
    check_round_trips(range(12), tmp_path)


@pytest.mark.nightly
def test_three_hundred_round_trips_keep_every_bit(tmp_path):
    check_round_trips(range(300), tmp_path)


def test_the_graph_says_the_network_without_the_metadata(lsm, tmp_path):
    """What other tools see is the network: without metadata it still makes the same spikes, but for refractory periods."""
    liquid = replace(lsm.liquid, neuron=nl.LIF(tau_mem=nl.Uniform(10e-3, 30e-3), v_leak=0.3))
    found = nl.lower(replace(lsm, liquid=liquid), arithmetic="float").program
    graph, left = to_nir(found)
    assert any("names of populations" in what for what in left)
    graph.metadata = {}
    for node in graph.nodes.values():
        node.metadata = {}
    bare = import_nir(graph).program
    assert {p.name for p in bare.projections} == {
        f"nir/{s}/{k}" for s in ("input", "neuron") for k in ("excitatory", "inhibitory")
    }
    inputs = nl.Spikes.from_dense(np.random.default_rng(0).random((2, 100, 6)) < 0.2)
    with open_simulator(found) as a, open_simulator(bare) as b:
        here, there = a.run(inputs), b.run(inputs)
    assert here.spikes.count > 100 and here.spikes.equal(there.spikes)


def test_what_nir_cannot_say_is_listed_and_kept(tmp_path):
    learner = sayable(plastic_program(plastic_case(4)))
    left = export_nir(learner, tmp_path / "learner.nir")
    assert any("plasticity" in what for what in left) and any("rounding" in what for what in left)
    told = json.loads(nir.read(tmp_path / "learner.nir").metadata["neurolsm"])
    assert told["cannot_say"] == left
    assert told["header"]["projections"][0]["plasticity"]["dw"]
    assert import_nir(tmp_path / "learner.nir").program.learns


def test_a_changed_graph_wins_over_its_metadata(lsm, tmp_path):
    found = nl.lower(lsm, arithmetic="float").program
    graph, _ = to_nir(found)
    graph.nodes["lif"].v_threshold = 2 * graph.nodes["lif"].v_threshold
    back = import_nir(graph).program
    assert (back.neurons.vth == 2).all() and (back.neurons.refractory == found.neurons.refractory).all()
    graph.nodes["w_in"].weight = 3 * graph.nodes["w_in"].weight
    np.testing.assert_allclose(import_nir(graph).program.projections[0].weight, 3 * found.projections[0].weight)


# ---------------------------------------------------------------------- equations by hand


def chain(**constants):
    """One input onto one CubaLIF with a weight of 0.5: tau_syn 4 steps, tau_mem 10 steps."""
    given = {
        "tau_syn": [4e-3], "tau_mem": [10e-3], "r": [2.0], "v_leak": [0.5], "v_threshold": [1.0], "w_in": [3.0]
    } | constants  # fmt: skip
    nodes = {
        "input": nir.Input(np.array([1])), "w": nir.Linear(np.array([[0.5]])),
        "lif": nir.CubaLIF(**{k: np.array(v) for k, v in given.items()}), "output": nir.Output(np.array([1])),
    }  # fmt: skip
    return nir.NIRGraph(nodes, [("input", "w"), ("w", "lif"), ("lif", "output")], metadata={})


def test_constants_by_hand():
    """Euler: d_u = 1/4, d_v = 1/10; a spike adds 0.5 x 1/4 x 3 to the current and that x 1/10 x 2 to v; bias 0.5 / 10."""
    found = import_nir(chain()).program
    n = found.neurons
    assert (n.du[0], n.dv[0], n.vth[0]) == (0.25, 0.1, 1.0)
    assert n.bias[0] == pytest.approx(0.05)
    assert found.projections[0].weight == pytest.approx([0.5 * 0.25 * 3 * 0.1 * 2])
    exponential = import_nir(chain(), decays="exponential").program
    assert exponential.neurons.du[0] == pytest.approx(1 - np.exp(-1 / 4))
    assert import_nir(chain(), dt=2e-3).program.neurons.du[0] == 0.5


def test_chains_of_maps_delays_and_biases_by_hand():
    """input -> Linear -> Delay (2 steps) -> Scale -> Affine -> LIF: 0.5 x 4 x 3 after two steps, and a bias of 0.1."""
    nodes = {
        "input": nir.Input(np.array([1])), "a": nir.Linear(np.array([[0.5]])), "late": nir.Delay(np.array([2e-3])),
        "scale": nir.Scale(np.array([4.0])), "b": nir.Affine(np.array([[3.0]]), np.array([0.1])),
        "lif": nir.LIF(np.array([5e-3]), np.array([5.0]), np.array([0.0]), np.array([1.0])), "output": nir.Output(np.array([1])),
    }  # fmt: skip
    names = list(nodes)
    found = import_nir(nir.NIRGraph(nodes, list(pairwise(names)), metadata={}))
    fed, driven = found.program.projections
    assert (fed.weight[0], fed.delay[0], driven.weight[0]) == (pytest.approx(6.0), 2, pytest.approx(0.1))
    assert found.program.n == 2 and "fires in every step" in found.notes[0]
    with open_simulator(found.program) as simulator:
        out = simulator.run(nl.Spikes.from_events([([], [])], 5, 1), trace=("v",))
    v = out.traces["v"][:, 0]  # from step 1 on: v <- 0.8 v + 0.1
    assert v[:4] == pytest.approx([0, 0.1, 0.18, 0.244]) and out.spikes.dense()[0, :, 1].all()


# ---------------------------------------------------------------------- graphs of other tools

TOOLS = {"snntorch": {"dt": 1e-4, "refractory": 1}, "norse": {"dt": 1e-6}}  # Norse 1.1 writes dt tau instead of tau
LAYERS = {"snntorch": 1, "norse": 2}  # here every layer takes a step
RUN_ON = [name for name in backend.names() if name != "reference"] + ["reference"]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", RUN_ON)
def test_graphs_of_other_tools_run_on_every_backend(tool, name):
    """Not a spike differs from those the tool made of its own network (tests/nir/write.py)."""
    found = import_nir(FILES / f"{tool}.nir", **TOOLS[tool])
    kept = np.load(FILES / f"{tool}.npz")
    layers, there = LAYERS[tool], kept["spikes"]
    raster = np.concatenate([kept["inputs"], np.zeros((layers, kept["inputs"].shape[1]), bool)])
    if "float" in getattr(backend.resolve(name)[0], "unsupported", {}):  # graphs keep their float arithmetic here
        with pytest.raises(nl.InvalidValue, match=r"arithmetic = 'float'"):
            open_simulator(found.program, name)
        return
    with open_simulator(found.program, name) as simulator:
        spikes = simulator.run(nl.Spikes.from_dense(raster[None])).spikes.dense()[0]
    here = spikes[layers:, found.program.population(found.outputs[-1]).slice]
    assert there.sum() > 100 and np.array_equal(here, there)


@pytest.mark.parametrize("tool", TOOLS)
def test_graphs_of_other_tools_are_quantised_too(tool):
    """In Loihi's integers most spikes stay; the backends that agree in integers then run the same program."""
    options = TOOLS[tool]
    exact, integer = (import_nir(FILES / f"{tool}.nir", arithmetic=a, **options).program for a in ("float", "loihi"))
    assert integer.integer and integer.n == exact.n and integer.synapses <= exact.synapses
    inputs = nl.Spikes.from_dense(np.load(FILES / f"{tool}.npz")["inputs"][None])
    with open_simulator(exact) as a, open_simulator(integer) as b:
        here, there = a.run(inputs).counts()[0, 0], b.run(inputs).counts()[0, 0]
    assert np.corrcoef(here, there)[0, 1] > 0.9 and abs(here.sum() - there.sum()) < 0.1 * here.sum()


# ---------------------------------------------------------------------- what is refused


def test_what_nir_cannot_say_at_all_is_refused(lsm, tmp_path):
    endless = replace(lsm, liquid=replace(lsm.liquid, neuron=nl.LIF(tau_mem=np.inf)))
    with pytest.raises(nl.InvalidValue, match=r"tau_mem = 'infinite'.*large but finite"):
        export_nir(endless, tmp_path / "x.nir")
    with pytest.raises(nl.InvalidValue, match="as dense matrices"):
        export_nir(network(10_000, 20_000), tmp_path / "x.nir")
    with pytest.raises(nl.InvalidValue, match="decays"):
        export_nir(lsm, tmp_path / "x.nir", decays="linear")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def broken(tmp_path):
    """``broken(change)``: the hand-made chain as a file, changed by ``change(root of the graph)``."""

    def make(change):
        path = tmp_path / "broken.nir"
        nir.write(path, chain())
        with h5py.File(path, "r+") as file:
            change(file["node"])
        return path

    return make


def swap(group, name, value, **options):
    del group[name]
    group.create_dataset(name, data=value, **options)


def nest(group):
    for _ in range(60):
        group = group.create_group("nodes/deeper") if "nodes" not in group else group["nodes"].create_group("deeper")


def edges(group, *pairs):
    swap(group, "edges", np.array(pairs, dtype=h5py.string_dtype()))


CHANGES = {
    r"node 'lif' is a Izhikevich, which no liquid can hold; known are CubaLIF": lambda g: swap(g["nodes/lif"], "type", "Izhikevich"),
    r"node 'w' is a Conv2d": lambda g: swap(g["nodes/w"], "type", "Conv2d"),
    r"node 'lif' has tau_mem = -0\.01 s; a time constant must be above 0": lambda g: swap(g["nodes/lif"], "tau_mem", [-0.01]),
    r"tau_syn = 0 s": lambda g: swap(g["nodes/lif"], "tau_syn", [0.0]),
    r"tau_syn = 0\.0001 s, shorter than the step": lambda g: swap(g["nodes/lif"], "tau_syn", [1e-4]),
    r"v_threshold = -1": lambda g: swap(g["nodes/lif"], "v_threshold", [-1.0]),
    r"has a v_reset that is not 0": lambda g: swap(g["nodes/lif"], "v_reset", [-0.2]),
    r"has a r that is not finite": lambda g: swap(g["nodes/lif"], "r", [np.nan]),
    r"has no v_threshold": lambda g: g["nodes/lif"].__delitem__("v_threshold"),
    r"names 'nowhere', which is no node": lambda g: edges(g, ("input", "w"), ("w", "nowhere")),
    r"node 'w' is fed by nothing|takes 1 values and is given|no edges|is fed by nothing": lambda g: g.__delitem__("edges"),
    r"has an edge twice": lambda g: edges(g, ("input", "w"), ("input", "w"), ("w", "lif")),
    r"edges that are not pairs": lambda g: swap(g, "edges", np.arange(5)),
    r"node 'w' takes 7 values and is given 1": lambda g: swap(g["nodes/w"], "weight", np.ones((1, 7))),
    r"node 'lif' has 2 neurons and is given 1 values|has 1 values of|2 values of tau_mem": lambda g: swap(g["nodes/lif"], "tau_mem", [0.1, 0.1]),
    r"feeds itself without a spiking neuron": lambda g: edges(g, ("input", "w"), ("w", "w"), ("w", "lif"), ("lif", "output")),
    r"nested deeper than": nest,
    r"declares 8,000,000,000,000 bytes": lambda g: (
        g["nodes/w"].__delitem__("weight"), g["nodes/w"].create_dataset("weight", (10**6, 10**6), "f8", chunks=(10, 10))),
    r"is a link, to another place": lambda g: g["nodes"].__setitem__("away", h5py.SoftLink("/node")),
    r"is a link, to another place or another": lambda g: g["nodes"].__setitem__("away", h5py.ExternalLink("/etc/passwd", "/")),
    r"neither numbers nor text": lambda g: g["nodes/w"].create_dataset("odd", (2,), h5py.ref_dtype),
    r"has no type": lambda g: g["nodes"].create_group("empty"),
    r"not a NIRGraph": lambda g: swap(g, "type", "Linear"),
    r"metadata 'neurolsm' cannot be read": lambda g: g.create_group("metadata").create_dataset("neurolsm", data="{]"),
    r"has no spiking neuron": lambda g: (g["nodes"].__delitem__("lif"), edges(g, ("input", "w"), ("w", "output"))),
}  # fmt: skip


@pytest.mark.parametrize("said", CHANGES)
def test_a_bad_file_is_refused_by_name_at_once_and_in_little_memory(broken, said):
    path = broken(CHANGES[said])
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.raises(nl.FileRefused, match=said):
            import_nir(path)
        assert time.perf_counter() - start < 5
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_a_group_within_itself_is_refused(broken):
    path = broken(lambda g: g["nodes"].__setitem__("again", g))
    with pytest.raises(nl.FileRefused, match=r"is an object that has another name already"):
        import_nir(path)


def test_many_declared_neurons_take_no_memory(broken):
    """Zeros that compress to nothing: 120 MB are declared, within the limit of a file, and no more than that is taken."""

    def many(g):
        for name in ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"):
            swap(g["nodes/lif"], name, np.ones(2_000_000), compression="gzip")

    with pytest.raises(nl.FileRefused, match="declares 2,000,000 neurons, the limit is 1,000,000"):
        import_nir(broken(many))


@pytest.mark.parametrize("kept", [0, 1, 100, 2000, -1])
def test_a_file_cut_short_is_refused(tmp_path, kept):
    whole = tmp_path / "whole.nir"
    nir.write(whole, chain())
    data = whole.read_bytes()
    cut = tmp_path / "cut.nir"
    cut.write_bytes(data[:kept])
    with pytest.raises(nl.FileRefused, match="cut short or not a NIR file"):
        import_nir(cut)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(nl.FileRefused, match="no such file"):
        import_nir(tmp_path / "absent.nir")
    (tmp_path / "text.nir").write_text("not HDF5")
    with pytest.raises(nl.FileRefused, match="not a NIR file"):
        import_nir(tmp_path / "text.nir")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["something"] = 1
    with pytest.raises(nl.FileRefused, match="holds no NIR graph"):
        import_nir(tmp_path / "other.h5")


@pytest.mark.nightly
def test_files_with_damaged_bytes_never_do_worse_than_being_refused(tmp_path):
    """A flipped byte may go unseen, in a weight; it never hangs, never crashes and never raises anything else."""
    whole = tmp_path / "whole.nir"
    nir.write(whole, chain())
    data, rng = whole.read_bytes(), np.random.default_rng(0)
    path = tmp_path / "damaged.nir"
    for _ in range(500):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 6)):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        start = time.perf_counter()
        try:
            import_nir(path)
        except nl.NeuroLSMError:
            pass
        assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "options, said",
    [({"dt": 0}, "dt = 0"), ({"decays": "linear"}, "decays"), ({"arithmetic": "fixed"}, "arithmetic"), ({"refractory": 64}, "refractory")],
)  # fmt: skip
def test_bad_arguments_are_refused(options, said):
    with pytest.raises(nl.InvalidValue, match=said):
        import_nir(chain(), **options)


def test_the_commands_export_and_import(command, tmp_path, wide):
    file, saved = tmp_path / "wide.nir", tmp_path / "wide.program"
    code, out, err = command("nir", "export", "wide", file, "--arithmetic", "loihi", "--target", "loihi1", "--seed", 2)
    assert code == 0 and not err and "NIR cannot express, so it is in the metadata: rounding" in out
    code, out, _ = command("nir", "import", file, saved)
    assert code == 0 and "50 neurons" in out
    assert nl.Program.load(saved).sha256 == nl.lower(replace(wide, seed=2), "loihi1").program.sha256
    code, out, err = command("nir", "import", tmp_path / "absent.nir", saved)
    assert code == 2 and "no such file" in err and not out
    code, _, err = command("nir", "export", "wide", tmp_path / "no" / "where.nir")
    assert code == 2 and "does not exist" in err
