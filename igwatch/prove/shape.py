"""How each feed now writes: the newest way of sending each isotype, its words, its drugs.

Asked of the newest sources alone, in a private build that holds no more than what texts mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.knowledge import rule_parameter
from igwatch.base.sql import rows
from igwatch.prove.canary import ISOTYPES
from transforms.knowledge import check_threshold, load_knowledge

FOLDER = Path(__file__).with_name("query")
MODELS_ASKED = ("lookup.code_decision", "lookup.result_text", "lookup.unit_meaning")
Row = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One way in which a feed sends an isotype, by its newest result; `factor` to g/L.

    `is_usual`: the commonest of the newest delivery that has the isotype.
    """

    analyte: str
    n_patients: int
    newest: Row
    factor: float
    is_usual: bool

    @property
    def place(self) -> tuple[str, int | None, int]:
        """Where its newest result stands: source, message, line."""
        return (
            self.newest["source_sha256"],
            self.newest["message_number"],
            self.newest["line_number"],
        )


@dataclass
class Feed:
    """What is known of one feed's way of writing."""

    facility: str
    usual: dict[str, Sent] = field(default_factory=dict)
    others: list[Sent] = field(default_factory=list)
    n_patients: dict[str, int] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    ranges: list[Row] = field(default_factory=list)
    medications: list[Row] = field(default_factory=list)

    @property
    def lacking(self) -> list[str]:
        """The isotypes of which too few patients had any lately."""
        least = check_threshold("canary_shared_by")
        return [a for a in ISOTYPES if self.n_patients.get(a, 0) < least]

    def printed_range(self, sent: Sent, age_days: int) -> str:
        """The newest range that was printed beside such a result of about this age."""
        is_adult = age_days >= rule_parameter("adult_from_days")
        for row in self.ranges:
            same = (row["analyte"], row["units"]) == (sent.analyte, sent.newest["units"])
            is_near = is_adult or row["age_years"] == int(age_days / 365.25)
            if same and row["is_adult"] == is_adult and is_near:
                return row["references_range"]
        return ""


def feeds_of(con: duckdb.DuckDBPyConnection) -> dict[str, Feed]:
    """Every feed of the build, by facility."""
    feeds: dict[str, Feed] = {}

    def feed(facility: str) -> Feed:
        return feeds.setdefault(facility, Feed(facility))

    text_meaning = (FOLDER / "text_meaning.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE text_meaning AS {text_meaning}")
    _results(con, feed)
    for row in _ask(con, "word_shape"):
        feed(row["facility"]).words.setdefault((row["topic"], row["meaning"]), row["word"])
    grown_up = rule_parameter("adult_from_days")
    for row in _ask(con, "range_shape", analytes=list(ISOTYPES), adult_from_days=grown_up):
        feed(row["facility"]).ranges.append(row)
    for row in _ask(con, "exposure_shape"):
        feed(row["facility"]).medications.append(row)
    for row in _ask(con, "shared_text", shared_by=int(check_threshold("canary_shared_by"))):
        feed(row["facility"]).shared.append(row["text"])
    return feeds


def _results(con: duckdb.DuckDBPyConnection, feed: Any) -> None:
    factors = _factors()
    newest: dict[tuple[str, str], date] = {}
    given = {"analytes": list(ISOTYPES), "n_rows": int(check_threshold("canary_rows"))}
    for row in _ask(con, "result_shape", **given):
        of = feed(row["facility"])
        analyte, delivered_on = row["analyte"], row["delivered_on"]
        of.n_patients[analyte] = of.n_patients.get(analyte, 0) + row["n_patients"]
        is_usual = analyte not in of.usual
        newest.setdefault((of.facility, analyte), delivered_on)
        sent = Sent(
            analyte,
            row["n_patients"],
            row["newest"],
            factors.get((analyte, row["newest"]["unit_ucum"]), 0.0),
            is_usual,
        )
        if is_usual:
            of.usual[analyte] = sent
        elif newest[of.facility, analyte] == delivered_on and (
            row["n_patients"] >= check_threshold("canary_shared_by")
        ):
            of.others.append(sent)


def _factors() -> Mapping[tuple[str, str], float]:
    rows_ = load_knowledge()["unit_conversion"].to_pylist()
    return {(r["analyte"], r["unit_ucum"]): r["factor"] for r in rows_}


def _ask(con: duckdb.DuckDBPyConnection, name: str, **given: Any) -> Iterator[Row]:
    query = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    yield from rows(con, query, given or None).to_pylist()
