"""The feeds of the simulated region, and a report before a feed writes it its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

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
    events_until: date | None
    event_codes: str

    @property
    def sends_exposures(self) -> bool:
        return self.events != "none"

    @property
    def keeps_its_promise(self) -> bool:
        """Whether its exposures are sent to the last night, in codes that igwatch reads."""
        return self.sends_exposures and self.events_until is None and not self.has_local_codes

    @property
    def has_local_codes(self) -> bool:
        return self.event_codes == "local"

    def tells_by(self, day: date) -> bool:
        """Whether what is known on this day is still sent."""
        return self.sends_exposures and (self.events_until is None or day <= self.events_until)

    def exposure(self, key: str) -> tuple[str, str, str]:
        """Code, name and system of a row of exposure.csv as this facility sends them in HL7; in
        local codes without a name, so that nobody can read them."""
        row = keyed("exposure", "exposure")[key]
        if self.has_local_codes:
            return row["local_code"], "", f"{self.authority}ITEM"
        return row["code"], row["name"], row["hl7_code_system"]

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
    cells: dict[str, Any] = {
        name: cell for name, cell in row.items() if name not in ("feed", "share")
    }
    until = row["events_until"]
    cells["events_until"] = date.fromisoformat(until) if until else None
    cells["line_end"] = LINE_ENDS[row["line_end"]]
    cells["delimiter"] = "\t" if row["delimiter"] == "tab" else row["delimiter"]
    return Feed(name=row["feed"], share=float(row["share"]), **cells)
