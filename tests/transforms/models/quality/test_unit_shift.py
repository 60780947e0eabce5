"""A unit that changed under its label, a step of the method, and chance."""

import math
import statistics
from itertools import count

import pytest

from expectations.suite import FOLDER

SPREAD = 0.4
NUMBERS = count()
MEDIANS = ("month_median", "delivery_median", "median_shift", "month_shift", "shown_month")
LEVELS = ("value_tally", "unit_evidence", *MEDIANS)
MODELS = [*(f"level.{name}" for name in LEVELS), "quality.unit_shift", "quality.low_share"]
SOURCES = """
facility | source_sha256 | is_new
north    | old           | false
north    | new           | true
"""


def results(month, n, median, analyte="igm", source="old", spread=SPREAD, **said):
    """`n` results of a month, log-normal about `median`: the quantiles of their distribution;
    said: what else their messages say (units, class, laboratory_interpretation)."""
    normal = statistics.NormalDist(math.log(median), spread)
    unit = "value_kiu_per_l" if analyte == "ige" else "value_g_per_l"
    return [
        {
            "measurement_id": (number := next(NUMBERS)),
            "patient_key": f"k{number}",
            "facility": "north",
            "source_sha256": source,
            "analyte": analyte,
            "series": "total",
            "collected_at": f"{month}-15 08:00",
            unit: math.exp(normal.inv_cdf((i + 0.5) / n)),
            "unit_source_value": "g/L",
            "class": "normal",
            "laboratory_interpretation": None,
            **said,
        }
        for i in range(n)
    ]


def build(fresh, *groups):
    fresh.lay("run.source", SOURCES)
    for rows in groups:
        fresh.add("core.measurement", rows)
    fresh.build(*MODELS)


@pytest.mark.parametrize(
    ("n", "median", "suspicion"),
    [
        (60, 1.0, "none"),
        (100, 10.0, "unit_swap"),  # g/L read where mg/mL was meant ten times over
        (100, 100.0, "unit_swap"),  # mg/dL under the label g/L
        (100, 1000.0, "unit_swap"),  # mg/L under the label g/L
        (100, 0.01, "unit_swap"),  # g/L under the label mg/dL
        (100, 7.2, "unit_swap"),  # just inside the tolerance about 10
        (99, 10.0, "possible_unit_swap"),  # by their number alone too few to be sure
        (60, 6.9, "step"),  # just outside it: a large step, not a swap
        (60, 10_000.0, "step"),  # no unit differs by so much
        (60, 1.5, "step"),
        (60, 1.09, "none"),  # below the smallest change that is a step
        (60, 1.15, "none"),  # chance gives as much with 60 results
        (2000, 1.15, "step"),  # but not with 2,000
        (29, 1.5, None),  # too few to call a step
        (10, 10.0, "possible_unit_swap"),  # enough to ask
        (9, 10.0, None),  # too few to say anything
    ],
)
def test_suspicion_of_a_month(fresh, n, median, suspicion):
    build(
        fresh,
        results("2024-01", 100, 1.0),
        results("2024-02", 100, 1.0),
        results("2024-03", n, median),
    )
    (march,) = fresh.read("FROM level.month_shift WHERE month = '2024-03-01'")
    assert march["suspicion"] == suspicion
    assert march["n_results"] == n
    assert march["ratio"] == pytest.approx(median, rel=0.15)


# twelve results a hundred times as high, and what their messages say
SAID = {
    "nothing": ({}, "possible_unit_swap"),
    "their laboratory calls them high": (
        {"class": "high", "laboratory_interpretation": "H"}, "possible_unit_swap",
    ),
    "their laboratory calls them normal": (
        {"class": "high", "laboratory_interpretation": "N"}, "unit_swap",
    ),
    "their unit is a new one": ({"unit_source_value": "mg/dL"}, "unit_swap"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "suspicion"), SAID.values(), ids=SAID)
def test_a_small_feed_is_judged_by_what_its_messages_say(fresh, said, suspicion):
    """A clinic's own analyser, whose twelve patients of the month may be what they seem."""
    build(fresh, results("2024-01", 200, 1.0), results("2024-02", 12, 100.0, source="new", **said))
    found = fresh.read("SELECT suspicion FROM level.median_shift WHERE n_results = 12")
    assert [row["suspicion"] for row in found] == [suspicion, suspicion]  # delivery and month


