"""Diagnoses of one encounter (DG1) come as a snapshot: those of the later message replace the earlier.
HL7 v2 chapters 3 and 6; fault snapshot. And what certainty leaves of a diagnosis: rules 2026.2, 3b."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

NONE = "facility | analyte\n"
HEADER = (
    "message_number | message_at | event | encounter_number | code | code_system | statements | name"
    " | segment | kind | record_id\n"
)


def said(
    number: int,
    event: str,
    visit: str,
    code: str,
    type_: str = "F",
    name: str = "",
    record: str = "",
) -> str:
    at = f"2024-01-{10 + number} 10:00:00"
    code_, system = (*code.split("^"), "I10")[:2]
    return (
        f"{number} | {at} | {event} | {visit} | {code_} | {system} | DG1-6 {type_} | {name} | DG1"
        f" | diagnosis | {record}\n"
    )


LYMPHOMA, KIDNEY = "C83.3", "N18.3"
SENT = {
    # an A08 after an A01, with and without the number of the visit
    "replaced": (
        said(1, "A01", "V1", LYMPHOMA) + said(2, "A08", "V1", KIDNEY),
        {(KIDNEY, None)},
    ),
    "replaced without a number": (
        said(1, "A01", "", LYMPHOMA) + said(2, "A08", "", KIDNEY),
        {(KIDNEY, None)},
    ),
    "another visit": (
        said(1, "A01", "V1", LYMPHOMA) + said(2, "A08", "V2", KIDNEY),
        {(LYMPHOMA, "definite"), (KIDNEY, None)},
    ),
    "admitted again": (
        said(1, "A01", "", LYMPHOMA) + said(2, "A01", "", KIDNEY),
        {(LYMPHOMA, "definite"), (KIDNEY, None)},
    ),
    "named records are no snapshot": (
        said(1, "A01", "V1", LYMPHOMA, record="D1") + said(2, "A08", "V1", KIDNEY, record="D2"),
        {(LYMPHOMA, "definite"), (KIDNEY, None)},
    ),
    "sent again": (
        said(1, "A01", "V1", LYMPHOMA) + said(2, "A08", "V1", LYMPHOMA),
        {(LYMPHOMA, "definite")},
    ),
    # certainty
    "final": (said(1, "A01", "V1", LYMPHOMA), {(LYMPHOMA, "definite")}),
    "working": (said(1, "A01", "V1", LYMPHOMA, "W"), {(LYMPHOMA, "suspected")}),
    "admitting": (said(1, "A01", "V1", LYMPHOMA, "A"), {(LYMPHOMA, "suspected")}),
    "German suspected": (said(1, "A01", "V1", "C91.10V^ICD-10-GM"), {("C91.10V", "suspected")}),
    "German confirmed": (said(1, "A01", "V1", "C91.10G^ICD-10-GM"), {("C91.10G", "definite")}),
    "German history of a malignancy": (
        said(1, "A01", "V1", "C91.10Z^ICD-10-GM"),
        {("C91.10Z", "suspected")},
    ),
    "German history of another": (said(1, "A01", "V1", "N04.9Z^ICD-10-GM"), {("N04.9Z", None)}),
    "German excluded": (said(1, "A01", "V1", "C91.10A^ICD-10-GM"), {("C91.10A", None)}),
    # a letter of another country's form is no certainty: C84.7A of ICD-10-CM
    "American letter": (said(1, "A01", "V1", "C84.7A^ICD-10-CM"), {("C84.7A", "definite")}),
    "Read is not ICD-10": (said(1, "A01", "V1", "B20..^READ2"), {("B20..", None)}),
}


@pytest.fixture(scope="module")
def found():
    con = core(NONE, exposure=patients({name: HEADER + sent for name, (sent, _) in SENT.items()}))
    query = """
        SELECT s.patient_id, e.code, e.effect
        FROM core.exposure AS e
        INNER JOIN raw.exposure AS s USING (facility, source_sha256, position)
    """
    return by_patient(con, query)


@pytest.mark.parametrize("name", SENT)
def test_which_diagnoses_count_and_as_what(found, name):
    assert set(found[name]) == SENT[name][1]
