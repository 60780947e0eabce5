"""Saying of what is lost that it may be: files withdrawn on purpose, records without a backup."""

from __future__ import annotations

from igwatch.base.error import PipelineError
from igwatch.decision.reason import refuse_unsayable
from igwatch.night.loss import losses
from igwatch.site.home import Home
from warehouse.chain import ledger_losses
from warehouse.decision_record import ACCEPTED_LOSS, WITHDRAWAL, Decision, record
from warehouse.ledger import last_publication


def lost_files(home: Home) -> list[tuple[str, str]]:
    """(facility, sha256) of what the archive lacks and nobody withdrew so far."""
    found = losses(home)
    return sorted({*found.gone, *found.unarchived})


def withdraw(home: Home, facility: str, why: str, decided_by: str) -> Decision:
    """Record that what the archive lacks of `facility` is gone on purpose: nights go on without.

    Files that are lost later are told as ever. Raises PipelineError when nothing of it is lost, or
    when the reason says nothing or names a patient.
    """
    lost = lost_files(home)
    files = [source for source in lost if source[0] == facility]
    if not files:
        named = ", ".join(sorted({name for name, _ in lost})) or "none"
        raise PipelineError(f"nothing of {facility} is lost", f"facilities that lost: {named}")
    return _recorded(home, WITHDRAWAL, why, decided_by, facility, files)


def accept_ledger_loss(home: Home, why: str, decided_by: str) -> Decision:
    """Record that what the ledger lost cannot be brought back: nights go on with what is left.

    Raises PipelineError as `withdraw` does.
    """
    lost = ledger_losses(home.root)
    if not lost:
        raise PipelineError("the ledger lost nothing", "there is nothing to accept")
    sources = [("ledger", loss) for loss in lost]
    return _recorded(home, ACCEPTED_LOSS, why, decided_by, None, sources)


def _recorded(
    home: Home,
    kind: str,
    why: str,
    decided_by: str,
    facility: str | None,
    sources: list[tuple[str, str]],
) -> Decision:
    refuse_unsayable(home, why, decided_by)
    last = last_publication(home.root)
    run_id = last.run_id if last else "none"
    return record(home.root, kind, run_id, decided_by.strip(), why.strip(), facility, sources)
