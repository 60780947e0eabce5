"""A fault belongs to its facility: one night with every kind of it, and the night of the mend.

Each feed sends one patient with a low IgM; north also an urgent child. What is broken on the second
night keeps new files of its own feed out, takes nothing away, and is nobody else's.
"""

import json
import os
import socket

import pytest

from tests.home import ask, deliver, new_home, night
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.night.test_urgent import boy
from tests.ordinary_user import ordinary_user

pytestmark = pytest.mark.heavy

JUNK = "one,two\n1,2\n"
BROKEN = {
    "north": ("north.yaml", 'zone: "?"\n', "north.yaml, line 1: key zone: not answered yet; write"),
    "typo": ("typo.yaml", "zoone: UTC\n", "typo.yaml, line 1: key zoone: not a known key; did"),
    "limit": ("limit.limits.csv", JUNK, "limit.limits.csv: header must be table_id,"),
    "rule": ("rule.rules.csv", JUNK, "rule.rules.csv: header must be rule_id,"),
    "drug": ("drug.exposures.csv", JUNK, "drug.exposures.csv: header must be code_system,"),
    "bare": ("bare.rules.csv", JUNK, "bare.rules.csv: header must be rule_id,"),
    "bomb": ("bomb.yaml", "zone: &a [*a]\n", "bomb.yaml, line 1: *a stands inside itself; write"),
}
IN_INBOX = {
    "is a link to nothing: deliver the file itself",
    "is a link to a folder: mount the folder here instead",
    "is a fifo and no file: deliver a file in its place",
    "is a socket and no file: deliver a file in its place",
    "cannot be read: give the user that igwatch runs as the right to read it",
    "has a name that is not UTF-8: rename it",
}
FEEDS = (*BROKEN, "south")
PRIVATE = ("M\\xfcller", "Schmidt")


def low(feed, order, day):
    return results(panel(day, "0.21", order=order), "").replace(
        "ann,NORTH", f"{feed},{feed.upper()}"
    )


def clutter(inbox, monkeypatch):
    """What no night can take, beside the good file of the same feed."""
    (inbox / "Schmidt.csv").symlink_to(inbox / "nothing.csv")
    (inbox / "linked").symlink_to(inbox.parent)
    os.mkfifo(inbox / "pipe.csv")
    (inbox / "shut.csv").write_text(low("south", "S9", "2024-02-12"))
    (inbox / "shut.csv").chmod(0)
    (inbox / os.fsdecode(b"M\xfcller.csv")).write_text(low("south", "S8", "2024-02-13"))
    monkeypatch.chdir(inbox)  # a socket's path must be short
    socket.socket(socket.AF_UNIX).bind("port.csv")


def mended(home):
    inbox = home.inbox / "south"
    for name in ("Schmidt.csv", "linked", "pipe.csv", "port.csv"):
        (inbox / name).unlink()
    (inbox / "shut.csv").chmod(0o600)
    (inbox / os.fsdecode(b"M\xfcller.csv")).rename(inbox / "mueller.csv")
    for name, _, _ in BROKEN.values():
        (home.facility / name).unlink()


