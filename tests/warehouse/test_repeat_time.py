"""mart.repeat_time and mart.answer_time: how long a repeat and a word of the clinic were waited for.

The clock is 2026-01-01. An outcome is what ended the wait, its last day, and the days it took.
"""

from __future__ import annotations

from tests.warehouse.drawn_mart import IGM, SharedMart

SHARED = SharedMart()
STEPS = "patient_key | rule_id | event_number | event_on | measurement_id | repeat_due_on"
REPEATS = (
    "SELECT split_part(patient_key, '-', 2), due_on::VARCHAR, ended_by, ended_on::VARCHAR, days, is_done "
    "FROM mart.repeat_time ORDER BY ALL"
)
ANSWERS = (
    "SELECT split_part(patient_key, '-', 2), wait, ended_by, asked_on::VARCHAR, days "
    "FROM mart.answer_time ORDER BY ALL"
)


def steps(drawn: str) -> str:
    """Steps of selective IgM deficiency: who, number, day, result, day on which a repeat is due."""
    lines = [[cell.strip() for cell in line.split("|")] for line in drawn.strip().splitlines()]
    return "\n".join([STEPS, *(" | ".join([who, IGM, *rest]) for who, *rest in lines)])


# due 90 days after each low: 2025-06-01 to 2025-08-30, 2025-02-01 to 2025-05-02
COURSES = SHARED.draw(
    flag__step=steps(
        """
        done    | 1 | 2025-02-01 | d1 | 2025-05-02
        done    | 2 | 2025-06-01 | d2 |
        again   | 1 | 2025-02-01 | a1 | 2025-05-02
        again   | 2 | 2025-05-02 | a2 | 2025-08-30
        again   | 3 | 2026-01-01 |    | 2025-08-30
        early   | 1 | 2025-02-01 | e1 | 2025-05-02
        early   | 2 | 2025-05-01 | e2 |
        soon    | 1 | 2025-02-01 | s1 | 2025-05-02
        soon    | 2 | 2025-02-10 | s2 | 2025-05-02
        soon    | 3 | 2025-05-12 | s3 |
        nothing | 1 | 2025-02-01 | n1 | 2025-05-02
        nothing | 2 | 2025-06-01 | n2 | 2025-05-02
        nothing | 3 | 2025-07-01 | n3 | 2025-09-29
        lapsed  | 1 | 2024-02-01 | l1 | 2024-05-01
        lapsed  | 2 | 2026-01-01 |    |
        treated | 1 | 2025-02-01 | t1 | 2025-05-02
        treated | 2 | 2025-05-10 |    |
        coming  | 1 | 2025-12-01 | c1 | 2026-03-01
        """
    )
)


def test_a_wait_goes_from_the_due_day_to_the_result_after_which_it_is_awaited_no_more():
    """again: repeated on the very day, and due once more; early: before its day, so never due; soon:
    a result too soon leaves it open; nothing: one that decides nothing does too; lapsed: the list
    gave it up, the repeat was not done; treated: replacement began; coming: not due yet."""
    assert COURSES.execute(REPEATS).fetchall() == [
        ("again", "2025-05-02", "repeat", "2025-05-02", 0, True),
        ("again", "2025-08-30", "clock", "2026-01-01", 124, False),
        ("done", "2025-05-02", "repeat", "2025-06-01", 30, True),
        ("lapsed", "2024-05-01", "clock", "2026-01-01", 610, False),
        ("nothing", "2025-05-02", "repeat", "2025-07-01", 60, True),
        ("nothing", "2025-09-29", "clock", "2026-01-01", 94, False),
        ("soon", "2025-05-02", "repeat", "2025-05-12", 10, True),
        ("treated", "2025-05-02", "no_longer_asked", "2025-05-10", 8, False),
    ]


VERDICTS = SHARED.draw(
    flag__step=steps(
        """
        before  | 1 | 2025-02-01 | b1 | 2025-05-02
        closed  | 1 | 2025-02-01 | c1 | 2025-05-02
        closed  | 2 | 2025-09-01 | c2 |
        open    | 1 | 2025-02-01 | o1 | 2025-05-02
        later   | 1 | 2025-02-01 | l1 | 2025-05-02
        later   | 2 | 2025-05-04 | l2 |
        """
    ),
    core__patient_alias="""
        assigning_authority | patient_id | patient_key
        NORTH               | before     | before
        NORTH               | closed     | closed
        NORTH               | open       | open
        NORTH               | later      | later
    """,
    raw__review=f"""
        patient_id | assigning_authority | rule_id | verdict      | reviewed_at
        before     | NORTH               | {IGM}   | dismissed    | 2025-05-01 23:00:00
        closed     | NORTH               | {IGM}   | dismissed    | 2025-06-01 10:00:00
        open       | NORTH               | {IGM}   | needs_more   | 2025-06-01 10:00:00
        later      | NORTH               | *       | secondary    | 2025-05-05 10:00:00
    """,
)


