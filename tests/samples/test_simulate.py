"""A simulated region: truth and files say the same, and the same seed gives the same bytes."""

from __future__ import annotations

import csv
import re
import stat
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hl7apy.parser import parse_message
from typer.testing import CliRunner

from igwatch.command import app
from samples import delivery
from samples.data_file import KNOWLEDGE, keyed, rows
from samples.feed import feeds
from samples.simulate import SimulationError, simulate
from samples.truth import Truth

PATIENTS, NIGHTS, DIRTY = 200, 5, 0.3


@pytest.fixture(scope="module")
def region(tmp_path_factory) -> Truth:
    return simulate(tmp_path_factory.mktemp("region") / "out", PATIENTS, NIGHTS, 11, DIRTY)


def truth_rows(truth: Truth) -> list[dict[str, str]]:
    with truth.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def result_files(truth: Truth) -> list[Path]:
    """Each delivered results file once."""
    found = truth.path.parent.glob("night-*/*/results_*")
    return sorted(path for path in found if "_again" not in path.stem)


@cache
def text(path: Path) -> str:
    return path.read_bytes().decode("cp1252" if path.parent.name == "cedarhurst" else "utf-8")


def everything(truth: Truth) -> str:
    return "\n".join(map(text, result_files(truth)))


def digest(truth: Truth) -> dict[str, bytes]:
    out = truth.path.parent
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_the_same_seed_gives_the_same_bytes(tmp_path, monkeypatch):
    once = simulate(tmp_path / "once", 120, 3, 4, DIRTY)
    monkeypatch.setattr(delivery, "BUFFER_CHARS", 2_000)
    piecemeal = simulate(tmp_path / "piecemeal", 120, 3, 4, DIRTY)
    other = simulate(tmp_path / "other", 120, 3, 5, DIRTY)
    assert digest(once) == digest(piecemeal)
    assert digest(once) != digest(other)


def test_truth_has_a_row_for_everyone(region):
    rows = truth_rows(region)
    assert len(rows) == region.n_patients == PATIENTS
    assert len({(r["assigning_authority"], r["patient_id"]) for r in rows}) == PATIENTS
    assert Counter(r["true_condition"] for r in rows) == region.n_by_condition
    assert {r["facility"] for r in rows} == set(region.facilities)


def test_there_is_one_of_each_condition(region):
    assert set(region.n_by_condition) == set(keyed("course", "condition"))


def test_everyone_is_in_the_files_of_their_facility(region):
    by_facility = {
        name: "\n".join(text(p) for p in result_files(region) if p.parent.name == name)
        for name in region.facilities
    }
    for row in truth_rows(region):
        if "no_identifier" not in row["dirt"]:
            assert row["patient_id"] in by_facility[row["facility"]], row


def test_results_in_the_files_are_as_many_as_the_truth_says(region):
    n_results = 0
    for path in result_files(region):
        if path.suffix == ".hl7":
            n_results += len(re.findall(r"(?:^|[\r\n])OBX\|", text(path)))
        else:
            n_rows = len(text(path).splitlines()) - 1
            n_results += n_rows * (3 if path.parent.name == "firthside" else 1)
    assert n_results == region.n_results


EDGE = r"[|;,\t\r\n]"
SHOWN = {
    "text_value": "haemolysed",
    "unknown_unit": "rel.units",
    "missing_unit": r"\d(\|\|\||;;;|,,,)",
    "bad_date": r"31\.02\.|-02-31|0231",
    "preliminary": rf"{EDGE}P{EDGE}[\s\S]*{EDGE}F{EDGE}",
    "corrected": rf"{EDGE}F{EDGE}[\s\S]*{EDGE}C{EDGE}",
    "withdrawn": rf"W{EDGE}[\s\S]*{EDGE}W{EDGE}",
    "unmapped_code": "IGMQ",
    "titre": "CMVM|Cytomegalovirus",
    "hostile_comment": r"<script>alert\(1\)</script>",
    "not_serum": "CSF|Liquor|csf",
    "no_identifier": r"PID\|1\|\|\|\||(?m:^[;,\t])",
}


def records(truth: Truth) -> list[str]:
    """Each HL7 message and each row, in order of delivery."""
    split = {".hl7": r"(?=MSH\|)", ".csv": r"(?<=\n)"}
    return [r for path in result_files(truth) for r in re.split(split[path.suffix], text(path))]


def test_what_befell_a_report_is_in_its_bytes(region):
    sent = records(region)
    marks = [mark for r in truth_rows(region) for mark in r["dirt"].split("|") if mark]
    for kind, order in (mark.split("@") for mark in marks):
        about = [record for record in sent if order in record]
        assert about, order
        assert re.search(SHOWN.get(kind, ""), "".join(about)), (kind, about)
        if kind == "resent":
            assert set(Counter(about).values()) == {2}


def test_dirt_names_orders_that_were_sent(region):
    sent = everything(region)
    done = [mark.split("@") for r in truth_rows(region) for mark in r["dirt"].split("|") if mark]
    assert Counter(kind for kind, _ in done) == region.n_by_dirt
    assert {kind for kind, _ in done} <= set(keyed("dirt", "kind"))
    assert [order for _, order in done if order not in sent] == []


def test_nothing_is_expected_where_evidence_was_lost(region):
    kinds = keyed("dirt", "kind")
    for row in truth_rows(region):
        marks = [mark.split("@")[0] for mark in row["dirt"].split("|") if mark]
        expected = {row["expected_selective_igm_deficiency"], row["expected_hyper_igm"]}
        if any(kinds[kind]["keeps_status"] == "false" for kind in marks):
            assert expected in ({""}, {"no_evidence"})


