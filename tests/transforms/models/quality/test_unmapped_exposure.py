"""The worklist of drugs and diagnoses that no rule could read, without anybody in it."""

from igwatch.base.paths import MODELS
from tests.warehouse_in_memory import core, rows
from warehouse.build_models import build_models

HEADER = (
    "patient_id | kind | code | code_system | name | start_date | end_date | start_date_precision\n"
)


def unmapped(drawn: list[str]) -> list[tuple]:
    con = core("facility | analyte\n", exposure=HEADER + "\n".join(drawn))
    rows(con, "SELECT count(*) FROM exposure.unmapped, exposure.feed")
    build_models(con.con, MODELS, {"quality.unmapped_exposure"})
    query = "SELECT kind, code, name, reason_code, n_patients FROM quality.unmapped_exposure"
    return sorted(rows(con, query), key=str)


def of(patients: range, cells: str) -> list[str]:
    return [f"p{number} | {cells}" for number in patients]


RARE = (None, None, "few or no rare texts, see igwatch unmapped --exposures", "rare_text", None)


def test_a_name_is_told_where_five_patients_have_it():
    drug = "medication | | | Newdrugumab oral | 2024-01-01"
    named = ("medication", None, "Newdrugumab oral", "name_not_known", None)
    assert unmapped(of(range(5), drug)) == [named, RARE]
    assert unmapped(of(range(4), drug)) == [RARE]


def test_beside_a_name_a_count_is_shown_where_it_tells_of_eight_more():
    """A name tells that there are five: 12 may be seven more, 13 are to be read as 13 to 17."""
    drug = "medication | | | Newdrugumab oral | 2024-01-01"
    assert [unmapped(of(range(n), drug))[0][-1] for n in (12, 13)] == [None, 15]


def test_free_texts_of_single_patients_are_counted_together_and_not_shown():
    drawn = [f"p{n} | medication | | | newdrug of Mrs {'x' * n} | 2024-01-01" for n in range(1, 9)]
    (rare,) = unmapped(drawn)
    assert rare[2] == "10 rare texts, see igwatch unmapped --exposures"


def test_a_patient_is_counted_once_and_digits_are_masked():
    drug = "medication | | | newdrug lot 12 | 2024-01-01"
    assert unmapped(of(range(4), drug) * 2) == [RARE]
    assert unmapped(of(range(5), drug)) == [
        ("medication", None, "newdrug lot ##", "name_not_known", None),
        RARE,
    ]


def test_each_is_told_with_what_stood_in_the_way():
    five = range(5)
    drawn = [
        *of(five, "medication | L04AZ99 | ATC | | 2024-01-01"),
        *of(five, "medication | | | STOP rituximab | 2024-01-01"),
        *of(five, "medication | | | Mycophenolate level | 2024-01-01"),
        *of(five, "diagnosis | C9001 | LOCAL | | 2024-01-01"),
        *of(five, "diagnosis | I10 | ICD-10 | | 2024-01-01"),
        *of(five, "medication | C07AB02 | ATC | metoprolol | 2024-01-01"),
        *of(five, "medication | L01FA01 | ATC | | 2024-01-01 | | unread"),
    ]
    assert unmapped(drawn) == [
        ("diagnosis", "C####", None, "code_not_read", None),
        ("medication", "L##AZ##", None, "group_not_reviewed", None),
        ("medication", None, "Mycophenolate level", "not_a_treatment", None),
        ("medication", None, "STOP rituximab", "not_a_treatment", None),
        ("medication", None, None, "start_not_read", None),
        RARE,
    ]
