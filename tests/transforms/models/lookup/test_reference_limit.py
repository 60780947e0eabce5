"""The limits on both sides of every edge of the default tables, against the tables themselves."""

from datetime import date, timedelta
from math import ceil

import pytest

from tests.warehouse_in_memory import core, rows
from transforms.knowledge import load_knowledge

COLLECTED_ON = date(2024, 1, 10)
TABLES = ("PRU_EXETER", "MAYO")
ADULT_FROM, ADULT_IGM_FLOOR = 6574.5, 0.40
INTERVALS = [
    row
    for row in load_knowledge()["reference_interval"].to_pylist()
    if row["table_id"] in TABLES and row["analyte"] in ("igg", "iga", "igm")
]
SIDES = sorted(
    {
        (row["analyte"], day)
        for row in INTERVALS
        for day in (ceil(row["age_low_days"]) - 1, ceil(row["age_low_days"]))
        if day >= 0
    }
)


def limits(analyte: str, age_days: int) -> tuple[float, ...]:
    """Lowest and highest lower limit, lowest and highest upper limit, as the tables print them."""
    bands = [
        row
        for row in INTERVALS
        if row["analyte"] == analyte
        and row["age_low_days"] <= age_days < (row["age_high_days"] or float("inf"))
    ]
    assert len(bands) == len(TABLES), "a gap or an overlap"
    lower = [row["lower_limit"] for row in bands if row["lower_limit"] is not None]
    if analyte == "igm" and age_days >= ADULT_FROM:
        lower = [max(limit, ADULT_IGM_FLOOR) for limit in lower]
    upper = [row["upper_limit"] for row in bands if row["upper_limit"] is not None]
    return min(lower), max(lower), min(upper), max(upper)


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, int], tuple[float, ...]]:
    drawn = ["analyte | patient_id | birth_date | observation_value | message_number"]
    drawn += [
        f"{analyte} | {analyte}{day} | {COLLECTED_ON - timedelta(day)} | 1.0 | {n}"
        for n, (analyte, day) in enumerate(SIDES, 1)
    ]
    con = core("\n".join(drawn))
    return {
        (analyte, day): tuple(rest)
        for analyte, day, *rest in rows(
            con,
            "SELECT analyte, age_days, lower_limit_min, lower_limit_max, upper_limit_min, "
            "upper_limit_max FROM core.measurement",
        )
    }


@pytest.mark.parametrize(("analyte", "age_days"), SIDES)
def test_both_sides_of_every_edge(found, analyte, age_days):
    assert found[analyte, age_days] == limits(analyte, age_days)


def test_a_table_that_is_only_remembered_never_decides():
    remembered = [
        row
        for row in load_knowledge()["reference_interval"].to_pylist()
        if row["certainty"] == "D" and row["analyte"] == "igm"
    ]
    assert remembered
    con = core(
        "analyte | observation_value\nigm | 0.3",
        facility={"reference_set": "+".join({row["table_id"] for row in remembered})},
    )
    assert rows(
        con,
        "SELECT count(*) FROM lookup.reference_limit AS l "
        "INNER JOIN knowledge.reference_interval AS i ON i.certainty = 'D' "
        "AND l.reference_set = i.table_id AND l.analyte = i.analyte "
        "WHERE NOT EXISTS (FROM knowledge.reference_interval AS k WHERE "
        "k.table_id = i.table_id AND k.analyte = i.analyte AND k.certainty <> 'D')",
    ) == [(0,)]
