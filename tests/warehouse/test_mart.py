"""The marts: who is in the cohort, a patient's course, the funnel."""

from __future__ import annotations

from tests.warehouse.drawn_mart import FLAGS, IGM, TABLES, mart
from warehouse.dictionary import differences


def test_marts_agree_with_the_dictionary():
    marts = {name: columns for name, columns in TABLES.items() if name.startswith("mart.")}
    assert differences(mart(), "memory", marts) == []


RESULTS = """
measurement_id | patient_key | analyte | series          | collected_at | value_g_per_l | class
m1             | k1          | igg     | total           | 2025-01-01   | 9.0           | normal
m2             | k1          | igg     | total           | 2025-06-01   | 1.1           | very_low
m3             | k1          | igm     | total           | 2025-06-01   | 4.0           | high
m4             | k1          | iga     | total           | 2025-05-01   | 0.9           | normal
m5             | k1          | igm     | electrophoresis | 2025-07-01   | 9.9           | high
m6             | k2          | iga     | total           | 2025-07-01   | 0.1           | low
"""


def test_cohort_shows_the_latest_values_and_their_hpo_terms():
    con = mart(
        flag__patient_flag="""
            patient_key | patient_id | facility | rule_id   | status    | birth_date | as_of
            k1          | ann        | north    | hyper_igm | candidate | 2020-07-02 | 2026-01-01
        """,
        core__measurement=RESULTS,
    )
    assert con.execute(
        "SELECT patient_id, clinic, age_years, igg_g_per_l, iga_g_per_l, igm_g_per_l, hpo "
        "FROM mart.cohort"
    ).fetchall() == [("ann", "North Immunology", 5.4, 1.1, 0.9, 4.0, ["HP:0003496", "HP:0004315"])]


def test_cohort_of_a_patient_without_results_or_birth_date():
    con = mart(
        flag__patient_flag="""
            patient_key | facility | rule_id   | status         | as_of
            k1          | east     | hyper_igm | not_assessable | 2026-01-01
        """
    )
    assert con.execute("SELECT clinic, age_years, hpo FROM mart.cohort").fetchall() == [
        (None, None, [])
    ]


def test_timeline_tells_results_exposures_states_and_reviews_in_order():
    con = mart(
        flag__patient_flag=FLAGS.format(rule_id=IGM, status="candidate", urgent="false"),
        core__measurement="""
            measurement_id | patient_key | analyte | collected_at        | value_source_value
            m1             | k1          | igm     | 2025-06-01 08:00:00 | 0.21
            m2             | k2          | igm     | 2025-06-01 08:00:00 | 0.9
        """,
        core__exposure="""
            patient_key | kind       | name      | code    | exposure_id | start_date | end_date
            k1          | medication | rituximab | L01FA01 | e1          | 2024-01-01 | 2024-02-01
            k1          | medication | rituximab | L01FA01 | e2          | 2024-01-01 | 2024-02-01
            k1          | medication | aspirin   | B01AC06 |             | 2024-01-01 |
            k1          | medication | clozapine | N05AH02 | e3          | 2025-12-01 | 2026-05-01
        """,
        flag__step=f"""
            patient_key | rule_id | event_number | event_on | status_after | measurement_id | reason
            k1          | {IGM}   | 1            | 2025-06-01 | candidate | m1 | low
            k1          | {IGM}   | 2            | 2025-07-01 | candidate | m9 | soon
            k1          | {IGM}   | 3            | 2026-01-01 | repeat_due | | is due
        """,
        core__patient_alias="""
            assigning_authority | patient_id | patient_key
            NORTH               | anne       | k1
        """,
        raw__review=f"""
            patient_id | assigning_authority | rule_id | verdict    | reviewed_at
            anne       | NORTH               | {IGM}   | needs_more | 2025-08-01 10:00:00
        """,
    )
    assert con.execute(
        "SELECT occurred_at::VARCHAR, kind, coalesce(detail, value_source_value) "
        "FROM mart.patient_timeline ORDER BY ALL"
    ).fetchall() == [
        ("2024-01-01 00:00:00", "exposure_start", "rituximab L01FA01"),
        ("2024-02-01 00:00:00", "exposure_end", "rituximab L01FA01"),
        ("2025-06-01 08:00:00", "result", "0.21"),
        ("2025-06-01 08:00:00", "state", "candidate: low"),
        ("2025-08-01 10:00:00", "review", "needs_more"),
        ("2025-12-01 00:00:00", "exposure_start", "clozapine N05AH02"),
        ("2026-01-01 00:00:00", "state", "repeat_due: is due"),
    ]


