"""The commands and their options. What a command needs is imported when it runs, so that help comes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from neurolsm.cli import complete
from neurolsm.cli.interrupt import Commands
from neurolsm.cli.usage import Command

app = typer.Typer(
    cls=Commands,
    help="Liquid State Machines (spiking reservoirs): described once, quantised once, with identical bits on every backend.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A name from 'neurolsm models', or my_model.py:NAME, or package.module:NAME.",
        autocompletion=complete.models,
    ),
]  # fmt: skip
Saved = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A model as for 'neurolsm run', or a saved program.", autocompletion=complete.models
    ),
]
Settings = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the model's declared space; may be repeated."),
]
Backend = Annotated[
    str,
    typer.Option(
        help="A name from 'neurolsm backends', such as brian2 or lava:stock.", autocompletion=complete.backends
    ),
]
Samples = Annotated[Optional[int], typer.Option(help="Samples to use, drawn evenly from the classes.")]  # noqa: UP045
Counted = Annotated[Optional[int], typer.Option(help="Also run so many, count events, model energy.")]  # noqa: UP045
Seed = Annotated[int, typer.Option(help="Seed of the liquid.")]
Target = Annotated[
    str, typer.Option(help="Chip whose limits are kept: loihi1 or loihi2.", autocompletion=complete.targets)
]
Arithmetic = Annotated[
    str, typer.Option(help="loihi (the integers of the chip) or float.", autocompletion=complete.arithmetics)
]
Plot = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(metavar="FILE", help="Draw the result (.png, .svg, .pdf)."),
]
Html = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write the result as a page of HTML that needs nothing else.",
    ),
]
Video = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(metavar="FILE", help="Write a video (GIF) of what was done; navigation alone."),
]
Text = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(metavar="FILE", help="A text in UTF-8; language and sentences alone."),
]
Cache = Annotated[Optional[Path], typer.Option(metavar="DIR", help="Keep liquid states here, and continue from them.")]  # noqa: UP045
Workers = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="N|tcp://HOST:PORT", help="Processes of this machine, or a Dask scheduler; the result is the same."
    ),
]
Json = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--json", metavar="FILE", help="Write the result as one object; - writes it to the standard output."),
]
Storage = Annotated[Optional[Path], typer.Option(metavar="FILE", help="Journal of the trials; resumes from it.")]  # noqa: UP045


def _version(asked: bool) -> None:
    if asked:
        from neurolsm import __version__
        from neurolsm.cli.terminal import say

        say(f"neurolsm {__version__}")
        raise typer.Exit


@app.callback()
def neurolsm(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What stands before the name of a command."""


def command(name: str | None = None, *, room: typer.Typer = app, **how: Any) -> Any:
    """A command that is read as ``usage.Command`` reads."""
    return room.command(name, cls=Command, **how)


@command(help="List the models that are installed.")
def models() -> None:
    from neurolsm.cli.listing import list_models

    list_models()


@command(help="List the backends, their variants, and why one cannot run here.")
def backends() -> None:
    from neurolsm.cli.listing import list_backends

    list_backends()


@command(help="Install what a backend needs into this environment: lava, brian2 or c.")
def install(
    backend: Annotated[str, typer.Argument(metavar="BACKEND", help="lava, brian2 or c.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the commands that would run, and stop.")] = False,
) -> None:
    from neurolsm.cli.install import install_command

    install_command(backend, dry_run)


@command(help="Run a model over its data and measure how well it does.")
def run(
    model: Name,
    backend: Backend = "emulator",
    samples: Samples = None,
    seed: Seed = 1,
    splits: Annotated[Optional[int], typer.Option(help="How many random train/test splits.")] = None,  # noqa: UP045
    split_seed: Annotated[int, typer.Option(help="Seed of the splits.")] = 0,
    folds: Annotated[Optional[int], typer.Option(help="Cross-validate over all samples instead.")] = None,  # noqa: UP045
    cache: Cache = None,
    controls: Annotated[
        bool, typer.Option("--controls", help="Also measure the baselines: readouts without the reservoir.")
    ] = False,
    target: Target = "loihi2",
    arithmetic: Arithmetic = "loihi",
    workers: Workers = None,
    settings: Settings = None,
    plot: Plot = None,
    html: Html = None,
    video: Video = None,
    text: Text = None,
    series: Annotated[Optional[str], typer.Option(help="One series, such as narma10; forecast alone.")] = None,  # noqa: UP045
    json: Json = None,
) -> None:
    from neurolsm.cli.run import run_command

    run_command(
        model, backend=backend, samples=samples, seed=seed, splits=splits, split_seed=split_seed, folds=folds, cache=cache,
        controls=controls, target=target, arithmetic=arithmetic, workers=workers, settings=settings or [], plot=plot, html=html,
        video=video, text=text, series=series, json=json,
    )  # fmt: skip


