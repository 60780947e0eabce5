"""A night that is over, built again in private from what was known then, and looked at."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from igwatch.base.error import PipelineError
from igwatch.night.build import build, course
from igwatch.night.run import plan_run
from igwatch.site.home import Home
from igwatch.site.pseudonym import key_fingerprint, pseudonym_key
from igwatch.site.settings import Settings


def rebuild(
    home: Home,
    settings: Settings,
    as_of: date,
    known_by: datetime | None = None,
    label: str = "replay",
    sources: Collection[tuple[str, str]] | None = None,
) -> Path:
    """Build and follow a night in private without publishing it; the caller removes the folder.

    sources: build from these landed (facility, sha256) alone, as a published night did.
    """
    run = plan_run(home, as_of, known_by, key_fingerprint(pseudonym_key(settings)))
    left_out = () if sources is None else set(run.sources) - set(sources)
    aside = home.work / f"{label}-{as_of:%Y%m%d}-{uuid4().hex[:12]}"
    whole = settings.model_copy(update={"buckets": 1})
    build(home, whole, as_of, known_by, left_out, aside, run)
    course(aside, whole)
    return aside


@contextmanager
def tables_at(
    home: Home, settings: Settings, as_of: date | None, known_by: datetime | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The live tables, or those of a past date rebuilt in private and thrown away afterwards."""
    if as_of is None and known_by is None:
        if not home.live.exists():
            raise PipelineError("nothing is published yet", "run: igwatch run")
        with duckdb.connect(str(home.catalogue), read_only=True) as con:
            yield con
        return
    work = rebuild(home, settings, as_of or date.max, known_by)
    try:
        with duckdb.connect(str(work / "build.duckdb"), read_only=True) as con:
            yield con
    finally:
        shutil.rmtree(work, ignore_errors=True)


def states_as_of(home: Home, settings: Settings, as_of: date) -> dict[str, int]:
    """How many flags of each rule and state a past date shows: `rule_id status` -> count."""
    with tables_at(home, settings, as_of) as con:
        rows = con.execute(
            "SELECT rule_id || ' ' || status, count(*) FROM flag.patient_flag GROUP BY ALL"
        ).fetchall()
    return dict(rows)
