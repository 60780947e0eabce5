"""Courses over nights: every change of state of rules 9.4 is published once, from feed to mart."""

import pytest

from tests.home import (
    EXPOSURES_HEADER,
    RESULTS_HEADER,
    ask,
    deliver,
    new_home,
    ordinary_exposures,
)
from tests.igwatch.nights import quick_night
from tests.table import table

pytestmark = pytest.mark.heavy

NIGHTS = ("2024-01-20", "2024-04-15", "2024-05-01", "2024-05-02", "2024-08-10", "2025-01-20")
CODES = ("2465-3", "2458-8", "2472-9")

# patient, born, results `day IgG/IgA/IgM` (`>night` = delivered only for that night), expected
# changes under the one rule that flags: `night state`; and which nights bring a new line, and what it asks
COURSES = """
patient    | born       | results                                            | course                                                               | new on the list
main       | 1989-01-05 | 0110 9/1.4/0.21; 0420 9/1.4/0.19; 0805 9/1.4/0.2   | 0120 candidate; 0415 repeat_due; 0501 persistent; 0810 definite_pattern | 0415 repeat_due; 0501 persistent; 0810 definite_pattern
lapses     | 1989-01-05 | 0110 9/1.4/0.21                                    | 0120 candidate; 0415 repeat_due; 0810 repeat_overdue; 2501 indeterminate | 0415 repeat_due
relapses   | 1989-01-05 | 0110 9/1.4/0.21; 0420 9/1.4/1.2; 0805 9/1.4/0.2    | 0120 candidate; 0415 repeat_due; 0501 resolved; 0810 candidate; 2501 repeat_due | 0415 repeat_due; 0501 resolved; 2501 repeat_due
weak       | 1989-01-05 | 0110 9/1.4/0.21; 0420 9/1.4/0.55; 0805 9/1.4/0.56  | 0120 candidate; 0415 repeat_due; 0501 indeterminate; 0810 resolved    | 0415 repeat_due; 0810 resolved
completed  | 1989-01-05 | 0110 -/-/0.21; 0202 9/1.4/- >0415                  | 0120 indeterminate; 0415 repeat_due; 0810 repeat_overdue; 2501 indeterminate | 0415 repeat_due
drug       | 1989-01-05 | 0110 9/1.4/0.21                                    | 0120 candidate; 0415 repeat_due; 0501 excluded_secondary              | 0415 repeat_due
infant     | 2023-11-01 | 0110 4/0.3/0.1                                     | 0120 not_assessable                                                   |
strong     | 2018-01-01 | 0110 1.5/0.05/4.2; 0420 1.4/0.05/4.4; 0805 9/1/1   | 0120 candidate; 0415 repeat_overdue; 0501 definite_pattern; 0810 resolved | 0120 high; 0501 high; 0810 resolved
compatible | 2018-01-01 | 0110 3.5/0.1/1.0; 0420 3.4/0.1/1.1                 | 0120 candidate; 0415 repeat_overdue; 0501 persistent                  | 0415 repeat_overdue; 0501 persistent
replaced   | 2018-01-01 | 0110 1.5/0.05/4.2                                  | 0120 candidate; 0415 repeat_overdue; 0501 indeterminate               | 0120 high; 0501 high
gated      | 1972-06-01 | 0110 3.1/0.3/6.0                                   | 0120 indeterminate; 0501 repeat_overdue                                | 0120 high; 0501 high
"""
# Both rules flag those who lose the other isotypes too
LOST = """
patient    | born       | results                                            | rule                     | course                                                               | new on the list
loses_igg  | 1989-01-05 | 0110 9/1.4/0.21; 0420 9/1.4/0.19; 0805 3/0.3/0.2   | selective_igm_deficiency | 0120 candidate; 0415 repeat_due; 0501 persistent; 0810 not_selective | 0415 repeat_due; 0501 persistent; 0810 was_selective
loses_igg  | 1989-01-05 |                                                    | hyper_igm                | 0810 not_higm_pattern                                                |
loses_igm  | 2018-01-01 | 0110 3.5/0.1/1.0; 0420 3.4/0.1/1.1; 0805 3/0.1/0.1 | hyper_igm                | 0120 candidate; 0415 repeat_overdue; 0501 persistent; 0810 not_higm_pattern | 0415 repeat_overdue; 0501 persistent
loses_igm  | 2018-01-01 |                                                    | selective_igm_deficiency | 0810 not_selective                                                   |
"""
EXPOSURES = f"""{EXPOSURES_HEADER}
drug,NORTH,medication,N05AH02,ATC,clozapine,2023-10-01,
replaced,NORTH,medication,J06BA02,ATC,immunoglobulins,2024-04-16,
gated,NORTH,finding,spep_negative,igwatch,electrophoresis,2024-01-25,
"""
ASKED = "SELECT patient_id, ask FROM mart.worklist WHERE is_new"
NEW: dict[str, set] = {}


