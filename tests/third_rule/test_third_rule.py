"""A third rule is one module, its rows and its cases: all of this folder, and nothing else.

Selective IgA deficiency is added to a copy of the shipped packages, which then run real nights in
processes of their own; the same nights by the shipped packages tell the two shipped rules alone.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from igwatch.base.paths import ROOT
from igwatch.site.home import Home
from samples.demo_nights import deliver as deliver_samples
from samples.demo_nights import write_samples
from tests.home import (
    EXPOSURES_HEADER,
    RESULTS_HEADER,
    ask,
    deliver,
    new_home,
    ordinary_exposures,
)
from tests.table import table

pytestmark = pytest.mark.heavy

HERE = Path(__file__).parent
RULE = "selective_iga_deficiency"
PACKAGES = ("transforms", "igwatch", "expectations", "warehouse", "reports", "samples")
NIGHTS = ("2024-06-03", "2024-07-15")
CODES = ("2465-3", "2458-8", "2472-9")
EXPOSURES = f"""{EXPOSURES_HEADER}
drug,IGA,medication,N03AB02,ATC,phenytoin,2023-10-01,
{ordinary_exposures("normal", "IGA", "2024-05-01", "2024-06-01")}"""
REVIEWS = f"""patient_id,assigning_authority,rule_id,verdict,reviewer,reviewed_at,note
once,IGA,{RULE},confirmed,a doctor,2024-06-10 09:00:00,
"""
# what the two shipped rules say, names of runs and the time of delivery aside
SHIPPED = {
    "flag.patient_flag": "rule_id <> $1",
    "flag.evidence": "rule_id <> $1",
    "flag.transition": "rule_id <> $1",
    "mart.worklist": "rule_id <> $1",
    "mart.request": "rule_id <> $1",
    "mart.precision": "rule_id <> $1",
    "quality.flag_rate": "rule_id <> $1",
    "mart.funnel": "name NOT LIKE '%iga' AND $1 IS NOT NULL",
    "core.panel": "index_analyte <> 'iga' AND $1 IS NOT NULL",
    "core.measurement": "$1 IS NOT NULL",
    "core.exposure": "$1 IS NOT NULL",
}


def cases() -> list[dict]:
    text = (HERE / "cases.md").read_text(encoding="utf-8")
    lines = [line.strip("|") for line in text.splitlines() if line.startswith("| ")]
    return table("\n".join(lines))


def on(text: str) -> str:
    return f"2024-{text[:2]}-{text[2:]}"


def results(night: str, before: str) -> str:
    """The file of results collected since the night before."""
    lines = [RESULTS_HEADER]
    for case in cases():
        for drawn in case["results"].split("; "):
            day, values = drawn.split()
            lines += [
                f"{case['patient']},IGA,{case['born']},F,,,serum,{on(day)},,{code},LN,,{value},"
                "g/L,,,F,,"
                for code, value in zip(CODES, values.split("/"), strict=True)
                if value != "-" and before < on(day) <= night
            ]
    return "\n".join([*lines, ""])


def with_third_rule(folder: Path) -> Path:
    """The shipped packages with this folder's module and rows."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    shutil.copy(HERE / f"{RULE}.py", folder / "transforms" / "course" / "rules")
    for rows in sorted((HERE / "knowledge").glob("*.csv")):
        _append(rows, folder / "transforms" / "knowledge" / rows.name)
    _append(HERE / "word.csv", folder / "reports" / "word.csv")
    return folder


def _append(rows: Path, shipped: Path) -> None:
    header, *more = rows.read_text(encoding="utf-8").splitlines()
    text = shipped.read_text(encoding="utf-8")
    assert text.splitlines()[0] == header
    shipped.write_text(text + "\n".join([*more, ""]), encoding="utf-8")


