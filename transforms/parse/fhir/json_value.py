"""JSON values as a sender wrote them: numbers keep their digits, as text; no key stands twice."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class JsonFault(ValueError):
    """Why a text is no JSON that can be trusted: `reason` is a key of reject_reason.csv."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonFault("json_key_twice")
    return members


def _no_number(word: str) -> NoReturn:
    """NaN and Infinity, which JSON does not have."""
    raise JsonFault("json_number_unknown")


_AS_WRITTEN: dict[str, Any] = {"parse_float": str, "parse_int": str, "strict": False}
_TRUSTED = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number, **_AS_WRITTEN)
_LENIENT = json.JSONDecoder(**_AS_WRITTEN)


def value_at(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at a sign that is no blank, and where it ends.

    A fault that does not hide the end is given as the value. Raises json.JSONDecodeError where the
    text is no JSON or goes on elsewhere, JsonFault where it is nested too deeply to be followed.
    """
    try:
        try:
            return _TRUSTED.raw_decode(text, at)
        except JsonFault as fault:
            return fault, _LENIENT.raw_decode(text, at)[1]
    except RecursionError:
        raise JsonFault("json_too_deep") from None


def whole_value(text: str) -> Any:
    """The one value of a text without blanks around it. Raises JsonFault."""
    try:
        value, end = value_at(text, 0)
    except json.JSONDecodeError:
        raise JsonFault("json_invalid") from None
    if isinstance(value, JsonFault):
        raise value
    if end != len(text):
        raise JsonFault("json_invalid")
    return value
