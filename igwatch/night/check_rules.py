"""Whether every rule of knowledge/rule.csv has all that a night asks of it, before anything lands.

With half a rule a night would be green and flag nobody, or flag without a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reports.wording import has_wording
from transforms.course.panel import ANALYTES
from transforms.course.rule import RuleError, module_names, module_of
from transforms.knowledge import load_knowledge

EVERY_RULE = "*"
ASKED = ("urgent", "definite_pattern", "persistent", "repeat_due", "repeat_overdue", "resolved")
NUMBERS = ("count_from_age_days", "repeat_due_days", "repeat_overdue_days", "lapse_days")
Row = Mapping[str, Any]
Rows = Mapping[str, list[dict[str, Any]]]
Faults = Iterator[tuple[str, str]]


def check_rules() -> None:
    """Raises RuleError with the first thing that a rule lacks, and the mend."""
    knowledge = {name: table.to_pylist() for name, table in load_knowledge().items()}
    for fault, mend in faults_of(knowledge):
        raise RuleError(fault, mend)


def faults_of(knowledge: Rows) -> Faults:
    """What the rules of these knowledge tables lack, each with the mend."""
    rules = knowledge["rule"]
    for row in rules:
        for lacks in LACKS:
            for fault, mend in lacks(row, knowledge):
                yield f"rule {row['rule_id']}: {fault}", mend
    for name in sorted(module_names() - {row["rule_id"] for row in rules}):
        mend = "add it to transforms/knowledge/rule.csv or remove the module"
        yield f"rule {name}: it has a module but no row", mend


def _lacks_module(row: Row, knowledge: Rows) -> Faults:
    try:
        module_of(row["rule_id"])
    except RuleError as fault:
        yield fault.text, fault.mend


def _lacks_panels(row: Row, knowledge: Rows) -> Faults:
    if row["index_analyte"] not in ANALYTES:
        yield (
            f"no panels are built of {row['index_analyte']}",
            f"write one of {', '.join(ANALYTES)} as index_analyte in rule.csv",
        )


def _lacks_numbers(row: Row, knowledge: Rows) -> Faults:
    has = {p["parameter"] for p in knowledge["rule_parameter"] if _is_about(p, row)}
    for name in NUMBERS:
        if name not in has:
            yield f"its number {name} is missing", "add it to rule_parameter.csv"


def _lacks_reasons(row: Row, knowledge: Rows) -> Faults:
    if not any(r["rule_id"] == row["rule_id"] for r in knowledge["course_reason"]):
        yield "no sentence says why", "add one for each of its reasons to course_reason.csv"


def _lacks_actions(row: Row, knowledge: Rows) -> Faults:
    has = {action["ask"] for action in knowledge["action"] if _is_about(action, row)}
    for ask in ASKED:
        if ask not in has:
            yield f"nothing says what {ask} asks of a clinic", "add a row to action.csv"


def _lacks_words(row: Row, knowledge: Rows) -> Faults:
    for column in ("index_name", "name", "short_name", "evidence_classes", "grades"):
        if not row[column]:
            yield f"its {column} is empty", "fill the cell in rule.csv"
    own = (("grade", row["grades"]), ("status", row["own_statuses"]))
    for kind, keys in own:
        for key in filter(None, (keys or "").split("|")):
            if not has_wording(kind, key):
                yield f"reports have no word for the {kind} {key}", "add it to reports/word.csv"


def _is_about(of: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return of["rule_id"] in (EVERY_RULE, row["rule_id"])


LACKS: tuple[Callable[[Row, Rows], Faults], ...] = (
    _lacks_module,
    _lacks_panels,
    _lacks_numbers,
    _lacks_reasons,
    _lacks_actions,
    _lacks_words,
)
