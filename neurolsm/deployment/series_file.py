"""One file for a deployment of a series, mid-series: description, program, everything learned, and where the series stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment.codec import from_json, own_classes, own_names, to_json
from neurolsm.deployment.series import SeriesDeployment, SeriesModel, SeriesState
from neurolsm.describe.lsm import LSM
from neurolsm.encode.streaming import Streaming
from neurolsm.errors import FileRefused, one_line
from neurolsm.files.checked import write
from neurolsm.learn.chip.delta import READOUT
from neurolsm.learn.chip.linear import LinearReadout
from neurolsm.program import Program
from neurolsm.program.file import format_of
from neurolsm.program.state import State
from neurolsm.program.wellformed import check
from neurolsm.sequence.walk import check_hold

FORMAT = 1
KIND = "series deployment"
NUMBERS = ("values", "lessons", "clipped")


def save(running: SeriesDeployment, path: str | Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        InvalidValue: a description that a file cannot hold, or a place that cannot be written.
    """
    model, state = running.model, running.state
    arrays: dict[str, NDArray[Any]] = {}
    own_classes((model.lsm, model.encoder))
    header = {
        "format": FORMAT, "lsm": to_json(model.lsm, arrays), "encoder": to_json(model.encoder, arrays),
        "program": model.program.header(), "clock": int(state.network.clock), "hold": model.hold,
        "n_values": model.n_values, "flat": model.flat, "closes": model.closes, "frozen": running.frozen,
        **{name: getattr(running, name) for name in NUMBERS},
    }  # fmt: skip
    arrays |= {f"program/{name}": array for name, array in model.program.arrays().items()}
    arrays |= {f"state/{name}": array for name, array in state.network.arrays().items()}
    arrays |= {"memory": state.encoder, "low": model.low, "high": model.high}
    write(path, KIND, header, arrays)


def resumed(
    path: str | Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]], own: Mapping[str, type],
    backend: str, options: dict[str, Any],
) -> SeriesDeployment:  # fmt: skip
    """Go on with what was read from a file of this kind; see ``neurolsm.resume``."""
    missing = set[str]()
    try:
        newer = format_of(header) > FORMAT
        if not newer:
            missing = own_names([header["lsm"], header["encoder"]]) - set(own)
        found = None if newer or missing else _parse(header, arrays, own)
    except Exception as error:  # a header may hold anything
        raise FileRefused(f"{path}: holds no valid deployment ({one_line(error)}). Restore it from a copy.") from error
    if missing:
        names = ", ".join(sorted(missing))
        raise FileRefused(
            f"{path}: holds own parts of class {names:.200}, and no file decides what is imported. "
            f"Hand their classes over: neurolsm.resume(path, parts=({names:.200},))"
        )
    if found is None:
        raise FileRefused(f"{path}: deployment format {header['format']} is newer than {FORMAT}. Update neurolsm.")
    model, state = found
    made = SeriesDeployment(model, backend, options)
    try:
        made.state = state
    except BaseException:
        made.close()
        raise
    made.frozen, made.lessons, made.clipped = header["frozen"], header["lessons"], header["clipped"]
    return made


def _parse(
    header: dict[str, Any], arrays: dict[str, NDArray[Any]], own: Mapping[str, type]
) -> tuple[SeriesModel, SeriesState]:
    def under(prefix: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    program = Program.from_parts(header["program"], under("program/"))
    check(program)
    network = State.from_arrays(under("state/"), header["clock"], len(program.plastic))
    network.check(program)
    lsm, encoder = from_json(header["lsm"], arrays, own), from_json(header["encoder"], arrays, own)
    if not isinstance(lsm, LSM) or not isinstance(encoder, Streaming):
        raise ValueError("no description of an LSM and an encoder of series")
    for name in NUMBERS:
        if type(header[name]) is not int or header[name] < 0:
            raise ValueError(f"{name} that cannot be")
    for name in ("flat", "closes", "frozen"):
        if type(header[name]) is not bool:
            raise ValueError(f"a mark {name} that cannot be")
    low, high, memory = arrays["low"], arrays["high"], arrays["memory"]
    model = SeriesModel(
        lsm=lsm, encoder=encoder, program=program, hold=check_hold("file", header["hold"]), n_values=header["n_values"],
        low=low, high=high, flat=header["flat"], closes=header["closes"],
    )  # fmt: skip
    _check_match(model, memory)
    return model, SeriesState(network, memory, header["values"])


def _check_match(model: SeriesModel, memory: NDArray[Any]) -> None:
    """A description and a program of different sizes would run, and mean nothing."""
    readout, program = model.lsm.readout, model.program
    if not isinstance(readout, LinearReadout) or readout.hold != model.hold or not program.integer:
        raise ValueError("no description of a linear readout for values of that length")
    here = program.population(READOUT)
    if here.stop - here.start != readout.outputs or here.stop != program.n or program.populations[0].start != 0:
        raise ValueError(f"a readout of {readout.outputs} outputs, and a program of others")
    if program.n_inputs != model.lsm.inputs + 1 or model.lsm.inputs != model.encoder.channels(model.n_values):
        raise ValueError(f"a description of {model.lsm.inputs} channels, and a program of {program.n_inputs}")
    if len(program.modulators) != 1 or program.n_graded != 1 + readout.outputs:
        raise ValueError("teachers that are not those of the readout")
    wanted = model.encoder.begin(model.n_values)
    if memory.shape != wanted.shape or memory.dtype != wanted.dtype or np.isinf(memory).any():
        raise ValueError("a memory of another encoder")
    for array in (model.low, model.high):
        if array.shape != (readout.outputs,) or array.dtype != np.float64 or not np.isfinite(array).all():
            raise ValueError("ranges of other targets")
    if not (model.low < model.high).all():
        raise ValueError("ranges without a width")
    stops = [p.stop for p in program.populations]
    if model.lsm.n not in stops:
        raise ValueError(f"a description of {model.lsm.n} neurons, and a program of others")
