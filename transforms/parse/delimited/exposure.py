"""One exposures file's rows: what was given or found, when, in which event, and what is said of it.

Kind, event and system stand in columns, or the facility states them for the file. A code stays as
sent: what it means, and whether a row takes effect, is decided when a night is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.day import Days, earliest, first_days, last_days, no_days
from transforms.parse.delimited.excel_damage import (
    is_dated_code,
    is_rounded_number,
    is_serial_date,
)
from transforms.parse.delimited.heading import folded
from transforms.parse.delimited.row import Faults, Rows, one_word, truth
from transforms.parse.delimited.timestamp import TimestampReader
from transforms.parse.facility.exposure_keys import ADMINISTRATION, EVENTS, KIND_WORDS
from transforms.parse.facility.facility import Facility

_TEXT = pa.string()
# what programs write for no value; `unknown`, `void` and `deleted` say something of an exposure
_NO_WORDS = (
    *("null", "(null)", "[null]", "<null>", "none", "n/a", "na", "nan", "nat", "\\n"),
    *("-", "--", "---"),
)
_NO_CODES = (*_NO_WORDS, "0")
_DAYS = r"(?i)^(?P<days>[0-9]{1,5}(?:[.,][0-9]{1,6})?)\s*(?:d|days?)?\.?$"
_LINE_END = r"\s*[\r\n]+\s*"
_STATEMENTS = ("status", "certainty")


class ExposureReader:
    """Reads the columns of exposures: `kind` for a file without that column, days by `timestamps`.

    A day that cannot be read does not lose what may explain a result: it begins with its delivery.
    """

    def __init__(
        self,
        facility: Facility,
        file_name: str,
        timestamps: TimestampReader,
        delivered_on: date,
    ) -> None:
        self._facility = facility
        self._kind = facility.exposure_kind_of(file_name)
        self._system = facility.system_of(file_name)
        self._kind_of_word = {folded(w): k for w, k in facility.exposure_kind_map.items()}
        self._timestamps = timestamps
        self._delivered_on = pa.scalar(delivered_on, pa.date32())

    def columns(self, rows: Rows, faults: Faults) -> dict[str, pa.Array]:
        """The columns of raw.exposure that say what it is; the faults of those that say nothing."""
        code = _without(rows.trimmed("code"), _NO_CODES)
        has_neither = pc.and_(pc.is_null(code), pc.is_null(rows.trimmed("name")))
        faults.add(has_neither, "code_missing", "code")
        faults.add(is_rounded_number(code), "excel_rounded_number", "code")
        faults.add(is_dated_code(code, ()), "excel_date_for_code", "code")
        word = self._kinds(rows, faults)
        kind = pc.if_else(pc.equal(word, ADMINISTRATION), "medication", word)
        return {
            "kind": kind,
            "event_kind": self._events(rows, word),
            "code": code,
            "code_system": self._systems(rows, kind, code),
            "name": rows.trimmed("name"),
            "record_id": _record_ids(rows),
            "days_supply": whole_days(rows.trimmed("days_supply")),
            "amount": rows.trimmed("dose"),
            "statements": _statements(rows),
            **self._days(rows, kind, faults),
        }

    def _kinds(self, rows: Rows, faults: Faults) -> pa.Array:
        if self._kind and "kind" not in rows.cells:
            return pa.repeat(self._kind, len(rows))
        return one_word(self._mapped(rows), faults, "kind", KIND_WORDS)

    def _mapped(self, rows: Rows) -> pa.Array:
        """The words of the column of kinds, the facility's own by its map."""
        sent = rows.trimmed("kind")
        if not self._kind_of_word:
            return sent
        return _of_each(sent, lambda word: self._kind_of_word.get(folded(word), word))

    def _events(self, rows: Rows, word: pa.Array) -> pa.Array:
        """The event of the row, else the one that the facility or the sort of exposure says."""
        by_kind = _of_each(word, self._facility.event_kinds().get)
        if "event_kind" not in rows.cells:
            return by_kind
        sent = pc.utf8_lower(rows.trimmed("event_kind"))
        is_known = pc.is_in(sent, pa.array(EVENTS))
        return pc.if_else(is_known, sent, by_kind)

    def _systems(self, rows: Rows, kind: pa.Array, code: pa.Array) -> pa.Array:
        """The system of the row, else the one that the facility states of codes of this kind."""
        sent = self._mapped_systems(_without(rows.trimmed("code_system"), _NO_WORDS), kind)
        if not self._system:
            return sent
        stated = _of_each(kind, self._system.get)
        return pc.coalesce(sent, pc.if_else(pc.is_valid(code), stated, pa.scalar(None, _TEXT)))

    def _mapped_systems(self, sent: pa.Array, kind: pa.Array) -> pa.Array:
        """The systems as sent, the facility's own words for them by its map."""
        for of_kind, words in self._facility.exposure_system_map.items():
            meant = _of_each(sent, partial(_own_word, words))
            sent = pc.if_else(pc.equal(kind, of_kind), meant, sent)
        return sent

    def _days(self, rows: Rows, kind: pa.Array, faults: Faults) -> dict[str, pa.Array]:
        start = first_days(rows.trimmed("start_date"), self._timestamps)
        names = [n for n in rows.cells if n == "end_date" or n.startswith("end_date ")]
        ends = [last_days(rows.trimmed(name), self._timestamps) for name in names]
        end = earliest(ends) if ends else no_days(len(rows))
        # a finding answers results by its day, and is refused without one
        is_finding = truth(pc.equal(kind, "finding"))
        for name, days in (("start_date", start), ("end_date", end)):
            text = rows.trimmed(name)
            is_no_day = is_finding & truth(pc.is_valid(days.precision))
            faults.add(is_no_day & is_serial_date(text), "excel_number_for_date", name)
            faults.add(is_no_day, "time_unreadable", name)
        return {
            "start_date": self._from_delivery(start),
            "start_date_precision": start.precision,
            "end_date": end.values,
            "end_date_precision": end.precision,
        }

    def _from_delivery(self, start: Days) -> pa.Array:
        if not start.is_unreadable.any():
            return start.values
        return pc.if_else(pa.array(start.is_unreadable), self._delivered_on, start.values)


