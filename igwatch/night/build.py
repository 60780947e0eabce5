"""The private build of a night: core from raw, each patient's course, then flag, mart, quality.

Where the site sets more than one bucket, core and courses are built bucket by bucket
(igwatch/night/partition.py), here one after the other, by the DAG on as many workers as there are.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb

from expectations.check import check_result_table
from igwatch.base.error import PipelineError
from igwatch.base.paths import DICTIONARY, MODELS
from igwatch.base.shown_count import ShownCount
from igwatch.base.sql import one_row, rows, store
from igwatch.night import partition
from igwatch.night.forgotten_person import hold_forgotten
from igwatch.night.inputs import open_build, store_inputs
from igwatch.night.landing import faults_tonight
from igwatch.night.link_report import link_lines
from igwatch.night.run import Run, load_run, plan_run, save_run
from igwatch.night.unreadable import keep_published
from igwatch.site.full_disk import tells_full_disk
from igwatch.site.home import Home, home_of
from igwatch.site.link_file import keep_links
from igwatch.site.pseudonym import key_fingerprint, pseudonym_key, store_pseudonyms
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import keep_settings, settings_in_force
from transforms.course import follow
from transforms.knowledge import load_knowledge
from transforms.parse.raw.transaction import read_lock
from warehouse.build_models import build_models
from warehouse.dictionary import published_tables
from warehouse.model_graph import ModelGraph

log = logging.getLogger("igwatch")
FOLLOWED = "panel.followed"
SHOWN = """
SELECT
    any_value(value) FILTER (WHERE threshold = 'small_count'),
    any_value(value) FILTER (WHERE threshold = 'count_step')
FROM knowledge.check_threshold
"""
# what the fold is made from; every other model tells what was read, or what came out of the fold
READ_BY_THE_FOLD = (FOLLOWED, "core.exposure", "core.patient", "exposure.screening")


@tells_full_disk
def build(
    home: Home,
    settings: Settings,
    as_of: date,
    known_by: datetime | None = None,
    withheld: Collection[tuple[str, str]] = (),
    work: Path | None = None,
    run: Run | None = None,
) -> Path:
    """Build core from raw in a fresh private file; return the folder it lies in: `work`, or the
    one of its name, in which a night to be published is built."""
    work = begin(home, settings, as_of, known_by, withheld, work, run)
    for number in partition.numbers(work):
        resolve(work, number, settings)
    build_shared(work, settings)
    return work


@tells_full_disk
def begin(
    home: Home,
    settings: Settings,
    as_of: date,
    known_by: datetime | None = None,
    withheld: Collection[tuple[str, str]] = (),
    work: Path | None = None,
    run: Run | None = None,
    own_folder: str = "",
) -> Path:
    """Begin a build: its inputs, and raw spread over the site's buckets; return its folder.

    run: what was planned already; else tonight's, with what keeps something of a facility out.
    own_folder: sets the folder apart from that of the same night begun by somebody else.
    """
    run = run or _tonight(home, settings, as_of, known_by)
    if not run.sources and not run.faults:
        raise PipelineError(
            "nothing has landed yet:", f"deliver files into {home.inbox}/<facility>/"
        )
    work = work or home.work / ".".join(filter(None, (run.run_id, own_folder)))
    shutil.rmtree(work, ignore_errors=True)
    save_run(run, work)
    with open_build(work / "build.duckdb", settings) as con, read_lock(home.root):
        store_inputs(con, home, run, {*withheld, *run.unreadable})
        keep_published(con, home, run)
        if settings.buckets > 1:
            partition.split(con, model_graph(), work, settings.buckets)
    log.info("run %s is built from %d files", run.run_id, len(run.sources) - len(withheld))
    return work


def _tonight(home: Home, settings: Settings, as_of: date, known_by: datetime | None) -> Run:
    """Tonight's run, without who was forgotten; the settings that it goes by are kept."""
    hold_forgotten(home, settings)
    fingerprint = key_fingerprint(pseudonym_key(settings))
    run = plan_run(home, as_of, known_by, fingerprint, faults_tonight(home))
    keep_settings(home, settings_in_force(home, [facility.name for facility in run.facilities]))
    keep_links(home)
    return run


