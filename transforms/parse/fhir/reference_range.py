"""referenceRange of an Observation as laboratories print it: `0.4-2.3 g/L`, `<= 100 k[IU]/L`."""

from __future__ import annotations

from typing import Any

from transforms.parse.fhir.element import (
    codings,
    concept_text,
    elements,
    member,
    one_line,
    text_of,
    unit_of,
)

_NORMAL = frozenset(["normal", "recommended"])  # hl7.org/fhir/R4/valueset-referencerange-meaning


def printed_range(stated: Any) -> str | None:
    """The ranges that say what is normal, apart by `; `, each behind whom it applies to."""
    ranges = [each for each in elements(stated) if _is_normal(each)]
    printed = [(_applies_to(each), _ends(each)) for each in ranges]
    filled = [(whom, ends) for whom, ends in printed if ends]
    if len(filled) == 1:
        return filled[0][1]
    return "; ".join(f"{whom}: {ends}" if whom else ends for whom, ends in filled) or None


def _is_normal(stated: dict[str, Any]) -> bool:
    codes = {coding.code for coding in codings(stated.get("type"))}
    return not codes or bool(codes & _NORMAL)


def _applies_to(stated: dict[str, Any]) -> str | None:
    named = [concept_text(each) for each in elements(stated.get("appliesTo"))]
    return " ".join(name for name in named if name) or None


def _ends(stated: dict[str, Any]) -> str | None:
    low, high = text_of(stated, "low", "value"), text_of(stated, "high", "value")
    units = [unit_of(member(stated, end))[0] for end in ("low", "high")]
    if not (low or high):
        return one_line(stated.get("text"))
    if low and high:
        if units[0] == units[1] or not units[0]:
            return _with_unit(f"{low}-{high}", units[1])
        return f"{_with_unit(low, units[0])}-{_with_unit(high, units[1])}"
    return _with_unit(f">={low}", units[0]) if low else _with_unit(f"<={high}", units[1])


def _with_unit(number: str, unit: str | None) -> str:
    return f"{number} {unit}" if unit else number
