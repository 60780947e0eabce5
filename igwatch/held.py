"""What was refused on the way to raw, in words, and the reading of it again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from igwatch.home import Home
from igwatch.sought import sought_of
from transforms.knowledge import load_knowledge
from transforms.parse.archive import archive_path
from transforms.parse.change import reading
from transforms.parse.facility import load_facility
from transforms.parse.land import reland
from transforms.parse.pack import raw_files

log = logging.getLogger("igwatch")
REJECT = Path(__file__).with_name("query") / "reject.sql"


def rejects(home: Home, facility: str | None = None, reason: str | None = None) -> list[dict]:
    """Everything refused (of one facility, for one reason), with reason and mend in words.

    `archive` is where its bytes lie below the home, `byte_offset` and `byte_length` where in them.
    """
    held, files = (raw_files(home.root, table) for table in ("reject", "source_file"))
    if held is None:
        return []
    with duckdb.connect() as con, reading(home.root):
        con.register("reject_reason", load_knowledge()["reject_reason"])
        found = con.sql(
            REJECT.read_text(encoding="utf-8"),
            params={"held": held, "files": files},
        )
        return [
            row | {"archive": str(archive_path(Path(), row["source_sha256"]))}
            for row in found.to_arrow_table().to_pylist()
            if facility in (None, row["facility"]) and reason in (None, row["reason_code"])
        ]


def counted(held: Sequence[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """How many were refused, and how many results they held, by `keys`; the most frequent first."""
    n: Counter[tuple] = Counter()
    n_results: Counter[tuple] = Counter()
    for reject in held:
        key = tuple(reject[name] for name in keys)
        n[key] += 1
        n_results[key] += reject["n_results"] or 0
    return [
        dict(zip(keys, key, strict=True)) | {"n": times, "n_results": n_results[key]}
        for key, times in n.most_common()
    ]


def retry_rejects(
    home: Home, facility: str | None = None, reason: str | None = None
) -> list[dict[str, Any]]:
    """Read every file that holds something refused again; return held before and now by reason.

    Files that hold nothing of it are not touched, and of those read the rows that were good stay
    as they were. A file whose bytes the archive has lost stays as it was, and is told of in the
    log. Raises FacilityError for a bad facility file.
    """
    before = rejects(home, facility, reason)
    files = {(r["facility"], r["source_sha256"]) for r in before}
    for name, sha in sorted(files):
        if not archive_path(home.root, sha).exists():
            log.warning("%s %s: not in the archive any more; run igwatch verify", name, sha[:12])
            continue
        dialect = load_facility(home.facility, name)
        reland(sha, home.root, dialect, sought_of(dialect))
    after = [r for r in rejects(home) if (r["facility"], r["source_sha256"]) in files]
    keys = ("facility", "reason_code")
    was = {tuple(c[k] for k in keys): c["n"] for c in counted(before, *keys)}
    now = {tuple(c[k] for k in keys): c["n"] for c in counted(after, *keys)}
    return [
        dict(zip(keys, key, strict=True))
        | {"held_before": was.get(key, 0), "held_now": now.get(key, 0)}
        for key in sorted(was.keys() | now.keys())
        if key in was or reason is None
    ]
