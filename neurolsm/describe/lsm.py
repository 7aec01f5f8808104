"""The description of a whole Liquid State Machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

from neurolsm.describe import checks, likely
from neurolsm.describe.checks import plain
from neurolsm.describe.column import Column
from neurolsm.describe.delay import Delay, check_delay
from neurolsm.describe.explicit import Explicit
from neurolsm.describe.graph import Topology
from neurolsm.describe.input_map import InputMap, RandomMap
from neurolsm.describe.laws import Each, Gamma, Law, Pairs, check_law
from neurolsm.describe.neuron import LIF, AdaptiveLIF, Neuron
from neurolsm.describe.own import laws_of
from neurolsm.describe.protocols import check_part
from neurolsm.describe.random_graph import RandomGraph
from neurolsm.describe.rule import ChipReadout, ExcitabilityRule, LearningRule
from neurolsm.describe.short_term import ShortTermPlasticity
from neurolsm.describe.small_world import SmallWorld
from neurolsm.describe.tuning import SelfTuning
from neurolsm.errors import refuse
from neurolsm.shown import described

TOPOLOGIES = (Column, RandomGraph, SmallWorld, Explicit)
DEFAULT_WEIGHTS = Pairs(ee=Gamma(0.1), ei=Gamma(0.2), ie=Gamma(0.2), ii=Gamma(0.2))


@described
@dataclass(frozen=True, kw_only=True)
class Liquid:
    """One reservoir: a recurrent network of spiking neurons that keeps Dale's law.

    Args:
        topology: ``Column``, ``RandomGraph``, ``SmallWorld`` or ``Explicit``, or an own one with ``n`` and ``draw(rng)``.
        neuron: constants of the excitatory neurons, and of the inhibitory ones unless these are given apart.
        inhibitory_neuron: constants of the inhibitory neurons.
        weights: magnitudes of recurrent weights: one law, or ``Pairs`` of laws. A weight of w deflects a resting membrane
            by w thresholds at the peak of the response. ``Explicit``, and an own topology that fixes weights, ignore this.
        delays: seconds, 0 to 62 steps: one law, ``Pairs`` of laws, or ``ByDistance``. A delay of 0 acts in the next step.
            A topology that brings delays of its own leaves these at 0.
        input: how channels (or the liquids before this one) reach it.
        plasticity: how its excitatory recurrent synapses learn; signs are kept.
        inhibitory_plasticity: how its inhibitory recurrent synapses learn. Rules of strength such as ``STDP`` make inhibition stronger
            where they say potentiation; ``Rule`` and rules of errors change the signed weight.
        input_plasticity: how its input synapses learn.
        intrinsic: how its neurons change their excitability.
        short_term: how what its recurrent synapses deliver depends on the spikes before; float arithmetic only.

    Raises:
        InvalidValue: a field outside its range, or of another kind.

    Example:
        >>> import neurolsm as nl
        >>> column = nl.Column(shape=(4, 4, 2))
        >>> neuron, delays = nl.LIF(tau_mem=0.02), nl.Uniform(0.0, 0.005)
        >>> liquid = nl.Liquid(topology=column, neuron=neuron, delays=delays, plasticity=nl.STDP())
        >>> liquid.n
        32
    """

    topology: Topology
    neuron: Neuron = LIF()
    inhibitory_neuron: Neuron | None = None
    weights: Law | Pairs = DEFAULT_WEIGHTS
    delays: Delay = 0.0
    input: InputMap = RandomMap()
    plasticity: LearningRule | None = None
    inhibitory_plasticity: LearningRule | None = None
    input_plasticity: LearningRule | None = None
    intrinsic: ExcitabilityRule | None = None
    short_term: ShortTermPlasticity | None = None

    def __post_init__(self) -> None:
        remedy = "Use Column, RandomGraph, SmallWorld or Explicit, or an own one (docs/howto/own_parts.md)"
        check_part("Liquid", "topology", self.topology, Topology, remedy)
        _check_size(self.topology)
        checks.one_of(self, "neuron", (LIF, AdaptiveLIF), "Use LIF(...) or AdaptiveLIF(...)")
        if self.inhibitory_neuron is not None:
            checks.one_of(self, "inhibitory_neuron", (LIF, AdaptiveLIF), "Use LIF(...) or AdaptiveLIF(...)")
        if not isinstance(self.weights, Pairs):
            check_law(self, "weights")
        check_delay(self, "delays")
        _check_values(self)
        remedy = "Use RandomMap, ReceptiveFields or OneToOne, or an own one (docs/howto/own_parts.md)"
        check_part("Liquid", "input", self.input, InputMap, remedy)
        laws_of(self.input, needed=False)
        for field in ("plasticity", "inhibitory_plasticity", "input_plasticity"):
            if getattr(self, field) is not None:
                remedy = "Use STDP(...) or another rule of neurolsm.learn.rules"
                check_part("Liquid", field, getattr(self, field), LearningRule, remedy)
        if self.intrinsic is not None:
            check_part("Liquid", "intrinsic", self.intrinsic, ExcitabilityRule, "Use IntrinsicPlasticity(...)")
        if self.short_term is not None:
            checks.one_of(self, "short_term", (ShortTermPlasticity,), "Use ShortTermPlasticity(...)")

    @property
    def n(self) -> int:
        return int(self.topology.n)


@described
@dataclass(frozen=True)
class Parallel:
    """Liquids side by side (an ensemble): all receive the same channels, all are read out.

    Args:
        liquids: a tuple of ``Liquid``, ``Parallel`` or ``Series``, at least one.

    Raises:
        InvalidValue: no liquid, or something else.

    Example:
        >>> import neurolsm as nl
        >>> graph = nl.RandomGraph(n=50)
        >>> fast, slow = (nl.Liquid(topology=graph, neuron=nl.LIF(tau_mem=tau)) for tau in (0.01, 0.1))
        >>> nl.Parallel((fast, slow)).n
        100
    """

    liquids: tuple[LiquidLike, ...]

    def __post_init__(self) -> None:
        _check_liquids(self)

    @property
    def n(self) -> int:
        return sum(liquid.n for liquid in self.liquids)


@described
@dataclass(frozen=True)
class Series:
    """Liquids one after the other (a deep LSM): each receives the spikes of the one before; all are read out.

    Args:
        liquids: a tuple of ``Liquid``, ``Parallel`` or ``Series``, at least one.

    Raises:
        InvalidValue: no liquid, or something else.

    Example:
        >>> import neurolsm as nl
        >>> first, second = (nl.Liquid(topology=nl.RandomGraph(n=n)) for n in (60, 40))
        >>> nl.Series((first, second)).n
        100
    """

    liquids: tuple[LiquidLike, ...]

    def __post_init__(self) -> None:
        _check_liquids(self)

    @property
    def n(self) -> int:
        return sum(liquid.n for liquid in self.liquids)


LiquidLike = Liquid | Parallel | Series


@described
@dataclass(frozen=True, kw_only=True)
class LSM:
    """A Liquid State Machine: input channels, a reservoir of spiking neurons (the liquid), and a seed.

    Args:
        inputs: number of input channels.
        liquid: a ``Liquid``, or several in ``Parallel`` or ``Series``, nested as needed.
        readout: neurons that learn on the backend to read the liquid out (an on-chip readout), such as ``DeltaReadout``; None to read out on the host.
        seed: everything random is drawn from named streams under it.
        dt: seconds per step, above 0.
        tuning: the working point that the liquid finds by itself before anything is read out; None: weights are what they are.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=4, liquid=nl.Liquid(topology=nl.RandomGraph(n=50, density=0.2)), seed=1)
        >>> program = nl.lower(lsm).program
        >>> program.n, program.n_inputs
        (50, 4)
        >>> program.sha256 == nl.lower(lsm).program.sha256  # the seed decides everything
        True
    """

    inputs: int
    liquid: LiquidLike
    readout: ChipReadout | None = None
    seed: int = 0
    dt: float = 1e-3
    tuning: SelfTuning | None = None

    def __post_init__(self) -> None:
        checks.whole(self, "inputs", 1)
        checks.one_of(self, "liquid", (Liquid, Parallel, Series), "Use Liquid(...), Parallel((...)) or Series((...))")
        if self.readout is not None:
            remedy = "Use DeltaReadout(...) or another readout of neurolsm.learn"
            check_part("LSM", "readout", self.readout, ChipReadout, remedy)
        checks.seed(self)
        checks.number(self, "dt", 0, open_low=True, finite=True, unit="s")
        if self.tuning is not None:
            checks.one_of(self, "tuning", (SelfTuning,), "Use SelfTuning(...), or leave it out")
        if not likely.step(self, self.dt):  # nothing fits into a step that is too long
            for one in _neurons(self.liquid):
                likely.neuron(one, self.dt)

    @property
    def n(self) -> int:
        return self.liquid.n


def every_liquid(liquid: LiquidLike, change: Callable[[Liquid], Liquid]) -> LiquidLike:
    """``change`` applied to a liquid, or to every liquid of several, however deep it lies."""
    if isinstance(liquid, Liquid):
        return change(liquid)
    return replace(liquid, liquids=tuple(every_liquid(part, change) for part in liquid.liquids))


def _neurons(liquid: LiquidLike) -> Iterator[Neuron]:
    """Every description of neurons in a liquid or the liquids in it."""
    if isinstance(liquid, Liquid):
        yield liquid.neuron
        if liquid.inhibitory_neuron is not None and liquid.inhibitory_neuron != liquid.neuron:
            yield liquid.inhibitory_neuron
    else:
        for part in liquid.liquids:
            yield from _neurons(part)


def _check_size(topology: Topology) -> None:
    n = plain(topology.n)
    if not isinstance(n, int) or isinstance(n, bool) or not 0 < n < 2**31:
        limit = f"must be a whole number in 1..{2**31 - 1}"
        refuse(type(topology).__name__, "n", topology.n, limit, "Give the number of neurons")


def _check_values(liquid: Liquid) -> None:
    """Refuse constants given one by one for another number of neurons."""
    for one in (liquid.neuron, liquid.inhibitory_neuron):
        for f in fields(one) if one is not None else ():
            law = getattr(one, f.name)
            if isinstance(law, Each) and law.values.size != liquid.n:
                limit = f"are given, the liquid has {liquid.n} neurons"
                refuse(type(one).__name__, f.name, f"{law.values.size} values", limit, "Give one for each, or a law")


def _check_liquids(owner: Parallel | Series) -> None:
    liquids = owner.liquids
    if (
        not isinstance(liquids, tuple)
        or not liquids
        or not all(isinstance(x, (Liquid, Parallel, Series)) for x in liquids)
    ):
        refuse(
            type(owner).__name__,
            "liquids",
            liquids,
            "must be a tuple of liquids, at least one",
            "Write Parallel((a, b))",
        )
