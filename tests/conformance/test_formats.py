"""Each format of the pack through igwatch's own reader and a night, and all four row by row.

HL7, CSV and FHIR are delivered in one night, each a register of its own; OMOP has no reader here, so
its rows are compared with those that omop.duckdb shows of the night.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import duckdb
import pytest

from igwatch.conformance.pack import WRITERS
from igwatch.conformance.pack_case import CLOCK
from igwatch.conformance.pack_cases import pack_cases
from igwatch.conformance.pack_facility import facilities, facility_files
from igwatch.conformance.worked_patient import SECTION as WORKED
from tests.home import (
    EXPOSURES_HEADER,
    ask,
    deliver,
    first_of_months,
    new_home,
    ordinary_exposures,
)
from tests.igwatch.nights import quick_night

READ = ("hl7", "csv", "fhir")
OWN_NAME = re.compile(r"\b(drawn|published)")
RESULT = (
    "patient_id, split_part(facility, '-', 2), laboratory, analyte, collected_at, value_as_number, "
    "value_comparator, unit_ucum, class, lower_limit_min, lower_limit_max, upper_limit_min, "
    "upper_limit_max"
)
# FHIR asks for a status: what is active is mentioned on the day of the delivery, and lasts from then
EXPOSURE = (
    "patient_id, kind, code, exposure_id, effect, start_date, end_known_by, "
    "if(end_known_by = 'limit', NULL, end_date), if(end_known_by = 'limit', NULL, active_until)"
)
ORDINARY = "I10"
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("pack"))
    cases = pack_cases()
    names = facilities([case for case in cases if case.formats])
    for name, text in facility_files(names, str(CLOCK)):
        for feed in READ:
            issuer = f"identifier: {{issuer: {feed}}}\n" if name.endswith(".yaml") else ""
            own = OWN_NAME.sub(rf"{feed}-\1", text)
            (home.facility / f"{feed}-{name}").write_text(own + issuer)
    for feed in READ:
        for path, text in WRITERS[feed](cases):
            facility, name = path.split("/")
            deliver(home, f"{feed}-{facility}", name, text)
        ordinary = ordinary_exposures(somebody(feed), feed, *first_of_months(2014, 2025))
        deliver(home, f"{feed}-drawn", "exposures-0.csv", f"{EXPOSURES_HEADER}\n{ordinary}")
    quick_night(home, str(CLOCK))
    return home


def somebody(feed: str) -> str:
    """Of whom the feed tells every month, so that it is not silent; nobody whom OMOP shows."""
    return next(
        case.case_id
        for case in pack_cases()
        if feed in case.formats and "omop" not in case.formats and case.facility == "drawn"
    )


@pytest.mark.parametrize("feed", READ)
def test_every_case_ends_in_its_state(home, feed):
    found = {
        (patient, rule): state
        for patient, rule, state in ask(
            home,
            "SELECT patient_id, rule_id, status FROM flag.patient_flag "
            f"WHERE assigning_authority = '{feed}'",
        )
    }
    said = [case for case in pack_cases() if feed in case.formats]
    wrong = [
        (case.case.name, rule, state, found.get((case.case_id, rule), "no_evidence"))
        for case in said
        for rule, state in case.states.items()
        if found.get((case.case_id, rule), "no_evidence") != state
    ]
    assert wrong == []
    assert len(said) > 700


@pytest.mark.parametrize(("columns", "table"), [(RESULT, "measurement"), (EXPOSURE, "exposure")])
@pytest.mark.parametrize("other", ["hl7", "fhir"])
def test_what_two_formats_say_is_the_same_rows(home, other, columns, table):
    both = {c.case_id for c in pack_cases() if {"csv", other} <= set(c.formats)}
    rows = {feed: rows_of(home, feed, columns, table, both) for feed in ("csv", other)}
    assert rows["csv"] == rows[other]
    assert len(rows[other]) > 100


def rows_of(home, feed, columns, table, case_ids):
    people = "SELECT patient_key, patient_id, assigning_authority FROM core.patient"
    found = ask(
        home,
        f"SELECT p.{columns} FROM core.{table} AS t "
        f"INNER JOIN ({people}) AS p ON t.patient_key = p.patient_key "
        f"WHERE p.assigning_authority = '{feed}' ORDER BY ALL",
    )
    return [row for row in found if row[0] in case_ids and ORDINARY not in row]


def test_every_result_has_the_class_that_its_case_draws(home):
    found = ask(
        home,
        "SELECT patient_id, analyte, collected_at::DATE, value_as_number, class "
        "FROM core.measurement WHERE assigning_authority = 'csv'",
    )
    drawn = [
        (case.case_id, r.analyte, r.day, r.value, r.class_name)
        for case in pack_cases()
        for r in case.results
        if "csv" in case.formats and r.day <= CLOCK and case.case.section != WORKED
    ]
    asked = {case_id for case_id, *_ in drawn}
    assert sorted(row for row in found if row[0] in asked) == sorted(drawn)


# what the model's own ids and the home's order of rows decide
NUMBERS = re.compile(r"(person|measurement|visit_occurrence|drug_exposure|condition_occurrence|"
                     r"observation_period)_id")  # fmt: skip
TABLES = ("person", "measurement", "drug_exposure", "condition_occurrence", "observation_period",
          "visit_occurrence")  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_omop_says_what_omop_duckdb_shows(home, table):
    """Of the cases that came as CSV; ids of rows aside, persons by the case they stand for."""
    made = {Path(path).stem: text for path, text in WRITERS["omop"](pack_cases())}
    lines = list(csv.DictReader(io.StringIO(made[table])))
    case_of = {str(case.number): case.case_id for case in pack_cases()}
    columns = [name for name in lines[0] if not NUMBERS.fullmatch(name)]
    ours = sorted((case_of[line["person_id"]], *(line[name] for name in columns)) for line in lines)
    assert ours == shown(home, table, columns, {row[0] for row in ours})


def shown(home, table, columns, case_ids):
    with duckdb.connect(str(home.omop_catalogue), read_only=True) as con:
        people = con.execute("SELECT person_id, patient_key FROM source.person").fetchall()
        texts = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in columns)
        rows = con.execute(f"SELECT person_id, {texts} FROM {table}").fetchall()
    keys = dict(
        ask(
            home,
            "SELECT patient_key, patient_id FROM core.patient WHERE assigning_authority = 'csv'",
        )
    )
    case_of = {number: keys[key] for number, key in people if key in keys}
    return sorted((case_of[n], *row) for n, *row in rows if case_of.get(n) in case_ids)
