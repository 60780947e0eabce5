"""A column of fields is read exactly as its cells are, one by one."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.parse.hl7.hl7_file import QUICK, sheet_of
from transforms.parse.facility.facility import Facility, IdentifierRule
from transforms.parse.hl7 import datatype
from transforms.parse.hl7.escape import unescape
from transforms.parse.hl7.field_column import (
    Components,
    first,
    joined,
    mapped,
    repetitions,
    whole,
)
from transforms.parse.hl7.patient import NO_PATIENT, Patients, patient_of
from transforms.parse.hl7.sheet import MOST_FIELDS

FIELD = st.text('ab1 ^~&\\FSTE"\u00e9', max_size=12)
COLUMN = st.lists(FIELD, max_size=8)


def column(fields):
    return pa.array([field or None for field in fields], pa.string())


@QUICK
@given(COLUMN)
def test_first(fields):
    assert first(column(fields)).to_pylist() == [datatype.first(field) for field in fields]


@QUICK
@given(COLUMN)
def test_whole(fields):
    assert whole(column(fields)).to_pylist() == [datatype.whole(field) for field in fields]


@QUICK
@given(COLUMN)
def test_mapped(fields):
    read = mapped(column(fields), datatype.unit).to_pylist()
    assert read == [datatype.unit(field) for field in fields]


@QUICK
@given(st.lists(st.tuples(*[st.sampled_from(["", "a", "b c"])] * 3), max_size=8))
def test_joined_has_a_line_of_each_column_that_says_something_in_every_row(rows):
    columns = [column([row[n] for row in rows]) for n in range(3)]
    assert joined(*columns).to_pylist() == ["\n".join(filter(None, row)) or None for row in rows]


@QUICK
@given(COLUMN)
def test_repeated(fields):
    values, origin = repetitions(column(fields))
    stated = [[unescape(x) for x in field.split("~") if x] or [None] for field in fields]
    each = [(row, value) for row, values in enumerate(stated) for value in values]
    rows = range(len(fields)) if origin is None else origin.tolist()
    assert list(zip(rows, values.to_pylist(), strict=True)) == each


def test_a_field_of_very_many_repetitions_is_not_taken_apart():
    texts = ["~".join("1" * 100), "~".join("1" * 101), "2~3"]
    values, row = repetitions(column(texts))
    assert row.tolist() == [0] * 100 + [1, 2, 2]
    assert values.to_pylist()[100:] == [texts[1], "2", "3"]


@QUICK
@given(st.lists(st.text("A|^b", max_size=10), min_size=1, max_size=5), st.integers(0, 4))
def test_fields(lines, number):
    expected = [(line.split("|") + [""] * 5)[number] or None for line in lines]
    assert sheet_of(lines).fields(np.arange(len(lines)))[number].to_pylist() == expected


def test_fields_behind_the_most_are_not_parted_and_other_lines_stay_what_they_are():
    many = "|".join(map(str, range(MOST_FIELDS + 30)))
    fields = sheet_of(["a|b", many, "c|d", many, "", "e|f"]).fields(
        np.array([0, 1, 2, 3, 4, 5, -1])
    )
    last = str(MOST_FIELDS - 1)
    assert fields[1].to_pylist() == ["b", "1", "d", "1", None, "f", None]
    assert fields[MOST_FIELDS - 1].to_pylist() == [None, last, None, last, None, None, None]


@QUICK
@given(st.lists(st.text('a1^&\\F" ', max_size=12), max_size=5), st.integers(0, 3))
def test_components(fields, number):
    expected = [datatype.leaves(field, 4)[number] for field in fields]
    assert Components(column(fields))[number].to_pylist() == expected


PID = st.builds(
    lambda number, ids, name, born, sex: f"PID|{number}||{ids}||{name}||{born}|{sex}",
    st.sampled_from(["", "1", "2"]),
    st.text('12^~& \\F"MRPIX0\x00\u200b', max_size=14)
    | st.sampled_from(
        [
            "1^^^N^MR",
            "2^^^N^MR",
            "1",
            "1^^^N&1.2&ISO^MR",
            "1^^^&1.2&ISO",
            "1^^^^^H",
            "1^^^N^AN",
            "0^^^N",
        ]
    ),
    st.sampled_from(["", "A^B", "C"]),
    st.sampled_from(["", "19890105", "1989", '""', "19890105^x"]),
    st.sampled_from(["", "F", '""', "M~F", "F^Female"]),
)
RULES = [
    IdentifierRule(),
    IdentifierRule(authority="N"),
    IdentifierRule(type="MR"),
    IdentifierRule(authority="N", type="MR"),
    IdentifierRule(field="PID-4"),
    IdentifierRule(type="AN", issuer="OURS", accept=("0",)),
]


@pytest.mark.parametrize("rule", RULES, ids=str)
@QUICK
@given(st.lists(st.tuples(PID | st.just(""), st.booleans()), min_size=1, max_size=6))
def test_patients(rule, segments):
    facility = Facility(name="north", identifier=rule)
    lines = [line for line, _ in segments]
    message = [sum(is_new for _, is_new in segments[: i + 1]) for i in range(len(segments))]
    expected, before, number = [], NO_PATIENT, None
    for line, of in zip(lines, message, strict=True):
        above = before if of == number else NO_PATIENT
        before = patient_of(line, facility, above, f"S{of}")
        number = of
        expected.append(before)
    sender = column([f"S{number}" for number in range(message[-1] + 1)])
    rows = np.where([bool(line) for line in lines], np.arange(len(lines)), -1)
    read = Patients(sheet_of(lines), rows, np.array(message), facility, sender)
    assert {i: p.refusal for i, p in read.refused.items()} == {
        i: p.refusal for i, p in enumerate(expected) if p.refusal
    }
    for name, cells in read.columns.items():
        wanted = [(i, getattr(p, name)) for i, p in enumerate(expected) if not p.refusal]
        assert [(i, cells[i].as_py()) for i, _ in wanted] == wanted, name
