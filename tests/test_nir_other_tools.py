"""Graphs as other tools mean them: IF, several inputs, readouts behind the last neurons; and what is no graph at all."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl

nir = pytest.importorskip("nir", reason='NIR is an extra: pip install "neurolsm[nir]"')

from neurolsm.interchange.import_nir import import_nir  # noqa: E402


def ones(n, value=1.0):
    return np.full(n, float(value))


def integrate_and_fire(n, r=1.0, threshold=1.0):
    return nir.IF(r=ones(n, r), v_threshold=ones(n, threshold), v_reset=ones(n, 0))


def lif(n, dt=1e-3):
    """Ten steps of membrane; r undoes the share of a step, so that a weight is what a spike adds to v."""
    return nir.LIF(tau=ones(n, 10 * dt), r=ones(n, 10), v_leak=ones(n, 0), v_threshold=ones(n), v_reset=ones(n, 0))


def chain(*nodes, inputs=1, outputs=None):
    """Input, the nodes one after the other, output."""
    every = [nir.Input(np.array([inputs])), *nodes, nir.Output(np.array([outputs or inputs]))]
    names = ["input", *(f"n{k}" for k in range(len(nodes))), "output"]
    return nir.NIRGraph(dict(zip(names, every, strict=True)), list(pairwise(names)), type_check=False)


def spikes_of(found, raster):
    with nl.open_simulator(found.program, "reference") as simulator:
        return simulator.run(nl.Spikes.from_dense(np.asarray(raster, bool)[None])).spikes


def always(steps, channels=1):
    return np.ones((steps, channels), bool)


# ---------------------------------------------------------------------- IF


@pytest.mark.parametrize("arithmetic", ["float", "loihi"])
@pytest.mark.parametrize("dt", [None, 1e-4, 1.0])
def test_an_if_adds_r_i_in_a_step_whatever_dt_is(arithmetic, dt):
    """0.3 per step: 0.3, 0.6, 0.9, 1.2 > 1, a spike and 0 again; here one step later, for input takes a step."""
    found = import_nir(chain(nir.Linear(np.array([[0.3]])), integrate_and_fire(1)), dt=dt, arithmetic=arithmetic)
    assert spikes_of(found, always(20)).events(0)[0].tolist() == [4, 8, 12, 16]
    assert found.notes == ()


def test_the_voltage_of_an_if_by_hand():
    found = import_nir(chain(nir.Affine(np.array([[0.25]]), np.array([-0.125])), integrate_and_fire(1, r=2.0)))
    with nl.open_simulator(found.program, "reference") as simulator:
        out = simulator.run(nl.Spikes.from_dense(always(6)[None]), trace=("v",))
    assert out.traces["v"][:, 0] == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 0.0])  # 2 (0.25 - 0.125) a step
    assert any("r that is not 1" in note and "SpikingJelly" in note for note in found.notes)


@given(
    weight=st.floats(0.05, 1.5), r=st.floats(0.1, 4), threshold=st.floats(0.2, 3),
    seed=st.integers(0, 2**16), dt=st.sampled_from([None, 1e-4, 5e-3]),
)  # fmt: skip
@settings(max_examples=25)
def test_every_if_equals_its_own_loop(weight, r, threshold, seed, dt):
    raster = np.random.default_rng(seed).random((40, 1)) < 0.6
    found = import_nir(chain(nir.Linear(np.array([[weight]])), integrate_and_fire(1, r, threshold)), dt=dt)
    v, expected = 0.0, []
    for t, spike in enumerate(raster[:-1, 0]):
        v += r * weight * spike
        if v > threshold + 1e-9:
            expected.append(t + 1)
            v = 0.0
        elif v > threshold - 1e-9:
            return  # too near to tell
    assert spikes_of(found, raster).events(0)[0].tolist() == expected


def test_an_if_beside_a_lif_keeps_its_own_unit():
    nodes = {
        "in": nir.Input(np.array([1])), "w": nir.Linear(np.array([[0.3]])), "if": integrate_and_fire(1),
        "w2": nir.Linear(np.array([[2.0]])), "lif": lif(1, dt=1e-4), "out": nir.Output(np.array([1])),
    }  # fmt: skip
    found = import_nir(nir.NIRGraph(nodes, list(pairwise(nodes))), dt=1e-4)
    fired = spikes_of(found, always(14)).dense()[0]
    assert np.flatnonzero(fired[:, found.program.population("if").start]).tolist() == [4, 8, 12]
    assert np.flatnonzero(fired[:, found.program.population("lif").start]).tolist() == [5, 9, 13]


# ---------------------------------------------------------------------- order


def two_inputs(first="retina", second="cochlea", flip=False):
    edges = [(first, "wr"), (second, "wc"), ("wr", "lif"), ("wc", "lif"), ("lif", "output")]
    nodes = {
        first: nir.Input(np.array([1])), second: nir.Input(np.array([2])),
        "wr": nir.Linear(np.array([[2.0], [0.0]])), "wc": nir.Linear(np.array([[0.0, 0.0], [2.0, 2.0]])),
        "lif": lif(2), "output": nir.Output(np.array([2])),
    }  # fmt: skip
    return nir.NIRGraph(nodes, edges[1:2] + edges[:1] + edges[2:] if flip else edges)


@pytest.mark.parametrize("flip", [False, True])
def test_inputs_keep_their_order_and_their_names_in_a_file(tmp_path, flip):
    graph = two_inputs(flip=flip)
    nir.write(tmp_path / "two.nir", graph)
    for source in (graph, tmp_path / "two.nir", nir.read(tmp_path / "two.nir")):
        found = import_nir(source)
        places = {given.name: given.slice for given in found.inputs}
        assert list(places) == (["cochlea", "retina"] if flip else ["retina", "cochlea"])
        for name, neuron in (("retina", 0), ("cochlea", 1)):
            raster = np.zeros((10, 3), bool)
            raster[:, places[name]] = True
            assert (spikes_of(found, raster).dense()[0].sum(0) > 0).tolist() == [neuron == 0, neuron == 1]


def test_the_channels_are_told_on_the_command_line(command, tmp_path):
    nir.write(tmp_path / "two.nir", two_inputs())
    code, out, _ = command("nir", "import", tmp_path / "two.nir", tmp_path / "two.program")
    assert code == 0 and "retina is on the channels 0 to 0" in out and "cochlea is on the channels 1 to 2" in out


@st.composite
def graphs(draw):
    """Small networks with names and edges in any order: several inputs, layers, recurrence, graphs within, readouts."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    names = iter(
        draw(
            st.permutations(
                ["b", "a", "10", "9", "Z", "é", "input", "lif", "x.1", "y y", "q", "k", "m", "w0", "n", "o"]
            )
        )
    )
    nodes, edges = {}, []

    def add(node, *feeds):
        name = next(names)
        nodes[name] = node
        edges.extend((source, name) for source in feeds)
        return name

    inputs = [(add(nir.Input(np.array([size]))), size) for size in rng.integers(1, 4, draw(st.integers(1, 3)))]
    feeding = inputs
    for _ in range(draw(st.integers(1, 2))):
        n = int(rng.integers(1, 5))
        maps = [add(nir.Linear(rng.normal(0, 1, (n, size))), name) for name, size in feeding]
        cell = draw(st.sampled_from(["IF", "LIF", "Cuba"]))
        tau = ones(n, 1e-2) * rng.uniform(1, 2, n)
        made = {
            "IF": lambda n=n: integrate_and_fire(n), "LIF": lambda n=n: lif(n),
            "Cuba": lambda n=n, tau=tau: nir.CubaLIF(tau / 2, tau, ones(n, 10), ones(n, 0), ones(n), ones(n, 0), ones(n, 2)),
        }[cell]()  # fmt: skip
        if draw(st.booleans()):
            ports = {"z": nir.Input(np.array([n])), "c": made, "a": nir.Output(np.array([n]))}
            made = nir.NIRGraph(ports, draw(st.permutations([("z", "c"), ("c", "a")])), metadata={})
        layer = add(made, *maps)
        if draw(st.booleans()):
            back = add(nir.Affine(rng.normal(0, 1, (n, n)), rng.normal(0, 0.1, n)), layer)
            edges.append((back, layer))
        feeding = [(layer, n)]
    last, size = feeding[0]
    if draw(st.booleans()):
        last = add(nir.Linear(rng.normal(0, 1, (2, size))), last)
        last = add(nir.LI(ones(2, 1e-2), ones(2), ones(2, 0)), last)
        size = 2
    add(nir.Output(np.array([size])), last)
    shuffled = draw(st.permutations(list(nodes)))
    return nir.NIRGraph({name: nodes[name] for name in shuffled}, draw(st.permutations(edges)), type_check=False)


