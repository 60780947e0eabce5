"""Text of a file that belongs to no message: before the first MSH, or behind the end of a batch."""

from __future__ import annotations

from transforms.parse.hl7.message import Place
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.reject import Reject

_BLANK = b" \t\r\n\x00\x0b\x1a\x1c\xef\xbb\xbf"


class StrayText:
    """Refuses such text. Stretches that follow each other are one reject; blank ones are none.

    `waiting` is the reject of the stretches that have come and may go on.
    """

    def __init__(self, buffer: RowBuffer) -> None:
        self.buffer = buffer
        self.waiting: Reject | None = None
        self._begins_at = 0

    def take(self, text: bytes, place: Place) -> None:
        """A stretch of text and where it stands; results in it are counted and lost."""
        if not text.strip(_BLANK):
            return
        if self.waiting is None:
            self._begins_at = place.offset
            self.waiting = Reject("file", "file", "text_outside_message")
            self.waiting.line, self.waiting.offset = place.line, place.offset
        self.waiting.length = place.offset + place.length - self._begins_at
        self.waiting.n_results += place.n_results

    def end(self, is_all: bool = False) -> None:
        """A message begins, or the file ends; `is_all` when there was nothing but such text."""
        reject, self.waiting = self.waiting, None
        if is_all:
            reject = reject or Reject("file", "file", "no_message")
            reject.reason = "no_message"
        if reject:
            self.buffer.refuse(reject)
