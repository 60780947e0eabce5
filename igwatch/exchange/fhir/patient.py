"""Patient: the person after merges and links, with the numbers that merges took away as old ones
and those that links join beside its own."""

from __future__ import annotations

from datetime import date

from igwatch.exchange.fhir.element import (
    Element,
    authority_system,
    code,
    day,
    element,
    named,
    reference,
    resource,
    said,
)
from igwatch.exchange.fhir.published import Row
from igwatch.exchange.fhir.resource_id import ResourceIds


def patient_resource(row: Row, ids: ResourceIds) -> Element:
    """The Patient of a row of query/patient.sql."""
    retired = [_identifier(each["authority"], each["number"]) for each in row["retired"]]
    linked = [_identifier(each["authority"], each["number"]) for each in row["linked"]]
    return resource(
        "Patient",
        ids.of("Patient", row["patient_key"]),
        identifier=[
            _identifier(row["assigning_authority"], row["patient_id"], "usual"),
            *({**each, "use": "old"} for each in retired),
            *({**each, "use": "secondary"} for each in linked),
        ],
        active=True,
        gender=code("Patient.gender", row["sex"]),
        birthDate=day(row["birth_date"]) or _period(row["born_from"], row["born_to"]),
        link=[
            *({"other": named("Patient", None, each), "type": "replaces"} for each in retired),
            *({"other": named("Patient", None, each), "type": "seealso"} for each in linked),
        ],
    )


def replaced_patient(was: Element, survivor_id: str | None, is_linked: bool = False) -> Element:
    """A Patient of an earlier export that is no patient any more, or another one.

    is_linked: both are in use, and what is known of the person stands with the other."""
    kept = {name: was[name] for name in ("resourceType", "id", "identifier") if name in was}
    if survivor_id is None:
        return kept | {"active": False}
    other = reference("Patient", survivor_id)
    if is_linked:
        return kept | {"active": True, "link": [{"other": other, "type": "refer"}]}
    return kept | {"active": False, "link": [{"other": other, "type": "replaced-by"}]}


def _identifier(authority: str, number: str, use: str | None = None) -> Element:
    return element(use=use, system=authority_system(authority), value=said(number))


def _period(first: date | None, last: date | None) -> str | None:
    """A date as coarse as it was sent: a year, or a month; nothing where it may be more."""
    if first is None or last is None or first.year != last.year:
        return None
    return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y}"