@pytest.mark.parametrize(("n_speaking", "suspicion"), [(6, "unit_swap"), (5, "possible_unit_swap")])
def test_half_of_the_results_must_speak_against_their_unit(fresh, n_speaking, suspicion):
    swapped = results("2024-02", 12, 100.0, source="new")
    for row in swapped[:n_speaking]:
        row |= {"class": "high", "laboratory_interpretation": "N"}
    build(fresh, results("2024-01", 200, 1.0), swapped)
    (batch,) = fresh.read("FROM level.median_shift WHERE is_new_batch")
    assert batch["suspicion"] == suspicion


def test_a_hundred_results_need_a_hundred_before(fresh):
    build(fresh, results("2024-01", 99, 1.0), results("2024-02", 100, 100.0, source="new"))
    (batch,) = fresh.read("FROM level.median_shift WHERE is_new_batch")
    assert batch["suspicion"] == "possible_unit_swap"


def test_a_unit_used_before_is_no_evidence(fresh):
    both = [results("2024-01", 60, 1.0, unit_source_value=unit) for unit in ("g/L", "mg/dL")]
    build(fresh, *both, results("2024-02", 12, 100.0, source="new", unit_source_value="mg/dL"))
    (batch,) = fresh.read("FROM level.median_shift WHERE is_new_batch")
    assert batch["suspicion"] == "possible_unit_swap"


def test_the_median_before_is_that_of_all_earlier_months(fresh):
    fresh.lay(
        "core.measurement",
        "\n".join(
            ["facility | source_sha256 | analyte | series | collected_at | value_g_per_l"]
            + [
                f"north | old | igg | total | {month}-02 08:00 | {value}"
                for month, values in {
                    "2024-01": (1, 2, 3, 4, 5),
                    "2024-03": (6, 7, 8, 9, 10),
                    "2024-04": (3, 3, 3, 3, 3),
                }.items()
                for value in values
            ]
        ),
    )
    fresh.lay("run.source", SOURCES)
    fresh.build(*MODELS)
    fresh.says(
        "level.month_shift",
        """
        facility | analyte | month      | n_results | median | median_before | ratio | suspicion
        north    | igg     | 2024-01-01 | 5         | 3.0    |               |       |
        north    | igg     | 2024-03-01 | 5         | 8.0    | 3.0           | 2.6666666666666665 |
        north    | igg     | 2024-04-01 | 5         | 3.0    | 5.0           | 0.6   |
        """,
    )


SHOWN = [
    # results of February and what of it anybody may see: they, their median, and what it is suspected of
    (7, None),
    (8, (10, None, 1.0, None, None)),  # may be eight
    (22, (20, None, 1.0, None, None)),  # may be fewer than a median needs
    (23, (25, 2.0, 1.0, 2.0, None)),  # too few to call a step
    (32, (30, 2.0, 1.0, 2.0, None)),  # may be fewer than a step needs
    (33, (35, 2.0, 1.0, 2.0, "step")),
]


@pytest.mark.parametrize(("n", "shown"), SHOWN)
def test_what_a_month_shows_of_its_results(fresh, n, shown):
    build(fresh, results("2024-01", 100, 1.0), results("2024-02", n, 2.0))
    found = fresh.read(
        "SELECT n_results, median, median_before, ratio, suspicion FROM quality.unit_shift "
        "WHERE month = '2024-02-01'"
    )
    assert [tuple(row.values()) for row in found] == ([shown] if shown else [])


def test_a_swap_is_shown_with_the_median(fresh):
    build(fresh, results("2024-01", 100, 1.0), results("2024-02", 23, 100.0))
    (february,) = fresh.read("FROM quality.unit_shift WHERE month = '2024-02-01'")
    assert (february["ratio"], february["suspicion"]) == (100, "possible_unit_swap")


def test_a_median_is_told_to_two_digits(fresh):
    """Of an odd number of results the median is one of them: 0.863 g/L would be somebody's."""
    build(fresh, [row | {"value_g_per_l": 0.863} for row in results("2024-01", 25, 1.0)])
    (january,) = fresh.read("SELECT median FROM quality.unit_shift")
    assert january == {"median": 0.86}


