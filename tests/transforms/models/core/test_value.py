"""lookup.value_text: how a value's text becomes comparator and number, or a reason."""

import pytest

from tests.warehouse_in_memory import core, rows


@pytest.mark.parametrize(
    ("sent", "value_type", "comparator", "number", "fault"),
    [
        ("0.21", "NM", None, 0.21, None),
        (".2", "NM", None, 0.2, None),
        ("139.", "NM", None, 139.0, None),
        ("+4.1", "NM", None, 4.1, None),
        (" 4.1 ", "ST", None, 4.1, None),
        ("<0.05", "ST", "<", 0.05, None),
        ("< 0.05", "NM", "<", 0.05, None),
        ("<=0.05", "ST", "<=", 0.05, None),
        ("≤0.05", "ST", "<=", 0.05, None),
        (">30", "ST", ">", 30.0, None),
        ("<^0.10", "SN", "<", 0.10, None),
        ("^182", "SN", None, 182.0, None),
        ("=^16", "SN", None, 16.0, None),
        ("<0.10", "SN", "<", 0.10, None),
        ("^1^:^128", "SN", None, None, "value_is_range"),
        ("6-10", "ST", None, None, "value_is_range"),
        ("?7", "NM", None, None, "value_is_text"),
        ("haemolysed", "ST", None, None, "specimen_haemolysed"),
        ("4/5/2024", "ST", None, None, "value_is_text"),
        ("0,45", "NM", None, None, "value_ambiguous_decimal"),
        ("1,234", "NM", None, None, "value_ambiguous_decimal"),
        ("-0.3", "NM", None, -0.3, "negative_value"),
        ("1,234.5", "NM", None, 1234.5, None),
        ("1,23.5", "NM", None, None, "value_ambiguous_decimal"),
        ("10 IU/mL", "ST", None, 10.0, None),
        ("<40 mg/dL", "ST", "<", 40.0, None),
        ("125,256 mg/L", "ST", None, None, "value_ambiguous_decimal"),
        ("10 copies/ml", "ST", None, None, "value_is_text"),
    ],
)
def test_value_with_a_decimal_point(sent, value_type, comparator, number, fault):
    drawn = f"analyte | value_type | observation_value\nigm | {value_type} | {sent or ''}"
    con = core(drawn)
    assert rows(
        con, "SELECT value_comparator, value_as_number, value_fault FROM lookup.value_text"
    ) == [(comparator, number, fault)]


@pytest.mark.parametrize(
    ("sent", "comparator", "number", "fault"),
    [
        ("0,45", None, 0.45, None),
        ("<0,05", "<", 0.05, None),
        ("1.234,5", None, 1234.5, None),
        ("45", None, 45.0, None),
        ("1.234", None, None, "value_ambiguous_decimal"),
        ("0.45", None, None, "value_ambiguous_decimal"),
    ],
)
def test_value_with_a_decimal_comma(sent, comparator, number, fault):
    con = core(f"analyte | observation_value\nigm | {sent}", facility={"decimal_mark": ","})
    assert rows(
        con, "SELECT value_comparator, value_as_number, value_fault FROM lookup.value_text"
    ) == [(comparator, number, fault)]


def test_an_empty_value_is_missing():
    con = core("analyte | observation_value\nigm |")
    assert rows(con, "SELECT reason_code FROM core.unusable") == [("value_missing",)]


@pytest.mark.parametrize(
    ("value", "units", "g_per_l", "reason"),
    [
        ("21 mg/dL", "", 0.21, None),
        ("<7 mg/dL", "", 0.07, None),
        ("0.21 g/L", "g/L", 0.21, None),
        ("21 mg/dL", "g/L", None, "unit_contradicted_by_value"),
        ("21", "", None, "unit_missing"),
        ("21 furlong", "", None, "value_is_text"),
    ],
)
def test_a_unit_within_the_value_is_read_where_none_stands_beside_it(value, units, g_per_l, reason):
    con = core(f"analyte | observation_value | units\nigm | {value} | {units}")
    assert rows(con, "SELECT reason_code FROM result.disposition") == [(reason,)]
    assert rows(con, "SELECT value_g_per_l FROM core.measurement") == (
        [(g_per_l,)] if g_per_l else []
    )


SERIES = "analyte | observation_value | units | collected_at | message_number\n"


def held(drawn: str) -> list[str]:
    """The values that are held because the person's others say another unit, in order of time."""
    con = core(SERIES + drawn)
    return [
        value
        for (value,) in rows(
            con,
            "SELECT value_source_value FROM core.unusable "
            "WHERE reason_code = 'unit_contradicted_by_history' ORDER BY collected_at",
        )
    ]


@pytest.mark.parametrize(
    ("analyte", "values", "expected"),
    [
        ("igm", ["1.10", "112", "1.15"], []),  # implausible in itself: above 30 g/L
        ("igm", ["0.11", "11.1", "0.12"], ["11.1"]),
        ("igm", ["0.011", "1.1"], ["0.011", "1.1"]),  # of two neither is believed
        ("igm", ["0.011", "1.3"], []),  # 118 is not 100
        ("igg", ["0.8", "8.0"], []),  # replacement; the unit is the same
        ("igm", ["0.30", "0.32", "0.31"], []),
    ],
)
def test_a_unit_that_slipped_shows_in_the_persons_other_results(analyte, values, expected):
    drawn = "\n".join(
        f"{analyte} | {value} | g/L | 2024-0{n}-10 08:00:00 | {n}"
        for n, value in enumerate(values, 1)
    )
    assert held(drawn) == expected


def test_a_ratio_of_ten_counts_between_different_units():
    assert held(
        "igg | 11 | g/L | 2024-01-10 08:00:00 | 1\n"
        "igg | 110 | mg/dL | 2024-02-10 08:00:00 | 2\n"
        "igg | 10.8 | g/L | 2024-03-10 08:00:00 | 3"
    ) == ["110"]


def many(n_at_floor: int, n_above: int, floor: str = "0.25") -> str:
    values = [floor] * n_at_floor + [f"{0.6 + n / 1000:.3f}" for n in range(n_above)]
    return "patient_id | analyte | observation_value | message_number\n" + "\n".join(
        f"p{n} | igm | {value} | {n + 1}" for n, value in enumerate(values)
    )


@pytest.mark.parametrize(
    ("n_at_floor", "n_above", "floor", "expected"),
    [
        (12, 300, "0.45", "censored_unresolved"),  # at most 0.45: above 0.40, so not decided
        (12, 300, "0.40", "borderline_low"),  # not above the lower limit: as it stands
        (12, 300, "0.25", "low"),
        (9, 200, "0.45", "borderline_low"),  # too few to be sure
        (12, 400, "0.45", "borderline_low"),  # under 3 %
    ],
)
def test_a_floor_sent_as_a_number_is_at_most_that(n_at_floor, n_above, floor, expected):
    con = core(many(n_at_floor, n_above, floor))
    assert rows(
        con,
        f"SELECT DISTINCT class, value_comparator FROM core.measurement "
        f"WHERE value_source_value = '{floor}'",
    ) == [(expected, None)]
