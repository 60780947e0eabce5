"""The steps of a night, in order: land, build, course, check, publish, report.

The command line and the DAGs call these same functions. Between steps only paths and counts
travel; the build lies in a private folder below <home>/work until it is published.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.check import CheckResult, worst_severity
from expectations.data_docs import write_data_docs
from expectations.verdict import read_verdicts
from igwatch.base.error import PipelineError
from igwatch.base.paths import DICTIONARY
from igwatch.base.sql import rows
from igwatch.night.build import build, course
from igwatch.night.check_build import (
    check_faults,
    check_flags,
    check_read,
    findings_of,
    first_failure,
    is_withheld,
    store_results,
)
from igwatch.night.check_rules import check_rules
from igwatch.night.clearance import clear, refuse_uncleared
from igwatch.night.clinic_share import share_letters, share_with_clinics
from igwatch.night.fault import Fault
from igwatch.night.forgetting import end_forgetting, refuse_half_forgotten
from igwatch.night.inputs import duckdb_limits, open_build
from igwatch.night.landing import Landing, land_batches, plan_landing, vanished_inboxes
from igwatch.night.loss import damage_told, mend_losses, source_files, unarchived
from igwatch.night.metrics import forget_parts, write_metrics
from igwatch.night.proof import Proof
from igwatch.night.run import load_run
from igwatch.night.step import night_step
from igwatch.night.urgent import alarm_unseen, keep_urgent, urgent_in
from igwatch.site.facility_knowledge import shown_count
from igwatch.site.full_disk import tells_full_disk
from igwatch.site.home import Home
from igwatch.site.home_lock import hold_home
from igwatch.site.scratch import scratch
from igwatch.site.settings import Settings
from igwatch.site.signature_line import signature_lines, write_readme
from transforms.parse.inbox import misplaced_files
from warehouse.catalogue import CatalogueError, write_catalogues
from warehouse.delivered import note_delivered
from warehouse.generation import Generation
from warehouse.ledger import confirm, stage
from warehouse.omop.catalogue import write_omop
from warehouse.publish import publish as publish_build
from warehouse.settle import settle

log = logging.getLogger("igwatch")


@dataclass(frozen=True)
class NightResult:
    """What a whole run came to. `withheld`: the facilities whose new files failed a critical check;
    `faults` keep new files of theirs out as well."""

    generation: Generation
    landing: Landing
    withheld: tuple[str, ...]
    conservation: list[dict[str, Any]]
    reports: tuple[Path, ...]
    vanished: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    unarchived: tuple[tuple[str, str], ...] = ()
    proof: Proof | None = None


@tells_full_disk
def land(home: Home, settings: Settings) -> Landing:
    """Take every settled file of the inbox into archive and raw, the same bytes only once; read
    again what was read with other settings than today's, and what raw has lost (mend_losses)."""
    mend_losses(home, settings)
    plan = plan_landing(home, settings)
    total = Landing(n_known=plan.n_known, faults=plan.faults)
    if plan.n_batches:
        total.add(land_batches(home, settings, plan.path, range(plan.n_batches)))
    plan.path.unlink()
    total.overlooked = misplaced_files(home.inbox)
    counts = (total.n_new, total.n_reread, len(total.overlooked))
    log.info("landed %d new files; %d read again; %d are no feed's and stay", *counts)
    return total


@tells_full_disk
def check(home: Home, work: Path, settings: Settings) -> tuple[str, ...]:
    """Check what was read and what is to be flagged; return the facilities that are withheld.

    A facility whose new rows fail a critical check is built again without its new files, so the
    others go through. Raises PipelineError when what is to be flagged fails a critical check.
    """
    run = load_run(work)
    if is_withheld(work, settings, run):  # a check cut short: look at all that is new again
        _build_again(home, work, settings, withheld=frozenset())
    verdicts = read_verdicts(home.verdicts)
    results = check_read(work, settings, run, verdicts)
    failed = sorted(name for name, worst in worst_severity(results).items() if worst == "critical")
    if failed:
        withheld = frozenset(source for source in run.new if source[0] in failed)
        urgent = urgent_in(work, settings, withheld)
        _build_again(home, work, settings, withheld, urgent)
    results += check_faults(run)
    results += check_flags(work, settings, run, verdicts)
    verdicts.write(home.verdicts)
    store_results(work, settings, results)
    page = write_data_docs(results, home.reports / "checks", shown_count(run.facilities))
    _refuse_critical(results, page)
    clear(work)
    return tuple(failed)


def _build_again(
    home: Home,
    work: Path,
    settings: Settings,
    withheld: frozenset[tuple[str, str]],
    urgent: pa.Table | None = None,
) -> None:
    """The same night once more, without these of its new source files; urgent ones in them stay."""
    run = load_run(work)
    build(home, settings, run.as_of, run.known_by, withheld, work, run)
    if urgent is not None:
        keep_urgent(work, settings, urgent)
    course(work, settings)


def _refuse_critical(results: list[CheckResult], page: Path) -> None:
    """Raise PipelineError where a critical check over all facilities does not hold."""
    if worst_severity(results).get("*") == "critical":
        raise PipelineError(f"nothing published: {first_failure(results)}", f"see {page}")


