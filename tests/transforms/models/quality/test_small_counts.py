"""Counts are rounded to five in what anybody may see; one that may be below eight is hidden."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.transforms.models.quality.conftest import Fresh

MODELS = (
    "level.shown_month",
    *(f"quality.{name}" for name in ("low_share", "conservation", "unusable_reason", "flag_rate")),
)
LOW_SHARE = [
    # low, normal, and what is shown
    (13, 27, (40, 15, 0.38)),
    (8, 4, (10, 10, 1.0)),
    (7, 10, (15, None, None)),
    (0, 10, (10, None, None)),  # the first one would tell
    (3, 4, None),
]
REASONS = [
    ({"a": 50, "b": 22, "c": 9}, {"a": (50, 0.28), "b": (20, 0.11)}),
    ({"a": 50, "b": 20, "c": 7}, {"a": (50, 0.29), "b": (20, 0.11)}),
    ({"a": 7, "b": 7}, {}),
]
FLAG_RATE = [
    # tested, flagged, and what is shown
    (1001, 8, (1000, 10, 10.0)),
    (1000, 7, (1000, None, None)),
    (1000, 0, (1000, None, None)),
    (13, 13, (15, 15, 1000.0)),
    (12, 0, None),
]


@pytest.fixture(scope="module")
def shared() -> Iterator[Fresh]:
    """One build, in which every case is a facility of its own."""
    fresh = Fresh()
    with closing(fresh.con):
        for n_low, n_normal, _ in LOW_SHARE:
            fresh.add("core.measurement", low_and_normal(n_low, n_normal))
        for counts, _ in REASONS:
            fresh.add("result.disposition", ended(counts))
            fresh.add("tally.conservation", sums(counts))
        for n_tested, n_flagged, _ in FLAG_RATE:
            facility = f"{n_flagged} of {n_tested}"
            fresh.add("core.measurement", results_of_patients(facility, n_tested))
            fresh.add("flag.patient_flag", flagged(facility, n_flagged))
        fresh.build(*MODELS)
        yield fresh


def low_and_normal(n_low: int, n_normal: int) -> list[dict[str, Any]]:
    month = {"analyte": "igm", "series": "total", "collected_at": "2024-01-05"}
    result = month | {"facility": f"{n_low} low, {n_normal} normal"}
    classes = ["very_low"] * n_low + ["normal"] * n_normal
    return [result | {"class": c, "patient_key": f"k{n}"} for n, c in enumerate(classes)]


def ended(counts: dict[str, int]) -> list[dict[str, Any]]:
    result: dict[str, Any] = {"facility": str(counts)}
    unusable = result | {"disposition": "unusable"}
    measured = result | {"disposition": "measured", "reason_code": None}
    return [measured] * 100 + [
        unusable | {"reason_code": reason} for reason, n in counts.items() for _ in range(n)
    ]


def sums(counts: dict[str, int]) -> list[dict[str, Any]]:
    unit = {"facility": str(counts), "unit": "result"}
    ends = {"measured": 100, "unusable": sum(counts.values())}
    return [unit | {"outcome": outcome, "n": n} for outcome, n in ends.items()]


def results_of_patients(facility: str, n_tested: int) -> list[dict[str, Any]]:
    result = {"facility": facility, "analyte": "igm", "series": "total"}
    return [result | {"patient_key": f"k{n}"} for n in range(n_tested)]


def flagged(facility: str, n_flagged: int) -> list[dict[str, Any]]:
    rule = {"facility": facility, "rule_id": "hyper_igm", "urgent": "false"}
    quiet = [rule | {"status": "excluded_secondary"}] * 9
    return [rule | {"status": "candidate"}] * n_flagged + quiet


@pytest.mark.parametrize(("n_low", "n_normal", "shown"), LOW_SHARE)
def test_low_share(shared, n_low, n_normal, shown):
    found = shared.read(
        "SELECT n_results, n_low, share_low FROM quality.low_share "
        f"WHERE facility = '{n_low} low, {n_normal} normal'"
    )
    assert [tuple(row.values()) for row in found] == ([shown] if shown else [])


@pytest.mark.parametrize(("counts", "shown"), REASONS)
def test_reasons_and_their_share_of_what_is_shown(shared, counts, shown):
    """Of 100 measured and 81 unusable, which are shown as 80: 50 of 180 are 0.28. Nine are hidden:
    a code that nobody mapped may be shown beside them, and tells by itself of five."""
    reasons = [
        row for row in shared.read("FROM quality.unusable_reason") if row["facility"] == str(counts)
    ]
    assert {row["reason_code"]: (row["n_results"], row["share"]) for row in reasons} == shown


@pytest.mark.parametrize(("n_tested", "n_flagged", "shown"), FLAG_RATE)
def test_flags_per_1_000_tested(shared, n_tested, n_flagged, shown):
    found = shared.read(
        "SELECT n_tested, n_flagged, per_1000 FROM quality.flag_rate "
        f"WHERE rule_id = 'hyper_igm' AND facility = '{n_flagged} of {n_tested}'"
    )
    assert [tuple(row.values()) for row in found] == ([shown] if shown else [])


def test_an_urgent_flag_asks_whatever_its_state(fresh):
    fresh.add(
        "core.measurement",
        [
            {"facility": "north", "patient_key": f"k{i}", "analyte": "igm", "series": "total"}
            for i in range(20)
        ],
    )
    rule = {"facility": "north", "rule_id": "hyper_igm", "status": "not_assessable"}
    fresh.add("flag.patient_flag", [rule | {"urgent": "true"}] * 8 + [rule | {"urgent": "false"}])
    fresh.build("quality.flag_rate")
    rows = fresh.read("SELECT n_flagged FROM quality.flag_rate WHERE rule_id = 'hyper_igm'")
    assert rows == [{"n_flagged": 10}]


def test_merges_refused_results_held_and_birth_dates_left_out(fresh):
    fresh.lay("raw.source_file", "facility | source_sha256\nnorth | a\nsouth | b")
    fresh.add("core.merge_refused", [{"facility": "north"}] * 12 + [{"facility": "south"}] * 2)
    held = {"facility": "north", "reason_code": "patient_identity_held"}
    fresh.add("core.unusable", [held] * 8 + [held | {"reason_code": "unit_missing"}] * 9)
    fresh.add("core.identifier_alike", [{"facility": "south"}] * 14)
    wrapped = {"facility": "north", "patient_identifier_list": "1234.0", "message_number": None}
    fresh.add("raw.observation", [wrapped] * 3 + [wrapped | {"message_number": 1}] * 9)
    fresh.add("identity.filler_birth_date", [{"facility": "north"}] * 5)
    fresh.build("quality.identity")
    fresh.says(
        "quality.identity",
        """
        facility | n_merges_refused | n_results_held | n_identifiers_alike | n_results_unwrapped | n_birth_date_placeholders
        north    | 10               | 10             |                     |                     |
        south    |                  |                | 15                  |                     |
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
