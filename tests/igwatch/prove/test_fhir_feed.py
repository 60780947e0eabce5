"""Canaries of feeds of FHIR: found as they are, lost where a code, a unit or a status changed."""

import json
import os
from datetime import UTC, date, datetime

import pytest

from igwatch.night import pipeline
from igwatch.night.run import plan_run
from igwatch.prove.prove import newest_sources, prove, written
from tests.home import SETTINGS, deliver, new_home

pytestmark = pytest.mark.heavy

AS_OF = date(2025, 8, 5)
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
ISOTYPES = {"2465-3": ("IgG", 10.1), "2458-8": ("IgA", 2.1), "2472-9": ("IgM", 1.1)}


def feed(
    first: int, day: int, unit: str = "g/L", status: str = "final", local: bool = False
) -> str:
    """Four women with their three results each."""
    lines = []
    for n in range(first, first + 4):
        lines.append(
            {
                "resourceType": "Patient",
                "id": f"p{n}",
                "identifier": [{"system": "urn:oid:1.2.3", "value": f"8800{n}"}],
                "name": [{"family": f"QSeed{n}", "given": [f"QSeed{n}"]}],
                "birthDate": "1962-05-11",
                "gender": "female",
            }
        )
        for code, (name, value) in ISOTYPES.items():
            system, told = ("urn:lab", f"X{name}") if local else (LOINC, code)
            lines.append(
                {
                    "resourceType": "Observation",
                    "id": f"o{n}{code}",
                    "status": status,
                    "code": {"coding": [{"system": system, "code": told, "display": name}]},
                    "subject": {"reference": f"Patient/p{n}"},
                    "performer": [{"display": f"Dr QSeed{n}"}],
                    "note": [{"text": f"QSeed{n}"}],
                    "effectiveDateTime": f"2025-08-{day:02d}T08:00:00+02:00",
                    "issued": f"2025-08-{day:02d}T12:00:00+02:00",
                    "valueQuantity": {
                        "value": value,
                        "unit": unit,
                        "system": UCUM,
                        "code": unit,
                    },
                }
            )
    return "".join(f"{json.dumps(line)}\n" for line in lines)


CASES = {
    "plain": {},
    "unit": {"unit": "g/XL"},
    "code": {"local": True},
    "status": {"status": "signed-off"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("fhir"))
    for case, changed in CASES.items():
        for day, change in ((3, {}), (4, changed)):
            path = deliver(home, case, f"day{day}.ndjson", feed(10 * day, day, **change))
            at = datetime(2025, 8, day, 20, tzinfo=UTC).timestamp()
            os.utime(path, (at, at))
    pipeline.land(home, SETTINGS)
    return home


@pytest.fixture(scope="module")
def ended(home):
    of: dict[str, dict[str, tuple]] = {}
    for one in prove(home, SETTINGS, AS_OF).outcomes:
        of.setdefault(one.facility, {})[one.canary] = (one.state, one.lost_at, one.field)
    return of


CANARIES = ("correction", "healthy_child", "low_igm_adult", "strong_infant", "unit")
FOUND = ("found", None, None)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("plain", FOUND),
        ("unit", ("lost", "unusable", "Observation.valueQuantity")),
        ("code", ("lost", "unmapped", "Observation.code")),
        ("status", ("lost", "unusable", "Observation.status")),
    ],
)
def test_each_is_found_or_lost_where_the_change_is(ended, case, expected):
    everybody = dict.fromkeys(CANARIES, expected)
    if case == "status":  # a corrected result has another word, which did not change
        everybody["correction"] = FOUND
    assert ended[case] == everybody


def test_nothing_of_a_person_is_in_them(home):
    run = plan_run(home, AS_OF)
    groups = written(home, SETTINGS, run, newest_sources(home, run))
    content = b"".join(content for group in groups for content in group.files.values())
    assert content
    for trace in (b"QSeed", b"8800", b"1962-05-11", b"2025-08-03T08:00", b"2025-08-04T08:00"):
        assert trace not in content
