"""The examples in the docstrings of the names that are used most: each has one, and it runs as it stands."""

import doctest
import inspect

import pytest

import neurolsm as nl

DESCRIPTION = "LSM Liquid Parallel Series Column RandomGraph SmallWorld Explicit LIF AdaptiveLIF"
LAWS = "Constant Uniform Gamma Lognormal Pairs ByDistance RandomMap ReceptiveFields OneToOne"
ENCODERS = (
    "RateEncoder PoissonEncoder LatencyEncoder DeltaEncoder PopulationEncoder EventEncoder CameraEncoder SignedRateEncoder "
    "FilterBank Sweep Together Transformed"
)
RUNNING = "lower Program open_simulator record Probe compare Recording Spikes Graded State"
READING = "Counts LowPass LastState Joined LSMClassifier LSMRegressor evaluate controls"
LEARNING = "deploy resume DeltaReadout LinearReadout PrototypeReadout STDP TripletSTDP RewardSTDP IntrinsicPlasticity"
RULES = "Rule Oja DeltaRule PrototypeRule SynapticScaling ShortTermPlasticity gain_control Each"
NAMES = " ".join((DESCRIPTION, LAWS, ENCODERS, RUNNING, READING, LEARNING, RULES)).split()
OTHERS = [name for name in nl.__all__ if name not in NAMES and ">>>" in (getattr(nl, name).__doc__ or "")]


@pytest.mark.filterwarnings("error::neurolsm.errors.UnusualValue")  # what is shown is usual
@pytest.mark.parametrize("name", NAMES + OTHERS)
def test_the_example_runs(name):
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(nl, name), name, module=False, globs={}) or [None]
    assert found is not None and found.examples, f"the docstring of {name} has no example"
    assert found.examples[0].source.startswith(("import", "from"))  # it needs nothing that it does not name
    said = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(found, out=said.append)
    assert not result.failed, "".join(said)


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_has_arguments_and_errors(name):
    text = inspect.getdoc(getattr(nl, name)) or ""
    assert "Args:" in text or "Attributes:" in text
    assert "Raises:" in text or name in ("Recording", "LSMRegressor")  # a result, and "as in LSMClassifier"


def test_an_example_that_does_not_hold_is_found():
    runner = doctest.DocTestRunner()
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert runner.run(wrong, out=lambda text: None).failed == 1
