"""Pictures show what was there: their marks, lines and cells are compared with the numbers they are of."""

import doctest
from dataclasses import replace

import matplotlib

matplotlib.use("agg")
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import same_color
from networks import network

import neurolsm as nl
from neurolsm import plot
from neurolsm.describe.draw import draw
from neurolsm.plot.style import EXCITATORY, INHIBITORY
from neurolsm.program.signs import signs

EXC = "liquid/recurrent/excitatory"


@pytest.fixture(autouse=True)
def close():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def seen():
    """Everything of a liquid that learns, two samples on the reference, with the same run of the input."""
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=40, density=0.2), neuron=nl.AdaptiveLIF(adapt_step=0.2, tau_adapt=50e-3),
        input=nl.RandomMap(density=0.5, weight=0.8), plasticity=nl.STDP(),
    )  # fmt: skip
    lsm = nl.LSM(inputs=6, liquid=liquid, seed=3, dt=2e-3)
    inputs = nl.Spikes.from_dense(np.random.default_rng(0).random((2, 40, 6)) < 0.3)
    probe = nl.Probe(
        what=("v", "threshold", "x1", "weight"), neurons=[3, 0, 8], synapses={EXC: [0, 5, 9, 60, 70, 80, 81]}
    )
    return nl.record(lsm, inputs, probe, backend="reference"), inputs


def marks(collection):
    return {tuple(map(float, row)) for row in np.round(collection.get_offsets(), 6)}


def test_a_raster_in_milliseconds_with_kinds(seen):
    found, inputs = seen
    program, spikes = found.program, found.recording.spikes
    ax = plot.raster(found.recording, 1, program=program)
    step, unit = spikes.events(1)
    kind = signs(program)
    shown = dict(zip([c.get_label() for c in ax.collections], ax.collections, strict=True))
    for name, sign, color in (("excitatory", 1, EXCITATORY), ("inhibitory", -1, INHIBITORY)):
        of_kind = kind[unit] == sign
        assert marks(shown[name]) == {(2.0 * t, float(u)) for t, u in zip(step[of_kind], unit[of_kind], strict=True)}
        assert same_color(shown[name].get_facecolor()[0], color) and of_kind.any()
    assert ax.get_xlabel() == "time, ms" and ax.get_xlim() == (-2, 80) and ax.get_ylabel() == "neuron"
    plain = plot.raster(inputs, program=program)
    assert len(plain.collections) == 1 and plain.get_xlabel() == "time, ms" and plain.get_legend() is None
    assert plot.raster(found.recording).get_xlabel() == "step"


def test_voltages_are_those_of_the_probe(seen):
    found, _ = seen
    ax = plot.voltage(found, 1)
    solid = [line for line in ax.lines if len(line.get_xdata()) == 40 and line.get_linestyle() == "-"]
    dashed = [line for line in ax.lines if len(line.get_xdata()) == 40 and line.get_linestyle() != "-"]
    rows = found.rows(1)
    step, unit = found.recording.spikes.events(1)
    assert len(solid) == len(dashed) == len(ax.collections) == 3
    for k, neuron in enumerate((3, 0, 8)):
        assert solid[k].get_xdata().tolist() == pytest.approx(2.0 * np.arange(40))
        y, line = solid[k].get_ydata(), dashed[k].get_ydata()
        scale = np.ptp(y) / np.ptp(found["v"][rows, k])  # each row has one scale for both lines
        np.testing.assert_allclose(y - y[0], scale * (found["v"][rows, k] - found["v"][rows[0], k]), atol=1e-9)
        np.testing.assert_allclose(line - y, scale * (found["threshold"] - found["v"])[rows, k], atol=1e-9)
        bars = [segment[0, 0] for segment in ax.collections[k].get_segments()]
        assert bars == pytest.approx(2.0 * step[unit == neuron])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["neuron 3", "neuron 0", "neuron 8"]
    assert any("threshold" in text.get_text() for text in ax.texts) and ax.get_xlabel() == "time, ms"


