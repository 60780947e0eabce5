"""The rules as they hold for a facility: its numbers, its sentences, and the clinic's frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from transforms.course.parameter import Parameters, load_parameters
from transforms.course.patient_flag import RuleContext
from transforms.course.reason import Reasons, load_reasons
from transforms.course.rule import Rule, rules_of
from transforms.knowledge.schema import FACILITY_RULE


@dataclass(frozen=True, eq=False)
class RuleSettings:
    """The numbers of one rule and the sentences that name them. Each is only itself."""

    parameters: Parameters
    reasons: Reasons


@dataclass(frozen=True)
class SettingsByFacility:
    """Each rule as everyone has it, and as a facility with a rules file of its own has it."""

    rules: tuple[Rule, ...]
    common: Mapping[str, RuleSettings]
    own: Mapping[tuple[str, str], RuleSettings]
    clinic: RuleContext

    @classmethod
    def of(
        cls, knowledge: Mapping[str, pa.Table], facilities: pa.Table, as_of: date
    ) -> SettingsByFacility:
        """knowledge may hold `facility_rule`: what facilities override (override.py)."""
        overrides = knowledge.get("facility_rule", FACILITY_RULE.empty_table())
        names = sorted(set(overrides["facility"].to_pylist()))
        rules = rules_of(knowledge["rule"])
        return cls(
            rules,
            {rule.rule_id: _settings(knowledge, rule.rule_id) for rule in rules},
            {
                (name, rule.rule_id): _settings(knowledge, rule.rule_id, name)
                for name in names
                for rule in rules
            },
            RuleContext.of(knowledge, facilities, as_of),
        )

    def settings(self, rule_id: str, facility: str | None) -> RuleSettings:
        return self.own.get((facility or "", rule_id), self.common[rule_id])


def _settings(
    knowledge: Mapping[str, pa.Table], rule_id: str, facility: str | None = None
) -> RuleSettings:
    parameters = load_parameters(knowledge["rule_parameter"], rule_id)
    if facility is not None:
        parameters = parameters.overridden(knowledge["facility_rule"], rule_id, facility)
    return RuleSettings(parameters, load_reasons(knowledge["course_reason"], parameters))
