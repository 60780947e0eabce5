"""Counts of 1 to 4, and what would give them away, are hidden in what anybody may see."""

import pytest

MONTH = {"facility": "north", "analyte": "igm", "series": "total", "collected_at": "2024-01-05"}


@pytest.mark.parametrize(
    ("n_low", "n_normal", "shown"),
    [
        (6, 10, (16, 6, 0.375)),
        (4, 10, (14, None, None)),
        (10, 4, (14, None, None)),  # the complement
        (0, 10, (10, 0, 0.0)),
        (2, 2, (None, None, None)),
    ],
)
def test_low_share(fresh, n_low, n_normal, shown):
    rows = [MONTH | {"class": "very_low"}] * n_low + [MONTH | {"class": "normal"}] * n_normal
    fresh.add("core.measurement", rows)
    fresh.build("quality.low_share")
    (found,) = fresh.read("SELECT n_results, n_low, share_low FROM quality.low_share")
    assert tuple(found.values()) == shown


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 50, "b": 20, "c": 9}, {"a": 50, "b": 20, "c": 9}),
        ({"a": 50, "b": 20, "c": 3}, {"a": 50, "b": None, "c": None}),  # the sum is known
        ({"a": 50, "b": 2, "c": 2}, {"a": 50, "b": None, "c": None} | {"a": None}),
        ({"a": 50, "b": 4, "c": 3}, {"a": 50, "b": None, "c": None}),
    ],
)
def test_reasons_and_the_next_smallest(fresh, counts, shown):
    for reason, n in counts.items():
        row = {"facility": "north", "disposition": "unusable", "reason_code": reason}
        fresh.add("result.disposition", [row] * n)
    fresh.add("result.disposition", [{"facility": "north", "disposition": "measured"}] * 100)
    fresh.build("quality.unusable_reason")
    found = {r["reason_code"]: r["n_results"] for r in fresh.read("FROM quality.unusable_reason")}
    assert found == shown
    assert fresh.read(
        "FROM quality.unusable_reason WHERE is_suppressed <> (n_results IS NULL) "
        "OR is_suppressed <> (share IS NULL)"
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("n_tested", "n_flagged", "shown"),
    [
        (1000, 8, (1000, 8, 8.0)),
        (1000, 3, (1000, None, None)),
        (1000, 0, (1000, 0, 0.0)),
        (9, 6, (9, None, None)),  # the complement
        (4, 0, (None, None, None)),
    ],
)
def test_flags_per_1_000_tested(fresh, n_tested, n_flagged, shown):
    for i in range(n_tested):
        fresh.con.execute(
            "INSERT INTO core.measurement BY NAME SELECT 'north' AS facility, $1 AS patient_key, "
            "'igm' AS analyte, 'total' AS series",
            [f"k{i}"],
        )
    rule = {"facility": "north", "rule_id": "hyper_igm"}
    flags = [rule | {"status": "candidate", "urgent": "false"}] * n_flagged
    quiet = [rule | {"status": "excluded_secondary", "urgent": "false"}] * 9
    fresh.add("flag.patient_flag", flags + quiet)
    fresh.build("quality.flag_rate")
    (found,) = fresh.read(
        "SELECT n_tested, n_flagged, per_1000 FROM quality.flag_rate WHERE rule_id = 'hyper_igm'"
    )
    assert tuple(found.values()) == shown


def test_an_urgent_flag_asks_whatever_its_state(fresh):
    fresh.add(
        "core.measurement",
        [
            {"facility": "north", "patient_key": f"k{i}", "analyte": "igm", "series": "total"}
            for i in range(20)
        ],
    )
    rule = {"facility": "north", "rule_id": "hyper_igm", "status": "not_assessable"}
    fresh.add("flag.patient_flag", [rule | {"urgent": "true"}] * 5 + [rule | {"urgent": "false"}])
    fresh.build("quality.flag_rate")
    rows = fresh.read("SELECT n_flagged FROM quality.flag_rate WHERE rule_id = 'hyper_igm'")
    assert rows == [{"n_flagged": 5}]


def test_merges_refused_results_held_and_birth_dates_left_out(fresh):
    fresh.lay("raw.source_file", "facility | source_sha256\nnorth | a\nsouth | b")
    fresh.add("core.merge_refused", [{"facility": "north"}] * 6 + [{"facility": "south"}] * 2)
    held = {"facility": "north", "reason_code": "patient_identity_held"}
    fresh.add("core.unusable", [held] * 7 + [held | {"reason_code": "unit_missing"}] * 9)
    fresh.add("core.identifier_alike", [{"facility": "south"}] * 8)
    wrapped = {"facility": "north", "patient_identifier_list": "1234.0", "message_number": None}
    fresh.add("raw.observation", [wrapped] * 3 + [wrapped | {"message_number": 1}] * 9)
    fresh.add("identity.filler_birth_date", [{"facility": "north"}] * 5)
    fresh.build("quality.identity")
    fresh.says(
        "quality.identity",
        """
        facility | n_merges_refused | n_results_held | n_identifiers_alike | n_results_unwrapped | n_birth_date_placeholders
        north    | 6                | 7              | 0                   |                     | 5
        south    |                  | 0              | 8                   | 0                   | 0
        """,
    )


def test_rules_that_wait_for_a_signature_or_a_review(fresh):
    fresh.lay("run.clock", "as_of | run_id\n2026-06-01 | r1")
    fresh.con.execute("DELETE FROM knowledge.rule_parameter")
    fresh.lay(
        "knowledge.rule_parameter",
        """
        version | next_review_on
        2026.1  |
        2026.1  | 2026-05-31
        2026.1  | 2026-06-01
        """,
    )
    fresh.add(
        "knowledge.facility_rule",
        [{"facility": "north", "version": "n1", "next_review_on": "2026-07-01"}],
    )
    fresh.build("quality.rule_review")
    fresh.says(
        "quality.rule_review",
        """
        facility | version | n_parameters | n_unsigned | n_overdue | overdue_since
                 | 2026.1  | 3            | 1          | 1         | 2026-05-31
        north    | n1      | 1            | 0          | 0         |
        """,
    )


def test_checks_of_every_night_stand_beside_tonight_s(fresh):
    fresh.lay("run.clock", "as_of | run_id\n2026-06-01 | r2")
    fresh.lay(
        "run.published_check",
        """
        as_of      | checked_run_id | facility | n_lines | n_warning | n_critical
        2026-05-31 | r1             |          | 9       | 1         | 0
        """,
    )
    fresh.lay(
        "quality.check_result",
        """
        facility | severity | success
        north    | warning  | false
        north    | critical | true
        north    | critical | false
                 | warning  | true
        """,
    )
    fresh.build("quality.check_history")
    fresh.says(
        "quality.check_history",
        """
        as_of      | checked_run_id | facility | n_lines | n_warning | n_critical
        2026-05-31 | r1             |          | 9       | 1         | 0
        2026-06-01 | r2             |          | 1       | 0         | 0
        2026-06-01 | r2             | north    | 3       | 1         | 1
        """,
    )
