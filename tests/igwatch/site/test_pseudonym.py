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
PEOPLE = [f"P{number}" for number in range(10, 17)]
TABLE = "SELECT pseudonym, rule_id, status FROM quality.pseudonymous_flag ORDER BY ALL"


@pytest.fixture
def keyed(tmp_path):
    path = tmp_path / "key"
    path.write_text("0123456789abcdef0123456789abcdef\n")
    return SETTINGS.model_copy(update={"pseudonym_key_file": path})


def published(home, settings):
    land(home, settings)
    work = build(home, settings, AS_OF)
    course(work, settings)
    clear(work)
    return publish(home, work, settings)


@pytest.mark.heavy
def test_each_flag_has_a_row_under_a_pseudonym_that_only_the_key_explains(tmp_path, keyed):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", file(*PEOPLE))
    first = published(home, keyed)
    rows = ask(home, TABLE)
    keys = [key for (key,) in ask(home, "SELECT patient_key FROM flag.patient_flag")]
    secret = b"0123456789abcdef0123456789abcdef"
    expected = [hmac.new(secret, k.encode(), hashlib.sha256).hexdigest()[:32] for k in keys]
    assert sorted(expected) == [pseudonym for pseudonym, _, _ in rows]
    assert {row[1:] for row in rows} == {("selective_igm_deficiency", "candidate")}
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        assert con.execute(TABLE).fetchall() == rows
    assert published(home, keyed) == first
    assert not [p for p in home.root.rglob("*") if p.is_file() and secret in p.read_bytes()]


def test_a_state_of_few_flags_is_left_out(tmp_path, keyed):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", file(*PEOPLE[:4]))
    published(home, keyed)
    assert ask(home, TABLE) == []


@pytest.mark.heavy
def test_without_a_key_there_is_no_such_table_and_a_key_is_another_run(tmp_path, keyed):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", file(*PEOPLE))
    without = published(home, SETTINGS)
    assert "quality.pseudonymous_flag" not in without.tables
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert ("freshness",) in views
    assert ("pseudonymous_flag",) not in views
    assert published(home, keyed).run_id != without.run_id
    assert len(ask(home, TABLE)) == 7


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), ("short\n", "has 5 bytes, 16 are the least")]
)
def test_a_key_that_cannot_be_used_is_said(tmp_path, content, said):
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PseudonymError, match=said) as told:
        pseudonym_key(SETTINGS.model_copy(update={"pseudonym_key_file": path}))
    assert "short" not in str(told.value)


def test_a_night_before_anything_landed_says_so_with_a_key_too(tmp_path, keyed):
    with pytest.raises(PipelineError, match="nothing has landed"):
        build(new_home(tmp_path), keyed, AS_OF)
