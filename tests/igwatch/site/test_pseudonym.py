"""Keyed pseudonyms: a row per patient that nobody without the key can read."""

import hashlib
import hmac
from datetime import date

import duckdb
import pytest

from igwatch.base.error import PipelineError
from igwatch.night.build import build, course
from igwatch.night.clearance import clear
from igwatch.night.pipeline import land, publish
from igwatch.site.pseudonym import PseudonymError, pseudonym_key
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.decision.test_release import file

AS_OF = date(2024, 1, 20)
PEOPLE = [f"P{number}" for number in range(10, 20)]
TABLE = "SELECT pseudonym, rule_id, status FROM quality.pseudonymous_flag ORDER BY ALL"
KEYS = "SELECT patient_key FROM flag.patient_flag"
SECRET = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def keyed(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(SECRET + b"\n")
    return SETTINGS.model_copy(update={"pseudonym_key_file": path, "pseudonymous_flag": True})


def published(home, settings, as_of=AS_OF):
    """A night of this clock, recorded as one, so that the next knows what it said."""
    land(home, settings)
    work = build(home, settings, as_of)
    course(work, settings)
    clear(work)
    return publish(home, work, settings)


def expected(home, quarter: bytes) -> list[str]:
    return sorted(
        hmac.new(SECRET, quarter + b" " + key.encode(), hashlib.sha256).hexdigest()[:32]
        for (key,) in ask(home, KEYS)
    )


@pytest.mark.heavy
def test_the_state_of_last_month_stands_under_a_pseudonym_of_the_quarter(tmp_path, keyed):
    """On every night of a month the same, so that no night tells who was flagged on it."""
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", file(*PEOPLE))
    published(home, keyed)
    assert ask(home, TABLE) == []
    last_month = published(home, keyed, date(2024, 2, 3))
    rows = ask(home, TABLE)
    assert [pseudonym for pseudonym, _, _ in rows] == expected(home, b"2024Q1")
    assert {row[1:] for row in rows} == {("selective_igm_deficiency", "candidate")}
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        assert con.execute(TABLE).fetchall() == rows
    assert published(home, keyed, date(2024, 2, 3)) == last_month
    deliver(home, "north", "b.csv", file("P20"))
    published(home, keyed, date(2024, 2, 20))
    assert len(ask(home, KEYS)) == 11
    assert ask(home, TABLE) == rows
    published(home, keyed, date(2024, 4, 1))
    assert [row[0] for row in ask(home, TABLE)] == expected(home, b"2024Q2")
    assert not [p for p in home.root.rglob("*") if p.is_file() and SECRET in p.read_bytes()]


@pytest.mark.heavy
def test_a_state_of_few_flags_is_left_out(tmp_path, keyed):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", file(*PEOPLE[:7]))
    published(home, keyed)
    published(home, keyed, date(2024, 2, 3))
    assert ask(home, TABLE) == []


@pytest.mark.heavy
def test_unless_it_is_asked_for_there_is_no_such_table_and_to_ask_is_another_run(tmp_path, keyed):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", file(*PEOPLE))
    without = published(home, keyed.model_copy(update={"pseudonymous_flag": False}))
    assert "quality.pseudonymous_flag" not in without.tables
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert ("freshness",) in views
    assert ("pseudonymous_flag",) not in views
    assert published(home, keyed).run_id != without.run_id


def test_who_asks_for_it_needs_a_key_and_a_key_alone_does_not_ask(tmp_path, keyed):
    without_key = keyed.model_copy(update={"pseudonym_key_file": None})
    with pytest.raises(PseudonymError, match="asks for pseudonyms and there is no key"):
        pseudonym_key(without_key)
    assert pseudonym_key(keyed.model_copy(update={"pseudonymous_flag": False})) is None


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), ("short\n", "has 5 bytes, 16 are the least")]
)
def test_a_key_that_cannot_be_used_is_said(tmp_path, content, said):
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PseudonymError, match=said) as told:
        pseudonym_key(
            SETTINGS.model_copy(update={"pseudonym_key_file": path, "pseudonymous_flag": True})
        )
    assert "short" not in str(told.value)


def test_a_night_before_anything_landed_says_so_with_a_key_too(tmp_path, keyed):
    with pytest.raises(PipelineError, match="nothing has landed"):
        build(new_home(tmp_path), keyed, AS_OF)
