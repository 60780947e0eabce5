"""`igwatch sign`: pages out, signed answers in, and what is signed told to people and scripts."""

import json

import pytest

from igwatch.site.sign_row import rule_sets
from tests.home import new_home
from tests.igwatch.command_line import command
from tests.signing import IMMUNOLOGIST, allow, answered, new_key


@pytest.fixture
def key(tmp_path):
    return new_key(tmp_path / "keys", "immunologist")


@pytest.fixture
def home(tmp_path, key):
    home = new_home(tmp_path)
    allow(home, f"{IMMUNOLOGIST} {key.public}")
    return home


def test_a_page_for_the_common_rules_that_only_its_owner_reads(home):
    done = command(home, "sign", "new", "--json")
    (path,) = json.loads(done.stdout)
    (page,) = (home.reports / "sign").glob("rules-2026-2-*.html")
    assert path == str(page)
    assert page.stat().st_mode & 0o777 == 0o600


def test_signed_by_a_key_and_told(home, tmp_path, key):
    common = rule_sets(home)[0]
    file = answered(tmp_path / "signoff.csv", common, common.rows[:2])
    done = command(home, "sign", "add", str(file), "--key", str(key.private), "--by", "data team")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"2 answers of {IMMUNOLOGIST}" in done.stdout
    told = json.loads(command(home, "sign", "status", "--json").stdout)
    assert told["sets"][0]["signed"] == 2
    assert told["sets"][0]["rows"][0]["by"] == IMMUNOLOGIST
    assert command(home, "sign", "check").returncode == 0
    shown = command(home, "sign", "status", "--rows").stdout
    assert "never signed" in shown


def test_a_tampered_file_is_one_line_and_exit_1(home, tmp_path, key):
    common = rule_sets(home)[0]
    file = answered(tmp_path / "signoff.csv", common, common.rows[:2])
    key.sign(file)
    file.write_text(file.read_text().replace("agree", "not"))
    done = command(home, "sign", "add", str(file))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "not as it was when it was signed" in done.stderr


def test_check_names_what_is_not_accepted_and_exits_1(home, tmp_path, key):
    common = rule_sets(home)[0]
    file = answered(tmp_path / "signoff.csv", common, common.rows[:2])
    command(home, "sign", "add", str(file), "--key", str(key.private))
    allow(home, f'{IMMUNOLOGIST} valid-before="20251231" {key.public}')
    done = command(home, "sign", "check", "--json")
    assert done.returncode == 1
    (row,) = json.loads(done.stdout)
    assert row["accepted"] == "no"
    assert "expired" in row["why"]
