"""What was refused on the way to raw, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from igwatch.inquiry.mended import mended
from igwatch.inquiry.saved_query import answers
from igwatch.night.forgotten_person import REASON, held_of_forgotten
from igwatch.site.home import Home
from transforms.knowledge import load_knowledge
from transforms.parse.raw.archive import archive_path
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock

COLUMNS = (
    *("id", "facility", "source_name", "level", "unit", "message_number", "line_number", "field"),
    *("found", "reason_code", "reason", "mend", "n_results", "source_sha256", "byte_offset"),
    *("byte_length", "message_control_id_hash", "archive"),
)


def rejects(
    home: Home, facility: str | None = None, reason: str | None = None, is_mended: bool = True
) -> list[dict]:
    """Everything refused (of one facility, for one reason), with reason and mend in words.

    `archive` is where its bytes lie below the home, `byte_offset` and `byte_length` where in them.
    Without `is_mended`, what a later file has mended is left out.
    """
    refused, files, observations = (
        raw_files(home.root, table) for table in ("reject", "source_file", "observation")
    )
    if refused is None:
        return []
    with duckdb.connect() as con, read_lock(home.root):
        con.register("reject_reason", load_knowledge()["reject_reason"])
        found = [
            row | {"archive": str(archive_path(Path(), row["source_sha256"]))}
            for row in answers(con, "reject", {"rejects": refused, "files": files})
            if facility in (None, row["facility"]) and reason in (None, row["reason_code"])
        ]
        gone: set[str] = set()
        if not is_mended and files and observations:
            given = {"rejects": refused, "files": files, "observations": observations}
            gone = mended(con, home.root, found, given)
        for row in found:
            del row["landed_at"]
    return [row for row in found if row["id"] not in gone]


def still_held(home: Home, facility: str | None = None, reason: str | None = None) -> list[dict]:
    """What is refused and has not come again in a file that mends it: the quarantine. Of persons
    who were forgotten one row a source, and nothing of what was sent."""
    held = _of_forgotten(home) if reason in (None, REASON) else []
    held = [row for row in held if facility in (None, row["facility"])]
    return rejects(home, facility, reason, is_mended=False) + held


def _of_forgotten(home: Home) -> list[dict]:
    """In the columns of `rejects`."""
    notes = held_of_forgotten(home)
    if not notes:
        return []
    reasons = load_knowledge()["reject_reason"].to_pylist()
    told = next(row for row in reasons if row["reason_code"] == REASON)
    return [
        dict.fromkeys(COLUMNS)
        | {
            "id": f"forgotten:{note['facility']}:{number}",
            "facility": note["facility"],
            "level": "message",
            "unit": "message",
            "found": f"{note['n']} messages or rows on {note['held_at'][:10]}",
            "reason_code": REASON,
            "reason": told["sentence"],
            "mend": told["mend"],
            "n_results": 0,
        }
        for number, note in enumerate(notes, 1)
    ]


def count_by(refused: Sequence[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """How many were refused, and how many results with them, by `keys`; the most frequent first."""
    n: Counter[tuple] = Counter()
    n_results: Counter[tuple] = Counter()
    for reject in refused:
        key = tuple(reject[name] for name in keys)
        n[key] += 1
        n_results[key] += reject["n_results"] or 0
    return [
        dict(zip(keys, key, strict=True)) | {"n": times, "n_results": n_results[key]}
        for key, times in n.most_common()
    ]
