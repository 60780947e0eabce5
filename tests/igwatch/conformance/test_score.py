"""Answers judged: right, wrong, missing, unknown; what names no case is refused."""

from __future__ import annotations

import json
import re

import pytest

from igwatch.conformance.answer import AnswerError, read_answers
from igwatch.conformance.question import questions, states
from igwatch.conformance.score import as_data, judge
from tests.igwatch.command_line import typed

# states as DESIGN 5.4 names them
NAMED = {
    *("candidate", "repeat_due", "repeat_overdue", "persistent", "definite_pattern", "resolved"),
    *("indeterminate", "excluded_secondary", "not_selective", "not_higm_pattern"),
    *("not_assessable", "no_evidence"),
}


def asked(**by: str):
    return [q for q in questions() if all(getattr(q, name) == of for name, of in by.items())]


def written(tmp_path, answers, header="case_id,rule,state"):
    path = tmp_path / "answers.csv"
    path.write_text("\n".join([header, *(",".join(line) for line in answers)]) + "\n")
    return path


@pytest.fixture
def all_right():
    return [(*q.key, q.expected) for q in questions()]


def test_every_state_of_the_rules_is_asked():
    assert set(states()) == NAMED


def test_all_right(tmp_path, all_right):
    done = typed("conformance", "score", str(written(tmp_path, all_right)))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{len(all_right)} right, 0 wrong, 0 missing, 0 unknown" in done.stdout


def test_nothing_said_is_missing_everywhere_also_where_there_is_no_evidence(tmp_path):
    found = as_data(judge(read_answers(written(tmp_path, []))))
    assert found["together"] == {"right": 0, "wrong": 0, "missing": len(questions()), "unknown": 0}
    assert found["all_right"] is False


VERDICTS = """
said         | verdict
persistent   | right
candidate    | wrong
no_evidence  | wrong
             | missing
Persistent   | unknown
perhaps      | unknown
?            | unknown
in           | unknown
"""


@pytest.mark.parametrize("line", VERDICTS.strip().splitlines()[1:])
def test_one_answer(tmp_path, all_right, line):
    said, verdict = (cell.strip() for cell in line.split("|"))
    asked_of = asked(rule="hyper_igm", expected="persistent")[0]
    lines = [(*key, said if tuple(key) == asked_of.key else state) for *key, state in all_right]
    path = written(tmp_path, lines)
    done = typed("conformance", "score", str(path), "--json")
    found = json.loads(done.stdout)
    assert done.returncode == (0 if verdict == "right" else 1)
    if verdict == "right":
        assert found["not_right"] == []
    else:
        [row] = found["not_right"]
        assert (row["case_id"], row["verdict"], row["expected"]) == (
            asked_of.case.case_id, verdict, "persistent",
        )  # fmt: skip
        assert row["sentence"] == asked_of.case.case.sentence
        assert row["said"] == (said or None)


def test_a_person_is_told_the_sentence_that_an_answer_misses(tmp_path, all_right):
    wrong, missing = asked(expected="persistent")[:2]
    lines = [(*key, "candidate" if tuple(key) == wrong.key else state)
             for *key, state in all_right if tuple(key) != missing.key]  # fmt: skip
    done = typed("conformance", "score", str(written(tmp_path, lines)))
    assert done.returncode == 1
    assert wrong.case.case.sentence in done.stdout
    assert wrong.case.case_id in done.stdout
    assert missing.case.case_id not in done.stdout
    assert f"{len(all_right) - 2} right, 1 wrong, 1 missing, 0 unknown; --all" in done.stdout


def test_the_counts_of_sentences_and_of_states_add_up(tmp_path, all_right):
    found = as_data(judge(read_answers(written(tmp_path, all_right[:500]))))
    for name in ("by_rule", "by_state", "by_sentence"):
        total = {v: sum(row[v] for row in found[name]) for v in found["together"]}
        assert total == found["together"], name


def test_a_format_is_asked_for_what_it_can_say_alone(tmp_path):
    said = [(*q.key, q.expected) for q in questions("omop")]
    path = str(written(tmp_path, said))
    assert typed("conformance", "score", path, "--format", "omop").returncode == 0
    assert typed("conformance", "score", path).returncode == 1


def test_a_cohort_is_judged_by_in_and_out(tmp_path):
    said = [(*q.key, "in" if q.expected in ("persistent", "definite_pattern") else "out")
            for q in questions()]  # fmt: skip
    path = str(written(tmp_path, said))
    assert typed("conformance", "score", path, "--cohort").returncode == 0
    states_asked = json.loads(typed("conformance", "score", path, "--json").stdout)
    assert states_asked["together"]["unknown"] == len(said)


def test_columns_of_their_own_are_passed_over(tmp_path):
    q = questions()[0]
    path = written(tmp_path, [("x", q.case.case_id, q.rule, q.expected)], "note,case_id,rule,state")
    assert read_answers(path) == {q.key: q.expected}


def test_a_byte_order_mark_and_blanks_are_read(tmp_path):
    q = questions()[0]
    path = tmp_path / "answers.csv"
    path.write_text(f"\ufeffcase_id,rule,state\r\n {q.case.case_id} ,{q.rule}, {q.expected} \r\n")
    assert read_answers(path) == {q.key: q.expected}


ID = questions()[0].case.case_id
REFUSED = [
    ("case_id,rule\n", "answers.csv, line 1: no column state; its header has case_id,rule,state"),
    ("", "answers.csv, line 1: no column case_id, rule, state;"),
    (f"case_id,rule,state\n{ID},hyper_igm,candidate\nC9999-000000,hyper_igm,candidate\n",
     r"answers.csv, line 3, case_id: 'C9999-000000' is no case of the pack of rules .*; take the case_id"),
    (f"case_id,rule,state\n{ID},hyper-igm,candidate\n",
     "answers.csv, line 2, rule: 'hyper-igm' is no rule; did you mean hyper_igm?"),
    (f"case_id,rule,state\n{ID},3,candidate\n",
     "answers.csv, line 2, rule: '3' is no rule; write one of "),
    (f"case_id,rule,state\n{ID},hyper_igm,candidate\n{ID},hyper_igm,\n",
     f"answers.csv, line 3: {ID} hyper_igm is answered twice; keep one line of it"),
    (f"case_id,rule,state\n{ID},hyper_igm\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_cannot_be_judged_is_refused_in_one_line(tmp_path, text, told):
    path = tmp_path / "answers.csv"
    path.write_text(text)
    if not told:  # a line that ends early has no state: it is missing
        assert read_answers(path) == {}
        return
    with pytest.raises(AnswerError, match=told.replace("?", r"\?")):
        read_answers(path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_bytes(b"case_id,rule,state\n\xff\xfe\n")
    with pytest.raises(AnswerError, match=r"answers\.csv is no CSV in UTF-8; save it as such"):
        read_answers(path)


def test_a_line_with_a_sign_that_moves_the_cursor_is_shown_as_text(tmp_path):
    path = written(tmp_path, [("\x1b[2J", "hyper_igm", "candidate")])
    done = typed("conformance", "score", str(path))
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert re.search(r"line 2, case_id", done.stderr)