@tells_full_disk
def resolve(work: Path, number: int, settings: Settings) -> None:
    """Build what of a bucket's core needs no other bucket."""
    with open_build(partition.empty_part(work, number), settings) as con:
        partition.load_part(con, model_graph(), work, number)
        partition.resolve(con, model_graph())


@tells_full_disk
def build_shared(work: Path, settings: Settings) -> None:
    """Build what needs all patients: of several buckets what lies across them, else all of core."""
    with open_build(work / "build.duckdb", settings) as con, read_lock(home_of(work).root):
        if partition.numbers(work):
            partition.gather(con, model_graph(), work)
        else:
            build_models(con, MODELS, before_the_fold())


@cache
def model_graph() -> ModelGraph:
    """What the models of this release read of each other."""
    return ModelGraph.of(MODELS)


def before_the_fold() -> set[str]:
    """The models that the fold is made from, but for the one that is built with it."""
    return model_graph().above(READ_BY_THE_FOLD) - {FOLLOWED}


def after_the_fold() -> set[str]:
    """The models that tell what was read and what came out of the fold."""
    return model_graph().reads.keys() - model_graph().above(READ_BY_THE_FOLD)


@tells_full_disk
def course(work: Path, settings: Settings) -> dict[str, int]:
    """Follow every patient with any evidence; then the flag, mart and quality models."""
    for number in partition.numbers(work):
        follow_partition(work, number, settings)
    return finish(work, settings)


@tells_full_disk
def follow_partition(work: Path, number: int, settings: Settings) -> None:
    """The rest of a bucket's core and the courses of its patients."""
    with open_build(partition.path(work, number), settings) as con:
        partition.finish_part(con, model_graph(), work)
        _fold(con, load_run(work), settings.workers)


@tells_full_disk
def finish(work: Path, settings: Settings) -> dict[str, int]:
    """One build of all buckets, and the models that look at all patients; flags by status."""
    run = load_run(work)
    with open_build(work / "build.duckdb", settings) as con, read_lock(home_of(work).root):
        if partition.numbers(work):
            partition.join(con, model_graph(), work, published_tables(DICTIONARY))
        else:
            _fold(con, run, settings.workers)
        store_checks(con, [])
        key = pseudonym_key(settings)
        store_pseudonyms(con, key)
        built = partition.models(model_graph()) if partition.numbers(work) else set()
        build_models(con, MODELS, after_the_fold() - built)
        if key is None:
            con.execute("DROP TABLE quality.pseudonymous_flag")
        for line in link_lines(con, home_of(work)):
            log.warning("refused: %s", line)
        states = con.execute(
            "SELECT status, count(*) FROM flag.patient_flag GROUP BY ALL"
        ).fetchall()
    log.info("followed courses of run %s: %d flags", run.run_id, sum(n for _, n in states))
    return dict(states)


@tells_full_disk
def follow_alone(work: Path, settings: Settings, wanted: Collection[str]) -> None:
    """The courses, and of the models behind them only these and what they need."""
    with open_build(work / "build.duckdb", settings) as con, read_lock(home_of(work).root):
        _fold(con, load_run(work), 1)
        build_models(con, MODELS, model_graph().above(wanted) - before_the_fold() - {FOLLOWED})


def _fold(con: duckdb.DuckDBPyConnection, run: Run, processes: int) -> None:
    """The courses of the patients in this file, as flag.standing and flag.step."""
    build_models(con, MODELS, {FOLLOWED})
    courses = follow(
        rows(con, f"FROM {FOLLOWED}"),
        rows(con, f"FROM core.exposure SEMI JOIN {FOLLOWED} USING (patient_key)"),
        rows(con, f"FROM core.patient SEMI JOIN {FOLLOWED} USING (patient_key)"),
        rows(con, "FROM exposure.screening"),
        load_knowledge() | {"facility_rule": rows(con, "FROM knowledge.facility_rule")},
        run.as_of,
        processes,
    )
    store(con, "flag.standing", courses.patient_flag)
    store(con, "flag.step", courses.step)


def store_checks(con: duckdb.DuckDBPyConnection, results: list) -> None:
    store(
        con, "quality.check_result", check_result_table(results, ShownCount(*one_row(con, SHOWN)))
    )