def test_a_closing_verdict_from_the_due_day_on_ends_what_is_asked():
    """before: it was given of a candidate; the day it becomes due it is asked again."""
    assert VERDICTS.execute(REPEATS).fetchall() == [
        ("before", "2025-05-02", "clock", "2026-01-01", 244, False),
        ("closed", "2025-05-02", "answered", "2025-06-01", 30, False),
        ("later", "2025-05-02", "repeat", "2025-05-04", 2, True),
        ("open", "2025-05-02", "clock", "2026-01-01", 244, False),
    ]


FEEDS = SHARED.draw(
    flag__step=steps(
        """
        closed  | 1 | 2025-02-01 | f1 | 2025-05-02
        both    | 1 | 2025-02-01 | f2 | 2025-05-02
        unheard | 1 | 2025-06-01 | f4 | 2025-08-30
        """
    ),
    core__measurement="""
        measurement_id | patient_key | facility | collected_at
        f1             | closed      | south    | 2025-02-01
        f2             | both        | south    | 2025-02-01
        f3             | both        | north    | 2024-02-01
        f4             | unheard     | south    | 2025-06-01
    """,
    raw__source_file="""
        facility | last_message_at
        south    | 2025-07-01 09:00:00
        north    | 2025-12-30 09:00:00
    """,
    core__patient="""
        patient_key | patient_id | birth_date | facility
        closed      | c          | 2020-05-03 | north
        both        | b          | 1965-05-16 | north
    """,
)


def test_a_patient_is_followed_as_long_as_one_of_the_feeds_that_measured_it_speaks():
    """unheard: its feed fell silent before the repeat was due, so nobody can tell."""
    assert FEEDS.execute(REPEATS).fetchall() == [
        ("both", "2025-05-02", "clock", "2026-01-01", 244, False),
        ("closed", "2025-05-02", "feed_silent", "2025-07-01", 60, False),
    ]


def test_the_wait_is_told_with_clinic_and_age_on_the_day_it_was_due():
    """closed: a day before the fifth birthday; both: two weeks before the sixtieth."""
    assert FEEDS.execute(
        "SELECT facility, clinic, age_band FROM mart.repeat_time ORDER BY age_band"
    ).fetchall() == [("south", None, "18_to_59"), ("south", None, "1_to_4")]


ASKED = SHARED.draw(
    flag__transition=f"""
        patient_key | rule_id | as_of      | from_status | to_status        | published_run_id
        told        | {IGM}   | 2025-03-01 | repeat_due  | persistent       | r1
        told        | {IGM}   | 2025-09-01 | persistent  | definite_pattern | r2
        silent      | {IGM}   | 2025-03-01 | repeat_due  | definite_pattern | r1
        gone        | {IGM}   | 2025-03-01 | repeat_due  | persistent       | r1
        gone        | {IGM}   | 2025-09-01 | persistent  | resolved         | r2
        noted       | {IGM}   | 2025-03-01 | repeat_due  | persistent       | r1
        never       | {IGM}   | 2025-03-01 | no_evidence | candidate        | r1
    """,
    run__published_status="""
        seq | run_id
        1   | r1
        2   | r2
    """,
    core__patient_alias="""
        assigning_authority | patient_id | patient_key
        NORTH               | told       | told
        NORTH               | gone       | gone
        NORTH               | noted      | noted
    """,
    raw__review=f"""
        patient_id | assigning_authority | rule_id | verdict      | reviewed_at
        told       | NORTH               | {IGM}   | needs_more   | 2025-03-31 10:00:00
        told       | NORTH               | {IGM}   | confirmed    | 2025-05-01 10:00:00
        gone       | NORTH               | {IGM}   | not_confirmed | 2025-10-01 10:00:00
        noted      | NORTH               | {IGM}   | seen         | 2025-03-02 10:00:00
    """,
)


