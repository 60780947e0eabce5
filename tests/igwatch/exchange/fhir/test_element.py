"""FHIR's elements: expected texts are those of the standard's own pages on datatypes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from igwatch.exchange.fhir.element import (
    authority_system,
    date_time,
    instant,
    number_as_sent,
    number_of,
    said,
    token,
)
from igwatch.exchange.fhir.json_line import json_line
from igwatch.exchange.fhir.patient import patient_resource, replaced_patient
from igwatch.exchange.fhir.resource_id import ResourceIds
from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.fhir.own_export import named_by_us
from transforms.parse.fhir.person import identifier_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("local", "told"),
    [
        (datetime(2024, 1, 10, 8, 15), "2024-01-10T08:15:00+01:00"),
        (datetime(2024, 7, 10, 8, 15, 30), "2024-07-10T08:15:30+02:00"),
        (datetime(2024, 1, 10), "2024-01-10"),  # published of a day without a time
        (datetime(2024, 3, 31, 2, 30), "2024-03-31"),  # an hour that summer time leaves out
        (datetime(2024, 10, 27, 2, 30), "2024-10-27T02:30:00+02:00"),  # the first of two such hours
        (None, None),
    ],
)
def test_a_time_keeps_its_zone_and_is_no_finer_than_it_was(local, told):
    assert date_time(local, BERLIN) == told


def test_an_instant_needs_a_time_of_day():
    assert instant(datetime(2024, 1, 10), BERLIN) is None
    assert instant(datetime(2024, 1, 10, 12), BERLIN) == "2024-01-10T12:00:00+01:00"


@pytest.mark.parametrize(
    ("text", "number", "told"),
    [
        ("0.30", 0.3, "0.30"),
        ("<0,050", 0.05, "0.050"),
        ("1.234,5", 1234.5, "1234.5"),  # not its own digits: the number that was read
        ("007", 7.0, "7"),
        ("30 H", 30.0, "30"),
        (None, 2.5e-7, "0.00000025"),
    ],
)
def test_a_number_keeps_the_digits_that_were_sent(text, number, told):
    digits = number_as_sent(text, number).digits
    assert float(digits) == number
    assert digits in (told, f"{told}.0")


def test_a_line_is_ascii_and_its_numbers_are_numbers():
    told = {"a": number_of(0.25), "b": 'x\u2028"\n', "c": [number_of(3.0), True]}
    assert json_line(told) == b'{"a":0.25,"b":"x\\u2028\\"\\n","c":[3.0,true]}\n'


def test_signs_that_fhir_forbids_are_made_visible_and_others_stay():
    assert said(" a\x07b\u202ec\n<b>é\u00a0 ") == "a\\x07b\\x202ec\n<b>é"
    assert said(" \t ") is None
    assert token(" IGM  S ") == "IGM S"


@pytest.mark.parametrize(
    ("authority", "told"),
    [
        ("2.16.840.1.113883.2.1", "urn:oid:2.16.840.1.113883.2.1"),
        ("https://fhir.example/Id/nr", "https://fhir.example/Id/nr"),
        ("NORTH", "urn:igwatch:authority:NORTH"),
        ("St. Mary/Lab ß", "urn:igwatch:authority:St.%20Mary%2FLab%20%C3%9F"),
    ],
)
def test_an_authority_is_a_system_and_is_read_back_as_it_was(authority, told):
    assert authority_system(authority) == told
    read = identifier_of({"system": told, "value": "7"}, IdentifierRule())
    assert read.authority == authority
    assert named_by_us(told) in (None, authority)


def born(**known):
    row = {
        "patient_key": "k",
        "patient_id": "7",
        "assigning_authority": "NORTH",
        "birth_date": None,
        "born_from": None,
        "born_to": None,
        "sex": "F",
        "retired": [],
        "linked": [],
    }
    return patient_resource(row | known, ResourceIds(b"key")).get("birthDate")


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(1990, 1, 1), date(1990, 12, 31), "1990"),
        (date(1990, 2, 1), date(1990, 2, 28), "1990-02"),
        (date(1990, 1, 1), date(1991, 12, 31), None),  # two statements that differ
    ],
)
def test_a_birth_date_is_as_coarse_as_it_was_sent(first, last, told):
    assert born(born_from=first, born_to=last) == told
    assert born(birth_date=date(1989, 1, 5)) == "1989-01-05"


def test_an_id_is_a_keyed_hash_of_what_the_resource_is():
    ids = ResourceIds(b"key")
    assert ids.of("Patient", "k") == ids.of("Patient", "k")
    named = {ids.of("Patient", "k"), ids.of("Task", "k"), ids.of("Patient", "k", 1)}
    assert len({*named, ResourceIds(b"other").of("Patient", "k")}) == 4


def test_a_linked_number_is_in_use_and_one_that_a_merge_took_away_is_old():
    row = {
        **{"patient_key": "k1", "patient_id": "N1", "assigning_authority": "NORTH", "sex": "F"},
        **{"birth_date": None, "born_from": None, "born_to": None},
        "retired": [{"authority": "NORTH", "number": "N0"}],
        "linked": [{"authority": "SOUTH", "number": "S1"}],
    }
    told = patient_resource(row, ResourceIds(b"key"))
    assert [(i["value"], i["use"]) for i in told["identifier"]] == [
        ("N1", "usual"),
        ("N0", "old"),
        ("S1", "secondary"),
    ]
    assert [link["type"] for link in told["link"]] == ["replaces", "seealso"]


@pytest.mark.parametrize(
    ("is_linked", "active", "kind"), [(False, False, "replaced-by"), (True, True, "refer")]
)
def test_who_is_linked_since_stays_in_use_and_refers_to_the_other(is_linked, active, kind):
    told = replaced_patient({"resourceType": "Patient", "id": "1"}, "2", is_linked)
    assert (told["active"], told["link"][0]["type"]) == (active, kind)
