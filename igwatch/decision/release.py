"""Letting a withheld delivery through by hand: which files, who, why, and never for ever."""

from __future__ import annotations

from typing import Any

from igwatch.base.error import PipelineError
from igwatch.decision.reason import refuse_unsayable
from igwatch.site.home import Home
from warehouse.decision_record import RELEASE, Decision, record, released_sources, releases
from warehouse.ledger import last_publication


def withheld_files(home: Home) -> dict[str, list[tuple[str, str]]]:
    """(facility, sha256) of the files that the last night withheld and nobody released since."""
    last = last_publication(home.root)
    waiting: dict[str, list[tuple[str, str]]] = {}
    released = released_sources(home.root)
    for source in last.findings.withheld if last else ():
        if source not in released:
            waiting.setdefault(source[0], []).append(source)
    return waiting


def release_delivery(home: Home, facility: str, why: str, decided_by: str) -> Decision:
    """Record that what the last night withheld of `facility` goes through at the next run.

    Files that come later are checked as ever. Raises PipelineError when nothing of it is withheld,
    or when the reason says nothing or names a patient.
    """
    last = last_publication(home.root)
    files = withheld_files(home).get(facility)
    if last is None or not files:
        waiting = ", ".join(sorted(withheld_files(home))) or "none"
        raise PipelineError(f"nothing of {facility} is withheld", f"withheld facilities: {waiting}")
    refuse_unsayable(home, why, decided_by)
    return record(home.root, RELEASE, last.run_id, decided_by.strip(), why.strip(), facility, files)


def release_rows(home: Home) -> dict[str, list[dict[str, Any]]]:
    """What is withheld now, and every release so far, as rows to be shown."""
    last = last_publication(home.root)
    waiting = []
    if last:
        waiting = [
            {"facility": name, "files": len(files), "withheld_on": last.as_of, "run": last.run_id}
            for name, files in sorted(withheld_files(home).items())
        ]
    made = [
        {
            "facility": r.facility,
            "files": sum(name == r.facility for name, _ in r.sources),
            "withheld_run": r.run_id,
            "released_by": r.decided_by,
            "released_at": r.decided_at.replace(microsecond=0),
            "why": r.why,
        }
        for r in releases(home.root)
    ]
    return {"withheld": waiting, "released": made}
