"""Lava's CPU models of two of its processes and its runtime, without work that is not needed: the same numbers, several times sooner.

DelaySparse sorts its synapses by delay in every step, though neither weights nor delays change. A learning process looks up every
trace at the time of every spike, in arrays with the square of its neurons, and takes their diagonals; a rule asks for few of
these, and a diagonal is one number for each neuron. The runtime sends every process into the learning phase, most of which do
nothing there. All arithmetic is Lava's; a chip has nothing of this.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def models() -> dict[Any, Any]:
    """What replaces Lava's choice, by process; for ``exception_proc_model_map`` of a run configuration. Lava must be imported."""
    from lava.proc.dense.models import PyLearningDenseModelBitApproximate
    from lava.proc.dense.process import LearningDense
    from lava.proc.sparse.models import PyDelaySparseModelBitAcc
    from lava.proc.sparse.process import DelaySparse

    class KeptDelaySparse(PyDelaySparseModelBitAcc):  # type: ignore[misc]
        """Sorts its synapses once the weights are scaled."""

        sorted_weights = None

        def calc_act(self, s_in: Any) -> Any:
            if self.sorted_weights is None:
                depth = self.a_buff.shape[-1]
                self.sorted_weights = self.get_delay_wgts_mat(self.weights, self.delays, depth - 1).tocsc()
            by_delay = self.sorted_weights.dot(s_in)
            return np.reshape(by_delay, (self.a_buff.shape[-1], self.weights.shape[0])).T

    class KeptLearningDense(PyLearningDenseModelBitApproximate):  # type: ignore[misc]
        """Looks up the traces that its rule asks for."""

        def _extract_applier_evaluated_traces(self, x_traces_history: Any, y_traces_history: Any) -> Any:
            wanted = self._learning_rule.active_traces_per_dependency.items()
            history, last = {"x": x_traces_history, "y": y_traces_history}, {"x": self.tx, "y": self.ty}
            return {
                f"{trace}_{when}": at_spikes(history, last, trace, when) for when, traces in wanted for trace in traces
            }

    return {DelaySparse: KeptDelaySparse, LearningDense: KeptLearningDense}


def service() -> Any:
    """Lava's runtime service, which sends into the learning phase those processes alone that have asked for it. Lava must be imported."""
    from lava.magma.core.model.py.model import PyLoihiProcessModel
    from lava.magma.runtime.mgmt_token_enums import enum_equal
    from lava.magma.runtime.runtime_services.runtime_service import LoihiPyRuntimeService

    phases, responses = LoihiPyRuntimeService.Phase, PyLoihiProcessModel.Response

    class LearnersOnly(LoihiPyRuntimeService):  # type: ignore[misc]
        asked: Any = ()  # numbers of the processes that have been sent into a phase
        learners: Any = ()
        spiking = False

        def _send_pm_cmd(self, phase: Any) -> None:
            self.spiking = enum_equal(phase, phases.SPK)
            learning = enum_equal(phase, phases.LRN)
            self.asked = self.learners if learning else range(len(self.service_to_process))
            for k in self.asked:
                self.service_to_process[k].send(phase)

        def _get_pm_resp(self) -> Any:
            ports, numbers = self.process_to_service, self.model_ids
            self.process_to_service, self.model_ids = [ports[k] for k in self.asked], [numbers[k] for k in self.asked]
            try:
                said = super()._get_pm_resp()
            finally:
                self.process_to_service, self.model_ids = ports, numbers
            if self.spiking:
                wanted = (responses.REQ_PRE_LRN_MGMT, responses.REQ_LEARNING)
                self.learners = [k for k, word in enumerate(said) if any(enum_equal(word, one) for one in wanted)]
            return said

    return LearnersOnly


def at_spikes(history: dict[str, Any], last: dict[str, Any], trace: str, when: str) -> Any:
    """A trace at the last spike of each source (``x0``) or target (``y0``), or at the end of the epoch (``u``), as [targets, sources].

    Args:
        history: of ``x`` and of ``y``, values after 0 .. t_epoch steps, [t_epoch + 1, traces, neurons of that side].
        last: of either, the step within the epoch of the last spike of each neuron.
        trace: ``x1`` .. ``y3``.
        when: ``x0``, ``y0`` or ``u``.
    """
    side = trace[0]
    values = history[side][:, int(trace[1]) - 1]
    if when[0] not in ("u", side):
        found = values[last[when[0]]]
        return found.T if side == "y" else found
    found = values[-1] if when[0] == "u" else values[last[side], np.arange(values.shape[1])]
    return found[np.newaxis, :] if side == "x" else found[:, np.newaxis]
