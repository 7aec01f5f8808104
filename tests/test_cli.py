"""The command line: results as JSON, refusals with one message and exit code 2, nothing half written."""

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit

import neurolsm as nl
from neurolsm.encode import RateEncoder
from neurolsm.execute.backend import open_simulator
from neurolsm.readout import Counts
from neurolsm.tasks import model as models

RUN_FIELDS = {
    "model", "backend", "target", "arithmetic", "neurons", "synapses", "steps", "train", "test", "metric", "value", "value_sd",
    "seconds", "ms_per_sample", "spikes_per_sample", "synops_per_sample", "program_sha256", "seed", "versions",
}  # fmt: skip
COMPARE_FIELDS = {"backends", "samples", "spikes_compared", "first_divergence", "equal", "ms_per_sample"}


def load():
    """Sixty samples of three classes, far apart but for some noise."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    return models.Data(np.eye(6)[y] * 0.6 + 0.4 * rng.random((60, 6)), y)


def lsm(seed):
    return nl.LSM(
        inputs=6,
        liquid=nl.Liquid(topology=nl.RandomGraph(n=30, density=0.2), input=nl.RandomMap(density=0.5, weight=0.8)),
        seed=seed,
    )


TINY = models.Model(
    name="tiny", summary="Three classes.", load=load, lsm=lsm, encoder=RateEncoder(steps=12), features=Counts(windows=2),
    readout=RidgeClassifier, splits=3,
)  # fmt: skip


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """The model ``tiny``, as an entry point would bring it; ``tiny.update(load=...)`` changes it."""
    held = SimpleNamespace(model=TINY)
    held.update = lambda **fields: setattr(held, "model", replace(held.model, **fields))
    point = SimpleNamespace(name="tiny", load=lambda: held.model)
    monkeypatch.setattr(models, "_points", lambda: {"tiny": point})
    return held


def by_hand(seed, splits, split_seed=0, samples=None):
    """Accuracies of ``tiny`` from the NumPy reference and scikit-learn alone."""
    data = load() if samples is None else load().subset(samples)
    program = nl.lower(lsm(seed)).program
    with open_simulator(program, "reference") as simulator:
        found = simulator.run(RateEncoder(steps=12).encode(data.x))
    half = found.spikes.dense().reshape(len(data), 2, 6, 30).sum(axis=2).reshape(len(data), -1)
    parts = StratifiedShuffleSplit(splits, test_size=0.2, random_state=split_seed).split(half, data.y)
    return program, found, [RidgeClassifier().fit(half[a], data.y[a]).score(half[b], data.y[b]) for a, b in parts]


# ---------------------------------------------------------------------- what works


def test_run_writes_the_figures_of_the_reference(call, tmp_path):
    file = tmp_path / "result.json"
    code, out, _ = call("run", "tiny", "--seed", 5, "--splits", 4, "--json", file)
    program, found, values = by_hand(5, 4)
    result = json.loads(file.read_text())
    assert code == 0 and result.keys() >= RUN_FIELDS
    assert result["value"] == pytest.approx(np.mean(values)) and result["value_sd"] == pytest.approx(
        np.std(values, ddof=1)
    )
    assert f"{100 * np.mean(values):.2f}" in out
    expected = {
        "model": "tiny", "backend": "emulator", "target": "loihi2", "arithmetic": "loihi", "neurons": 30, "steps": 12,
        "train": 48, "test": 12, "metric": "accuracy", "seed": 5, "synapses": program.synapses,
        "program_sha256": program.sha256, "spikes_per_sample": found.spikes.count / 60,
        "synops_per_sample": found.synops.sum() / 60,
    }  # fmt: skip
    assert {key: result[key] for key in expected} == pytest.approx(expected)
    assert result["ms_per_sample"] > 0 and result["seconds"] > 0 and result["versions"]["numpy"] == np.__version__
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_defaults_and_other_seeds(call, tmp_path):
    shas = set()
    for seed, split_seed in ((1, 0), (2, 0), (1, 9)):
        file = tmp_path / "r.json"
        code, *_ = call("run", "tiny", "--seed", seed, "--split-seed", split_seed, "--json", file)
        result = json.loads(file.read_text())
        assert code == 0 and result["value"] == pytest.approx(np.mean(by_hand(seed, 3, split_seed)[2]))
        shas.add(result["program_sha256"])
    assert len(shas) == 2


def test_float_arithmetic_and_another_backend(call, tmp_path):
    file = tmp_path / "r.json"
    code, *_ = call("run", "tiny", "--arithmetic", "float", "--backend", "reference", "--samples", 30, "--json", file)
    result = json.loads(file.read_text())
    assert code == 0 and (result["arithmetic"], result["target"], result["backend"]) == ("float", "none", "reference")
    assert result["train"] + result["test"] == 30


def test_compare_agrees(call, tmp_path):
    file = tmp_path / "c.json"
    code, out, _ = call("compare", "tiny", "--backends", "emulator,reference", "--samples", 7, "--json", file)
    result = json.loads(file.read_text())
    data = load().subset(7)
    with open_simulator(nl.lower(lsm(1)).program, "reference") as simulator:
        spikes = simulator.run(RateEncoder(steps=12).encode(data.x)).spikes.count
    assert code == 0 and result.keys() >= COMPARE_FIELDS and "not a bit differs" in out
    assert result["backends"] == ["emulator", "reference"] and result["ms_per_sample"].keys() == {
        "emulator",
        "reference",
    }
    assert (result["samples"], result["spikes_compared"], result["equal"]) == (7, spikes, True)
    assert result["first_divergence"] is None


def test_compare_names_the_first_difference(call, register, tmp_path):
    from neurolsm.semantics import ReferenceBackend, ReferenceSimulator

    class Off:
        """The reference, with one unit of voltage too much in one neuron at the end of each sample."""

        name, missing = "off", staticmethod(ReferenceBackend.missing)

        @staticmethod
        def open(program):
            simulator = ReferenceSimulator(program)
            plain = simulator.run

            def run(inputs, **options):
                found = plain(inputs, **options)
                v = found.v.copy()
                v[:, 4] += 1
                return replace(found, v=v)

            simulator.run = run
            return simulator

    register("off", Off)
    file = tmp_path / "c.json"
    code, out, _ = call("compare", "tiny", "--backends", "reference,off", "--samples", 3, "--json", file)
    result = json.loads(file.read_text())
    assert code == 1 and not result["equal"] and "off differs from reference" in out
    first = result["first_divergence"]
    assert {k: first[k] for k in ("backend", "sample", "step", "neuron", "variable")} == {
        "backend": "off", "sample": 0, "step": 11, "neuron": 4, "variable": "v",
    }  # fmt: skip


def test_lists(call, register):
    code, out, _ = call("models")
    assert code == 0 and "tiny" in out and "accuracy" in out and "Three classes." in out
    register("absent", lambda: SimpleNamespace(missing=lambda: "it is not here. Bring it"))
    code, out, _ = call("backends")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0 and "available" in rows["emulator"] and "available" in rows["reference"]
    assert "it is not here. Bring it" in rows["absent"] and {"brian2", "lava"} <= rows.keys()


def test_help_comes_without_heavy_imports():
    script = (
        "import sys; sys.argv = ['neurolsm', '--help']\n"
        "from neurolsm.cli import main\n"
        "try: main()\n"
        "except SystemExit: sys.exit(any(name in sys.modules for name in ('numpy', 'sklearn', 'numba', 'matplotlib')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and "compare" in done.stdout, done


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "nothing"], ["nothing", "tiny"]),
        (["compare", "nothing"], ["nothing", "tiny"]),
        (["run", "tiny", "--backend", "nowhere"], ["nowhere", "emulator"]),
        (["run", "tiny", "--backend", "emulator:gpu"], ["emulator", "gpu"]),
        (["run", "tiny", "--samples", "0"], ["samples = 0", "1 to 60"]),
        (["run", "tiny", "--samples", "-1"], ["samples = -1", "1 to 60"]),
        (["run", "tiny", "--samples", "1000000000000"], ["samples = 1000000000000", "1 to 60"]),
        (["run", "tiny", "--samples", "5"], ["samples = 5", "at least 15"]),
        (["run", "tiny", "--seed", "-1"], ["seed = -1", "0 to 2**63 - 1"]),
        (["run", "tiny", "--seed", "99999999999999999999999"], ["seed = 9999", "0 to 2**63 - 1"]),
        (["run", "tiny", "--seed", "abc"], ["--seed", "integer"]),
        (["run", "tiny", "--splits", "0"], ["splits = 0", "1 to 1000"]),
        (["run", "tiny", "--splits", "1000000000"], ["splits = 1000000000", "1 to 1000"]),
        (["run", "tiny", "--split-seed", "-3"], ["split_seed = -3"]),
        (["run", "tiny", "--target", "loihi9"], ["loihi9", "loihi1, loihi2"]),
        (["run", "tiny", "--arithmetic", "octal"], ["octal", "float"]),
        (["compare", "tiny", "--samples", "0", "--backends", "emulator,reference"], ["samples = 0"]),
        (["compare", "tiny", "--seed", "-1", "--backends", "emulator,reference"], ["seed = -1"]),
        (["compare", "tiny", "--backends", "emulator"], ["backends", "at least two"]),
        (["compare", "tiny", "--backends", ","], ["backends", "at least two"]),
        (["compare", "tiny", "--backends", "emulator,nowhere"], ["nowhere"]),
        (["compare", "tiny", "--backends", "emulator,reference:gpu"], ["reference", "gpu"]),
        (["run"], ["MODEL"]),
        (["walk"], ["walk"]),
        (["run", "tiny", "--fast"], ["--fast"]),
    ],
)
def test_bad_input(call, tmp_path, arguments, parts):
    file = tmp_path / "r.json"
    more = ["--json", file] if arguments[0] in ("run", "compare") and len(arguments) > 1 else []
    code, out, err = call(*arguments, *more)
    assert code == 2 and out == "" and "Traceback" not in err and not list(tmp_path.iterdir())
    assert all(part in err for part in parts), err


@pytest.mark.parametrize("command", ["run", "compare"])
def test_json_is_refused_before_the_work(call, tiny, tmp_path, command):
    def never():
        raise AssertionError("the work has started")

    tiny.update(load=never)
    (tmp_path / "file").write_text("")
    for file, part in (
        (tmp_path / "no" / "r.json", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "file" / "r.json", "does not exist"),
        ("/proc/r.json", "cannot be written"),
    ):
        code, _, err = call(command, "tiny", "--json", file)
        assert code == 2 and part in err and str(file) in err and err.count("\n") == 1


def test_a_crash_leaves_the_old_file(call, tmp_path, monkeypatch):
    file = tmp_path / "r.json"
    file.write_text("old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    code, _, err = call("run", "tiny", "--json", file)
    assert code == 2 and "No space left" in err and file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_fixed_test_set_has_one_split(call, tiny, tmp_path):
    data = load()
    tiny.update(load=lambda: replace(data, test=np.arange(60) >= 45), splits=1)
    file = tmp_path / "r.json"
    code, out, _ = call("run", "tiny", "--json", file)
    result = json.loads(file.read_text())
    assert "±" not in out and f"{100 * result['value']:.2f} % on one split of 45 + 15 samples" in out
    assert code == 0 and (result["train"], result["test"], result["value_sd"]) == (45, 15, None)
    code, _, err = call("run", "tiny", "--splits", 2)
    assert code == 2 and "splits = 2" in err
