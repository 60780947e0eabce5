"""A person is forgotten when they ask: out of raw, archive, inbox, ledger, generations, reports.

All numbers that merges joined go with the one that was asked for; an identifier that a link joins
stays, and is told (docs/decisions/0139). Before anything is changed it is
known which files are cut and how; then it is written down and done (igwatch/night/forgetting.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import duckdb

from igwatch.base.error import PipelineError
from igwatch.decision.person import Person, find_person
from igwatch.decision.reason import refuse_unsayable
from igwatch.night import pipeline
from igwatch.night.cut_source import CutSource, archive_cut, source_of
from igwatch.night.forgetting import end_forgetting, go_on_forgetting, write_plan
from igwatch.night.loss import mend_losses, source_files
from igwatch.night.run import landed
from igwatch.site.home import Home
from igwatch.site.person_hash import HashedPersons, fingerprint, site_key
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.named_unit import Cut
from transforms.parse.raw.source import Source
from transforms.parse.unit_cut import find_cut, mentions
from warehouse.generation import generation_folders
from warehouse.ledger import last_publication, published_statuses
from warehouse.person_record import FORGOTTEN, PersonRecord, forgotten_records, held_hashes

LINKED = """
SELECT assigning_authority, patient_id, linked_assigning_authority, linked_patient_id
FROM core.patient_link WHERE state = 'in_force'
"""
SHORTEST_NUMBER = 4  # of fewer signs, a number stands in a file's name by chance
"""A file's name with a number of so many signs anywhere in it tells whose it is."""


@dataclass(frozen=True)
class Asked:
    """Who asks that whom be forgotten, and why."""

    number: str
    facility: str
    authority: str | None
    why: str
    decided_by: str


@dataclass(frozen=True)
class Found:
    """A source that holds something of the person."""

    source: Source
    feed: Facility
    cut: Cut
    is_renamed: bool


def forget(
    home: Home, settings: Settings, asked: Asked, say: Callable[[str], None], is_dry: bool = False
) -> dict[str, int]:
    """Take a person out of everything below the home and publish anew; what was removed, by kind.

    is_dry: only what would be. The caller holds the home. Raises PipelineError where nobody or
    several are meant, for a person whom the law holds, without the site's key, and when nothing
    could be published: then the next run goes on.
    """
    refuse_unsayable(home, asked.why, asked.decided_by)
    key = site_key(settings)
    mend_losses(home, settings)
    say("looking for the person")
    person = find_person(home, settings, asked.number, asked.facility, asked.authority)
    hashes = person.hashes(key)
    refuse_held(home, person.published_hashes(key))
    say("looking through the archive")
    found = list(_found(home, person, HashedPersons(key, hashes)))
    removed = _counts(home, person, found)
    if is_dry:
        return removed | _mentions(home, person, found)
    say("cutting files, and taking the person out of raw, archive, ledger and reports")
    record = PersonRecord(
        FORGOTTEN,
        hashes,
        fingerprint(key),
        asked.decided_by.strip(),
        asked.why.strip(),
        asked.facility,
        removed=removed,
    )
    write_plan(home, record, tuple(_archived(home, found)))
    go_on_forgetting(home, settings)
    done = dict(forgotten_records(home.root)[-1].removed)
    mentioned = _mentions(home, person, [])
    _publish(home, settings, say)
    return done | mentioned


def refuse_held(home: Home, hashes: Iterable[str]) -> None:
    """Raises PipelineError for a person whom the law holds."""
    if held_hashes(home.root) & set(hashes):
        raise PipelineError(
            "a legal hold keeps this person:", "igwatch forget ... --release-hold ends it"
        )


def _found(home: Home, person: Person, whom: HashedPersons) -> Iterator[Found]:
    """The sources with anything of the person, in raw or passed over, or with a telling name."""
    in_force = settings_in_force(home, {facility for facility, _ in landed(home)})
    for row in source_files(home).to_pylist():
        source = source_of(home, row)
        feed = in_force.of[source.facility].facility
        is_in_raw = (source.facility, source.sha256) in person.sources
        is_renamed = _tells(source.name, person, whom)
        is_archived = source.path.is_file()
        cut = Cut()
        if is_archived and (is_in_raw or mentions(source.path, person.numbers)):
            cut = find_cut(source, feed, whom)
        if cut.n_theirs or is_renamed or (is_in_raw and not is_archived):
            yield Found(source, feed, cut, is_renamed)


def _tells(name: str, person: Person, whom: HashedPersons) -> bool:
    long = (number for number in person.numbers if len(number) >= SHORTEST_NUMBER)
    return whom.is_mentioned(name) or any(number in name for number in long)


def _archived(home: Home, found: Iterable[Found]) -> Iterator[CutSource]:
    for each in found:
        yield archive_cut(home, each.source, each.cut, each.feed, each.is_renamed)


def _counts(home: Home, person: Person, found: list[Found]) -> dict[str, int]:
    statuses = published_statuses(home.root).to_pylist()
    whose = [(row["assigning_authority"], row["patient_id"]) for row in statuses]
    return {
        "identifiers": len(person.published),
        "messages_and_rows": sum(each.cut.n_theirs for each in found),
        "of_these_with_others_in_them": sum(each.cut.n_shared for each in found),
        "files_cut": sum(bool(each.cut.n_theirs and each.cut.n_others) for each in found),
        "files_removed": sum(bool(each.cut.n_theirs and not each.cut.n_others) for each in found),
        "files_of_which_only_rows_are_kept": sum(not each.source.path.is_file() for each in found),
        "files_renamed": sum(each.is_renamed for each in found),
        "changes_of_status": sum(each in person.published for each in whose),
        "linked_identifiers_that_stay": len(_linked(home, person)),
        "generations": len(generation_folders(home.root)),
        "reports": sum(
            path.is_file()
            for folder in (home.reports, home.validation)
            for path in folder.rglob("*")
        ),
    }


def _linked(home: Home, person: Person) -> set[tuple[str, str]]:
    """The identifiers that the live generation links with this person: nobody asked for these."""
    if not home.catalogue.exists():
        return set()
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        try:
            linked = con.execute(LINKED).fetchall()
        except duckdb.Error:  # of a release without links
            return set()
    sides = [((a, b), (c, d)) for a, b, c, d in linked]
    both = [*sides, *((other, one) for one, other in sides)]
    return {other for one, other in both if one in person.published} - person.published


def _mentions(home: Home, person: Person, found: list[Found]) -> dict[str, int]:
    """How many files hold one of the numbers in what is somebody else's: it stays."""
    cut = {each.source.sha256 for each in found}
    others = {sha256 for _, sha256 in landed(home)} - cut
    paths = [home.archive / sha256[:2] / sha256 for sha256 in others]
    n = sum(path.is_file() and mentions(path, person.numbers) for path in paths)
    return {"files_of_others_with_the_number": n}


def _publish(home: Home, settings: Settings, say: Callable[[str], None]) -> None:
    """The last night again, without the person; then what was published before goes."""
    last = last_publication(home.root)
    if last is None:
        end_forgetting(home)
        return
    say("publishing anew")
    work = pipeline.build(home, settings, last.as_of)
    pipeline.course(work, settings)
    pipeline.check(home, work, settings)
    pipeline.publish(home, work, settings)
    pipeline.report(home, settings)
