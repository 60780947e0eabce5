"""A count about people as others may see it; in SQL it is the macro shown_count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShownCount:
    """Shows a count to the nearest `step`, and none that may be below `small_count`.

    None at all is hidden as well: the night on which the first one came would tell.
    """

    small_count: float
    step: float

    def __call__(self, n: int | None) -> int | None:
        """The count as it is shown; None where it is hidden or not known."""
        return self.beyond(n, 0)

    def beyond(self, n: int | None, known: int) -> int | None:
        """The same of a count of which something beside it tells that it is at least `known`."""
        if n is None:
            return None
        half = self.step // 2
        rounded = (n + half) // self.step * self.step
        return int(rounded) if rounded - half >= known + self.small_count else None
