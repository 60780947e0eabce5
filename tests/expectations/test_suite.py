"""Every line of every suite can fail, and says what, how bad and why."""

from functools import cache

import pytest

from expectations.check import check_frames
from expectations.suite import SuiteError, load_suite, load_suites
from igwatch.base.knowledge import rule_ids, rule_rows
from tests.expectations.broken import Harm, harms, rounds
from tests.expectations.good import AS_OF, DRAWN, good_frame

SUITES = load_suites()
HARMS = [(table, harm) for table, suite in SUITES.items() for harm in harms(suite)]


@cache
def failures(table: str) -> dict[Harm, tuple[set[int], set[str]]]:
    """By harm: the lines that failed in its round, and the columns that the round touched."""
    suite = SUITES[table]
    found = {}
    for group in rounds(suite):
        frame = good_frame(table)
        for harm in group:
            harm.apply(frame, suite)
        results = check_frames({table: frame}, None, AS_OF)
        failed = {n for n, result in enumerate(results) if not result.success}
        touched = {column for harm in group for column in suite.expectations[harm.line].needed}
        found |= dict.fromkeys(group, (failed, touched))
    return found


def test_a_good_frame_is_drawn_for_every_suite():
    assert DRAWN.keys() == SUITES.keys()


def test_good_frames_hold():
    results = check_frames({table: good_frame(table) for table in SUITES}, None, AS_OF)
    assert [r for r in results if not r.success] == []
    assert len(results) == sum(len(suite.expectations) for suite in SUITES.values())


@pytest.mark.parametrize(
    ("table", "harm"),
    HARMS,
    ids=[f"{t}-{SUITES[t].expectations[h.line].column_name}-{h.way}-{h.line}" for t, h in HARMS],
)
def test_a_broken_frame_fails_that_line_and_only_lines_about_its_columns(table, harm):
    failed, touched = failures(table)[harm]
    assert harm.line in failed
    for number in failed:
        assert not touched.isdisjoint(SUITES[table].expectations[number].needed)


@pytest.mark.parametrize("table", SUITES)
def test_no_two_expectations_are_the_same(table):
    expectations = SUITES[table].expectations
    different = {(x.type, x.column_name, x.severity, x.why) for x in expectations}
    assert len(different) == len(expectations)


def test_every_read_suite_says_which_rows_it_reads():
    folder = {path.stem for path in load_suite.__globals__["FOLDER"].glob("*.sql")}
    assert folder == {table for table, suite in SUITES.items() if suite.checked == "read"}


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("checked: read", "list at least one line"),
        ("expectations: [{expect_x: {column: a}, severity: warning, why: w}]", "write `checked:`"),
        ("checked: read\nexpectations: [{severity: warning, why: w}]", "name one expectation"),
        ("checked: read\nexpectations: [{expect_x: {}, severity: bad, why: w}]", "`severity:`"),
        ("checked: read\nexpectations: [{expect_x: {}, severity: warning}]", "say `why:`"),
    ],
)
def test_a_suite_that_cannot_be_used_says_where_and_why(tmp_path, text, mend):
    path = tmp_path / "core.thing.yaml"
    path.write_text(text)
    with pytest.raises(SuiteError, match=mend) as fault:
        load_suite(path)
    assert str(fault.value).startswith("core.thing.yaml")


def test_what_is_said_of_the_rules_is_taken_from_knowledge(tmp_path):
    path = tmp_path / "flag.drawn.yaml"
    path.write_text(
        "checked: flag\n"
        "expectations:\n"
        "- expect_column_values_to_be_in_set:\n"
        "    column: rule_id\n"
        "    value_set: [other, {$RULE: rule_id}]\n"
        "  severity: critical\n"
        "  why: names\n"
        "- expect_column_values_to_not_be_null:\n"
        '    column: "{index_analyte}_class"\n'
        "  for_each: rule\n"
        "  severity: critical\n"
        "  why: a rule follows {index_name}\n"
    )
    names, *each = load_suite(path).expectations
    assert names.arguments["value_set"] == ["other", *rule_ids()]
    assert [e.arguments["column"] for e in each] == [
        f"{r['index_analyte']}_class" for r in rule_rows()
    ]
    assert each[0].why == f"a rule follows {rule_rows()[0]['index_name']}"
