"""The pack's messages and resources, judged by libraries that are not ours."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import islice

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hl7apy.exceptions import ValidationError
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from igwatch.conformance.fhir_format import fhir_files
from igwatch.conformance.hl7_format import hl7_files
from igwatch.conformance.pack_cases import pack_cases

OF_EACH = 25


@pytest.fixture(scope="module")
def messages():
    """Kind of message -> messages."""
    found = defaultdict(list)
    for _, text in hl7_files(pack_cases()):
        for message in text.split("MSH|")[1:]:
            found[message.split("|")[7].split("^")[0]].append(f"MSH|{message}")
    return found


@pytest.mark.parametrize("kind", ["ORU", "PPR"])
def test_messages_are_valid_by_hl7apy(messages, kind):
    every = messages[kind]
    for message in every[:: max(1, len(every) // OF_EACH)]:
        assert Validator.validate(parse_message(message, find_groups=True))


def test_a_drug_is_valid_but_for_where_hl7apy_puts_its_timing(messages):
    """It takes the TQ1 behind RXE, which the standard asks for there, for the order's own."""
    for message in messages["RDE"][:OF_EACH]:
        with pytest.raises(ValidationError, match=r"RDE_O11_ORDER\.RDE_O11_TIMING_ENCODED$"):
            Validator.validate(parse_message(message, find_groups=True))
        names = [line[:3] for line in message.split("\r")[:-1]]
        assert names == ["MSH", "PID", "ORC", "RXE", "TQ1", "RXR"]


def test_resources_are_valid_by_fhir_resources():
    checked = set()
    for _, text in fhir_files(pack_cases()):
        for line in islice(text.splitlines(), OF_EACH * 8):
            bundle = json.loads(line)
            get_fhir_model_class("Bundle").model_validate(bundle)
            checked |= {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    drugs = {"MedicationStatement", "MedicationRequest"}
    assert checked == {"Patient", "Observation", "Condition", *drugs}


def test_what_is_over_is_not_said_to_be_active():
    """R4's con-4: who states an abatement states that the condition is not active."""
    for _, text in fhir_files(pack_cases()):
        for line in text.splitlines():
            for entry in json.loads(line)["entry"]:
                condition = entry["resource"]
                if condition["resourceType"] == "Condition" and "abatementDateTime" in condition:
                    [standing] = condition["clinicalStatus"]["coding"]
                    assert standing["code"] == "resolved"
