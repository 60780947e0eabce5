"""mart.review and mart.verdict_outcome: how long a verdict stands, and what it says of the rules."""

from __future__ import annotations

from datetime import date

import pytest

from tests.warehouse.drawn_mart import IGM, DrawnMart, SharedMart, mart

SHARED = SharedMart()

FLAG = f"""
patient_key | patient_id | facility | rule_id | status     | urgent | as_of
k1          | ann        | north    | {IGM}   | persistent | false  | 2026-01-01
"""
TRANSITION = f"""
patient_key | patient_id | rule_id | as_of      | to_status  | published_run_id | rule_version
k1          | ann        | {IGM}   | 2025-11-01 | candidate  | r1               | 2026.1
k1          | ann        | {IGM}   | 2025-12-01 | persistent | r2               | 2026.1
"""
ALIAS = """
assigning_authority | patient_id | patient_key
NORTH               | ann        | k1
"""
PUBLISHED = """
seq | run_id
1   | r1
2   | r2
"""
EVIDENCE = f"""
patient_key | rule_id | event_number | role    | is_counted | measurement_id
k1          | {IGM}   | 1            | index   | true       | m1
k1          | {IGM}   | 2            | index   | true       | m2
k1          | {IGM}   | 2            | context | true       | m9
k1          | {IGM}   | 3            | index   | false      | m8
"""
MEASUREMENT = """
measurement_id | facility | source_sha256
m1             | north    | aa
m2             | north    | bb
m8             | north    | tonight
m9             | north    | tonight
"""
KNOWN = """
facility | source_sha256 | known_on
north    | aa            | 2025-11-01
north    | bb            | {bb}
"""


def reviewed(verdict: str, day: str, bb: str = "2025-12-01", **drawn: str) -> DrawnMart:
    """A flag with a verdict of a day, in the shared mart; bb is known since its day."""
    return SHARED.draw(
        **{
            "flag__patient_flag": FLAG,
            "flag__transition": TRANSITION,
            "core__patient_alias": ALIAS,
            "run__published_status": PUBLISHED,
            "flag__evidence": EVIDENCE,
            "core__measurement": MEASUREMENT,
            "run__known_source": KNOWN.format(bb=bb),
            "raw__review": f"""
                patient_id | assigning_authority | rule_id | verdict   | reviewed_at         | reviewer
                ann        | NORTH               | {IGM}   | {verdict} | {day} 09:00:00      | Dr Who
            """,
        }
        | drawn
    )


# verdict, day, bb, changed since, is answered, is quieted
STANDS = [
    ("dismissed", "2025-12-01", "2025-12-01", None, True, True),
    ("dismissed", "2025-11-30", "2025-12-01", "state", False, False),
    ("dismissed", "2025-12-10", "2025-12-11", "result", False, False),
    ("dismissed", "2025-12-11", "2025-12-11", None, True, True),
    ("not_confirmed", "2025-12-10", "2025-12-11", "result", False, False),
    ("not_confirmed", "2025-12-10", "2025-12-01", None, True, False),
    ("secondary", "2025-12-10", "2025-12-11", "result", False, False),
    ("confirmed", "2025-12-10", "2025-12-11", None, True, False),
    ("needs_more", "2025-12-10", "2025-12-01", None, False, False),
]
STANDING = {case[:3]: reviewed(*case[:3]) for case in STANDS}


@pytest.mark.parametrize(
    ("verdict", "day", "bb", "changed_since", "is_answered", "is_quieted"), STANDS
)
def test_a_verdict_stands_until_something_changes(
    verdict, day, bb, changed_since, is_answered, is_quieted
):
    con = STANDING[verdict, day, bb]
    assert con.execute(
        "SELECT verdict, reviewer, changed_since, is_answered, is_quieted FROM mart.review"
    ).fetchall() == [(verdict, "Dr Who", changed_since, is_answered, is_quieted)]
    assert len(con.execute("FROM mart.worklist").fetchall()) == (not is_answered)


# day, changed since, asks again on
DISMISSED = [
    ("2025-01-02", None, "2026-01-02"),
    ("2025-01-01", "time", None),  # a year is over on the day of the clock
]
A_YEAR_AGO = {
    day: reviewed(
        "dismissed",
        day,
        flag__transition=TRANSITION.replace("2025-1", "2024-1"),
        run__known_source=KNOWN.format(bb="2024-12-01").replace("2025", "2024"),
    )
    for day, *_ in DISMISSED
}