@tells_full_disk
def publish(home: Home, work: Path, settings: Settings) -> Generation:
    """Make the build the live generation in one swap, note it in the ledger, drop the workbench.

    Raises PipelineError for a build that no check let through or that another night overtook."""
    settle(home.root)
    run = load_run(work)
    refuse_uncleared(home, work, run)
    file = work / "build.duckdb"
    with open_build(file, settings) as con:
        sources = con.execute("SELECT facility, source_sha256 FROM run.source").fetchall()
        findings = findings_of(con, run)
    note_delivered(home.root, run.run_id, source_files(home))
    generation = publish_build(
        file,
        home.root,
        run.run_id,
        DICTIONARY,
        settings.keep_generations,
        duckdb_limits(settings) | {"temp_directory": str(work / "spill")},
        lambda written: stage(
            home.root,
            written.run_id,
            written.as_of,
            written.parquet("flag.transition"),
            run.input_digest,
            run.previous_run_id,
            sources,
            findings=findings,
        ),
    )
    confirm(home.root)
    write_catalogues(home.root, DICTIONARY)
    _write_omop(home)
    shutil.rmtree(work)
    log.info("published generation %s", run.run_id)
    alarm_unseen(home)
    return generation


def _write_omop(home: Home) -> None:
    """A fault of the site's concept.csv leaves omop.duckdb as it is, and the night goes on."""
    try:
        write_omop(home.root)
    except CatalogueError as error:
        log.warning("omop.duckdb is not written anew: %s", error)


@tells_full_disk
def report(home: Home, settings: Settings) -> tuple[Path, ...]:
    """Write one report per clinic and the quality page from the live generation.

    Raises ReportError, where one clinic's report is at fault when all others are written.
    """
    from reports.clinic_files import (  # altair and openpyxl take a second
        clinics_of_pages,
        write_clinic_reports,
    )
    from reports.quality_page import write_quality_page

    refuse_half_forgotten(home)
    generation, out = home.live.resolve(), home.reports
    with scratch(home):
        limits = duckdb_limits(settings)
        signatures = signature_lines(home, settings)
        quality = write_quality_page(generation, out, shown_count(()), signatures, limits)
        try:
            clinics = write_clinic_reports(generation, out, signatures, limits, home.letter)
        finally:  # one clinic's fault is not the others'
            share_with_clinics(home, clinics_of_pages(out), limits)
    write_readme(home, settings)
    end_forgetting(home)
    return (*clinics, quality)


@tells_full_disk
def letters(home: Home, settings: Settings) -> dict[str, list[Path]]:
    """Write a letter for each repeat that is due, as text files beside the reports, by clinic."""
    if not home.live.exists():
        raise PipelineError("nothing is published yet", "run: igwatch run")
    refuse_half_forgotten(home)
    from reports.clinic_files import clinics_of_pages, write_letters

    with scratch(home):
        limits = duckdb_limits(settings)
        live, signatures = home.live.resolve(), signature_lines(home, settings)
        written = write_letters(live, home.reports, home.letter, limits, signatures)
        share_letters(home, clinics_of_pages(home.reports))
    return written


@tells_full_disk
def run_night(
    home: Home,
    settings: Settings,
    as_of: date,
    known_by: datetime | None = None,
    say: Callable[[str], None] = log.info,
    prove: Callable[[Home, Settings, date], Proof] | None = None,
) -> NightResult:
    """All steps of a night, saying which one is being done; `prove` asks the canaries, where given
    (igwatch/prove/prove.py)."""
    check_rules()

    def during(step: str) -> AbstractContextManager[None]:
        return night_step(home, settings, step)

    with hold_home(home), damage_told(home), scratch(home):
        forget_parts(home)
        say("landing what was delivered")
        with during("land"):
            landing = land(home, settings)
        proof = None
        if prove:
            say("asking the canaries")
            with during("prove"):
                proof = prove(home, settings, as_of)
        say(f"building from raw as of {as_of}")
        with during("build"):
            work = build(home, settings, as_of, known_by)
        say("following each patient's course")
        with during("course"):
            course(work, settings)
        say("checking")
        with during("check"):
            withheld = check(home, work, settings)
        sums = conservation(work, settings)
        faults = load_run(work).faults
        say("publishing")
        with during("publish"):
            generation = publish(home, work, settings)
        say("writing reports")
        with during("report"):
            reports = report(home, settings)
        gone = vanished_inboxes(home)
        log.info("night %s", json.dumps(write_metrics(home, settings, gone), sort_keys=True))
    return NightResult(
        generation,
        landing,
        withheld,
        sums,
        reports,
        tuple(gone),
        faults,
        tuple(unarchived(home)),
        proof,
    )


def conservation(work: Path, settings: Settings) -> list[dict[str, Any]]:
    """How many files, messages and results were read and where each ended, unsuppressed."""
    with open_build(work / "build.duckdb", settings) as con:
        return rows(con, "FROM tally.conservation ORDER BY ALL").to_pylist()
