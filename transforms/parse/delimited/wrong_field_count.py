"""Records that do not have the header's number of fields: each is refused with its likely cause."""

from __future__ import annotations

from transforms.parse.delimited.cells import Cells, fields_of
from transforms.parse.delimited.character_set import MARKER
from transforms.parse.delimited.layout import DELIMITERS, Layout
from transforms.parse.delimited.record import Records
from transforms.parse.delimited.refusal import Refusal, outline

_NAME = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


def wrong_field_counts(records: Records, cells: Cells, layout: Layout) -> list[Refusal]:
    """A refusal for every record that is broken or has too many or few fields, in file order."""
    broken = {int(i): None for i in records.is_broken.nonzero()[0]}
    return [
        _refusal(records, i, n, layout)
        for i, n in sorted((broken | cells.wrong_field_count).items())
    ]


def _refusal(records: Records, i: int, n_fields: int | None, layout: Layout) -> Refusal:
    if other := _other_delimiter(records, i, layout):
        found = f"{_NAME[other]}, header {_NAME.get(layout.delimiter, layout.delimiter)}"
        return Refusal("row_other_delimiter", "delimiter", found, 1, i)
    return Refusal(_reason(records, i, n_fields, layout), None, outline(records.text(i)), 1, i)


def _other_delimiter(records: Records, i: int, layout: Layout) -> str | None:
    """The sign by which this record has the header's number of fields: of another export."""
    text = records.text(i)
    for sign in DELIMITERS:
        if sign != layout.delimiter and text.count(sign) >= len(layout.headers) - 1 > 1:
            n_alike = {len(layout.headers), layout.n_columns, len(layout.headers) + 1}
            if len(fields_of(text, sign)) in n_alike:
                return sign
    return None


def _reason(records: Records, i: int, n_fields: int | None, layout: Layout) -> str:
    """A key of reject_reason.csv. `n_fields` is None where a quote is never closed."""
    if records.is_cut_short(i) and (n_fields is None or 1 < n_fields < layout.n_columns):
        return "row_cut_short"
    if n_fields is None:
        return "quote_not_closed"
    if records.text(i) == MARKER:
        return "row_too_long"
    if n_fields == 1 or _names_nobody(records.text(i), layout):
        return "footer_row"
    return "row_field_count"


def _names_nobody(text: str, layout: Layout) -> bool:
    """True when the fields of patient and code are empty or not there: a total, a remark."""
    fields, place = fields_of(text, layout.delimiter), layout.heading.place
    named = [place[name] for name in ("patient_id", "code", "test_name") if name in place]
    return bool(named and fields) and not any("".join(fields[i : i + 1]).strip() for i in named)
