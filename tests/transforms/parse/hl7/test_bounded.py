"""What a message may have at most: beyond it something is refused, told, and the rest is read."""

import pytest

from igwatch.base import knowledge
from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, ORU, PID, is_balanced, read
from transforms.parse.hl7 import message_reader

HEAD = f"{MSH}\r{PID}\r{OBR}\r"
LIMITS = {"message_bytes": 20_000, "message_segments": 50, "field_characters": 1_000}


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    rows = tuple({"reading_limit": name, "value": str(n)} for name, n in LIMITS.items())
    knowledge.reading_limit.cache_clear()
    monkeypatch.setattr(knowledge, "knowledge_rows", lambda table: rows)
    for name in LIMITS:  # taken while the rows are these
        knowledge.reading_limit(name)
    monkeypatch.undo()
    yield
    knowledge.reading_limit.cache_clear()


def told(rows: dict) -> list[tuple]:
    columns = ("reason_code", "level", "field", "found", "line_number", "n_results")
    return [tuple(row[column] for column in columns) for row in rows["reject"]]


def test_a_message_of_too_many_segments_is_refused_and_its_neighbours_are_read(tmp_path):
    rows = read(tmp_path, ORU + HEAD + f"{OBX}\r" * 48 + ORU)
    assert len(rows["observation"]) == 2
    assert told(rows) == [("message_too_many_segments", "message", None, "51 segments", 5, 48)]
    assert is_balanced(rows)


def test_as_many_as_may_be_are_read(tmp_path):
    assert len(read(tmp_path, HEAD + f"{OBX}\r" * 47)["observation"]) == 47


def test_a_result_with_too_long_a_field_is_refused_and_the_others_are_read(tmp_path):
    long = OBX.replace("0.95", "0.3" * 400)
    rows = read(tmp_path, f"{HEAD}{OBX}\r{long}\r{OBX}\r")
    assert [row["line_number"] for row in rows["observation"]] == [4, 6]
    assert told(rows) == [("field_too_long", "row", "OBX-5", "1200 characters", 5, 1)]
    assert is_balanced(rows)


def test_a_document_may_be_long_and_only_it(tmp_path):
    document = f"OBX|2|ED|PDF^R^L||L^AP^PDF^Base64^{'QUJD' * 400}||||||F\r"
    long_unit = document.replace("||||||F", f"|{'g' * 1001}|||||F")
    rows = read(tmp_path, HEAD + document + long_unit)
    assert [row["observation_value"] for row in rows["observation"]] == ["L^AP^PDF^Base64"]
    assert [row["field"] for row in rows["reject"]] == ["OBX-6"]


def test_a_message_that_is_too_long_names_its_longest_field(tmp_path):
    rows = read(tmp_path, ORU + HEAD + OBX.replace("0.95", "0.3" * 3_000_000) + "\r" + ORU)
    assert len(rows["observation"]) == 2
    assert told(rows)[0] == ("message_too_long", "message", "OBX-5", None, 5, 1)
    assert is_balanced(rows)


def test_blocks_are_given_up_when_none_of_their_messages_waits(tmp_path, monkeypatch):
    """A file of one line of 2 GB was held whole, a block behind the other."""
    held = []

    class Watched(message_reader.MessageReader):
        def read(self, block):
            yield from super().read(block)
            held.append(len(self._blocks))

    monkeypatch.setattr("transforms.parse.hl7.reader.MessageReader", Watched)
    read(tmp_path, b"\n".join([b"x" * (9 << 20)] * 4))
    assert len(held) > 3
    assert set(held) == {1}
