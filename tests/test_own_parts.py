"""Parts from outside the tree: each kind does its work end to end, and a bad one is refused by the name of its class and method."""

import copy
import os
import pickle
import re
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.naive_bayes import GaussianNB

import neurolsm as nl
from neurolsm.deployment import CannotBeSaved
from neurolsm.deployment.codec import from_json, own_names, to_json
from neurolsm.describe.draw import draw
from neurolsm.describe.graph import Graph
from neurolsm.encode.encoder import encoded
from neurolsm.files.checked import read, write
from neurolsm.hardware.alternatives import alternatives
from neurolsm.program.plasticity import Factor, Plasticity, Product, Trace

N, CHANNELS, STEPS = 12, 4, 20


@dataclass(frozen=True)
class Ring:
    """Each neuron excites the next ``reach``; every third one inhibits. Listed backwards, as nobody told it how."""

    n: int = N
    reach: int = 2

    def draw(self, rng):
        pre, step = np.divmod(np.arange(self.n * self.reach)[::-1], self.reach)
        return Graph(np.arange(self.n) % 3 == 2, pre, (pre + step + 1) % self.n)


@dataclass(frozen=True)
class Halves:
    """low or twice as much, with equal chance."""

    low: float = 0.1

    def draw(self, rng, size):
        return self.low * rng.integers(1, 3, size)


@dataclass(frozen=True)
class Stripes:
    """Channel k reaches the neurons k, k + sources, ..."""

    weight: float = 1.2

    def pairs(self, sources, n, rng):
        return np.arange(n)[::-1] % sources, np.arange(n)[::-1]


@dataclass(frozen=True)
class Weighted:
    """As Stripes, with weights that grow along the neurons and change their sign."""

    def pairs(self, sources, n, rng):
        post = np.arange(n)
        return post % sources, post, (-1.0) ** post * (1 + post) / 10


@dataclass(frozen=True)
class Decay:
    """Each spike of the source takes one step off the weight."""

    step: int = 1

    def lower(self, dt):
        return Plasticity(dw=(Product("x0", -self.step, 0),))


@dataclass(frozen=True)
class Above:
    """A spike in each of ``steps`` steps on the channels whose value is above ``level``."""

    level: float = 0.5
    steps: int = STEPS

    def channels(self, n_values):
        return n_values

    def encode(self, x):
        x = np.asarray(x)
        return nl.Spikes.from_dense(np.repeat(x[:, None, :] > self.level, self.steps, axis=1))


@dataclass(frozen=True)
class Letters:
    """A text; channel k fires at each letter that is the k-th of the alphabet."""

    alphabet: str = "abcd"
    steps: None = None
    own_samples = True

    def channels(self, n_values):
        return len(self.alphabet)

    def encode(self, x):
        rasters = [np.array([[a == letter for a in self.alphabet] for letter in text]) for text in x]
        return nl.Spikes.from_list(rasters)


@dataclass(frozen=True)
class FirstSpike:
    """The step of each neuron's first spike; the length of the sample where it is silent."""

    def __call__(self, run, inputs=None):
        rasters = run.spikes.to_list()
        return np.array([np.where(r.any(axis=0), r.argmax(axis=0), len(r)) for r in rasters], float)


def lsm(**parts):
    liquid = {"topology": Ring(), "weights": Halves(), "delays": Halves(1e-3), "input": Stripes(), **parts}
    return nl.LSM(inputs=CHANNELS, liquid=nl.Liquid(**liquid))


def data(samples=40):
    """One of four channels is on, and which one is the label."""
    y = np.arange(samples) % CHANNELS
    return np.eye(CHANNELS)[y] + np.random.default_rng(0).normal(0, 0.1, (samples, CHANNELS)), y


# ---------------------------------------------------------------- each kind does its work


def test_a_topology_is_drawn_as_it_says():
    edges = draw(lsm()).edges[1]
    wanted = sorted((k, (k + step) % N) for k in range(N) for step in (1, 2))
    assert list(zip(edges.pre.tolist(), edges.post.tolist(), strict=True)) == wanted
    inhibitory = edges.pre % 3 == 2
    assert ((edges.weight < 0) == inhibitory).all()
    assert set(np.abs(edges.weight).round(9)) == {0.1, 0.2} and set(edges.delay.round(9)) == {1e-3, 2e-3}
    assert lsm().n == N and nl.lower(lsm()).program.n == N


