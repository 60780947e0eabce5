"""`igwatch quarantine`: what was held and why; after a mapping was added those again, only those."""

import gzip
import hashlib
import json

import pytest
from typer.testing import CliRunner

from igwatch.command import app
from igwatch.inquiry.rejects import rejects
from igwatch.night.pipeline import land
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.nights import quick_night

pytestmark = pytest.mark.heavy

PANEL = ["igg;9.1;g/L", "iga;1.4;g/L", "igm;{igm};g/L"]
MAPPED = """
zone: Europe/Berlin
delimiter: ";"
date_format: "%d.%m.%Y"
columns: {patient_id: PatNr, birth_date: Geb, collected_at: Entnahme, code: Analyse, value: Wert,
  units: Einheit}
code_map: {igg: igg, iga: iga, igm: igm}
"""
UNMAPPED = (
    "SELECT code, test_name, reason_code, n_results, first_seen_on::VARCHAR, "
    "last_seen_on::VARCHAR FROM quality.unmapped_code WHERE reason_code <> 'rare_text'"
)


def sheet(*days_igm: tuple[str, str]) -> str:
    rows = [
        f"A1;01.02.1980;{day};{result.format(igm=igm)}" for day, igm in days_igm for result in PANEL
    ]
    return "\n".join(["PatNr;Geb;Entnahme;Analyse;Wert;Einheit", *rows, ""])


def run(home, *words):
    return CliRunner().invoke(app, [*words, "--home", str(home.root)])


def told(home, *words):
    done = run(home, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def raw_files(home) -> dict[str, bytes]:
    return {
        str(path.relative_to(home.raw)): hashlib.sha256(path.read_bytes()).digest()
        for path in home.raw.rglob("*.parquet")
    }


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """A feed delivered before anybody mapped it, then mapped and retried: the home and what the
    published tables, raw and the command said at each point."""
    home = new_home(tmp_path_factory.mktemp("quarantine"))
    (home.facility / "nord.yaml").write_text('date_format: "%m/%d/%Y"\n', encoding="utf-8")
    deliver(home, "nord", "a.csv", sheet(("10.01.2024", "0.21"), ("20.04.2024", "0.19")))
    deliver(home, "nord", "bad.csv", sheet(("10.03.2024", "0.20")) + "A2;;31.02.2024;igm;1;g/L\n")
    good = "patient_id,collected_at,code,value,units\nB1,2024-01-10,2472-9,0.9,g/L\n"
    deliver(home, "ost", "good.csv", good)
    deliver(home, "ost", "part.csv", good + "B2,soon,2472-9,0.8,g/L\n")
    local = "patient_id,collected_at,code,test_name,value,units\n" + "".join(
        f"C{i},2023-0{i}-10,QX,IgM quantitative,0.{i}9,g/L\n" for i in range(1, 7)
    )
    deliver(home, "ost", "local.csv", local)
    quick_night(home, "2024-05-01")
    seen = {
        "home": home,
        "sums": told(home, "quarantine"),
        "listed": told(home, "quarantine", "list", "--facility", "ost"),
        "before": raw_files(home),
        "published": ask(home, "SELECT facility, collected_at FROM core.measurement ORDER BY ALL"),
        "unmapped": ask(home, UNMAPPED),
    }
    (home.facility / "nord.yaml").write_text(MAPPED, encoding="utf-8")
    seen["retried"] = told(home, "quarantine", "retry", "--facility", "nord")
    seen["after"] = raw_files(home)
    (home.facility / "ost.yaml").write_text("code_map: {QX: igm}\n", encoding="utf-8")
    quick_night(home, "2024-05-01")
    return seen


def test_it_counts_by_facility_and_reason_with_the_mend(nights):
    columns = ("facility", "reason_code", "level", "n", "n_results")
    assert [tuple(row[k] for k in columns) for row in nights["sums"]] == [
        ("nord", "header_missing", "file", 2, 0),
        ("ost", "time_unreadable", "row", 1, 1),
    ]
    assert all(row["reason"] and row["mend"] for row in nights["sums"])


def test_it_lists_each_with_its_place(nights):
    (row,) = nights["listed"]
    assert (row["source_name"], row["line_number"], row["field"], row["found"]) == (
        "part.csv", 3, "collected_at", "aaaa",
    )  # fmt: skip


def test_it_shows_one_with_the_address_of_its_bytes(nights):
    home, (row,) = nights["home"], nights["listed"]
    one = told(home, "quarantine", "show", row["id"])
    content = (home.root / one["archive"]).read_bytes()
    start, end = one["byte_offset"], one["byte_offset"] + one["byte_length"]
    assert content[start:end] == b"B2,soon,2472-9,0.8,g/L\n"
    shown = run(home, "quarantine", "show", row["id"]).output
    assert "collected_at" in shown
    assert "soon" not in shown


def test_an_identifier_that_is_not_held_is_one_line(nights):
    done = run(nights["home"], "quarantine", "show", "nothing")
    assert "see igwatch quarantine list" in str(done.exception)


def test_retry_tells_what_it_freed(nights):
    assert nights["retried"] == [
        {"facility": "nord", "reason_code": "header_missing", "held_before": 2, "held_now": 0},
        {"facility": "nord", "reason_code": "time_unreadable", "held_before": 0, "held_now": 1},
    ]


def test_retry_changes_only_the_files_that_held_something(nights):
    before, after = nights["before"], nights["after"]
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name.split("/")[1] for name in changed} == {"nord"}
    assert {name for name in before if "/ost/" in name} <= after.keys()


