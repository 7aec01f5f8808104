"""``neurolsm models`` and ``neurolsm backends``."""

from __future__ import annotations

from neurolsm.cli.output import print_table
from neurolsm.cli.terminal import say
from neurolsm.errors import NotAvailable
from neurolsm.execute import backend
from neurolsm.tasks import model


def list_models() -> None:
    rows = [("model", "metric", "what it does")]
    for name in model.names():
        try:
            found = model.get(name)
            rows.append((name, found.metric, found.summary))
        except NotAvailable as error:
            rows.append((name, "", str(error)))
    print_table(rows)
    if len(rows) == 1:
        say('No model is installed. Type: pip install "neurolsm[models]"')


def list_backends() -> None:
    rows = [("backend", "variants", "state")]
    for name in backend.names() + [known for known in backend.KNOWN if known not in backend.names()]:
        try:
            found = backend.get(name)
            rows.append((name, " ".join(f"{name}:{v}" for v in getattr(found, "variants", {})), "available"))
        except NotAvailable as error:
            rows.append((name, "", str(error)))
    print_table(rows)
