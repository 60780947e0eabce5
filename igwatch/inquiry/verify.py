"""Does everything add up: bytes, archive, raw, core, flags, and what readers are shown."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.check import unbalanced
from igwatch.base.sql import attached
from igwatch.inquiry.rebuild import rebuild
from igwatch.inquiry.saved_query import answers
from igwatch.night import pipeline
from igwatch.night.run import landed
from igwatch.site.facility_knowledge import reviews_due
from igwatch.site.home import Home, home_of
from igwatch.site.settings import Settings
from transforms.parse.raw.transaction import read_lock
from warehouse.generation import live_generation
from warehouse.ledger import publications
from warehouse.verify import verify_published


def verify_home(home: Home, settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """Every check by name with its faults (none = it holds), the sums of the live night, and
    which rules wait for a signature or a review (no fault)."""
    names = [path.stem for path in home.facility.glob("*.yaml")]
    names += [path.name for path in home.raw.glob("source_file/*") if path.name not in names]
    reviews = reviews_due(home, names, datetime.now(settings.zone_info).date())
    say("archive against its addresses")
    checks = {"every source file lies in the archive under its own digest": _archive_faults(home)}
    live = live_generation(home.root)
    if live is None:
        return {
            "conservation": [],
            "checks": checks | {"a generation is live": ["run: igwatch run"]},
            "reviews": reviews,
        }
    say("rebuilding the live night from raw")
    nights = [p for p in publications(home.root) if p.run_id == live.run_id]
    sources = nights[-1].sources if nights else None
    work = rebuild(home, settings, live.as_of, label="verify", sources=sources)
    try:
        sums = pipeline.conservation(work, settings)
        checks["raw holds every result that the bytes hold"] = _count_faults(work)
        checks["everything read ended in exactly one place"] = [str(r) for r in unbalanced(sums)]
        say("published tables against themselves")
        checks["what is published is whole"] = [str(f) for f in verify_published(home.root)]
        checks["a rebuild gives the flags that are published"] = _flag_faults(home, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {"conservation": sums, "checks": checks, "reviews": reviews}


def _archive_faults(home: Home) -> list[str]:
    faults = []
    for facility, sha256 in landed(home):
        bytes_of = home.archive / sha256[:2] / sha256
        if not bytes_of.exists():
            faults.append(f"{facility} {sha256[:12]}: not in the archive")
        elif _sha256(bytes_of) != sha256:
            faults.append(f"{facility} {sha256[:12]}: the bytes have changed")
    return faults


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _count_faults(work: Path) -> list[str]:
    with (
        duckdb.connect(str(work / "build.duckdb"), read_only=True) as con,
        read_lock(home_of(work).root),
    ):
        return [
            "{facility} {source}: {n_results} results in the bytes, {n_rows} in raw, "
            "{n_held} held".format_map(row)
            for row in answers(con, "verify_count")
        ]


def _flag_faults(home: Home, work: Path) -> list[str]:
    """Flags that a rebuild does not give; counts only, a patient is not named here."""
    with (
        duckdb.connect(str(work / "build.duckdb"), read_only=True) as con,
        attached(con, {"published": home.catalogue}),
    ):
        differing = answers(con, "verify_flag")[0]["n"]
    return [f"{differing} flags differ; run: igwatch run"] if differing else []
