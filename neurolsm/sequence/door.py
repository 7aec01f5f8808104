"""The way to a live session, from whatever has a network in it."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from neurolsm.describe.lsm import LSM
from neurolsm.encode.streaming import check_streaming
from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.learn.chip.delta import READOUT
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm.program.state import State
from neurolsm.sequence.clock import clock_of
from neurolsm.sequence.following import Following
from neurolsm.sequence.session import Session
from neurolsm.sequence.states import SeriesStates
from neurolsm.sequence.walk import check_hold

HOLD = 8


@runtime_checkable
class Deployed(Protocol):
    """What a deployment offers; it lives on this floor, too, and rooms of one floor do not know each other."""

    lsm: LSM
    program: Program
    backend: str

    @property
    def state(self) -> State: ...

    def stream(self, samples: Any, *, labelled: bool | None = None) -> Any: ...


def open_session(
    subject: Any, encoder: Any = None, *, hold: int | None = None, backend: str | None = None, learn: bool | None = None,
    realtime: bool | float = False, target: str = "loihi2", arithmetic: str = "loihi", **options: Any,
) -> Session:  # fmt: skip
    """A network that runs step by step, on any backend, with the bits of a run of all steps at once.

    ==================================  ====================  =======================================================
    subject                             what goes in          what answers
    ==================================  ====================  =======================================================
    LSM                                 step; with an         the voltages of an on-chip readout in every step, if the
                                        encoder also push     description has one
    Program                             step; with an         the same
                                        encoder also push
    fitted LSMSequenceRegressor,        push                  prediction, or scores and label, after each value
    LSMSequenceClassifier
    the same, fitted on ``Spikes``      step                  the same after each ``hold`` steps
    Deployment                          step, push            step: the voltages of its readout, from the weights of this
                                                              moment; push: its ``Prediction`` of one sample
    ==================================  ====================  =======================================================

    Args:
        subject: see above.
        encoder: of an LSM or a Program: from values to spikes, any ``neurolsm.encode.streaming.Streaming``.
        hold: steps for each value, at least 2; None: 8, or that of the estimator.
        backend: what runs it, ``name`` or ``name:variant``; None: the emulator, or that of the estimator or deployment.
        learn: whether plastic parts learn; None: those of an LSM or a Program do, others do not.
        realtime: True: each step waits until its time has come, ``dt`` after the one before; a number: so many seconds in place of
            ``dt``. Steps that end too late are counted in ``Session.clock`` and never left out.
        target, arithmetic: of an LSM, as in ``neurolsm.lower``.
        options: of the backend.

    Raises:
        InvalidValue: another subject, an estimator that is not fitted, an encoder where there is one already, a field outside its
            range.
        TargetRefusal, NotAvailable: as ``neurolsm.lower`` and ``neurolsm.open_simulator``.

    Example:
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.Explicit([[0.0]]), input=nl.OneToOne(weight=2.0))
        >>> with nl.open_session(nl.LSM(inputs=1, liquid=liquid), backend="reference") as session:
        ...     [session.step(events).spikes.tolist() for events in ([0], [], [], [0, 0])]  # v has crossed the threshold two steps later
        [[], [], [0], []]
    """
    owner = "open_session"
    states, program, start, channels = getattr(subject, "states_", None), subject, None, None
    following = predict = None
    if learn is not None and not isinstance(learn, bool):
        refuse(owner, "learn", learn, "must be True, False or None", "Leave it out")
    if isinstance(states, SeriesStates):
        if encoder is not None or hold is not None:
            refuse(
                owner,
                "encoder, hold",
                (encoder, hold),
                "are those that the estimator was fitted with",
                "Leave them out",
            )
        program, encoder, hold, start = states.program, states.encoder, states.hold, states.start
        following = Following(
            program,
            states.features,
            hold,
            subject.n_features_in_,
            subject.solution_,
            getattr(subject, "classes_", None),
        )
        options = {**states.options, **options} if backend is None else options
        backend, learn = backend or states.backend, bool(learn)
    elif isinstance(subject, Deployed):
        if encoder is not None or hold is not None:
            refuse(
                owner, "encoder, hold", (encoder, hold), "are no part of a session of a deployment", "Leave them out"
            )
        program, start, backend, learn = subject.program, subject.state, backend or subject.backend, bool(learn)
        start.begin_sample(program, learn=False)
        predict = _predictor(subject)
    elif isinstance(subject, LSM):
        program, channels = lower(subject, target=target, arithmetic=arithmetic).program, subject.inputs
    elif not isinstance(subject, Program):
        limit = "must be an LSM, a Program, a Deployment or a fitted estimator of series"
        remedy = "Fit it first" if hasattr(subject, "fit") else "Write open_session(LSM(...))"
        refuse(owner, "subject", type(subject).__name__, limit, remedy)
    if encoder is None and hold is not None and following is None:
        refuse(owner, "hold", hold, "needs an encoder", "Give an encoder, or leave it out")
    if encoder is not None and following is None:
        check_streaming(owner, encoder)
        hold = check_hold(owner, HOLD if hold is None else hold)
    clock = clock_of(owner, realtime, program.dt)
    readout = None
    if following is None and READOUT in {p.name for p in program.populations}:
        readout = program.population(READOUT).slice
    simulator = open_simulator(program, backend or "emulator", **options)
    try:
        return Session(
            simulator, program.n_inputs if channels is None or encoder is None else channels, encoder=encoder, hold=hold or 1,
            learn=learn is None or learn, start=start, following=following, readout=readout, predict=predict, clock=clock,
        )  # fmt: skip
    except BaseException:
        simulator.close()
        raise


def _predictor(deployment: Deployed) -> Any:
    """A function from one sample to its prediction."""
    return lambda sample: next(iter(deployment.stream([sample], labelled=False)))
