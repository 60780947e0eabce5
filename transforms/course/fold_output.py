"""The two tables that following patients gives: where each stands, and every step to it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TEXT, DAY, TIME = pa.string(), pa.date32(), pa.timestamp("us")

PATIENT_FLAG = pa.schema(
    [
        ("patient_key", TEXT),
        ("patient_id", TEXT),
        ("assigning_authority", TEXT),
        ("facility", TEXT),
        ("sex", TEXT),
        ("birth_date", DAY),
        ("rule_id", TEXT),
        ("status", TEXT),
        ("grade", TEXT),
        ("status_reason", TEXT),
        ("n_counted", pa.int32()),
        ("span_days", pa.int32()),
        ("first_evidence_at", TIME),
        ("last_evidence_at", TIME),
        ("repeat_due_on", DAY),
        ("repeat_overdue_on", DAY),
        ("urgent", pa.bool_()),
        ("urgent_since", DAY),
        ("alarming", pa.bool_()),
        ("severity", TEXT),
        ("severity_since", DAY),
        ("settled_by", TEXT),
        ("is_broad_deficiency", pa.bool_()),
        ("was_selective", pa.bool_()),
        ("capped_by", pa.list_(TEXT)),
        ("causes", pa.list_(TEXT)),
        ("unreviewed_drugs", pa.list_(TEXT)),
        ("routes", pa.list_(TEXT)),
        ("missing", pa.list_(TEXT)),
        ("rule_version", TEXT),
        ("reference_set", TEXT),
        ("as_of", DAY),
    ]
)

STEP = pa.schema(
    [
        ("patient_key", TEXT),
        ("rule_id", TEXT),
        ("event_number", pa.int32()),
        ("event_on", DAY),
        ("event", TEXT),
        ("is_counted", pa.bool_()),
        ("reason_code", TEXT),
        ("reason", TEXT),
        ("status_after", TEXT),
        ("repeat_due_on", DAY),
        ("measurement_id", TEXT),
        ("igg_measurement_id", TEXT),
        ("iga_measurement_id", TEXT),
        ("igm_measurement_id", TEXT),
        ("ige_measurement_id", TEXT),
    ]
)


@dataclass(frozen=True)
class Courses:
    """patient_flag: one row per patient and rule with evidence. step: one row per event of each.

    A step that is no result (time, replacement_started) has no measurement_id. repeat_due_on: the
    day on which a repeat is due as the course stands after the step, NULL where none is awaited.
    """

    patient_flag: pa.Table
    step: pa.Table