def test_what_passes_now_comes_in_at_its_true_dates(nights):
    home = nights["home"]
    assert {facility for facility, _ in nights["published"]} == {"ost"}
    days = ask(
        home,
        "SELECT DISTINCT collected_at::DATE::VARCHAR FROM core.measurement "
        "WHERE facility = 'nord' ORDER BY 1",
    )
    assert days == [("2024-01-10",), ("2024-03-10",), ("2024-04-20",)]
    first = "SELECT first_evidence_at::DATE::VARCHAR, status FROM flag.patient_flag"
    assert ask(home, f"{first} WHERE patient_id = 'A1' AND rule_id LIKE 'sel%'") == [
        ("2024-01-10", "persistent")
    ]


def test_a_code_that_was_mapped_leaves_the_worklist_and_its_results_come_in(nights):
    home = nights["home"]
    assert nights["unmapped"] == [("QX", "IgM quantitative", "unmapped_code", None, None, None)]
    assert ask(home, UNMAPPED) == []
    came = ask(
        home,
        "SELECT patient_id, collected_at::DATE::VARCHAR FROM core.measurement "
        "WHERE code = 'QX' ORDER BY ALL",
    )
    assert came == [(f"C{i}", f"2023-0{i}-10") for i in range(1, 7)]


def test_retry_reads_packed_bytes_and_keeps_the_good_rows_as_they_were(tmp_path):
    home = new_home(tmp_path)
    text = "patient_id,collected_at,code,value\nB1,2024-01-10,2472-9,0.9\nB2,31.01.2024,2472-9,1\n"
    deliver(home, "ost", "a.csv.gz", gzip.compress(text.encode()))
    land(home, SETTINGS)
    assert [r["reason_code"] for r in rejects(home)] == ["time_unreadable"]
    assert told(home, "quarantine", "retry", "--reason", "patient_id_missing") == []
    (home.facility / "ost.yaml").write_text('date_format: "%d.%m.%Y"\n', encoding="utf-8")
    assert told(home, "quarantine", "retry") == [
        {"facility": "ost", "reason_code": "time_unreadable", "held_before": 1, "held_now": 0}
    ]
    assert rejects(home) == []
    assert "nothing is held" in run(home, "quarantine").output


def test_the_next_landing_reads_again_what_a_mapping_makes_readable(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "nord", "a.csv", sheet(("10.01.2024", "0.21")))
    land(home, SETTINGS)
    assert [r["reason_code"] for r in rejects(home)] == ["header_missing"]
    (home.facility / "nord.yaml").write_text(MAPPED, encoding="utf-8")
    assert land(home, SETTINGS).n_reread == 1
    assert rejects(home) == []
    assert told(home, "quarantine", "retry") == []


def test_bytes_that_the_archive_lost_are_told_of_and_stop_nothing(tmp_path, caplog):
    home = new_home(tmp_path)
    for name, day in (("a.csv", "10.01.2024"), ("b.csv", "11.01.2024")):
        deliver(home, "nord", name, sheet((day, "0.21")))
    land(home, SETTINGS)
    lost, _ = sorted(path for path in home.archive.rglob("*") if path.is_file())
    lost.unlink()
    (home.facility / "nord.yaml").write_text(MAPPED, encoding="utf-8")
    with caplog.at_level("WARNING", logger="igwatch"):
        (row,) = told(home, "quarantine", "retry")
    assert (row["held_before"], row["held_now"]) == (2, 1)
    assert lost.name[:12] in caplog.text


def test_a_code_that_looked_like_a_date_is_read_once_it_is_mapped(tmp_path):
    home = new_home(tmp_path)
    text = "patient_id,collected_at,code,value,units\nA1,2024-01-10,Dec-10,0.9,g/L\n"
    deliver(home, "nord", "a.csv", text)
    land(home, SETTINGS)
    assert [r["reason_code"] for r in rejects(home)] == ["excel_date_for_code"]
    (home.facility / "nord.yaml").write_text("code_map: {Dec-10: igm}\n", encoding="utf-8")
    (row,) = told(home, "quarantine", "retry")
    assert (row["held_before"], row["held_now"]) == (1, 0)