def test_many_results_of_few_patients_are_no_month_that_is_shown(fresh):
    few = [row | {"patient_key": f"k{i % 7}"} for i, row in enumerate(results("2024-01", 70, 1.0))]
    build(fresh, few)
    assert fresh.read("FROM quality.unit_shift") == fresh.read("FROM quality.low_share") == []


def test_months_and_their_results_are_the_same_in_both_tables(fresh):
    """Counted twice with and without one result that has no class, the two would tell of it."""
    unclassed = [row | {"class": "not_classed"} for row in results("2024-02", 1, 1.0)]
    build(fresh, results("2024-01", 40, 1.0), results("2024-02", 12, 1.0), unclassed)
    counts = [
        fresh.read(f"SELECT month, n_results FROM quality.{table} ORDER BY month")
        for table in ("unit_shift", "low_share")
    ]
    assert counts[0] == counts[1]
    assert [row["n_results"] for row in counts[0]] == [40, 15]


def test_twelve_months_of_chance_raise_no_suspicion(fresh):
    months = [results(f"2024-{m:02}", 40 + 7 * m, 1.0 + 0.01 * (m % 3)) for m in range(1, 13)]
    build(fresh, *months)
    found = fresh.read("FROM quality.unit_shift ORDER BY month")
    assert [row["suspicion"] for row in found] == [None] + 11 * ["none"]


def test_ige_and_zero_are_compared_too(fresh):
    zeros = [row | {"value_kiu_per_l": 0.0} for row in results("2024-02", 60, 1.0, "ige")]
    build(fresh, results("2024-01", 60, 50.0, "ige"), zeros)
    (february,) = fresh.read("FROM quality.unit_shift WHERE month = '2024-02-01'")
    assert (february["median"], february["suspicion"]) == (0.0, "step")


def test_tonight_s_delivery_is_held_against_all_that_was_known(fresh):
    build(
        fresh,
        results("2024-01", 100, 1.0),
        results("2024-01", 12, 100.0, source="new"),
        results("2024-01", 50, 10.0, "igg"),
    )
    found = fresh.read("FROM level.median_shift WHERE is_new_batch")
    (igm,) = found
    assert (igm["analyte"], igm["n_results"], igm["ratio"]) == ("igm", 12, pytest.approx(100, 0.1))


def test_a_swap_whose_results_are_all_held_is_still_seen(fresh):
    """mg/dL under the label g/L: 950 g/L of IgG is held result by result, as it should be."""
    held = results("2024-02", 12, 950.0, "igg", "new")
    sent = ("facility", "source_sha256", "analyte", "collected_at")
    fresh.add(
        "result.value_in_doubt",
        [
            {name: row[name] for name in sent} | {"value_normalised": row["value_g_per_l"]}
            for row in held
        ],
    )
    build(fresh, results("2024-01", 100, 9.5, "igg"))
    (batch,) = fresh.read("FROM level.median_shift WHERE is_new_batch")
    assert (batch["n_results"], batch["suspicion"]) == (12, "unit_swap")


def test_a_spread_as_wide_as_that_of_ige_needs_more_results(fresh):
    wide = {"analyte": "ige", "spread": 1.5}
    build(
        fresh,
        results("2024-01", 200, 40.0, **wide),
        results("2024-02", 10, 400.0, **wide),
        results("2024-03", 60, 400.0, **wide),
    )
    found = fresh.read("FROM level.month_shift ORDER BY month")
    assert [row["suspicion"] for row in found] == [None, None, "possible_unit_swap"]


def test_a_small_feed_shows_a_swap_over_weeks(fresh):
    """Two results a night: no delivery can be judged alone, this month and the last can."""
    build(
        fresh,
        results("2023-12", 100, 1.0),
        results("2024-01", 12, 100.0),
        results("2024-01", 2, 100.0, source="new"),
        results("2024-02", 12, 100.0),
        results("2024-03", 10, 100.0),
        results("2024-03", 2, 100.0, source="new"),
    )
    fresh.lay("run.clock", "as_of\n2024-03-20")
    query = (FOLDER / "level.median_shift.sql").read_text()
    found = fresh.con.sql(query, params={"facility": "north"}).to_arrow_table().to_pylist()
    checked = {(str(row["month"]), row["n_results"]): row["suspicion"] for row in found}
    assert checked == {("None", 4): None, ("2024-03-01", 12): "possible_unit_swap"}
