"""The numbers of one rule, read from knowledge/rule_parameter.csv; none stands in code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from transforms.knowledge import KnowledgeError

EVERY_RULE = "*"


@dataclass(frozen=True)
class Parameters:
    """Parameter name -> number, in the unit its name ends with, and the version of the set."""

    values: Mapping[str, float]
    version: str

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def overridden(self, facility_rule: pa.Table, rule_id: str, facility: str) -> Parameters:
        """These numbers with those that the facility signed for itself; the version says so."""
        signed = [row for row in facility_rule.to_pylist() if row["facility"] == facility]
        own = {
            row["parameter"]: row["value"]
            for row in signed
            if row["rule_id"] in (EVERY_RULE, rule_id)
        }
        if not own:
            return self
        version = f"{self.version}+{facility}:{signed[0]['version']}"
        return Parameters({**self.values, **own}, version)


def load_parameters(rule_parameter: pa.Table, rule_id: str) -> Parameters:
    """The rule's own numbers and those of every rule. Raises KnowledgeError without a version."""
    rows = rule_parameter.select(["rule_id", "parameter", "value", "version"]).to_pylist()
    mine = [row for row in rows if row["rule_id"] in (EVERY_RULE, rule_id)]
    version = set_version(row["version"] for row in rows)
    return Parameters({row["parameter"]: float(row["value"]) for row in mine}, version)


def set_version(versions: Iterable[str]) -> str:
    """The version of a set whose rows say since which version each number holds: the newest.

    A version is a year and a number in it ('2026.10' is newer than '2026.9').
    """
    try:
        return max(set(versions), key=lambda version: [int(part) for part in version.split(".")])
    except ValueError as error:
        raise KnowledgeError("rule_parameter: a version is no year and number", "mend it") from error
