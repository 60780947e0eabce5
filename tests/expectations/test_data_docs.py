"""The page of a run's checks: what failed and why, and nothing from the network."""

import re
import stat

import pytest

from expectations.check import check_frames
from expectations.data_docs import write_data_docs
from tests.expectations.good import AS_OF, good_frame
from tests.shown import SHOWN


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    frame = good_frame("core.panel").drop(columns="age_days")
    frame.loc[0, "igg_joined_by"] = "other"
    results = check_frames({"core.panel": frame}, "<north>", AS_OF)
    results += check_frames({"flag.patient_flag": good_frame("flag.patient_flag")}, None, AS_OF)
    return write_data_docs(results, tmp_path_factory.mktemp("run") / "checks", SHOWN)


def rows_of(page):
    rows = [re.findall(r"<td.*?>(.*?)</td>", row, re.S) for row in page.split("<tr>")[1:]]
    return [[" ".join(re.sub("<.*?>", " ", cell).split()) for cell in row] for row in rows if row]


def test_each_line_says_its_state_sentence_and_why(path):
    rows = rows_of(path.read_text())
    assert len(rows) == 13 + 25
    assert [
        "✗ fails (critical)",
        "igg_joined_by values must belong to this set: index specimen window. "
        "it must be known how the IgG came into the panel",
        "–",
        "–",
    ] in rows
    states = [row[0] for row in rows]
    assert states.count("✗ not evaluated (critical)") == 1
    assert states.count("✗ fails (critical)") == 1
    assert any("Only where index_analyte == &#34;igm&#34;." in row[1] for row in rows)
    assert any("less than or equal to 2024-03-10." in row[1] for row in rows)


def test_the_facility_is_escaped_and_its_verdict_shown(path):
    page = path.read_text()
    assert "<h2>&lt;north&gt;</h2>:" in page
    assert "2 of 13 lines failed" in page
    assert "0 of 25 lines failed" in page


def test_nothing_is_fetched_and_nothing_runs(path):
    page = path.read_text()
    assert re.findall(r"https?:|<script|<link|<img|url\(", page) == []
    assert "default-src 'none'" in page


def test_only_the_owner_may_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_run_without_checks_says_so(tmp_path):
    assert "Nothing was checked." in write_data_docs([], tmp_path, SHOWN).read_text()
