"""The same rows are judged once; one cell, one column, one day that matters: and again."""

import json
from datetime import timedelta

import pytest

from expectations.check import check_frames
from expectations.frame import flag_frames
from expectations.sentence import SENTENCES, all_sentences
from expectations.verdict import read_verdicts
from tests.expectations.good import AS_OF

FRESHNESS, FLAGS = "quality.freshness", "flag.patient_flag"


@pytest.fixture
def path(tmp_path):
    """Where the verdicts of a night are kept."""
    return tmp_path / "verdicts.json"


def lines(con, path, table, as_of=AS_OF):
    """Whether each line of the table's suite holds in a night that keeps its verdicts."""
    verdicts = read_verdicts(path)
    found = check_frames({table: flag_frames(con)[table]}, None, as_of, verdicts)
    verdicts.write(path)
    return [result.success for result in found]


def turned(path):
    """What was kept, each verdict the other way round: whoever shows it has not judged."""
    kept = json.loads(path.read_text())
    other = path.with_name("turned.json")
    other.write_text(
        json.dumps({key: [[not ok, *n] for ok, *n in each] for key, each in kept.items()})
    )
    return read_verdicts(other)


def shown(con, path, table, as_of=AS_OF):
    """The lines of the next night: by a kept verdict, which was turned, or judged anew."""
    return [
        result.success
        for result in check_frames({table: flag_frames(con)[table]}, None, as_of, turned(path))
    ]


def test_the_same_rows_keep_their_verdict_in_whatever_order(con, path):
    assert lines(con, path, FRESHNESS) == [True, True]
    assert shown(con, path, FRESHNESS) == [False, False]
    con.execute(f"CREATE TABLE aside AS FROM {FRESHNESS} ORDER BY ALL DESC")
    con.execute(f"TRUNCATE {FRESHNESS}; INSERT INTO {FRESHNESS} FROM aside")
    lines(con, path, FRESHNESS)
    assert shown(con, path, FRESHNESS) == [False, False]


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE {FRESHNESS} SET days_silent = days_silent - 1",
        f"INSERT INTO {FRESHNESS} FROM {FRESHNESS} LIMIT 1",
        f"ALTER TABLE {FRESHNESS} ALTER days_silent TYPE SMALLINT",
        f"ALTER TABLE {FRESHNESS} ADD COLUMN more INTEGER",
    ],
)
def test_any_change_of_what_the_suite_reads_is_judged_again(con, path, change):
    lines(con, path, FRESHNESS)
    con.execute(change)
    assert shown(con, path, FRESHNESS) == [True, True]


def test_a_silent_feed_is_seen_the_night_it_falls_silent(con, path):
    assert lines(con, path, FRESHNESS) == [True, True]
    con.execute(f"UPDATE {FRESHNESS} SET days_silent = 8")
    assert lines(con, path, FRESHNESS) == [False, True]
    assert lines(con, path, FRESHNESS) == [False, True]


def test_what_is_compared_with_the_clock_is_judged_again_by_another_clock(con, path):
    tomorrow = AS_OF + timedelta(days=1)
    held = lines(con, path, FLAGS)
    assert all(held)
    assert shown(con, path, FLAGS, tomorrow) == [*held[:-1], False]  # due a day before it
    lines(con, path, FRESHNESS)
    assert shown(con, path, FRESHNESS, tomorrow) == [False, False]


@pytest.mark.parametrize("left", ["", "{", "[1]", '{"a": [1]}', '{"a": [[1, 2, 3, 4]]}'])
def test_a_damaged_file_of_verdicts_is_none(con, path, left):
    path.write_text(left)
    assert lines(con, path, FRESHNESS) == [True, True]


def test_only_tonights_verdicts_are_kept_and_no_cell_with_them(con, path):
    lines(con, path, FLAGS)
    lines(con, path, FRESHNESS)
    kept = json.loads(path.read_text())
    assert [len(each) for each in kept.values()] == [2]
    assert path.stat().st_mode & 0o777 == 0o600
    assert "north" not in path.read_text()


def test_the_sentences_are_great_expectations_own():
    assert json.loads(SENTENCES.read_text(encoding="utf-8")) == all_sentences()
