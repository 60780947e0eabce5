"""What igwatch itself wrote (igwatch export fhir), where a server hands it back.

An Observation that it normalised restates one that was sent: read as a result it would count twice.
An authority without a URI was given one, and is itself again. How igwatch marks both are rows of
fhir_code.csv and fhir_system.csv.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import unquote

from igwatch.base.knowledge import knowledge_rows
from transforms.parse.fhir.element import elements, member, text_of


def is_normalised_by_us(observation: dict[str, Any]) -> bool:
    """Whether an Observation restates another in the unit that igwatch compares in."""
    tags = elements(member(observation, "meta", "tag"))
    return any((text_of(t, "system"), text_of(t, "code")) == _normalised() for t in tags)


def named_by_us(system: str) -> str | None:
    """The name of the authority that a system of ours stands for; None for any other system."""
    prefix = _uri("authority") + ":"
    return unquote(system[len(prefix) :]) if system.startswith(prefix) else None


@cache
def _normalised() -> tuple[str, str]:
    marks = knowledge_rows("fhir_code")
    mark = next(
        row
        for row in marks
        if (row["element"], row["word"]) == ("Observation.meta.tag", "normalised")
    )
    return _uri(mark["system"]), mark["code"]


@cache
def _uri(name: str) -> str:
    return next(row["uri"] for row in knowledge_rows("fhir_system") if row["system"] == name)