def check_memory_and_file(graph, path, arithmetic):
    nir.write(path, graph)
    here, there = import_nir(graph, arithmetic=arithmetic), import_nir(path, arithmetic=arithmetic)
    assert here.program.sha256 == there.program.sha256
    assert here.inputs == there.inputs and here.outputs == there.outputs and here.notes == there.notes
    assert len(here.readouts) == len(there.readouts)
    raster = np.random.default_rng(0).random((30, here.program.n_inputs)) < 0.5
    for a, b in zip(here.readouts, there.readouts, strict=True):
        np.testing.assert_array_equal(a(spikes_of(here, raster))[0], b(spikes_of(there, raster))[0])


@given(graph=graphs(), arithmetic=st.sampled_from(["float", "loihi"]))
@settings(max_examples=10)
def test_a_graph_and_its_file_give_the_same_program(tmp_path_factory, graph, arithmetic):
    check_memory_and_file(graph, tmp_path_factory.getbasetemp() / "same.nir", arithmetic)


@pytest.mark.nightly
@given(graph=graphs(), arithmetic=st.sampled_from(["float", "loihi"]))
@settings(max_examples=1000)
def test_a_thousand_graphs_and_their_files_give_the_same_programs(tmp_path_factory, graph, arithmetic):
    check_memory_and_file(graph, tmp_path_factory.getbasetemp() / "same.nir", arithmetic)


