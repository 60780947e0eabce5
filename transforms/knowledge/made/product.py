"""Drug products of the United States as ATC: the FDA's National Drug Code Directory.

ingredient.csv says which substances, as the FDA writes them, are which drug of exposure.csv; a
product counts where these are all it holds and one of its routes is in route.csv. Homeopathic
products name substances that they do not hold.
"""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent


def product_rows(path: Path) -> list[dict]:
    """Rows of exposure_equivalent.csv: products of our ingredients with a systemic route."""
    drugs = {row["substance"]: row["target_code"] for row in read(HERE / "ingredient.csv")}
    routes = {row["route"] for row in read(HERE / "route.csv")}
    found: dict[str, str] = {}
    with path.open(encoding="cp1252", newline="") as file:
        for product in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            target = drugs.get(substance(product))
            if target and is_systemic(product, routes):
                found.setdefault(product_code(product["PRODUCTNDC"]), target)
    return [
        {
            "code_system": "NDC",
            "code": code,
            "target_code_system": "ATC",
            "target_code": target,
            "source_id": "FDA_NDC_2019",
            "certainty": "B",
        }
        for code, target in found.items()
    ]


def substance(product: dict) -> str:
    """What the product holds, capitals; a kit names its substances only in its name."""
    held = {part.strip() for part in product["SUBSTANCENAME"].upper().split(";")} - {""}
    return "; ".join(sorted(held)) or product["NONPROPRIETARYNAME"].upper().strip()


def is_systemic(product: dict, routes: set[str]) -> bool:
    if "HOMEOPATHIC" in product["MARKETINGCATEGORYNAME"]:
        return False
    return bool(routes & {route.strip() for route in product["ROUTENAME"].split(";")}) or (
        not product["ROUTENAME"] and not product["SUBSTANCENAME"]
    )


def product_code(ndc: str) -> str:
    """Labeler and product in 5-4: nine digits, zeros in front of each part."""
    labeler, product = ndc.split("-")[:2]
    return labeler.zfill(5) + product.zfill(4)


def read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
