"""The pipeline's steps at this site's home, as the tasks call them: paths and counts in and out.

Imported inside tasks, so that reading the DAG files stays quick.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from igwatch.base.error import IgwatchError, PipelineError
from igwatch.base.printable import printable
from igwatch.night import build as night
from igwatch.night import pipeline
from igwatch.night.check_rules import check_rules
from igwatch.night.clock import refuse_clock
from igwatch.night.compact import compact_home
from igwatch.night.landing import land_batch, plan_landing, vanished_inboxes
from igwatch.night.loss import damage_told, mend_losses, told, unarchived
from igwatch.night.metrics import DAYS_SILENT, forget_parts, write_metrics
from igwatch.night.run import load_run
from igwatch.night.step import night_step
from igwatch.prove.prove import prove_night
from igwatch.site.alarm import raise_alarm, vanished
from igwatch.site.home import Home, home_at
from igwatch.site.home_lock import HomeBusyError, hold_home, release_home
from igwatch.site.machine_fault import machine_fault
from igwatch.site.settings import Settings
from warehouse.ledger import last_publication

log = logging.getLogger("igwatch")
PATIENCE_SECONDS = 1800


class StepError(AirflowException):
    """A step that failed for a reason that asking again may mend; the text holds no patient."""


class StepFailure(StepError, AirflowFailException):
    """A step that fails in the same way however often it is asked."""


@contextmanager
def home_step(
    name: str, holds: bool = False, ends: bool = False
) -> Iterator[tuple[Home, Settings]]:
    """This site's home and settings for one step of a night, timed.

    A step that `holds` the home keeps it for the next one of its DAG run, so that no `igwatch run`
    and no other DAG run comes between; the one that `ends` the night releases it. Raises StepError
    and StepFailure, nothing else.
    """
    settings = Settings()
    home = home_at(settings.home).prepare()
    with (
        _as_step_error(home),
        _held(home, ends) if holds else nullcontext(),
        damage_told(home) if holds else nullcontext(),
        night_step(home, settings, name),
    ):
        yield home, settings


def _owner() -> str:
    """The DAG run that this task is of, as Airflow tells it to whatever a task starts; the same for
    each try of each task of it."""
    told = [os.environ.get(f"AIRFLOW_CTX_{name}", "") for name in ("DAG_ID", "DAG_RUN_ID")]
    return " ".join(filter(None, told)) or "a step by hand"


def _own_folder() -> str:
    """Sets the work folders of two DAG runs apart, also where both build the same night."""
    return hashlib.sha256(_owner().encode()).hexdigest()[:12]


@contextmanager
def _held(home: Home, ends: bool) -> Iterator[None]:
    """The home in the DAG run's name; a busy one is asked for again by Airflow's retry."""
    with ExitStack() as inside:
        try:
            inside.enter_context(
                hold_home(home, owner=_owner(), patience=PATIENCE_SECONDS, keep=not ends)
            )
        except HomeBusyError as busy:
            raise StepError(str(busy)) from None
        yield


@contextmanager
def _as_step_error(home: Home) -> Iterator[None]:
    """Every error as one that Airflow may log: ours by its own text, and the home is released.

    What a library says of a fault may quote a row, so it goes into a private file, and Airflow's
    log names that file."""
    try:
        yield
    except StepError:
        raise
    except IgwatchError as fault:
        release_home(home, _owner())
        raise StepFailure(str(fault)) from None
    except Exception as fault:  # noqa: BLE001 whatever a library raises may quote a row
        told = machine_fault(fault)
        is_private = told and str(home.inbox) in told.text  # a delivered file's name
        raise StepError(str(told) if told and not is_private else _noted(home, fault)) from None


def _noted(home: Home, fault: Exception) -> str:
    note = home.work / f"fault-{uuid4().hex[:12]}.txt"
    note.write_text("".join(traceback.format_exception(fault)), encoding="utf-8")
    why = f" ({os.strerror(fault.errno)})" if isinstance(fault, OSError) and fault.errno else ""
    return f"{type(fault).__name__}{why}; it is told in work/{note.name}"


def _clock(
    home: Home, settings: Settings, as_of: str | None, backdate: str | None, unknown: Iterable[str]
) -> date:
    """The clock that the form asks for. Raises PipelineError for a parameter that it does not have,
    and for a clock that is not to be published (`backdate`: the same date, said again)."""
    if named := ", ".join(sorted(unknown)):
        raise PipelineError(
            f"unknown parameter {printable(named)[:80]}; nothing is published:",
            "give as_of and backdate alone",
        )
    clock = date.fromisoformat(as_of) if as_of else settings.today
    again = "the same date again in the field backdate"
    refuse_clock(home, settings, clock, backdate == clock.isoformat(), again)
    return clock


def discover(as_of: str | None = None, backdate: str | None = None, **unknown: Any) -> list[dict]:
    """The batches to be landed, by the number they have in tonight's private plan."""
    with home_step("discover", holds=True) as (home, settings):
        _clock(home, settings, as_of, backdate, unknown)
        check_rules()
        forget_parts(home)
        mend_losses(home, settings)
        plan = plan_landing(home, settings)
        return [{"plan": str(plan.path), "number": n} for n in range(plan.n_batches)]