def test_a_verdict_is_waited_for_from_the_night_that_published_persistent_or_definite():
    """gone: it had left the state before anybody spoke; noted: "seen" is no verdict."""
    assert ASKED.execute(ANSWERS).fetchall() == [
        ("gone", "verdict", "left_state", "2025-03-01", 184),
        ("noted", "verdict", "clock", "2025-03-01", 306),
        ("silent", "verdict", "clock", "2025-03-01", 306),
        ("told", "verdict", "answered", "2025-03-01", 30),
    ]


URGENT = SHARED.draw(
    flag__patient_flag="""
        patient_key | patient_id | facility | rule_id   | status    | urgent | urgent_since | as_of
        seen        | s          | north    | hyper_igm | candidate | true   | 2025-12-01   | 2026-01-01
        judged      | j          | north    | hyper_igm | candidate | true   | 2025-12-01   | 2026-01-01
        unseen      | u          | north    | hyper_igm | candidate | true   | 2025-12-01   | 2026-01-01
    """,
    flag__transition="""
        patient_key | rule_id   | as_of      | from_status | to_status | published_run_id
        seen        | hyper_igm | 2025-12-03 | no_evidence | candidate | r1
        judged      | hyper_igm | 2025-12-03 | no_evidence | candidate | r1
        unseen      | hyper_igm | 2025-12-03 | no_evidence | candidate | r1
    """,
    core__patient_alias="""
        assigning_authority | patient_id | patient_key
        NORTH               | s          | seen
        NORTH               | j          | judged
    """,
    raw__review="""
        patient_id | assigning_authority | rule_id   | verdict    | reviewed_at
        s          | NORTH               | hyper_igm | seen       | 2025-12-04 08:00:00
        j          | NORTH               | hyper_igm | needs_more | 2025-12-05 08:00:00
        j          | NORTH               | hyper_igm | seen       | 2025-12-09 08:00:00
    """,
)


def test_an_urgent_patient_waits_for_the_first_word_of_a_person():
    assert URGENT.execute(ANSWERS).fetchall() == [
        ("judged", "seen", "answered", "2025-12-03", 2),
        ("seen", "seen", "answered", "2025-12-03", 1),
        ("unseen", "seen", "clock", "2025-12-03", 29),
    ]


REQUESTED = SHARED.draw(
    flag__step=steps(
        """
        ward | 1 | 2025-02-01 | w1 | 2025-05-02
        ward | 2 | 2025-06-01 | w2 |
        out  | 1 | 2025-02-01 | o1 | 2025-05-02
        far  | 1 | 2025-02-01 | f1 | 2025-05-02
        """
    ),
    core__measurement="""
        measurement_id | patient_key | facility | source_sha256 | position | collected_at
        w1             | ward        | north    | aa            | 1        | 2025-02-01
        w2             | ward        | north    | aa            | 2        | 2025-06-01
        o1             | out         | north    | aa            | 3        | 2025-02-01
        f1             | far         | closed   | aa            | 1        | 2025-02-01
        n1             | nobody      | north    | aa            | 4        | 2025-02-01
    """,
    raw__observation="""
        facility | source_sha256 | position | ordering_provider_id | ordering_provider_name | attending_doctor_name | assigned_patient_location
        north    | aa            | 1        | C9                   | DR MARTA BERGEN        |                       | WARD5
        north    | aa            | 2        | C9                   |                        | OLGA ATTEND           | OUT
        north    | aa            | 3        |                      |                        |                       |
        north    | aa            | 4        | C9                   | DR MARTA BERGEN        |                       | WARD5
        closed   | aa            | 1        | C7                   | DR CARL OTHER          |                       | WARD5
    """,
)


def test_who_asked_is_told_of_followed_patients_of_feeds_that_show_it():
    """o1: nothing is stated; f1: its facility does not show it; n1: no rule follows the patient."""
    found = REQUESTED.execute(
        "SELECT split_part(measurement_id, '-', 2), facility, requester, attending_doctor, requested_from "
        "FROM mart.requester ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("w1", "north", "DR MARTA BERGEN", None, "WARD5"),
        ("w2", "north", "C9", "OLGA ATTEND", "OUT"),
    ]


def test_a_wait_is_of_the_place_that_asked_for_the_result_behind_it():
    """ward: the repeat itself was asked for elsewhere, which is no matter."""
    found = REQUESTED.execute(
        "SELECT split_part(patient_key, '-', 2), requested_from FROM mart.repeat_time ORDER BY ALL"
    ).fetchall()
    assert found == [("far", None), ("out", None), ("ward", "WARD5")]