# ---------------------------------------------------------------------- readouts

WEIGHT, BIAS = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 1.0]]), np.array([0.25, -0.5])
LI = nir.LI(tau=ones(2, 4e-3), r=ones(2, 2), v_leak=np.array([0.0, 0.1]))
CUBA = nir.CubaLI(tau_syn=ones(2, 2e-3), tau_mem=ones(2, 5e-3), r=ones(2, 3), v_leak=ones(2, 0), w_in=ones(2, 0.5))


def by_hand(x, *stages):
    """The equations of NIR stepped forward at 1 ms, written out for each value."""
    for stage in stages:
        if isinstance(stage, (nir.Linear, nir.Affine)):
            x = x @ stage.weight.T + getattr(stage, "bias", 0)
            continue
        if isinstance(stage, nir.Scale):
            x = x * stage.scale
            continue
        u, v, out = 0.0, 0.0, []
        for now in x:
            if isinstance(stage, nir.CubaLI):
                u = u + (1e-3 / stage.tau_syn) * (stage.w_in * now - u)
                v = v + (1e-3 / stage.tau_mem) * (stage.v_leak - v + stage.r * u)
            elif isinstance(stage, nir.LI):
                v = v + (1e-3 / stage.tau) * (stage.v_leak - v + stage.r * now)
            else:
                v = v + stage.r * now
            out.append(v)
        x = np.array(out)
    return x


ENDS = {
    "Linear": [nir.Linear(WEIGHT)], "Affine": [nir.Affine(WEIGHT, BIAS)], "LI": [nir.Linear(WEIGHT), LI],
    "CubaLI": [nir.Affine(WEIGHT, BIAS), CUBA], "I": [nir.Linear(WEIGHT), nir.I(ones(2, 0.5))],
    "Scale, LI": [nir.Linear(WEIGHT), nir.Scale(np.array([2.0, -1.0])), LI],
    "two": [nir.Affine(WEIGHT, BIAS), LI, nir.Affine(WEIGHT[:, :2], BIAS), CUBA],
    "scaled later": [nir.Linear(WEIGHT), LI, nir.Scale(np.array([2.0, -1.0]))],
}  # fmt: skip


