"""core.panel: the other isotypes of a result: same specimen, else nearest within 30 days."""

import pytest

from tests.warehouse_in_memory import MODELS, by_patient, core, patients, rows

IGM = "index_analyte = 'igm'"
# patient -> what was sent, and the IgG beside each IgM of theirs
JOINED = {
    "the same specimen comes before another of the same day": (
        """
        analyte | observation_value | filler_order_number | collected_at        | message_number
        igm     | 0.30              | A1                  | 2024-01-10 08:00:00 | 1
        igg     | 9.0               | A1                  | 2024-01-10 08:00:00 | 2
        igg     | 8.0               | A2                  | 2024-01-10 07:00:00 | 3
        """,
        [(9.0, "specimen")],
    ),
    "the nearest within the window and none beyond": (
        """
        analyte | observation_value | collected_at        | message_number
        igm     | 0.30              | 2024-01-31 08:00:00 | 1
        igg     | 9.0               | 2024-01-01 08:00:00 | 2
        igg     | 8.0               | 2024-02-10 08:00:00 | 3
        igm     | 0.31              | 2024-05-01 08:00:00 | 4
        igg     | 7.0               | 2024-06-01 08:00:00 | 5
        """,
        [(8.0, "window"), (None, None)],
    ),
    "of one day the same order comes before a nearer hour": (
        """
        analyte | observation_value | filler_order_number | collected_at
        igm     | 0.30              | A1                  | 2024-01-10 08:00:00
        igg     | 9.0               | A1                  | 2024-01-10 12:00:00
        igg     | 7.5               | A2                  | 2024-01-10 09:00:00
        """,
        [(9.0, "specimen")],
    ),
    "a nearer day comes before the same order": (
        """
        analyte | observation_value | filler_order_number | collected_at
        igm     | 0.30              | A1                  | 2024-01-10 08:00:00
        igg     | 9.0               | A1                  | 2024-01-12 08:00:00
        igg     | 7.5               | A2                  | 2024-01-11 08:00:00
        """,
        [(7.5, "window")],
    ),
    "of two equally near the earlier stands": (
        """
        analyte | observation_value | collected_at
        igm     | 0.30              | 2024-01-10 08:00:00
        igg     | 7.5               | 2024-01-13 08:00:00
        igg     | 9.0               | 2024-01-07 08:00:00
        """,
        [(9.0, "window")],
    ),
    "an order number of another facility is another order": (
        """
        facility | analyte | observation_value | filler_order_number | collected_at
        north    | igm     | 0.30              | A1                  | 2024-01-10 08:00:00
        north    | igg     | 9.0               | A2                  | 2024-01-10 09:00:00
        south    | igg     | 7.5               | A1                  | 2024-01-10 12:00:00
        """,
        [(9.0, "window")],
    ),
    "never across patients": ("analyte | observation_value\nigm | 0.30", [(None, None)]),
    "a result after the clock is not seen": (
        "analyte | observation_value | collected_at\nigm | 0.30 | 2027-01-01 08:00:00",
        [],
    ),
}
# of an IgM of 2024-01-31 08:00, by when the other was collected
WINDOW = [
    ("2024-01-01 00:01:00", [(9.0, "window")]),  # 30 days before, by the calendar
    ("2023-12-31 23:59:00", [(None, None)]),  # 31 days before
    ("2024-03-01 23:59:00", [(9.0, "window")]),  # 30 days after: February has 29 days
    ("2024-03-02 00:01:00", [(None, None)]),  # 31 days after
]
SUBCLASSES = [("2024-03-01 23:59:00", ["igg2"]), ("2024-03-02 00:01:00", [])]
SENT = {
    "another patient": "analyte | observation_value\nigg | 9.0",
    "subclasses": """
        observation_identifier | observation_value | collected_at | message_number
        2472-9 | 0.30              | 2024-01-10 08:00:00 | 1
        2466-1 | 8.0               | 2024-01-10 08:00:00 | 2
        2467-9 | 0.5               | 2024-01-20 08:00:00 | 3
        2467-9 | 3.0               | 2024-02-05 08:00:00 | 4
        2468-7 | 0.5               | 2024-02-20 08:00:00 | 5
        2465-3 | 9.0               | 2024-01-10 08:00:00 | 6
    """,
    "results of one moment": """
        analyte | observation_value | filler_order_number | message_number
        igm     | 0.30              | A1                  | 1
        igg     | 9.0               | A2                  | 2
        igg     | 2.0               | A3                  | 3
        igg     | 5.0               | A4                  | 4
        iga     | 1.9               | A1                  | 5
    """,
}


