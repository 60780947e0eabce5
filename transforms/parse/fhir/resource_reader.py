"""Reads the resources of a file one by one: each to the reader of its type, or told why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa

from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.bundle import Fault
from transforms.parse.fhir.element import elements, text, text_of
from transforms.parse.fhir.exposure import ExposureReader
from transforms.parse.fhir.exposure_kind import KINDS
from transforms.parse.fhir.interest import Interest
from transforms.parse.fhir.moment import Moment, moment
from transforms.parse.fhir.observation import ObservationReader, results_of
from transforms.parse.fhir.own_export import is_normalised_by_us
from transforms.parse.fhir.patient_rows import PatientReader
from transforms.parse.fhir.person import People
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.result_rows import ResultRows
from transforms.parse.fhir.sent_resource import SentResource, processing_ids_of
from transforms.parse.fhir.withdrawal import is_withdrawal, read_withdrawal
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.reject import Reject, shape
from transforms.parse.raw.source import Source

BATCH_ROWS = 8_192
_ORDERS = frozenset(["DiagnosticReport", "ServiceRequest"])
_GRAVE = frozenset(["error", "fatal"])
Batch = tuple[str, pa.RecordBatch]


class ResourceReader:
    """`n_results` counts the results so far, `n_skipped` those of them that name nothing of
    interest or are igwatch's own; `last_at` is the latest time that a resource states."""

    def __init__(
        self,
        source: Source,
        facility: Facility,
        references: References,
        message_filter: MessageFilter | None,
    ) -> None:
        self._facility, self._zone = facility, facility.zone_info
        self.buffer = RowBuffer(source)
        self.rows = ResultRows(source)
        self._interest = Interest(message_filter, references)
        self._people = People(facility, references)
        delivered = source.delivered_at.replace(tzinfo=UTC).astimezone(self._zone)
        local = delivered.replace(tzinfo=None)
        self._delivered = Moment(local, source.delivered_at, 0)
        self._observations = ObservationReader(references, self.rows, facility)
        self._patients = PatientReader(self._people, references, self.buffer)
        self._exposures = ExposureReader(references, self.buffer, facility, self._zone, local)
        self.n_results = self.n_skipped = 0
        self.last_at: datetime | None = None

    def read(self, sent: SentResource | Fault) -> None:
        """Read one resource; a fault of the file is told."""
        if isinstance(sent, Fault):
            where = {"field": sent.field}
            self.buffer.refuse(sent.place.reject("message", "message", sent.reason, **where))
        elif sent.type == "Observation":
            self._read_observation(sent)
        elif sent.type == "Patient" or sent.type in KINDS or sent.type in _ORDERS:
            self._read_other(sent)
        elif sent.type == "OperationOutcome":
            self._read_outcome(sent)

    def flush(self) -> Iterator[Batch]:
        """Everything that waits, as batches."""
        if (batch := self.rows.flush()) is not None:
            yield "observation", batch
        yield from self.buffer.flush()

    @property
    def is_full(self) -> bool:
        """Whether enough rows wait."""
        return len(self.rows) >= BATCH_ROWS or self.buffer.n_waiting >= BATCH_ROWS

    def _read_observation(self, sent: SentResource) -> None:
        results, n_unread = results_of(sent.content)
        n_results = len(results) + n_unread
        self.n_results += n_results
        if is_normalised_by_us(sent.content) or not self._interest.wants(sent):
            self._said_at(sent)
            self.n_skipped += n_results
            return
        refused = self._not_read(sent)
        patient = self._people.subject(sent, "subject")
        if not refused and patient.refusal:
            refused = (patient.refusal, f"Observation.{patient.field}", patient.found)
        if not refused:
            for reject in self._observations.read(sent, patient, self._said_at(sent), results):
                self.buffer.refuse(reject)
            if n_unread:
                unread = ("component_unread", "Observation.component", None)
                self._refuse(sent, "result", unread, n_unread)
        else:
            self._refuse(sent, "result", refused, n_results)

    def _read_other(self, sent: SentResource) -> None:
        if refused := self._not_read(sent):
            self._refuse(sent, "exposure" if sent.type in KINDS else "message", refused, 0)
        elif sent.type == "Patient":
            self._patients.read(sent, self._said_at(sent))
        elif sent.type in KINDS:
            patient = self._people.subject(sent, KINDS[sent.type].about)
            self._exposures.read(sent, patient)
        elif is_withdrawal(sent):
            patient = self._people.subject(sent, "subject")
            read_withdrawal(sent, patient, self._said_at(sent), self.buffer, self._zone)

    def _read_outcome(self, sent: SentResource) -> None:
        """A server tells in its export that it could not give all that was asked for."""
        severities = {text_of(each, "severity") for each in elements(sent.content.get("issue"))}
        if severities & _GRAVE:
            told = ("export_reports_error", "OperationOutcome.issue", None)
            self._refuse(sent, "message", told, 0)

    def _not_read(self, sent: SentResource) -> tuple[str, str, str | None] | None:
        """Why a resource is not read whatever it says: reason, element, shape."""
        stated = [*sent.bundle.processing_ids, *processing_ids_of(sent.content)]
        for processing_id in stated:
            if not self._facility.is_production(processing_id):
                return "not_production", "meta.tag", shape(processing_id)
        if sent.content.get("modifierExtension"):
            return "modifier_not_known", f"{sent.type}.modifierExtension", None
        return None

    def _refuse(
        self, sent: SentResource, unit: str, refused: tuple[str, str, str | None], n_results: int
    ) -> None:
        reason, field, found = refused
        details = {"field": field, "found": found, "n_results": n_results}
        reject: Reject = sent.place.reject("message", unit, reason, **details)
        self.buffer.refuse(reject)

    def _said_at(self, sent: SentResource) -> Moment:
        """When a resource was said: its last update, else when its Bundle was put together, else
        when it was issued, else the delivery."""
        updated = text_of(sent.content, "meta", "lastUpdated")
        for written in (updated, sent.bundle.at, text(sent.content.get("issued"))):
            if written and (found := moment(written, self._zone)).local:
                self.last_at = max(found.local, self.last_at or found.local)
                return found
        return self._delivered
