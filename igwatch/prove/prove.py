"""Would he have been found tonight: canaries of every feed, read and followed in a scratch home.

They are shaped after what landed last, so a laboratory that changed a code, a unit, a header or a
word tonight has canaries that carry the change, and they are lost where the change bites. They
never come near raw, counts or reports; nothing of a real message is in their bytes
(igwatch/prove/carried.py). A site's own changes of the rules are left out: canaries prove the feed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb

from igwatch.base.atomic_file import write_whole
from igwatch.base.paths import MODELS
from igwatch.base.sql import rows
from igwatch.night.build import begin, build, follow_alone, model_graph
from igwatch.night.inputs import open_build
from igwatch.night.proof import (
    NOT_PROVEN,
    Outcome,
    Proof,
    keep_proof,
    read_proof,
    sources_digest,
)
from igwatch.night.run import Run, code_version, plan_run
from igwatch.prove.delimited_canary import TIMES
from igwatch.prove.dialect import CanaryGroup, group_of
from igwatch.prove.loss import Ended, outcomes
from igwatch.prove.shape import FOLDER, MODELS_ASKED, feeds_of
from igwatch.prove.source import Source
from igwatch.site.facility_knowledge import message_filter_of
from igwatch.site.home import Home
from igwatch.site.scratch import scratch
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import copy_in_force
from transforms.knowledge import check_threshold, knowledge_version
from transforms.parse.facility.facility import Facility
from transforms.parse.land import land
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock
from warehouse.build_models import build_models

log = logging.getLogger("igwatch")
MINUTE = 60
ENDS = ("core.measurement", "flag.patient_flag", "result.disposition")


def prove_night(home: Home, settings: Settings, as_of: date) -> Proof:
    """The proof of tonight, kept for the steps behind it; asked again only where something that it
    rests on has changed. It ends no night: what goes wrong is its `fault`, by its kind alone.
    """
    try:
        proof = prove(home, settings, as_of, before=read_proof(home))
    except Exception as fault:  # noqa: BLE001 a canary must never cost a night
        proof = _not_asked(type(fault).__name__)
    try:
        keep_proof(home, proof)
    except OSError as fault:
        log.error("what the canaries came to could not be kept: %s", type(fault).__name__)
    log.info("%d canaries, %d lost", len(proof.outcomes), len(proof.lost))
    return proof


def prove(
    home: Home,
    settings: Settings,
    as_of: date,
    only: Collection[str] = (),
    before: Proof | None = None,
) -> Proof:
    """Ask the canaries of every feed of results, or of those in `only`; the home is only read.

    before: an earlier proof, which is given back where it rests on the same.
    """
    run = plan_run(home, as_of)
    newest = newest_sources(home, run)
    digest = _digest(run, newest, only)
    landed = sources_digest(run.sources)
    if before and before.digest == digest and before.fault is None:
        return replace(before, sources_digest=landed)
    if not newest:
        return Proof(digest, landed)
    whole = settings.model_copy(update={"buckets": 1})
    with scratch(home) as folder:
        groups = written(home, whole, run, newest, only)
        found = _asked(home, folder, whole, run, groups)
    return Proof(digest, landed, tuple(found))


def _not_asked(fault: str) -> Proof:
    """The proof of a night on which no canary could be asked."""
    outcome = Outcome(None, "all", "", NOT_PROVEN, why=f"the canaries could not be asked ({fault})")
    return Proof("", "", (outcome,), fault)


def newest_sources(home: Home, run: Run) -> list[tuple[str, str]]:
    """The newest sources of each feed that has settings."""
    files = raw_files(home.root, "source_file")
    if files is None:
        return []
    given = {
        "files": files,
        "window_days": check_threshold("canary_window_days"),
        "n_rows": check_threshold("canary_rows"),
    }
    query = (FOLDER / "newest_source.sql").read_text(encoding="utf-8")
    with duckdb.connect() as con, read_lock(home.root):
        found = {tuple(row.values()) for row in rows(con, query, given).to_pylist()}
    return sorted(found & set(run.sources) - run.unreadable)


def _digest(run: Run, newest: list[tuple[str, str]], only: Collection[str]) -> str:
    """Of what the canaries are shaped after, and of all that decides what becomes of them."""
    settings = [facility.model_dump(mode="json") for facility in run.facilities]
    rests_on = (newest, settings, code_version(), knowledge_version(), sorted(only))
    return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()


@contextmanager
def _shaped(
    home: Home, settings: Settings, run: Run, newest: list[tuple[str, str]]
) -> Iterator[Source]:
    """How every feed writes, asked in a private build of its newest sources."""
    work = home.work / f"prove-{uuid4().hex[:12]}"
    try:
        begin(home, settings, run.as_of, None, set(run.sources) - set(newest), work, run)
        with open_build(work / "build.duckdb", settings) as con, read_lock(home.root):
            build_models(con, MODELS, model_graph().above(MODELS_ASKED))
            feeds = feeds_of(con)
            files = rows(con, (FOLDER / "newest_file.sql").read_text("utf-8")).to_pylist()
            refused = rows(con, (FOLDER / "refused_message.sql").read_text("utf-8")).to_pylist()
            in_doubt = rows(
                con, (FOLDER / "refused_row.sql").read_text("utf-8"), {"times": list(TIMES)}
            ).to_pylist()
        yield Source(
            home.root,
            feeds,
            {(row["facility"], row["content"]): row["newest"] for row in files},
            {row["facility"]: row["newest"] for row in refused},
            {row["facility"]: row["newest"] for row in in_doubt},
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def written(
    home: Home,
    settings: Settings,
    run: Run,
    newest: list[tuple[str, str]],
    only: Collection[str] = (),
) -> list[CanaryGroup]:
    """The canaries of each feed of results, with the bytes that the scratch home is given."""
    with _shaped(home, settings, run, newest) as source:
        return list(_groups(source, run, only))


def _groups(source: Source, run: Run, only: Collection[str]) -> Iterator[CanaryGroup]:
    by_name = {facility.name: facility for facility in run.facilities}
    for name, feed in sorted(source.feeds.items()):
        if feed.usual and (not only or name in only):
            yield group_of(source, by_name[name], _exposures_of(name, source, by_name), run.as_of)


def _exposures_of(name: str, source: Source, by_name: dict[str, Facility]) -> Facility | None:
    """The feed by which a laboratory's drugs come, if it promises them: a stated one, its own, or
    one that sends nothing else."""
    facility = by_name[name]
    if facility.exposure_feed != "complete":
        return None
    others = [n for n, feed in sorted(source.feeds.items()) if not feed.usual]
    for other in facility.exposure_from or (name, *others):
        if other in source.feeds and source.feeds[other].medications:
            return by_name.get(other)
    return None


def _asked(
    home: Home, folder: Path, settings: Settings, run: Run, groups: list[CanaryGroup]
) -> list[Outcome]:
    """What became of all groups in one scratch home."""
    by_name = {facility.name: facility for facility in run.facilities}
    found = [outcome for group in groups for outcome in group.not_proven]
    if any(group.files for group in groups):
        aside = Home(folder / "prove").prepare()
        _deliver(home, aside, groups, by_name)
        work = build(aside, settings, run.as_of)
        follow_alone(work, settings, ENDS)
        with open_build(work / "build.duckdb", settings) as con, read_lock(aside.root):
            ended = Ended.of(con)
        for group in groups:
            found += outcomes(group, by_name[group.facility], ended)
    return sorted(found, key=lambda one: (one.facility, one.canary, one.way))


def _deliver(
    home: Home, aside: Home, groups: list[CanaryGroup], by_name: dict[str, Facility]
) -> None:
    """Land every canary in the scratch home, by the settings that the night goes by; the files of a
    feed one after the other, for some feeds say when only by that."""
    for group in groups:
        for number, ((facility, name), content) in enumerate(group.files.items()):
            copy_in_force(home, facility, aside)
            (aside.facility / f"{facility}.rules.csv").unlink(missing_ok=True)
            path = write_whole(aside.inbox / facility / name, content)
            delivered_at = time.time() + MINUTE * number
            os.utime(path, (delivered_at, delivered_at))
            feed = by_name[facility]
            land(path, aside.root, feed, message_filter_of(feed))
