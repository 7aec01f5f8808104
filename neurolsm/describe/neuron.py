"""Neurons in NIR's terms: current-based LIF, plain and with an adaptive threshold."""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm.describe import likely
from neurolsm.describe.laws import Law, check_law


@dataclass(frozen=True, kw_only=True)
class LIF:
    """Current-based leaky integrate-and-fire neuron.

        tau_syn du/dt = -u + input,   tau_mem dv/dt = -(v - v_leak) + u,   spike and v <- 0 when v > 1

    discretised as u <- u exp(-dt / tau_syn) + a, v <- v exp(-dt / tau_mem) + u + bias. All states are in units of the
    threshold. Every field is one number for all neurons or a law that draws one for each.

    Args:
        tau_syn: time constant of the synaptic current, seconds, above 0 (``inf`` for no decay).
        tau_mem: time constant of the membrane, seconds, above 0 (``inf`` for no leak).
        t_refractory: time after a spike in which v stays 0, seconds, at least 0.
        v_leak: level to which the membrane relaxes without input, in thresholds; at least 0.

    Raises:
        InvalidValue: a field outside its range.

    Source: NIR's CubaLIF (Pedersen et al., Nature Communications 15, 2024) for the names.

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.Explicit([[0.0]]), neuron=nl.LIF(tau_mem=0.02), input=nl.OneToOne(weight=0.5))
        >>> program = nl.lower(nl.LSM(inputs=1, liquid=liquid)).program
        >>> int(program.neurons.dv[0])  # what v loses per step, in 1/4096: 4096 (1 - exp(-0.001 / 0.02)) = 199.8
        200
        >>> with nl.open_simulator(program, "reference") as simulator:
        ...     run = simulator.run(nl.Spikes.from_dense([[[1]] * 12]))  # a spike in each of 12 steps
        >>> run.spikes.dense()[0, :, 0].astype(int).tolist()
        [0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    """

    tau_syn: Law = 4e-3
    tau_mem: Law = 30e-3
    t_refractory: Law = 0.0
    v_leak: Law = 0.0

    def __post_init__(self) -> None:
        check_law(self, "tau_syn", above_zero=True, finite=False, unit="s")
        check_law(self, "tau_mem", above_zero=True, finite=False, unit="s")
        check_law(self, "t_refractory", unit="s")
        check_law(self, "v_leak")
        _check_usual(self)


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIF:
    """LIF whose threshold rises by ``adapt_step`` with each spike and relaxes back.

        spike when v > 1 + theta,   tau_adapt dtheta/dt = -theta,   theta <- theta + adapt_step at a spike

    Args:
        tau_syn, tau_mem, t_refractory, v_leak: as in ``LIF``.
        tau_adapt: time constant of the adaptive part of the threshold, seconds, above 0 (``inf``: it stays).
        adapt_step: what a spike adds to it, in thresholds, at least 0.

    Raises:
        InvalidValue: a field outside its range.

    Source: Bellec et al., Long short-term memory and learning-to-learn in networks of spiking neurons (NeurIPS 2018).

    Example:
        >>> import neurolsm as nl
        >>> neuron = nl.AdaptiveLIF(tau_adapt=0.1, adapt_step=0.5)
        >>> liquid = nl.Liquid(topology=nl.Explicit([[0.0]]), neuron=neuron, input=nl.OneToOne(weight=0.5))
        >>> program = nl.lower(nl.LSM(inputs=1, liquid=liquid)).program
        >>> with nl.open_simulator(program, "reference") as simulator:
        ...     run = simulator.run(nl.Spikes.from_dense([[[1]] * 18]))  # a spike in each of 18 steps
        >>> run.spikes.dense()[0, :, 0].nonzero()[0].tolist()  # intervals grow
        [4, 7, 11, 15]
    """

    tau_syn: Law = 4e-3
    tau_mem: Law = 30e-3
    t_refractory: Law = 0.0
    v_leak: Law = 0.0
    tau_adapt: Law = 100e-3
    adapt_step: Law = 0.1

    def __post_init__(self) -> None:
        check_law(self, "tau_syn", above_zero=True, finite=False, unit="s")
        check_law(self, "tau_mem", above_zero=True, finite=False, unit="s")
        check_law(self, "t_refractory", unit="s")
        check_law(self, "v_leak")
        check_law(self, "tau_adapt", above_zero=True, finite=False, unit="s")
        check_law(self, "adapt_step")
        _check_usual(self)
        likely.seconds(self, "tau_adapt", "20e-3 to 2 s", likely.SLOW)


def _check_usual(owner: LIF | AdaptiveLIF) -> None:
    likely.seconds(owner, "tau_syn", "1e-3 to 50e-3 s", likely.SLOW)  # long ones that go with a coarse step are meant
    likely.seconds(owner, "tau_mem", "5e-3 to 200e-3 s")
    likely.seconds(owner, "t_refractory", "0 to 10e-3 s")


Neuron = LIF | AdaptiveLIF
