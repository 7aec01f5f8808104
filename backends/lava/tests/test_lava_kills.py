"""Parts of a run are killed, stopped or asked to end at random moments: an error in time or the right bits, then the right bits."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from lava_checks import assert_equal, children, named_memory
from neurolsm_lava import LavaBackend
from neurolsm_lava.simulator import LavaSimulator

from neurolsm.conformance.generate import Case, program
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.errors import BackendFailure
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = [
    pytest.mark.xdist_group("lava"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc"),
]
SIGNALS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)
MOMENTS = ("opening", "running", "between", "closing")
SUBJECTS = [(model, learns) for model in ("fused", "stock") for learns in (False, True)]
DEADLINE, SLACK = 1.0, 5.0  # seconds; a busy machine may keep the test itself waiting


def network_of(learns: bool) -> Program:
    return learner_with()[0] if learns else program(Case(seed=1, n=30))


class Attack:
    """One simulator, and somebody who sends a signal to one of its parts."""

    def __init__(self, seed: int, model: str, learns: bool) -> None:
        self.rng = random.Random(seed)
        self.network = network_of(learns)
        draw = np.random.default_rng(seed)
        self.samples = Spikes.from_list([draw.random((60, self.network.n_inputs)) < 0.2 for _ in range(3)])
        self.reference = ReferenceSimulator(self.network)
        self.before = children()
        self.lava = LavaBackend.open(self.network, model=model, deadline=60.0)
        self.sent = False

    def strike(self, latest: float) -> threading.Thread:
        """Send a signal to a part, at a random moment before ``latest`` seconds from now."""
        delay, number = self.rng.uniform(0, latest), self.rng.choice(SIGNALS)

        def send() -> None:
            time.sleep(delay)
            victims = children(but=self.before)
            if victims:
                with suppress(ProcessLookupError):  # ended meanwhile
                    os.kill(self.rng.choice(victims), number)
                    self.sent = True

        thread = threading.Thread(target=send)
        thread.start()
        return thread

    def run(self) -> bool:
        """Whether a run came to a result, which is the right one; if not, it failed in time and changed nothing."""
        start = time.monotonic()
        try:
            got = self.lava.run(self.samples)
        except BackendFailure as failure:
            assert str(failure).startswith("Lava ") and "All its processes have been ended." in str(failure)
            assert time.monotonic() - start < DEADLINE + SLACK
            assert not children(but=self.before)
            assert self.lava.state.equal(self.reference.state)
            return False
        parts = children(but=self.before)
        assert not named_memory(parts) - named_memory([os.getpid()]), "it would be left if everything were killed now"
        assert_equal(got, self.reference.run(self.samples))
        assert self.lava.state.equal(self.reference.state)
        return True

    def close(self) -> None:
        start = time.monotonic()
        self.lava.close()
        assert time.monotonic() - start < SLACK
        assert not children(but=self.before)


def set_deadline(lava: LavaSimulator, seconds: float) -> None:
    """Of runs from now on; those who strike must not make the run after wait for a busy machine."""
    for holder in (lava, lava._learner, lava._runtime, lava._learner and lava._learner._runtime):
        if holder:
            holder._deadline = seconds


def strike_and_run(seed: int, model: str, learns: bool, moment: str) -> None:
    attack = Attack(seed, model, learns)
    try:
        if moment != "opening":
            assert attack.run()
        set_deadline(attack.lava, DEADLINE)
        striker = attack.strike({"opening": 1.0, "running": 0.2, "between": 0, "closing": 0.01}[moment])
        if moment == "between":
            striker.join()
        if moment == "closing":
            attack.close()
        else:
            survived = attack.run()
            striker.join()
            assert not (moment == "between" and survived and attack.sent), "as if nothing had happened"
            set_deadline(attack.lava, DEADLINE)
            if survived and not attack.run():  # the signal came after the run
                survived = False
            set_deadline(attack.lava, 60.0)
            assert attack.run()
        striker.join()
    finally:
        attack.close()


@pytest.mark.parametrize(("model", "learns"), SUBJECTS)
def test_a_signal_between_two_runs(model: str, learns: bool) -> None:
    strike_and_run(3, model, learns, "between")


@pytest.mark.parametrize("moment", ["opening", "running", "closing"])
def test_a_signal_at_a_random_moment(moment: str) -> None:
    for seed in range(2):
        strike_and_run(seed, "fused", seed == 1, moment)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100))
def test_signals_at_random_moments(seed: int) -> None:
    rng = random.Random(seed)
    strike_and_run(seed, *rng.choice(SUBJECTS), rng.choice(MOMENTS))
