"""Reads the units of a file (messages, envelope lines, stray text) one by one into the raw tables.

Every OBX line ends in one place: rows of raw.observation, a reject that counts it, or the results
that are skipped. Whatever a sender writes, no error is raised here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from igwatch.base.knowledge import reading_limit
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import adt
from transforms.parse.hl7.cached import Cached
from transforms.parse.hl7.charset import UnknownCharset, decode, readable
from transforms.parse.hl7.diagnose import LONGEST_TEXT, diagnosis, longest_field
from transforms.parse.hl7.envelope import envelope_line
from transforms.parse.hl7.er7 import USUAL, delimiters_of, in_usual_signs, segments
from transforms.parse.hl7.exposure import ExposureReader
from transforms.parse.hl7.exposure_segment import PHARMACY_MESSAGES, SEGMENTS
from transforms.parse.hl7.file_counts import FileCounts
from transforms.parse.hl7.framing import ENVELOPE, MESSAGE, TOO_LONG, Block
from transforms.parse.hl7.header import last_sent
from transforms.parse.hl7.line_end import lost_line_end
from transforms.parse.hl7.message import Place, message_of, message_type, place_of
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.observation import observations
from transforms.parse.hl7.order_control import is_cancelled
from transforms.parse.hl7.plain_message import RESULT_MESSAGES, PlainMessages
from transforms.parse.hl7.prior_result import prior_results
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.hl7.stray_text import StrayText
from transforms.parse.hl7.unread_result import UnreadResults
from transforms.parse.hl7.waiting_messages import WaitingMessages
from transforms.parse.hl7.withdrawal import ORDER_MESSAGES
from transforms.parse.raw.reject import Reject, shape

Batch = tuple[str, pa.RecordBatch]
PRIOR_RESULT_MESSAGES = frozenset(["OML", "OMG"])  # orders that bring results of before
BATCH_ROWS = 32_768
BATCH_LINES = 8 * BATCH_ROWS
BATCH_BYTES = 32 << 20
WAITING_BYTES = 32 << 20  # of blocks that are held for the few messages in them that wait
TOO_MANY = 4  # a further kind of unit (framing.py)
_MESSAGES_AT_ONCE = 16  # between two looks at whether the rows that wait are enough
_USUAL_HEADER = "MSH|^~\\&|"
_EXPOSURE = frozenset(SEGMENTS)


class MessageReader:
    """Reads a file, or a part of one that begins at a message.

    Messages of results wait until there are enough of them, all other rows in `buffer`; `counts`
    are kept up to date. `encoding` is what the facility states; `on_envelope` is called with each
    envelope line and its place.
    """

    def __init__(
        self,
        buffer: RowBuffer,
        counts: FileCounts,
        facility: Facility,
        message_filter: MessageFilter | None,
        encoding: str | None,
        on_envelope: Callable[[bytes, Place], None],
    ) -> None:
        self.buffer, self.counts = buffer, counts
        self._facility, self._message_filter = facility, message_filter
        self._zone = facility.zone_info
        self._encoding = encoding
        self._on_envelope = on_envelope
        self._stray_text = StrayText(self.buffer)
        self._waiting = WaitingMessages()
        self._unread_results = UnreadResults()
        self._is_production = Cached(facility.is_production)
        self._blocks: list[Block] = []  # those whose messages wait in the table

    def read(self, block: Block) -> Iterator[Batch]:
        """Read the units of a block; give out batches whenever enough rows wait."""
        self._blocks = [*self._blocks, block] if self._waits else [block]
        is_read = self._is_read(block)
        places = self._places(block)
        yield from self._read_units(block, is_read, places[is_read])
        self._count(block, places[~is_read])

    def _places(self, block: Block) -> np.ndarray:
        """A row for each unit of a block: the numbers of its Place."""
        number = self.counts.n_messages + np.cumsum(_is_message(block))
        before = self.counts.n_results + np.cumsum(block.n_results) - block.n_results
        offset, length = block.start + block.offset, block.end - block.start
        columns = (number, block.line, offset, length, before, block.n_results)
        return np.stack(columns, axis=1)

    def _read_units(self, block: Block, is_read: np.ndarray, places: np.ndarray) -> Iterator[Batch]:
        """Read the units that are to be read, which stand at these places."""
        kinds = self._kinds(block)[is_read]
        plain = PlainMessages(block, kinds, is_read, self._encoding, self._is_production)
        for first, behind in plain.runs(_MESSAGES_AT_ONCE):
            if plain.is_plain[first]:
                self._stray_text.end()
                numbers = places[first:behind, 0].tolist()
                self.counts.note_codec(numbers, self._encoding or "utf-8")
                self._waiting.add_plain(*plain.run(first, behind), places[first:behind])
            else:
                place = place_of(places[first])
                start = place.offset - block.offset
                raw = block.data[start : start + place.length]
                self._read_unit(raw, int(kinds[first]), place, plain.is_clean)
            is_due = (behind - 1) % _MESSAGES_AT_ONCE == 0
            if (is_due or self._waiting.n_bytes >= BATCH_BYTES) and self._is_full():
                yield from self.flush()

    def _count(self, block: Block, skipped: np.ndarray) -> None:
        """Count a block that was read but for the messages at the places skipped."""
        counts = self.counts
        is_message = _is_message(block)
        counts.n_messages += int(is_message.sum())
        counts.n_results += int(block.n_results.sum())
        counts.skip(zip(skipped[:, 0].tolist(), skipped[:, -1].tolist(), strict=True))
        counts.n_lines += block.n_lines
        starts = block.start[is_message].tolist()
        counts.note_sent(last_sent(block.data, starts, self._encoding, self._zone))

    def end(self) -> Iterator[Batch]:
        """The file, or the part of it, has ended: the last batches."""
        self._stray_text.end(is_all=self.counts.n_messages == 0)
        yield from self.flush()
        self.counts.n_others = self.buffer.n_others

    def _is_read(self, block: Block) -> np.ndarray:
        if self._message_filter is None:
            return np.ones(len(block.kind), bool)
        return (block.kind != MESSAGE) | self._message_filter.selects(
            block.data, block.start, block.end
        )

    @property
    def _waits(self) -> bool:
        """Whether messages of an earlier block may still be refused."""
        return bool(self._waiting) or self._unread_results.is_waiting

    def _kinds(self, block: Block) -> np.ndarray:
        """The kinds of a block's units, those told that have more segments than may be read."""
        n_lines = np.diff(np.append(block.line, block.line[:1] + block.n_lines))
        is_over = (block.kind == MESSAGE) & (n_lines > reading_limit("message_segments"))
        return np.where(is_over, TOO_MANY, block.kind)

    def _read_unit(self, raw: bytes, kind: int, place: Place, is_clean: bool) -> None:
        """Read one unit; `is_clean`: there are no control characters in it."""
        if kind == MESSAGE:
            self._stray_text.end()
            self._read_message(raw, place, is_clean)
        elif kind == TOO_LONG:
            self._refuse(place, "message_too_long", field=longest_field(raw))
        elif kind == TOO_MANY:
            n_segments = raw.count(b"\r") or raw.count(b"\n")
            found = f"{n_segments} segments"
            self._refuse(place, "message_too_many_segments", found=found)
        elif kind == ENVELOPE:
            line = envelope_line(raw)
            self._on_envelope(line, place)
            self._stray_text.take(raw[len(line) :], place)
        else:
            self._stray_text.take(raw, place)

    def _read_message(self, raw: bytes, place: Place, is_clean: bool) -> None:
        """Read a message that is not plain."""
        try:
            text, codec = decode(raw, self._encoding)
        except UnknownCharset:
            self._refuse(place, "charset_unknown", field="MSH-18", found="bytes above 7F")
            return
        self.counts.note_codec([place.number], codec)
        if not text.startswith(_USUAL_HEADER):
            delimiters = delimiters_of(text)
            if delimiters is None:
                self._refuse(place, "header_unreadable", field="MSH-2", found=shape(text[3:12]))
                return
            if delimiters != USUAL:
                text = in_usual_signs(text, delimiters)
        ids, lines = segments(text, is_clean)
        header = lines[0].split("|", 11)
        code, event = message_type[header[8]] if len(header) > 8 else ("", "")
        if not code:
            self._refuse(place, "message_type_missing", field="MSH-9")
            return
        if len(header) > 10 and not self._is_production[header[10]]:
            found = header[10] if len(header[10]) == 1 else shape(header[10])
            self._refuse(place, "not_production", field="MSH-11", found=found)
            return
        if "PID" not in ids and (lost := lost_line_end(lines)):
            self._refuse(place, "line_ends_lost", line=place.line + lost[0], found=lost[1])
            return
        if code in RESULT_MESSAGES:
            if not place.n_results and self._is_refused_as_empty(ids, lines, place):
                return
            self._waiting.add(ids, lines, place, code == "OUL")
        elif place.n_results:
            self._read_other_results(code, event, ids, lines, place)
        if code in ORDER_MESSAGES:
            self._read_withdrawals(ids, lines, place)
        is_order = code in PHARMACY_MESSAGES and "ORC" in ids
        if code == "ADT" or is_order or not _EXPOSURE.isdisjoint(ids):
            self._read_other_segments(code, ids, lines, place)

    def _read_withdrawals(self, ids: list[str], lines: list[str], place: Place) -> None:
        """The orders that a message about orders takes back; its OBX are no results."""
        orders = (line for segment, line in zip(ids, lines, strict=True) if segment == "ORC")
        if any(map(is_cancelled, orders)):
            only = ["" if segment == "OBX" else segment for segment in ids]
            self._waiting.add(only, lines, place)

    def _is_refused_as_empty(self, ids: list[str], lines: list[str], place: Place) -> bool:
        """Refuse a message of results without any, where it has lost them or names nobody."""
        if lost := lost_line_end(lines):
            self._refuse(place, "line_ends_lost", line=place.line + lost[0], found=lost[1])
        elif "PID" not in ids:
            self._refuse(place, "results_missing", field="PID")
        else:
            return False
        return True

    def _read_other_results(
        self, code: str, event: str, ids: list[str], lines: list[str], place: Place
    ) -> None:
        """Prior results of an order; all else waits to be told where it is of interest."""
        kept = prior_results(ids, lines) if code in PRIOR_RESULT_MESSAGES else [""] * len(ids)
        if "OBX" in kept:
            self._waiting.add(kept, lines, place)
        unread = [at for at, segment in enumerate(ids) if segment == "OBX" and not kept[at]]
        self._unread_results.add(place, code, event, [lines[at] for at in unread])

    def _read_other_segments(
        self, code: str, ids: list[str], lines: list[str], place: Place
    ) -> None:
        message = message_of(ids, lines, place, self._facility, self._zone)
        if code == "ADT":
            adt.read_patients(message, self.buffer)
            adt.read_merges(message, self.buffer)
        ExposureReader(message, self.buffer).read()

    def _refuse(self, place: Place, reason: str, **details: object) -> None:
        unit = "result" if place.n_results else "message"
        self._keep_reject(
            place.reject("message", unit, reason, n_results=place.n_results, **details)
        )

    def _keep_reject(self, reject: Reject) -> None:
        """Keep a refusal; where nothing was found in a message, say what the standard misses."""
        is_unexplained = reject.level == "message" and reject.found is None
        offset, length = reject.offset or 0, reject.length or 0
        is_faulty = reject.reason != "quality_control" and length <= LONGEST_TEXT
        if is_unexplained and is_faulty and self.counts.may_diagnose(reject.number or 0):
            reject.found = diagnosis(self._text_at(offset, length))
        self.buffer.refuse(reject)

    def _text_at(self, offset: int, length: int) -> str:
        block = next(block for block in reversed(self._blocks) if block.offset <= offset)
        raw = block.data[offset - block.offset :][:length]
        return readable(raw, self._encoding)

    def _is_full(self) -> bool:
        return (
            self._waiting.n_results >= BATCH_ROWS
            or self._waiting.n_lines >= BATCH_LINES
            or self._waiting.n_bytes + self._unread_results.n_bytes >= BATCH_BYTES
            or self.buffer.n_waiting >= BATCH_ROWS
            or sum(len(block.data) for block in self._blocks) >= WAITING_BYTES
        )

    def flush(self) -> Iterator[Batch]:
        """Everything that waits, as batches."""
        rejects, skipped = self._unread_results.take(self._message_filter)
        self.counts.skip(skipped)
        for reject in rejects:
            self._keep_reject(reject)
        if self._waiting:
            n_repeated, buffer = self.counts.n_repeated, self.buffer
            table = self._waiting.table()
            read = observations(table, self._facility, self._zone, buffer, n_repeated)
            self.counts.n_repeated += read.n_repeated
            for reject in read.rejects:
                self._keep_reject(reject)
            if read.batch.num_rows:
                yield "observation", read.batch
        self._waiting, self._blocks = WaitingMessages(), self._blocks[-1:]
        yield from self.buffer.flush()


def _is_message(block: Block) -> np.ndarray:
    return (block.kind == MESSAGE) | (block.kind == TOO_LONG)
