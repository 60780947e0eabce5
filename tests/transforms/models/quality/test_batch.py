"""What a data manager watches of tonight's delivery: times, people, verdicts, reasons."""

from datetime import date, timedelta

import pytest

SOURCES = """
facility | source_sha256 | is_new
north    | new           | true
north    | old           | false
"""
HERE = {"facility": "north", "source_sha256": "new"}


@pytest.fixture
def north(fresh):
    fresh.lay("run.source", SOURCES)
    return fresh


def row(fresh, model):
    fresh.build(model)
    (found,) = fresh.read(f"FROM {model}")
    return found


def sent(north, n, collected_at, message_at, disposition="measured", **more):
    north.add(
        "result.disposition",
        [
            HERE
            | {
                "collected_at": collected_at,
                "message_at": message_at,
                "disposition": disposition,
            }
            | more
        ]
        * n,
    )


@pytest.mark.parametrize(
    ("collected_at", "message_at", "late", "before"),
    [
        ("2024-01-01 08:00", "2024-01-29 23:00", 0, 0),  # 28 days: not late yet
        ("2024-01-01 08:00", "2024-01-30 00:00", 0.25, 0),
        ("2024-01-01 23:00", "2024-01-01 08:00", 0, 0),  # a day without a time is no fault
        ("2024-01-02 08:00", "2024-01-01 23:00", 0, 0.25),
        (None, "2024-01-01 23:00", 0, 0),
    ],
)
def test_lateness_and_collection_after_receipt(north, collected_at, message_at, late, before):
    sent(north, 9, "2024-01-01 08:00", "2024-01-01 09:00")
    sent(north, 3, collected_at, message_at)
    sent(north, 50, "2023-01-01", "2024-01-01", "not_immunoglobulin")
    found = row(north, "delivery.timing")
    assert (found["share_late"], found["share_before_collection"]) == (late, before)


def test_what_was_known_already_counts_as_repeated_whichever_version_stands(north):
    sent(north, 7, "2024-01-01", "2024-01-01")
    sent(north, 1, "2024-01-01", "2024-01-01", is_resent=True)
    sent(north, 1, "2024-01-01", "2024-01-01", "superseded", is_resent=True)
    sent(north, 1, "2024-01-01", "2024-01-01", "superseded")
    assert row(north, "delivery.timing")["share_repeated"] == pytest.approx(0.2)


def test_nine_results_say_nothing_of_their_times(north):
    sent(north, 9, "2024-01-02", "2024-01-01")
    found = row(north, "delivery.timing")
    assert {found[c] for c in found if c.startswith("share")} == {None}


def person(north, n, birth_date, first=0, **more):
    north.add(
        "core.measurement",
        [
            HERE
            | {"measurement_id": f"m{i}", "patient_key": f"k{i}", "birth_date": birth_date}
            | more
            for i in range(first, first + n)
        ],
    )


def test_birth_dates_on_1_january_by_person(north):
    person(north, 9, "1980-06-01")
    person(north, 3, "1970-01-01", first=9)
    person(north, 3, "1970-01-01", first=9)  # a second result of the same three
    person(north, 5, None, first=20)
    assert row(north, "delivery.identity")["share_born_1_january"] == pytest.approx(0.25)


def test_panels_of_igm_without_igg_or_iga(north):
    person(north, 12, "1980-06-01")
    new, old = 2**32, 2 * 2**32
    north.add("lookup.source", [HERE | {"source_number": 1}])
    north.add("lookup.source", [HERE | {"source_sha256": "old", "source_number": 2}])
    north.add(
        "panel.member",
        [
            {
                "index_result_number": new + i,
                "index_analyte": "igm",
                "igg_row": new + 100 if i else None,
                "iga_row": new + 200 if i > 2 else None,
            }
            for i in range(12)
        ],
    )
    north.add("panel.member", [{"index_result_number": new + 100, "index_analyte": "igg"}])
    north.add("panel.member", [{"index_result_number": old + 1, "index_analyte": "igm"}])
    assert row(north, "delivery.identity")["share_igm_alone"] == pytest.approx(0.25)


def classed(north, n, klass, theirs=None, source="new"):
    north.add(
        "core.measurement",
        [HERE | {"source_sha256": source, "class": klass, "laboratory_interpretation": theirs}] * n,
    )


