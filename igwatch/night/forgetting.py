"""A person who is being forgotten: what is to be done is written down first, and done whole.

<home>/.forgetting.json (0600) names no patient: source files by digest, the person by keyed hashes.
While it is there every run goes on with it before anything else. Raw, archive, inbox, reports and
ledger come first; readers see the night before until the next is published; then every generation
of before goes.
"""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from igwatch.base.atomic_file import even_sized, write_whole
from igwatch.base.error import PipelineError
from igwatch.night.cut_source import (
    CutSource,
    remove_originals,
    replace_in_inbox,
    replace_in_raw,
)
from igwatch.site.home import Home
from igwatch.site.link_file import cut_links
from igwatch.site.person_hash import HashedPersons, person_hash, refuse_other_key, site_key
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from warehouse.generation import drop, drop_left, generation_folders, live_run_id
from warehouse.ledger import staged
from warehouse.ledger_rewrite import ledger_head, rewrite_ledger
from warehouse.omop.person_number import forget_numbers
from warehouse.person_record import (
    PersonRecord,
    add_person_record,
    forgotten_records,
    record_of,
)

log = logging.getLogger("igwatch")
DIGEST = "digest of a source"
LINKS = "lines_of_link_csv"
UNCHANGED = "inbox_files_that_cannot_be_changed"


@dataclass(frozen=True)
class Forgetting:
    """What is to be done: the record to be made of it, the sources to be cut, and the generations
    that were there before, which may name the person."""

    record: PersonRecord
    sources: tuple[CutSource, ...]
    generations: tuple[str, ...]


def plan_path(home: Home) -> Path:
    return home.root / ".forgetting.json"


def write_plan(home: Home, record: PersonRecord, sources: tuple[CutSource, ...]) -> None:
    """Write down what is to be done; from here on it will be."""
    record = replace(record, head=(ledger_head(home.root), None))
    before = tuple(sorted(path.name for path in generation_folders(home.root)))
    content = asdict(Forgetting(record, sources, before))
    write_whole(plan_path(home), even_sized(json.dumps(content, default=str)))


def read_plan(home: Home) -> Forgetting | None:
    """What is not finished; None: nothing. Raises PipelineError for a plan that is damaged."""
    try:
        kept = json.loads(plan_path(home).read_text(encoding="utf-8"))
        sources = tuple(CutSource.of(source) for source in kept["sources"])
        return Forgetting(record_of(kept["record"]), sources, tuple(kept["generations"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise PipelineError(
            "what was to be done to forget somebody cannot be read:",
            f"remove {plan_path(home)} and run igwatch forget again",
        ) from None


def go_on_forgetting(home: Home, settings: Settings) -> None:
    """Do what is written down, as far as it is not done: raw, archive, inbox, ledger, and the
    record. The caller holds the home and has settled it.

    Raises PipelineError without the site's key, FacilityError for settings that cannot be read.
    """
    plan = read_plan(home)
    if plan is None or _is_recorded(home, plan.record):
        return
    key = site_key(settings)
    refuse_other_key(key, [plan.record.key_fingerprint])
    if staged(home.root):
        raise PipelineError("a publication is under way:", "run this again")
    removed = dict(plan.record.removed)
    persons = HashedPersons(key, plan.record.hashes)
    for facility in sorted({cut.facility for cut in plan.sources}):
        cuts = [cut for cut in plan.sources if cut.facility == facility]
        _cut(home, settings, facility, cuts, persons, removed)
    remove_originals(home, plan.sources)
    for folder in (home.reports, home.clinic, home.validation):
        _remove_files(folder)
    _empty(home.work)
    removed[LINKS] = removed.get(LINKS, 0) + cut_links(home, persons)
    renamed = {(cut.facility, cut.sha256): cut.left for cut in plan.sources}
    names = {str(cut.left): cut.name for cut in plan.sources}
    rewrite_ledger(home.root, renamed, names, persons.is_published)
    replaced = tuple(
        (person_hash(key, DIGEST, cut.sha256), cut.left)
        for cut in plan.sources
        if cut.left != cut.sha256
    )
    head = (plan.record.head[0], ledger_head(home.root))
    made = replace(plan.record, removed=removed, replaced=replaced, head=head)
    add_person_record(home.root, made)
    log.warning("a person was forgotten: %d source files were cut", len(replaced))


def _is_recorded(home: Home, record: PersonRecord) -> bool:
    made = {(r.decided_at, r.hashes) for r in forgotten_records(home.root)}
    return (record.decided_at, record.hashes) in made


def _cut(
    home: Home,
    settings: Settings,
    facility: str,
    cuts: list[CutSource],
    persons: HashedPersons,
    removed: dict[str, int],
) -> None:
    in_force = settings_in_force(home, {facility})
    if facility not in in_force.of:
        raise in_force.faults[facility]
    replace_in_raw(home, cuts, in_force.of[facility].facility, persons, settings.workers)
    n_changed, n_left = replace_in_inbox(home, cuts, facility)
    removed["inbox_files"] = removed.get("inbox_files", 0) + n_changed
    removed[UNCHANGED] = removed.get(UNCHANGED, 0) + n_left


def _remove_files(folder: Path) -> None:
    """Remove every file below a folder, whose folders stay."""
    for path in list(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            path.unlink()


def _empty(folder: Path) -> None:
    """Remove private builds and plans of landings: they hold rows and names of before."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def refuse_half_forgotten(home: Home) -> None:
    """Raises PipelineError where readers still see a generation of before somebody was forgotten:
    nothing is to be written from it."""
    plan = read_plan(home)
    if plan is not None and live_run_id(home.root) in plan.generations:
        raise PipelineError(
            "somebody is being forgotten, and nothing was published since:", "run: igwatch run"
        )


def end_forgetting(home: Home) -> None:
    """Once a night without the person is live: remove every generation of before, and the plan."""
    plan = read_plan(home)
    if plan is None or live_run_id(home.root) in plan.generations:
        return
    for path in generation_folders(home.root):
        if path.name in plan.generations:
            drop(path)
    drop_left(home.root)
    forget_numbers(home.root)
    if not {path.name for path in generation_folders(home.root)} & set(plan.generations):
        plan_path(home).unlink()
