"""Who was forgotten does not come back: what a feed sends of them again is held, night by night.

Every source that is new is looked through before a build, message by message; the parts of persons
who were forgotten are cut out of archive and raw. Of what was held ledger/person/held tells how
much, when and of which feed, and nothing else. The delivered file in the inbox is the sender's and
stays as it is (docs/decisions/0113).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from igwatch.base.atomic_file import write_whole
from igwatch.night.cut_source import archive_cut, remove_originals, replace_in_raw, source_of
from igwatch.night.loss import source_files
from igwatch.site.home import Home
from igwatch.site.person_hash import HashedPersons, person_hash, refuse_other_key, site_key
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.named_unit import Cut
from transforms.parse.raw.source import Source
from transforms.parse.unit_cut import find_cut
from warehouse.ledger import last_publication
from warehouse.person_record import forgotten_records

log = logging.getLogger("igwatch")
REASON = "forgotten_person"


def forgotten_persons(home: Home, settings: Settings) -> HashedPersons | None:
    """Everybody who was forgotten; None: nobody was.

    Raises PipelineError without the key that they are known by.
    """
    records = forgotten_records(home.root)
    if not records:
        return None
    key = site_key(settings)
    refuse_other_key(key, {record.key_fingerprint for record in records})
    return HashedPersons(key, {each for record in records for each in record.hashes})


def hold_forgotten(home: Home, settings: Settings) -> int:
    """Cut out of every source that was never published what is of a person who was forgotten;
    return how many messages, rows and resources were held. The caller holds the home.

    Raises PipelineError as `forgotten_persons` does.
    """
    persons = forgotten_persons(home, settings)
    if persons is None:
        return 0
    last = last_publication(home.root)
    known = set(last.sources if last else ())
    landed = (source_of(home, row) for row in source_files(home).to_pylist())
    new = [source for source in landed if (source.facility, source.sha256) not in known]
    in_force = settings_in_force(home, {source.facility for source in new})
    n_held = 0
    for facility in sorted({source.facility for source in new} & in_force.of.keys()):
        feed = in_force.of[facility].facility
        of_feed = [source for source in new if source.facility == facility]
        n_held += _hold(home, settings, feed, of_feed, persons)
    if n_held:
        log.warning("%d messages or rows of persons who were forgotten are held", n_held)
    return n_held


def _hold(
    home: Home, settings: Settings, feed: Facility, sources: list[Source], persons: HashedPersons
) -> int:
    """Cut the sources of one feed; how many parts of them were held."""
    n_held = 0
    cuts = []
    for source in sources:
        if not source.path.is_file():
            continue
        cut = find_cut(source, feed, persons)
        if cut.n_theirs:
            n_held += cut.n_theirs
            _note(home, settings, source, cut)
            is_renamed = persons.is_mentioned(source.name)
            cuts.append(archive_cut(home, source, cut, feed, is_renamed))
    if cuts:
        replace_in_raw(home, cuts, feed, persons, settings.workers)
        remove_originals(home, cuts)
    return n_held


def _note(home: Home, settings: Settings, source: Source, cut: Cut) -> None:
    """Tell how much of a source was held; the same bytes again are the same note."""
    digest = person_hash(site_key(settings), "held source", source.sha256)
    place = home.ledger / "person" / "held" / f"{source.facility}-{digest[:16]}.json"
    note = {
        "facility": source.facility,
        "held_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "n": cut.n_theirs,
    }
    write_whole(place, json.dumps(note))


def held_of_forgotten(home: Home) -> list[dict[str, Any]]:
    """Of each source that somebody forgotten was cut out of: facility, held_at, n; oldest first."""
    notes = (home.ledger / "person" / "held").glob("*.json")
    found = [json.loads(path.read_text(encoding="utf-8")) for path in notes]
    return sorted(found, key=lambda note: (note["held_at"], note["facility"]))
