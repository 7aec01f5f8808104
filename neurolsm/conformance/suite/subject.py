"""The backend under test: what it is called, what it says it cannot do, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from neurolsm.conformance.generate import Case
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import Simulator, get, names, open_simulator
from neurolsm.program import Program

# What a backend may list in ``unsupported``. Everything else, delays and all ranges of constants among it, is compulsory.
FEATURES = {
    "refractory": "refractory periods",
    "adaptive": "adaptive thresholds",
    "float": "float arithmetic",
    "trace": "recording u and v after every step",
    "carry": "going on from the state of the run before",
    "state": "reading and setting the state",
    "learning": "weights and excitability that change while the program runs",
    "learning/delay": "plastic synapses with delays",
    "learning/intrinsic": "bias and threshold that seek a rate",
    "learning/stream": "a random number for each synapse",
    "learning/error": "third factors that neurons compute from their own voltage",
    "learning/both": "third factors together with traces of the target's own spikes",
    "learning/pattern": "any rule and sign between some of the pairs",
    "learning/constant": "bare constants as factors",
    "short_term": "short-term plastic synapses",
}
LEARNING = tuple(name for name in FEATURES if name.startswith("learning"))


@dataclass(frozen=True)
class Subject:
    """A backend or one of its variants.

    Attributes:
        name: ``NAME`` or ``NAME:VARIANT``, as ``open_simulator`` takes it.
        unsupported: feature -> why it cannot.
        asked: whether it was asked for by name; then it must run, while one that is merely installed may be skipped.
    """

    name: str
    unsupported: dict[str, str]
    asked: bool = True

    @staticmethod
    def named(name: str, asked: bool = True) -> Subject:
        """Looks the backend up; its ``unsupported`` maps ``feature`` or ``variant:feature`` to a written reason."""
        base, _, variant = name.partition(":")
        found: dict[str, str] = {}
        for key, reason in getattr(get(base), "unsupported", {}).items():
            only, _, feature = key.rpartition(":")
            if feature not in FEATURES:
                pytest.fail(f"{base}.unsupported has the key {key!r}. Known features: {', '.join(FEATURES)}")
            if not isinstance(reason, str) or len(reason.split()) < 3:
                pytest.fail(f"{base}.unsupported[{key!r}] = {reason!r}: write the reason in a sentence")
            if only in ("", variant):
                found[feature] = reason
        return Subject(name, found, asked)

    def needs(self, *features: str) -> None:
        """Skip the test, with the reason, if the backend lacks one of ``features``."""
        for feature in features:
            if feature in self.unsupported:
                pytest.skip(f"{self.name} lacks {FEATURES[feature]}: {self.unsupported[feature]}")

    def can(self, feature: str) -> bool:
        return feature not in self.unsupported

    def open(self, program: Program) -> Simulator:
        try:
            return open_simulator(program, self.name)
        except NotAvailable as error:
            if self.asked:
                raise
            pytest.skip(str(error))

    def fit(self, case: Case) -> Case:
        """The case without the neuron features that the backend lacks."""
        return replace(
            case,
            refractory=case.refractory and self.can("refractory"),
            adaptive=case.adaptive and self.can("adaptive"),
        )


def installed() -> list[str]:
    """Every installed backend; the variants of one that has them, but for those that it calls ``slow``."""
    found: list[str] = []
    for name in names():
        try:
            backend = get(name)
            variants = [v for v in getattr(backend, "variants", {}) if v not in getattr(backend, "slow", ())]
        except NotAvailable:
            variants = []
        found += [f"{name}:{variant}" for variant in variants] or [name]
    return found