@command(help="Deploy a model, let it learn on the backend, and compare it with its baselines.")
def learn(
    model: Name,
    scenario: Annotated[
        str,
        typer.Option(
            help="classes, drift, sample, reward, scratch (from nothing), tasks (two labels at a time) or unlabelled; of batches in "
            "time, as in gas: every, tenth, none or late (labels); navigation, language and forecast have their own.",
            autocompletion=complete.scenarios,
        ),
    ],
    backend: Backend = "emulator",
    samples: Samples = None,
    seeds: Annotated[Optional[int], typer.Option(help="How many seeds, each of liquid, split and order.")] = None,  # noqa: UP045
    workers: Workers = None,
    settings: Settings = None,
    json: Json = None,
    plot: Plot = None,
    html: Html = None,
    video: Video = None,
    text: Text = None,
    stock: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option(
            "--stock",
            help="Learn with a readout that Lava's own processes can express, which the backend lava:stock needs.",
        ),
    ] = None,
) -> None:
    from neurolsm.cli.learn import learn_command

    learn_command(
        model, scenario=scenario, backend=backend, samples=samples, seeds=seeds, workers=workers, settings=settings or [],
        json=json, plot=plot, html=html, video=video, text=text, stock=stock,
    )  # fmt: skip


@command(help="Run the same samples on several backends and find the first difference (exit code 1 if there is one).")
def compare(
    model: Name,
    backends: Annotated[
        str, typer.Option(help="Two or more, with commas.", autocompletion=complete.backends)
    ] = "emulator,brian2,lava",
    samples: Samples = 20,
    seed: Seed = 1,
    target: Target = "loihi2",
    arithmetic: Arithmetic = "loihi",
    settings: Settings = None,
    html: Html = None,
    json: Json = None,
) -> None:
    from neurolsm.cli.compare import compare_command

    compare_command(
        model, backends=backends, samples=samples, seed=seed, target=target, arithmetic=arithmetic, settings=settings or [],
        html=html, json=json,
    )  # fmt: skip


@command(
    help="Place a model on the cores of a chip: use of every resource, which limit binds, and cheaper alternatives."
)
def report(
    model: Saved,
    target: Annotated[
        str, typer.Option(help="loihi1, loihi2, or c for microcontrollers.", autocompletion=complete.targets)
    ] = "loihi1",
    seed: Seed = 1,
    chips: Annotated[int, typer.Option(help="Chips to place it on, at most.")] = 1,
    chip: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="With --target c: stm32f4, esp32c3 or rp2040, whose memory it is held against."),
    ] = None,
    samples: Counted = None,
    settings: Settings = None,
    json: Json = None,
    html: Html = None,
) -> None:
    from neurolsm.cli.budget import budget_command
    from neurolsm.cli.report import report_command
    from neurolsm.errors import refuse

    if target == "c":
        budget_command(model, settings=settings or [], seed=seed, samples=samples, chip=chip, json=json, html=html)
        return
    if chip is not None:
        refuse("report", "--chip", chip, "is of --target c", "Leave it out, or add --target c")
    report_command(
        model, target=target, seed=seed, chips=chips, samples=samples, settings=settings or [], json=json, html=html
    )


@command(
    help="Measure the reservoir of a model: separation, ranks, memory, capacity, branching, perturbation, firing, balance."
)
def inspect(
    model: Name,
    samples: Samples = 200,
    seed: Seed = 1,
    random: Annotated[
        int,
        typer.Option(help="Random liquids to compare each number with, each measured as long as this one. 0: none."),
    ] = 0,
    workers: Workers = None,
    settings: Settings = None,
    json: Json = None,
    html: Html = None,
) -> None:
    from neurolsm.cli.inspect import inspect_command

    inspect_command(
        model, samples=samples, seed=seed, random=random, workers=workers, settings=settings or [], json=json, html=html
    )


nir = typer.Typer(
    help="Exchange networks with other simulators in NIR, the Neuromorphic Intermediate Representation.",
    no_args_is_help=True,
)
app.add_typer(nir, name="nir")


@command("export", room=nir, help="Write a model as a NIR file that Norse, snnTorch and others read.")
def nir_export(
    model: Saved,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The NIR file to write.")],
    seed: Seed = 1,
    target: Target = "loihi2",
    arithmetic: Arithmetic = "float",
    dt: Annotated[Optional[float], typer.Option(help="Seconds per step of the file; snnTorch reads 1e-4.")] = None,  # noqa: UP045
    nested: Annotated[
        bool, typer.Option("--nested", help="Recurrence as a graph within the graph, as snnTorch has it.")
    ] = False,
    settings: Settings = None,
) -> None:
    from neurolsm.cli.nir import export_command

    export_command(
        model, file, seed=seed, target=target, arithmetic=arithmetic, dt=dt, nested=nested, settings=settings or []
    )


