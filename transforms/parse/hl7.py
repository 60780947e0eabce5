"""Reads a file of HL7 v2 messages into the raw tables, in bounded memory.

Every OBX line of the file ends in one place: rows of raw.observation, a reject that counts it, or
source_file.n_results_skipped. Nothing a sender writes raises an error here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from transforms.parse import adt
from transforms.parse.charset import decode
from transforms.parse.content import Content
from transforms.parse.envelope import Envelope
from transforms.parse.er7 import USUAL, delimiters_of, in_usual_signs, segments
from transforms.parse.exposure import SEGMENTS, ExposureReader
from transforms.parse.facility import Facility
from transforms.parse.framing import ENVELOPE, MESSAGE, TOO_LONG, Block, frames
from transforms.parse.interest import Interest
from transforms.parse.message import Place, message_of, message_type
from transforms.parse.observation import observations
from transforms.parse.oru import read_results
from transforms.parse.outside import Outside
from transforms.parse.reject import Reject, shape
from transforms.parse.row_store import RowStore
from transforms.parse.schema import SCHEMAS
from transforms.parse.sheet import Sheet
from transforms.parse.source import Source

Batch = tuple[str, pa.RecordBatch]
RESULT_MESSAGES = frozenset(["ORU", "OUL"])
SHEET_RESULTS = 16_384
SHEET_BYTES = 32 << 20
_USUAL_HEADER = "MSH|^~\\&|"
_CONTROLS = (b"\x00", b"\x0b", b"\x1a", b"\x1c")


def read_hl7(
    source: Source, facility: Facility, interest: Interest | None = None
) -> Iterator[Batch]:
    """(raw table, batch) for every message of the file; ("source_file", one row) is the last.

    `interest` names the messages worth reading, others are only counted; None reads all.
    """
    content = Content(source.path, facility.encoding)
    reading = Reading(source, facility, interest, content)
    if content.is_damaged:
        reading.store.refuse(Reject("file", "file", "gzip_damaged"))
    else:
        for block in frames(content.blocks()):
            yield from reading.read(block)
    yield from reading.end()


class Reading:
    """One file being read: what is common to its messages, and the sums at its end."""

    def __init__(
        self, source: Source, facility: Facility, interest: Interest | None, content: Content
    ) -> None:
        self.source = source
        self.facility = facility
        self.zone = facility.zone_info
        self.interest = interest
        self.content = content
        self.encoding = None if content.wide_codec else facility.encoding
        self.store = RowStore(source)
        self.sheet = Sheet()
        self.envelope = Envelope(self.store)
        self.outside = Outside(self.store)
        self.codecs: set[str] = set()
        self.n_messages = self.n_results = self.n_skipped = self.n_repeated = 0
        self.n_bytes = 0

    def read(self, block: Block) -> Iterator[Batch]:
        """The units of a block; batches whenever enough has come together."""
        is_message = (block.kind == MESSAGE) | (block.kind == TOO_LONG)
        is_read = self._is_read(block)
        is_clean = not any(sign in block.data for sign in _CONTROLS)
        number = self.n_messages + np.cumsum(is_message)
        before = self.n_results + np.cumsum(block.n_results) - block.n_results
        length = block.end - block.start
        offset = block.start + block.offset
        arrays = (number, block.line, offset, length, before, block.n_results)
        places = zip(*(array[is_read].tolist() for array in arrays), strict=True)
        for kind, place in zip(block.kind[is_read].tolist(), map(Place._make, places), strict=True):
            self._unit(block, kind, place, is_clean)
            if self._is_full:
                yield from self._flush()
        self.n_messages += int(is_message.sum())
        self.n_results += int(block.n_results.sum())
        self.n_skipped += int(block.n_results[~is_read].sum())

    def _is_read(self, block: Block) -> np.ndarray:
        if self.interest is None:
            return np.ones(len(block.kind), bool)
        return (block.kind != MESSAGE) | self.interest.of(block.data, block.start, block.end)

    def _unit(self, block: Block, kind: int, place: Place, is_clean: bool) -> None:
        start = place.offset - block.offset
        raw = block.data[start : start + place.length]
        if kind == MESSAGE:
            self.outside.end()
            self._message(raw, place, is_clean)
        elif kind == TOO_LONG:
            self._refuse(place, "message_too_long")
        elif kind == ENVELOPE:
            self.outside.take(raw[self.envelope.take(raw, place) :], place)
        else:
            self.outside.take(raw, place)

    def _message(self, raw: bytes, place: Place, is_clean: bool) -> None:
        text, codec = decode(raw, self.encoding)
        self.codecs.add(codec)
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
            self.n_bytes += place.length
            read_results(ids, lines, place, self.sheet)
        else:
            self.n_skipped += place.n_results
        if code == "ADT" or not SEGMENTS.keys().isdisjoint(ids):
            self._others(code, ids, lines, place)

    def _others(self, code: str, ids: list[str], lines: list[str], place: Place) -> None:
        message = message_of(ids, lines, place, self.facility, self.zone)
        if code == "ADT":
            adt.read_patients(message, self.store)
            adt.read_merges(message, self.store)
        ExposureReader(message, self.store).read()

    def _refuse(self, place: Place, reason: str, **details: object) -> None:
        unit = "result" if place.n_results else "message"
        reject = place.reject("message", unit, reason, n_results=place.n_results, **details)
        self.store.refuse(reject)

    @property
    def _is_full(self) -> bool:
        return (
            len(self.sheet.obx) >= SHEET_RESULTS
            or self.n_bytes >= SHEET_BYTES
            or self.store.is_full
        )

    def _flush(self) -> Iterator[Batch]:
        if self.sheet.obx:
            read = observations(
                self.sheet, self.facility, self.zone, self.source.sha256, self.n_repeated
            )
            self.n_repeated += read.n_repeated
            for reject in read.rejects:
                self.store.refuse(reject)
            if read.batch.num_rows:
                yield "observation", read.batch
        self.sheet, self.n_bytes = Sheet(), 0
        yield from self.store.flush()

    def end(self) -> Iterator[Batch]:
        """What the end of the file decides, the last batches, and the sums."""
        self.envelope.end()
        self.outside.end(is_all=self.n_messages == 0 and not self.content.is_damaged)
        yield from self._flush()
        yield "source_file", self._sums()

    def _sums(self) -> pa.RecordBatch:
        source = self.source
        sums = {
            "facility": source.facility,
            "source_sha256": source.sha256,
            "source_name": source.name,
            "size_bytes": source.size_bytes,
            "delivered_at": source.delivered_at,
            "landed_at": source.landed_at,
            "format": "hl7v2" if self.n_messages else "unreadable",
            "content": "mixed",
            "encoding": self.content.wide_codec or "+".join(sorted(self.codecs)) or None,
            "n_messages": self.n_messages,
            "n_results": self.n_results + self.n_repeated,
            "n_results_skipped": self.n_skipped,
            "n_other_rows": self.store.n_others,
            "layout_sha256": self.facility.layout_sha256(),
        }
        return pa.RecordBatch.from_pylist([sums], schema=SCHEMAS["source_file"])
