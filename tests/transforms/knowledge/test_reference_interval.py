"""Reference intervals: bands that meet, limits in order, and what the source tables leave out."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from tests.table import table

MONTH, YEAR = 30.4375, 365.25
DEFAULT_TABLES = ("PRU_EXETER", "MAYO")

# (table, analyte or *) -> what the printed table itself leaves out
BEGINS_LATE = {
    ("JOLLIFF1982", "*"): 1 * MONTH,
    ("UCI_OPTILITE_ADULT", "*"): 18 * YEAR,
}
ENDS_EARLY = {
    ("AKSU2006", "*"): 216 * MONTH,
    ("BAYRAM2019", "*"): 217 * MONTH,
    ("CALIPER_ABBOTT_2012", "*"): 19 * YEAR,
}
HOLES = {("JOLLIFF1982", "*"): [(11 * YEAR, 18 * YEAR)]}


@pytest.fixture(scope="module")
def series(rows):
    """(table, analyte, sex) -> its bands by age; a row of sex U holds for F and M alike."""
    bands: dict[tuple[str, str, str], list[dict]] = {}
    for row in rows["reference_interval"]:
        if row["age_low_days"] == row["age_high_days"]:
            continue
        for sex in "FM" if row["sex"] == "U" else row["sex"]:
            bands.setdefault((row["table_id"], row["analyte"], sex), []).append(row)
    return {key: sorted(found, key=lambda r: r["age_low_days"]) for key, found in bands.items()}


def end(band: dict) -> float:
    return math.inf if band["age_high_days"] is None else band["age_high_days"]


def test_bands_meet_without_gap_or_overlap(series):
    for (name, _analyte, _sex), bands in series.items():
        holes = [
            (a["age_high_days"], b["age_low_days"])
            for a, b in pairwise(bands)
            if end(a) != b["age_low_days"]
        ]
        assert holes == HOLES.get((name, "*"), []), (name, _analyte, _sex)


def test_bands_begin_at_birth_and_stay_open_unless_the_source_does_not(series):
    for (name, analyte, _sex), bands in series.items():
        assert bands[0]["age_low_days"] == BEGINS_LATE.get((name, "*"), 0), (name, analyte)
        assert end(bands[-1]) == ENDS_EARLY.get((name, "*"), math.inf), (name, analyte)


def test_exactly_one_band_holds_on_both_sides_of_every_edge(series):
    for (name, analyte, sex), bands in series.items():
        edges = [b["age_low_days"] for b in bands[1:] if b["age_low_days"] != 18 * YEAR]
        for age in [e + side for e in edges for side in (-0.001, 0, 0.001)]:
            found = [b for b in bands if b["age_low_days"] <= age < end(b)]
            assert len(found) == 1, (name, analyte, sex, age)


def test_no_age_falls_in_a_cord_row(rows):
    cord = [r for r in rows["reference_interval"] if r["age_low_days"] == r["age_high_days"]]
    assert {r["table_id"] for r in cord} == {"JOLLIFF1982"}
    assert len(cord) == 3


def test_the_tables_hold_as_many_rows_as_were_read(rows):
    count: dict[str, int] = {}
    for row in rows["reference_interval"]:
        count[row["table_id"]] = count.get(row["table_id"], 0) + 1
    assert count == {
        "PRU_EXETER": 42, "MAYO": 67, "ARUP_OPTILITE_GARCIAPRAT2018": 18, "ARUP_NEPH_2016": 32,
        "ROCHE_MEDSCAPE2013": 27, "AUCKLAND_LABPLUS2020": 21, "BOZEMAN_IGM_SEX": 9,
        "QUEST_IGA": 11, "UCI_OPTILITE_ADULT": 4, "LAKEVIEW_SEX": 15, "UMICH_IGM": 7,
        "CALIPER_ABBOTT_2012": 15, "JOLLIFF1982": 48, "AKSU2006": 42, "BAYRAM2019": 33,
    }  # fmt: skip


def test_limits_are_in_order_and_in_the_analytes_unit(rows):
    own = {row["analyte"]: row["unit"] for row in rows["analyte"]}
    for row in rows["reference_interval"]:
        assert row["unit"] == own[row["analyte"]], row
        low, high = row["lower_limit"], row["upper_limit"]
        assert low is not None or high is not None, row
        assert low is None or low >= 0, row
        assert low is None or high is None or low < high, row


def test_limits_do_not_jump_between_neighbouring_bands(series):
    """A slipped decimal point is a factor of ten; no printed table rises so fast after 6 months."""
    for key, bands in series.items():
        for a, b in pairwise(bands):
            if a["age_low_days"] >= 6 * MONTH and a["upper_limit"] and b["upper_limit"]:
                assert 0.3 < b["upper_limit"] / a["upper_limit"] < 4.2, (key, b)


def test_a_default_table_is_whole_and_read_at_its_publisher(rows, series):
    for name in DEFAULT_TABLES:
        found = [r for r in rows["reference_interval"] if r["table_id"] == name]
        assert {r["certainty"] for r in found} == {"A"}
        for analyte in ("igg", "iga", "igm"):
            for sex in "FM":
                bands = series[name, analyte, sex]
                assert bands[0]["age_low_days"] == 0
                assert end(bands[-1]) == math.inf
                assert all(b["lower_limit"] is not None for b in bands)


LIMITS = table("""
    table      | analyte | age_days | lower | upper | why
    PRU_EXETER | igm     | 13       | 0.05  | 0.2   | two weeks not yet complete
    PRU_EXETER | igm     | 14       | 0.08  | 0.4   | on the edge: the older band
    PRU_EXETER | igm     | 30       | 0.08  | 0.4   | one month is 30.4375 days
    PRU_EXETER | igm     | 31       | 0.15  | 0.7   |
    PRU_EXETER | igm     | 16801    | 0.5   | 1.9   | a day before 46 years
    PRU_EXETER | igm     | 16802    | 0.5   | 2.0   |
    MAYO       | igm     | 152      | 0.26  | 1.22  | 5 months are 152.19 days
    MAYO       | igm     | 153      | 0.32  | 1.32  |
    MAYO       | igm     | 6574     | 0.49  | 2.01  | 18 years are 6574.5 days
    MAYO       | igm     | 6575     | 0.37  | 2.86  |
    MAYO       | igg     | 10       | 1.0   |       | the printed upper limit is not used
    MAYO       | igg     | 182      | 1.64  |       | 6 months are 182.625 days
    MAYO       | igg     | 183      | 1.64  | 5.88  |
    MAYO       | igg     | 220      | 1.64  | 5.88  | the boy of 7 months in the rules
    MAYO       | iga     | 220      | 0.16  | 0.5   |
    MAYO       | ige     | 220      |       | 34    | upper limit only
""")


@pytest.mark.parametrize(
    "case", LIMITS, ids=lambda c: f"{c['table']} {c['analyte']} {c['age_days']} d"
)
def test_the_limits_at_an_age(series, case):
    age = float(case["age_days"])
    bands = series[case["table"], case["analyte"], "F"]
    found = next(b for b in bands if b["age_low_days"] <= age < end(b))
    expected = [float(case[k]) if case[k] else None for k in ("lower", "upper")]
    assert [found["lower_limit"], found["upper_limit"]] == expected
