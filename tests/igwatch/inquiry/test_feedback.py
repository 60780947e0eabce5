"""What each sending laboratory is told of a month: by hand what three senders of one feed sent."""

import csv
import json
import os
import stat
from datetime import UTC, datetime

import pytest

from igwatch.site.home import Home
from tests.home import RESULTS_HEADER, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.nights import quick_night
from tests.reports.document import Document
from tests.table import table

pytestmark = pytest.mark.heavy
NAME, BORN, NUMBER = "ZANZIBAR", "19371103", "SEED77"
HOSTILE = "=LAB<b>B"
MESSAGE = (
    "MSH|^~\\&|LIS|{sender}|IGW|H|{day}100000||ORU^R01|{number}|P|2.5.1\r"
    f"PID|1||{{patient}}^^^H^MR||{NAME}^QUEENIE||{BORN}|F\r"
    "OBR|1||{number}|IG^Immunoglobulins^L|||{day}080000\r"
    "OBX|1|NM|2472-9^IgM^LN||{value}|{units}|{limits}||||F\r"
)
# senders, days and results as a laboratory would list them; each of another patient
SENT = """
sender   | day      | n  | value | units  | limits
LABA     | 20260910 | 30 | 1.0   | g/L    | 0.4-2.3
LABA     | 20261005 | 30 | 100   | mg/dL  | 40-230
LABA     | 20261006 | 20 | 1.3   | spoons |
LABA     | 20261007 | 20 | 1.1   | g/L    | 40-230 mg/dL
=LAB<b>B | 20261008 | 10 | 1.2   | g/L    | 0.4-2.3
LABC     | 20261009 | 3  | 1.2   | g/L    | 0.4-2.3
"""
NO_PATIENT = 20
# counts to the nearest five, and none of which the number may be below eight
CAME = """
sender   | what     | n           | before
LABA     | message  | 70          | 30
LABA     | patient  | 70          | 30
LABA     | sent     | 70          | 30
LABA     | measured | 30          | 30
LABA     | unusable | 40          | few or none
=LAB<b>B | message  | 10          | few or none
=LAB<b>B | patient  | 10          | few or none
=LAB<b>B | sent     | 10          | few or none
=LAB<b>B | measured | 10          | few or none
         | message  | few or none | few or none
         | patient  | few or none | few or none
         | sent     | few or none | few or none
         | measured | few or none | few or none
"""
UNUSABLE = """
what           | field | found | n
unmapped_unit  | OBX-6 | 9.9   | 20
units_disagree | OBX-6 | 9.9   | 20
"""
TEXT = """
code   | unit   | n           | before      | note
2472-9 | mg/dL  | 30          | few or none | come
2472-9 | spoons | 20          | few or none | come
2472-9 | g/L    | 20          | 30          |
"""


def messages() -> str:
    sent, number = "", 0
    for row in table(SENT):
        for _ in range(int(row["n"])):
            number += 1
            patient = f"{NUMBER}{number:03}"
            sent += MESSAGE.format(
                **{k: v or "" for k, v in row.items()}, number=number, patient=patient
            )
    nobody = {"sender": "LABA", "day": "20261012", "value": "1.0", "units": "g/L", "limits": ""}
    for extra in range(NO_PATIENT):
        sent += MESSAGE.format(**nobody, number=f"X{extra}", patient="")
    return sent


def spreadsheet(facility_days: dict[str, int]) -> str:
    """Another laboratory's file, which states no sender: so many results on each day."""
    lines = [
        f"s{day}-{n},S,1980-01-05,F,{day}-{n},,serum,{day},{day},2472-9,LN,IgM,1.2,g/L,0.4-2.3,,F,,\n"
        for day, count in facility_days.items()
        for n in range(count)
    ]
    return RESULTS_HEADER + "\n" + "".join(lines)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = new_home(tmp_path_factory.mktemp("feedback"))
    file = deliver(home, "north", "october.hl7", messages())
    delivered = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    os.utime(file, (delivered, delivered))
    deliver(home, "south", "results.csv", spreadsheet({"2026-09-03": 40, "2026-10-03": 12}))
    quick_night(home, "2026-11-02")
    return home


@pytest.fixture(scope="module")
def said(home):
    return command(home, "feedback", "--month", "2026-10")


@pytest.fixture(scope="module")
def folder(home, said):
    assert (said.returncode, said.stderr) == (0, "")
    return home.reports / "feedback" / "2026-10"


def rows(file, section) -> list[dict]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return [row for row in csv.DictReader(text) if row["section"] == section]


def drawn(text) -> list[dict]:
    return [{key: value or "" for key, value in row.items()} for row in table(text)]


def file_of(folder, sender, ending="csv"):
    stem = {"LABA": "north--laba", HOSTILE: "north--lab-b-b-*", "": "north--other"}[sender]
    (found,) = folder.glob(f"{stem}.{ending}")
    return found


def test_each_sender_that_enough_patients_share_has_a_page_and_a_list_of_its_own(folder):
    files = [
        file_of(folder, s, ending) for s in ("LABA", HOSTILE, "") for ending in ("csv", "html")
    ]
    assert {*files, folder / "south.csv", folder / "south.html"} == set(folder.iterdir())


