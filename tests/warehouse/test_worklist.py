"""mart.worklist: what is asked of a clinic, in what order, and when it stops being asked."""

from __future__ import annotations

import pytest

from tests.warehouse.drawn_mart import FLAGS, IGM, DrawnMart, SharedMart, mart

SHARED = SharedMart()
RULES = ["hyper_igm", IGM]

FLAG = """
patient_key | patient_id | facility | rule_id   | status   | birth_date | last_evidence_at    | as_of
k1          | ann        | north    | {rule_id} | {status} | 1980-01-01 | 2025-12-01 08:00:00 | 2026-01-01
"""


def flagged(status: str, rule_id: str = IGM, **cells: str) -> str:
    """One flag as the fold gives it, with these cells besides."""
    head, row = FLAG.format(rule_id=rule_id, status=status).strip().split("\n")
    return " | ".join([head, *cells]) + "\n" + " | ".join([row, *cells.values()])


def drawn(flags: str) -> DrawnMart:
    """A patient's flags in the shared mart."""
    return SHARED.draw(flag__patient_flag=flags)


def asked(con: DrawnMart) -> list[tuple]:
    """What is asked, and why and until when nothing is."""
    return con.execute(
        "SELECT ask, NULL, NULL FROM mart.worklist "
        "UNION ALL SELECT NULL, watched_as, asks_on::VARCHAR FROM mart.watched"
    ).fetchall()


# status, cells, ask
ASKS = [
    ("candidate", {"urgent": "true"}, "urgent"),
    ("not_higm_pattern", {"urgent": "true"}, "urgent"),
    ("indeterminate", {"severity": "immediate"}, "immediate"),
    ("excluded_secondary", {"severity": "high"}, "high"),
    ("candidate", {"routes": "[route_was]"}, "route_was"),
    ("not_selective", {"was_selective": "true"}, "was_selective"),
    ("definite_pattern", {}, "definite_pattern"),
    ("repeat_overdue", {}, "repeat_overdue"),
    ("repeat_due", {}, "repeat_due"),
    ("persistent", {}, "persistent"),
    ("not_higm_pattern", {"is_broad_deficiency": "true"}, "broad_deficiency"),
    ("indeterminate", {"settled_by": "electrophoresis"}, "electrophoresis"),
    ("indeterminate", {"settled_by": "cd40l_or_genes"}, "cd40l_or_genes"),
    ("indeterminate", {"settled_by": "replacement_question"}, "replacement_question"),
    ("resolved", {}, "resolved"),  # since tonight
]
ASKING = {
    (rule_id, status, ask): drawn(flagged(status, rule_id, **cells))
    for rule_id in RULES
    for status, cells, ask in ASKS
}


@pytest.mark.parametrize("rule_id", RULES)
@pytest.mark.parametrize(("status", "ask"), [(status, ask) for status, _, ask in ASKS])
def test_what_asks_for_something(rule_id, status, ask):
    assert asked(ASKING[rule_id, status, ask]) == [(ask, None, None)]


# status, cells, watched as, asks on
WATCHES = [
    ("candidate", {"repeat_due_on": "2026-02-20"}, "awaiting_repeat", "2026-02-20"),
    ("candidate", {"severity": "raised"}, "awaiting_repeat", None),
    ("indeterminate", {}, "indeterminate", None),
    ("excluded_secondary", {}, "excluded_secondary", None),
    ("not_selective", {}, "not_selective", None),
    ("not_higm_pattern", {}, "not_higm_pattern", None),
    ("not_assessable", {}, "not_assessable", None),
]
WATCHED = {str(case): drawn(flagged(case[0], **case[1])) for case in WATCHES}


@pytest.mark.parametrize("case", WATCHES, ids=str)
def test_what_asks_for_nothing_is_watched(case):
    _, _, watched_as, asks_on = case
    assert asked(WATCHED[str(case)]) == [(None, watched_as, asks_on)]


def collected(last: str, flag: str) -> DrawnMart:
    """A flag whose last evidence is of another time."""
    return drawn(flag.replace("2025-12-01 08:00:00", last))


# last evidence, ask, watched as
A_YEAR = [
    ("2025-01-01 08:00:00", "electrophoresis", None),  # 365 days
    ("2024-12-31 08:00:00", None, "lapsed"),
]
NAMED_TEST = {
    last: collected(last, flagged("indeterminate", settled_by="electrophoresis"))
    for last, *_ in A_YEAR
}