@pytest.mark.parametrize("end, arithmetic", [*((end, "float") for end in ENDS), ("two", "loihi")])
def test_readouts_of_other_tools_are_imported(tmp_path, end, arithmetic):
    first = np.random.default_rng(1).uniform(0.2, 0.9, (3, 4))
    graph = chain(nir.Linear(first), lif(3), *ENDS[end], inputs=4, outputs=2)
    nir.write(tmp_path / "end.nir", graph)
    for source in (graph, tmp_path / "end.nir"):
        found = import_nir(source, arithmetic=arithmetic)
        (readout,) = found.readouts
        assert readout.name == "output" and found.outputs == ()
        assert len(found.notes) == len(ENDS[end]) and all("left out: read out on the host" in n for n in found.notes)
        np.testing.assert_array_equal(readout.weight, WEIGHT * getattr(ENDS[end][1], "scale", np.ones(2))[:, None]
                                      if end == "Scale, LI" else WEIGHT)  # fmt: skip
        spikes = spikes_of(found, np.random.default_rng(2).random((25, 4)) < 0.4)
        (values,) = readout(spikes)
        raster = spikes.dense()[0].astype(float)
        assert raster.sum() > 5 and values.shape == (25, 2)
        assert not values[0].any(), "the first step here is before the first one there"
        np.testing.assert_allclose(values[1:], by_hand(raster[1:], *ENDS[end]), atol=1e-12)


def test_a_readout_takes_samples_of_any_length_and_no_other_spikes():
    found = import_nir(chain(nir.Linear(ones((3, 4), 0.9)), lif(3), nir.Linear(WEIGHT), inputs=4, outputs=2))
    with nl.open_simulator(found.program, "reference") as simulator:
        spikes = simulator.run(nl.Spikes.from_list([always(5, 4), np.zeros((0, 4), bool), always(9, 4)])).spikes
    assert [v.shape for v in found.readouts[0](spikes)] == [(5, 2), (0, 2), (9, 2)]
    with pytest.raises(nl.InvalidValue, match="must be of 3 neurons"):
        found.readouts[0](nl.Spikes.from_dense(always(5, 4)[None]))


def test_spikes_and_a_readout_may_both_be_given_out():
    graph = chain(nir.Linear(ones((3, 4))), lif(3), nir.Linear(WEIGHT), inputs=4, outputs=2)
    graph.nodes["spikes"] = nir.Output(np.array([3]))
    graph.edges.append(("n1", "spikes"))
    found = import_nir(graph)
    assert found.outputs == ("n1",) and [r.name for r in found.readouts] == ["output"]


def test_a_readout_that_hears_inputs_or_delays_is_left_out_with_the_reason():
    late = chain(nir.Linear(ones((3, 4))), lif(3), nir.Delay(ones(3, 2e-3)), nir.Linear(WEIGHT), inputs=4, outputs=2)
    assert any("delayed spikes" in note for note in import_nir(late).notes)
    skip = chain(nir.Linear(ones((3, 4))), lif(3), nir.Linear(WEIGHT), inputs=4, outputs=2)
    skip.nodes["past"] = nir.Linear(ones((2, 4)))
    skip.edges += [("input", "past"), ("past", "output")]
    found = import_nir(skip)
    assert not found.readouts and any("it reads inputs" in note for note in found.notes)
    two = chain(nir.Linear(ones((3, 4))), lif(3), nir.Linear(WEIGHT), LI, inputs=4, outputs=2)
    two.nodes["beside"] = nir.Linear(WEIGHT)
    two.edges += [("n1", "beside"), ("beside", "output")]
    assert any("several nodes lead to 'output'" in note for note in import_nir(two).notes)


