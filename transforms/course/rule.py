"""The two rules, as the fold uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from transforms.course.event import Event
from transforms.course.parameter import Parameters
from transforms.course.rules import hyper_igm, selective_igm_deficiency
from transforms.course.state import State


@dataclass(frozen=True)
class Rule:
    """advance: the pure fold of one event. index_analyte: whose results are the rule's events."""

    rule_id: str
    index_analyte: str
    advance: Callable[[State, Event, Parameters], State]
    grade: Callable[[State, Parameters], str | None]

    def course(self, events: Iterable[Event], p: Parameters) -> list[tuple[Event, State]]:
        """Every event with the state after it, from no evidence on."""
        state, course = State(), []
        for event in events:
            state = self.advance(state, event, p)
            course.append((event, state))
        return course


RULES = tuple(
    Rule(module.RULE_ID, module.INDEX_ANALYTE, module.advance, module.grade)
    for module in (hyper_igm, selective_igm_deficiency)
)
