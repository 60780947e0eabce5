"""What a publication that was killed left half done, finished before the next one begins.

Readers saw what is live, so it is recorded; what they never saw is removed, and its night is built
again. The caller holds the home.
"""

from __future__ import annotations

import logging
from pathlib import Path

from warehouse.chain import refuse_lost_ledger
from warehouse.generation import drop, generation_folders, live_run_id, unfold_live
from warehouse.ledger import confirm, forget_staged, recorded_order, staged

log = logging.getLogger("igwatch")


def settle(home: Path) -> None:
    """Make `live` a link, record what is live and was staged, remove what was never live.

    Raises GenerationError where `live` is a folder that is no generation, and LedgerError where
    the ledger lost records: their generations would look as if nobody ever saw them.
    """
    refuse_lost_ledger(home)
    if unfold_live(home):
        log.warning("live was a folder, as a copy makes it; it is a link again")
    live = live_run_id(home)
    for publication in staged(home):
        if publication.run_id == live or publication.run_id in recorded_order(home):
            confirm(home)
            log.warning("run %s was published but not recorded; it is now", live)
        else:
            forget_staged(publication)
    known = recorded_order(home)
    for folder in generation_folders(home):
        if folder.name not in known and folder.name != live:
            drop(folder)
            log.warning("run %s was written but never published; it is removed", folder.name)
