"""The units of a file, one after the other, on their way to the raw tables.

Every OBX line ends in one place: rows of raw.observation, a reject that counts it, or the results
that are skipped. Nothing a sender writes raises an error here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import adt
from transforms.parse.hl7.charset import decode
from transforms.parse.hl7.diagnose import LONGEST_TEXT, diagnosis
from transforms.parse.hl7.envelope import envelope_line
from transforms.parse.hl7.er7 import USUAL, delimiters_of, in_usual_signs, segments
from transforms.parse.hl7.exposure import PHARMACY_MESSAGES, SEGMENTS, ExposureReader
from transforms.parse.hl7.file_counts import FileCounts
from transforms.parse.hl7.framing import ENVELOPE, MESSAGE, TOO_LONG, Block
from transforms.parse.hl7.message import Place, message_of, message_type
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.observation import observations
from transforms.parse.hl7.oru import read_results
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.hl7.stray_text import StrayText
from transforms.parse.hl7.timestamp import local_time
from transforms.parse.raw.reject import Reject, shape

Batch = tuple[str, pa.RecordBatch]
RESULT_MESSAGES = frozenset(["ORU", "OUL"])
BATCH_ROWS = 16_384
BATCH_BYTES = 32 << 20
N_DIAGNOSED = 20
_HEADER_BYTES = 1024
_LINE_END = re.compile(r"[\r\n]")
_USUAL_HEADER = "MSH|^~\\&|"
_CONTROLS = (b"\x00", b"\x0b", b"\x1a", b"\x1c")


class MessageReader:
    """A file, or a part of one that begins at a message, being read.

    Rows go to `store`, sums to `tally`; `encoding` is what the facility states; `on_envelope` is
    told each envelope line and its place.
    """

    def __init__(
        self,
        store: RowBuffer,
        tally: FileCounts,
        facility: Facility,
        interest: MessageFilter | None,
        encoding: str | None,
        on_envelope: Callable[[bytes, Place], None],
    ) -> None:
        self.store, self.tally = store, tally
        self._facility, self._interest = facility, interest
        self._zone = facility.zone_info
        self._encoding = encoding
        self._on_envelope = on_envelope
        self._outside = StrayText(self.store)
        self._sheet = SegmentTable()
        self._sheet_bytes = 0
        self._blocks: list[Block] = []  # those whose messages are on the sheet
        self._n_diagnosed = 0

    def read(self, block: Block) -> Iterator[Batch]:
        """The units of a block; batches whenever enough has come together."""
        tally = self.tally
        self._blocks.append(block)
        is_message = (block.kind == MESSAGE) | (block.kind == TOO_LONG)
        is_read = self._is_read(block)
        is_clean = not any(sign in block.data for sign in _CONTROLS)
        number = tally.n_messages + np.cumsum(is_message)
        before = tally.n_results + np.cumsum(block.n_results) - block.n_results
        offset, length = block.start + block.offset, block.end - block.start
        arrays = (number, block.line, offset, length, before, block.n_results)
        places = zip(*(array[is_read].tolist() for array in arrays), strict=True)
        for kind, place in zip(block.kind[is_read].tolist(), map(Place._make, places), strict=True):
            self._unit(block, kind, place, is_clean)
            if self._is_full:
                yield from self.flush()
        tally.n_messages += int(is_message.sum())
        tally.n_results += int(block.n_results.sum())
        tally.n_skipped += int(block.n_results[~is_read].sum())
        tally.n_lines += block.n_lines
        tally.note_sent(self._last_sent(block, is_message))

    def end(self) -> Iterator[Batch]:
        """The last batches."""
        self._outside.end(is_all=self.tally.n_messages == 0)
        yield from self.flush()
        self.tally.n_others = self.store.n_others

    def _is_read(self, block: Block) -> np.ndarray:
        if self._interest is None:
            return np.ones(len(block.kind), bool)
        return (block.kind != MESSAGE) | self._interest.selects(block.data, block.start, block.end)

    def _last_sent(self, block: Block, is_message: np.ndarray) -> datetime | None:
        """MSH-7 of the last message of a block that states one."""
        for start in block.start[is_message][::-1].tolist():
            header = block.data[start : start + _HEADER_BYTES].decode("latin-1")
            fields = _LINE_END.split(header, maxsplit=1)[0].split(header[3:4] or "|", 7)
            sent = fields[6].split(header[4:5] or "^")[0] if len(fields) > 6 else ""
            if sent and (at := local_time(sent.strip(), self._zone)):
                return at
        return None

    def _unit(self, block: Block, kind: int, place: Place, is_clean: bool) -> None:
        start = place.offset - block.offset
        raw = block.data[start : start + place.length]
        if kind == MESSAGE:
            self._outside.end()
            self._message(raw, place, is_clean)
        elif kind == TOO_LONG:
            self._refuse(place, "message_too_long")
        elif kind == ENVELOPE:
            line = envelope_line(raw)
            self._on_envelope(line, place)
            self._outside.take(raw[len(line) :], place)
        else:
            self._outside.take(raw, place)

    def _message(self, raw: bytes, place: Place, is_clean: bool) -> None:
        text, codec = decode(raw, self._encoding)
        self.tally.codecs.add(codec)
        if not text.startswith(_USUAL_HEADER):
            delimiters = delimiters_of(text)
            if delimiters is None:
                self._refuse(place, "header_unreadable", field="MSH-2", found=shape(text[3:12]))
                return
            if delimiters != USUAL:
                text = in_usual_signs(text, delimiters)
        ids, lines = segments(text, is_clean)
        header = lines[0].split("|", 9)
        code, _ = message_type[header[8]] if len(header) > 8 else ("", "")
        if not code:
            self._refuse(place, "message_type_missing", field="MSH-9")
        elif code in RESULT_MESSAGES:
            self._sheet_bytes += place.length
            read_results(ids, lines, place, self._sheet)
        else:
            self.tally.n_skipped += place.n_results
        is_order = code in PHARMACY_MESSAGES and "ORC" in ids
        if code == "ADT" or is_order or not SEGMENTS.keys().isdisjoint(ids):
            self._others(code, ids, lines, place)

    def _others(self, code: str, ids: list[str], lines: list[str], place: Place) -> None:
        message = message_of(ids, lines, place, self._facility, self._zone)
        if code == "ADT":
            adt.read_patients(message, self.store)
            adt.read_merges(message, self.store)
        ExposureReader(message, self.store).read()

    def _refuse(self, place: Place, reason: str, **details: object) -> None:
        unit = "result" if place.n_results else "message"
        self._refused(place.reject("message", unit, reason, n_results=place.n_results, **details))

    def _refused(self, reject: Reject) -> None:
        """Keeps a refusal; what the standard says of it stands where nothing else was found."""
        is_silent = reject.level == "message" and reject.found is None
        is_faulty = reject.reason != "quality_control" and reject.length <= LONGEST_TEXT
        if is_silent and is_faulty and self._n_diagnosed < N_DIAGNOSED:
            self._n_diagnosed += 1
            reject.found = diagnosis(self._text(reject.offset, reject.length))
        self.store.refuse(reject)

    def _text(self, offset: int, length: int) -> str:
        block = next(block for block in reversed(self._blocks) if block.offset <= offset)
        raw = block.data[offset - block.offset :][:length]
        return decode(raw, self._encoding)[0]

    @property
    def _is_full(self) -> bool:
        return (
            len(self._sheet.obx) >= BATCH_ROWS
            or self.store.n_waiting >= BATCH_ROWS
            or self._sheet_bytes >= BATCH_BYTES
        )

    def flush(self) -> Iterator[Batch]:
        """Everything collected so far, as batches."""
        if self._sheet.obx:
            sha256, n_repeated = self.store.source.sha256, self.tally.n_repeated
            read = observations(self._sheet, self._facility, self._zone, sha256, n_repeated)
            self.tally.n_repeated += read.n_repeated
            for reject in read.rejects:
                self._refused(reject)
            if read.batch.num_rows:
                yield "observation", read.batch
        self._sheet, self._sheet_bytes, self._blocks = SegmentTable(), 0, self._blocks[-1:]
        yield from self.store.flush()