def test_weights_positions_and_delays_of_a_topology_stay_with_their_synapses():
    @dataclass(frozen=True)
    class Fixed:
        n: int = 3

        def draw(self, rng):
            return Graph(
                [False, True, False],
                [2, 1, 0],
                [0, 2, 1],
                [0.2, -0.1, 0.3],
                [[0, 0], [3, 4], [0, 1]],
                [2e-3, 1e-3, 0.0],
            )

    edges = draw(lsm(topology=Fixed(), delays=0.0)).edges[1]
    assert edges.pre.tolist() == [0, 1, 2] and edges.post.tolist() == [1, 2, 0]
    assert edges.weight.tolist() == [0.3, -0.1, 0.2] and edges.delay.tolist() == [0.0, 1e-3, 2e-3]
    with pytest.raises(nl.InvalidValue, match=r"Liquid\.delays = 0\.001: are given twice: the topology brings its own"):
        nl.lower(lsm(topology=Fixed(), delays=1e-3))

    @dataclass(frozen=True)
    class Placed(Fixed):
        def draw(self, rng):
            return replace(super().draw(rng), delay=None)

    edges = draw(lsm(topology=Placed(), delays=nl.ByDistance(speed=1000.0))).edges[1]
    assert edges.delay == pytest.approx([5e-3, np.hypot(3, 3) * 1e-3, 1e-3])


def test_an_input_map_connects_as_it_says():
    edges = draw(lsm()).edges[0]
    wanted = sorted((k % CHANNELS, k) for k in range(N))
    assert list(zip(edges.pre.tolist(), edges.post.tolist(), strict=True)) == wanted
    assert (edges.weight == 1.2).all() and (edges.delay == 0).all()  # no inhibition and no delay where none is said
    edges = draw(lsm(input=Weighted())).edges[0]
    assert dict(zip(edges.post.tolist(), edges.weight, strict=True)) == {k: (-1) ** k * (1 + k) / 10 for k in range(N)}


def test_an_input_map_behind_a_liquid_keeps_the_signs_of_its_neurons():
    first, second = nl.Liquid(topology=Ring(), input=Stripes()), nl.Liquid(topology=Ring(), input=Stripes())
    edges = draw(nl.LSM(inputs=CHANNELS, liquid=nl.Series((first, second)))).edges[2]
    assert ((edges.weight < 0) == (edges.pre % 3 == 2)).all()
    wrong = nl.Series((first, replace(second, input=Weighted())))
    with pytest.raises(nl.InvalidValue, match=r"Weighted\.pairs\(\) = -0\.2: weight of 1 -> 1 must have the sign"):
        nl.lower(nl.LSM(inputs=CHANNELS, liquid=wrong))


CONSTANTS = np.linspace(10e-3, 40e-3, N)


@pytest.mark.parametrize("given", [CONSTANTS, CONSTANTS.tolist(), tuple(CONSTANTS), nl.Each(CONSTANTS)])
def test_constants_one_by_one(given):
    neuron = nl.LIF(tau_mem=given, v_leak=np.arange(N, dtype=np.int8) / 100, t_refractory=np.full(N, 2e-3, np.float32))
    found = lsm(neuron=neuron)
    constants = draw(found).constants
    assert constants["tau_mem"].tolist() == CONSTANTS.tolist() and (constants["t_refractory"] == np.float32(2e-3)).all()
    dv = nl.lower(found).program.neurons.dv
    assert dv.tolist() == np.rint(4096 * -np.expm1(-1e-3 / CONSTANTS)).tolist()
    assert neuron == nl.LIF(**{f: getattr(neuron, f) for f in ("tau_mem", "v_leak", "t_refractory")})
    assert hash(neuron) == hash(pickle.loads(pickle.dumps(neuron))) and copy.deepcopy(found) == found
    assert neuron != nl.LIF(tau_mem=CONSTANTS[::-1].copy()) and found != lsm()


def test_constants_cannot_change_behind_a_description():
    mine = CONSTANTS.copy()
    neuron = nl.LIF(tau_mem=mine)
    mine[:] = 1.0
    assert neuron.tau_mem.values.tolist() == CONSTANTS.tolist()
    for kept in (neuron, pickle.loads(pickle.dumps(neuron))):
        with pytest.raises(ValueError, match=r"read-only|WRITEABLE"):
            kept.tau_mem.values[0] = 1.0
        with pytest.raises(ValueError, match="WRITEABLE"):
            kept.tau_mem.values.flags.writeable = True


