"""When a drug is given: by RXE-1, TQ1 and ORC-7, one part of a course or several."""

import pytest

from tests.transforms.parse.hl7.exposure_table import expected, exposures, table

DAYS = "start_date start_date_precision end_date end_date_precision duration_days"
DRUG = "L01FA01^Rituximab^ATC"


@pytest.mark.parametrize(
    ("segments", "days"),
    [
        (f"ORC|NW|1\nRXE|1^^D14^20240110|{DRUG}", "2024-01-10 | day | - | - | 14"),
        (f"ORC|NW|1\nRXE||{DRUG}\nTQ1|1||BID|||14^D|20240110", "2024-01-10 | day | - | - | 14"),
        (f"ORC|NW|1\nTQ1|1||BID|||14^D|20240110\nRXO|{DRUG}", "2024-01-10 | day | - | - | 14"),
        (f"ORC|NW|1|||||^^W2^20240110\nRXO|{DRUG}", "2024-01-10 | day | - | - | 14"),
        # RXE-1 goes before TQ1, TQ1 before ORC-7, each for what it says
        (
            f"ORC|NW|1|||||^^D3^20240101^20240401\nRXE|^^^20240110|{DRUG}\nTQ1|1|||||14^D|20240102",
            "2024-01-10 | day | 2024-04-01 | - | 14",
        ),
        (f"ORC|NW|1|||||^^INDEF^20240110\nRXO|{DRUG}", "2024-01-10 | day | - | - | -"),
        (f"ORC|NW|1|||||^^ONCE^20240110\nRXO|{DRUG}", "2024-01-10 | day | - | - | -"),
        (f"ORC|NW|1|||||^Q8H^X3^20240110\nRXO|{DRUG}", "2024-01-10 | day | - | - | -"),
        (f"ORC|NW|1|||||^^^20240110^forever\nRXO|{DRUG}", "2024-01-10 | day | - | unread | -"),
        (f"ORC|NW|1|||||^^^202401\nRXO|{DRUG}", "2024-01-01 | month | - | - | -"),
        (f"ORC|NW|1|||||^^^soon\nRXO|{DRUG}", "2024-03-15 | unread | - | - | -"),
        # the day from which the order holds, else the day it was made
        (f"ORC|NW|1|||||||20240112||||||20240113\nRXO|{DRUG}", "2024-01-13 | day | - | - | -"),
        (f"ORC|NW|1|||||||20240112\nRXO|{DRUG}", "2024-01-12 | day | - | - | -"),
        (f"ORC|NW|1\nRXO|{DRUG}", "- | - | - | - | -"),
    ],
)
def test_one_timing(tmp_path, segments, days):
    rows = exposures(tmp_path, "RDE^O11", segments)
    assert table(rows["exposure"], DAYS) == expected(days)


@pytest.mark.parametrize(
    ("timings", "days"),
    [
        # a taper: one part after the other
        (["|5^D|20240101|||||S", "|10^D|20240106"], "2024-01-01 | day | - | - | 15"),
        # a loading dose, then the course
        (["|ONCE|20240101|||||S", "|14^D|20240101"], "2024-01-01 | day | - | - | 14"),
        # morning and evening, side by side
        (["|7^D|20240101|||||A", "|10^D|20240102"], "2024-01-01 | day | - | - | 10"),
        (["||20240101|20240105", "||20240106|20240110"], "2024-01-01 | day | 2024-01-10 | - | -"),
        # the second part is open
        (["||20240101|20240105", "||20240106"], "2024-01-01 | day | - | - | -"),
        (["|5^D|20240101", "||20240106"], "2024-01-01 | day | - | - | -"),
    ],
)
def test_several_timings(tmp_path, timings, days):
    lines = [f"TQ1|{n}||||{timing}" for n, timing in enumerate(timings, 1)]
    rows = exposures(tmp_path, "RDE^O11", "\n".join(["ORC|NW|1", f"RXE||{DRUG}", *lines]))
    assert table(rows["exposure"], DAYS) == expected(days)


def test_repetitions_of_orc_7(tmp_path):
    segments = f"ORC|NW|1|||||^^D5^20240101~^^D10^20240106\nRXO|{DRUG}"
    rows = exposures(tmp_path, "RDE^O11", segments)
    assert table(rows["exposure"], DAYS) == expected("2024-01-01 | day | - | - | 15")


def test_a_tq1_behind_a_drug_is_its_own(tmp_path):
    """TQ1 of the order stands before RXO, that of the pharmacy behind RXE and holds for RXC."""
    segments = f"""
        ORC|NW|1
        TQ1|1|||||7^D|20240101
        RXO|{DRUG}
        RXE||{DRUG}
        TQ1|1|||||14^D|20240103
        RXC|A|J06BA02^Immunoglobulin^ATC
        ORC|NW|2
        RXO|{DRUG}
    """
    rows = exposures(tmp_path, "RDE^O11", segments)
    assert table(rows["exposure"], "segment start_date duration_days") == expected("""
        RXO | 2024-01-01 | 7
        RXE | 2024-01-03 | 14
        RXC | 2024-01-03 | 14
        RXO | -          | -
    """)


def test_a_dose_takes_no_day_from_its_order(tmp_path):
    """What was given is dated by RXA alone, a give by its own timing, else by when it was ordered;
    a dispensing by RXD, its length is the order's."""
    segments = f"""
        ORC|RE|1|||||^^D14^20240101^20240201||20240102
        RXA|0|1|20240110|20240111|{DRUG}|500
        RXA|0|2|||{DRUG}|500
        RXA|0|3|||{DRUG}|999|||01^historical^NIP001
        RXA|0|4|2019||{DRUG}
        RXD|1|{DRUG}|20240112
        RXG|1||^^^20240113|{DRUG}
        RXG|2|||{DRUG}
        TQ1|1||||||202401141000|202401141400
        RXG|3|||{DRUG}
    """
    rows = exposures(tmp_path, "RAS^O17", segments)
    names = "segment administration_number start_date start_date_precision end_date duration_days"
    assert table(rows["exposure"], names) == expected("""
        RXA | 0/1 | 2024-01-10 | day  | 2024-01-11 | -
        RXA | 0/2 | -          | -    | -          | -
        RXA | 0/3 | -          | -    | -          | -
        RXA | 0/4 | 2019-01-01 | year | -          | -
        RXD | -   | 2024-01-12 | day  | 2024-02-01 | 14
        RXG | 1   | 2024-01-13 | day  | -          | -
        RXG | 2   | 2024-01-14 | day  | 2024-01-14 | -
        RXG | 3   | 2024-01-02 | day  | -          | -
    """)
