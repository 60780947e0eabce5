"""OpenLineage events of a night: steps, datasets, rows, checks, and nobody in them."""

import json
import re
import stat
import sys
from datetime import date, datetime
from uuid import UUID

import pytest

from igwatch.base.error import PipelineError
from igwatch.night.lineage import traced
from igwatch.night.pipeline import run_night
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.night.test_night import panel, results

STEPS = ["land", "build", "course", "check", "publish", "report"]
# what OpenLineage.json (spec 2-0-2) requires of an event and its parts
REQUIRED = {"run", "job", "eventTime", "producer"}
REQUIRED_OF_DATASET = {"namespace", "name"}
REQUIRED_OF_FACET = {"_producer", "_schemaURL"}


def events(file) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    """A night of two panels of one patient, three results each, and what it told."""
    folder = tmp_path_factory.mktemp("lineage")
    home, file = new_home(folder), folder / "lineage" / "events.ndjson"
    deliver(
        home, "north", "a.csv", results(panel("2024-01-10", "0.21"), panel("2024-04-20", "0.19"))
    )
    settings = SETTINGS.model_copy(update={"lineage_file": file})
    run_night(home, settings, date(2024, 5, 1))
    return home, file


@pytest.mark.heavy
def test_each_step_begins_and_ends_in_one_run_of_one_night(flown):
    told = events(flown[1])
    assert [(e["job"]["name"], e["eventType"]) for e in told] == [
        (f"igwatch_nightly.{step}", state) for step in STEPS for state in ("START", "COMPLETE")
    ]
    assert len({e["run"]["runId"] for e in told}) == len(STEPS)
    (night,) = {e["run"]["facets"]["parent"]["run"]["runId"] for e in told}
    assert UUID(night)


@pytest.mark.heavy
def test_the_events_have_what_the_specification_requires(flown):
    for event in events(flown[1]):
        assert event.keys() >= REQUIRED
        assert UUID(event["run"]["runId"])
        assert datetime.fromisoformat(event["eventTime"]).utcoffset() is not None
        facets = [*event["run"]["facets"].values()]
        for dataset in [*event["inputs"], *event["outputs"]]:
            assert dataset.keys() >= REQUIRED_OF_DATASET
            for kind in ("facets", "inputFacets", "outputFacets"):
                facets += dataset.get(kind, {}).values()
        assert all(facet.keys() >= REQUIRED_OF_FACET for facet in facets)


def done(file, step) -> dict:
    (event,) = [
        e
        for e in events(file)
        if (e["job"]["name"], e["eventType"]) == (f"igwatch_nightly.{step}", "COMPLETE")
    ]
    return event


def n_rows(event) -> dict[str, int]:
    return {
        d["name"]: d["outputFacets"]["outputStatistics"]["rowCount"]
        for d in event["outputs"]
        if "outputStatistics" in d["outputFacets"]
    }


@pytest.mark.heavy
def test_rows_are_those_that_were_delivered_and_published(flown):
    home, file = flown
    landed, published = done(file, "land"), done(file, "publish")
    assert [d["name"] for d in landed["inputs"]] == ["inbox.north"]
    assert n_rows(landed)["raw.observation"] == 6
    assert n_rows(published)["core.measurement"] == 6
    assert n_rows(published)["flag.patient_flag"] == 1
    every = ask(
        home, "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal"
    )
    assert n_rows(published).keys() == {name for (name,) in every}
    columns = next(d for d in published["outputs"] if d["name"] == "flag.patient_flag")["facets"]
    assert {"name": "patient_key", "type": "VARCHAR"}.items() <= columns["schema"]["fields"][
        0
    ].items()
    assert columns["version"]["datasetVersion"] == home.live.resolve().name


@pytest.mark.heavy
def test_every_check_stands_with_its_table(flown):
    home, file = flown
    told = {
        (d["name"], a["assertion"], a.get("column"), a["severity"], a["success"])
        for d in done(file, "publish")["inputs"]
        for a in d["inputFacets"]["dataQualityAssertions"]["assertions"]
    }
    stored = ask(
        home,
        "SELECT suite, expectation, column_name, severity, bool_and(success) "
        "FROM quality.check_result GROUP BY ALL",
    )
    assert len(stored) > 20
    assert told == set(stored)


@pytest.mark.heavy
def test_it_is_the_owners_and_names_nobody(flown):
    assert stat.S_IMODE(flown[1].stat().st_mode) == 0o600
    (patient,) = ask(flown[0], "SELECT DISTINCT patient_id FROM core.measurement")
    said = set(re.findall(r"[^\"\s:,{}\[\]]+", flown[1].read_text(encoding="utf-8")))
    assert "igwatch_nightly.land" in said
    assert {*patient, "0.21", "0.19", "1989", "1989-01-05", "2024-01-10"} & said == set()


def test_a_step_that_fails_says_why_in_words_that_hold_no_row(tmp_path):
    home, file = new_home(tmp_path), tmp_path / "events"
    for fault in (PipelineError("nothing published:", "see the page"), ValueError("patient 4711")):
        with pytest.raises(type(fault)), traced(home, file, "check"):
            raise fault
    told = [e for e in events(file) if e["eventType"] == "FAIL"]
    assert [e["run"]["facets"]["errorMessage"]["message"] for e in told] == [
        "nothing published: see the page", "ValueError",
    ]  # fmt: skip


def test_without_a_file_nothing_is_told_and_the_client_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openlineage.client.event_v2", None)
    home = new_home(tmp_path)
    before = set(tmp_path.rglob("*"))
    with traced(home, None, "land"):
        pass
    assert set(tmp_path.rglob("*")) == before
    told = pytest.raises(PipelineError, match="pip install openlineage-python")
    with told, traced(home, tmp_path / "events", "land"):
        raise AssertionError("the step is not begun")


def test_a_file_that_cannot_be_written_ends_no_night(tmp_path, caplog):
    (tmp_path / "events").mkdir()
    with traced(new_home(tmp_path), tmp_path / "events", "land"):
        pass
    assert "no lineage of land" in caplog.text