def test_infinite_time_constants_one_by_one():
    neuron = nl.LIF(tau_mem=[np.inf, *CONSTANTS[1:]])
    assert nl.lower(lsm(neuron=neuron)).program.neurons.dv[0] == 0
    by_kind = lsm(neuron=nl.LIF(tau_mem=CONSTANTS), inhibitory_neuron=nl.LIF(tau_mem=2 * CONSTANTS))
    assert (
        draw(by_kind).constants["tau_mem"].tolist() == np.where(np.arange(N) % 3 == 2, 2, 1).__mul__(CONSTANTS).tolist()
    )


def test_weights_and_delays_one_by_one():
    weights = np.arange(1, 2 * N + 1) / 100
    edges = draw(lsm(weights=weights, delays=(weights / 10).tolist(), input=nl.OneToOne(weight=[1, 2, 3, 4]))).edges
    assert np.abs(edges[1].weight).tolist() == weights.tolist() and edges[1].delay.tolist() == (weights / 10).tolist()
    assert edges[0].weight.tolist() == [1, 2, 3, 4]
    assert alternatives(lsm(input=nl.OneToOne(weight=[1, 2, 3, 4]))) == []  # they fit no other map
    assert alternatives(lsm()) == []
    with pytest.raises(nl.InvalidValue, match=r"Each\.values = '5 values': are given for 24 neurons or synapses"):
        nl.lower(lsm(weights=np.ones(5)))


@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array, sp.coo_matrix])
def test_a_matrix_of_delays(wrap):
    matrix = np.array([[0, 0.3, 0.1], [0.2, 0, 0], [0, -0.4, 0]])
    delay = np.array([[9, 3e-3, 0], [1e-3, 9, 9], [9, 2e-3, 9]])  # what is no synapse is not looked at
    explicit = nl.Explicit(wrap(matrix), delay=wrap(delay))
    edges = draw(lsm(topology=explicit, delays=0.0)).edges[1]
    assert edges.delay.tolist() == [3e-3, 0, 1e-3, 2e-3]
    arrays = {}
    assert from_json(to_json(explicit, arrays), arrays) == explicit != nl.Explicit(matrix)
    assert hash(explicit) == hash(nl.Explicit(matrix, delay=delay))
    assert pickle.loads(pickle.dumps(explicit)) == explicit


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        (np.zeros((2, 2)), r"Explicit\.delay = \(2, 2\): must be \[3, 3\]"),
        (np.full((3, 3), -1e-3), "at least 0 s"),
        (np.full((3, 3), np.nan), "must be finite"),
        (np.full((3, 3), 1j), "must be real numbers"),
        ("slow", "must be a sparse or dense matrix"),
    ],
)
def test_a_bad_matrix_of_delays(delay, words):
    with pytest.raises(nl.InvalidValue, match=words):
        nl.Explicit(np.zeros((3, 3)), delay=delay)


def test_a_rule_changes_weights_as_it_says():
    program = nl.lower(lsm(input_plasticity=Decay(step=2))).program
    raster = np.zeros((1, 10, CHANNELS), bool)
    raster[0, :3, 1] = True
    with nl.open_simulator(program, "emulator") as simulator:
        start = simulator.state.plastic[0].weight.copy()
        simulator.run(nl.Spikes.from_dense(raster))
        change = simulator.state.plastic[0].weight - start
    of_channel_1 = np.repeat(np.arange(CHANNELS), N // CHANNELS) == 1
    assert (change[of_channel_1] == -2 * 3).all() and (change[~of_channel_1] == 0).all()


def test_all_own_parts_at_once_agree_on_two_backends():
    x, _ = data(8)
    whole = lsm(input_plasticity=Decay(), neuron=nl.LIF(tau_mem=CONSTANTS))
    found = nl.compare(whole, Above().encode(x), backends=("emulator", "reference"))
    assert found.equal and found.spikes_compared > 0


def test_a_classifier_of_own_parts():
    x, y = data()
    model = nl.LSMClassifier(lsm(), encoder=Above(), features=(FirstSpike(), nl.Counts()), readout=GaussianNB())
    assert model.fit(x, y).score(x, y) == 1.0
    assert model.transform(x).shape == (40, N + 4 * N) and (model.transform(x)[:, :N].min(axis=1) < STEPS).all()
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict(x) == y).all() and again.lsm == model.lsm
    copied = clone(model)
    assert copied.lsm == model.lsm and (copied.fit(x, y).predict(x) == y).all()
    assert "Ring" in repr(model.lsm) and "Stripes" in repr(model.lsm) and "Above" in repr(model)
    assert "Ring(n=5)" in repr(lsm(topology=Ring(n=5))) and "Each" in repr(lsm(neuron=nl.LIF(tau_mem=CONSTANTS)))


