"""The feeds of the simulated region, and a report before a feed writes it its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from samples.data_file import keyed, rows
from samples.order import Result

LINE_ENDS = {"CR": "\r", "LF": "\n", "CRLF": "\r\n"}


@dataclass(frozen=True)
class Feed:
    """How one facility writes its files: a row of feed.csv."""

    name: str
    share: float
    format: str
    version: str
    line_end: str
    envelope: str
    codes: str
    units: str
    units_later: str
    table: str
    delimiter: str
    decimal_mark: str
    time_format: str
    authority: str
    prefix: str
    events: str

    @property
    def sends_exposures(self) -> bool:
        return self.events != "none"

    def code(self, test: str) -> tuple[str, str, str]:
        """Code, name and code system of a test as this facility sends them."""
        row = keyed("code", "test")[test]
        if self.codes == "loinc" and row["loinc"]:
            return row["loinc"], row["loinc_name"], "LN"
        if self.codes == "german" and row["german_code"]:
            return row["german_code"], row["german_name"], ""
        return row["local_code"], row["local_name"], f"{self.authority}LAB"


class Report(NamedTuple):
    """One order as it is sent once. Times are local; `is_cut` ends it before its results."""

    order_number: str
    control_id: str
    patient_id: str
    birth_date: date
    sex: str
    collected_at: datetime
    sent_at: datetime
    results: tuple[Result, ...]
    specimen: str = "serum"
    comment: str = ""
    has_bad_date: bool = False
    is_cut: bool = False

    def collected_text(self, time_format: str) -> str:
        """The time of collection as text; a bad one is on the 31 February of the same year."""
        if self.has_bad_date:
            time_format = time_format.replace("%m", "02").replace("%d", "31")
        return self.collected_at.strftime(time_format)


@lru_cache
def feeds() -> tuple[Feed, ...]:
    """The facilities in the order of feed.csv."""
    return tuple(_feed(row) for row in rows("feed"))


def _feed(row: dict[str, str]) -> Feed:
    cells = {name: cell for name, cell in row.items() if name not in ("feed", "share")}
    cells["line_end"] = LINE_ENDS[row["line_end"]]
    cells["delimiter"] = "\t" if row["delimiter"] == "tab" else row["delimiter"]
    return Feed(name=row["feed"], share=float(row["share"]), **cells)
