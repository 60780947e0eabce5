"""What a facility's HL7 messages are searched for before any is read."""

from __future__ import annotations

from functools import cache

from transforms.knowledge import load_knowledge
from transforms.parse.facility import Facility
from transforms.parse.interest import Interest, interest_of


def sought_of(facility: Facility) -> Interest:
    """Every code that is known or that the facility maps, and whatever is named like one."""
    codes, hints = _known()
    return interest_of([*codes, *facility.code_map], hints)


@cache
def _known() -> tuple[list[str], list[str]]:
    knowledge = load_knowledge()
    return knowledge["code"]["code"].to_pylist(), knowledge["name_hint"]["pattern"].to_pylist()
