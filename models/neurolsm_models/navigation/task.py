"""The model ``navigation``: what ``neurolsm run``, ``learn`` and ``compare`` do with it. The card ``navigation.md`` has the results."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.errors import refuse
from neurolsm.execute.backend import resolve
from neurolsm.measure.evaluation.experiment import versions
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.task import Report, Task, drawn
from neurolsm_models.navigation import plots
from neurolsm_models.navigation.agent import Agent
from neurolsm_models.navigation.changes import SCENARIOS
from neurolsm_models.navigation.controls import Braitenberg, RandomWalk
from neurolsm_models.navigation.film import film, film_in
from neurolsm_models.navigation.lives import EPISODES, change, first_seed, grow_up, recovered
from neurolsm_models.navigation.motors import Motors
from neurolsm_models.navigation.network import MOTORS, STEPS, brain
from neurolsm_models.navigation.picture import check_video, save_video
from neurolsm_models.navigation.protocol import PAIRS, Score, drives, measure, score
from neurolsm_models.navigation.recorded import cost, learned, record
from neurolsm_models.navigation.registration import make
from neurolsm_models.navigation.told import LINES, driven, recovery, ways

KINDS = ("rooms", "memory_maze")
HEADS = ("", "success, %", "collision", "overtime", "wrong arm", "path / shortest", "seconds")
SHOWN = 6  # worlds in a plot
WITHOUT = Motors(actions=MOTORS.actions, liquid=False)


def run(
    *, backend: str = "emulator", samples: int = PAIRS, seed: int = 1, controls: bool = False,
    video: Path | None = None, target: str = "loihi2", episodes: int | None = None,
) -> Report:  # fmt: skip
    """Grow up in rooms and in the memory maze, two lives of one brain; then drive ``samples`` pairs in new worlds of each.

    Args:
        controls: also the random walk, Braitenberg's vehicle, the readout without the liquid, the brain that never learned.
        episodes: of each life; None for those of the card.
    """
    start = time.perf_counter()
    check(backend, samples, video)
    table: dict[str, dict[str, Score]] = {kind: {} for kind in KINDS}
    costs, galleries, frames, lessons = {}, [], [], {}
    for kind in KINDS:
        env: Any = make(kind)
        with grow_up(kind, seed, backend, episodes=episodes, target=target) as agent:
            found = drives(agent, env, range(samples))
            table[kind]["navigation"] = score(found)
            galleries.append((kind.replace("_", " "), found[:SHOWN]))
            lessons[kind] = agent.counted.lessons
            costs[kind] = cost(learned(agent), record(agent, env, range(min(samples, 10))), STEPS)
            if video is not None:
                frames += film(agent, kind)
        if controls:
            table[kind] |= control_scores(kind, seed, samples, backend, episodes)
    program = brain(seed, target)
    rows = [HEADS]
    for kind, found_here in table.items():
        rows += [(f"{kind.replace('_', ' ')}: {name}", *plots.shown(s)) for name, s in found_here.items()]
    notes = [
        f"{kind.replace('_', ' ')}: {c.spikes:,.0f} spikes and {c.synops:,.0f} synaptic operations per decision; modelled on Loihi 1 "
        f"{1e6 * c.dynamic_joule[0]:.1f} to {1e6 * c.dynamic_joule[1]:.1f} uJ per decision without static power (a model)"
        for kind, c in costs.items()
    ]
    seconds = time.perf_counter() - start
    values = {
        "model": "navigation", "backend": backend, "target": target, "seed": seed, "metric": "success", "pairs": samples,
        "value": table["rooms"]["navigation"].success, "memory_maze": table["memory_maze"]["navigation"].success,
        "neurons": program.n, "synapses": program.synapses, "steps": STEPS, "lessons": lessons,
        "episodes": {kind: EPISODES[kind] if episodes is None else episodes for kind in KINDS},
        "scores": {kind: {name: s.to_dict() for name, s in here.items()} for kind, here in table.items()},
        "cost_a_decision": {kind: asdict(c) for kind, c in costs.items()}, "program_sha256": program.sha256,
        "seconds": seconds, "versions": versions(),
    }  # fmt: skip
    title = (
        f"navigation on {backend} ({target}): {program.n:,} neurons, {program.synapses:,} synapses, seed {seed}; {samples} pairs of "
        "start and goal in new worlds"
    )
    notes.append(f"{seconds:.0f} s in all.")
    report = Report(
        title=title, rows=tuple(rows), values=values, notes=tuple(notes),
        seeds=f"Seed {seed} of the brain, of its actions and of the worlds that it grew up in, which are none of those it is tested in: "
        f"these have the seeds 0 to {samples - 1}, the same for all.",
        scores=driven(table, samples), pictures=(ways(galleries),),
    )  # fmt: skip
    return report if video is None else drawn(report, lambda: save_video(frames, video))


def control_scores(kind: str, seed: int, pairs: int, backend: str, episodes: int | None) -> dict[str, Score]:
    """What drives without a liquid, without learning or without a brain, on the same pairs."""
    env: Any = make(kind)
    with grow_up(kind, seed, backend, WITHOUT, episodes) as agent:
        found = {"same readout without the liquid": measure(agent, env, pairs)}
    with Agent(brain(seed), backend=backend, seed=seed) as agent:
        found["same network without learning"] = measure(agent, env, pairs)
    return found | {
        "Braitenberg": measure(Braitenberg(), env, pairs),
        "random walk": measure(RandomWalk(seed), env, pairs),
    }


def learn(
    *, scenario: str, backend: str = "emulator", samples: int = 100, seeds: int = 3,
    video: Path | None = None, episodes: int | None = None, youth: int | None = None,
) -> Report:  # fmt: skip
    """Grow up, meet a change, and go on learning on the backend; ``seeds`` lives, each measured on ``samples`` pairs."""
    start = time.perf_counter()
    check(backend, samples, video)
    if not 1 <= seeds <= 100:
        refuse("navigation", "seeds", seeds, "must be 1 to 100", "Three give a mean and its spread")
    frames: list[Any] = []
    chosen = SCENARIOS[scenario]

    def filmed(agent: Agent, env: Any) -> None:
        if video is not None and len(frames) < 2:
            frames.append(film_in(agent, env, 1))

    found = [change(scenario, s, backend, samples, episodes, filmed, youth) for s in range(1, seeds + 1)]
    rows = [
        (
            "percent",
            f"success, mean of {seeds} lives" if seeds > 1 else "success of one life",
            "sd",
            "collision",
            "overtime",
        )
    ]
    means: dict[str, dict[str, Any]] = {}
    for name in ("before", "frozen", "adapted", "kept"):
        scores = [getattr(r, name) for r in found]
        success = [s.success for s in scores]
        sd = float(np.std(success, ddof=1)) if seeds > 1 else None
        means[name] = {
            "success": float(np.mean(success)), "success_sd": sd,
            "collision": float(np.mean([s.collision for s in scores])),
            "overtime": float(np.mean([s.overtime for s in scores])),
        }  # fmt: skip
        shown = ("" if value is None else f"{100 * value:.1f}" for value in means[name].values())
        rows.append((LINES[name], *shown))
    share = recovered(found)
    success, curve = recovery(chosen.summary, found, samples)
    notes = ["nothing was lost" if share is None else f"{100 * share:.0f} % of the lost success was won back"]
    seconds = time.perf_counter() - start
    values = {
        "model": "navigation", "scenario": scenario, "change": chosen.summary, "backend": backend, "seeds": seeds,
        "pairs": samples, "rule": repr(MOTORS), "metric": "success",
        **{name: value["success"] for name, value in means.items()}, "adapted_sd": means["adapted"]["success_sd"],
        "recovered": share, "means": means, "each": [asdict(r) for r in found],
        "updates": round(float(np.mean([r.lessons for r in found]))), "seconds": seconds, "versions": versions(),
    }  # fmt: skip
    report = Report(
        title=f"navigation, {scenario} on {backend}: {chosen.summary}", rows=tuple(rows), values=values,
        notes=(*notes, f"{values['updates']:,} rewards after the change, {seconds:.0f} s in all."),
        seeds=f"Seeds 1 to {seeds}, a brain and a youth each; the test worlds have the seeds 0 to {samples - 1}, the same for all lives."
        if seeds > 1 else f"Seed 1 of the brain and of its youth; the test worlds have the seeds 0 to {samples - 1}.",
        scores=(success,), pictures=(curve,),
    )  # fmt: skip
    if video is None:
        return report
    return drawn(report, lambda: save_video([frame for part in frames for frame in part], video))


def compare(*, samples: int = 20, seed: int = 1, target: str = "loihi2") -> tuple[Program, Spikes]:
    """A short life, then recorded drives of 5 decisions each, and the program with what was learned."""
    if not 1 <= samples <= 1000:
        refuse("navigation", "samples", samples, "must be 1 to 1000 drives", "Leave it out for 20")
    with grow_up("rooms", seed, episodes=10, target=target) as agent:
        seeds = first_seed(seed) + 90_000 + np.arange(samples)
        return learned(agent), record(agent, make("rooms").unwrapped, seeds, longest=5)


def check(backend: str, pairs: int, video: Path | None) -> None:
    """Refuse what cannot be done before anything runs."""
    resolve(backend)
    if not 1 <= pairs <= 10_000:
        refuse("navigation", "samples", pairs, "must be 1 to 10000 pairs of start and goal", "The protocol has 200")
    if video is not None:
        check_video(video)


TASK = Task(
    name="navigation", summary="A robot with a lidar that learns its way by reward, in rooms and in a maze that needs memory.",
    metric="success", run=run, learn=learn, scenarios=tuple(SCENARIOS), compare=compare,
)  # fmt: skip
