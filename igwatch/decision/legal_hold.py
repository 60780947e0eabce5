"""A legal hold: while it lasts a person cannot be forgotten, and no archived file goes."""

from __future__ import annotations

from igwatch.base.error import PipelineError
from igwatch.decision.forget import Asked
from igwatch.decision.person import find_person
from igwatch.decision.reason import refuse_unsayable
from igwatch.site.home import Home
from igwatch.site.person_hash import fingerprint, site_key
from igwatch.site.settings import Settings
from warehouse.person_record import (
    HOLD,
    RELEASED,
    PersonRecord,
    add_person_record,
    held_hashes,
)


def hold(home: Home, settings: Settings, asked: Asked, kind: str = HOLD) -> PersonRecord:
    """Record that the law holds a person, or holds them no longer (RELEASED).

    Raises PipelineError where nobody or several are meant, where there is no hold to be released,
    without the site's key, and for a reason that says nothing or names a patient.
    """
    refuse_unsayable(home, asked.why, asked.decided_by)
    key = site_key(settings)
    person = find_person(home, settings, asked.number, asked.facility, asked.authority)
    hashes = person.published_hashes(key)
    if kind == RELEASED and not held_hashes(home.root) & set(hashes):
        raise PipelineError("no legal hold keeps this person:", "there is nothing to release")
    who, why = asked.decided_by.strip(), asked.why.strip()
    made = PersonRecord(kind, hashes, fingerprint(key), who, why, asked.facility)
    return add_person_record(home.root, made)
