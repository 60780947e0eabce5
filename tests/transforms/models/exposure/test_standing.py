"""What senders' words of standing leave of an exposure, by the columns `status`, `certainty` and `dose` of
an export: fault status_cannot_be_said. The site's own words come first; an unknown one takes no effect."""

import pytest

from tests.warehouse_in_memory import core, patients, rows

NONE = "facility | analyte\n"
HEADER = (
    "kind | code | code_system | start_date | statements | amount | message_number | message_at\n"
)
RITUXIMAB, HIV, CLL = (
    "medication | L01FA01 | ATC",
    "diagnosis | B20 | ICD10",
    "diagnosis | C91.1 | ICD10",
)
WORDS = """
    facility | topic              | as_sent | meaning
    north    | exposure_status    | ONGOING | active
    north    | exposure_status    | ACTIVE  | cancelled
    north    | exposure_certainty | V.A.    | suspected
"""
# what is sent -> effect in core.exposure, or why it was set aside
SENT = {
    f"{RITUXIMAB} | 2024-01-01 | | 500 mg": "definite",
    f"{RITUXIMAB} | 2024-01-01 | status Canceled | 500 mg": "withdrawn",
    f"{RITUXIMAB} | 2024-01-01 | status Entered in Error |": "withdrawn",
    f"{RITUXIMAB} | 2024-01-01 | status Not Given |": "not_done",
    f"{RITUXIMAB} | 2024-01-01 | status Refused |": "not_done",
    f"{RITUXIMAB} | 2024-01-01 | status Completed |": "definite",
    f"{RITUXIMAB} | 2024-01-01 | | 0 g": "nothing_given",
    f"{RITUXIMAB} | 2024-01-01 | status Intended |": "planned",
    f"{RITUXIMAB} | 2024-01-01 | status Frobnicated |": "status_not_known",
    # the site's own words, also against ours
    f"{RITUXIMAB} | 2024-01-01 | status ongoing |": "definite",
    f"{RITUXIMAB} | 2024-01-01 | status Active |": "withdrawn",
    f"{HIV} | 2024-01-01 | status Ruled Out |": "ruled_out",
    f"{HIV} | 2024-01-01 | certainty V.a. |": "suspected",
    f"{CLL} | 2024-01-01 | certainty Family History |": "ruled_out",
    f"{CLL} | 2024-01-01 | certainty History of |": "suspected",
    f"{HIV} | 2024-01-01 | certainty History of |": None,
    f"{CLL} | 2024-01-01 | certainty Confirmed |": "definite",
}


@pytest.fixture(scope="module")
def found():
    sent = {str(n): f"{HEADER}{case} | | 2024-05-01 10:00:00" for n, case in enumerate(SENT)}
    con = core(NONE, exposure=patients(sent), local_words=WORDS)
    query = """
        SELECT s.patient_id::INTEGER, coalesce(a.reason_code, e.effect)
        FROM raw.exposure AS s
        LEFT JOIN core.exposure AS e USING (facility, source_sha256, position)
        LEFT JOIN core.exposure_set_aside AS a USING (facility, source_sha256, position)
    """
    return dict(rows(con, query))


@pytest.mark.parametrize("number", range(len(SENT)), ids=list(SENT))
def test_what_a_word_leaves(found, number):
    assert found[number] == list(SENT.values())[number]
