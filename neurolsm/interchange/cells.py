"""The constants of one node of a NIR graph, in steps: neurons that spike, and leaky integrators that only sum.

LIF     v <- v + d (v_leak - v + r i)               d = dt / tau (Euler) or 1 - exp(-dt / tau)
IF      v <- v + r i                                as Norse, Sinabs and snnTorch step it, whatever dt is
Cuba    u <- u + d_u (w_in i - u),   then v as above with u for i
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.interchange.build import Cells
from neurolsm.interchange.export_nir import EULER
from neurolsm.interchange.readouts import Leak
from neurolsm.interchange.signals import array
from neurolsm.interchange.structure import Node, Refuse

UNIT = 1e-12  # a gain this near to 1 is 1


class Constants:
    """Fields of one node, one value for each of its ``n`` neurons."""

    def __init__(self, path: str, node: Node, n: int, dt: float, decays: str, refuse: Refuse) -> None:
        self.path, self.node, self.n, self.dt, self.decays, self.refuse = path, node, n, dt, decays, refuse

    def values(self, name: str, default: float | None = None) -> NDArray[np.float64]:
        found = array(self.node, self.path, name, self.refuse, default).ravel()
        if found.size not in (1, self.n):
            self.refuse(f"node {self.path!r}", f"has {found.size} values of {name} for {self.n} neurons")
        return np.broadcast_to(found, (self.n,)).astype(float)

    def share(self, name: str) -> NDArray[np.float64]:
        """What is lost of a state in a step, from its time constant."""
        tau = self.values(name)
        if (tau <= 0).any():
            self.refuse(f"node {self.path!r}", f"has {name} = {tau.min():g} s; a time constant must be above 0")
        lost = self.dt / tau if self.decays == EULER else -np.expm1(-self.dt / tau)
        if (lost > 1 + UNIT).any():
            self.refuse(
                f"node {self.path!r}",
                f"has {name} = {tau.min():g} s, shorter than the step of {self.dt:g} s; choose a shorter dt",
            )
        return np.minimum(lost, 1.0)


def cells_of(given: Constants) -> Cells:
    """The neurons of a CubaLIF, LIF or IF."""
    threshold = given.values("v_threshold")
    if (threshold < 0).any():
        given.refuse(f"node {given.path!r}", f"has v_threshold = {threshold.min():g}; a threshold must not be negative")
    if given.values("v_reset", 0.0).any():
        given.refuse(f"node {given.path!r}", "has a v_reset that is not 0, to which every neuron here is reset")
    leak = leak_of(given)
    return Cells(given.path, leak.du, leak.dv, leak.bias, threshold, leak.gain)


def leak_of(given: Constants) -> Leak:
    """How u and v of a node go from step to step; the threshold apart."""
    one, zero = np.ones(given.n), np.zeros(given.n)
    kind = given.node.kind
    if kind in ("IF", "I"):
        return Leak(one, zero, zero, _unit(given.values("r")))
    if kind in ("LIF", "LI"):
        dv = given.share("tau")
        return Leak(one, dv, dv * given.values("v_leak"), _unit(dv * given.values("r")))
    du, dv = given.share("tau_syn"), given.share("tau_mem")
    gain = _unit(du * given.values("w_in", 1.0)) * _unit(dv * given.values("r"))
    return Leak(du, dv, dv * given.values("v_leak"), gain)


def _unit(gain: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(gain - 1) < UNIT, 1.0, gain)
