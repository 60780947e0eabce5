"""Does everything add up: bytes, archive, raw, core, flags, and what readers are shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.check import unbalanced
from igwatch.base.error import PipelineError
from igwatch.base.sql import attached, quoted
from igwatch.inquiry.forgotten import forgotten_faults
from igwatch.inquiry.rebuild import rebuild
from igwatch.inquiry.saved_query import answers
from igwatch.night import pipeline
from igwatch.night.loss import Losses, losses
from igwatch.night.run import landed
from igwatch.site.facility_knowledge import reviews_due
from igwatch.site.home import Home, home_of
from igwatch.site.settings import Settings
from igwatch.site.signature_line import signature_lines
from transforms.parse.land import unfinished_relands
from transforms.parse.raw.raw_note import damages
from transforms.parse.raw.transaction import read_lock
from warehouse.access_ledger import broken_accesses
from warehouse.decision_record import withdrawn_sources
from warehouse.generation import Generation, live_generation
from warehouse.ledger import LedgerError, recorded_as, sha256_of
from warehouse.verify import verify_published

KNOWN = "ledger, archive and raw know the same files"
ARCHIVED = "every source file lies in the archive under its own digest"
FORGOTTEN = "nobody who was forgotten is back"
MEND = "run: igwatch run, which reads it again from the archive"

# of what is published, where a fault leaves nothing to compare a rebuild with
UNREADABLE = {"generations", "ledger", "live", "warehouse"}


def verify_home(
    home: Home, settings: Settings, say: Callable[[str], None], deep: bool = False
) -> dict[str, Any]:
    """Every check by name with its faults (none = it holds), the sums of the live night, and
    which rules wait for a signature or a review (no fault).

    Deep: also the archived bytes that nobody knows of, and each published file of every generation.
    Where raw, ledger or live generation cannot be read the live night is not rebuilt.
    """
    names = [path.stem for path in home.facility.glob("*.yaml")]
    names += [path.name for path in home.raw.glob("source_file/*") if path.name not in names]
    reviews = list(signature_lines(home, settings).values())
    reviews += reviews_due(home, names, datetime.now(settings.zone_info).date())
    say("archive against its addresses")
    half_made = set(unfinished_relands(home.root))  # read again right now, or by the next night
    damaged = [d for d in damages(home.root, deep=True) if (d.facility, d.name) not in half_made]
    checks = {"raw is what was written": [f"{d}; remove {d.path}; {MEND}" for d in damaged]}
    say("published tables against themselves and the ledger")
    published = verify_published(home.root, deep)
    checks["what is published is whole"] = [str(fault) for fault in published]
    checks["nobody changed who looked"] = broken_accesses(home.root)
    if not checks["raw is what was written"]:
        checks[KNOWN] = _known_faults(home)
        checks[ARCHIVED] = _archive_faults(home) + (_unknown_faults(home) if deep else [])
        checks[FORGOTTEN] = forgotten_faults(home, settings)
    is_readable = not {fault.subject for fault in published} & UNREADABLE
    if not is_readable or checks["raw is what was written"] or checks[KNOWN]:
        return {"conservation": [], "checks": checks, "reviews": reviews}
    live = live_generation(home.root)
    if live is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    say("rebuilding the live night from raw")
    night = recorded_as(home.root, live.run_id)
    sources = night.sources if night else None
    work = rebuild(home, settings, live.as_of, label="verify", sources=sources)
    try:
        sums = pipeline.conservation(work, settings)
        checks["raw holds every result that the bytes hold"] = _count_faults(work)
        checks["everything read ended in exactly one place"] = [str(r) for r in unbalanced(sums)]
        checks["a rebuild gives the flags that are published"] = _flag_faults(live, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {"conservation": sums, "checks": checks, "reviews": reviews}


def _archive_faults(home: Home) -> list[str]:
    faults = []
    withdrawn = withdrawn_sources(home.root)
    for facility, sha256 in landed(home):
        bytes_of = home.archive / sha256[:2] / sha256
        if (facility, sha256) in withdrawn and not bytes_of.exists():
            continue
        if not bytes_of.exists():
            faults.append(f"{facility} {sha256[:12]}: not in the archive")
        elif sha256_of(bytes_of) != sha256:
            faults.append(f"{facility} {sha256[:12]}: the bytes have changed")
    return faults


def _unknown_faults(home: Home) -> list[str]:
    """Of all that lies in the archive, what does not lie under its own digest."""
    known = {sha256 for _, sha256 in landed(home)}
    unknown = [path for path in home.archive.glob("??/*") if path.name not in known]
    return [
        f"{path.name[:12]}: its bytes have changed, and no raw knows it"
        for path in sorted(unknown)
        if not path.name.startswith(".") and sha256_of(path) != path.name
    ]


def _known_faults(home: Home) -> list[str]:
    try:
        return list(_loss_faults(losses(home)))
    except LedgerError as error:
        return [str(error)]


def _loss_faults(found: Losses) -> Iterator[str]:
    for keys, sentence in (
        (found.unread, f"was published and is not in raw; {MEND}"),
        (found.gone, "was published and is in neither raw nor archive; bring the archive back"),
        (found.unarchived, "is in raw and not as it came in the archive; bring the archive back"),
    ):
        yield from (f"{facility} {sha256[:12]}: {sentence}" for facility, sha256 in keys)


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


def _flag_faults(live: Generation, work: Path) -> list[str]:
    """Flags that a rebuild does not give; counts only, a patient is not named here."""
    flags = quoted(live.parquet("flag.patient_flag"))
    with duckdb.connect() as con, attached(con, {"rebuilt": work / "build.duckdb"}):
        con.execute("ATTACH ':memory:' AS published")
        con.execute("CREATE SCHEMA published.flag")
        con.execute(f"CREATE VIEW published.flag.patient_flag AS FROM read_parquet({flags})")
        con.execute("USE rebuilt")
        differing = answers(con, "verify_flag")[0]["n"]
        con.execute("USE memory")
    return [f"{differing} flags differ; run: igwatch run"] if differing else []
