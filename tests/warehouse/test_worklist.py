"""mart.worklist: what is asked of a clinic, in what order, and when it stops being asked."""

from __future__ import annotations

import pytest

from tests.warehouse.drawn_mart import FLAGS, IGM, mart


@pytest.mark.parametrize("rule_id", ["hyper_igm", IGM])
@pytest.mark.parametrize(
    ("status", "urgent", "priority"),
    [
        ("candidate", "true", 1),
        ("definite_pattern", "false", 2),
        ("repeat_overdue", "false", 3),
        ("repeat_due", "false", 4),
        ("persistent", "false", 5),
        ("candidate", "false", 6),
        ("indeterminate", "false", 7),
        ("resolved", "false", 8),
        ("excluded_secondary", "false", None),
        ("not_selective", "false", None),
        ("not_higm_pattern", "false", None),
        ("not_assessable", "false", None),
    ],
)
def test_worklist_puts_first_things_first(rule_id, status, urgent, priority):
    con = mart(flag__patient_flag=FLAGS.format(rule_id=rule_id, status=status, urgent=urgent))
    rows = con.execute("SELECT priority, action IS NOT NULL FROM mart.worklist").fetchall()
    assert rows == ([(priority, True)] if priority else [])


@pytest.mark.parametrize(
    ("rule_id", "status", "asked"),
    [
        ("hyper_igm", "not_higm_pattern", "call"),
        ("hyper_igm", "definite_pattern", "call"),
        (IGM, "candidate", "plan"),  # first in the list with its patient, but not a second call
        (IGM, "not_assessable", None),
    ],
)
def test_an_urgent_patient_is_called_about_once(rule_id, status, asked):
    con = mart(flag__patient_flag=FLAGS.format(rule_id=rule_id, status=status, urgent="true"))
    rows = con.execute("SELECT priority, action FROM mart.worklist").fetchall()
    assert [(priority, action.split()[0]) for priority, action in rows] == (
        [(1, asked)] if asked else []
    )


TRANSITIONS = """
patient_key | patient_id | rule_id   | as_of      | from_status | to_status  | published_run_id
k1          | ann        | hyper_igm | 2025-12-30 |             | candidate  | r1
k1          | ann        | hyper_igm | 2026-01-01 | candidate   | repeat_due | r2
k1          | ann        | hyper_igm | {as_of}    | repeat_due  | persistent | {run_id}
"""
PUBLISHED = """
seq | run_id
1   | r1
2   | r2
"""


@pytest.mark.parametrize(
    ("as_of", "published", "is_new"),
    [
        ("2026-01-01", PUBLISHED, True),  # tonight, not recorded yet
        ("2026-01-01", PUBLISHED + "3 | r3\n", True),  # tonight, built again
    ],
)
def test_worklist_knows_the_last_change_by_publication_not_by_date(as_of, published, is_new):
    con = mart(
        flag__patient_flag=FLAGS.format(rule_id="hyper_igm", status="persistent", urgent="false"),
        flag__transition=TRANSITIONS.format(as_of=as_of, run_id="r3"),
        run__published_status=published,
    )
    assert con.execute(
        "SELECT is_new, changed_on::VARCHAR, previous_status FROM mart.worklist"
    ).fetchall() == [(is_new, as_of, "repeat_due")]


def test_worklist_is_not_new_the_night_after():
    con = mart(
        flag__patient_flag=FLAGS.format(rule_id="hyper_igm", status="candidate", urgent="false"),
        flag__transition="""
            patient_key | rule_id   | as_of      | to_status | published_run_id
            k1          | hyper_igm | 2025-12-31 | candidate | r1
        """,
        run__published_status=PUBLISHED,
    )
    assert con.execute(
        "SELECT is_new, changed_on::VARCHAR, previous_status FROM mart.worklist"
    ).fetchall() == [(False, "2025-12-31", None)]


@pytest.mark.parametrize(
    ("verdict", "reviewed_at", "is_answered", "shown"),
    [
        ("confirmed", "2025-12-31 09:00:00", True, "confirmed"),
        ("dismissed", "2026-01-01 09:00:00", True, "dismissed"),
        ("needs_more", "2025-12-31 09:00:00", False, "needs_more"),
        ("confirmed", "2025-12-30 09:00:00", False, "confirmed"),  # before the state changed
        ("confirmed", "2026-01-02 09:00:00", False, None),  # after the clock of the run
    ],
)
def test_a_closing_verdict_answers_until_the_state_changes(
    verdict, reviewed_at, is_answered, shown
):
    con = mart(
        flag__patient_flag=FLAGS.format(rule_id="hyper_igm", status="persistent", urgent="false"),
        flag__transition="""
            patient_key | rule_id   | as_of      | to_status  | published_run_id
            k1          | hyper_igm | 2025-12-31 | persistent | r1
        """,
        core__patient_alias="""
            assigning_authority | patient_id | patient_key
            NORTH               | anne       | k1
        """,
        raw__review=f"""
            patient_id | assigning_authority | rule_id   | verdict   | reviewed_at
            anne       | NORTH               | hyper_igm | {verdict} | {reviewed_at}
        """,
    )
    ((action, seen),) = con.execute("SELECT action, verdict FROM mart.worklist").fetchall()
    assert action.startswith("reviewed:") == is_answered
    assert seen == shown