@pytest.mark.parametrize(("day", "changed_since", "asks_again_on"), DISMISSED)
def test_a_dismissal_ends_after_a_year(day, changed_since, asks_again_on):
    assert A_YEAR_AGO[day].execute(
        "SELECT changed_since, asks_again_on::VARCHAR FROM mart.review"
    ).fetchall() == [(changed_since, asks_again_on)]


def risen(verdict: str, since: str) -> DrawnMart:
    """A verdict on a flag of this severity since a day."""
    flag = "\n".join(
        f"{line.rstrip()} | {cell}"
        for line, cell in zip(FLAG.strip().split("\n"), ["severity_since", since], strict=True)
    )
    return reviewed(verdict, "2025-12-10", flag__patient_flag=flag)


# verdict, since, changed since
RISES = [
    ("confirmed", "2025-12-10", None),
    ("confirmed", "2025-12-11", "severity"),
    ("secondary", "2025-12-11", "severity"),
]
RISEN = {(verdict, since): risen(verdict, since) for verdict, since, _ in RISES}


@pytest.mark.parametrize(("verdict", "since", "changed_since"), RISES)
def test_a_verdict_ends_when_severity_rises(verdict, since, changed_since):
    con = RISEN[verdict, since]
    assert con.execute("SELECT changed_since FROM mart.review").fetchall() == [(changed_since,)]


URGENT = FLAG.replace("false ", "true  ")


def urgent(*verdicts: tuple[str, str], bb: str = "2025-12-01") -> DrawnMart:
    """An urgent flag after these verdicts."""
    lines = [f"ann | NORTH | {IGM} | {v} | {day} 09:00:00 | Dr Who" for v, day in verdicts]
    head = "patient_id | assigning_authority | rule_id | verdict | reviewed_at | reviewer"
    return reviewed(
        "needs_more",
        "2025-12-02",
        bb,
        flag__patient_flag=URGENT,
        raw__review="\n".join([head, *lines]),
    )


# urgent flag; is_unseen of the alarm, urgent of the flag, what is asked
ALARMS = [
    (urgent(), (True, True, "urgent")),
    (urgent(("needs_more", "2025-12-10")), (True, True, "urgent")),
    (urgent(("seen", "2025-12-10")), (False, True, "urgent")),
    (urgent(("seen", "2025-12-10"), bb="2025-12-11"), (True, True, "urgent")),
    (urgent(("confirmed", "2025-12-10")), (False, False, None)),
    (urgent(("secondary", "2025-12-10")), (False, False, None)),
]
CONFIRMED_THEN_SEEN = urgent(("confirmed", "2025-12-10"), ("seen", "2025-12-12"))


def alarm(con: DrawnMart) -> list[tuple]:
    return con.execute(
        "SELECT u.is_unseen, f.urgent, w.ask FROM mart.urgent AS u "
        "INNER JOIN flag.patient_flag AS f USING (patient_key) "
        "LEFT JOIN mart.worklist AS w USING (patient_key)"
    ).fetchall()


def test_the_alarm_ends_with_seen_and_the_line_with_a_verdict():
    assert [alarm(con) for con, _ in ALARMS] == [[expected] for _, expected in ALARMS]


def test_seen_leaves_the_verdict_before_it_in_force():
    assert alarm(CONFIRMED_THEN_SEEN) == [(False, False, None)]


SEEN = reviewed(
    "seen",
    "2025-12-10",
    flag__patient_flag=URGENT.replace("as_of", "as_of      | urgent_since").replace(
        "2026-01-01", "2026-01-01 | 2025-11-30"
    ),
)


def test_days_from_publication_to_seen():
    assert SEEN.execute("SELECT published_on, days_to_seen FROM mart.urgent").fetchall() == [
        (date(2025, 12, 1), 9)
    ]
    assert SEEN.execute("SELECT seen_at::DATE FROM flag.patient_flag").fetchall() == [
        (date(2025, 12, 10),)
    ]


BOTH = FLAG + "k1          | ann        | north    | hyper_igm | candidate  | false  | 2026-01-01"
BOTH_RULES = reviewed(
    "confirmed",
    "2026-01-01",
    flag__patient_flag=BOTH,
    flag__transition=TRANSITION + "k1 | ann | hyper_igm | 2025-12-01 | candidate | r2 | 2026.1",
    raw__review="""
        patient_id | assigning_authority | rule_id | verdict   | reviewed_at
        ann        | NORTH               | *       | confirmed | 2025-12-10 09:00:00
    """,
)


