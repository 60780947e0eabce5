"""What was refused on the way to raw, in words, and the reading of it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from igwatch.home import Home
from transforms.knowledge import load_knowledge
from transforms.parse.facility import load_facility
from transforms.parse.land import reland

REJECT = Path(__file__).with_name("query") / "reject.sql"


def rejects(home: Home) -> list[dict[str, Any]]:
    """Everything refused, with its reason and mend in words and the address of its bytes."""
    held = home.raw / "reject" / "*" / "*.parquet"
    if not any(home.raw.glob("reject/*/*.parquet")):
        return []
    with duckdb.connect() as con:
        con.register("reject_reason", load_knowledge()["reject_reason"])
        found = con.sql(
            REJECT.read_text(encoding="utf-8"),
            params={"held": str(held), "files": str(home.raw / "source_file" / "*" / "*.parquet")},
        )
        return found.to_arrow_table().to_pylist()


def retry_rejects(home: Home) -> tuple[int, int]:
    """Read every file that holds something refused again; return how many were held and are."""
    before = rejects(home)
    for facility, sha in sorted({(r["facility"], r["source_sha256"]) for r in before}):
        reland(sha, home.root, load_facility(home.facility, facility))
    return len(before), len(rejects(home))
