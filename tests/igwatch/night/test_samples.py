"""The sample region, night by night: the states that reading the rules gives, and every oddity.

`make test-examples`."""

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from igwatch.inquiry.rejects import rejects
from samples.demo_nights import deliver, write_samples
from tests.home import ask, new_home, night

pytestmark = pytest.mark.heavy
SAMPLES = Path(__file__).resolve().parents[3] / "samples"


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """The home after all nights, each night's (patient, authority, rule) -> state, and what was
    withheld of each."""
    home = new_home(tmp_path_factory.mktemp("region"))
    states, withheld = {}, []
    for delivery in write_samples(home.root).nights:
        deliver(home.root, delivery)
        withheld.append(night(home, delivery.as_of.isoformat()).withheld)
        states[delivery.as_of.isoformat()] = {
            row[:3]: row[3]
            for row in ask(
                home,
                "SELECT patient_id, assigning_authority, rule_id, status FROM flag.patient_flag",
            )
        }
    return home, states, withheld


def test_every_expected_state(region):
    _, states, _ = region
    with (SAMPLES / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    wrong = [
        (e["patient_id"], e["rule_id"], e["as_of"], e["status"], e["why"], got)
        for e in expected
        if (
            got := states[e["as_of"]].get(
                (e["patient_id"], e["assigning_authority"], e["rule_id"]), "no_evidence"
            )
        )
        != e["status"]
    ]
    assert len(expected) > 250
    assert wrong == []


def test_each_oddity_ends_where_it_should(region):
    home, _, _ = region
    unusable = Counter(reason for (reason,) in ask(home, "SELECT reason_code FROM core.unusable"))
    superseded = Counter(r for (r,) in ask(home, "SELECT reason_code FROM core.superseded"))
    held = Counter(r["reason_code"] for r in rejects(home))
    assert {
        "unit_contradicted_by_range",
        "unmapped_unit",
        "specimen_haemolysed",
        "status_withdrawn",
        "unmapped_code",
    } <= unusable.keys()
    assert {"corrected", "withdrawn", "finalised"} <= superseded.keys()
    assert {"patient_identifier_missing", "gzip_damaged", "row_field_count"} <= held.keys()
    assert ask(home, "SELECT count(*) > 0 FROM core.measurement WHERE value_comparator = '<'") == [
        (True,)
    ]
    assert ask(home, "SELECT count(*) FROM core.patient_alias") == [(1,)]


def test_every_reason_is_told_in_words(region):
    home, _, _ = region
    assert [r["reason_code"] for r in rejects(home) if not r["reason"] or not r["mend"]] == []
    assert ask(home, "SELECT count(*) FROM core.unusable WHERE reason IS NULL") == [(0,)]


def test_everything_adds_up(region):
    home, _, _ = region
    from igwatch.inquiry.verify import verify_home
    from tests.home import SETTINGS

    found = verify_home(home, SETTINGS, lambda step: None)
    assert {name: faults for name, faults in found["checks"].items() if faults} == {}


def test_the_swapped_unit_of_the_last_night_is_withheld_and_the_others_go_through(region):
    home, states, withheld = region
    assert withheld == [()] * 6 + [("northgate",)]
    assert ask(home, "SELECT facility FROM quality.freshness WHERE is_withheld") == [("northgate",)]
    failed = ask(
        home,
        "SELECT suite, column_name FROM quality.check_result "
        "WHERE facility = 'northgate' AND severity = 'critical' AND NOT success ORDER BY ALL",
    )
    assert [
        ("level.median_shift", f'suspicion where analyte == "{analyte}"')
        for analyte in ("iga", "igg", "igm")
    ] == failed
    last = "SELECT DISTINCT facility FROM core.measurement WHERE collected_at >= '2025-08-05'"
    assert ask(home, last) == [("riverside",)]
    before, after = (
        {key: state for key, state in states[night].items() if key[1] == "NGH"}
        for night in ("2025-08-04", "2025-08-05")
    )
    assert before == after
    overdue = ("RV8069", "RMC", "selective_igm_deficiency")
    assert (states["2025-08-04"][overdue], states["2025-08-05"][overdue]) == (
        "repeat_overdue",
        "persistent",
    )
    page = (home.reports / "latest-quality.html").read_text(encoding="utf-8")
    assert "1</b> of 3 feeds withheld" in page
    assert "the unit changed and its label did not" in page


# nothing was released by hand, of no reason are so many results unusable that it is shown, nobody
# asked for the list of who was not measured, and these nights ask no canary
MAY_BE_EMPTY = {"release", "unusable_reason", "unmeasured", "canary"}


def test_no_patient_is_in_any_quality_table_or_page(region):
    """Every identifier, key and old birth date of the region, in every cell anybody may see."""
    home, _, _ = region
    people = ask(
        home,
        "SELECT patient_id, patient_key, birth_date::VARCHAR, strftime(birth_date, '%Y%m%d') "
        "FROM core.patient WHERE birth_date < DATE '2020-01-01'",
    )
    seeds = {word for row in people for word in row}
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        told = {name: str(con.execute(f"FROM quality.{name}").fetchall()) for (name,) in views}
    pages = [home.reports / "latest-quality.html", home.reports / "checks" / "index.html"]
    told |= {page.name: page.read_text(encoding="utf-8") for page in pages}
    assert len(seeds) > 500
    assert {name for name, text in told.items() if len(text) <= 2} <= MAY_BE_EMPTY
    assert [(name, s) for name, text in told.items() for s in seeds if s in text] == []
