"""Lava's own LearningDense and LearningSparse against the reference: random rules, epochs, sign modes, third factors.

The processes are stock Lava; nothing of ours runs in them. Weights, both tags and all traces must be equal to the bit.
LearningSparse is given what it can do: mixed signs, traces as the only factors, and a pattern without zeros.
"""

import logging
from dataclasses import replace

import numpy as np
import pytest
from lava_checks import forking
from neurolsm_lava.shim import import_lava
from scipy.sparse import csr_matrix, issparse

from neurolsm.conformance.generate_plastic import random_rule
from neurolsm.learn.language import format_series
from neurolsm.program import Projection
from neurolsm.program.plasticity import LAVA, TRACES, WIDTHS, Plasticity
from neurolsm.program.state import PlasticState
from neurolsm.semantics.learning import learn

SOURCES, TARGETS, STEPS = 7, 6, 60
THIRD = ("y1", "y2", "y3")


def drawn_rule(rng, variables) -> Plasticity:
    """A rule in Lava's string form: no bare constants and no spike variables as factors; all y traces modulated or none."""
    while True:
        rule = random_rule(rng, THIRD if rng.random() < 0.3 else ())
        factors = [f for p in rule.products for f in p.factors]
        if (
            rule.dw
            and all(f.variable in variables for f in factors)
            and all(WIDTHS[f.variable] == 9 or not f.sign for f in factors)
        ):
            traces = {name: replace(getattr(rule, name), tau=min(getattr(rule, name).tau, 40.0)) for name in TRACES}
            return replace(rule, stream=LAVA, **traces)


@pytest.fixture(autouse=True)
def nothing_left():
    """Lava adds log handlers and keeps every process for ever; leave neither to other tests."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer

    ProcessServer().reset_server()
    VarServer().reset_server()


def stock(rule, weights, tags, sign_mode, pre, post, third):
    """Run LearningSparse if the weights are sparse, else LearningDense -> weights, tags and traces."""
    import_lava()
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.dense.process import LearningDense
    from lava.proc.io.source import RingBuffer
    from lava.proc.sparse.process import LearningSparse
    from lava.utils.weightutils import SignMode

    series = {name: format_series(p, rule.decimate) for name in ("dw", "dt", "dd") if (p := getattr(rule, name))}
    own = ("x1", "x2") if rule.third else TRACES
    traces = {f"{n}_tau": getattr(rule, n).tau for n in own} | {f"{n}_impulse": getattr(rule, n).impulse for n in own}
    kind = Loihi3FLearningRule if rule.third else Loihi2FLearningRule
    process = (LearningSparse if issparse(weights) else LearningDense)(
        weights=weights, learning_rule=kind(**series, **traces, t_epoch=rule.t_epoch, rng_seed=rule.seed),
        sign_mode=SignMode[sign_mode.upper()], tag_1=tags, tag_2=tags,
    )  # fmt: skip
    ports = [(pre, process.s_in), (post, process.s_in_bap)]
    ports += [
        (third[n], port)
        for n, port in zip(THIRD, (process.s_in_y1, process.s_in_y2, process.s_in_y3), strict=True)
        if rule.third
    ]
    for data, port in ports:
        RingBuffer(data=data.astype(np.int32)).s_out.connect(port)
    with forking():
        process.run(condition=RunSteps(STEPS), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    try:
        names = {"weight": "weights", "tag1": "tag_1", "tag2": "tag_2", "x1": "x1", "x2": "x2"}
        names |= {} if rule.third else {n: n for n in THIRD}
        return {ours: getattr(process, theirs).get() for ours, theirs in names.items()}
    finally:
        process.stop()


def check(seed, sparse=False):
    rng = np.random.default_rng(seed)
    rule = drawn_rule(rng, TRACES if sparse else (*TRACES, "w", "t", "d"))
    pre, post = rng.random((SOURCES, STEPS)) < 0.25, rng.random((TARGETS, STEPS)) < 0.25
    third = {name: rng.integers(-128, 128, (TARGETS, STEPS)) for name in THIRD}
    sign_mode = "mixed" if sparse else str(rng.choice(["mixed", "excitatory", "inhibitory"]))
    low, high = {"mixed": (-100, 100), "excitatory": (0, 100), "inhibitory": (-100, 0)}[sign_mode]
    weights = rng.integers(low, high + 1, (TARGETS, SOURCES)) & (~1 if sign_mode == "mixed" else ~0)
    mask = ((rng.random(weights.shape) < 0.5) & (weights != 0)) | (not sparse)
    tags = 7 * mask * sparse
    source, target = np.nonzero(mask.T)
    projection = Projection(
        "stock", "input", sign_mode, 0, np.concatenate([[0], np.cumsum(mask.sum(axis=0))]), target.astype(np.int32),
        weights.T[mask.T].astype(np.int16), np.zeros(target.size, np.uint8), rule,
    )  # fmt: skip
    state = PlasticState.initial(projection, SOURCES, TARGETS)
    state.tag1[:] = state.tag2[:] = 7 * sparse
    for t in range(STEPS):
        learn(projection, state, t + 1, pre[:, t], post[:, t], {name: third[name][:, t] for name in THIRD})
    matrices = [csr_matrix(m) for m in (weights * mask, tags)] if sparse else [weights, tags]
    for name, theirs in stock(rule, *matrices, sign_mode, pre, post, third).items():
        matrix = theirs.toarray() if issparse(theirs) else theirs
        found = matrix[target, source] if matrix.ndim == 2 else matrix
        assert np.array_equal(getattr(state, name), found), (seed, name, rule)
        assert matrix.ndim == 1 or not matrix[~mask].any(), "it learned where there is no synapse"
    return not np.array_equal(state.weight, projection.weight)


@pytest.mark.xdist_group("lava learning")
@pytest.mark.parametrize("sparse", [False, True])
def test_reference_equals_stock_lava(sparse):
    assert sum(check(seed, sparse) for seed in range(6)) >= 3, "too few of the drawn rules changed a weight"


@pytest.mark.nightly
@pytest.mark.xdist_group("lava learning")
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("seed", range(100, 160))
def test_reference_equals_stock_lava_for_many_rules(seed, sparse):
    check(seed, sparse)
