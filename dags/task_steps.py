"""The pipeline's steps at this site's home, as the tasks call them: paths and counts in and out.

Imported inside tasks, so that reading the DAG files stays quick.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from igwatch.night import build as night
from igwatch.night import pipeline
from igwatch.night.landing import land_batch, plan_landing, vanished_inboxes
from igwatch.night.metrics import forget_parts, timed, write_metrics
from igwatch.site.alarm import raise_alarm, vanished
from igwatch.site.home import Home, home_at
from igwatch.site.home_lock import HomeBusyError, hold_home, release_home
from igwatch.site.pseudonym import PseudonymError
from igwatch.site.settings import Settings
from transforms.parse.facility.facility import FacilityError
from transforms.parse.raw.compaction import PackError
from transforms.parse.raw.transaction import RawBusyError
from warehouse.build_models import ModelError
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
    RawBusyError,
)
NIGHTLY = "igwatch_nightly"
PATIENCE_SECONDS = 1800
SILENT = "SELECT facility, days_silent FROM quality.freshness ORDER BY facility"


class StepError(AirflowException):
    """A step that failed for a reason that asking again may mend; the text holds no patient."""


class StepFailure(StepError, AirflowFailException):
    """A step that fails in the same way however often it is asked."""


class HomeStep(AbstractContextManager):
    """This site's home and settings for one step, timed. A step that `holds` the home keeps it for
    the next one, so that no `igwatch run` comes between; the one that `ends` the night lets it go.

    What a library says of a fault may quote a row, so it goes into a private file, and Airflow's
    log is told where that lies."""

    def __init__(self, name: str, holds: bool = False, ends: bool = False) -> None:
        self.name, self.holds, self.ends = name, holds, ends

    def __enter__(self) -> tuple[Home, Settings]:
        settings = Settings()
        self.home = home_at(settings.home).prepare()
        self.inside = ExitStack()
        if self.holds:
            try:
                self.inside.enter_context(
                    hold_home(
                        self.home, owner=NIGHTLY, patience=PATIENCE_SECONDS, keep=not self.ends
                    )
                )
            except HomeBusyError as fault:
                raise StepError(str(fault)) from None
        self.inside.enter_context(timed(self.home, self.name))
        return self.home, settings

    def __exit__(self, kind: type | None, fault: BaseException | None, *trace: object) -> None:
        try:
            self.inside.__exit__(kind, fault, *trace)
        except HomeBusyError as lost:
            fault = lost
        if isinstance(fault, SAID):
            release_home(self.home, NIGHTLY)
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
    with HomeStep("discover") as (home, settings):
        forget_parts(home)
        plan = plan_landing(home, settings)
        return [{"plan": str(plan.path), "number": n} for n in range(plan.n_batches)]


def land(batch: dict) -> dict:
    with HomeStep(f"land.{batch['number']}") as (home, settings):
        done = land_batch(home, settings, Path(batch["plan"]), batch["number"])
        return {
            "new_files": done.n_new,
            "known_files": done.n_known,
            "left_files": done.n_unsettled,
        }


def build(as_of: str | None) -> str:
    """Begin the night's build; where the site has one bucket of patients, build core as well."""
    with HomeStep("build", holds=True) as (home, settings):
        clock = date.fromisoformat(as_of) if as_of else datetime.now(settings.zone_info).date()
        work = night.begin(home, settings, clock)
        if settings.buckets == 1:
            night.build_shared(work, settings)
        return str(work)


def resolve(work: str, bucket: int) -> None:
    with HomeStep(f"resolve.{bucket}") as (_, settings):
        night.resolve(Path(work), bucket, settings)


def gather(work: str) -> None:
    with HomeStep("gather", holds=True) as (_, settings):
        night.build_shared(Path(work), settings)


def follow(work: str, bucket: int) -> None:
    with HomeStep(f"follow.{bucket}") as (_, settings):
        night.follow_partition(Path(work), bucket, settings)


def course(work: str) -> str:
    """Join what was built in buckets, or follow everybody here; then all that is published."""
    with HomeStep("course", holds=True) as (_, settings):
        night.finish(Path(work), settings)
        return work


def check(work: str) -> str:
    with HomeStep("check", holds=True) as (home, settings):
        for facility in pipeline.check(home, Path(work), settings):
            raise_alarm(f"withheld: the new files of {facility} failed a critical check")
        return work


def publish(work: str) -> str:
    """Publish; a retry after the workbench was already cleared away finds it done."""
    with HomeStep("publish", holds=True, ends=True) as (home, settings):
        run_id = Path(work).name
        if not Path(work).exists() and home.live.exists() and home.live.resolve().name == run_id:
            return run_id
        return pipeline.publish(home, Path(work), settings).run_id


def report() -> int:
    with HomeStep("report") as (home, settings):
        n_reports = len(pipeline.report(home, settings))
    with HomeStep("summary") as (home, settings):
        told = write_metrics(home, settings, vanished_inboxes(home))
        log.info("night %s", json.dumps(told, sort_keys=True))
    return n_reports


def check_freshness() -> dict:
    """Days since each facility last spoke. Fails when one that spoke before has no inbox."""
    with HomeStep("listen") as (home, _):
        with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
            silent = dict(con.execute(SILENT).fetchall())
        new = _new_files(home)
        if not new:
            log.warning("this night brought nothing new from anyone")
        for facility, days in silent.items():
            since = "never spoke" if days is None else f"last spoke {days} days"
            log.info("%s: %d new files; %s before this night", facility, new[facility], since)
        if gone := vanished_inboxes(home):
            raise StepFailure(vanished(gone))
        return silent


def _new_files(home: Home) -> Counter[str]:
    """How many files of each facility the last publication was the first to be built from."""
    last = last_publication(home.root)
    if last is None:
        return Counter()
    before = last.previous
    return Counter(f for f, _ in set(last.sources) - set(before.sources if before else ()))


def compact() -> dict[str, int]:
    with HomeStep("compact") as (home, settings):
        return pipeline.compact(home, settings)


def replay(as_of: str) -> dict:
    """How many flags of each state a past date would show; nothing is published."""
    from igwatch.inquiry.rebuild import states_as_of

    with HomeStep("replay") as (home, settings):
        return states_as_of(home, settings, date.fromisoformat(as_of))