def test_features_as_a_function():
    x, y = data()

    def late(run, inputs):
        return run.v

    model = nl.LSMClassifier(lsm(), encoder=Above(), features=late).fit(x, y)
    assert model.transform(x).shape == (40, N)


def test_samples_that_are_no_values():
    texts = ["aaaa", "bbbbbb", "cc", "dddd"] * 5
    model = nl.LSMClassifier(lsm(), encoder=Letters(), features=nl.Counts(windows=1)).fit(texts, list("abcd") * 5)
    assert model.predict(texts[:4]).tolist() == list("abcd")
    with pytest.raises(nl.InvalidValue, match="LSM"):
        nl.LSMClassifier(lsm(), encoder=Letters("abc")).fit(texts, list("abcd") * 5)


def test_states_are_kept_only_for_features_that_say_what_they_are(tmp_path):
    x, y = data()
    kept = nl.LSMClassifier(lsm(), encoder=Above(), features=FirstSpike(), cache=tmp_path).fit(x, y)
    assert os.listdir(tmp_path) and (kept.transform(x) == clone(kept).fit(x, y).transform(x)).all()
    nameless = nl.LSMClassifier(lsm(), encoder=Above(), features=lambda run, inputs: run.v, cache=tmp_path)
    with pytest.raises(nl.InvalidValue, match=r"LiquidStates\.features = .*could be taken for those of others"):
        nameless.fit(x, y)


def test_an_own_encoder_inside_those_of_neurolsm():
    x, _ = data(6)
    both = nl.Together((Above(), Above(level=0.2)))
    assert both.encode(x).units == 2 * CHANNELS
    swept = nl.Sweep(shape=(2, 2), encoder=Above(steps=1))
    with pytest.raises(IndexError):  # it takes [B, N] alone, and says so itself
        Above().encode(x[0])
    double = nl.Transformed(transform=lambda one: 2 * one, encoder=Above())
    assert double.encode(x).equal(Above(level=0.25).encode(x))
    assert swept.channels(4) == 2


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[1] / "docs" / "howto" / "own_parts.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(examples) == 8
    names = {"__name__": "examples"}
    monkeypatch.setitem(
        sys.modules, "examples", ModuleType("examples")
    )  # where dataclasses look for the module of a class
    for example in examples:
        exec(compile(example, "own_parts.md", "exec"), names)
    score, divergence, deployed = capsys.readouterr().out.split()[-3:]
    assert float(score) > 0.9 and divergence == "None" and float(deployed) > 0.8
    nl.lower(nl.LSM(inputs=8, liquid=names["plastic"]))
    with pytest.raises(nl.InvalidValue, match=r"^Ring\.draw\(\) = 100: post must lie in 0\.\.99\. Count from 0$"):
        ring = names["Ring"]
        wrong = type(
            "Ring", (ring,), {"draw": lambda self, rng: replace(ring.draw(self, rng), post=np.arange(1, 301) % 101)}
        )
        nl.lower(nl.LSM(inputs=8, liquid=nl.Liquid(topology=wrong())))


# ---------------------------------------------------------------- files


def deployed(tmp_path, encoder, **parts):
    whole = replace(lsm(**parts), readout=nl.DeltaReadout(classes=CHANNELS))
    x, y = data(12)
    with nl.deploy(whole, encoder, labels=range(CHANNELS)) as chip:
        chip.learn(x, y)
        chip.save(tmp_path / "own.lsm")
        return chip.predict(x)


