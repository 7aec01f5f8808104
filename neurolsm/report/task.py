"""The page of ``neurolsm run`` and ``neurolsm learn`` of a task, which brings a protocol of its own."""

from __future__ import annotations

from neurolsm.plot.controls import height, with_controls
from neurolsm.report.about import About
from neurolsm.report.page import Page, Section, code, paragraph, plain, table
from neurolsm.report.picture import drawing, picture
from neurolsm.report.seen import seen_program
from neurolsm.tasks.scores import Scores
from neurolsm.tasks.task import Report, Task, taken

EARLY = 20  # samples of the network that are run for the raster


def task_page(task: Task, found: Report, about: About) -> Page:
    """What a protocol came to, next to what it is held against.

    Args:
        task: what ran.
        found: its report.
        about: of the command.
    """
    what = f" learns: {about.options['scenario']}" if about.options.get("scenario") else ""
    where = f" on {about.options['backend']}" if about.options.get("backend") else ""
    head, *rows = found.rows
    return Page(
        f"{task.name}{what}{where}",
        verdict(found),
        (
            *(Section(one.title, _scores(one, k, len(found.scores))) for k, one in enumerate(found.scores)),
            *(
                Section(one.title, drawing(one.draw, one.size, f"picture{k}", one.said))
                for k, one in enumerate(found.pictures)
            ),
            Section(
                "Everything in one table",
                paragraph(found.title) + table(head, rows) + "".join(map(paragraph, found.notes)),
            ),
            Section("Seeds", paragraph(found.seeds) if found.seeds else ""),
            *_network(task, about),
            *about.sections(None),
        ),
    )


def verdict(found: Report) -> str:
    """The figure in one line; of several figures, how many of them are better than the best of what they are held against."""
    if not found.scores:
        return found.title
    if len(found.scores) == 1:
        return found.scores[0].verdict
    held = [one.place for one in found.scores if one.place is not None]
    if not held:
        return f"{found.title}. No control was measured: add --controls."
    return f"{found.title}: better than the best of the others in {held.count('better than')} of {len(held)} figures."


def _scores(one: Scores, number: int, many: int) -> str:
    said = f"Each dot is one of the {one.each}; a diamond is their mean, with one standard deviation where there are several."
    rows = {plain(name): list(values) for name, values in one.values.items()}
    drawn = picture(lambda ax: with_controls(rows, plain(one.label), ax), (5.2, height(rows)), f"scores{number}", said)
    cells = [(name, one.shown(name), ", ".join(f"{v:.4g}" for v in values)) for name, values in one.values.items()]
    head = ("what", one.label, f"each of the {one.each}")
    told = paragraph(one.verdict) if many > 1 else ""
    return (
        told + drawn + table(head, cells, marked=0) + paragraph(f"{one.meaning} {one.better.capitalize()} is better.")
    )


def _network(task: Task, about: About) -> tuple[Section, ...]:
    """The network that ``neurolsm compare`` runs, its spikes and how it fires."""
    options = about.options
    seed = 1 if options.get("seed") is None else int(options["seed"])
    given = {
        "seed": seed,
        "target": options.get("target") or "loihi2",
        "arithmetic": options.get("arithmetic") or "loihi",
        "samples": EARLY,
    }
    program, inputs = task.compare(**taken(task.name, task.compare, given, given))
    lines = (task.compare.__doc__ or "").replace("``", "").strip().splitlines()
    said = f"What 'neurolsm compare {task.name}' runs. {lines[0] if lines else ''}".strip()
    backend = options.get("backend") or "emulator"
    names = [str(k + 1) for k in range(len(inputs))]
    spikes = seen_program(program, inputs, names, backend=backend, seed=seed, said=said)
    return (*spikes, Section("Network", code(repr(program))))
