"""Writes exposure_equivalent.csv anew: python -m transforms.knowledge.made GEM NDC ASP.

GEM is 2014_I9gem.txt, NDC the product.txt of the FDA, ASP the NDC-HCPCS crosswalk of CMS. Where
each was read says source.csv (GEM_2014, FDA_NDC_2019, ASP_NDC_2025); none of them is kept here.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from transforms.knowledge import load_knowledge
from transforms.knowledge.load import FOLDER
from transforms.knowledge.made.crosswalk import crosswalk_rows
from transforms.knowledge.made.gem import gem_rows
from transforms.knowledge.made.product import product_rows
from transforms.knowledge.schema import COLUMNS


def main(gem: Path, products: Path, crosswalk: Path) -> None:
    exposures = load_knowledge()["exposure"].to_pylist()
    product = product_rows(products)
    known = {row["code"] for row in product}
    rest = [r for r in crosswalk_rows(crosswalk, exposures) if r["code"] not in known]
    rows = [*gem_rows(gem, exposures), *product, *rest]
    rows.sort(key=lambda row: (row["code_system"], row["code"]))
    with (FOLDER / "exposure_equivalent.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS["exposure_equivalent"].split(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
