"""The Program: the same bytes from the same description anywhere, saved and loaded to the bit, checked before use."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.errors import FileRefused, InvalidValue
from neurolsm.files import checked as storage
from neurolsm.program.plasticity import Intrinsic
from neurolsm.program.wellformed import check

SMALL = nl.LSM(inputs=3, liquid=nl.Liquid(topology=nl.SmallWorld(n=20, neighbours=4)), seed=1)
LARGE = nl.LSM(
    inputs=28 * 28,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(8, 8, 8), wavelength=2.5),
        neuron=nl.LIF(tau_syn=nl.Lognormal(4e-3, 0.2), tau_mem=nl.Gamma(30e-3, 0.3), t_refractory=2e-3, v_leak=0.2),
        inhibitory_neuron=nl.AdaptiveLIF(tau_mem=nl.Uniform(10e-3, 20e-3)),
        delays=nl.ByDistance(speed=400.0),
        input=nl.ReceptiveFields(shape=(28, 28), size=7, density=0.5, delay=nl.Uniform(0, 5e-3)),
    ),
    seed=2**40 + 7,
)
DEEP = nl.LSM(
    inputs=12,
    liquid=nl.Series(
        (
            nl.Parallel((SMALL.liquid, nl.Liquid(topology=nl.RandomGraph(n=30), weights=nl.Lognormal(0.2, 0.5)))),
            nl.Liquid(topology=nl.Explicit(np.diag([0.5, -0.25, 1.0], 1)), input=nl.RandomMap(density=0.4)),
        )
    ),
    seed=0,
    dt=2e-3,
)
# Every supported Python and NumPy must make these bytes. A change here is a change of every network ever described.
GOLDEN = {
    "small": (SMALL, "loihi1", "d7c33ea71838462e4068de2d76230a91f4d6772a46f71fd4ef117c8ca6dd103d"),
    "large": (LARGE, "loihi2", "8fc84f5973094ebeb3a577b91a94438f42df3bd5518c5d41264c43c8cd90888c"),
    "deep": (DEEP, "loihi2", "bd905eebf58275cde44876a3c8f9991df82d304ed818f3986be351bdcf9c9ed1"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_same_description_same_bytes(name):
    lsm, target, sha256 = GOLDEN[name]
    assert nl.lower(lsm, target).program.sha256 == sha256


def test_the_hash_sees_everything():
    program = nl.lower(SMALL).program
    p = program.projections[0]
    weight = p.weight.copy()
    weight[0] += 1
    vth = program.neurons.vth.copy()
    vth[-1] += 1
    others = [
        nl.lower(replace(SMALL, seed=2)).program,
        nl.lower(SMALL, "loihi1").program,
        replace(program, dt=2e-3),
        replace(program, populations=(replace(program.populations[0], name="other"),)),
        replace(program, neurons=replace(program.neurons, vth=vth)),
        replace(program, projections=(replace(p, weight=weight), *program.projections[1:])),
        replace(program, projections=(replace(p, name="other"), *program.projections[1:])),
        replace(program, projections=program.projections[1:]),
    ]
    hashes = {program.sha256, *(other.sha256 for other in others)}
    assert len(hashes) == 1 + len(others)
    assert nl.lower(SMALL).program.sha256 == program.sha256


def test_numbers_of_numpy_give_the_same_bytes():
    plain = nl.LSM(inputs=3, liquid=nl.Liquid(topology=nl.Column(shape=(2, 3, 4))), seed=5, dt=0.5)
    other = nl.LSM(
        inputs=np.int64(3),
        liquid=nl.Liquid(topology=nl.Column(shape=tuple(np.array([2, 3, 4])))),
        seed=np.int64(5),
        dt=np.float32(0.5),
    )
    assert nl.lower(plain).program.sha256 == nl.lower(other).program.sha256


@given(st.integers(0, 10**6))
def test_save_and_load(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("program") / "program.lsm"
    program = generate.program(Case.random(seed, largest=40))
    check(program)
    program.save(path)
    back = nl.Program.load(path)
    assert back.sha256 == program.sha256
    for name, array in program.arrays().items():
        assert back.arrays()[name].dtype == array.dtype and np.array_equal(back.arrays()[name], array)


@pytest.mark.parametrize("arithmetic", ["loihi", "float"])
@pytest.mark.parametrize("lsm", [SMALL, LARGE, DEEP])
def test_lowered_programs_are_well_formed_and_survive_a_file(lsm, arithmetic, tmp_path):
    program = nl.lower(lsm, arithmetic=arithmetic).program
    check(program)
    program.save(tmp_path / "x")
    back = nl.Program.load(tmp_path / "x")
    assert back.sha256 == program.sha256
    assert (back.n, back.dt, back.dtype, back.max_delay) == (program.n, program.dt, program.dtype, program.max_delay)


def test_views():
    program = nl.lower(DEEP).program
    assert [p.name for p in program.populations] == ["liquid0.0", "liquid0.1", "liquid1"]
    assert program.population("liquid0.1").slice == slice(20, 50)
    with pytest.raises(InvalidValue, match=r"Program\.population = 'liquid7': .*liquid0\.0, liquid0\.1, liquid1"):
        program.population("liquid7")
    p = program.projections[0]
    assert np.array_equal(p.pre, [k for k in range(p.indptr.size - 1) for _ in range(p.indptr[k], p.indptr[k + 1])])
    assert program.synapses == sum(p.size for p in program.projections)


def wrong(program, **arrays):
    """The program with some arrays exchanged; names as in ``Program.arrays``."""
    return nl.Program.from_parts(program.header(), program.arrays() | arrays)


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


PROGRAM = nl.lower(SMALL).program
A = PROGRAM.arrays()
NAME = "projections/2"  # recurrent and excitatory
BAD_ARRAYS = [
    ({"neurons/du": changed(A["neurons/du"], 3, 4096)}, r"neurons\.du = 4096: must lie in 0\.\.4095"),
    ({"neurons/dv": changed(A["neurons/dv"], 3, -1)}, r"neurons\.dv = -1: must lie in 0\.\.4096"),
    ({"neurons/vth": A["neurons/vth"][:-1]}, r"neurons\.vth = .*: must be int32 \[20\]"),
    ({"neurons/vth": A["neurons/vth"].astype(np.int64)}, r"neurons\.vth = .*: must be int32"),
    ({"neurons/refractory": changed(A["neurons/refractory"], 0, 64)}, r"neurons\.refractory = 64"),
    ({f"{NAME}/post": changed(A[f"{NAME}/post"], -1, 20)}, r"post = 20: must lie in 0\.\.19"),
    ({f"{NAME}/post": changed(A[f"{NAME}/post"], 0, -1)}, r"post = -1: must lie"),
    ({f"{NAME}/post": changed(A[f"{NAME}/post"], 1, A[f"{NAME}/post"][0])}, r"must ascend within each source"),
    ({f"{NAME}/indptr": changed(A[f"{NAME}/indptr"], -1, 10**6)}, r"indptr = .*: must rise from 0"),
    ({f"{NAME}/indptr": changed(A[f"{NAME}/indptr"], 1, 10**6)}, r"indptr = .*: must rise from 0"),
    ({f"{NAME}/indptr": A[f"{NAME}/indptr"][:-1]}, r"indptr = .*: must be int64 \[21\]"),
    ({f"{NAME}/delay": changed(A[f"{NAME}/delay"], 0, 63)}, r"delay = 63: must lie in 0\.\.62"),
    ({f"{NAME}/weight": changed(A[f"{NAME}/weight"], 0, 256)}, r"weight = 256: must lie in 0\.\.255"),
    ({f"{NAME}/weight": changed(A[f"{NAME}/weight"], 0, -1)}, r"weight = -1: must lie in 0\.\.255"),
]


@pytest.mark.parametrize(("arrays", "words"), BAD_ARRAYS)
def test_files_that_hold_no_possible_program_are_refused(arrays, words, tmp_path):
    assert PROGRAM.projections[2].name == "liquid/recurrent/excitatory"
    with pytest.raises(InvalidValue, match=words):
        check(wrong(PROGRAM, **arrays))
    storage.write(tmp_path / "x", "program", PROGRAM.header(), PROGRAM.arrays() | arrays)
    with pytest.raises(FileRefused, match=f"x: holds no valid program .*{words}"):
        nl.Program.load(tmp_path / "x")


def without(name):
    return {k: v for k, v in PROGRAM.header().items() if k != name}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (PROGRAM.header() | {"format": 99}, "program format 99 is newer than 1.*Update neurolsm"),
        (PROGRAM.header() | {"arithmetic": "double"}, "must be 'loihi' or 'float'"),
        (PROGRAM.header() | {"n_inputs": 10**12}, "holds no valid program"),
        (PROGRAM.header() | {"n_inputs": "3"}, "holds no valid program"),
        (PROGRAM.header() | {"populations": [{"name": "a", "start": 0, "stop": 19}]}, "must cover the 20 neurons"),
        (PROGRAM.header() | {"populations": 7}, "holds no valid program"),
        (PROGRAM.header() | {"projections": [{"name": "a"}]}, "holds no valid program"),
        (without("dt"), "holds no valid program"),
        (without("format"), "holds no valid program"),
        ({}, "holds no valid program"),
    ],
)
def test_headers_that_hold_no_possible_program_are_refused(header, words, tmp_path):
    storage.write(tmp_path / "x", "program", header, PROGRAM.arrays())
    with pytest.raises(FileRefused, match=words):
        nl.Program.load(tmp_path / "x")


def test_two_rules_of_excitability_share_no_neuron():
    program = nl.lower(SMALL).program
    check(replace(program, intrinsic=(Intrinsic(0, 10, 5, 1), Intrinsic(10, 20, 5, 1))))
    with pytest.raises(InvalidValue, match=r"intrinsic = \(9, 20\): shares neurons with another rule, \(0, 10\)"):
        check(replace(program, intrinsic=(Intrinsic(9, 20, 5, 1), Intrinsic(0, 10, 5, 1))))


@pytest.mark.parametrize("du", [0, 100, 4095])
def test_currents_that_32_bits_cannot_hold_are_refused(du):
    """A fan-in of 1,100 at the largest exponent: 1,100 * 255 * 2^7 * 64 is above 2^31."""
    base = nl.lower(SMALL).program
    p = base.projections[0]

    def strong(sources, exp):
        synapses = replace(
            p, weight_exp=exp, indptr=np.arange(sources + 1, dtype=np.int64), post=np.zeros(sources, np.int32),
            weight=np.full(sources, 255, np.int16), delay=np.zeros(sources, np.uint8),
        )  # fmt: skip
        neurons = replace(base.neurons, du=np.full(base.n, du, np.int32))
        return replace(base, n_inputs=sources, neurons=neurons, projections=(synapses,))

    check(strong(1000, 0))
    with pytest.raises(InvalidValue, match=r"input of neuron 0 = 35904000: could drive its current beyond 32 bits"):
        check(strong(1100, 7))
    program = strong(400, 2)  # beyond 2^17, where a turn a step does not bring the current back
    if du < 4095:
        return
    check(program)
    inputs = nl.Spikes.from_dense(np.ones((1, 40, 400), bool))
    with nl.open_simulator(program, "emulator") as emulator, nl.open_simulator(program, "reference") as reference:
        assert np.array_equal(
            emulator.run(inputs, trace=("u",)).traces["u"], reference.run(inputs, trace=("u",)).traces["u"]
        )
