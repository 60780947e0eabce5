"""Drug products of the United States as HCPCS: the ASP NDC-HCPCS crosswalk of CMS."""

from __future__ import annotations

import csv
from pathlib import Path

from transforms.knowledge.made.product import product_code

CODE, NDC = 0, 3


def crosswalk_rows(path: Path, exposures: list[dict]) -> list[dict]:
    """Rows of exposure_equivalent.csv: products with a code that exposure.csv asks for."""
    asked = {row["code_prefix"] for row in exposures if row["code_system"] == "HCPCS"}
    with path.open(encoding="cp1252", newline="") as file:
        lines = [line for line in csv.reader(file) if line and line[CODE] in asked]
    found = {product_code(line[NDC]): line[CODE] for line in lines}
    return [
        {
            "code_system": "NDC",
            "code": code,
            "target_code_system": "HCPCS",
            "target_code": target,
            "source_id": "ASP_NDC_2025",
            "certainty": "B",
        }
        for code, target in found.items()
    ]