@pytest.mark.parametrize(("last", "ask", "watched_as"), A_YEAR)
def test_one_named_test_is_asked_for_a_year(last, ask, watched_as):
    assert asked(NAMED_TEST[last]) == [(ask, watched_as, None)]


LONG_AGO = collected(
    "2022-12-01 08:00:00", flagged("indeterminate", "hyper_igm", settled_by="replacement_question")
)


def test_whether_the_patient_is_on_replacement_is_asked_until_a_verdict():
    assert asked(LONG_AGO) == [("replacement_question", None, None)]


def test_the_order_of_what_is_asked():
    order = ["urgent", "immediate", "high", "was_selective", "repeat_overdue", "repeat_due"]
    order += ["persistent", "broad_deficiency", "electrophoresis", "resolved"]
    rank = SHARED.con.execute(
        "SELECT list(ask ORDER BY priority) FROM (SELECT ask, min(priority) AS priority "
        "FROM knowledge.action GROUP BY ask) WHERE list_contains($1, ask)",
        [order],
    )
    assert rank.fetchall() == [(order,)]


def both(flag: str, other: str) -> DrawnMart:
    """Two flags of one patient."""
    return drawn(flag + "\n" + other.split("\n")[1])


URGENT_BY_BOTH = both(
    flagged("not_higm_pattern", "hyper_igm", urgent="true", severity="immediate"),
    flagged("candidate", urgent="true", severity="immediate"),
)
URGENT_BY_ONE = both(
    flagged("candidate", "hyper_igm", urgent="true"), flagged("persistent", urgent="true")
)


def test_what_is_asked_of_the_patient_is_asked_once():
    assert sorted(asked(URGENT_BY_BOTH), key=str) == [
        ("urgent", None, None),
        (None, "awaiting_repeat", None),
    ]


def test_a_patient_urgent_for_another_rule_still_has_what_the_rule_itself_asks():
    assert sorted(asked(URGENT_BY_ONE)) == [("persistent", None, None), ("urgent", None, None)]


# birth date, cells, begins
FIRST = [
    ("1966-01-02", {}, "repeat at"),
    ("1966-01-01", {}, "first serum electrophoresis and free light chains"),  # 60 years
    ("1980-01-01", {"routes": "[route_paraprotein]"}, "first serum electrophoresis and imm"),
    ("1980-01-01", {"severity": "paraprotein_workup"}, "first serum electrophoresis and imm"),
]
FIRST_ASKED = {
    str(case): drawn(flagged("persistent", **case[1]).replace("1980-01-01", case[0]))
    for case in FIRST
}


@pytest.mark.parametrize("case", FIRST, ids=str)
def test_electrophoresis_comes_first(case):
    *_, begins = case
    ((action,),) = FIRST_ASKED[str(case)].execute("SELECT action FROM mart.worklist").fetchall()
    assert action.startswith(begins)
    assert action.endswith("drugs and diseases that lower IgM")


def test_an_urgent_patient_of_withheld_files_stands_on_the_list():
    con = mart(
        run__withheld_urgent="""
            patient_key | patient_id | facility | rule_id   | status    | last_evidence_at
            k1          | ann        | north    | hyper_igm | candidate | 2025-12-31 08:00:00
        """
    )
    assert con.execute(
        "SELECT patient_id, ask, priority, urgent, clinic FROM mart.worklist"
    ).fetchall() == [("ann", "urgent_withheld", 1, True, "North Immunology")]


def test_what_is_withheld_stands_in_the_place_of_what_was_asked_of_the_rule():
    con = mart(
        flag__patient_flag=flagged("repeat_due", "hyper_igm"),
        run__withheld_urgent="""
            patient_key | patient_id | facility | rule_id   | status    | last_evidence_at
            k1          | ann        | north    | hyper_igm | candidate | 2025-12-31 08:00:00
        """,
    )
    asked = con.execute("SELECT patient_id, rule_id, ask FROM mart.worklist").fetchall()
    assert asked == [("ann", "hyper_igm", "urgent_withheld")]