def whole_days(text: pa.Array) -> pa.Array:
    """`30`, `30.0`, `30 days` as days, a part of a day as one; NULL where there are none."""
    coded = text.dictionary_encode()
    number = pc.struct_field(pc.extract_regex(coded.dictionary, _DAYS), "days")
    days = pc.ceil(pc.cast(pc.replace_substring(number, ",", "."), pa.float64()))
    return pc.if_else(pc.greater(days, 0), days, None).cast(pa.int32()).take(coded.indices)


def _own_word(words: Mapping[str, str], word: str) -> str:
    return words.get(word, word)


def _record_ids(rows: Rows) -> pa.Array:
    """What the sender calls each row; a number that a spreadsheet rounded names several."""
    sent = _without(rows.trimmed("exposure_id"), _NO_WORDS)
    is_rounded = is_rounded_number(sent)
    return pc.if_else(pa.array(is_rounded), None, sent) if is_rounded.any() else sent


def _statements(rows: Rows) -> pa.Array:
    """What is said of its standing, a line each: `status Canceled`; NULL where nothing is."""
    said = [_statement(rows, name) for name in _STATEMENTS if name in rows.cells]
    if not said:
        return pa.nulls(len(rows), _TEXT)
    return pc.coalesce(pc.binary_join_element_wise(*said, "\n"), *said)


def _statement(rows: Rows, name: str) -> pa.Array:
    coded = _without(rows.trimmed(name), _NO_WORDS).dictionary_encode()
    said = pc.replace_substring_regex(coded.dictionary, _LINE_END, " ")
    return pc.binary_join_element_wise(name, said, " ").take(coded.indices)


def _without(text: pa.Array, words: tuple[str, ...]) -> pa.Array:
    """The texts; NULL for those that are one of these words, in any case."""
    is_none = pc.is_in(pc.ascii_lower(text), pa.array(words))
    return pc.if_else(is_none, None, text) if pc.any(is_none).as_py() else text


def _of_each(text: pa.Array, meaning: Callable[[str], str | None]) -> pa.Array:
    """What each text means, each distinct one asked for once; NULL of NULL."""
    coded = text.dictionary_encode()
    meant = pa.array(list(map(meaning, coded.dictionary.to_pylist())), _TEXT)
    return meant.take(coded.indices)
