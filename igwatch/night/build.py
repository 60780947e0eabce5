"""The private build of a night: core from raw, each patient's course, then flag, mart, quality.

Where the site sets more than one bucket, core and courses are built bucket by bucket
(igwatch/partition.py), here one after the other, by the DAG on as many workers as there are.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.check import check_result_table
from igwatch.base.paths import DICTIONARY, MODELS
from igwatch.night import partition
from igwatch.night.inputs import lay_inputs, open_build
from igwatch.night.run import Run, load_run, plan_run, save_run
from igwatch.site.home import Home, home_of
from igwatch.site.pseudonym import key_fingerprint, lay_pseudonyms, pseudonym_key
from igwatch.site.settings import Settings
from transforms.course import follow
from transforms.knowledge import load_knowledge
from transforms.parse.raw.transaction import reading
from warehouse.build_models import build_models
from warehouse.dictionary import published_tables

log = logging.getLogger("igwatch")
# what core has to tell others, in the words of what was sent: the fold needs none of it
TOLD = frozenset(
    {
        "core.disposition",
        "core.held_value",
        "core.measurement",
        "core.other_result",
        "core.panel",
        "core.replaced",
        "core.superseded",
        "core.unusable",
    }
)


class PipelineError(RuntimeError):
    """A night that could not be finished; the text is one line with the mend."""


def build(
    home: Home,
    settings: Settings,
    as_of: date,
    known_by: datetime | None = None,
    withheld: Collection[tuple[str, str]] = (),
    work: Path | None = None,
) -> Path:
    """Build core from raw in a fresh private file; return the folder it lies in: `work`, or the
    one of its name, in which a night to be published is built."""
    work = lay(home, settings, as_of, known_by, withheld, work)
    for number in partition.numbers(work):
        resolve(work, number, settings)
    gather(work, settings)
    return work


def lay(
    home: Home,
    settings: Settings,
    as_of: date,
    known_by: datetime | None = None,
    withheld: Collection[tuple[str, str]] = (),
    work: Path | None = None,
) -> Path:
    """Begin a build: its inputs, and raw spread over the site's buckets; return its folder."""
    run = plan_run(home, as_of, known_by, key_fingerprint(pseudonym_key(settings)))
    if not run.sources:
        raise PipelineError(f"nothing has landed yet: deliver files into {home.inbox}/<facility>/")
    work = work or home.work / run.run_id
    shutil.rmtree(work, ignore_errors=True)
    save_run(run, work)
    with open_build(work / "build.duckdb", settings) as con, reading(home.root):
        lay_inputs(con, home, run, withheld)
        if settings.buckets > 1:
            partition.spread(con, MODELS, work, settings.buckets)
    log.info("run %s is built from %d files", run.run_id, len(run.sources) - len(withheld))
    return work


def resolve(work: Path, number: int, settings: Settings) -> None:
    """Build what of a bucket's core needs no other bucket."""
    with open_build(partition.fresh(work, number), settings) as con:
        partition.take(con, MODELS, work, number)
        partition.resolve(con, MODELS)


def gather(work: Path, settings: Settings) -> None:
    """Build what needs all patients: of several buckets what lies across them, else all of core."""
    with open_build(work / "build.duckdb", settings) as con, reading(home_of(work).root):
        if partition.numbers(work):
            partition.gather(con, MODELS, work)
        else:
            build_models(con, MODELS, before_the_fold())


def before_the_fold() -> set[str]:
    """The models that the fold is made from."""
    return models_of("core") - TOLD


def after_the_fold() -> set[str]:
    """The models that tell what came out of it."""
    return TOLD | models_of("flag") - {"flag.candidate_panel"} | {"level", "mart", "quality"}


def models_of(schema: str) -> set[str]:
    """The names of all models of a schema."""
    return {f"{schema}.{model.stem}" for model in (MODELS / schema).glob("*.sql")}


def course(work: Path, settings: Settings) -> dict[str, int]:
    """Follow every patient with any evidence; then the flag, mart and quality models."""
    for number in partition.numbers(work):
        follow_bucket(work, number, settings)
    return join(work, settings)


def follow_bucket(work: Path, number: int, settings: Settings) -> None:
    """The rest of a bucket's core and the courses of its patients."""
    with open_build(partition.path(work, number), settings) as con:
        partition.finish(con, MODELS, work)
        _fold(con, load_run(work), settings.workers)


def join(work: Path, settings: Settings) -> dict[str, int]:
    """One build of all buckets, and the models that look at all patients; flags by status."""
    run = load_run(work)
    with open_build(work / "build.duckdb", settings) as con, reading(home_of(work).root):
        if partition.numbers(work):
            partition.join(con, MODELS, work, published_tables(DICTIONARY))
        else:
            _fold(con, run, settings.workers)
        store_checks(con, [])
        key = pseudonym_key(settings)
        lay_pseudonyms(con, key)
        build_models(con, MODELS, after_the_fold() - (TOLD if partition.numbers(work) else set()))
        if key is None:
            con.execute("DROP TABLE quality.pseudonymous_flag")
        states = con.execute(
            "SELECT status, count(*) FROM flag.patient_flag GROUP BY ALL"
        ).fetchall()
    log.info("followed courses of run %s: %d flags", run.run_id, sum(n for _, n in states))
    return dict(states)


def _fold(con: duckdb.DuckDBPyConnection, run: Run, processes: int) -> None:
    """The courses of the patients in this file, as flag.patient_flag and flag.step."""
    build_models(con, MODELS, {"flag.candidate_panel"})
    courses = follow(
        rows(con, "FROM flag.candidate_panel"),
        rows(con, "FROM core.exposure SEMI JOIN flag.candidate_panel USING (patient_key)"),
        rows(con, "FROM core.patient SEMI JOIN flag.candidate_panel USING (patient_key)"),
        rows(con, "FROM knowledge.facility"),
        load_knowledge() | {"facility_rule": rows(con, "FROM knowledge.facility_rule")},
        run.as_of,
        processes,
    )
    _store(con, "flag.patient_flag", courses.patient_flag)
    _store(con, "flag.step", courses.step)


def store_checks(con: duckdb.DuckDBPyConnection, results: list) -> None:
    con.execute("CREATE SCHEMA IF NOT EXISTS quality")
    _store(con, "quality.check_result", check_result_table(results))


def _store(con: duckdb.DuckDBPyConnection, name: str, incoming: pa.Table) -> None:
    con.register("incoming", incoming)
    con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
    con.unregister("incoming")


def rows(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return con.sql(query).to_arrow_table()
