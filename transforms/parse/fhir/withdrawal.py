"""Reports and requests that were taken back as a whole, to raw.order_withdrawal.

Only in an exchange, whose results are known by the numbers of their order (v2-to-FHIR makes them of
OBR-25 and ORC-1). On a server each Observation says itself that it was entered in error.
"""

from __future__ import annotations

from datetime import tzinfo

from transforms.parse.fhir.element import codings, concept_text, elements, text_of
from transforms.parse.fhir.moment import Moment, moment, stated_time
from transforms.parse.fhir.order import FILLER, PLACER, number_of
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.hl7.patient import Patient
from transforms.parse.hl7.row_buffer import RowBuffer

_TAKEN_BACK = frozenset(["cancelled", "entered-in-error", "revoked"])


def is_withdrawal(sent: SentResource) -> bool:
    """Whether a DiagnosticReport or a ServiceRequest takes its order back."""
    return (text_of(sent.content, "status") in _TAKEN_BACK) and not sent.bundle.has_server_ids


def read_withdrawal(
    sent: SentResource, patient: Patient, at: Moment, buffer: RowBuffer, zone: tzinfo
) -> None:
    """Put a row, or a reject, for a withdrawn order into the buffer."""
    stated = elements(sent.content.get("identifier"))
    placer, filler = number_of(stated, PLACER), number_of(stated, FILLER)
    if patient.refusal or not (placer or filler):
        reason = patient.refusal or "withdrawal_without_number"
        field = f"{sent.type}.{'subject' if patient.refusal else 'identifier'}"
        buffer.refuse(sent.place.reject("message", "message", reason, field=field))
        return
    code = sent.content.get("code")
    written, _ = stated_time(sent.content, "effective")
    buffer.add(
        "order_withdrawal",
        sent.place.number,
        sent.place.line,
        at.local,
        at.utc,
        at.span_seconds,
        *patient[:5],
        placer,
        filler,
        next((c.code for c in codings(code) if c.code), None) or concept_text(code),
        None,
        moment(written, zone).local if written else None,
        None,
        (text_of(sent.content, "status") or "").upper(),
    )
