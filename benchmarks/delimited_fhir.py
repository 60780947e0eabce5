"""A file of FHIR for benchmarks.delimited: NDJSON as a bulk export gives it, and a bare reader."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

FHIR = "fhir"
_UNIT = {"unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}
_TESTS = (("igg", 7.0, 16.0), ("iga", 0.7, 4.0), ("igm", 0.4, 2.3))


def write_fhir(folder: Path, n_results: int) -> Path:
    """Observations of one value each, with range, interpretation and times, and no Patients."""
    path, chance = folder / "results-fhir.ndjson", random.Random(1)
    with path.open("w") as file:
        for i in range(n_results):
            file.write(json.dumps(_observation(i, chance)) + "\n")
    return path


def python_json(path: Path, form: str) -> int:
    """Every line decoded, as text numbers and all, and nothing done with it."""
    decode = json.JSONDecoder(parse_float=str, parse_int=str).decode
    with path.open(encoding="utf-8") as file:
        return sum(1 for line in file if decode(line)["resourceType"] == "Observation")


def _observation(i: int, chance: random.Random) -> dict[str, Any]:
    analyte, low, high = _TESTS[i % len(_TESTS)]
    day = f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}"
    return {
        "resourceType": "Observation",
        "id": f"o{i:09d}",
        "meta": {"versionId": "1", "lastUpdated": f"{day}T12:{i % 60:02d}:00.000Z"},
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": "urn:north", "code": analyte, "display": analyte}]},
        "subject": {"reference": f"Patient/{1 + i // 4:08d}"},
        "effectiveDateTime": f"{day}T08:{i % 60:02d}:00+01:00",
        "issued": f"{day}T12:{i % 60:02d}:00.000Z",
        "valueQuantity": {"value": round(chance.random() * 10, 2), **_UNIT},
        "interpretation": [{"coding": [{"code": "N"}]}],
        "referenceRange": [{"low": {"value": low, **_UNIT}, "high": {"value": high, **_UNIT}}],
    }
