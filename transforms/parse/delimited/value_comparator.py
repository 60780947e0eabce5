"""A value and its comparator that stand in two columns, as the text of one: `<` and `0.80`."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.knowledge import knowledge_rows

_NONE = "="


def with_comparator(value: pa.Array, comparator: pa.Array) -> pa.Array:
    """The values with their comparators in front, unless they begin with it.

    A word that nobody knows as a comparator stands in brackets in front: such a value is no number,
    and is never read as if the word were not there.
    """
    if comparator.null_count == len(comparator):
        return value
    coded = comparator.dictionary_encode()
    signs = [_sign(word) for word in coded.dictionary.to_pylist()]
    sign = pa.array(signs, pa.string()).take(coded.indices).fill_null("")
    joined = pc.binary_join_element_wise(sign, value, "")
    for one in {*signs} - {""}:
        is_said = pc.and_(pc.equal(sign, one), pc.starts_with(pc.utf8_ltrim_whitespace(value), one))
        joined = pc.if_else(is_said.fill_null(False), value, joined)
    return joined


@cache
def _known() -> dict[str, str]:
    return {row["as_sent"]: row["value_comparator"] for row in knowledge_rows("value_comparator")}


def _sign(word: str) -> str:
    sign = _known().get(word.strip().lower(), f"[{word}] ")
    return "" if sign == _NONE else sign
