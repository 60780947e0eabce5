"""A bounded memory of answers: feeds repeat the same few codes, units and statuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LIMIT = 4096


class Cached(dict):
    """memo[text] is answer(text), worked out once; it forgets all when it grows too large."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, text: str) -> Any:
        if len(self) >= _LIMIT:
            self.clear()
        answer = self[text] = self._answer(text)
        return answer
