"""Messages in the usual signs as one sheet of bytes: where its lines and fields lie, found at once.

One pass over the bytes finds every bar and every line end. A field is then two numbers, and a
column of fields is taken from the bytes in one go, whatever lines they stand in.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from transforms.parse.hl7.er7 import FIELD
from transforms.parse.hl7.field_column import TEXT, Parts

BAR, CR = ord(FIELD), 13
MOST_FIELDS = 64  # of a line that are parted: no segment of a standard has as many that are read
_BYTES_AT_ONCE = 1 << 18


class Sheet:
    """Lines of segments; each ends with CR. The last one, behind the last CR, is empty: it is also
    line -1, which stands for a segment that is missing.

    `line_start` is where each line begins. What stands behind MOST_FIELDS fields is not parted.
    """

    def __init__(self, data: bytes) -> None:
        self.bytes = np.frombuffer(data, np.uint8)
        cut = places(len(data), lambda some: (self.bytes[some] == BAR) | (self.bytes[some] == CR))
        line_end = np.flatnonzero(self.bytes[cut] == CR)
        cut, line_end = _without_fields_behind(cut, line_end)
        self.line_start = np.concatenate(([0], cut[line_end].astype(np.int64) + 1))
        self._first_field = np.concatenate(([0], line_end + 1))
        self._behind_fields = np.append(line_end + 1, len(cut))
        self._data, self._fields = data, _between(data, cut)
        self._length = np.diff(cut, prepend=np.int32(-1)) - 1

    def text(self, line: int) -> str:
        """A line as text, without its end; '' is the missing one."""
        start = int(self.line_start[line])
        end = self._data.find(b"\r", start) if line >= 0 else start
        return self._data[start : max(start, end)].decode()

    def line_length(self, lines: np.ndarray) -> np.ndarray:
        """How many bytes each of these lines has, without its end."""
        end = np.append(self.line_start[1:] - 1, self.line_start[-1])
        return end[lines] - self.line_start[lines]

    def words(self) -> np.ndarray:
        """The first four bytes of each line as one number, the first of them lowest."""
        padded = self._data + b"\r" * 4
        return np.ndarray(len(self._data) + 1, "<u4", padded, strides=(1,))[self.line_start]

    def fields(self, lines: np.ndarray) -> Fields:
        """The fields of these lines."""
        return Fields(
            self._fields, self._length, self._first_field[lines], self._behind_fields[lines]
        )


class Fields(Parts):
    """Segments of one kind; `fields[n]` is the column of field n (for MSH of field n + 1).

    Their values are every second of `values`; in between stand the signs that part them.
    """

    def __init__(
        self, values: pa.StringArray, length: np.ndarray, start: np.ndarray, end: np.ndarray
    ) -> None:
        self._values, self._length, self._start, self._end = values, length, start, end

    def _taken(self, place: np.ndarray, is_absent: np.ndarray) -> pa.StringArray:
        return self._values.take(pa.array(place * 2, pa.int32(), mask=is_absent))


def places(n: int, is_wanted: Callable[[slice], np.ndarray]) -> np.ndarray:
    """Which of n bytes are wanted, as int32. They are asked some at a time, so that they and what
    is made of them stay in the processor's cache."""
    found = []
    for begin in range(0, n, _BYTES_AT_ONCE):
        wanted = np.flatnonzero(is_wanted(slice(begin, min(begin + _BYTES_AT_ONCE, n))))
        found.append((wanted + begin).astype(np.int32))
    return np.concatenate(found) if found else np.zeros(0, np.int32)


def _without_fields_behind(cut: np.ndarray, line_end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cuts but those behind the first fields of a line, and which of them end lines."""
    n_fields = np.diff(line_end, prepend=-1)
    is_long = n_fields > MOST_FIELDS
    if not is_long.any():
        return cut, line_end
    is_kept = np.ones(len(cut), bool)
    for end, n in zip(line_end[is_long].tolist(), n_fields[is_long].tolist(), strict=True):
        is_kept[end - n + 1 + MOST_FIELDS : end] = False
    return cut[is_kept], np.cumsum(np.minimum(n_fields, MOST_FIELDS + 1)) - 1


def _between(data: bytes, cut: np.ndarray) -> pa.StringArray:
    """What stands between these places and, in turn, the signs at them; nothing is copied."""
    offsets = np.zeros(2 * len(cut) + 1, np.int32)
    offsets[1::2] = cut
    offsets[2::2] = cut + 1
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(TEXT, 2 * len(cut), buffers)