def land(batch: dict) -> dict:
    with home_step(f"land.{batch['number']}", holds=True) as (home, settings):
        done = land_batch(home, settings, Path(batch["plan"]), batch["number"])
        return {
            "new_files": done.n_new,
            "known_files": done.n_known,
            "left_files": done.n_unsettled,
        }


def prove(as_of: str | None = None, backdate: str | None = None, **unknown: Any) -> dict[str, int]:
    """Ask the canaries of every feed; how many are lost. Whatever comes of it the night goes on."""
    with home_step("prove", holds=True) as (home, settings):
        if not settings.prove:
            return {}
        proof = prove_night(home, settings, _clock(home, settings, as_of, backdate, unknown))
        for message in proof.alarms:
            raise_alarm(message)
        return proof.n_lost()


def build(as_of: str | None = None, backdate: str | None = None, **unknown: Any) -> str:
    """Begin the night's build; where the site has one bucket of patients, build core as well."""
    with home_step("build", holds=True) as (home, settings):
        clock = _clock(home, settings, as_of, backdate, unknown)
        work = night.begin(home, settings, clock, own_folder=_own_folder())
        if settings.buckets == 1:
            night.build_shared(work, settings)
        return str(work)


def resolve(work: str, bucket: int) -> None:
    with home_step(f"resolve.{bucket}") as (_, settings):
        night.resolve(Path(work), bucket, settings)


def gather(work: str) -> None:
    with home_step("gather", holds=True) as (_, settings):
        night.build_shared(Path(work), settings)


def follow(work: str, bucket: int) -> None:
    with home_step(f"follow.{bucket}") as (_, settings):
        night.follow_partition(Path(work), bucket, settings)


def course(work: str) -> str:
    """Join what was built in buckets, or follow everybody here; then all that is published."""
    with home_step("course", holds=True) as (_, settings):
        night.finish(Path(work), settings)
        return work


def check(work: str) -> str:
    with home_step("check", holds=True) as (home, settings):
        for facility in pipeline.check(home, Path(work), settings):
            raise_alarm(f"withheld: the new files of {facility} failed a critical check")
        for fault in load_run(Path(work)).faults:
            raise_alarm(f"withheld: {fault.facility}: {fault.text}")
        return work


def publish(work: str) -> str:
    """Publish; a retry after the workbench was already cleared away finds it done."""
    with home_step("publish", holds=True, ends=True) as (home, settings):
        run_id = Path(work).name.removesuffix(f".{_own_folder()}")
        if not Path(work).exists() and home.live.exists() and home.live.resolve().name == run_id:
            return run_id
        return pipeline.publish(home, Path(work), settings).run_id


def report() -> int:
    with home_step("report", holds=True, ends=True) as (home, settings):
        n_reports = len(pipeline.report(home, settings))
    with home_step("summary") as (home, settings):
        measures = write_metrics(home, settings, vanished_inboxes(home))
        log.info("night %s", json.dumps(measures, sort_keys=True))
    return n_reports


def check_freshness() -> dict:
    """Days since each facility last spoke. Fails when one that spoke before has no inbox, and when
    the archive lacks what raw holds."""
    with home_step("listen") as (home, _):
        with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
            silent = dict(con.execute(DAYS_SILENT).fetchall())
        new = _new_files(home)
        if not new:
            log.warning("this night brought nothing new from anyone")
        for facility, days in silent.items():
            since = "never spoke" if days is None else f"last spoke {days} days"
            log.info("%s: %d new files; %s before this night", facility, new[facility], since)
        if gone := vanished_inboxes(home):
            raise StepFailure(vanished(gone))
        if lacking := unarchived(home):
            raise StepFailure(told(lacking))
        return silent


def _new_files(home: Home) -> Counter[str]:
    """How many files of each facility the last publication was the first to be built from."""
    last = last_publication(home.root)
    if last is None:
        return Counter()
    before = last.previous
    return Counter(f for f, _ in set(last.sources) - set(before.sources if before else ()))


def compact() -> dict[str, int]:
    with home_step("compact", holds=True, ends=True) as (home, settings):
        return compact_home(home, settings)


def replay(as_of: str) -> dict:
    """How many flags of each state a past date would show; nothing is published."""
    from igwatch.inquiry.rebuild import states_as_of

    with home_step("replay") as (home, settings):
        return states_as_of(home, settings, date.fromisoformat(as_of))
