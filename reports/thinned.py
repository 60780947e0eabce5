"""Few of many rows: the first and the last, the lowest and the highest, what must stay, and of the
others as many as there is room for, evenly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

Row = dict[str, Any]


def thinned(
    rows: Sequence[Row], most: int, stays: Callable[[Row], bool] | None = None
) -> list[Row]:
    """At most `most` of the rows, in their order; all of them where they are no more.

    Of rows that must stay the newest do where there are too many. A row without a value is no
    extreme.
    """
    n = len(rows)
    if n <= most:
        return list(rows)
    valued = [i for i in range(n) if rows[i]["value"] is not None] or [0]
    by_value = [
        min(valued, key=lambda i: rows[i]["value"] or 0),
        max(valued, key=lambda i: rows[i]["value"] or 0),
    ]
    kept = {0, n - 1, *by_value}
    staying = [i for i in range(n) if stays and stays(rows[i])]
    kept.update(staying[-(most - len(kept)) :] if most > len(kept) else ())
    room = most - len(kept)
    kept.update(number * n // room for number in range(room))
    return [rows[i] for i in sorted(kept)]


def thinned_each(
    rows: Sequence[Row], key: Callable[[Row], Hashable], most: int, stays: Callable[[Row], bool]
) -> list[Row]:
    """The rows in their order, those of each key thinned by themselves."""
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    kept = {id(row) for group in groups.values() for row in thinned(group, most, stays)}
    return [row for row in rows if id(row) in kept]
