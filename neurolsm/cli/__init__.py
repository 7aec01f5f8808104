"""The command ``neurolsm``."""

from __future__ import annotations

import sys

from neurolsm.errors import NeuroLSMError


def main() -> None:
    """Run the command line; what this package refuses becomes one message on stderr and exit code 2."""
    from neurolsm.cli.app import app

    try:
        app()
    except NeuroLSMError as error:
        print(f"neurolsm: {error}", file=sys.stderr)
        sys.exit(2)
