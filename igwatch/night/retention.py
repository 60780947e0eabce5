"""How long files are kept, by kind, where the site says so; done by the weekly compaction.

By default delivered bytes are kept for ever. Without them a file is never read again: its rows in
raw stay as they were read, and the ledger says that the bytes were withdrawn. While the law holds
anybody, nothing is thrown away.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from igwatch.night.loss import source_files
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.parse.raw.archive import archive_path
from transforms.parse.restore import remembered
from warehouse.decision_record import WITHDRAWAL, record, withdrawn_sources
from warehouse.ledger import last_publication
from warehouse.person_record import held_hashes

BY = "IGWATCH_KEEP_ARCHIVE_DAYS"
_DATE_CHARS = len("YYYY-MM-DD")


def throw_away(home: Home, settings: Settings, today: date) -> dict[str, int]:
    """Remove what is kept no longer; how many files of each kind. The caller holds the home."""
    if held_hashes(home.root):
        return {"old_archived_files": 0, "old_dated_reports": 0}
    return {
        "old_archived_files": _archived(home, settings.keep_archive_days, today),
        "old_dated_reports": _reports(home, settings.keep_report_days, today),
    }


def _archived(home: Home, days: int | None, today: date) -> int:
    """Say of each facility's old files that they are withdrawn, then remove their bytes."""
    if days is None:
        return 0
    since = datetime.combine(today - timedelta(days=days), datetime.min.time())
    files = source_files(home).to_pylist()
    young = {row["source_sha256"] for row in files if row["landed_at"] >= since}
    young |= {source.sha256 for source in remembered(home.root)}
    old = [
        (row["facility"], row["source_sha256"])
        for row in files
        if row["source_sha256"] not in young
        and archive_path(home.root, row["source_sha256"]).is_file()
    ]
    new = set(old) - withdrawn_sources(home.root)
    last = last_publication(home.root)
    for facility in sorted({name for name, _ in new}):
        sources = [source for source in new if source[0] == facility]
        why = f"delivered bytes are kept for {days} days"
        record(home.root, WITHDRAWAL, last.run_id if last else "none", BY, why, facility, sources)
    gone = {sha256 for _, sha256 in old}
    for sha256 in gone:
        archive_path(home.root, sha256).unlink()
    return len(gone)


def _reports(home: Home, days: int | None, today: date) -> int:
    """Remove reports and letters of nights that are over for longer."""
    if days is None:
        return 0
    last_kept = (today - timedelta(days=days)).isoformat()
    dated = [path for path in home.reports.iterdir() if path.is_file() and _is_dated(path.name)]
    old = [path for path in dated if path.name[:_DATE_CHARS] < last_kept]
    for path in old:
        path.unlink()
    return len(old)


def _is_dated(name: str) -> bool:
    try:
        date.fromisoformat(name[:_DATE_CHARS])
    except ValueError:
        return False
    return True


def today_utc() -> date:
    """The day on which files are said to have landed now."""
    return datetime.now(UTC).date()
