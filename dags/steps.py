"""The pipeline's steps at this site's home, as the tasks call them: paths and counts in and out.

Imported inside tasks, so that reading the DAG files stays quick.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections import Counter
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from dags.alarm import sound
from igwatch import build as night
from igwatch import pipeline
from igwatch.home import Home, home_at
from igwatch.landing import land_batch, plan_landing, vanished_inboxes
from igwatch.pseudonym import PseudonymError
from igwatch.settings import Settings
from transforms.parse.change import RawBusy
from transforms.parse.facility import FacilityError
from transforms.parse.pack import PackError
from warehouse.build import ModelError
from warehouse.ledger import LedgerError, last_publication
from warehouse.publish import PublishError

log = logging.getLogger("igwatch")
SAID = (
    pipeline.PipelineError,
    FacilityError,
    ModelError,
    LedgerError,
    PublishError,
    PseudonymError,
    PackError,
    RawBusy,
)
SILENT = "SELECT facility, days_silent FROM quality.freshness ORDER BY facility"


class StepError(AirflowException):
    """A step that failed for a reason that asking again may mend; the text holds no patient."""


class StepFailure(StepError, AirflowFailException):
    """A step that fails in the same way however often it is asked."""


class _Step(AbstractContextManager):
    """This site's home and settings. What a library says of a fault may quote a row, so it goes
    into a private file, and Airflow's log is told where that lies."""

    def __enter__(self) -> tuple[Home, Settings]:
        settings = Settings()
        self.home = home_at(settings.home).prepare()
        return self.home, settings

    def __exit__(self, kind: type | None, fault: BaseException | None, *_: object) -> None:
        if isinstance(fault, SAID):
            raise StepFailure(str(fault)) from None
        if isinstance(fault, Exception) and not isinstance(fault, StepError):
            raise StepError(self._noted(fault)) from None

    def _noted(self, fault: Exception) -> str:
        note = self.home.work / f"fault-{uuid4().hex[:12]}.txt"
        note.write_text("".join(traceback.format_exception(fault)), encoding="utf-8")
        why = f" ({os.strerror(fault.errno)})" if isinstance(fault, OSError) and fault.errno else ""
        return f"{type(fault).__name__}{why}; it is told in work/{note.name}"


def discover() -> list[dict]:
    """The batches to be landed, by the number they have in tonight's private plan."""
    with _Step() as (home, settings):
        plan = plan_landing(home, settings)
        return [{"plan": str(plan.path), "number": n} for n in range(plan.n_batches)]


def land(batch: dict) -> dict:
    with _Step() as (home, settings):
        done = land_batch(home, settings, Path(batch["plan"]), batch["number"])
        return {"new_files": done.n_new, "known_files": done.n_known, "left_files": done.n_left}


def build(as_of: str | None) -> str:
    """Begin the night's build; where the site has one bucket of patients, build core as well."""
    with _Step() as (home, settings):
        clock = date.fromisoformat(as_of) if as_of else datetime.now(settings.zone_info).date()
        work = night.lay(home, settings, clock)
        if settings.buckets == 1:
            night.gather(work, settings)
        return str(work)


def resolve(work: str, bucket: int) -> None:
    with _Step() as (_, settings):
        night.resolve(Path(work), bucket, settings)


def gather(work: str) -> None:
    with _Step() as (_, settings):
        night.gather(Path(work), settings)


def follow(work: str, bucket: int) -> None:
    with _Step() as (_, settings):
        night.follow_bucket(Path(work), bucket, settings)


def course(work: str) -> str:
    """Join what was built in buckets, or follow everybody here; then all that is published."""
    with _Step() as (_, settings):
        night.join(Path(work), settings)
        return work


def check(work: str) -> str:
    with _Step() as (home, settings):
        for facility in pipeline.check(home, Path(work), settings):
            sound(f"withheld: the new files of {facility} failed a critical check")
        return work


def publish(work: str) -> str:
    """Publish; a retry after the workbench was already cleared away finds it done."""
    with _Step() as (home, settings):
        run_id = Path(work).name
        if not Path(work).exists() and home.live.exists() and home.live.resolve().name == run_id:
            return run_id
        return pipeline.publish(home, Path(work), settings).run_id


def report() -> int:
    with _Step() as (home, settings):
        return len(pipeline.report(home, settings))


def listen() -> dict:
    """Days since each facility last spoke. Fails when one that spoke before has no inbox."""
    with _Step() as (home, _):
        with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
            silent = dict(con.execute(SILENT).fetchall())
        new = _new_files(home)
        if not new:
            log.warning("this night brought nothing new from anyone")
        for facility, days in silent.items():
            since = "never spoke" if days is None else f"last spoke {days} days"
            log.info("%s: %d new files; %s before this night", facility, new[facility], since)
        vanished = vanished_inboxes(home)
        if vanished:
            raise StepFailure(
                f"the inbox of {', '.join(vanished)} has vanished: is the share mounted? "
                "The night was published without it"
            )
        return silent


def _new_files(home: Home) -> Counter[str]:
    """How many files of each facility the last publication was the first to be built from."""
    last = last_publication(home.root)
    if last is None:
        return Counter()
    before = last.previous
    return Counter(f for f, _ in set(last.sources) - set(before.sources if before else ()))


def compact() -> dict[str, int]:
    with _Step() as (home, settings):
        return pipeline.compact(home, settings)


def replay(as_of: str) -> dict:
    """How many flags of each state a past date would show; nothing is published."""
    from igwatch.past import states_as_of

    with _Step() as (home, settings):
        return states_as_of(home, settings, date.fromisoformat(as_of))
