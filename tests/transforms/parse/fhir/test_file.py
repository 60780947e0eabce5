"""Whole files: Bundles and NDJSON, what is wrong with their JSON, and what is passed over."""

import gzip
import json

import pytest

from tests.transforms.parse.delivery import delivered
from tests.transforms.parse.fhir.fhir_file import PATIENT, bundle, ndjson, observation, read, seen
from transforms.parse.source_reader import read_source

ONE = [PATIENT, observation()]


def nested(*resources):
    return bundle(bundle(bundle(*resources)))


def sorted_keys(value):
    return json.dumps(value, sort_keys=True, indent=2)


FILES = {
    "lines": ndjson(*ONE),
    "lines without an end": ndjson(*ONE).rstrip(),
    "lines with blank ones": "\n" + ndjson(*ONE).replace("\n", "\r\n\r\n"),
    "byte order mark": "\ufeff" + ndjson(*ONE),
    "bundle": json.dumps(bundle(*ONE)),
    "bundle on many lines": json.dumps(bundle(*ONE), indent=2),
    "bundle whose type stands last": sorted_keys(bundle(*ONE)),
    "bundle with a byte order mark": "\ufeff" + json.dumps(bundle(*ONE), indent=2),
    "a bundle a line": ndjson(bundle(*ONE), {"resourceType": "Basic"}),
    "bundles one after another": sorted_keys(bundle(PATIENT, observation()))
    + "\n"
    + sorted_keys({"resourceType": "List", "entry": [{"item": {}}]}),
    "bundles in bundles": json.dumps(nested(*ONE)),
    "list": json.dumps(ONE),
    "patient behind": ndjson(*ONE[::-1]),
    "long bundle": json.dumps(
        bundle(*ONE, {"resourceType": "Basic", "text": {"div": "é" * 2_000_000}})
    ),
    "long line first": ndjson({"resourceType": "Basic", "text": {"div": "é" * 2_000_000}}, *ONE),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_every_form_gives_the_same(tmp_path, name, is_packed):
    content = FILES[name].encode()
    content = gzip.compress(content, mtime=0) if is_packed else content
    rows = delivered(tmp_path, content, name="export.json", read=read_source)
    assert [seen(r, "patient_id", "observation_value") for r in rows["observation"]] == [
        ("1001", "0.3")
    ]
    assert rows["reject"] == []
    assert seen(rows["source_file"][0], "format", "content", "n_results") == ("fhir", "mixed", 1)


def deep(n):
    return '{"resourceType":"Observation","x":' + "[" * n + "]" * n + "}"


LINE = json.dumps(observation(id="o2"))
BROKEN = [
    (LINE[:-5], "json_invalid"),
    (LINE.replace("0.3", "NaN"), "json_number_unknown"),
    (LINE.replace('"id"', '"status": "final", "id"'), "json_key_twice"),
    (deep(100_000), "json_too_deep"),
    (LINE.replace("final", "f\udcffnal"), "json_not_text"),
    (LINE + LINE, "json_invalid"),
    ('{"id": 1}', "resource_type_missing"),
    ('{"resourceType": 7}', None),
    ("{}", "resource_type_missing"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_bad_line_is_refused_alone(tmp_path, line, reason):
    content = (
        ndjson(*ONE).encode()
        + line.encode("utf-8", "surrogateescape")
        + b"\n"
        + ndjson(ONE[1]).encode()
    )
    rows = read(tmp_path, content)
    assert [row["observation_value"] for row in rows["observation"]] == ["0.3", "0.3"]
    assert [seen(r, "reason_code", "line_number") for r in rows["reject"]] == [(reason, 3)] * bool(
        reason
    )
    assert rows["source_file"][0]["n_messages"] == 4


IN_BUNDLE = [
    (lambda text: text[:-9], "json_cut_short", 2),
    (lambda text: text.replace('"o2"', '"o2",,'), "json_invalid", 1),
    (lambda text: text.replace("0.4", "NaN"), "json_number_unknown", 2),
    (lambda text: text.replace('"o2"', '"o2", "id": 1'), "json_key_twice", 2),
]


@pytest.mark.parametrize(("damage", "reason", "n_read"), IN_BUNDLE)
def test_a_bundle_is_read_up_to_where_it_breaks(tmp_path, damage, reason, n_read):
    second = observation(id="o2", valueQuantity={"value": 0.4})
    rows = read(tmp_path, damage(json.dumps(bundle(*ONE, second, observation(id="o3")), indent=1)))
    assert len(rows["observation"]) == n_read
    assert [r["reason_code"] for r in rows["reject"]] == [reason]


ODD_FILES = [
    (b"[]", "no_resource"),
    (b'{"resourceType": "Bundle", "type": "searchset"}', "no_resource"),
    (b"{", "json_cut_short"),
    (b"null", "json_invalid"),
    (gzip.compress(ndjson(*ONE).encode())[:-9], "gzip_damaged"),
]


@pytest.mark.parametrize(("content", "reason"), ODD_FILES)
def test_a_file_without_resources_is_refused(tmp_path, content, reason):
    rows = delivered(tmp_path, content, name="export.json", read=read_source)
    assert rows["observation"] == []
    assert [r["reason_code"] for r in rows["reject"]] == [reason]


def test_what_a_server_says_of_its_export_and_deletions_is_told(tmp_path):
    outcomes = [
        {"resourceType": "OperationOutcome", "issue": [{"severity": severity}]}
        for severity in ("information", "error")
    ]
    deletion = {"request": {"method": "DELETE", "url": "Observation/1"}}
    rows = read(tmp_path, bundle(*outcomes, deletion))
    assert [r["reason_code"] for r in rows["reject"]] == [
        "export_reports_error",
        "deletion_not_read",
    ]
    assert rows["source_file"][0]["n_messages"] == 3


def test_messages_of_a_test_system_are_refused(tmp_path):
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v2-0103", "code": "T"}
    header = {"resourceType": "MessageHeader", "meta": {"tag": [tag]}}
    for content in (
        json.dumps(bundle(header, *ONE, kind="message"), indent=1),
        ndjson(bundle(header, *ONE, kind="message")),
    ):
        rows = read(tmp_path, content)
        assert {r["reason_code"] for r in rows["reject"]} == {"not_production"}
        assert rows["observation"] == []


def test_many_that_are_referred_to_go_to_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("transforms.parse.fhir.resource_store._IN_MEMORY", 3)
    people = [
        PATIENT | {"id": f"p{n}", "identifier": [{"system": "S", "value": f"m{n}"}]}
        for n in range(9)
    ]
    results = [observation(id=f"o{n}", subject={"reference": f"Patient/p{n}"}) for n in range(9)]
    rows = read(tmp_path, *results, *people)
    assert [row["patient_id"] for row in rows["observation"]] == [f"m{n}" for n in range(9)]