@pytest.mark.parametrize(
    ("klass", "theirs", "disagrees"),
    [
        ("low", "L", 0),
        ("low", "N", 0.25),
        ("very_low", "H", 0.25),
        ("normal", "L", 0.25),
        ("high", "L", 0.25),
        ("borderline_low", "L", 0),
        ("borderline_low", "N", 0),
        ("normal", "H", 0),  # only low is a matter of these rules
    ],
)
def test_disagreement_with_the_laboratory(north, klass, theirs, disagrees):
    classed(north, 9, "normal", "N")
    classed(north, 3, klass, theirs)
    classed(north, 5, "low")
    assert row(north, "delivery.agreement")["share_disagreement"] == disagrees


@pytest.mark.parametrize(
    ("n_low", "n", "low_ratio"),
    [
        (10, 100, 1),  # 10 % tonight, 10 % before
        (20, 100, 1),  # twice as many, as chance may give
        (40, 100, 4.0),
        (12, 29, None),  # too few
    ],
)
def test_the_share_of_low_results_against_the_past(north, n_low, n, low_ratio):
    classed(north, 100, "low", source="old")
    classed(north, 900, "normal", source="old")
    classed(north, n_low, "low")
    classed(north, n - n_low, "normal")
    assert row(north, "delivery.agreement")["low_ratio"] == low_ratio


def test_shares_by_reason_of_what_could_have_been_measured(north):
    sent(north, 7, "2024-01-01", "2024-01-01")
    sent(north, 2, "2024-01-01", "2024-01-01", "unusable", reason_code="unit_missing")
    sent(north, 1, "2024-01-01", "2024-01-01", "unusable", reason_code="value_missing")
    sent(north, 9, "2024-01-01", "2024-01-01", "not_immunoglobulin", reason_code="other_test")
    north.build("delivery.reason")
    found = {r["reason_code"]: r["share"] for r in north.read("FROM delivery.reason")}
    assert found == {"unit_missing": 0.2, "value_missing": 0.1}


def test_shares_without_unit_and_from_the_future(north):
    north.add("raw.source_file", [HERE | {"content": "results", "n_results": 20}])
    sent(north, 15, "2024-01-01", "2024-01-01")
    sent(north, 4, "2024-01-01", "2024-01-01", "unusable", reason_code="unit_missing")
    sent(north, 1, "2031-01-01", "2024-01-01", "unusable", reason_code="collected_after_as_of")
    north.build("tally.message", "tally.file", "delivery.loss")
    (found,) = north.read("FROM delivery.loss")
    assert found["share_without_unit"] == pytest.approx(0.2)
    assert found["share_future"] == pytest.approx(0.05)


def test_spread_of_a_month_against_its_past(fresh):
    from tests.transforms.models.quality.test_unit_shift import build, results

    build(
        fresh,
        results("2024-01", 100, 1.0),
        results("2024-02", 60, 1.0),
        results("2024-03", 30, 0.3) + results("2024-03", 30, 3.3),
    )
    ratios = [
        r["spread_ratio"]
        for r in fresh.read("FROM level.median_shift WHERE NOT is_new_batch ORDER BY month")
    ]
    assert ratios[0] is None
    assert ratios[1] == pytest.approx(1, abs=0.1)
    assert ratios[2] > 5


def test_a_month_of_the_past_is_a_month(north):
    start = date(2024, 1, 1)
    days = [start + timedelta(days=7 * i) for i in range(8)]
    north.add(
        "core.measurement",
        [
            HERE
            | {"analyte": "igm", "series": "total", "class": klass, "collected_at": f"{day} 08:00"}
            | {"patient_key": f"k{number}"}
            for day in days
            for number, klass in enumerate(["low"] * 6 + ["normal"] * 6)
        ],
    )
    north.build("level.shown_month", "quality.low_share")
    found = north.read("FROM quality.low_share ORDER BY month")
    assert [(str(r["month"]), r["n_results"], r["n_low"], r["share_low"]) for r in found] == [
        ("2024-01-01", 60, 30, 0.5),
        ("2024-02-01", 35, 20, 0.57),
    ]
