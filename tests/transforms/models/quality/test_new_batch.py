"""Tonight's delivery as a whole: what share was lost, and whether its volume is the usual one."""

from datetime import date, timedelta

import pytest

from tests.table import table

SOURCES = """
facility | source_sha256 | is_new
north    | new           | true
north    | old           | false
"""
MODELS = (
    "tally.message",
    "tally.file",
    "delivery.loss",
    "delivery.identity",
    "delivery.timing",
    "delivery.agreement",
    "delivery.volume",
    "delivery.summary",
)


def lay_delivery(fresh, cases):
    """One new file of north: rows drawn with n, disposition, reason_code."""
    fresh.lay("run.source", SOURCES)
    drawn = table(cases)
    n_results = sum(int(row["n"]) for row in drawn)
    file = {"facility": "north", "source_sha256": "new", "content": "results", "n_messages": 1}
    fresh.add("raw.source_file", [file | {"n_results": n_results}])
    for row in drawn:
        if row["disposition"] == "quarantined":
            fresh.add(
                "raw.reject",
                [
                    {
                        "facility": "north",
                        "source_sha256": "new",
                        "level": "row",
                        "unit": "result",
                        "n_results": row["n"],
                    }
                ],
            )
        else:
            fresh.add(
                "result.disposition",
                [
                    {
                        "facility": "north",
                        "source_sha256": "new",
                        "disposition": row["disposition"],
                        "reason_code": row["reason_code"],
                        "message_at": "2024-03-10 10:00",
                    }
                ]
                * int(row["n"]),
            )
    fresh.build(*MODELS)
    (batch,) = fresh.read("FROM delivery.summary")
    return batch


def test_shares_of_what_was_sent(fresh):
    batch = lay_delivery(
        fresh,
        """
        n  | disposition        | reason_code
        30 | measured           |
        6  | unusable           | unmapped_code
        4  | unusable           | value_missing
        50 | not_immunoglobulin | other_test
        10 | quarantined        |
        """,
    )
    assert batch["n_files"] == 1
    assert batch["share_unusable"] == pytest.approx(0.25)
    assert batch["share_unmapped"] == pytest.approx(0.15)
    assert batch["share_quarantined"] == pytest.approx(0.1)


def test_a_share_of_few_results_is_not_given(fresh):
    batch = lay_delivery(
        fresh,
        """
        n | disposition | reason_code
        4 | measured    |
        5 | unusable    | unmapped_code
        """,
    )
    assert {batch[c] for c in ("share_unusable", "share_unmapped", "share_quarantined")} == {None}


def test_verdicts_opposite_to_the_laboratory_s(fresh):
    # one whose flag says the opposite is held: it is no measurement, and counts against the delivery
    verdicts = table("""
        n | laboratory_interpretation | class          | in
        8 | H                         | high           | core.measurement
        1 | H                         | very_low       | result.opposed_by_laboratory
        2 | L                         | high           | result.opposed_by_laboratory
        9 | N                         | low            | core.measurement
        9 |                           | low            | core.measurement
        1 | L                         | borderline_low | core.measurement
        """)
    for row in verdicts:
        fresh.add(
            row["in"],
            [
                {
                    "facility": "north",
                    "source_sha256": "new",
                    "class": row["class"],
                    "laboratory_interpretation": row["laboratory_interpretation"],
                }
            ]
            * int(row["n"]),
        )
    batch = lay_delivery(fresh, "n | disposition | reason_code\n12 | measured | ")
    assert batch["share_opposite"] == pytest.approx(3 / 12)


@pytest.mark.parametrize(
    ("days", "per_day", "ratio"),
    [
        (20, 10, 2.0),
        (20, 40, 0.5),
        (6, 10, None),  # a feed that has just begun has no usual volume
    ],
)
def test_volume_against_the_four_weeks_before(fresh, days, per_day, ratio):
    for back in range(1, days + 1):
        day = date(2024, 3, 10) - timedelta(days=back)
        fresh.add(
            "result.disposition",
            [
                {
                    "facility": "north",
                    "source_sha256": "old",
                    "disposition": "measured",
                    "message_at": f"{day} 10:00",
                }
            ]
            * per_day,
        )
    fresh.lay("raw.source_file", "facility | source_sha256 | content\nnorth | old | results")
    batch = lay_delivery(fresh, "n | disposition | reason_code\n20 | measured | ")
    assert batch["volume_ratio"] == ratio


def test_a_delivery_that_holds_no_result(fresh):
    fresh.lay("run.source", "facility | source_sha256 | is_new\nnorth | new | true")
    fresh.lay("raw.source_file", "facility | source_sha256 | content\nnorth | new | merges")
    fresh.build(*MODELS)
    (batch,) = fresh.read("SELECT n_files, share_unusable, volume_ratio FROM delivery.summary")
    assert batch == {"n_files": 1, "share_unusable": None, "volume_ratio": None}
