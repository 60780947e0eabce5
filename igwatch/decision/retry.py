"""Reads the files that hold something refused again, after a mapping was added."""

from __future__ import annotations

import logging
from typing import Any

from igwatch.inquiry.rejects import count_by, rejects
from igwatch.site.facility_knowledge import message_filter_of, read_facility
from igwatch.site.home import Home
from transforms.parse.land import reland
from transforms.parse.raw.archive import archive_path

log = logging.getLogger("igwatch")


def retry_rejects(
    home: Home, facility: str | None = None, reason: str | None = None
) -> list[dict[str, Any]]:
    """Read every file that holds something refused again; return counts before and now by reason.

    Files that hold nothing of it are not touched, and of those read the rows that were good stay
    as they were. A file whose bytes the archive has lost stays as it was, and the log says so.
    Raises FacilityError for a bad facility file.
    """
    before = rejects(home, facility, reason)
    files = {(r["facility"], r["source_sha256"]) for r in before}
    for name, sha in sorted(files):
        if not archive_path(home.root, sha).exists():
            log.warning("%s %s: not in the archive any more; run igwatch verify", name, sha[:12])
            continue
        feed = read_facility(home, name)
        reland(sha, home.root, feed, message_filter_of(feed))
    after = [r for r in rejects(home) if (r["facility"], r["source_sha256"]) in files]
    keys = ("facility", "reason_code")
    was = {tuple(c[k] for k in keys): c["n"] for c in count_by(before, *keys)}
    now = {tuple(c[k] for k in keys): c["n"] for c in count_by(after, *keys)}
    return [
        dict(zip(keys, key, strict=True))
        | {"held_before": was.get(key, 0), "held_now": now.get(key, 0)}
        for key in sorted(was.keys() | now.keys())
        if key in was or reason is None
    ]
