"""FHIR files for tests: resources in, the rows of the raw tables out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.transforms.parse.delivery import delivered
from transforms.parse.fhir import read_fhir

Rows = dict[str, list[dict[str, Any]]]
Resource = dict[str, Any]

PATIENT: Resource = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "1001"}],
    "birthDate": "1989-01-05",
    "gender": "female",
}
IGM: Resource = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2472-9", "display": "IgM"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2024-01-10T08:00:00+01:00",
    "valueQuantity": {
        "value": 0.3,
        "unit": "g/L",
        "system": "http://unitsofmeasure.org",
        "code": "g/L",
    },
}


def observation(**changed: Any) -> Resource:
    """An IgM of patient p1; a member that is None is left out."""
    return {k: v for k, v in (IGM | changed).items() if v is not None}


def ndjson(*resources: Any) -> str:
    """A line each; a Number keeps its digits."""
    return "".join(as_json(each) + "\n" for each in resources)


def as_json(value: Any) -> str:
    """JSON in which a number that is written as text behind \\x00 stands as it is."""
    return re.sub(r'"\\u0000([^"]*)"', r"\1", json.dumps(value))


def digits(number: str) -> str:
    """A JSON number with just these digits."""
    return f"\x00{number}"


def bundle(*entries: Any, kind: str = "collection", **members: Any) -> Resource:
    """A Bundle of resources, or of whole entries."""
    listed = [e if "resourceType" not in e else {"resource": e} for e in entries]
    return {"resourceType": "Bundle", "type": kind, **members, "entry": listed}


def read(folder: Path, *resources: Any, name: str = "export.ndjson", **settings: Any) -> Rows:
    """The rows of resources, a line each, or of one text or its bytes."""
    whole = len(resources) == 1 and isinstance(resources[0], str | bytes)
    content = resources[0] if whole else ndjson(*resources)
    rows = delivered(folder, content, name=name, read=read_fhir, **settings)
    assert is_balanced(rows)
    return rows


def is_balanced(rows: Rows) -> bool:
    """Every result of the file is a row, counted in a reject, or skipped; so are the others."""
    (file,) = rows["source_file"]
    held = sum(reject["n_results"] for reject in rows["reject"])
    positions = [row["position"] for row in rows["observation"]]
    others = [r for r in rows["reject"] if r["unit"] in ("merge", "exposure")]
    n_others = len(rows["merge"]) + len(rows["exposure"]) + len(others)
    numbers = [row["message_number"] for table in rows.values() for row in table if "unit" not in row
               and row.get("message_number")]  # fmt: skip
    return (
        len(set(positions)) == len(positions)
        and file["n_results"] == len(positions) + held + file["n_results_skipped"]
        and file["n_other_rows"] == n_others
        and file["n_messages"] >= max(numbers, default=0)
    )


def seen(row: dict[str, Any], *columns: str) -> tuple:
    return tuple(row[column] for column in columns)
