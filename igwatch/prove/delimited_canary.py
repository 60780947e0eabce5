"""A feed's canaries as a delimited file with the header, the order and the words of its newest one.

Each result has a row shaped after the newest real one of its isotype; in a wide file each sample
has one. A cell that is neither carried nor replaced is empty; nothing stands above the header.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from igwatch.prove.canary import Person, Sample
from igwatch.prove.carried import Carried
from igwatch.prove.delimited_sample import SampleFile
from igwatch.prove.drug import Drug
from igwatch.prove.shape import Feed, Sent
from igwatch.prove.written_number import canary_value
from igwatch.prove.written_time import like_text
from transforms.parse.delimited.heading import canonical_name, folded
from transforms.parse.facility.canonical_file import CANONICAL
from transforms.parse.facility.facility import Facility

_CARRIED = ("assigning_authority", "specimen_type", "code", "code_system", "test_name", "units")
_ALSO_CARRIED = ("laboratory", "status", "kind", "event_kind", "certainty")
TIMES = ("birth_date", "collected_at", "collected_time", "resulted_at")


@dataclass(frozen=True)
class DelimitedWriter:
    """Writes canaries as this feed writes. `newest` is the form of its newest file; `samples` are
    the files that hold its newest results, by source; `refused` a row of the newest file, where
    most of it was refused for a time."""

    facility: Facility
    feed: Feed
    carried: Carried
    newest: SampleFile
    samples: Mapping[str, SampleFile]
    refused: list[str] | None = None

    def rows(self, person: Person, sample: Sample, sent: Sequence[Sent]) -> Iterator[list[str]]:
        """The rows of one sample, with the isotypes of `sent`."""
        first = self.samples[sent[0].newest["source_sha256"]]
        if first.layout and first.layout.heading.wide:
            yield self._wide_row(person, sample, sent, first)
            return
        for one in sent:
            file = self.samples[one.newest["source_sha256"]]
            yield self._placed(self._cells(file, one, person, sample), file)

    def _cells(
        self, file: SampleFile, sent: Sent, person: Person, sample: Sample
    ) -> dict[int, str]:
        """The row's cells by their place in the file that it is shaped after."""
        assert file.layout is not None
        original = file.rows[sent.newest["line_number"]]
        place = file.layout.heading.place
        cells = self._shared_cells(file, original, sent, person, sample)
        if "value" in place:
            cells[place["value"]] = self._value(original, place["value"], sent, sample)
        if "reference_range" in place:
            cells[place["reference_range"]] = self._range(sent, person, sample)
        return cells

    def _shared_cells(
        self, file: SampleFile, original: list[str], sent: Sent, person: Person, sample: Sample
    ) -> dict[int, str]:
        """What a row says of the person and the sample, whatever its isotype."""
        assert file.layout is not None
        heading = file.layout.heading
        numbers = f"{sample.number}"
        newest = sent.newest
        cells = {}
        for name, n in heading.place.items():
            text = _cell(original, n)
            if name in TIMES and self.refused:
                text = self._refused_time(file.headers[n]) or text
            if not text.strip():
                continue
            if name in _CARRIED or name in _ALSO_CARRIED:
                cells[n] = self.carried.text(text)
            elif name == "patient_id":
                cells[n] = person.number("patient", text)
            elif name in ("order_number", "specimen_id"):
                cells[n] = person.number(f"{name} {numbers}", text)
            elif name == "birth_date":
                known = None if self.refused else newest["birth_date"]
                cells[n] = self._time(text, person.birth_date, known)
            elif name in ("collected_at", "collected_time"):
                is_known = name == "collected_at" and newest["collected_at"] and not self.refused
                known = newest["collected_at"].date() if is_known else None
                cells[n] = self._time(text, person.collected_at(sample), known)
            elif name == "resulted_at":
                cells[n] = self._time(text, person.sent_at(sample), None)
            elif name == "sex":
                cells[n] = self.feed.words.get(("sex", person.canary.sex), person.canary.sex)
        word = self.feed.words.get(("status", "corrected"))
        if sample.sending > 1 and word and "status" in heading.place:
            cells[heading.place["status"]] = word
        for n, texts in heading.skip:
            text = self.carried.text(_cell(original, n))
            cells[n] = "" if folded(text) in texts else text
        return cells

    def _refused_time(self, header: str) -> str:
        """What stands under this header in the refused row."""
        place = {folded(h): n for n, h in reversed(list(enumerate(self.newest.headers)))}
        return _cell(self.refused or [], place.get(folded(header), len(self.newest.headers)))

    def _wide_row(
        self, person: Person, sample: Sample, sent: Sequence[Sent], file: SampleFile
    ) -> list[str]:
        """One row with a column for each isotype that the feed sends."""
        assert file.layout is not None
        original = file.rows[sent[0].newest["line_number"]]
        cells = self._shared_cells(file, original, sent[0], person, sample)
        by_code = {one.newest["code"]: one for one in sent}
        for column, places in file.layout.heading.wide:
            one = by_code.get(column.code)
            if one is None:
                continue
            original = file.rows[one.newest["line_number"]]
            cells[places["value"]] = self._value(original, places["value"], one, sample)
            if "units" in places:
                cells[places["units"]] = self.carried.text(_cell(original, places["units"]))
            if "reference_range" in places:
                cells[places["reference_range"]] = self._range(one, person, sample)
        return self._placed(cells, file)

    def _value(self, original: list[str], n: int, sent: Sent, sample: Sample) -> str:
        grams = sample.g_per_l[sent.analyte]
        return canary_value(_cell(original, n), grams, sent, self.facility, self.carried)

    def _range(self, sent: Sent, person: Person, sample: Sample) -> str:
        age = person.canary.born_days_before - sample.days_before
        return self.carried.printed_range(self.feed.printed_range(sent, age))

    def _time(self, text: str, moment: datetime | date, read_as: date | None) -> str:
        return like_text(text, moment, read_as, self.facility.date_format)

    def _placed(self, cells: Mapping[int, str], file: SampleFile) -> list[str]:
        """The cells in the order of the newest file: under the same header, else in its place."""
        row = [""] * len(self.newest.headers)
        place = {folded(h): n for n, h in reversed(list(enumerate(self.newest.headers)))}
        for n, text in cells.items():
            header = folded(file.headers[n]) if n < len(file.headers) else ""
            to = place.get(header, n)
            if to < len(row):
                row[to] = text
        return row

    def exposure_row(
        self, person: Person, number: int, on: datetime, drug: Drug, sent: Mapping[str, Any]
    ) -> list[str]:
        """One medication, shaped after the newest real one."""
        file, line = self.samples[sent["source_sha256"]], sent["line_number"]
        assert file.layout is not None
        original = file.rows[line]
        cells = {}
        for name, n in file.layout.heading.place.items():
            text = _cell(original, n)
            if name == "patient_id":
                cells[n] = person.number("patient", text)
            elif (name in _CARRIED and name != "code") or name in _ALSO_CARRIED:
                cells[n] = self.carried.text(text)
            elif name == "code":
                cells[n] = drug.code
            elif name == "name":
                cells[n] = drug.name if text.strip() or not drug.code else ""
            elif name == "start_date":
                cells[n] = self._time(text, on, None) if text.strip() else ""
            elif name == "exposure_id":
                cells[n] = person.number(f"drug {number}", text)
        for n, texts in file.layout.heading.skip:
            text = self.carried.text(_cell(original, n))
            cells[n] = "" if folded(text) in texts else text
        return self._placed(cells, file)

    def file(self, rows: Sequence[list[str]]) -> bytes:
        """The rows below the newest file's header; a header that nobody knows is its shape."""
        buffer = io.StringIO()
        writer = csv.writer(
            buffer,
            delimiter=self.newest.delimiter,
            lineterminator=self.newest.line_end,
            quoting=csv.QUOTE_ALL if self.newest.is_quoted else csv.QUOTE_MINIMAL,
        )
        writer.writerow([self._header(h) for h in self.newest.headers])
        writer.writerows(rows)
        return self.newest.bom + buffer.getvalue().encode(self.newest.charset, "replace")

    def _header(self, header: str) -> str:
        columns = self.facility.columns
        known = {folded(h) for listed in columns.headers().values() for h in listed}
        for wide in columns.results:
            known |= {folded(h) for h in wide.model_dump().values() if h}
        known |= {folded(h) for h in self.facility.skip_rows_where}
        known |= {folded(h) for file in self.samples.values() for h in file.headers}
        is_known = folded(header) in known or canonical_name(header) in CANONICAL
        return header if is_known else self.carried.text(header)


def _cell(row: Sequence[str], n: int) -> str:
    return row[n] if n < len(row) else ""