def beside_an_igm(code: str, value: str, collected_at: str) -> str:
    return f"""
        observation_identifier | observation_value | collected_at
        2472-9                 | 0.30              | 2024-01-31 08:00:00
        {code}                 | {value}           | {collected_at}
    """


@pytest.fixture(scope="module")
def warehouse():
    sent = {
        **SENT,
        **{name: drawn for name, (drawn, _) in JOINED.items()},
        **{f"IgG of {day}": beside_an_igm("2465-3", "9.0", day) for day, _ in WINDOW},
        **{f"IgG2 of {day}": beside_an_igm("2467-9", "0.5", day) for day, _ in SUBCLASSES},
    }
    return core(patients(sent))


@pytest.fixture(scope="module")
def panels(warehouse):
    """Given columns of the panels of each patient."""

    def of(columns: str, of_these: str = "true") -> dict[str, list[tuple]]:
        panel = "core.panel INNER JOIN core.patient USING (patient_key)"
        query = f"SELECT patient_id, {columns} FROM {panel} WHERE {of_these}"
        return by_patient(warehouse, f"{query} ORDER BY collected_at, index_analyte, igg_value")

    return of


@pytest.fixture(scope="module")
def joined(panels):
    return panels("igg_value, igg_joined_by", IGM)


@pytest.mark.parametrize("name", JOINED)
def test_the_igg_beside_an_igm(joined, name):
    _, expected = JOINED[name]
    assert joined[name] == expected


@pytest.mark.parametrize(("collected_at", "expected"), WINDOW)
def test_the_window_ends_with_its_thirtieth_day(joined, collected_at, expected):
    assert joined[f"IgG of {collected_at}"] == expected


@pytest.mark.parametrize(("collected_at", "subclasses"), SUBCLASSES)
def test_the_window_of_subclasses_is_the_same(panels, collected_at, subclasses):
    assert panels("igg_subclasses", IGM)[f"IgG2 of {collected_at}"] == [(subclasses,)]


def test_a_result_after_the_clock_is_unusable(warehouse):
    query = (
        "SELECT patient_id, reason_code FROM core.unusable JOIN core.patient USING (patient_key)"
    )
    assert by_patient(warehouse, query) == {
        "a result after the clock is not seen": [("collected_after_as_of",)]
    }


def test_subclasses_near_an_igm_and_which_of_them_are_low(panels):
    found = panels("index_analyte, igg_subclasses, low_igg_subclasses")["subclasses"]
    assert found == [("igg", [], []), ("igm", ["igg1", "igg2"], ["igg2"])]


def test_in_parts_it_is_the_same_table():
    people = "\n".join(
        f"p{n} | {analyte} | {value} | 2024-01-{day:02} 08:00:00"
        for n in range(7)
        for analyte, value, day in (("igm", 0.3, 10), ("igg", 9.0, 10), ("iga", 1.9, 12 + n))
    )
    con = core("patient_id | analyte | observation_value | collected_at\n" + people)
    whole = rows(con, "FROM core.panel ORDER BY measurement_id")
    con.execute("SET VARIABLE n_parts = 3")
    model = (MODELS / "core" / "panel.sql").read_text(encoding="utf-8")
    parts: list[list[tuple]] = []
    for part in range(3):
        con.execute(f"SET VARIABLE part = {part}")
        parts.append(rows(con, model))
    assert all(parts)
    assert sorted((row for part in parts for row in part), key=lambda row: row[0]) == whole


def test_of_two_results_of_one_moment_the_lower_stands_beside_the_others(panels):
    patient = "results of one moment"
    assert panels("igg_value, iga_value", IGM)[patient] == [(2.0, 1.9)]
    of_igg = panels("igg_value, igm_value, iga_value", "index_analyte = 'igg'")[patient]
    assert of_igg == [(v, 0.3, 1.9) for v in (2.0, 5.0, 9.0)]
