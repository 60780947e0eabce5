"""Which identifiers of several hospitals are one person, as a person of the site decided: link.csv
in the home, a link a line (docs/links.md).

A line that cannot be used is refused, and the others hold. A file that cannot be read at all leaves
the links of the last night that could read it, which a night keeps beside the settings that it went
by: one slip in a header must not part everybody (docs/decisions/0134).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from igwatch.base.atomic_file import private_folder, write_whole
from igwatch.site.home import Home
from igwatch.site.person_hash import HashedPersons
from transforms.knowledge.schema import LOCAL_LINK
from transforms.parse.facility.facility_file import FacilityError
from transforms.parse.facility.own_table import read_table

ONE = ("assigning_authority", "patient_id")
OTHER = ("linked_assigning_authority", "linked_patient_id")
REQUIRED = (*ONE, *OTHER, "decided_by")
OPTIONAL = ("facility", "linked_facility", "valid_from", "valid_to", "why")
COLUMNS = (*REQUIRED, *OPTIONAL)
DAYS = ("valid_from", "valid_to")


class LinkFileError(FacilityError):
    """A list of links that cannot be read; one line with file, fault and mend."""


@dataclass(frozen=True)
class Links:
    """The lines of link.csv that hold tonight (LOCAL_LINK), and what keeps its own from holding."""

    rows: pa.Table
    fault: LinkFileError | None = None


def links_in_force(home: Home) -> Links:
    """The site's own links; those of the last night that could read them where it cannot."""
    try:
        return Links(read_links(home.link))
    except LinkFileError as fault:
        rows = LOCAL_LINK.empty_table()
        with suppress(LinkFileError):
            rows = read_links(kept_links(home))
        return Links(rows, fault)


def keep_links(home: Home) -> None:
    """Keep a copy of link.csv for the night on which it cannot be read; none of none."""
    kept = kept_links(home)
    if not home.link.exists():
        kept.unlink(missing_ok=True)
    elif links_in_force(home).fault is None:
        private_folder(kept.parent)
        write_whole(kept, home.link.read_bytes())


def kept_links(home: Home) -> Path:
    """Where the copy lies; no facility's name begins with a point."""
    return home.raw / ".settings" / ".link" / "link.csv"


def cut_links(home: Home, persons: HashedPersons) -> int:
    """Take every line that names one of these persons out of link.csv and its copy; return how
    many lines of link.csv went. Where its header is not known a line goes that has their number.
    """
    cut = [_cut(path, persons) for path in (kept_links(home), home.link) if path.is_file()]
    return cut[-1] if home.link.is_file() else 0


def _cut(path: Path, persons: HashedPersons) -> int:
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    header = lines[0] if lines else []
    places = [[header.index(name) for name in side if name in header] for side in (ONE, OTHER)]

    def is_theirs(cells: list[str]) -> bool:
        if any(len(side) < len(ONE) for side in places):
            return persons.is_mentioned(",".join(cells))
        stated = ([cells[i].strip() for i in side if i < len(cells)] for side in places)
        return any(persons.is_published(*side) for side in stated if len(side) == len(ONE))

    kept = [cells for cells in lines if cells is header or not is_theirs(cells)]
    if len(kept) < len(lines):
        written = io.StringIO(newline="")
        csv.writer(written, lineterminator="\n").writerows(kept)
        write_whole(path, written.getvalue().encode("utf-8", "surrogateescape"))
    return len(lines) - len(kept)


def read_links(path: Path) -> pa.Table:
    """The lines of a list of links (LOCAL_LINK); none without a file.

    A line that cannot be used has a reason_code of knowledge/reject_reason.csv and the field.
    Raises LinkFileError.
    """
    if not path.exists() and not path.is_symlink():
        return LOCAL_LINK.empty_table()
    header, lines = read_table(path, LinkFileError)
    _check_header(path.name, header)
    seen: set[tuple] = set()
    rows = [{"line_number": number, **_row(line, seen)} for number, line in lines]
    return pa.Table.from_pylist(rows, LOCAL_LINK)


def _check_header(name: str, header: Sequence[str]) -> None:
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if missing or unknown or len(set(header)) < len(header):
        raise LinkFileError(
            f"{name}, line 1:",
            f"header must be {','.join(REQUIRED)}, and may have {','.join(OPTIONAL)}",
        )


def _row(line: Mapping[str, str | None], seen: set[tuple]) -> dict:
    cell = {column: (line.get(column) or "").strip() or None for column in COLUMNS}
    day = {column: _day(cell[column]) for column in DAYS}
    reason, field = _fault(line, cell, day, seen)
    return {**cell, **day, "reason_code": reason, "field": field}


def _fault(
    line: Mapping[str, str | None],
    cell: Mapping[str, str | None],
    day: Mapping[str, date | None],
    seen: set[tuple],
) -> tuple[str | None, str | None]:
    """Why the line is refused and the cell, (None, None) where it can be used."""
    if None in line:
        return "link_row_too_long", None
    for column in (*ONE, *OTHER):
        if cell[column] is None:
            return "link_row_not_whole", column
    if cell["decided_by"] is None:
        return "link_undecided", "decided_by"
    for column in DAYS:
        if cell[column] and day[column] is None:
            return "link_date_not_read", column
    if day["valid_from"] and day["valid_to"] and day["valid_to"] < day["valid_from"]:
        return "link_ends_before_it_begins", "valid_to"
    one, other = (tuple(cell[column] for column in side) for side in (ONE, OTHER))
    if one == other:
        return "link_same_identifier", "linked_patient_id"
    link = (frozenset([one, other]), day["valid_from"], day["valid_to"])
    if link in seen:
        return "link_twice", None
    seen.add(link)
    return None, None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
