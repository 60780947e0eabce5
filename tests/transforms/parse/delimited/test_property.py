"""Whatever the dialect and whatever the damage: no row is lost and none is doubled."""

import csv
import re
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transforms.parse.delivery import balance, delivered, facility, source
from transforms.parse.delimited import line_block, read_delimited

HEADER = ["patient_id", "collected_at", "code", "value", "units", "comment"]
SETTINGS = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# Text that is hard on a reader of delimited files, between letters that are not.
cell = st.text(st.sampled_from([*'ab1 .,;\t|"\n\r', "ä", "€"]), max_size=12)
identifier = st.text(st.sampled_from("AB12"), min_size=1, max_size=4).map(lambda s: "P" + s)
row = st.tuples(
    identifier, st.sampled_from(["2024-01-31", "2024-01-31 08:15"]), st.just("IGM"),
    cell.map(lambda text: "1" + text), cell, cell,
)  # fmt: skip
dialect = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "line_end": st.sampled_from(["\n", "\r\n"]),
        "is_quoted_throughout": st.booleans(),
    }
)
codec = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(line_block, "BLOCK_BYTES", 256)


def written(rows, delimiter=",", line_end="\n", is_quoted_throughout=False) -> str:
    def quoted(cell: str) -> str:
        if is_quoted_throughout or {*cell} & {delimiter, '"', "\n", "\r"}:
            return '"' + cell.replace('"', '""') + '"'
        return cell

    return "".join(delimiter.join(map(quoted, row)) + line_end for row in [HEADER, *rows])


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", text)


def delivered_anew(content: bytes, **facts):
    with tempfile.TemporaryDirectory() as folder:
        return delivered(Path(folder), content, **facts)


@SETTINGS
@given(st.lists(row, min_size=1, max_size=30), dialect, codec, st.booleans())
def test_every_row_of_every_dialect_arrives_as_it_was_written(rows, form, codec, ends):
    text = written(rows, **form)
    content = (text if ends else text.removesuffix(form["line_end"])).encode(codec)
    found = delivered_anew(content, encoding=codec if codec == "cp1252" else None)
    assert found["reject"] == []
    assert balance(found) == (len(rows), len(rows))
    columns = ("patient_id", "observation_value", "comment")
    assert [tuple(r[c] for c in columns) for r in found["observation"]] == [
        (r[0], r[3], r[5] or None) for r in rows
    ]
    assert [r["position"] for r in found["observation"]] == list(range(1, len(rows) + 1))


@SETTINGS
@given(st.lists(row, min_size=1, max_size=30), dialect)
def test_the_line_of_a_row_is_where_it_stands_in_the_file(rows, form):
    text = written(rows, **form)
    reader = csv.reader(_lines(text), delimiter=form["delimiter"])
    begins = [1]
    for _ in reader:
        begins.append(reader.line_num + 1)
    found = delivered_anew(text.encode())
    assert [r["line_number"] for r in found["observation"]] == begins[1:-1]


damage = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from([b'"', b"\n", b";", b"\0", b"\xff", b""])),
    min_size=1,
    max_size=6,
)  # fmt: skip


@SETTINGS
@given(st.lists(row, min_size=1, max_size=30), dialect, damage)
def test_a_damaged_file_still_adds_up(rows, form, damage):
    content = written(rows, **form).encode()
    begin = content.index(b"comment") + len(b"comment") + 3
    for place, sign in damage:
        at = begin + place % max(len(content) - begin, 1)
        content = content[:at] + sign + content[at + 1 :]
    found = delivered_anew(content)
    n_results, n_accounted = balance(found)
    assert n_results == n_accounted
    assert [r["position"] for r in found["reject"]] == list(range(1, len(found["reject"]) + 1))
    places = Counter(r["position"] for r in found["observation"])
    assert max(places.values(), default=1) == 1


@SETTINGS
@given(st.binary(max_size=2000))
def test_any_bytes_are_a_file_or_a_reject(content):
    found = delivered_anew(content)
    n_results, n_accounted = balance(found)
    assert n_results == n_accounted
    assert found["observation"] == []


plain = st.tuples(
    identifier, st.sampled_from(["2024-01-31", "never", ""]), st.sampled_from(["IGM", ""]),
    st.sampled_from(["1", ""]), st.just("g/L"), st.just(""),
)  # fmt: skip


@SETTINGS
@given(st.lists(plain, min_size=1, max_size=60))
def test_batches_meet_the_schema_and_lines_are_in_one_place(rows):
    text = written(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        path.write_text(text, encoding="utf-8")
        batches = list(read_delimited(source(path), facility()))
    lines = Counter()
    for table, batch in batches:
        batch.validate(full=True)
        if table in ("observation", "reject"):
            lines.update(pa.array(batch["line_number"]).to_pylist())
    assert lines == Counter(range(2, len(rows) + 2))


simple = st.tuples(
    identifier, st.just("2024-01-31"), st.just("IGM"), st.just("1"), st.just("g/L"), st.just("ok"),
)  # fmt: skip


@SETTINGS
@given(st.lists(simple, min_size=2, max_size=40), st.data())
def test_a_stray_quote_spoils_no_other_row(rows, data):
    lines = written(rows).splitlines()
    bad = data.draw(st.integers(1, len(rows)))
    at = data.draw(st.integers(0, len(lines[bad])))
    lines[bad] = lines[bad][:at] + '"' + lines[bad][at:]
    found = delivered_anew("\n".join(lines).encode())
    arrived = [r["line_number"] for r in found["observation"] if r["line_number"] != bad + 1]
    assert arrived == [line for line in range(2, len(rows) + 2) if line != bad + 1]
    assert balance(found) == (len(rows), len(rows))
