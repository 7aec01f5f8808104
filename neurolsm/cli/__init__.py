"""The command ``neurolsm``."""

from __future__ import annotations

import gc
import sys

IMPORTS = 50_000  # objects after which the collector of garbage looks: a command makes many while it is imported, and none is garbage


def main() -> None:
    """Run the command line. What this package refuses becomes one message on stderr and exit code 2, an interruption one
    message and 128 and the number of the signal; a reader that has ended is no reason to say anything.
    """
    from neurolsm.cli.terminal import prepare

    prepare()
    gc.set_threshold(IMPORTS)
    try:
        code = _run()
    except ImportError as error:
        if not _misfit(error):
            raise
        code = 2
    sys.exit(code)


def _misfit(error: ImportError) -> bool:
    """Say what is missing or does not fit where something of our own needs could not be imported; False if all is there."""
    from neurolsm.cli.terminal import complain

    try:
        from neurolsm.execute.fit import CORE, cause
    except ImportError:
        reason: str | None = "neurolsm needs packaging, which is not installed. Type: pip install packaging"
    else:
        reason = cause(CORE)
    if reason is not None:
        complain(f"{reason} ({error})")
    return reason is not None


def _run() -> int:
    from neurolsm.cli.interrupt import Ended, Signals
    from neurolsm.cli.terminal import BROKEN_PIPE, NotShown, complain, finish
    from neurolsm.errors import NeuroLSMError

    signals = Signals()
    try:
        with signals:
            code = _commands()
            finish()
            return code
    except NotShown as why:
        if why.ended:
            return BROKEN_PIPE
        complain(f"{why}. Make room, or show it elsewhere")
    except NeuroLSMError as error:
        complain(str(error))
    except (Ended, KeyboardInterrupt) as end:
        complain(f"interrupted: {end}" if str(end) else "interrupted")
        return 128 + signals.number
    return 2


def _commands() -> int:
    from neurolsm.cli.app import app
    from neurolsm.cli.terminal import complain, finish
    from neurolsm.cli.usage import ClickException, sentence

    try:
        return app(prog_name="neurolsm", standalone_mode=False) or 0
    except ClickException as error:
        if error.format_message().startswith("Usage:"):
            error.show()  # the help, for nothing was asked for
        else:
            complain(sentence(error))
        return 2
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except OSError:
        finish()  # where the help could not be shown, this says so
        raise
