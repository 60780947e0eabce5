"""What a sending laboratory is told of a month: one page and one CSV, which name nobody.

They leave the hospital: counts are rounded, none small, and a text stands where enough patients
share it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from igwatch.base.atomic_file import write_whole
from igwatch.base.knowledge import knowledge_rows
from reports.page import load_templates, render, slug
from reports.quality_page import share
from reports.safe_text import MONTHS, cell

Row = dict[str, Any]
FEW = "few or none"
"""Stands in place of a count that may be small; none at all is not told from few."""
OF_SENDER = ("came", "unusable", "median", "text", "contradiction", "delay")
"""The tables that are of one sender; what was refused is of the feed."""
COLUMNS = (
    *("facility", "sender", "month", "section", "what", "field", "code", "code_system"),
    *("test_name", "unit", "found", "n", "n_month_before", "value", "value_month_before", "note"),
    "mend",
)
DAYS_FROM_HOURS = 72


@dataclass(frozen=True)
class Feedback:
    """What is said to one sender.

    sender: MSH-4 as sent; None where the feed states none, or none that enough patients share.
    is_only: the feed has no other sender. month, month_before: their first days. tables: the rows
    of OF_SENDER and of `refused`; counts as they are shown, None where hidden.
    """

    facility: str
    sender: str | None
    is_only: bool
    month: date
    month_before: date
    as_of: date
    run_id: str
    tables: Mapping[str, Sequence[Row]]

    @property
    def name(self) -> str:
        """Who is addressed."""
        if self.is_only:
            return self.facility
        return f"{self.facility}, {self.sender or 'senders without a name of their own'}"

    def n(self, what: str, column: str = "n") -> int | None:
        """A count of what came, as it is shown."""
        return next((row[column] for row in self.tables["came"] if row["what"] == what), None)

    @property
    def share_unusable(self) -> float | None:
        """Of what could have been measured, by the counts as shown."""
        measured, unusable = self.n("measured"), self.n("unusable")
        return unusable / (measured + unusable) if measured and unusable else None

    @property
    def changes(self) -> list[Row]:
        return [row for row in self.tables["text"] if row["change"]]

    @property
    def steps(self) -> list[Row]:
        return [row for row in self.tables["median"] if row["suspicion"]]


def write_feedback(told: Iterable[Feedback], folder: Path) -> list[Path]:
    """A page and a CSV (0600) for each in `folder`, named after feed and sender."""
    written = []
    n_named: Counter[str] = Counter()
    for each in told:
        stem = _stem(each)
        n_named[stem] += 1
        if n_named[stem] > 1:  # names that differ in capitals alone
            stem = f"{stem}--{n_named[stem]}"
        for ending, text in (("html", feedback_page(each)), ("csv", feedback_csv(each))):
            written.append(write_whole(folder / f"{stem}.{ending}", text))
    return written


def _stem(told: Feedback) -> str:
    if told.is_only:
        return slug(told.facility)
    return f"{slug(told.facility)}--{slug(told.sender) if told.sender else 'other'}"


def feedback_page(told: Feedback) -> str:
    """The page as HTML, self-contained."""
    templates = load_templates(count=count, share=share, month=month_name, lasting=lasting)
    limits = {row["threshold"]: row["value"] for row in knowledge_rows("check_threshold")}
    return render("feedback", templates, told=told, limits=limits)


def feedback_csv(told: Feedback) -> str:
    """The same as rows of COLUMNS, safe in a spreadsheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in _csv_rows(told):
        stated = {"facility": told.facility, "sender": told.sender, "month": f"{told.month:%Y-%m}"}
        writer.writerow({key: cell(value) for key, value in (stated | row).items()})
    return "\ufeff" + out.getvalue()


def _csv_rows(told: Feedback) -> Iterator[Row]:
    for section, rows in told.tables.items():
        for row in rows:
            for line in _AS_CSV[section](row):
                yield {"section": section} | line


def _counted(row: Row) -> Row:
    return {"n": count(row["n"]), "n_month_before": count(row["n_before"])}


def _came(row: Row) -> list[Row]:
    return [{"what": row["what"]} | _counted(row)]


def _reason(row: Row) -> list[Row]:
    """A reason for which something was not used, or not read."""
    found = row["found"] if "found" in row else row["value_shape"]
    said = {"what": row["reason_code"], "field": row["field"], "found": found}
    return [said | _counted(row) | {"note": row["sentence"], "mend": row["mend"]}]


def _median(row: Row) -> list[Row]:
    values = {"value": row["median"], "value_month_before": row["median_before"]}
    said = {"what": row["analyte"], "unit": row["unit"], "note": row["suspicion"]}
    return [said | values | _counted(row)]


def _text(row: Row) -> list[Row]:
    said = {key: row[key] for key in ("code", "code_system", "test_name")}
    more = {"what": row["analyte"], "unit": row["units"], "note": row["change"]}
    return [said | more | _counted(row)]


def _contradiction(row: Row) -> list[Row]:
    found = " / ".join(row[key] or "" for key in ("statement_a", "statement_b"))
    fields = " / ".join(row[key] or "" for key in ("field_a", "field_b"))
    said = {"what": row["reason_code"], "field": fields, "found": found if found != " / " else None}
    return [said | _counted(row) | {"note": row["sentence"], "mend": row["mend"]}]


def _delay(row: Row) -> list[Row]:
    return [
        {
            "what": row["way"],
            "unit": "h",
            "value": row[f"{part}_hours"],
            "value_month_before": row[f"{part}_hours_before"],
            "note": f"{part.replace('_', ' ')} of the results came within",
        }
        | _counted(row)
        for part in ("half", "nine_tenths")
    ]


_AS_CSV = {
    "came": _came,
    "unusable": _reason,
    "refused": _reason,
    "median": _median,
    "text": _text,
    "contradiction": _contradiction,
    "delay": _delay,
}


def count(n: int | None) -> str:
    """A count as it is printed; None is few or none."""
    return FEW if n is None else f"{n:,}"


def month_name(month: date) -> str:
    """Oct 2026."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def lasting(hours: float | None) -> str:
    """A time in hours, or in days where it is long."""
    if hours is None:
        return "too few to say"
    if abs(hours) > DAYS_FROM_HOURS:
        return f"{hours / 24:,.2g} days" if abs(hours) < 2400 else f"{hours / 24:,.0f} days"
    return f"{hours:g} h"
