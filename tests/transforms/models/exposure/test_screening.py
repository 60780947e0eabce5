"""Who counts as screened is measured, not declared: rules 2026.2, 3b, each limit on both its sides."""

from datetime import date

import pytest

from tests.warehouse_in_memory import core, rows

AS_OF = date(2025, 6, 1)
RESULTS = "facility | patient_id | analyte | observation_value | collected_at\n"
HEADER = (
    "facility | patient_id | kind | code | code_system | name | start_date | message_number"
    " | message_at | end_date\n"
)
HYPERTENSION = "diagnosis | I10 | ICD10 | |"
# 90 days before 2025-06-01 is 2025-03-03
ALIVE, SILENT = "2025-03-03", "2025-03-02"


def sent(
    n: int, day: str = ALIVE, what: str = HYPERTENSION, facility: str = "north", first: int = 0
) -> str:
    return "".join(
        f"{facility} | p{number} | {what} {day} | | 2025-06-01 08:00:00\n"
        for number in range(first, first + n)
    )


def results(*patients: str, facility: str = "north") -> str:
    return "".join(f"{facility} | {p} | igm | 0.2 | 2025-05-01 08:00:00\n" for p in patients)


def fault(exposures: str, observed: str, **facility: str) -> dict[str, str | None]:
    con = core(RESULTS + observed, exposure=HEADER + exposures, as_of=AS_OF, facility=facility)
    con.con.execute(
        "UPDATE raw.source_file SET n_results = (SELECT count(*) FROM raw.observation AS o"
        " WHERE o.facility = raw.source_file.facility)"
    )
    found = rows(con, "SELECT facility, screening_faults FROM exposure.screening")
    return {name: None if faults is None else " ".join(faults) for name, faults in found}


@pytest.mark.parametrize(
    ("exposures", "patients", "expected"),
    [
        (sent(100), ["p1"], ""),
        ("", ["p1"], "exposure_feed_silent"),
        (sent(100, SILENT), ["p1"], "exposure_feed_silent"),
        # silent, and of nobody that the laboratory knows
        (sent(100, SILENT), ["0001"], "exposure_feed_silent exposure_numbers_do_not_meet"),
        # an end that was planned does not speak when its day has come: sent in January, to May
        (
            "north | p1 | medication | L04AX03 | ATC | | 2025-01-10 | | 2025-01-10 08:00:00 | 2025-05-20\n",
            ["p1"],
            "exposure_feed_silent",
        ),
        # one of a hundred and one, and none
        (sent(101), ["p1"], "exposure_numbers_do_not_meet"),
        (sent(100), ["0001"], "exposure_numbers_do_not_meet"),
        # nine of ten rows read, and eight
        (sent(9) + sent(1, what="diagnosis | 38341003 | SNOMED | |", first=9), ["p1"], ""),
        (
            sent(8) + sent(2, what="diagnosis | 38341003 | SNOMED | |", first=8),
            ["p1"],
            "exposures_unread",
        ),
        # of the last year only: 365 days before 2025-06-01 is 2024-06-01
        (
            sent(9) + sent(5, "2024-06-01", "diagnosis | 38341003 | SNOMED | |", first=9),
            ["p1"],
            "",
        ),
        # RxNorm is read by its names, also where a name is none of ours
        (sent(10, what="medication | 161 | RXNORM | paracetamol |"), ["p1"], ""),
        (sent(10, what="medication | 161 | HAUSKATALOG | paracetamol |"), ["p1"], "exposures_unread"),
    ],
)  # fmt: skip
def test_a_promise_that_is_kept_and_each_way_to_break_it(exposures, patients, expected):
    assert fault(exposures, results(*patients))["north"] == expected


def test_a_laboratory_that_promises_nothing_has_no_fault_here():
    assert fault("", results("p1"), exposure_feed="none") == {"north": None}


def test_a_feed_of_exposures_alone_serves_every_laboratory():
    observed = results("p1") + results("p2", facility="south")
    assert fault(sent(10, facility="pharmacy"), observed) == {
        "north": "",
        "south": "",
        "pharmacy": "",
    }


def test_a_laboratory_rests_on_its_own_feed_and_on_no_other_laboratorys():
    observed = results("p1") + results("p2", facility="south")
    exposures = sent(10) + sent(10, SILENT, facility="south")
    assert fault(exposures, observed) == {"north": "", "south": "exposure_feed_silent"}