def test_a_file_of_own_parts_opens_with_their_classes_alone(tmp_path):
    path, x = tmp_path / "own.lsm", data(12)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error", CannotBeSaved)
        said = deployed(tmp_path, Above(level=0.4), neuron=nl.LIF(tau_mem=CONSTANTS))
    names = "Above, Halves, Ring, Stripes"
    with pytest.raises(nl.FileRefused, match=rf"own parts of class {names}, .*parts=\({names},\)"):
        nl.resume(path)
    with pytest.raises(nl.FileRefused, match=r"parts=\(Above,\)"):
        nl.resume(path, parts=(Ring, Halves, Stripes))
    parts = (Ring, Halves, Stripes, Above)
    with nl.resume(path, backend="reference", parts=parts) as chip:
        assert chip.encoder == Above(level=0.4) and chip.lsm.liquid == lsm(neuron=nl.LIF(tau_mem=CONSTANTS)).liquid
        assert (chip.predict(x).score == said.score).all()
        chip.load(path)  # it knows the classes already
        assert (chip.predict(x).score == said.score).all()


def test_a_file_decides_neither_what_is_imported_nor_what_is_made(tmp_path):
    path = tmp_path / "own.lsm"
    deployed(tmp_path, Above())
    header, arrays = read(path, "deployment")
    assert header["encoder"] == {"own": "Above", "fields": {"level": 0.5, "steps": STEPS}}
    for name in ("os.system", "Popen", "builtins.eval", "Column", "LSM"):
        header["encoder"] = {"own": name, "fields": {}}
        write(path, "deployment", header, arrays)
        with pytest.raises(nl.FileRefused, match="own parts of class"):
            nl.resume(path, parts=(Ring, Halves, Stripes, Above))
    for hostile in (
        {"own": "Ring", "fields": {}},
        {"own": "Above", "fields": {"steps": 1, "more": 2}},
        {"own": ["Above"], "fields": {}},
    ):
        header["encoder"] = hostile
        write(path, "deployment", header, arrays)
        with pytest.raises(nl.FileRefused):
            nl.resume(path, parts=(Ring, Halves, Stripes, Above))


def test_classes_that_are_handed_over_are_checked(tmp_path):
    deployed(tmp_path, Above())
    path = tmp_path / "own.lsm"
    for wrong in ((Above(),), ("Above",), (int,), (lambda: 1,)):
        with pytest.raises(nl.InvalidValue, match=r"resume\.parts = .*must be dataclasses"):
            nl.resume(path, parts=wrong)
    other = dataclass(frozen=True)(type("Above", (), {}))
    with pytest.raises(nl.InvalidValue, match="'Above': names two classes"):
        nl.resume(path, parts=(Above, other))


def test_what_no_file_can_hold_says_what_to_do(tmp_path):
    class NoDataclass:
        steps = STEPS
        channels, encode = Above.channels, Above.encode
        level = 0.5

    @dataclass(frozen=True)
    class WithList:
        levels: object
        steps: int = STEPS
        level = 0.5
        channels, encode = Above.channels, Above.encode

    for encoder, name in ((NoDataclass(), "NoDataclass"), (WithList([1]), "list"), (WithList(len), "builtin")):
        with pytest.warns(CannotBeSaved, match=f"holds {name}.*dataclasses"):
            chip = nl.deploy(replace(lsm(), readout=nl.DeltaReadout(classes=4)), encoder, labels=range(4))
        with chip, pytest.raises(nl.InvalidValue, match=r"docs/howto/own_parts\.md"):
            chip.save(tmp_path / "none.lsm")
    assert not os.listdir(tmp_path)


def test_a_stream_of_own_samples_guesses_nothing():
    whole = replace(lsm(), readout=nl.DeltaReadout(classes=CHANNELS))
    with nl.deploy(whole, Above(), labels=range(CHANNELS)) as chip:
        with pytest.raises(nl.InvalidValue, match="may be a sample of two parts"):
            next(chip.stream([(data(1)[0][0], 0)]))
        assert len(next(chip.stream([(data(1)[0][0], 0)], labelled=True))) == 1


def test_names_of_own_parts_in_json():
    arrays = {}
    assert own_names(to_json((lsm(plasticity=Decay()), Above()), arrays)) == {
        "Ring",
        "Halves",
        "Stripes",
        "Decay",
        "Above",
    }
    assert own_names(to_json(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.Column())), arrays)) == set()


# ---------------------------------------------------------------- bad parts


def returns(kind, method, value, **fields):
    """A class ``kind`` whose method returns ``value``."""
    return type(kind, (), {method: lambda self, *given: value, **fields})()