FLAGS = "SELECT facility, patient_id, status FROM flag.patient_flag WHERE facility <> 'south'"
COUNTS = "SELECT facility, count(*) FROM core.measurement GROUP BY ALL"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Three nights: all is well, everything is broken at once, all is mended."""
    home = new_home(tmp_path_factory.mktemp("faults"))
    for feed in FEEDS:
        (home.facility / f"{feed}.yaml").write_text("zone: Europe/London\n")
        deliver(home, feed, "a.csv", low(feed, "A1", "2024-01-10"))
    deliver(home, "north", "boy.csv", boy().replace("2024-", "2023-"))
    assert command(home, "run", "--as-of", "2024-01-20").returncode == 0
    before = {"flags": sorted(ask(home, FLAGS)), "urgent": ask(home, "FROM mart.urgent")}
    (home.facility / "bare.yaml").unlink()
    for name, text, _ in BROKEN.values():
        (home.facility / name).write_text(text)
    (home.facility / "first.yaml").write_text("zone: nowhere\n")
    deliver(home, "first", "a.csv", low("first", "A1", "2024-01-10"))
    for feed in FEEDS:
        deliver(home, feed, "b.csv", low(feed, "B1", "2024-02-10"))
    with pytest.MonkeyPatch.context() as patched, ordinary_user():
        clutter(home.inbox / "south", patched)
        done = command(home, "run", "--as-of", "2024-02-20", "--json")
    told = {
        "before": before,
        "done": done,
        "broken": {"flags": sorted(ask(home, FLAGS)), "counts": dict(ask(home, COUNTS))},
        "urgent": ask(home, "FROM mart.urgent"),
        "page": (home.reports / "latest-quality.html").read_text(),
        "status": json.loads((home.status / "run.json").read_text()),
        "freshness": dict(ask(home, "SELECT facility, is_withheld FROM quality.freshness")),
    }
    mended(home)
    (home.facility / "first.yaml").unlink()
    told["looked"] = (home.ledger / "access.jsonl").exists()
    told["mended"] = command(home, "run", "--as-of", "2024-02-21", "--show-patients")
    told["home"] = home
    return told


def test_the_night_goes_through_for_the_others_and_ends_with_3(seen):
    assert seen["done"].returncode == 3, seen["done"].stderr
    assert "Traceback" not in seen["done"].stderr
    # IgG, IgA and IgM of a.csv; south's b.csv too, but not its files that cannot be taken
    assert seen["broken"]["counts"] == dict.fromkeys(BROKEN, 3) | {"south": 6, "north": 6}


def test_what_a_broken_feed_sent_before_stays(seen):
    assert seen["broken"]["flags"] == seen["before"]["flags"]
    assert len(seen["before"]["flags"]) >= len(BROKEN)
    assert [row[0] for row in seen["urgent"]] == [row[0] for row in seen["before"]["urgent"]]
    assert len(seen["urgent"]) == 1


def test_each_fault_is_one_line_with_file_place_and_mend(seen):
    result = json.loads(seen["done"].stdout)
    lines = {f["facility"]: f["text"] for f in result["faults"] if f["about"] == "settings"}
    assert {
        name: line[: len(BROKEN[name][2])] for name, line in lines.items() if name in BROKEN
    } == {name: start for name, (_, _, start) in BROKEN.items()}
    assert lines["first"].startswith("first.yaml, line 1: key zone: not a zone")
    found = [f["text"] for f in result["faults"] if f["about"] == "inbox"]
    assert {text.removeprefix("inbox/south, 1 file: ") for text in found} == IN_INBOX
    assert result["withheld"] == sorted([*BROKEN, "first", "south"])
    assert {entry["why"] for entry in result["not_taken"]} == IN_INBOX


def test_page_and_status_tell_the_same_and_name_no_delivered_file(seen):
    result = json.loads(seen["done"].stdout)
    assert sorted(f["text"] for f in seen["status"]["faults"]) == sorted(
        f["text"] for f in result["faults"]
    )
    assert seen["status"]["withheld_facilities"] == len(BROKEN) + 2
    for name in ("first.yaml", *(name for name, _, _ in BROKEN.values())):
        assert name in seen["page"]
    assert "inbox/south: new files wait until it is mended" in seen["page"]
    for name in PRIVATE:
        assert name not in seen["page"] + json.dumps(seen["status"]) + seen["done"].stdout
    assert all(seen["freshness"].values())


def test_who_has_the_patients_of_a_night_named_is_noted(seen):
    """The night before named nobody, and nobody looked."""
    assert not seen["looked"]
    noted = json.loads((seen["home"].ledger / "access.jsonl").read_text())
    assert (noted["command"], noted["patients"]) == ("run", None)


def test_the_night_of_the_mend_takes_in_all_that_waited(seen):
    assert seen["mended"].returncode == 0, seen["mended"].stdout + seen["mended"].stderr
    home = seen["home"]
    each = dict.fromkeys(BROKEN, 6)
    assert dict(ask(home, COUNTS)) == each | {"first": 3, "north": 9, "south": 12}
    assert json.loads((home.status / "run.json").read_text())["faults"] == []
    assert not any(ask(home, "SELECT is_withheld FROM quality.freshness")[0])


def test_the_urgent_child_of_a_feed_that_nobody_kept_settings_of_stays(tmp_path):
    """As on the first night after an update: north's rows cannot be read, south's can."""
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("clinic: North Immunology\n")
    deliver(home, "north", "boy.csv", boy())
    deliver(home, "south", "a.csv", low("south", "A1", "2024-12-01"))
    night(home, "2024-12-10")
    for path in sorted((home.raw / ".settings").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (home.facility / "north.yaml").write_text("zoone: UTC\n")
    urgent = "SELECT patient_id, clinic, ask FROM mart.worklist WHERE urgent"
    for as_of in ("2024-12-11", "2024-12-12"):
        done = night(home, as_of)
        assert [fault.facility for fault in done.faults] == ["north"]
        assert ask(home, urgent) == [("URGENT739184", "North Immunology", "urgent_withheld")]
        assert dict(ask(home, COUNTS)) == {"south": 3}
        told = json.loads((home.status / "run.json").read_text())
        assert told["urgent_unseen"]["North Immunology"] == 1


def opposed(n):
    """Results that this laboratory flags high and our limits call low: a feed read wrongly."""
    return "".join(
        f"p{i},N,1980-01-05,F,,,serum,2024-12-05,2024-12-05,2465-3,LN,IgG,2.1,g/L,,H,F,,\n"
        for i in range(n)
    )


def test_a_first_night_whose_only_batch_fails_is_withheld_and_shows_its_urgent_child(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", boy() + opposed(30))
    done = command(home, "run", "--as-of", "2024-12-10")
    assert done.returncode == 3, done.stderr
    assert "withheld: the new files of north failed a critical check" in done.stdout
    assert ask(home, "SELECT DISTINCT facility, suite FROM quality.check_result "
                     "WHERE severity = 'critical' AND NOT success") == [
        ("north", "delivery.summary")]  # fmt: skip
    assert ask(home, COUNTS) == []
    assert ask(home, "SELECT patient_id, ask FROM mart.worklist") == [
        ("URGENT739184", "urgent_withheld")
    ]
    assert "URGENT739184" in (home.reports / "latest-north.html").read_text()
