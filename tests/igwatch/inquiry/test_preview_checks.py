"""`igwatch preview --checks`: whether a night would withhold the file, and because of which rows."""

import json

import pytest

from tests.home import deliver, new_home, night
from tests.igwatch.command_line import command

pytestmark = pytest.mark.heavy

HEAD = "patient_id,birth_date,sex,collected_at,code,test_name,value,units,abnormal_flag\n"
N = 120


def sheet(factor=1.0, flag="", birth_date="1987-03-04", who="SECRET"):
    rows = [
        f"{who}{i},{'' if i % 10 == 0 else birth_date},F,2024-01-{1 + i % 28:02d},2472-9,IgM,"
        f"{factor * (1 + i % 9 / 10):.3f},g/L,{flag}\n"
        for i in range(N)
    ]
    return HEAD + "".join(rows)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home that has published one good delivery of north."""
    home = new_home(tmp_path_factory.mktemp("checks"))
    deliver(home, "north", "a.csv", sheet())
    assert night(home, "2024-02-10").withheld == ()
    return home


@pytest.fixture
def seen(home, tmp_path):
    """What the command says of a sheet, as text and as JSON, and its exit code."""

    def preview(text, *words, name="results.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        words = ("preview", str(file), "--facility", "north", "--as-of", "2024-02-11", *words)
        done = command(home, *words)
        assert "SECRET" not in done.stdout
        assert "1987" not in done.stdout
        return done

    return preview


def test_a_good_file_would_not_be_withheld(seen, home):
    before = sorted(home.root.rglob("*"))
    done = seen(sheet(1.01, who="SECRET-B"), "--checks")
    assert done.returncode == 0
    assert "compared with 1 published files of north" in done.stdout
    *_, verdict, last = done.stdout.splitlines()
    assert verdict == "would not be withheld"
    assert last == "of 120 IgM, 108 can be classed; 12 have no birth date"
    assert sorted(home.root.rglob("*")) == before


def test_a_unit_that_changed_under_its_label_is_seen_beside_what_was_published(seen):
    done = seen(sheet(0.01, who="SECRET-B"), "--checks", "--json")
    checks = json.loads(done.stdout)["checks"]
    assert (done.returncode, checks["would_be_withheld"]) == (3, True)
    assert [f["suite"] for f in checks["failed"] if f["severity"] == "critical"] == [
        "level.median_shift"
    ]
    (cause,) = checks["because_of"]
    told = ("code", "test_name", "units", "n", "first_line", "what")
    assert [cause[k] for k in told] == [
        "2472-9", "IgM", "g/L", N, 2, "the median is about 1/100 of all earlier igm",
    ]  # fmt: skip


def test_the_night_withholds_what_the_preview_said(seen, tmp_path):
    other = new_home(tmp_path)
    text = sheet(0.1, flag="H")
    assert seen(text, "--checks").returncode == 3
    deliver(other, "south", "a.csv", sheet())
    deliver(other, "north", "b.csv", text)
    assert night(other, "2024-02-11").withheld == ("north",)


def test_low_for_us_and_high_for_the_laboratory_is_told_by_code_and_line(seen):
    done = seen(sheet(0.1, flag="H", who="SECRET-B"), "--checks")
    assert "low for us, high for its laboratory" in done.stdout
    assert "would be withheld: " in done.stdout
    assert "delivery.summary share_opposite" in done.stdout


def test_without_checks_nothing_is_checked_and_the_exit_is_0(seen):
    done = seen(sheet(0.01, who="SECRET-B"), "--json")
    assert (done.returncode, json.loads(done.stdout)["checks"]) == (0, None)


def test_results_after_the_clock_of_the_preview(seen):
    told = json.loads(seen(sheet(who="SECRET-B"), "--as-of", "2024-01-10", "--json").stdout)
    assert {d["reason_code"] for d in told["dispositions"]} >= {"collected_after_as_of"}


OTHERS = {
    "exposures.csv": (
        "patient_id,kind,code,start_date\nS1,medication,L01FA01,2023-05-01\n,medication,L01,2023-05-01\n",
        "exposures: 2 read, 1 used, 1 refused",
    ),
    "merges.csv": (
        "retired_id,surviving_id\nS1,S2\n,S3\n",
        "merges: 2 read, 1 used, 1 refused",
    ),
    "reviews.csv": (
        "patient_id,rule_id,verdict,reviewer,reviewed_at\n"
        "S1,selective_igm_deficiency,confirmed,a doctor,2024-01-01\n,,,,\nS2,x,confirmed,d,soon\n",
        "reviews: 2 read, 1 used, 1 refused",
    ),
    "patients.csv": (
        "patient_id,birth_date,sex\nS1,1999-03-04,F\nS2,soon,F\n",
        "patients: 2 read, 1 used, 1 refused",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_files_of_other_kinds_are_counted_as_results_are(seen, name):
    text, said = OTHERS[name]
    assert said in seen(text, name=name).stdout