OK = np.zeros(N, bool)
GRAPHS = [
    (5, "= 5: must be a Graph"),
    (None, "must be a Graph"),
    ((OK, [0], [1]), "must be a Graph"),
    (Graph(OK[:5], [0], [1]), rf"'bool \(5,\)': Graph.inhibitory must be boolean \[{N}\]"),
    (Graph(OK.astype(int), [0], [1]), "must be boolean"),
    (Graph(OK, [0, 1], [1]), r"= \(2, 1\): pre and post must have one length"),
    (Graph(OK, [0], [N]), rf"= {N}: post must lie in 0..{N - 1}"),
    (Graph(OK, [-1], [0]), "= -1: pre must lie in 0"),
    (Graph(OK, [0.5], [0]), "pre must be whole numbers"),
    (Graph(OK, [[0]], [0]), "pre must be whole numbers"),
    (Graph(OK, [[0], [1, 2]], [0]), "pre must be whole numbers"),
    (Graph(OK, ["0"], [0]), "pre must be whole numbers"),
    (Graph(OK, [0, 0], [1, 1]), r"= \(0, 1\): is connected twice"),
    (Graph(OK, [0], [1], [np.nan]), "Graph.weight must be finite"),
    (Graph(OK, [0], [1], [0.1, 0.2]), r"Graph.weight must be real numbers \[1\]"),
    (Graph(OK, [0], [1], [1j]), "Graph.weight must be real numbers"),
    (Graph(OK, [0], [1], [object()]), "Graph.weight must be real numbers"),
    (Graph(OK, [0], [1], [-0.1]), "-0.1: weight of 0 -> 1 must have the sign of its source"),
    (Graph(~OK, [0], [1], [0.1]), "must have the sign of its source"),
    (Graph(OK, [0], [1], delay=[-1e-3]), "Graph.delay must be at least 0 s"),
    (Graph(OK, [0], [1], delay=[np.inf]), "Graph.delay must be finite"),
    (Graph(OK, [0], [1], position=np.zeros((2, 2))), rf"Graph.position must be real numbers \[{N}, dimensions\]"),
    (Graph(OK, [0], [1], position=np.zeros(N)), "Graph.position must be real numbers"),
]


@pytest.mark.parametrize(("graph", "words"), GRAPHS)
def test_a_bad_graph(graph, words):
    with pytest.raises(nl.InvalidValue, match=r"^Torus\.draw\(\) " + (words if words[0] == "=" else f".*{words}")):
        nl.lower(lsm(topology=returns("Torus", "draw", graph, n=N), delays=0.0))


@pytest.mark.parametrize("n", [0, -1, 2.5, "12", None, True, 2**31, N + 0.0])
def test_a_topology_of_no_size(n):
    with pytest.raises(nl.InvalidValue, match=r"Torus\.n = .*must be a whole number in 1"):
        lsm(topology=returns("Torus", "draw", None, n=n))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (np.ones(3), r"'float64 \(3,\)': must be 24 real numbers"),
        (1.0, "must be 24 real numbers"),
        (np.ones((24, 1)), "must be 24 real numbers"),
        (np.ones(24, complex), "must be 24 real numbers"),
        (np.array([object()] * 24), "must be 24 real numbers"),
        (["a"] * 24, "must be 24 real numbers"),
        (None, "= 'NoneType': must be 24 real numbers"),
        (np.full(24, np.nan), "must be finite and at least 0"),
        (np.full(24, np.inf), "must be finite and at least 0"),
        (np.full(24, -0.1), r"= -0\.1: must be finite and at least 0"),
    ],
)
@pytest.mark.parametrize("field", ["weights", "delays"])
def test_a_bad_law(found, words, field):
    with pytest.raises(nl.InvalidValue, match=r"^Levy\.draw\(\) .*" + words.removeprefix("= ")):
        nl.lower(lsm(**{field: returns("Levy", "draw", found)}))