def test_one_verdict_may_stand_for_both_rules():
    assert BOTH_RULES.execute(
        "SELECT count(*) FILTER (is_answered) FROM mart.review"
    ).fetchall() == [(2,)]
    assert BOTH_RULES.execute(
        "SELECT rule_id, watched_as FROM mart.watched ORDER BY 1"
    ).fetchall() == [
        ("hyper_igm", "known_to_the_clinic"),
        (IGM, "known_to_the_clinic"),
    ]


SENT_AGAIN = reviewed(
    "dismissed",
    "2025-12-10",
    core__measurement=MEASUREMENT.replace("bb", "again"),
    core__superseded="""
        measurement_id | superseded_by | facility | source_sha256 | reason_code
        m2-old         | m2            | north    | bb            | resent_unchanged
    """,
)


def test_a_result_sent_again_is_not_new():
    assert SENT_AGAIN.execute("SELECT is_quieted FROM mart.review").fetchall() == [(True,)]


CORRECTED = reviewed(
    "dismissed",
    "2025-12-10",
    core__measurement=MEASUREMENT.replace("bb", "again"),
    core__superseded="""
        measurement_id | superseded_by | facility | source_sha256 | reason_code
        m2-old         | m2            | north    | bb            | corrected
    """,
)


def test_a_corrected_result_is_new():
    assert CORRECTED.execute("SELECT changed_since FROM mart.review").fetchall() == [("result",)]


SEVERAL = reviewed(
    "dismissed",
    "2025-12-10",
    raw__review=f"""
        patient_id | assigning_authority | rule_id | verdict    | reviewed_at
        ann        | NORTH               | {IGM}   | dismissed  | 2025-12-10 09:00:00
        ann        | NORTH               | {IGM}   | confirmed  | 2025-12-12 09:00:00
        ann        | NORTH               | {IGM}   | needs_more | 2026-01-02 09:00:00
    """,
)


def test_the_latest_of_several_verdicts_is_shown():
    assert SEVERAL.execute("SELECT verdict FROM mart.review").fetchall() == [("confirmed",)]


REVIEWS = f"""
patient_id | assigning_authority | rule_id | verdict       | reviewed_at
ann        | NORTH               | {IGM}   | needs_more    | 2025-11-15 09:00:00
ann        | NORTH               | {IGM}   | dismissed     | 2025-12-05 09:00:00
ann        | NORTH               | {IGM}   | confirmed     | 2025-12-06 09:00:00
bob        | NORTH               | {IGM}   | not_confirmed | 2025-12-02 09:00:00
dia        | NORTH               | {IGM}   | confirmed     | 2025-10-01 09:00:00
"""
STAYS = f"""
patient_key | patient_id | rule_id | as_of      | to_status   | published_run_id | rule_version
k1          | ann        | {IGM}   | 2025-11-01 | candidate   | r1               | 2026.1
k1          | ann        | {IGM}   | 2025-12-01 | persistent  | r2               | 2026.1
k2          | bob        | {IGM}   | 2025-12-02 | persistent  | r2               | 2026.1
k3          | cem        | {IGM}   | 2025-12-02 | persistent  | r2               | 2026.1
k4          | dia        | {IGM}   | 2025-12-30 | persistent  | r2               | 2026.2
k3          | cem        | {IGM}   | 2026-01-01 | no_evidence | tonight          | 2026.1
"""


@pytest.fixture(scope="module")
def precision():
    return mart(
        flag__patient_flag=FLAG.replace("k1 ", "k2 ").rstrip() + FLAG.split("as_of")[1].rstrip(),
        flag__transition=STAYS,
        run__published_status=PUBLISHED,
        core__patient_alias=ALIAS
        + """
        NORTH | bob | k2
        NORTH | dia | k4
        """,
        core__patient="""
            patient_key | facility
            k1          | south
            k3          | north
            k4          | north
        """,
        raw__review=REVIEWS,
    )


