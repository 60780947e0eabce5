"""HL7 v2 fields a column at a time: what datatype.py does for one field, over Arrow arrays.

A column is a string array in which an absent field is NULL; no cell is ''. Most columns hold
nothing to unescape or to split, and are given back as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7.er7 import COMPONENT, NULL, REPETITION, SUBCOMPONENT
from transforms.parse.hl7.escape import unescape, unescape_value

TEXT = pa.string()
MOST_REPETITIONS = 100
_SPECIAL = np.ones(256, bool)
_SPECIAL[
    [i for i in range(33, 127) if chr(i) not in f'{REPETITION}{COMPONENT}{SUBCOMPONENT}\\"']
] = False


class Parts:
    """Texts split at a sign; `parts[n]` is the column of part n, counted from 0."""

    def __init__(self, texts: pa.StringArray, sign: str) -> None:
        split = pc.split_pattern(texts, sign)
        self._start = np.asarray(split.offsets)[:-1]
        self._end = np.asarray(split.offsets)[1:]
        self._values = split.values
        self._length = np.diff(_offsets(split.values))

    def __getitem__(self, number: int) -> pa.StringArray:
        place = self._start + number
        is_absent = place >= self._end
        place[is_absent] = 0
        is_absent |= self._length[place] == 0 if len(self._length) else True
        if is_absent.all():
            return pa.nulls(len(place), TEXT)
        return self._taken(place, is_absent)

    def _taken(self, place: np.ndarray, is_absent: np.ndarray) -> pa.StringArray:
        return self._values.take(pa.array(place, pa.int32(), mask=is_absent))


class Components(Parts):
    """Fields that do not repeat; `components[n]` is the first leaf of component n + 1."""

    def __init__(self, fields: pa.StringArray) -> None:
        super().__init__(fields, COMPONENT)

    def __getitem__(self, number: int) -> pa.StringArray:
        return first(super().__getitem__(number))


def _offsets(texts: pa.StringArray) -> np.ndarray:
    if not len(texts):
        return np.zeros(1, np.int32)
    return np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1]


def contains(texts: pa.StringArray, sign: str) -> bool:
    """Whether `sign` stands anywhere in the column."""
    return bool(pc.any(pc.match_substring(texts, sign)).as_py())


def _is_plain(texts: pa.StringArray) -> bool:
    """Whether every character stands for itself: no sign of HL7's, no blank, nothing but ASCII."""
    characters = texts.buffers()[2]
    return characters is None or not _SPECIAL[np.frombuffer(characters, np.uint8)].any()


def first_repetition(texts: pa.StringArray) -> pa.StringArray:
    """Each field up to its first repetition sign."""
    return _up_to(texts, REPETITION)


def _up_to(texts: pa.StringArray, sign: str) -> pa.StringArray:
    if not contains(texts, sign):
        return texts
    return pc.list_element(pc.split_pattern(texts, sign, max_splits=1), 0)


def first(texts: pa.StringArray) -> pa.StringArray:
    """The first leaf of each field, as datatype.first."""
    if _is_plain(texts):
        return texts
    for sign in (REPETITION, COMPONENT, SUBCOMPONENT):
        texts = _up_to(texts, sign)
    return _without_absent(pc.utf8_trim_whitespace(_unescaped(texts)))


def first_or_null(texts: pa.StringArray) -> pa.StringArray:
    """As `first`, but HL7's null stays `""`: the sender deletes what was there."""
    if _is_plain(texts):
        return texts
    return pc.if_else(pc.equal(texts, NULL), texts, first(texts))


def whole(texts: pa.StringArray, plain_text: Callable[[str], str] = unescape) -> pa.StringArray:
    """Each field as sent, unescaped by `plain_text`, as datatype.whole."""
    return texts if _is_plain(texts) else _unescaped(_without_absent(texts), plain_text)


def _without_absent(texts: pa.StringArray) -> pa.StringArray:
    is_absent = pc.or_(pc.equal(texts, ""), pc.equal(texts, NULL))
    return pc.if_else(is_absent, pa.scalar(None, TEXT), texts)


def _unescaped(
    texts: pa.StringArray, plain_text: Callable[[str], str] = unescape
) -> pa.StringArray:
    is_escaped = pc.match_substring(texts, "\\")
    if not pc.any(is_escaped).as_py():
        return texts
    plain = [plain_text(text) for text in texts.filter(is_escaped).to_pylist()]
    return pc.replace_with_mask(texts, pc.fill_null(is_escaped, False), pa.array(plain, TEXT))


def mapped(texts: pa.StringArray, convert: Callable[[str], str | None]) -> pa.StringArray:
    """`convert` of each field; equal fields are converted once."""
    coded = texts.dictionary_encode()
    return pa.array(map(convert, coded.dictionary.to_pylist()), TEXT).take(coded.indices)


def mapped_apart(
    texts: pa.StringArray, convert: Callable[[str], Sequence[str | None]], n: int
) -> list[pa.StringArray]:
    """`convert` of each field gives n texts: n columns."""
    coded = texts.dictionary_encode()
    rows = [convert(text) for text in coded.dictionary.to_pylist()]
    columns = zip(*rows, strict=True) if rows else [()] * n
    return [
        pa.array(column, TEXT).take(coded.indices) if any(column) else pa.nulls(len(texts), TEXT)
        for column in columns
    ]


def repetitions(texts: pa.StringArray) -> tuple[pa.StringArray, np.ndarray | None]:
    """Every repetition that is not empty, unescaped, and its row (None where no field repeats).

    A field without any keeps its row, whose text is NULL. One of more than MOST_REPETITIONS is not
    taken apart: it is no list of results, and a few megabytes of it would become millions of rows.
    """
    if not contains(texts, REPETITION):
        return _unescaped(texts, unescape_value), None
    split = _split_repetitions(pc.fill_null(texts, ""))
    values, row = split.flatten(), np.asarray(pc.list_parent_indices(split))
    is_kept = np.diff(_offsets(values)) > 0
    is_empty = np.bincount(row[is_kept], minlength=len(texts)) == 0
    is_kept[np.asarray(split.offsets)[:-1][is_empty]] = True
    values = values.filter(pa.array(is_kept))
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, TEXT), values)
    return _unescaped(values, unescape_value), row[is_kept]


def _split_repetitions(texts: pa.StringArray) -> pa.ListArray:
    is_long = pc.greater_equal(pc.count_substring(texts, REPETITION), MOST_REPETITIONS)
    if not pc.any(is_long).as_py():
        return pc.split_pattern(texts, REPETITION)
    lists = (
        [text] if long else text.split(REPETITION)
        for text, long in zip(texts.to_pylist(), is_long.to_pylist(), strict=True)
    )
    return pa.array(lists, pa.list_(TEXT))


def joined(*columns: pa.StringArray) -> pa.StringArray:
    """The lines of several columns, one below the other; NULL where none has any."""
    said = [column for column in columns if column.null_count < len(column)]
    if not said:
        return columns[0]
    if len(said) == 1:
        return said[0]
    # Arrow 26 leaves out the rows in which all are NULL: the empty text behind them keeps each row
    lines = pc.binary_join_element_wise(*said, "", "\n", null_handling="skip")
    lines = pc.utf8_rtrim(lines, "\n")
    return pc.if_else(pc.equal(lines, ""), pa.scalar(None, TEXT), lines)
