"""Text of a file that belongs to no message: before the first MSH, or behind the end of a batch."""

from __future__ import annotations

from transforms.parse.hl7.message import Place
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.reject import Reject

_BLANK = b" \t\r\n\x00\x0b\x1a\x1c\xef\xbb\xbf"


class StrayText:
    """Stretches that follow each other are told as one; blank ones are not told."""

    def __init__(self, store: RowBuffer) -> None:
        self.store = store
        self.told: Reject | None = None

    def take(self, text: bytes, place: Place) -> None:
        """A stretch of text and where it stands; results in it are counted and lost."""
        if not text.strip(_BLANK):
            return
        if self.told is None:
            self.told = Reject("file", "file", "text_outside_message")
            self.told.line, self.told.offset, self.told.length = place.line, place.offset, 0
        self.told.length = place.offset + place.length - self.told.offset
        self.told.n_results += place.n_results

    def end(self, is_all: bool = False) -> None:
        """A message begins, or the file ends; `is_all` when there was nothing but such text."""
        told, self.told = self.told, None
        if is_all:
            told = told or Reject("file", "file", "no_message")
            told.reason = "no_message"
        if told:
            self.store.refuse(told)
