"""A bounded cache of a function of text: feeds repeat the same few codes, units and statuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LIMIT = 4096


class Cached(dict):
    """cached[text] is function(text), worked out once; it is emptied when it grows too large.

    A dict with __missing__, since a look-up then costs no call of Python.
    """

    def __init__(self, function: Callable[[str], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, text: str) -> Any:
        if len(self) >= _LIMIT:
            self.clear()
        value = self[text] = self._function(text)
        return value