def test_a_law_of_time_constants_stays_above_0_and_may_be_infinite():
    with pytest.raises(nl.InvalidValue, match=r"Levy\.draw\(\) = 0\.0: must be above 0"):
        nl.lower(lsm(neuron=nl.LIF(tau_mem=returns("Levy", "draw", np.zeros(N)))))
    forever = nl.LIF(tau_mem=returns("Levy", "draw", np.full(N, np.inf)))
    assert (nl.lower(lsm(neuron=forever)).program.neurons.dv == 0).all()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, r"must be \(pre, post\) or"),
        (np.zeros((2, 2, 2)), r"must be \(pre, post\) or"),
        (([0],), r"must be \(pre, post\) or"),
        (([CHANNELS], [0]), rf"= {CHANNELS}: pre must lie in 0..{CHANNELS - 1}"),
        (([0], [N]), rf"= {N}: post must lie in 0..{N - 1}"),
        (([0, 0], [1, 1]), "is connected twice"),
        (([0], [1, 2]), "one length"),
        (([0], [1], [np.nan]), "weight must be finite"),
        (([0], [1], [[0.1]]), r"weight must be real numbers \[1\]"),
        (([0], [1]), ""),
    ],
)
def test_a_bad_input_map(found, words):
    field = r"Radial\.pairs\(\)" if words else r"Radial\.weight = 'missing': is needed where pairs gives no weights"
    with pytest.raises(nl.InvalidValue, match=f"^{field} .*" + words.removeprefix("= ") if words else field):
        nl.lower(lsm(input=returns("Radial", "pairs", found)))


@pytest.mark.parametrize(
    ("field", "value"), [("weight", -1), ("weight", "1"), ("delay", np.nan), ("inhibitory", 2), ("weight", nl.Gamma)]
)
def test_bad_fields_of_an_input_map(field, value):
    with pytest.raises(nl.InvalidValue, match=rf"^Radial\.{field} = "):
        lsm(input=returns("Radial", "pairs", ([0], [1]), **{"weight": 1.0, field: value}))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, r"\.lower\(\) = None: must be a Plasticity"),
        ("w - 1", r"\.lower\(\) = .*must be a Plasticity"),
        (Plasticity(dw=[Product("x0", 1, 0)]), r"\.lower\(\)\.dw = .*must be Products"),
        (Plasticity(dw=(Product("x0", 99, 0),)), r"\.lower\(\)\.mantissa = 99"),
        (Plasticity(dw=(Product("x9", 1, 0),)), r"\.lower\(\) = .*unknown dependency"),
        (Plasticity(dw=(Product("x0", 1, 0, (Factor("q"),)),)), r"\.lower\(\) = .*no variable"),
        (Plasticity(x1=Trace(np.nan, 1)), r"\.lower\(\)\.x1\.tau = nan"),
        (Plasticity(t_epoch=0), r"\.lower\(\)\.t_epoch = 0"),
    ],
)
def test_a_bad_rule(found, words):
    with pytest.raises(nl.InvalidValue, match=f"^Hebb{words}"):
        nl.lower(lsm(plasticity=returns("Hebb", "lower", found)))


def test_a_bad_rule_of_excitability_and_a_bad_readout():
    class Calm:
        def lower(self, dt, vth, start, stop):
            return 0

    class Chip:
        tail = 0

        def clock_events(self, steps):
            return [], []

        def attach(self, program):
            return None

    with pytest.raises(nl.InvalidValue, match=r"Calm\.lower\(\) = 0: must be an Intrinsic"):
        nl.lower(lsm(intrinsic=Calm()))
    with pytest.raises(nl.InvalidValue, match=r"Chip\.attach\(\) = None: must be a Program"):
        nl.lower(replace(lsm(), readout=Chip()))


def encoder(found, channels=CHANNELS):
    return returns("Pulse", "encode", found, channels=lambda self, n: channels, steps=STEPS)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, r"Pulse\.encode\(\) = 'NoneType': must be Spikes"),
        (np.zeros((40, STEPS, CHANNELS)), r"Pulse\.encode\(\) = 'ndarray': must be Spikes"),
        (nl.Spikes.from_dense(np.zeros((3, STEPS, CHANNELS))), r"Pulse\.encode\(\) = .*must have 40 samples"),
        (nl.Spikes.from_dense(np.zeros((40, STEPS, 3))), r"Pulse\.encode\(\) = .*must have 4 channels"),
    ],
)
def test_a_bad_encoder(found, words):
    x, y = data()
    with pytest.raises(nl.InvalidValue, match=words):
        nl.LSMClassifier(lsm(), encoder=encoder(found)).fit(x, y)
    if "channels" not in words:
        whole = replace(lsm(), readout=nl.DeltaReadout(classes=CHANNELS))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CannotBeSaved)
            chip = nl.deploy(whole, encoder(found), labels=range(CHANNELS))
        with chip, pytest.raises(nl.InvalidValue, match=words):
            chip.learn(x, y)
        with pytest.raises(nl.InvalidValue, match=words):
            nl.Together((encoder(found),)).encode(x)


