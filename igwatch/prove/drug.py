"""A drug as a feed names its drugs: by its code where the feed sends codes of that system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from transforms.knowledge import load_knowledge


@dataclass(frozen=True)
class Drug:
    """`code` is '' where the feed's system has none that is known here; then the name tells."""

    code: str
    name: str


def drug_of(exposure: Mapping[str, Any], sent: Mapping[str, Any]) -> Drug | None:
    """A row of canary_exposure.csv for a feed that sends a medication like this one.

    None where the feed sends codes of another system without any name.
    """
    codes, names = _known()
    code, system = codes[exposure["exposure_id"]]
    name = names[exposure["name_id"]]
    if sent["newest"]["code"] and sent["code_system"] in _spellings(system):
        return Drug(code, name)
    return Drug("", name) if sent["newest"]["name"] else None


@cache
def _known() -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """The code and system of each exposure of the knowledge tables, and the first name of each."""
    knowledge = load_knowledge()
    codes = {
        row["exposure_id"]: (row["code_prefix"], row["code_system"])
        for row in knowledge["exposure"].to_pylist()
        if row["code_prefix"]
    }
    names: dict[str, str] = {}
    for row in knowledge["exposure_name"].to_pylist():
        names.setdefault(row["exposure_id"], row["name"])
    return codes, names


@cache
def _spellings(system: str) -> frozenset[str]:
    rows = load_knowledge()["exposure_system"].to_pylist()
    return frozenset([system, *(r["as_sent"] for r in rows if r["code_system"] == system)])
