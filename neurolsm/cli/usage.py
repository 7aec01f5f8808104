"""How a command line is read: each option once, with a value of its own, and one sentence for whatever is wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import typer
from typer.core import TyperCommand

# Typer has click's errors inside, or uses click's own, by its version: these are the bases of the one that both name.
UsageError: Any = typer.BadParameter.__bases__[0]
ClickException: Any = UsageError.__bases__[0]
STANDARD_OUTPUT = "json"  # the one option for which - is the standard output


class Command(TyperCommand):
    """A command that refuses what click takes in silence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            self._check(ctx, list(args))
        return super().parse_args(ctx, args)

    def _check(self, ctx: Any, args: list[str]) -> None:
        try:
            values, _, order = self.make_parser(ctx).parse_args(args=args)
        except UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        names = {name for option in self.get_params(ctx) for name in (*option.opts, *option.secondary_opts)}
        for option, count in Counter(one for one in order if one.param_type_name == "option").items():
            name, value = option.opts[0], values.get(option.name)
            if count > 1 and not option.multiple:
                raise UsageError(f"{name} is given {count} times. Give it once", ctx)
            for text in value if isinstance(value, list) else [value]:
                if text in names:
                    raise UsageError(f"{name} has no value, for {text} is an option. Give it one", ctx)
        for option in self.get_params(ctx):
            is_file = option.metavar in ("FILE", "DIR", "FOLDER", "PROGRAM") and option.name != STANDARD_OUTPUT
            if is_file and values.get(option.name) == "-":
                given = option.opts[0] if option.param_type_name == "option" else option.metavar
                raise UsageError(f"{given} -: is no name of a file here. Name a file", ctx)


def sentence(error: Any) -> str:
    """What an error of the command line says, in one line, and where help is."""
    said = " ".join(error.format_message().split()).rstrip(".")
    where = getattr(error.ctx, "command_path", "neurolsm") if getattr(error, "ctx", None) else "neurolsm"
    return f"{said}. Try '{where} -h'"