PANELS = """
patient_key | index_analyte | igm_class | igg_class | iga_class      | collected_at
ann         | igm           | very_low  | normal    | normal         | 2025-01-01
ann         | igm           | low       | normal    | borderline_low | 2025-05-01
ann         | igm           | low       | normal    | normal         | 2025-09-01
bob         | igm           | low       | high      | normal         | 2025-01-01
bob         | igm           | normal    | high      | normal         | 2025-01-29
cem         | igm           | low       | normal    | normal         | 2025-01-01
dia         | igm           | low       | normal    | normal         | 2025-01-01
eve         | igm           | low       | normal    | low            | 2025-01-01
fay         | igm           | normal    | low       | low            | 2025-01-01
fay         | igg           |           | low       | low            | 2025-01-01
gil         | igm           | low       |           | normal         | 2025-01-01
hal         | igm           | low       | normal    | normal         | 2025-01-01
hal         | igm           | low       | normal    | normal         | 2025-01-28
"""


def test_funnel_asks_one_question_after_the_other():
    """ann: definite; bob: repeated, normal again; cem: never repeated; dia: a drug; eve: IgA low
    too; fay: normal; gil: IgG unknown; hal: repeated too soon."""
    lows = {
        "ann": "2025-01-01",
        "bob": "2025-01-01",
        "cem": "2025-01-01",
        "hal": "2025-01-01",
    }
    steps = "patient_key | rule_id | event | event_on\n" + "\n".join(
        f"{who} | {IGM} | low | {day}" for who, day in lows.items()
    )
    con = mart(
        core__panel=PANELS,
        flag__step=f"{steps}\ndia | {IGM} | secondary | 2025-01-01",
        flag__patient_flag=f"""
            patient_key | rule_id   | status
            ann         | {IGM}     | definite_pattern
            bob         | {IGM}     | resolved
            fay         | hyper_igm | definite_pattern
        """,
    )
    assert con.execute(
        "SELECT name, n_patients, share_of_previous, share_of_tested FROM mart.funnel ORDER BY step"
    ).fetchall() == [
        ("tested_igm", 8, None, 1.0),
        ("low_igm", 7, 7 / 8, 7 / 8),
        ("isolated", 5, 5 / 7, 5 / 8),
        ("no_secondary_cause", 4, 4 / 5, 4 / 8),
        ("repeated", 2, 2 / 4, 2 / 8),
        ("persistent", 1, 1 / 2, 1 / 8),
        ("definite", 1, 1.0, 1 / 8),
    ]


def test_a_patient_is_of_one_feed_of_the_funnel_and_feeds_add_up():
    """ann: tested in south, low in both, alone in north; bob: low in south, later normal in north; cem
    and dia: tested in north."""
    con = mart(
        core__panel="""
            patient_key | facility | index_analyte | igm_class | igg_class | iga_class | collected_at
            ann         | south    | igm           | normal    | normal    | normal    | 2024-01-01
            ann         | south    | igm           | low       | low       | normal    | 2024-02-01
            ann         | north    | igm           | low       | normal    | normal    | 2024-03-01
            bob         | south    | igm           | low       |           | normal    | 2024-02-01
            bob         | north    | igm           | normal    | normal    | normal    | 2024-01-01
            cem         | north    | igm           | normal    | normal    | normal    | 2024-01-01
            dia         | north    | igm           | high      | normal    | normal    | 2024-01-01
        """,
    )
    asked = "SELECT facility, reference_set, name, n_patients FROM mart.feed_funnel WHERE step <= 3"
    assert con.execute(f"{asked} ORDER BY facility, step").fetchall() == [
        ("north", "pru+mayo", "tested_igm", 3), ("north", "pru+mayo", "low_igm", 1),
        ("north", "pru+mayo", "isolated", 1), ("south", None, "tested_igm", 1),
        ("south", None, "low_igm", 1), ("south", None, "isolated", 0),
    ]  # fmt: skip
    summed = con.execute(
        "SELECT n_patients FROM mart.funnel WHERE step <= 3 ORDER BY step"
    ).fetchall()
    assert summed == [(4,), (2,), (1,)]


def test_funnel_of_an_empty_region():
    assert (
        mart()
        .execute("SELECT n_patients, share_of_previous, share_of_tested FROM mart.funnel")
        .fetchall()
        == [(0, None, None)] * 7
    )


def test_results_of_flagged_patients_name_the_message_they_came_in():
    con = mart(
        flag__patient_flag=FLAGS.format(rule_id=IGM, status="candidate", urgent="false"),
        core__measurement="""
            measurement_id | patient_key | facility | source_sha256 | position
            m1             | k1          | north    | aa            | 1
            m2             | k1          | north    | bb            | 1
            m3             | k2          | north    | aa            | 2
        """,
        raw__observation="""
            facility | source_sha256 | position | message_control_id
            north    | aa            | 1        | MSG001
            south    | aa            | 1        | MSG009
            north    | bb            | 1        |
            north    | aa            | 2        | MSG002
        """,
    )
    assert con.execute(
        "SELECT patient_key, measurement_id, message_control_id FROM mart.source_message"
    ).fetchall() == [("k1", "m1", "MSG001")]
