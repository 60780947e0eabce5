"""The rows of one block of a delimited file by canonical column, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.character_set import MARKER, MARKER_UTF8
from transforms.parse.delimited.time_layout import signs
from transforms.parse.raw.patient_number import word_for_none_pattern
from transforms.parse.raw.schema import SCHEMAS

_TEXT = pa.string()
_SPACE, _DELETE = 32, 127


@dataclass(frozen=True)
class Rows:
    """Rows as columns of text, by canonical column.

    `number` is the 1-based place of each in the file, `line` its 1-based line, and `record` its
    place in the records of its block.
    """

    cells: dict[str, pa.Array]
    number: np.ndarray
    line: np.ndarray
    record: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    def text(self, column: str) -> pa.Array:
        """A column as sent; NULL throughout when the file does not have it."""
        return self.cells.get(column, pa.nulls(len(self), _TEXT))

    def trimmed(self, column: str) -> pa.Array:
        """A column without blanks around its texts."""
        return trimmed(self.text(column))

    def identifier(self, column: str) -> pa.Array:
        """A trimmed column in which a word for `none` is NULL."""
        text = self.trimmed(column)
        is_word = pc.match_substring_regex(text, word_for_none_pattern())
        return pc.if_else(is_word, None, text) if pc.any(is_word).as_py() else text

    def kept(self, mask: np.ndarray) -> Rows:
        """The rows where the mask is true."""
        if mask.all():
            return self
        chosen = pa.array(mask)
        cells = {name: column.filter(chosen) for name, column in self.cells.items()}
        return Rows(cells, self.number[mask], self.line[mask], self.record[mask])


@dataclass(frozen=True)
class Fault:
    """Why a row is refused: a key of reject_reason.csv and the column it is about."""

    reason: str
    column: str | None = None


@dataclass
class Faults:
    """The first fault of each row of a block, if any."""

    n_rows: int
    _known: list[Fault | None] = field(default_factory=lambda: [None])

    def __post_init__(self) -> None:
        self._of_row = np.zeros(self.n_rows, np.uint8)

    def add(self, mask: np.ndarray | pa.Array, reason: str, column: str | None = None) -> None:
        """Fault the rows where the mask is true and that have no fault yet."""
        new = truth(mask) & (self._of_row == 0)
        if new.any():
            self._of_row[new] = len(self._known)
            self._known.append(Fault(reason, column))

    @property
    def is_good(self) -> np.ndarray:
        """Which rows have no fault."""
        return self._of_row == 0

    def __iter__(self) -> Iterator[tuple[int, Fault]]:
        """Every faulted row with its fault, in order."""
        for i in np.flatnonzero(self._of_row):
            yield int(i), self._known[self._of_row[i]]


def truth(mask: np.ndarray | pa.Array) -> np.ndarray:
    """A mask as numpy booleans; NULL is false."""
    if isinstance(mask, np.ndarray):
        return mask
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


def trimmed(text: pa.Array) -> pa.Array:
    """Texts without blanks around them; what was blank throughout is NULL."""
    if _lowest(text) > _SPACE and _highest(text) < _DELETE:
        return text
    bare = pc.utf8_trim_whitespace(text)
    is_empty = pc.equal(bare, "")
    return pc.if_else(is_empty, None, bare) if pc.any(is_empty).as_py() else bare


def one_word(text: pa.Array, faults: Faults, column: str, known: tuple[str, ...]) -> pa.Array:
    """The texts of a column that may hold only these words, in lower case; others are a fault."""
    word = pc.utf8_lower(text)
    faults.add(~truth(pc.is_in(word, pa.array(known))), "word_unknown", column)
    return word


def is_one_of(text: pa.Array, texts: frozenset[str]) -> np.ndarray:
    """Texts that are one of these in any case, blanks around them aside; '' is an empty cell."""
    coded = pc.fill_null(text, "").dictionary_encode()
    known = [" ".join(one.casefold().split()) in texts for one in coded.dictionary.to_pylist()]
    return np.array(known, bool)[coded.indices.to_numpy()]


def is_marked(text: pa.Array) -> np.ndarray:
    """Texts that hold bytes which are none in the file's character set."""
    if _highest(text) < MARKER_UTF8[0]:
        return np.zeros(len(text), bool)
    return truth(pc.match_substring(text, MARKER))


def unmarked(text: pa.Array) -> pa.Array:
    """Free text in which such bytes are shown as U+FFFD, the sign for an unknown sign."""
    return pc.replace_substring(text, MARKER, "\ufffd") if is_marked(text).any() else text


def _lowest(text: pa.Array) -> int:
    return int(signs(text).min(initial=255))


def _highest(text: pa.Array) -> int:
    return int(signs(text).max(initial=0))


def batch(table: str, n_rows: int, columns: dict[str, pa.Array | str]) -> pa.RecordBatch:
    """A record batch of a raw table; a text stands in every row, a missing column is NULL."""
    schema = SCHEMAS[table]
    arrays = [_column(columns.get(field.name), n_rows, field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(values: pa.Array | str | None, n_rows: int, kind: pa.DataType) -> pa.Array:
    if values is None:
        return pa.nulls(n_rows, kind)
    if isinstance(values, pa.Array):
        return values
    return pa.repeat(pa.scalar(values, kind), n_rows)
