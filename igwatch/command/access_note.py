"""Notes who looks at patients, before they are shown (warehouse/access_ledger.py)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from igwatch.command.terminal import say_fault
from igwatch.site.home import Home
from igwatch.site.person import person
from warehouse.access_ledger import add_access
from warehouse.ledger import LedgerError

WhyOption = Annotated[
    str | None, typer.Option("--why", help="why you look; kept in the ledger of who looked")
]


def note_access(
    home: Home,
    command: str,
    patients: Iterable[str] | None = None,
    what: str | None = None,
    why: str | None = None,
) -> None:
    """Add who looks at these patients (None: everybody) to the ledger.

    A home that cannot be written to is told and stops nobody: a clinic must be answered.
    """
    try:
        add_access(home.root, person(), command, patients, what, why)
    except (OSError, LedgerError) as error:
        kind = error.strerror if isinstance(error, OSError) else str(error)
        say_fault(f"that you looked could not be noted ({kind}); see igwatch verify")
