"""Before a night: every rule has its module, panels, numbers, reasons, actions and words."""

import pytest

from igwatch.night.check_rules import check_rules, faults_of
from transforms.knowledge import load_knowledge

RULE = "selective_igm_deficiency"


@pytest.fixture
def knowledge():
    return {name: table.to_pylist() for name, table in load_knowledge().items()}


def of_rule(knowledge, **cells):
    """The rule's row with other cells."""
    rows = knowledge["rule"]
    changed = [row | cells if row["rule_id"] == RULE else row for row in rows]
    return knowledge | {"rule": changed}


def without(knowledge, table):
    """The knowledge without the rule's rows of one table."""
    return knowledge | {table: [row for row in knowledge[table] if row["rule_id"] != RULE]}


def test_the_shipped_rules_lack_nothing():
    check_rules()


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"index_analyte": "igd"}, "no panels are built of igd"),
        ({"name": None}, "its name is empty"),
        ({"grades": "strange"}, "reports have no word for the grade strange"),
        ({"own_statuses": "strange"}, "reports have no word for the status strange"),
    ],
)
def test_a_row_that_says_too_little(knowledge, cells, fault):
    assert [found for found, _ in faults_of(of_rule(knowledge, **cells))] == [
        f"rule {RULE}: {fault}"
    ]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("rule_parameter", "its number count_from_age_days is missing"),
        ("course_reason", "no sentence says why"),
        ("action", "nothing says what urgent asks of a clinic"),
    ],
)
def test_a_rule_without_its_rows(knowledge, table, fault):
    found = [fault for fault, _ in faults_of(without(knowledge, table))]
    assert found[0] == f"rule {RULE}: {fault}"


def test_a_row_without_a_module_and_a_module_without_a_row(knowledge):
    rows = [row | {"rule_id": "unheard_of"} for row in knowledge["rule"][:1]]
    found = [fault for fault, _ in faults_of(knowledge | {"rule": rows})]
    assert "rules/unheard_of.py is missing" in found[0]
    assert f"rule {RULE}: it has a module but no row" in found
