"""The working point that a liquid shall find by itself before anything is read out."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import checks


@dataclass(frozen=True, kw_only=True)
class SelfTuning:
    """A mean rate and a branching ratio that a liquid brings itself to, whatever the scale of its weights.

        rate = spikes per neuron and step,   branching = W_recurrent / (W_input + W_recurrent)

    where W is the mean of the absolute weights that arrive at a neuron in a step; of a single liquid it is
    ``measure.instruments.balance(...).recurrent``. It stands for the number of spikes that a spike brings about in turn: an activity of
    A = h + m A, with the drive h from outside, has m = 1 - h / A, if weights act alike wherever they come from and whatever their
    sign. It is not the factor that ``measure.instruments.branching_factor`` fits to the activity itself.

    Write ``LSM(..., tuning=SelfTuning())``. Then ``fit`` of an estimator, and ``deploy(..., samples=X)``, scale all input weights by
    one factor and all recurrent ones by another before anything else, by the rule of ``neurolsm.self_tune``.

    Args:
        rate: mean spikes per neuron and step, above 0 and at most 0.5.
        branching: above 0 and at most 0.9; 1 would be critical.

    Raises:
        InvalidValue: a field outside its range.

    Source: Wilting and Priesemann, Nature Communications 9, 2325 (2018), for the branching ratio of a driven network; Turrigiano, Cold
        Spring Harbor Perspectives in Biology 4 (2012), for multiplicative scaling.

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=50, density=0.2), input=nl.RandomMap(weight=nl.Gamma(0.001)))  # far too weak
        >>> lsm = nl.LSM(inputs=4, liquid=liquid, tuning=nl.SelfTuning(rate=0.1), seed=1)
        >>> inputs = nl.RateEncoder(steps=50).encode([[0.2, 0.9, 0.4, 0.6], [0.8, 0.1, 0.5, 0.3]])
        >>> found = nl.self_tune(lsm, inputs)
        >>> round(found.rate, 1), found.lsm.tuning is None
        (0.1, True)
    """

    rate: float = 0.2
    branching: float = 0.15

    def __post_init__(self) -> None:
        checks.number(self, "rate", 0, 0.5, open_low=True)
        checks.number(self, "branching", 0, 0.9, open_low=True)