def igwatch(code: Path, home: Home, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "igwatch", *command, "--home", str(home.root)],
        cwd=code,
        env=os.environ
        | {
            "PYTHONPATH": str(code),
            "IGWATCH_SETTLE_SECONDS": "0",
            "IGWATCH_MEMORY_LIMIT": "1GB",
            "IGWATCH_THREADS": "2",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def with_nights(code: Path, folder: Path) -> Home:
    """A home of the sample region and of the drawn patients, after two nights."""
    home = new_home(folder)
    samples = write_samples(home.root).nights
    (home.facility / "iga.yaml").write_text("zone: UTC\nexposure_feed: complete\n")
    before = ""
    for number, night in enumerate(NIGHTS):
        deliver_samples(home.root, samples[number])
        deliver(home, "iga", f"results-{night}.csv", results(night, before))
        deliver(home, "iga", *(("exposures.csv", EXPOSURES), ("reviews.csv", REVIEWS))[number])
        igwatch(code, home, "run", "--as-of", night)
        before = night
    return home


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Path:
    return with_third_rule(tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="module")
def home(code, tmp_path_factory) -> Home:
    return with_nights(code, tmp_path_factory.mktemp("third"))


def test_each_drawn_patient_is_flagged_on_the_night_of_the_change(home):
    published: dict[str, list] = {}
    for patient, as_of, status in ask(
        home,
        "SELECT patient_id, as_of::VARCHAR, to_status FROM flag.transition "
        f"WHERE rule_id = '{RULE}' AND assigning_authority = 'IGA' ORDER BY as_of",
    ):
        published.setdefault(patient, []).append(f"{as_of[5:7]}{as_of[8:]} {status}")
    drawn = {case["patient"]: case["course"] for case in cases() if case["course"]}
    assert {patient: "; ".join(course) for patient, course in published.items()} == drawn


def test_the_rule_is_explained(code, home):
    told = json.loads(igwatch(code, home, "explain", "twice", "--authority", "IGA", "--json"))
    (rule,) = [rule for rule in told["rules"] if rule["rule_id"] == RULE]
    assert [step["is_counted"] for step in rule["steps"]] == [True, True]
    assert "2 very low IgA over 61 days" in rule["flag"]["status_reason"]
    assert {step["possible_event"] for step in rule["outlook"]} == {"low", "normal"}
    said = igwatch(code, home, "explain", "not", "--authority", "IGA", "--rule", RULE)
    assert "Selective IgA deficiency pattern: not selective" in said
    assert "together with low IgM" in said


def test_a_past_night_is_replayed(code, home):
    told = json.loads(
        igwatch(code, home, "replay", "--as-of", NIGHTS[0], "--show-patients", "--json")
    )
    then = {row["patient_id"]: row["status"] for row in told["flags"] if row["rule_id"] == RULE}
    assert then["twice"] == "candidate"
    (change,) = [
        row
        for row in told["differs_from_now"]
        if row["rule_id"] == RULE and row["patient_id"] == "twice"
    ]
    assert change["reasons"]


def test_a_verdict_on_it_is_kept(home):
    reviewed = (
        "SELECT f.patient_id, r.verdict FROM mart.review AS r "
        "INNER JOIN flag.patient_flag AS f USING (patient_key, rule_id) "
        f"WHERE rule_id = '{RULE}' AND r.verdict IS NOT NULL"
    )
    assert ask(home, reviewed) == [("once", "confirmed")]


def test_the_clinic_reads_it(home):
    (page,) = home.reports.glob("latest-iga*.html")
    text = page.read_text(encoding="utf-8")
    assert "Selective IgA deficiency pattern" in text
    assert "A second very low IgA with IgG and IgM not low" in text


def test_it_is_counted(home):
    funnel = dict(ask(home, "SELECT name, n_patients FROM mart.funnel WHERE step > 7"))
    assert list(funnel) == ["tested_iga", "low_iga", "isolated_iga", "definite_iga"]
    assert funnel["definite_iga"] == 2
    rate = f"SELECT count(*) FROM quality.flag_rate WHERE rule_id = '{RULE}'"
    assert ask(home, rate)[0][0] > 0


def test_the_two_shipped_rules_say_beside_it_what_they_said(home, tmp_path_factory):
    alone = with_nights(ROOT, tmp_path_factory.mktemp("shipped"))
    for name, which in SHIPPED.items():
        columns = "COLUMNS(lambda c: c NOT LIKE '%run_id' AND c <> 'resulted_at')"
        query = f"SELECT {columns} FROM {name} WHERE {which.replace('$1', repr(RULE))} ORDER BY ALL"
        assert ask(home, query) == ask(alone, query), name


def test_a_rule_without_its_rows_stops_the_night_before_anything_lands(code, tmp_path):
    """Each table of the folder is needed, and the night says which."""
    half = tmp_path / "half"
    shutil.copytree(code, half)
    actions = half / "transforms" / "knowledge" / "action.csv"
    with actions.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row[0] != RULE]
    with actions.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    home = new_home(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "igwatch", "run", "--home", str(home.root)],
        cwd=half,
        env=os.environ | {"PYTHONPATH": str(half), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"rule {RULE}: nothing says what" in done.stdout + done.stderr
