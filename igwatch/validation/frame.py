"""Everybody from whom a sample is drawn, flagged or not, and the stratum of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.knowledge import knowledge_rows, rule_ids, rule_parameter, rule_rows
from igwatch.inquiry.saved_query import answers

NOBODY = "no_evidence"
QUERY = Path(__file__).with_name("query")


@dataclass(frozen=True)
class Person:
    """Who may be drawn. `states` and `grades` are by rule; `age_days` is None where no birth date
    is known."""

    patient_key: str
    patient_id: str
    assigning_authority: str | None
    facility: str | None
    sex: str | None
    age_days: int | None
    states: Mapping[str, str]
    grades: Mapping[str, str | None]

    @cached_property
    def stratum(self) -> str:
        """State and grade under each rule: within it everybody is equally likely to be drawn."""
        return "; ".join(
            " ".join(filter(None, (rule, state, self.grades.get(rule))))
            for rule, state in self.states.items()
        )

    @cached_property
    def place(self) -> tuple[str, str]:
        """Age band and feed, by which a stratum is put in order before it is drawn from."""
        return age_band(self.age_days), self.facility or ""


def load_frame(con: duckdb.DuckDBPyConnection, as_of: date) -> list[Person]:
    """Every person with a usable result of an isotype that a rule follows, in the order of keys."""
    given = {"analytes": [row["index_analyte"] for row in rule_rows()], "as_of": as_of}
    return [_person(row) for row in answers(con, "frame", given, QUERY)]


def _person(row: Mapping[str, Any]) -> Person:
    flags = {flag["rule_id"]: flag for flag in row["flags"]}
    rules = sorted({*rule_ids(), *flags})
    return Person(
        row["patient_key"],
        row["patient_id"],
        row["assigning_authority"],
        row["facility"],
        row["sex"],
        row["age_days"],
        {rule: flags[rule]["status"] if rule in flags else NOBODY for rule in rules},
        {rule: flags[rule]["grade"] if rule in flags else None for rule in rules},
    )


def age_band(age_days: int | None) -> str:
    """Below the age to which hyper-IgM is urgent, below that of adults, above."""
    if age_days is None:
        return "unknown"
    if age_days < rule_parameter("urgent_below_age_days"):
        return "infant"
    return "child" if age_days < rule_parameter("adult_from_days") else "adult"


def flagged_states() -> frozenset[str]:
    """The states that say: this patient has the pattern (knowledge, validation_status)."""
    rows = knowledge_rows("validation_status")
    return frozenset(row["status"] for row in rows if row["counts_as"] == "flagged")