@pytest.mark.parametrize("channels", [0, -1, 2.5, None, "4", True])
def test_a_bad_number_of_channels(channels):
    with pytest.raises(nl.InvalidValue, match=r"Pulse\.channels\(\) = .*must be a whole number, at least 1"):
        nl.LSMClassifier(lsm(), encoder=encoder(None, channels)).fit(*data())


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, r"= 'NoneType': must be real numbers \[40, F\]"),
        (np.zeros(40), r"must be real numbers \[40, F\]"),
        (np.zeros((3, 2)), r"must be real numbers \[40, F\]"),
        (np.zeros((40, 2), complex), "must be real numbers"),
        (np.full((40, 2), object()), "must be real numbers"),
        (np.full((40, 2), np.nan), "must be finite in float32"),
        (np.full((40, 2), 1e300), "must be finite in float32"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_bad_features(found, words):
    for features in (returns("Rates", "__call__", found), (nl.Counts(), returns("Rates", "__call__", found))):
        with pytest.raises(nl.InvalidValue, match=r"^Rates\.__call__\(\) .*" + words.removeprefix("= ")):
            nl.LSMClassifier(lsm(), encoder=Above(), features=features).fit(*data())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lsm(topology=Ring), r"Liquid\.topology = .*must be Topology, but it is a class, not an object of it"),
        (lambda: lsm(topology=Halves()), r"Topology, but has no n"),
        (lambda: lsm(topology=returns("T", "draws", 1, n=3)), r"Topology, but has no draw\(rng\)"),
        (lambda: lsm(weights=Halves), r"Liquid\.weights = .*Drawn, but it is a class"),
        (lambda: lsm(weights=Ring()), r"Drawn, but has no draw\(rng, size\)"),
        (lambda: lsm(delays=nl.Column()), r"Liquid\.delays = .*Drawn, but has no draw\(rng, size\)"),
        (lambda: lsm(input=Halves()), r"InputMap, but has no pairs\(sources, n, rng\)"),
        (lambda: lsm(plasticity=Decay), r"LearningRule, but it is a class"),
        (lambda: lsm(intrinsic=Decay()), r"ExcitabilityRule, but has no lower\(dt, vth, start, stop\)"),
        (
            lambda: nl.LSMClassifier(lsm(), encoder=Halves()).fit(*data()),
            r"LSMClassifier\.encoder = .*Encoder, but has no steps",
        ),
        (
            lambda: nl.LSMClassifier(lsm(), features=lambda run: run).fit(*data()),
            r"Features, but has no __call__\(run, inputs\)",
        ),
        (lambda: nl.Sweep(shape=(2, 2), encoder=Above), r"Sweep\.encoder = .*Encoder, but it is a class"),
        (lambda: nl.Transformed(transform=len, encoder=Ring()), r"Transformed\.encoder = .*Encoder, but has no steps"),
    ],
)
def test_what_lacks_something_is_told_what(make, words):
    with pytest.raises(nl.InvalidValue, match=words):
        make()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([], "must be a row of numbers"),
        ([[1.0]], "must be a row"),
        ([np.nan], "none of them NaN"),
        ([-1.0], "must be at least 0"),
        ([0.0], "must be above 0"),
        (["1"], "must be a row"),
        ([True], "must be a row"),
        ([1j], "must be a row"),
        ([None], "must be a row"),
        ([1, [2]], "must be an array"),
        (np.ma.masked_array([1.0], [True]), "mask"),
        (np.ones(N + 1), rf"'13 values': are given, the liquid has {N} neurons"),
    ],
)
def test_bad_rows_of_constants(row, words):
    with pytest.raises(nl.InvalidValue, match=r"LIF\.tau_mem = .*" + words):
        lsm(neuron=nl.LIF(tau_mem=row))


def test_rows_that_must_be_finite():
    with pytest.raises(nl.InvalidValue, match=r"Liquid\.weights = inf: must be finite and at least 0"):
        lsm(weights=[np.inf])
    with pytest.raises(nl.InvalidValue, match=r"Pairs\.ei = inf"):
        nl.Pairs(ee=1, ei=[np.inf], ie=1, ii=1)


def test_encoded_takes_what_has_no_length():
    found = encoded(Letters(), iter(["ab", "c"]))
    assert len(found) == 2