def test_integers_give_the_same_picture(seen):
    found, inputs = seen
    raw = replace(found.probe, units="integers")
    other = plot.voltage(nl.record(found.program, inputs, raw, backend="reference"))
    for a, b in zip(plot.voltage(found).lines, other.lines, strict=True):
        np.testing.assert_allclose(a.get_ydata(), b.get_ydata(), atol=1e-12)


def test_few_are_lines_and_many_are_quantiles(seen):
    found, _ = seen
    few = plot.over_time(found, "v", sample=0)
    assert [line.get_label() for line in few.lines] == ["neuron 3", "neuron 0", "neuron 8"]
    assert np.array_equal(few.lines[1].get_ydata(), found["v"][found.rows(0), 1])
    assert few.get_ylabel() == "v, thresholds" and few.get_xlabel() == "time, ms"
    many = plot.weights(found)
    (median,) = many.lines
    np.testing.assert_allclose(median.get_ydata(), np.median(found["weight"], axis=1))
    np.testing.assert_allclose(median.get_xdata(), 2.0 * np.arange(80))  # samples follow one another
    assert "7" in median.get_label() and many.get_ylabel() == "weight, thresholds"
    assert plot.over_time(found, "x1").get_ylabel() == "x1, integer"


def test_histograms_before_and_after(seen):
    found, inputs = seen
    program = found.program
    (p,) = program.plastic
    with nl.open_simulator(program, "reference") as simulator:
        simulator.run(inputs)
        after = simulator.state
    ax = plot.weights(program, EXC, after)
    filled = [c for c in ax.containers if len(c.patches) > 1]
    assert [sum(bar.get_height() for bar in c) for c in filled] == [p.size, p.size]
    whole = nl.record(
        program, inputs[:1], nl.Probe(what="weight", synapses={EXC: None}), backend="reference", learn=False
    )
    edges = [bar.get_x() for bar in filled[0]] + [filled[0][-1].get_x() + filled[0][-1].get_width()]
    assert [bar.get_height() for bar in filled[0]] == np.histogram(whole["weight"][0], edges)[0].tolist()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["before", "after"]
    alone = plot.weights(program, "liquid/recurrent/inhibitory")
    assert alone.get_xlim()[1] <= 0 and alone.get_ylabel() == "synapses"


def test_rates_of_both_kinds(seen):
    found, _ = seen
    ax = plot.rate(found.recording, found.program, 1, window=20e-3)
    counts = found.recording.counts(4)[1]  # 40 steps of 2 ms, windows of 10 steps
    for stairs, sign in zip(ax.patches, (1, -1, 0), strict=False):
        mean = counts[:, signs(found.program) == sign].mean(1) / 20e-3
        assert stairs.get_data().values.tolist() == pytest.approx(mean)
        assert stairs.get_data().edges.tolist() == pytest.approx([0, 20, 40, 60, 80])
    assert ax.get_ylabel() == "mean rate, Hz" and ax.get_ylim()[0] == 0


def test_a_matrix_shows_every_synapse():
    lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.RandomGraph(n=30, density=0.3)), seed=2)
    ax = plot.connectivity(nl.lower(lsm, arithmetic="float").program)
    shown = ax.images[0].get_array()
    network_ = draw(lsm)
    order = np.argsort(network_.inhibitory, kind="stable")
    wanted = np.zeros((30, 30))
    recurrent = network_.edges[-1]
    wanted[recurrent.pre, recurrent.post] = recurrent.weight
    np.testing.assert_allclose(shown, wanted[order][:, order])
    low, high = ax.images[0].get_clim()
    assert low == -high and [t.get_text() for t in ax.get_xticklabels()] == ["excitatory, 24", "inhibitory, 6"]


def test_neurons_that_share_a_cell_show_their_mean():
    lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.RandomGraph(n=400, density=0.05)), seed=2)
    program = nl.lower(lsm).program
    shown = plot.connectivity(program).images[0].get_array()
    weights = nl.record(
        program, nl.Spikes.from_events([([], [])], 1, 1),
        nl.Probe(what="weight", synapses={p.name: None for p in program.projections if p.source == "neuron"}),
        backend="reference",
    )["weight"]  # fmt: skip
    assert shown.shape == (134, 134) and shown.sum() * 9 == pytest.approx(weights.sum())