def test_nights_and_folders(region):
    out = region.path.parent
    nights = sorted(path.name for path in out.glob("night-*"))
    assert nights == [f"night-{night}" for night in region.nights]
    assert sorted(p.stem for p in (out / "facility").iterdir()) == sorted(region.facilities)
    assert {stat.S_IMODE(p.stat().st_mode) for p in out.rglob("*") if p.is_file()} == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in out.rglob("*") if p.is_dir()} == {0o700}


def test_hl7apy_reads_the_templates(region):
    for path in result_files(region):
        if path.suffix != ".hl7":
            continue
        lines = re.sub(r"[\x0b\x1c\r\n]+", "\r", text(path))
        sent = [line for line in lines.split("\r") if not re.match("[FB][HT]S", line)]
        for message in "\r".join(sent).split("MSH|")[1:6]:
            parsed = parse_message(f"MSH|{message.strip()}\r")
            assert str(parsed.to_er7()).count("\rOBX") == message.count("\rOBX")


def test_late_and_repeated_files(tmp_path):
    truth = simulate(tmp_path / "out", 400, 40, 3)
    out = truth.path.parent
    assert truth.late_files
    assert truth.resent_files
    for name in truth.late_files:
        night, file = name.split("/")[0], name.split("/")[2]
        assert night.removeprefix("night-").replace("-", "") > file[8:16]
    for name in truth.resent_files:
        again = out / name
        assert any(
            again.read_bytes() == p.read_bytes() for p in out.rglob("results_*") if p != again
        )


def test_a_merged_person_has_results_under_both_numbers(tmp_path):
    truth = simulate(tmp_path / "out", 3000, 4, 9)
    sent = everything(truth)
    merges = "\n".join(
        p.read_text() for pattern in ("adt_*", "merges_*") for p in truth.path.parent.rglob(pattern)
    )
    merged = [row for row in truth_rows(truth) if row["retired_id"]]
    assert merged
    for row in merged:
        assert row["retired_id"] in sent
        assert row["retired_id"] in merges


def test_one_facility_changes_its_unit_and_says_so(region):
    half = region.nights[len(region.nights) // 2]
    units = {"before": set(), "after": set()}
    for path in result_files(region):
        if path.parent.name == "dunmore":
            is_before = path.parent.parent.name < f"night-{half}"
            found = re.findall(r"\|(g/L|mg/dL)\|\d", text(path))
            units["before" if is_before else "after"] |= set(found)
    assert "mg/dL" in units["after"]
    assert "g/L" in units["before"]


def test_progress_is_reported_and_one_night_is_enough(tmp_path):
    lines: list[str] = []
    truth = simulate(tmp_path / "out", 10, 1, 1, progress=lines.append)
    assert lines == ["10 of 10 patients"]
    assert len(truth.nights) == 1


@pytest.mark.parametrize(("patients", "nights", "dirty"), [(0, 1, 0), (1, 0, 0), (1, 1, 1.5)])
def test_numbers_that_make_no_sense_are_refused(tmp_path, patients, nights, dirty):
    with pytest.raises(SimulationError, match="patients and nights"):
        simulate(tmp_path / "out", patients, nights, 1, dirty)


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(SimulationError, match="not empty"):
        simulate(tmp_path, 1, 1, 1)


@pytest.fixture(scope="module")
def larger(tmp_path_factory) -> Truth:
    return simulate(tmp_path_factory.mktemp("larger") / "out", 600, 5, 2)


def exposures(truth: Truth, facility: str) -> str:
    kinds = ("adt_*", "rde_*", "exposures_*")
    found = (p for kind in kinds for p in truth.path.parent.glob(f"night-*/{facility}/{kind}"))
    return "\n".join(path.read_bytes().decode() for path in found)


def test_one_feed_of_exposures_falls_silent_and_the_others_go_on(larger):
    for feed in feeds():
        if feed.sends_exposures:
            begun = r"RXE\|1\^\^\^(\d{8})" if feed.format == "hl7" else r",(\d{4}-\d\d-\d\d),"
            days = re.findall(begun, exposures(larger, feed.name))
            last = max(date.fromisoformat(day) for day in days)
            assert last <= (feed.events_until or date.max)
            assert feed.events_until or last > larger.nights[-1] - timedelta(days=90)


def test_one_feed_sends_numbers_of_its_own_and_no_names(larger):
    sent = exposures(larger, "hazelwick")
    own = {row["local_code"] for row in keyed("exposure", "exposure").values()}
    coded = re.findall(r"\|(\d+)\^\^HAZELITEM\|", sent)
    assert len(coded) == sent.count("\rRXE|") + sent.count("\rDG1|") > 0
    assert set(coded) <= own


def test_what_is_ordinary_bears_on_no_rule():
    coded = keyed("exposure", "exposure")
    prefixes = {row["code_prefix"] for row in rows("exposure", KNOWLEDGE) if row["code_prefix"]}
    for row in rows("ordinary_exposure"):
        code = coded[row["exposure"]]["code"].replace(".", "")
        assert not [prefix for prefix in prefixes if code.startswith(prefix.replace(".", ""))]


def test_feed_shares_add_up():
    assert sum(feed.share for feed in feeds()) == pytest.approx(1)


def test_the_command_says_in_one_line_that_a_folder_is_in_use(tmp_path):
    (tmp_path / "x").touch()
    done = CliRunner().invoke(app, ["simulate", "--out", str(tmp_path), "--patients", "5"])
    assert isinstance(done.exception, SimulationError)
    assert "is not empty; choose a new folder" in str(done.exception)