def test_integrators_that_feed_neurons_or_themselves_are_refused():
    before = chain(nir.Linear(ones((3, 4))), nir.LI(ones(3, 0.01), ones(3), ones(3, 0)), lif(3), inputs=4, outputs=3)
    with pytest.raises(nl.FileRefused, match=r"node 'n1' is a LI that feeds the neurons 'n2'"):
        import_nir(before)
    loop = chain(nir.Linear(ones((3, 4))), lif(3), nir.LI(ones(3, 0.01), ones(3), ones(3, 0)), inputs=4, outputs=3)
    loop.edges.append(("n2", "n2"))
    with pytest.raises(nl.FileRefused, match="'n2' feeds itself without a spiking neuron"):
        import_nir(loop)
    wide = chain(nir.Linear(ones((3, 4))), lif(3), LI, inputs=4, outputs=2)
    with pytest.raises(nl.FileRefused, match="'n2' takes 2 values and is given 3"):
        import_nir(wide)


# ---------------------------------------------------------------------- what is no graph


def holding_itself():
    graph = chain(nir.Linear(ones((1, 1))), lif(1))
    graph.nodes["again"] = graph
    return graph


def nested(deep, double=False):
    graph = chain(lif(1))
    for _ in range(deep):
        ports = {"i": nir.Input(np.array([1])), "g": graph, "o": nir.Output(np.array([1]))}
        if double:
            ports["h"] = graph
        graph = nir.NIRGraph(ports, [("i", "g"), ("g", "o")], metadata={}, type_check=False)
    return graph


def changed(**fields):
    graph = chain(nir.Linear(ones((1, 1))), lif(1))
    for name, value in fields.items():
        setattr(graph, name, value)
    return graph


def with_weight(value):
    graph = chain(nir.Linear(ones((1, 1))), lif(1))
    graph.nodes["n0"].weight = value
    return graph


@pytest.mark.parametrize("source", [None, 3, b"net.nir", {}, [], nir.NIRGraph, lif(1), object(), np.zeros(3), open])
def test_what_is_no_graph_is_refused_in_a_sentence(source):
    with pytest.raises(nl.InvalidValue, match=r"import_nir.source = .*: must be a NIR file or a nir.NIRGraph"):
        import_nir(source)


@pytest.mark.parametrize(
    "graph, said",
    [
        (holding_itself, "nested deeper than 12 graphs, or holds itself"),
        (lambda: nested(60), "nested deeper than 12"),
        (lambda: nested(40, double=True), "nested deeper than|more than 20,000 objects"),
        (lambda: changed(nodes=[1, 2]), "has no nodes"),
        (lambda: changed(nodes={"a": 3}), "node 'a' is no node of NIR"),
        (lambda: changed(nodes={1: lif(1), "1": lif(1)}), "two nodes of the name '1'"),
        (lambda: changed(edges=None), "has no edges"),
        (lambda: changed(edges=[("input",)]), "edges that are not pairs"),
        (lambda: changed(edges=7), "edges that are not pairs"),
        (lambda: changed(metadata=7), "has no nodes|metadata"),
        (lambda: with_weight("0.5"), "weight that is no number"),
        (lambda: with_weight(np.array([[1j]])), "weight that is no number"),
        (lambda: with_weight(np.ma.masked_array([[1.0]], [[True]])), "weight that is no number"),
        (lambda: with_weight([[1], [2, 3]]), "weight that is no number"),
        (lambda: with_weight({"a": 1}), "weight that is no number"),
    ],
)  # fmt: skip
def test_odd_graphs_in_memory_are_refused_in_a_sentence(graph, said):
    with pytest.raises(nl.FileRefused, match=said) as caught:
        import_nir(graph())
    assert len(str(caught.value).splitlines()) == 1


def test_two_nodes_that_come_to_one_name_are_refused():
    graph = nested(1)
    graph.nodes["g/n0"] = lif(1)
    with pytest.raises(nl.FileRefused, match=r"node 'g/n0' is there twice"):
        import_nir(graph)


def test_a_path_may_be_any_path_like(tmp_path):
    class Named:
        def __fspath__(self):
            return str(tmp_path / "net.nir")

    nir.write(tmp_path / "net.nir", chain(nir.Linear(ones((1, 1))), lif(1)))
    assert import_nir(Named()).program.n == 1