def day(text: str) -> str:
    year, text = ("2025", "0120") if text == "2501" else ("2024", text)
    return f"{year}-{text[:2]}-{text[2:]}"


def delivered(rows) -> dict[str, list[str]]:
    """night -> lines of its results file: what was collected since the night before."""
    files = {night: [] for night in NIGHTS}
    for row in rows:
        for drawn in (row["results"] or "").split("; "):
            if not drawn:
                continue
            on, values, *late = drawn.split()
            night = day(late[0][1:]) if late else min(n for n in NIGHTS if n >= day(on))
            for code, value in zip(CODES, values.split("/"), strict=True):
                if value != "-":
                    files[night].append(
                        f"{row['patient']},NORTH,{row['born']},F,,,serum,{day(on)},,{code},LN,,"
                        f"{value},g/L,,,F,,"
                    )
    return files


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("course"))
    (home.facility / "north.yaml").write_text("zone: UTC\nexposure_feed: complete\n")
    for night, lines in delivered(table(COURSES) + table(LOST)).items():
        if lines:
            deliver(home, "north", f"results-{night}.csv", "\n".join([RESULTS_HEADER, *lines, ""]))
        if night == "2024-05-01":
            deliver(home, "north", "exposures.csv", EXPOSURES)
        ordinary = ordinary_exposures("main", "NORTH", night)
        deliver(home, "north", f"exposures-{night}.csv", f"{EXPOSURES_HEADER}\n{ordinary}")
        quick_night(home, night)
        NEW[night] = set(ask(home, ASKED))
    return home


def test_the_worklist_calls_a_line_new_on_the_night_that_brings_it(home):
    expected = {
        (patient["patient"], asked_on, ask)
        for patient in table(COURSES) + table(LOST)
        for asked_on, ask in changes(patient["new on the list"])
    }
    assert {(who, as_of, ask) for as_of, new in NEW.items() for who, ask in new} == expected
    assert NEW["2024-05-02"] == set()


def test_every_change_is_published_on_its_night_and_once(home):
    expected = {}
    for row in table(COURSES):
        expected[row["patient"]] = changes(row["course"])
    found = published(home)
    for name, course in expected.items():
        rules = [rule for patient, rule in found if patient == name]
        assert len(rules) == 1, (name, found)
        assert found[name, rules[0]] == course, name


def changes(course: str | None) -> list[tuple[str, str]]:
    return [
        (day(d), state)
        for d, state in (part.split() for part in (course or "").split("; ") if part)
    ]


def published(home):
    found = {}
    for patient, rule, as_of, status in ask(
        home, "SELECT patient_id, rule_id, as_of::VARCHAR, to_status FROM flag.transition "
              "ORDER BY as_of"):  # fmt: skip
        found.setdefault((patient, rule), []).append((as_of, status))
    return found


def test_who_loses_the_other_isotypes_is_reclassified(home):
    found = published(home)
    for row in table(LOST):
        assert found[row["patient"], row["rule"]] == changes(row["course"])