def test_a_column_in_space():
    lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Column(shape=(6, 2, 3))), seed=5)
    ax = plot.column(lsm, connections=20)
    drawn = draw(lsm)
    lines = [c for c in ax.collections if hasattr(c, "_segments3d")]
    points = [c for c in ax.collections if not hasattr(c, "_segments3d")]
    assert sum(len(c._segments3d) for c in lines) == 20
    assert [len(c._offsets3d[0]) for c in points] == [(~drawn.inhibitory).sum(), drawn.inhibitory.sum()]
    upright = np.sort([np.ptp(np.concatenate([c._offsets3d[k] for c in points])) for k in range(3)])
    assert upright.tolist() == [1, 2, 5] and "20 of" in ax.get_legend().get_title().get_text()


def test_axes_that_are_given_are_drawn_on(seen):
    found, _ = seen
    program = found.program
    _, axes = pyplot.subplots(1, 6)
    draws = [
        lambda ax: plot.raster(found.recording, program=program, ax=ax), lambda ax: plot.voltage(found, ax=ax),
        lambda ax: plot.over_time(found, "x1", ax=ax), lambda ax: plot.weights(program, EXC, ax=ax),
        lambda ax: plot.rate(found.recording, program, ax=ax), lambda ax: plot.connectivity(program, ax=ax),
    ]  # fmt: skip
    for draw_on, ax in zip(draws, axes, strict=True):
        assert draw_on(ax) is ax
    assert len(pyplot.get_fignums()) == 1


@pytest.mark.parametrize("name", ["raster", "voltage", "over_time", "weights", "rate", "connectivity", "column"])
def test_the_example_runs(name):
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(plot, name), name, module=False, globs={})
    assert found.examples
    said = []
    assert not doctest.DocTestRunner().run(found, out=said.append).failed, "".join(said)


@pytest.mark.parametrize(
    "act, parts",
    [
        (lambda s: plot.voltage(s, 2), ("Probed.sample = 2", "0 to 1")),
        (lambda s: plot.voltage(s, -1), ("Probed.sample = -1",)),
        (lambda s: plot.over_time(s, "u"), ("'u'", "was not asked for")),
        (lambda s: plot.voltage(replace(s, values={"x1": s["x1"]})), ("'v'", "x1")),
        (lambda s: plot.voltage(replace(s, values={"v": np.zeros((80, 13))})), ("13", "12")),
        (lambda s: plot.weights(s, EXC), ("weights.projection", "probe")),
        (lambda s: plot.weights(s.program, "nerve"), ("weights.projection = 'nerve'", EXC)),
        (lambda s: plot.weights(s.program), ("weights.projection = None", EXC)),
        (
            lambda s: plot.weights(s.program, "liquid/input/excitatory", nl.State.rest(s.program)),
            ("does not learn", EXC),
        ),
        (lambda s: plot.rate(nl.Spikes.from_events([([0], [0])], 30, 7), s.program), ("rate.run = 7", "40 neurons")),
        (lambda s: plot.rate(s.recording, s.program, window=1.0), ("rates.window = 1.0",)),
        (lambda s: plot.raster(s.recording, program=network(3, 2)), ("raster.spikes.units = 40", "3 neurons")),
        (lambda s: plot.raster(s.recording, 2, program=s.program), ("raster.sample = 2",)),
        (lambda s: plot.connectivity(network(3, 2)), ("connectivity.program", "no synapses between neurons")),
        (
            lambda s: plot.column(nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.RandomGraph(n=9)))),
            ("column.lsm.liquid.topology = 'RandomGraph'", "Column"),
        ),
        (
            lambda s: plot.column(nl.LSM(inputs=1, liquid=nl.Parallel((nl.Liquid(topology=nl.Column()),)))),
            ("column.lsm.liquid = 'Parallel'", "one Liquid"),
        ),
        (
            lambda s: plot.column(nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Column())), connections=-1),
            ("column.connections = -1",),
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(seen, act, parts):
    with pytest.raises(nl.InvalidValue) as error:
        act(seen[0])
    assert all(part in str(error.value) for part in parts), str(error.value)
    assert not pyplot.get_fignums()
