"""Which immunoglobulin a name may mean, by knowledge/name_pattern.csv. A hint, never a mapping."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from transforms.knowledge import load_knowledge


def isotypes(names: Collection[str]) -> dict[str, str]:
    """The analyte of each name that means one immunoglobulin and nothing else."""
    listed = sorted(names)
    texts = pa.array([name.lower() for name in listed], pa.string())
    meant: list[set[str]] = [set() for _ in listed]
    for row in _patterns():
        is_match = pc.match_substring_regex(texts, row["pattern"])
        for place in pc.indices_nonzero(is_match).to_pylist():
            meant[place].add("" if row["is_exclusion"] else row["analyte"])
    return {
        name: next(iter(analytes))
        for name, analytes in zip(listed, meant, strict=True)
        if len(analytes) == 1 and "" not in analytes
    }


@cache
def loinc_codes() -> frozenset[str]:
    """The LOINC codes that igwatch knows: they need no mapping."""
    rows = load_knowledge()["code"].to_pylist()
    return frozenset(row["code"] for row in rows if row["code_system"] == "LN")


@cache
def accepted_codes() -> frozenset[str]:
    """The LOINC codes whose results are measured."""
    rows = load_knowledge()["code"].to_pylist()
    return frozenset(row["code"] for row in rows if row["decision"] == "accept")


@cache
def accepted_analytes() -> dict[str, str]:
    """The analyte of each LOINC code whose results are measured."""
    rows = load_knowledge()["code"].to_pylist()
    return {row["code"]: row["analyte"] for row in rows if row["decision"] == "accept"}


@cache
def _patterns() -> list[dict]:
    return load_knowledge()["name_pattern"].to_pylist()