@command("import", room=nir, help="Turn a NIR file into a program that runs on every backend.")
def nir_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A NIR file.")],
    program: Annotated[Path, typer.Argument(metavar="PROGRAM", help="The program to write.")],
    dt: Annotated[Optional[float], typer.Option(help="Seconds per step; the file's own, else 1e-3.")] = None,  # noqa: UP045
    arithmetic: Annotated[Optional[str], typer.Option(help="loihi to quantise, float; else what it was.")] = None,  # noqa: UP045
    target: Target = "loihi2",
    refractory: Annotated[int, typer.Option(help="Steps at 0 after a spike: 1 for tools that reset late.")] = 0,
) -> None:
    from neurolsm.cli.nir import import_command

    import_command(file, program, dt=dt, arithmetic=arithmetic, target=target, refractory=refractory)


@command(
    help="Write a model and some samples as a program that needs no neurolsm: Lava's for those who have the hardware, or C99."
)
def export(
    model: Name,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="The folder to write; it may not exist yet.")],
    language: Annotated[str, typer.Option(help="lava, or c for microcontrollers.")] = "lava",
    samples: Samples = 5,
    seed: Seed = 1,
    target: Target = "loihi2",
    settings: Settings = None,
    learn: Annotated[
        bool,
        typer.Option(
            "--learn", help="With a readout that learns from the samples and their labels as the exported program runs."
        ),
    ] = False,
    weights: Annotated[
        str,
        typer.Option(
            help="Of c: stored, or drawn: those that never learn are drawn anew, and again at each spike, for memories of kilobytes."
        ),
    ] = "stored",
) -> None:
    from neurolsm.cli.export import export_command

    export_command(
        model,
        to=to,
        language=language,
        samples=samples,
        seed=seed,
        target=target,
        settings=settings or [],
        learn=learn,
        weights=weights,
    )


@command(help="Search the declared space of a model for a better setting, on validation data alone.")
def tune(
    model: Name,
    trials: Annotated[int, typer.Option(help="Number of trials in the end, those in the storage included.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed of proposals, liquids and inner splits.")] = 0,
    storage: Storage = None,
    samples: Samples = None,
    split: Annotated[int, typer.Option(help="Split whose training part is searched on.")] = 0,
    backend: Backend = "emulator",
    together: Annotated[int, typer.Option(help="Trials in progress at a time, twice the workers or more.")] = 1,
    workers: Workers = None,
    json: Json = None,
    html: Html = None,
) -> None:
    from neurolsm.cli.tune import tune_command

    tune_command(
        model, trials=trials, seed=seed, storage=storage, samples=samples, split=split, backend=backend, together=together, workers=workers,
        json=json, html=html,
    )  # fmt: skip


@command(help="Let a model write text, character by character.")
def generate(
    model: Name,
    prompt: Annotated[str, typer.Option(help="Text to start from.")] = "",
    chars: Annotated[int, typer.Option(help="Characters to write.")] = 200,
    temperature: Annotated[float, typer.Option(help="1 follows the model, less is careful, more is bold.")] = 0.7,
    seed: Annotated[int, typer.Option(help="Seed of the choices.")] = 1,
    samples: Annotated[Optional[int], typer.Option(help="Characters of the text to learn from.")] = None,  # noqa: UP045
    text: Text = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Continue from this model; created if missing.")
    ] = None,
) -> None:
    from neurolsm.cli.generate import generate_command

    generate_command(
        model, prompt=prompt, chars=chars, temperature=temperature, seed=seed, samples=samples, text=text, keep=keep
    )  # fmt: skip


@command(help="Open a page on which a liquid works while one watches: draw, predict, adapt, teach, forget, save.")
def live(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A model of images, or a file that Deployment.save wrote.",
            autocompletion=complete.models,
        ),
    ] = "digits",
    backend: Backend = "emulator",
    port: Annotated[int, typer.Option(help="Port on this machine; 0 for any that is free.")] = 8642,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, open nothing.")] = False,
    folder: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Where the deployment is kept; else a folder of yours for such things."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, and set aside what was kept before.")] = False,
) -> None:
    from neurolsm.cli.live import live_command

    live_command(model, backend=backend, port=port, browser=not no_browser, folder=folder, fresh=fresh)


@command(help="Run real digits on every backend, compare the bits, read them out, and draw out/demo.png.")
def demo() -> None:
    from neurolsm.cli.demo import demo_command

    demo_command()
