"""What FHIR says through the models: which version counts, whose it is, what is contradicted."""

from datetime import date

import pyarrow as pa
import pytest

from tests.transforms.parse.fhir.fhir_file import PATIENT, bundle, digits, observation, read
from tests.warehouse_in_memory import core_of
from transforms.parse.raw.schema import SCHEMAS

UCUM = "http://unitsofmeasure.org"


def core(folder, *files):
    """A warehouse of several files of one feed, each a list of resources."""
    read_ = [read(folder, *each) for each in files]
    tables = {
        name: pa.Table.from_pylist([row for rows in read_ for row in rows[name]], SCHEMAS[name])
        for name in SCHEMAS
    }
    return core_of(tables, date(2026, 1, 1))


def measured(con):
    return con.execute(
        "SELECT patient_id, value_comparator, value_g_per_l, status FROM core.measurement "
        "ORDER BY value_g_per_l"
    ).fetchall()


def reasons(con):
    unusable = con.execute("SELECT reason_code FROM core.unusable ORDER BY ALL").fetchall()
    return [reason for (reason,) in unusable]


def version(value, day, **changed):
    quantity = {"value": digits(value), "unit": "g/L", "system": UCUM, "code": "g/L"}
    said = {"lastUpdated": f"2024-02-{day:02d}T00:00:00Z"}
    return observation(valueQuantity=quantity, meta=said, **changed)


def test_a_corrected_version_replaces_the_one_before_in_any_order(tmp_path):
    first, second = version("0.3", 1), version("0.9", 2, status="corrected")
    for files in (
        [[PATIENT, first], [PATIENT, second]],
        [[second, PATIENT], [first]],
        [[second, PATIENT, first]],
    ):
        assert measured(core(tmp_path, *files)) == [("1001", None, 0.9, "corrected")]


def test_a_version_entered_in_error_withdraws(tmp_path):
    con = core(
        tmp_path, [PATIENT, version("0.3", 1)], [version("0.3", 2, status="entered-in-error")]
    )
    assert measured(con) == []


def test_another_observation_of_the_same_day_is_another_result(tmp_path):
    other = version("0.9", 2, id="o2", effectiveDateTime="2024-01-10T18:00:00+01:00")
    assert [
        value for _, _, value, _ in measured(core(tmp_path, [PATIENT, version("0.3", 1), other]))
    ] == [0.3, 0.9]


def test_results_and_patients_in_files_of_their_own_meet(tmp_path):
    con = core(tmp_path, [version("0.3", 1)], [PATIENT])
    rows = con.execute("SELECT patient_key, sex, age_days, class FROM core.measurement").fetchall()
    ((known_as,),) = con.execute("SELECT patient_key('1.2.3', '1001')").fetchall()
    assert rows == [(known_as, "F", 12788, "low")]


STATUSES = [
    ("final", "final"), ("amended", "corrected"), ("corrected", "corrected"),
    ("preliminary", "status_provisional"), ("registered", "status_provisional"),
    ("cancelled", "status_withdrawn"), ("entered-in-error", "status_withdrawn"),
    ("unknown", "status_unknown"), (None, "status_unknown"), ("done", "status_unknown"),
]  # fmt: skip


def test_what_a_status_means(tmp_path):
    sent = [version("0.5", 1, id=f"o{n}", status=status) for n, (status, _) in enumerate(STATUSES)]
    con = core(tmp_path, [PATIENT, *sent])
    rows = con.execute(
        "SELECT order_number, status FROM core.measurement UNION ALL "
        "SELECT v.order_number, u.reason_code FROM core.unusable AS u "
        "INNER JOIN result.version AS v ON position_of(v.result_number) = u.position ORDER BY ALL"
    ).fetchall()
    assert rows == [(f"o{n}", meaning) for n, (_, meaning) in enumerate(STATUSES)]


UNITS = [
    ({"value": 30, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"}, 0.3),
    ({"value": 30, "unit": "mg/dL"}, 0.3),
    ({"value": 0.05, "comparator": "<", "unit": "g/L"}, 0.05),
    ({"value": 30, "unit": "g/L", "system": UCUM, "code": "mg/dL"}, "units_disagree"),
    ({"value": 0.3}, "unit_missing"),
    ({"unit": "g/L"}, "value_missing"),
    ({"value": 0.3, "unit": "gr/l."}, "unmapped_unit"),
]


@pytest.mark.parametrize(("quantity", "expected"), UNITS)
def test_unit(tmp_path, quantity, expected):
    con = core(tmp_path, [PATIENT, observation(valueQuantity=quantity)])
    assert [value for _, _, value, _ in measured(con)] + reasons(con) == [expected]


def test_a_range_in_another_unit_contradicts(tmp_path):
    range_ = {"low": {"value": 40, "unit": "mg/dL"}, "high": {"value": 230, "unit": "mg/dL"}}
    assert reasons(core(tmp_path, [PATIENT, observation(referenceRange=[range_])])) == [
        "units_disagree"
    ]


def test_a_specimen_that_is_no_blood_is_not_counted(tmp_path):
    urine = {"resourceType": "Specimen", "id": "s", "type": {"text": "Urine"}}
    sent = observation(contained=[urine], specimen={"reference": "#s"})
    con = core(tmp_path, [PATIENT, sent])
    ended = con.execute("SELECT disposition, reason_code FROM result.disposition").fetchall()
    assert ended == [("not_immunoglobulin", "specimen_not_accepted")]


def test_panels_of_one_message_are_read_once(tmp_path):
    sent = bundle(PATIENT, version("0.3", 1), version("0.3", 1), kind="message")
    con = core(tmp_path, [sent])
    assert measured(con) == [("1001", None, 0.3, "final")]
    assert con.execute("SELECT count(*) FROM core.superseded").fetchall() == [(1,)]
