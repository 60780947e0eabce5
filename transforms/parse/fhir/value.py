"""value[x] of an Observation or a component: its kind in HL7 v2's words, and its text as sent.

A number keeps its digits, behind its comparator. What is no number (a code, a period) is told by
its kind, so that nobody takes its digits for a concentration.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from transforms.parse.fhir.element import concept_text, member, text, text_of, unit_of

_KIND = {  # HL7 table 0125
    "valueQuantity": "NM",
    "valueInteger": "NM",
    "valueString": "ST",
    "valueCodeableConcept": "CWE",
    "valueBoolean": "ID",
    "valueRange": "NR",
    "valueRatio": "ST",
    "valueSampledData": "NA",
    "valueTime": "TM",
    "valueDateTime": "DTM",
    "valuePeriod": "DR",
}
_OTHER_KIND = "ED"  # attachments and references: kept in the archive


class Value(NamedTuple):
    """A value; `is_twice` where several forms of it stand beside each other."""

    kind: str | None = None
    text: str | None = None
    units: str | None = None
    further_units: str | None = None
    is_twice: bool = False


def has_value(holder: dict[str, Any]) -> bool:
    """Whether an Observation or a component has a value of its own, or says why it has none."""
    return bool(_forms(holder)) or "dataAbsentReason" in holder


def value_of(holder: dict[str, Any]) -> Value:
    """The value; the reason of its absence in its place where that is stated."""
    forms = _forms(holder)
    if not forms:
        reason = concept_text(holder.get("dataAbsentReason"))
        return Value("CWE" if reason else None, reason)
    if len(forms) > 1:
        return Value(is_twice=True)
    stated = holder[forms[0]]
    kind = _KIND.get(forms[0], _OTHER_KIND)
    if forms[0] == "valueQuantity":
        return Value(kind, quantity_text(stated), *unit_of(stated))
    return Value(kind, _text(forms[0], stated))


def quantity_text(quantity: Any) -> str | None:
    """Comparator and number, as `<0.05`; None without a number."""
    number = text_of(quantity, "value")
    return f"{text_of(quantity, 'comparator') or ''}{number}" if number else None


def _forms(holder: dict[str, Any]) -> list[str]:
    return [name for name in _value_names(tuple(holder)) if holder[name] is not None]


@lru_cache(maxsize=4096)
def _value_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of an element's names that hold a value; the elements of a feed have the same names."""
    return tuple(name for name in names if name.startswith("value"))


def _text(form: str, stated: Any) -> str | None:
    if form == "valueCodeableConcept":
        return concept_text(stated)
    if form == "valueRange":
        return _joined(quantity_text(member(stated, "low")), quantity_text(member(stated, "high")))
    if form == "valueRatio":
        parts = (quantity_text(member(stated, name)) for name in ("numerator", "denominator"))
        return ":".join(part or "" for part in parts)
    if form == "valuePeriod":
        return _joined(text_of(stated, "start"), text_of(stated, "end"))
    return text(stated)


def _joined(low: str | None, high: str | None) -> str | None:
    return f"{low or ''}-{high or ''}" if low or high else None