# what the state was and is since tonight, cells, whether the line is new
TURNS = [
    ("candidate", "repeat_due", {}, True),  # it comes to the list
    ("candidate", "repeat_overdue", {}, True),  # no night in between
    ("repeat_due", "repeat_overdue", {}, False),  # it was there and is sorted anew
    ("candidate", "repeat_due", {"severity": "high"}, False),  # it was there for its severity
    ("repeat_overdue", "persistent", {}, True),
    ("resolved", "repeat_due", {}, True),
]
TURNED = {
    str(turn): SHARED.draw(
        flag__patient_flag=flagged(turn[1], "hyper_igm", **turn[2]),
        flag__transition=f"""
            patient_key | rule_id   | as_of      | from_status | to_status | published_run_id
            k1          | hyper_igm | 2025-12-01 |             | {turn[0]} | r1
            k1          | hyper_igm | 2026-01-01 | {turn[0]}   | {turn[1]} | r2
        """,
        run__published_status="seq | run_id\n1 | r1",
    )
    for turn in TURNS
}


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_line_that_only_becomes_due_or_overdue_where_it_stood_is_not_new(turn):
    *_, is_new = turn
    assert TURNED[str(turn)].execute("SELECT is_new FROM mart.worklist").fetchall() == [(is_new,)]


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


PERSISTENT = FLAGS.format(rule_id="hyper_igm", status="persistent", urgent="false")
CHANGES = [
    ("2026-01-01", PUBLISHED, True),  # tonight, not recorded yet
    ("2026-01-01", PUBLISHED + "3 | r3\n", True),  # tonight, built again
]
CHANGED = {
    published: SHARED.draw(
        flag__patient_flag=PERSISTENT,
        flag__transition=TRANSITIONS.format(as_of=as_of, run_id="r3"),
        run__published_status=published,
    )
    for as_of, published, _ in CHANGES
}
LAST = "SELECT is_new, changed_on::VARCHAR, previous_status FROM mart.worklist"


@pytest.mark.parametrize(("as_of", "published", "is_new"), CHANGES)
def test_worklist_knows_the_last_change_by_publication_not_by_date(as_of, published, is_new):
    assert CHANGED[published].execute(LAST).fetchall() == [(is_new, as_of, "repeat_due")]


YESTERDAY = """
patient_key | rule_id   | as_of      | to_status  | published_run_id
k1          | hyper_igm | 2025-12-31 | persistent | r1
"""
THE_NIGHT_AFTER = SHARED.draw(
    flag__patient_flag=PERSISTENT, flag__transition=YESTERDAY, run__published_status=PUBLISHED
)


def test_worklist_is_not_new_the_night_after():
    assert THE_NIGHT_AFTER.execute(LAST).fetchall() == [(False, "2025-12-31", None)]


# verdict, reviewed at, is answered, shown
VERDICTS = [
    ("confirmed", "2025-12-31 09:00:00", True, "confirmed"),
    ("dismissed", "2026-01-01 09:00:00", True, "dismissed"),
    ("needs_more", "2025-12-31 09:00:00", False, "needs_more"),
    ("confirmed", "2025-12-30 09:00:00", False, "confirmed"),  # before the state changed
    ("confirmed", "2026-01-02 09:00:00", False, None),  # after the clock of the run
]
REVIEWED = {
    (verdict, reviewed_at): SHARED.draw(
        flag__patient_flag=PERSISTENT,
        flag__transition=YESTERDAY,
        core__patient_alias="""
            assigning_authority | patient_id | patient_key
            NORTH               | anne       | k1
        """,
        raw__review=f"""
            patient_id | assigning_authority | rule_id   | verdict   | reviewed_at
            anne       | NORTH               | hyper_igm | {verdict} | {reviewed_at}
        """,
    )
    for verdict, reviewed_at, *_ in VERDICTS
}


@pytest.mark.parametrize(("verdict", "reviewed_at", "is_answered", "shown"), VERDICTS)
def test_a_closing_verdict_answers_until_the_state_changes(
    verdict, reviewed_at, is_answered, shown
):
    con = REVIEWED[verdict, reviewed_at]
    listed = con.execute("SELECT verdict FROM mart.worklist").fetchall()
    assert listed == ([] if is_answered else [(shown,)])
    assert con.execute("SELECT verdict FROM mart.watched").fetchall() == (
        [(shown,)] if is_answered else []
    )
