"""The raw contract: the Arrow schema every parser must meet, one per raw table.

Names are HL7 v2's, in snake case; warehouse/dictionary.csv says which element each column holds.
Everything a feed sent stays text. Times are naive and local to the facility, but for those
named `_utc`.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa

TEXT = pa.string()
COUNT = pa.int32()
BYTES = pa.int64()
DATE = pa.date32()
TIME = pa.timestamp("us")

OBSERVATION = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("message_number", COUNT),
        ("line_number", COUNT),
        ("position", COUNT),
        ("message_control_id", TEXT),
        ("message_type", TEXT),
        ("sending_facility", TEXT),
        ("message_at", TIME),
        ("message_at_utc", TIME),
        ("message_at_span_seconds", COUNT),
        ("patient_id", TEXT),
        ("assigning_authority", TEXT),
        ("assigning_authority_universal_id", TEXT),
        ("assigning_facility", TEXT),
        ("identifier_type_code", TEXT),
        ("patient_identifier_list", TEXT),
        ("national_number", TEXT),
        ("birth_date", DATE),
        ("birth_date_source_value", TEXT),
        ("administrative_sex", TEXT),
        ("placer_order_number", TEXT),
        ("filler_order_number", TEXT),
        ("universal_service_identifier", TEXT),
        ("further_services", TEXT),
        ("specimen_id", TEXT),
        ("specimen_type", TEXT),
        ("further_specimens", TEXT),
        ("collected_at", TIME),
        ("collected_at_source_value", TEXT),
        ("collected_at_field", TEXT),
        ("resulted_at", TIME),
        ("result_status", TEXT),
        ("set_id", TEXT),
        ("value_type", TEXT),
        ("observation_identifier", TEXT),
        ("observation_text", TEXT),
        ("coding_system", TEXT),
        ("alternate_identifier", TEXT),
        ("alternate_text", TEXT),
        ("alternate_coding_system", TEXT),
        ("further_identifiers", TEXT),
        ("observation_sub_id", TEXT),
        ("observation_value", TEXT),
        ("units", TEXT),
        ("further_units", TEXT),
        ("references_range", TEXT),
        ("abnormal_flags", TEXT),
        ("observation_result_status", TEXT),
        ("observation_instance_id", TEXT),
        ("observation_type", TEXT),
        ("producer", TEXT),
        ("ordering_provider_id", TEXT),
        ("ordering_provider_name", TEXT),
        ("attending_doctor_id", TEXT),
        ("attending_doctor_name", TEXT),
        ("assigned_patient_location", TEXT),
        ("comment", TEXT),
        ("order_comment", TEXT),
    ]
)

ORDER_WITHDRAWAL = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("message_number", COUNT),
        ("line_number", COUNT),
        ("position", COUNT),
        ("message_at", TIME),
        ("message_at_utc", TIME),
        ("message_at_span_seconds", COUNT),
        ("patient_id", TEXT),
        ("assigning_authority", TEXT),
        ("assigning_authority_universal_id", TEXT),
        ("assigning_facility", TEXT),
        ("identifier_type_code", TEXT),
        ("placer_order_number", TEXT),
        ("filler_order_number", TEXT),
        ("universal_service_identifier", TEXT),
        ("specimen_id", TEXT),
        ("collected_at", TIME),
        ("order_control", TEXT),
        ("result_status", TEXT),
    ]
)

PATIENT = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("message_number", COUNT),
        ("line_number", COUNT),
        ("position", COUNT),
        ("message_at", TIME),
        ("event", TEXT),
        ("patient_id", TEXT),
        ("assigning_authority", TEXT),
        ("assigning_authority_universal_id", TEXT),
        ("assigning_facility", TEXT),
        ("identifier_type_code", TEXT),
        ("national_number", TEXT),
        ("birth_date", DATE),
        ("birth_date_source_value", TEXT),
        ("administrative_sex", TEXT),
    ]
)

MERGE = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("message_number", COUNT),
        ("line_number", COUNT),
        ("position", COUNT),
        ("event", TEXT),
        ("message_at", TIME),
        ("retired_id", TEXT),
        ("retired_assigning_authority", TEXT),
        ("surviving_id", TEXT),
        ("surviving_assigning_authority", TEXT),
        ("assigning_authority_universal_id", TEXT),
        ("assigning_facility", TEXT),
        ("identifier_type_code", TEXT),
        ("merged_at", TIME),
    ]
)

EXPOSURE = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("message_number", COUNT),
        ("line_number", COUNT),
        ("position", COUNT),
        ("message_at", TIME),
        ("event", TEXT),
        ("segment", TEXT),
        ("patient_id", TEXT),
        ("assigning_authority", TEXT),
        ("assigning_authority_universal_id", TEXT),
        ("assigning_facility", TEXT),
        ("identifier_type_code", TEXT),
        ("encounter_number", TEXT),
        ("record_id", TEXT),
        ("kind", TEXT),
        ("event_kind", TEXT),
        ("code", TEXT),
        ("code_system", TEXT),
        ("name", TEXT),
        ("alternate_code", TEXT),
        ("alternate_code_system", TEXT),
        ("alternate_name", TEXT),
        ("start_date", DATE),
        ("start_date_precision", TEXT),
        ("end_date", DATE),
        ("end_date_precision", TEXT),
        ("days_supply", COUNT),
        ("duration_days", COUNT),
        ("amount", TEXT),
        ("placer_order_number", TEXT),
        ("placer_namespace", TEXT),
        ("filler_order_number", TEXT),
        ("filler_namespace", TEXT),
        ("administration_number", TEXT),
        ("effective_date", DATE),
        ("statements", TEXT),
    ]
)

REVIEW = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("line_number", COUNT),
        ("position", COUNT),
        ("patient_id", TEXT),
        ("assigning_authority", TEXT),
        ("rule_id", TEXT),
        ("verdict", TEXT),
        ("diagnosis", TEXT),
        ("reviewer", TEXT),
        ("reviewed_at", TIME),
        ("note", TEXT),
    ]
)

REJECT = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("position", COUNT),
        ("level", TEXT),
        ("unit", TEXT),
        ("message_number", COUNT),
        ("line_number", COUNT),
        ("byte_offset", BYTES),
        ("byte_length", BYTES),
        ("field", TEXT),
        ("reason_code", TEXT),
        ("found", TEXT),
        ("message_control_id_hash", TEXT),
        ("n_results", COUNT),
    ]
)

SOURCE_FILE = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("source_name", TEXT),
        ("size_bytes", BYTES),
        ("delivered_at", TIME),
        ("landed_at", TIME),
        ("format", TEXT),
        ("content", TEXT),
        ("encoding", TEXT),
        ("n_messages", COUNT),
        ("n_results", COUNT),
        ("n_results_skipped", COUNT),
        ("n_other_rows", COUNT),
        ("layout_sha256", TEXT),
        ("interest_sha256", TEXT),
        ("last_message_at", TIME),
    ]
)

SCHEMAS: dict[str, pa.Schema] = {
    "observation": OBSERVATION,
    "order_withdrawal": ORDER_WITHDRAWAL,
    "patient": PATIENT,
    "merge": MERGE,
    "exposure": EXPOSURE,
    "review": REVIEW,
    "reject": REJECT,
    "source_file": SOURCE_FILE,
}


def shape_sha256() -> str:
    """Digest of the tables' columns: a file whose rows have another shape is read again."""
    shape = "\n".join(f"{name} {schema}" for name, schema in SCHEMAS.items())
    return hashlib.sha256(shape.encode()).hexdigest()
