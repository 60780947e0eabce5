"""Answers read from files, and the score of a small draw by hand."""

from datetime import date

import pytest

from igwatch.validation.answer_file import AnswerError, FormAnswer, blank_answers, read_answers
from igwatch.validation.draw import DrawnStratum
from igwatch.validation.draw_file import Key
from igwatch.validation.score import as_data, score

RULE = "selective_igm_deficiency"
KEY = Key(
    "draw-x",
    date(2026, 11, 30),
    "2026.2",
    (
        DrawnStratum("c", {RULE: "candidate"}, 40, 4),
        DrawnStratum("r", {RULE: "resolved"}, 10, 2),
        DrawnStratum("n", {RULE: "no_evidence"}, 950, 4),
    ),
    {**{f"F{n}": "c" for n in range(1, 5)}, "F5": "r", "F6": "r",
     **{f"F{n}": "n" for n in range(7, 11)}},
)  # fmt: skip


def said(reader, answers):
    return [
        FormAnswer("draw-x", f"F{n}", RULE, answer, reader)
        for n, answer in enumerate(answers.split(), start=1)
        if answer != "."
    ]


def test_by_hand():
    """candidate: yes yes no, one open; resolved: yes no; nobody else.

    PPV 2/3 of 40 people; among the others 5 of 960 missed; sensitivity 26.67 / 31.67.
    """
    one = said("a", "yes yes no  yes yes no no no no no")
    two = said("b", "yes yes no  no  yes no no no no no")
    (found,) = score(KEY, one + two)
    assert found.accuracy.ppv.value == pytest.approx(2 / 3)
    assert found.accuracy.npv.value == pytest.approx(1 - 5 / 960)
    assert found.accuracy.sensitivity.value == pytest.approx((80 / 3) / (80 / 3 + 5))
    assert found.accuracy.specificity.value == pytest.approx(955 / (955 + 40 / 3))
    assert found.by_reader["a"].ppv.value == pytest.approx(3 / 4)
    assert [
        (s.status, s.is_flagged, s.population, s.drawn, s.n_yes, s.n_no, s.n_open)
        for s in found.states
    ] == [
        ("candidate", True, 40, 4, 2, 1, 1),
        ("no_evidence", False, 950, 4, 0, 4, 0),
        ("resolved", False, 10, 2, 1, 1, 0),
    ]
    assert found.disagreements == (("F4", {"a": "yes", "b": "no"}),)


def test_a_third_reader_settles_it():
    readers = [said("a", "yes"), said("b", "no"), said("c", "no")]
    (found,) = score(KEY, [answer for each in readers for answer in each])
    (candidate,) = [s for s in found.states if s.status == "candidate"]
    assert (candidate.n_yes, candidate.n_no, candidate.n_open) == (0, 1, 3)


def test_a_share_of_few_has_limits_and_no_value():
    (found,) = score(KEY, said("a", "yes yes no yes yes no no no no no"))
    told = as_data(found)["together"]["ppv"]
    assert told["value"] is None
    assert told["is_few"] is True
    assert 0 < told["low"] < 0.75 < told["high"] < 1


def test_a_form_that_was_not_drawn_is_told():
    with pytest.raises(AnswerError, match="F99"):
        score(KEY, [FormAnswer("draw-x", "F99", RULE, "yes", "a")])


HEAD = "draw,form,rule_id,answer,reader,answered_at,note\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n", "line 1: header must be"),
        (HEAD + "d,F1,r,maybe,a,,\n", "line 2, answer: 'maybe' is not yes, no, unclear"),
        (HEAD + "d,F1,r,yes,,,\n", "line 2, reader: nobody"),
        (HEAD + "d,F1,r,yes,a\n", "line 2: it has not 7 cells"),
        (HEAD + "d,F1,r,,a,,\n", "answer nothing"),
        (HEAD + "d,F1,r,yes,a,,\ne,F1,r,yes,a,,\n", "several draws"),
        (HEAD + "d,F1,r,yes,a,,\nd,F1,r,no,a,,\n", "a answers F1 twice"),
    ],
)
def test_what_cannot_be_read_is_told_by_line_and_field(tmp_path, text, told):
    path = tmp_path / "reader.csv"
    path.write_text(text)
    with pytest.raises(AnswerError, match=told):
        read_answers([path])


def test_a_blank_file_filled_in_with_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "reader.csv"
    text = blank_answers("draw-x", ["F1", "F2"], [RULE], "reader-1")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(f"F1,{RULE},", f"F1,{RULE},Yes").encode())
    assert read_answers([path]) == [FormAnswer("draw-x", "F1", RULE, "yes", "reader-1")]
