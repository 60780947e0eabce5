"""Who is on what lowers immunoglobulins and was not measured: mart.unmeasured. The clock is 2026-01-01."""

from __future__ import annotations

from tests.warehouse.drawn_mart import SharedMart, mart

SIGNED = """
facility | measuring_id               | within_days | approved_by
wards    | anti_cd20_baseline         |             | d.doe
wards    | anti_cd20_interval         |             | d.doe
wards    | clozapine_interval         | 200         | d.doe
wards    | b_cell_malignancy_baseline |             | d.doe
"""
# results of somebody else show how far back the laboratory reaches
RESULTS = """
measurement_id | patient_key | analyte | series | collected_at
before         | another     | igg     | total  | 2020-01-01
"""
EXPOSURE = "patient_key | facility | exposure_group | exposure_id | effect | start_date | mentioned_on | active_until\n"


def unmeasured(con) -> list[tuple]:
    return con.execute(
        "SELECT patient_key, measuring_id, started_on::VARCHAR, last_measured_on::VARCHAR, due_on::VARCHAR "
        "FROM mart.unmeasured ORDER BY ALL"
    ).fetchall()


def asked(exposures: str, results: str = "", signed: str = SIGNED):
    drawn = [line.strip() for line in exposures.strip().splitlines()]
    return mart(
        knowledge__local_measuring=signed,
        core__exposure=EXPOSURE + "\n".join(drawn),
        core__measurement=RESULTS.strip() + results,
    )


RITUXIMAB = """
none     | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2025-03-01 | 2025-03-01 | 2027-03-01
old      | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2025-03-01 | 2025-03-01 | 2027-03-01
first    | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2025-03-01 | 2025-03-01 | 2027-03-01
late     | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2025-03-01 | 2025-03-01 | 2027-03-01
well     | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2025-03-01 | 2025-03-01 | 2027-03-01
well     | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2025-09-01 | 2025-09-01 | 2027-09-01
over     | wards | anti_cd20 | rituximab_l01fa01 | definite  | 2023-03-01 | 2023-03-01 | 2025-12-31
history  | wards | anti_cd20 | rituximab_l01fa01 |           | 2025-03-01 | 2025-03-01 | 2027-03-01
suspect  | wards | anti_cd20 | rituximab_l01fa01 | suspected | 2025-03-01 | 2025-03-01 | 2027-03-01
other    | north | anti_cd20 | rituximab_l01fa01 | definite  | 2025-03-01 | 2025-03-01 | 2027-03-01
"""
MEASURED = """
a | old   | igg | total | 2024-08-29
b | first | igg | total | 2024-08-30
c | late  | igg | total | 2025-03-02
d | well  | igg | total | 2025-03-01
e | well  | igg | total | 2025-07-03
f | none  | igm | total | 2025-02-01
g | none  | igg | electrophoresis | 2025-02-01
h | none  | igg | total | 2026-01-05
"""


def test_a_baseline_lies_before_the_first_dose_and_the_next_within_the_interval():
    """old: a day too old; first: on the first day that counts; late: a day after the dose; well: 182
    days ago; none: of IgM, by electrophoresis, and after the clock; over: its look-back has ended;
    other: its feed signed nothing."""
    con = asked(RITUXIMAB, MEASURED)
    assert unmeasured(con) == [
        ("first", "anti_cd20_interval", "2025-03-01", "2024-08-30", "2025-08-31"),
        ("late", "anti_cd20_baseline", "2025-03-01", "2025-03-02", "2025-03-01"),
        ("late", "anti_cd20_interval", "2025-03-01", "2025-03-02", "2025-09-01"),
        ("none", "anti_cd20_baseline", "2025-03-01", None, "2025-03-01"),
        ("none", "anti_cd20_interval", "2025-03-01", None, "2025-08-31"),
        ("old", "anti_cd20_baseline", "2025-03-01", "2024-08-29", "2025-03-01"),
        ("old", "anti_cd20_interval", "2025-03-01", "2024-08-29", "2025-08-31"),
    ]


def test_the_facilitys_own_interval_counts_and_only_the_drug_that_the_row_names():
    con = asked(
        """
        ten   | wards | antipsychotic | clozapine_n05ah02      | possible | 2025-06-15 | 2025-12-01 |
        open  | wards | antipsychotic | clozapine_name         | possible |            | 2025-06-14 |
        other | wards | antipsychotic | chlorpromazine_n05aa01 | possible | 2020-01-01 | 2025-12-01 |
        """
    )
    # 200 days from 2025-06-15 is the clock itself; a start that is not known is its mention
    assert unmeasured(con) == [
        ("open", "clozapine_interval", "2025-06-14", None, "2025-12-31"),
        ("ten", "clozapine_interval", "2025-06-15", None, "2026-01-01"),
    ]


def test_a_diagnosis_has_time_for_its_baseline():
    """new: a quarter has not gone by; late: measured on the last day; never: not at all."""
    con = asked(
        """
        new   | wards | b_cell_malignancy | b_cell_malignancy_c911 | definite | 2025-10-02 | 2025-10-02 |
        late  | wards | b_cell_malignancy | b_cell_malignancy_c911 | definite | 2025-09-01 | 2025-09-01 |
        never | wards | b_cell_malignancy | b_cell_malignancy_c911 | definite | 2025-09-01 | 2025-09-01 |
        """,
        "\na | late | igg | total | 2025-12-02\n",
    )
    assert unmeasured(con) == [
        ("never", "b_cell_malignancy_baseline", "2025-09-01", None, "2025-12-02")
    ]


def test_where_the_results_do_not_reach_back_nobody_can_say_that_there_was_none():
    con = mart(
        knowledge__local_measuring=SIGNED,
        core__exposure=EXPOSURE
        + "ann | wards | anti_cd20 | rituximab_l01fa01 | definite | 2025-03-01 | 2025-03-01 | 2027-03-01",
        core__measurement=RESULTS.replace("2020-01-01", "2025-01-01"),
    )
    assert [row[1] for row in unmeasured(con)] == ["anti_cd20_interval"]


def test_nothing_is_asked_until_a_facility_signs():
    con = asked(RITUXIMAB, MEASURED, signed="")
    assert con.execute("FROM mart.measuring").fetchall() == []
    assert con.execute("FROM mart.unmeasured").fetchall() == []


def test_the_list_says_whose_it_is_and_who_signed():
    shared = SharedMart()
    drawing = shared.draw(
        knowledge__local_measuring="""
            facility | measuring_id   | approved_by
            north    | car_t_interval | d.doe
        """,
        core__exposure=EXPOSURE
        + "ann | north | car_t | car_t_name | definite | 2025-03-01 | 2025-03-01 |",
        core__patient="patient_key | patient_id | assigning_authority\nann | NG1 | NORTH",
        core__measurement=RESULTS,
    )
    assert drawing.execute(
        "SELECT patient_id, assigning_authority, clinic, within_days, certainty, approved_by "
        "FROM mart.unmeasured"
    ).fetchall() == [("0-NG1", "NORTH", "North Immunology", 92, "C", "d.doe")]
