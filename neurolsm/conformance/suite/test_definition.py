"""What a rule might be read in two ways about, decided in ``neurolsm.semantics``, with traces that a pencil can check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neurolsm.conformance.suite.agreement import same_state
from neurolsm.conformance.suite.subject import LEARNING, Subject
from neurolsm.conformance.suite.union import united
from neurolsm.execute.backend import Simulator
from neurolsm.program import INPUT, Neurons, Population, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import SYNAPSE, Factor, Modulator, Plasticity, Product, Trace
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics import ReferenceSimulator

FOREVER = float("inf")


def net(
    rule: Plasticity, weight: list[int], delay: int = 0, vth: int = 150, modulators: tuple[Modulator, ...] = ()
) -> Program:
    """One neuron that forgets at once, and one plastic excitatory synapse from each channel to it."""
    constants = {"du": 4095, "dv": 4096, "vth": vth}
    neurons = Neurons(
        **{name: np.full(1, constants.get(name, 0), np.int32) for name in Neurons.__dataclass_fields__}
    )  # fmt: skip
    size = len(weight)
    synapses = Projection(
        "net/input", INPUT, "excitatory", 0, np.arange(size + 1, dtype=np.int64), np.zeros(size, np.int32),
        np.array(weight, np.int16), np.full(size, delay, np.uint8), rule,
    )  # fmt: skip
    return Program("loihi2", "loihi", 1e-3, 0, size, (Population("net", 0, 1),), neurons, (synapses,), modulators)


def raster(steps: int, channels: int, *spikes: tuple[int, int]) -> NDArray[np.bool_]:
    found = np.zeros((steps, channels), bool)
    for step, channel in spikes:
        found[step, channel] = True
    return found


def paired(epoch: int, **options: Any) -> Plasticity:
    return Plasticity(dw=(Product("y0", 1, -1, (Factor("x1"),)),), x1=Trace(FOREVER, 16), t_epoch=epoch, **options)


HALVED = Plasticity(dw=(Product("y0", 1, -3, (Factor("x1"),)),), x1=Trace(1 / np.log(2), 127))
REWARDED = Plasticity(dw=(Product("u", 1, -1, (Factor("y2"),)),), third=("y2",))
WIDE = Plasticity(dw=(Product("u", 1, 0, (Factor("x1"), Factor("y2"))),), third=("y2",), x1=Trace(FOREVER, 1))
REWARD = (Modulator("y2", 0, 1),)
NETS = {
    "epochs of 4": net(paired(4), [100] * 3),
    "epochs of 16": net(paired(16), [100] * 3),
    "nothing is reset": net(paired(5, reset=()), [100] * 3),
    "no delay": net(HALVED, [200]),
    "delay": net(HALVED, [200], 3),
    "reward": net(REWARDED, [200], modulators=REWARD),
    "wide": net(WIDE, [100], vth=1000, modulators=REWARD),
}


class Nets:
    """All networks that the backend can run, open as one program; while one is asked, the others are silent."""

    def __init__(self, names: list[str], simulator: Simulator) -> None:
        self.names, self.simulator = names, simulator

    def weights(self, name: str, samples: list[NDArray[np.bool_]], graded: Graded | None = None) -> list[int]:
        """The weights of one network after the samples."""
        k, program = self.names.index(name), self.simulator.program
        channel, value = (sum(getattr(NETS[n], what) for n in self.names[:k]) for what in ("n_inputs", "n_graded"))
        wide = [np.zeros((len(sample), program.n_inputs), bool) for sample in samples]
        for whole, sample in zip(wide, samples, strict=True):
            whole[:, channel : channel + sample.shape[1]] = sample
        if graded is not None:
            values = np.zeros((graded.row.size, program.n_graded), int)
            values[:, value : value + graded.value.shape[1]] = graded.value
            graded = Graded.build(graded.row, values, graded.rows)
        self.simulator.state = State.rest(program)
        self.simulator.run(Spikes.from_list(wide), graded=graded)
        return self.simulator.state.plastic[k].weight.tolist()


@pytest.fixture(scope="module")
def nets(subject: Subject) -> Iterator[Nets]:
    subject.needs("learning", "state")
    names = [name for name in NETS if name != "delay" or subject.can("learning/delay")]
    with subject.open(united([NETS[name] for name in names])) as simulator:
        yield Nets(names, simulator)


@pytest.mark.parametrize("epoch", [4, 16])
def test_no_pair_of_spikes_of_two_samples(nets: Nets, epoch: int) -> None:
    """Channel 0 fires in the last step of the first sample, or does not; channels 1 and 2 make the neuron fire in the second."""
    second = raster(6, 3, (0, 1), (0, 2))
    silent, early = raster(6, 3), raster(6, 3, (5, 0))
    found = [nets.weights(f"epochs of {epoch}", [first, second, second]) for first in (silent, early)]
    assert found[0] == found[1]
    assert found[0][0] == 100


def test_pairs_of_two_samples_count_where_nothing_is_reset(nets: Nets) -> None:
    second = raster(6, 3, (0, 1), (0, 2))
    assert nets.weights("nothing is reset", [raster(6, 3, (5, 0)), second])[0] == 108


def test_the_delay_of_a_synapse_does_not_move_what_its_rule_sees(subject: Subject, nets: Nets) -> None:
    """Channel 0 fires in step 0. Over a delay of 0 or of 3 it makes the neuron fire in step 1 or 4, where x1 is 64 or 8 if it halves."""
    subject.needs("learning/delay")
    found = [nets.weights(name, [raster(8, 1, (0, 0))])[0] - 200 for name in ("no delay", "delay")]
    assert 7 <= found[0] <= 9 and 0 <= found[1] <= 2


def test_a_negative_third_factor_is_nothing_where_its_target_fires(nets: Nets) -> None:
    """The neuron fires in step 1. A reward of -64 says nothing in that step, and -32 weight steps in the next."""
    sample = raster(4, 1, (0, 0))
    assert nets.weights("reward", [sample], Graded.build([1], [[-64]], 4)) == [200]
    assert nets.weights("reward", [sample], Graded.build([2], [[-64]], 4)) == [168]


def test_a_wide_product_is_cut_downward(nets: Nets) -> None:
    """u0 x1 y2 has 18 bits, of which 3 are cut: 1 * 1 / 8 weight steps become 0, and -1/8 become -1."""
    rewards = Graded.build([1, 4, 7], [[1], [-1], [16]], 9)
    assert nets.weights("wide", [raster(3, 1, (0, 0))] * 3, rewards) == [100 + 0 - 1 + 2]


def test_a_tag_below_the_accumulator_moves_without_any_event(subject: Subject) -> None:
    """The accumulator reaches to -32769, that is a tag of -256.01, so one of -257 is cut, and rounded up 127 times in 128, in every epoch."""
    subject.needs("state", "carry", *LEARNING)
    program = net(Plasticity(dt=(Product("x0", 1, 0),), seed=4, stream=SYNAPSE), [100] * 2000)
    state, silence = State.rest(program), Spikes.from_events([([], [])], 4, 2000)
    state.plastic[0].tag1[:] = -257
    reference = ReferenceSimulator(program)
    reference.state = state
    reference.run(silence, carry=True)
    assert (reference.state.plastic[0].tag1 == -256).all()
    with subject.open(program) as simulator:
        simulator.state = state
        simulator.run(silence, carry=True)
        same_state(reference.state, simulator.state, program)