def test_precision_by_rule_version_state_facility_and_month(precision):
    """A verdict counts for the state it was given in: ann's of November is about the candidate."""
    assert precision.execute(
        "SELECT rule_version, status, facility, clinic, month, n_flagged, n_reviewed, n_positive, "
        "n_negative, n_undecided, n_not_reviewed, positive_share FROM mart.verdict_outcome ORDER BY ALL"
    ).fetchall() == [
        ("2026.1", "candidate", "north", "North Immunology", date(2025, 11, 1),
         1, 1, 0, 0, 1, 0, None),
        ("2026.1", "persistent", "north", "North Immunology", date(2025, 12, 1),
         3, 2, 1, 1, 0, 1, 0.5),
        ("2026.2", "persistent", "north", "North Immunology", date(2025, 12, 1),
         1, 0, 0, 0, 0, 1, None),
    ]  # fmt: skip


def test_every_published_flag_is_in_the_denominator_once(precision):
    ((flagged, parts),) = precision.execute(
        "SELECT sum(n_flagged), sum(n_positive + n_negative + n_undecided + n_not_reviewed) "
        "FROM mart.verdict_outcome"
    ).fetchall()
    assert flagged == parts == 5


# rule, status, missing, asked
DUE = [
    (IGM, "repeat_due", "[igg_subclasses, infections]", [None, "igg_subclasses"]),
    (IGM, "repeat_overdue", "[]", [None]),
    (IGM, "candidate", "[igg_subclasses]", []),
    (IGM, "persistent", "[igg_subclasses]", []),
    ("hyper_igm", "repeat_due", "[cd40l, genetics]", [None, "cd40l", "genetics"]),
]
REQUESTS = {
    case[:3]: SHARED.draw(
        flag__patient_flag="""
            patient_key | facility | rule_id | status | missing | as_of
            k1          | north    | {}      | {}     | {}      | 2026-01-01
        """.format(*case[:3])
    )
    for case in DUE
}


@pytest.mark.parametrize(("rule_id", "status", "missing", "asked"), DUE)
def test_a_repeat_that_is_due_asks_for_tests_and_tubes(rule_id, status, missing, asked):
    con = REQUESTS[rule_id, status, missing]
    rows = con.execute("SELECT missing, test, tube FROM mart.request ORDER BY sort_order")
    found = rows.fetchall()
    assert [missing for missing, _, _ in found] == asked
    assert all(test and tube for _, test, tube in found)


REPEAT_DUE = FLAG.replace("persistent", "repeat_due")
DISMISSED_REPEAT = reviewed("dismissed", "2025-12-10", flag__patient_flag=REPEAT_DUE)
OPEN_REPEAT = reviewed("needs_more", "2025-12-10", flag__patient_flag=REPEAT_DUE)


def test_a_dismissed_repeat_asks_for_nothing():
    assert DISMISSED_REPEAT.execute("SELECT count(*) FROM mart.request").fetchall() == [(0,)]
    assert OPEN_REPEAT.execute("SELECT count(*) > 0 FROM mart.request").fetchall() == [(True,)]


def test_a_facility_that_was_never_flagged_is_listed():
    con = mart(raw__source_file="facility | content\nnorth | mixed\nnorth | reviews")
    assert con.execute("SELECT facility, clinic, n_patients FROM mart.facility").fetchall() == [
        ("north", "North Immunology", 0)
    ]


def test_a_folder_of_reviews_alone_is_no_feed():
    con = mart(raw__source_file="facility | content\nnorth | reviews")
    assert con.execute("SELECT * FROM mart.facility").fetchall() == []


def test_a_feed_of_results_reaches_to_its_last_collection_of_anybody():
    """Of one patient, where the quality tables wait for eight; not what a wrong clock dates."""
    con = mart(
        raw__source_file="facility | content\nnorth | mixed",
        core__measurement="""
        facility | patient_key | collected_at
        north    | k1          | 2025-12-30 23:59
        north    | k1          | 2025-12-01 08:00
        north    | k2          | 2042-01-01 08:00
        """,
    )
    (reached,) = con.execute("SELECT last_collected_on::VARCHAR FROM mart.facility").fetchall()
    assert reached == ("2025-12-30",)


def test_a_feed_of_exposures_is_told_in_exact_numbers():
    con = mart(
        exposure__feed="""
        facility | last_mentioned_on | n_patients | n_rows | share_known | share_read
        north    | 2025-12-30        | 3          | 7      | 0.333333    | 0.142857
        """,
        exposure__list="facility | is_accepted\nnorth | false\nnorth | true",
    )
    told = "n_patients, n_rows, share_known, share_read, n_lists_held FROM mart.exposure_feed"
    assert con.execute(f"SELECT {told}").fetchall() == [(3, 7, 0.333333, 0.142857, 1)]
