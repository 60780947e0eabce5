"""Whatever stands in a file of JSON: no error, every result accounted for, nothing repeated."""

import json
import random
import string

import pytest

from tests.transforms.parse.fhir.fhir_file import IGM, PATIENT, bundle, ndjson, observation, read
from transforms.parse.fhir.exposure_kind import KINDS

SECRET = "Zaphod"
ODD = [
    *(None, True, "", " ", [], {}, [[]], [{}], 0, -1, 1e400, "0", "\ud800", "\x00", SECRET),
    *({"reference": "#"}, {"reference": "Patient/"}, {"reference": 7}, {"coding": "x"}),
    *({"value": {"value": 1}}, "9999-12-31", "2024-13-45", "2024", "0001-01-01T00:00:00+14:00"),
    "x" * 3000,
    {"identifier": {"value": SECRET}},
]
DRUG = {"coding": [{"system": "http://www.whocc.no/atc", "code": "L01FA01"}], "text": "rituximab"}


def resources():
    """One of each type that is read, filled as far as a few lines go."""
    yield PATIENT | {"link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]}
    yield observation(
        component=[{"code": IGM["code"], "valueString": "0.4"}],
        specimen={"reference": "#s"},
        contained=[{"resourceType": "Specimen", "id": "s", "type": {"text": "serum"}}],
        referenceRange=[{"low": {"value": 0.4}, "high": {"value": 2.3}}],
        interpretation=[{"coding": [{"code": "L"}]}],
        meta={"lastUpdated": "2024-01-11T00:00:00.123Z", "versionId": "2"},
    )
    for name, kind in KINDS.items():
        concept = {"medicationCodeableConcept": DRUG} if kind.concept != "code" else {"code": DRUG}
        times = {"onsetPeriod": {"start": "2020"}, "authoredOn": "2023-05", "status": "active"}
        yield {"resourceType": name, "id": "e", "subject": IGM["subject"], **concept, **times}
    yield {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "result": [{"reference": "Observation/o1"}],
    }
    yield {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}


def paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(each, (*path, key))


def replaced(value, path, odd):
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], odd)
    return copy


@pytest.mark.parametrize("seed", range(8))
def test_an_odd_element_anywhere_is_no_error(tmp_path, seed):
    chance = random.Random(seed)
    whole = list(resources())
    for _ in range(40):
        made = []
        for resource in whole:
            path = chance.choice(list(paths(resource)))
            made.append(replaced(resource, path, chance.choice(ODD)))
        kind = chance.choice(["collection", "message", "transaction", "searchset", 7])
        entries = [{"fullUrl": f"urn:uuid:{n}", "resource": each} for n, each in enumerate(made)]
        texts = [ndjson(*made), json.dumps(made), json.dumps(bundle(*entries, kind=kind))]
        rows = read(tmp_path, chance.choice(texts).replace("Infinity", "1e999"))
        assert SECRET not in str(rows["reject"]) + str(rows["source_file"])


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_are_no_error(tmp_path, seed):
    chance = random.Random(seed)
    texts = [
        ndjson(*resources()),
        json.dumps(bundle(*resources()), indent=chance.choice([None, 1])),
    ]
    for _ in range(40):
        data = bytearray(chance.choice(texts).encode())
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(data))
            cut = chance.choice([1, 1, 1, 50, len(data)])
            filling = chance.choice(string.punctuation + "\n\x00\xff0aé").encode()
            data[place : place + cut] = filling * chance.choice([0, 1, 1, 3])
            data = data or bytearray(b"{")
        read(tmp_path, bytes(data))