def test_what_came_beside_the_month_before(folder):
    for sender in ("LABA", HOSTILE, ""):
        expected = [row for row in drawn(CAME) if row["sender"] == sender]
        found = [
            {"sender": sender, "what": row["what"], "n": row["n"], "before": row["n_month_before"]}
            for row in rows(file_of(folder, sender), "came")
        ]
        assert found == expected


def test_a_file_that_states_no_sender_is_its_feeds(folder):
    came = {
        row["what"]: (row["n"], row["n_month_before"]) for row in rows(folder / "south.csv", "came")
    }
    assert came == {"patient": ("10", "40"), "sent": ("10", "40"), "measured": ("10", "40")}


def test_why_results_cannot_be_used_by_field_and_shape(folder):
    found = rows(file_of(folder, "LABA"), "unusable")
    as_drawn = [{key: row[key] for key in ("what", "field", "found", "n")} for row in found]
    assert sorted(as_drawn, key=lambda row: row["what"], reverse=True) == drawn(UNUSABLE)
    assert all(row["mend"] for row in found)


def test_codes_and_units_that_are_new_or_gone(folder):
    found = [
        {
            "code": r["code"],
            "unit": r["unit"],
            "n": r["n"],
            "before": r["n_month_before"],
            "note": r["note"],
        }
        for r in rows(file_of(folder, "LABA"), "text")
    ]
    assert sorted(found, key=lambda row: -int(row["n"])) == drawn(TEXT)


def test_a_contradiction_is_told_with_both_fields_and_what_they_say(folder):
    (found,) = rows(file_of(folder, "LABA"), "contradiction")
    assert (found["n"], found["n_month_before"]) == ("20", "few or none")
    assert set(found["field"].split(" / ")) == {"OBX-6", "OBX-7"}
    assert "mg/dL" in found["found"]
    assert "40" not in found["found"]


def test_the_median_is_that_of_the_same_unit_whatever_was_sent(folder):
    """30 results of 1.0 g/L in September, 30 of 100 mg/dL in October: the level did not move."""
    (found,) = rows(file_of(folder, "LABA"), "median")
    assert (found["what"], found["unit"]) == ("igm", "g/L")
    assert (found["value"], found["value_month_before"]) == ("1.0", "1.0")


def test_how_long_results_were_underway(folder):
    """Collected at 8, sent at 10. Of October's 70 results 30 were sent on the 5th, 20 on the 6th and
    20 on the 7th; all were delivered when the 1st of November began, half within 25.6 days."""
    found = {(r["what"], r["note"][:4]): r["value"] for r in rows(file_of(folder, "LABA"), "delay")}
    assert (
        found[("collected_to_message", "half")] == found[("collected_to_message", "nine")] == "2.0"
    )
    assert found[("message_to_delivery", "half")] == "610.0"
    assert found[("message_to_delivery", "nine")] == "640.0"


def test_what_could_not_be_read_goes_to_the_page_of_the_senders_without_a_name(folder):
    (found,) = rows(file_of(folder, ""), "refused")
    assert (found["what"], found["field"], found["n"]) == (
        "patient_identifier_missing",
        "PID-3",
        "20",
    )
    assert rows(file_of(folder, "LABA"), "refused") == []


def test_no_page_names_anybody_and_all_are_the_owners_alone(folder, said):
    written = {path: path.read_text() for path in folder.iterdir()}
    for text in (*written.values(), said.stdout, *(path.name for path in written)):
        assert not [seed for seed in (NAME, BORN, "1937", NUMBER, "QUEENIE") if seed in text]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_a_sender_calls_itself_is_text(folder):
    page = file_of(folder, HOSTILE, "html").read_text()
    assert "<b>B" not in page
    assert HOSTILE in Document(page).all("h1")[0].text
    assert "'=LAB<b>B" in file_of(folder, HOSTILE).read_text()


def test_for_scripts_and_for_one_feed(home):
    done = command(home, "feedback", "--month", "2026-10", "--facility", "south", "--json")
    told = json.loads(done.stdout)
    assert [(s["facility"], s["results"], s["month_before"]) for s in told["senders"]] == [
        ("south", 10, 40)
    ]
    assert [path.rsplit("/", 1)[1] for path in told["files"]] == ["south.html", "south.csv"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--month", "2026-13"), 2, "write the month as YYYY-MM"),
        (("--month", "2026-10-01"), 2, "write the month as YYYY-MM"),
        (("--month", "2019-01"), 1, "nothing was sent in 2019-01 or the month before; the last is 2026-10"),
    ],
)  # fmt: skip
def test_a_month_that_is_none_or_without_results(home, words, code, said):
    done = command(home, "feedback", *words)
    assert done.returncode == code
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_nothing_published_yet(tmp_path):
    done = command(new_home(tmp_path), "feedback", "--month", "2026-10")
    assert (done.returncode, done.stderr) == (
        1,
        "igwatch: nothing is published yet; run: igwatch run\n",
    )
