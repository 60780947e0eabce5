"""One file for each quirk of real feeds, and the rows it must become.

golden/<quirk>.hl7 is the message, with invented names; golden/<quirk>.csv the rows of all raw
tables, in the columns that matter to the quirk. The feed's zone is Europe/Berlin, and it shows who
asked for a result.
"""

from pathlib import Path

import pytest

from igwatch.site.facility_knowledge import message_filter_of
from tests.transforms.parse.hl7.hl7_file import as_csv, is_balanced, read
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility

CODES = set(load_knowledge()["code"]["code"].to_pylist())
NIGHTLY = message_filter_of(Facility(name="north"))
REQUESTER = (
    *("ordering_provider_id", "ordering_provider_name", "attending_doctor_id"),
    *("attending_doctor_name", "assigned_patient_location"),
)
GOLDEN = sorted((Path(__file__).with_name("golden")).glob("*.hl7"))


@pytest.mark.parametrize("message", GOLDEN, ids=lambda path: path.stem)
def test_quirk(message):
    expected = message.with_suffix(".csv").read_bytes().decode()
    columns = expected.split("\n", 1)[0].split(",")
    rows = read(message, show_requester=True)
    assert as_csv(rows, columns) == expected
    assert is_balanced(rows)


@pytest.mark.parametrize("message", GOLDEN, ids=lambda path: path.stem)
def test_who_asked_is_not_read_unless_the_facility_shows_it(message):
    shown, hidden = read(message, show_requester=True), read(message)
    for row in shown["observation"]:
        row |= dict.fromkeys(REQUESTER)
    for rows in (shown, hidden):
        rows["source_file"][0].pop("layout_sha256")  # the files are read again when it changes
    assert hidden == shown


@pytest.mark.parametrize("message", GOLDEN, ids=lambda path: path.stem)
def test_a_night_passes_over_nothing_that_matters(message):
    """Whatever is no result, and every result with a known code, is read as in the whole file."""
    everything, nightly = read(message), read(message, message_filter=NIGHTLY)
    assert is_balanced(nightly)
    for table in ("patient", "merge", "exposure"):
        assert nightly[table] == everything[table]
    known, read_ = (
        [row for row in rows["observation"] if row["observation_identifier"] in CODES]
        for rows in (everything, nightly)
    )
    assert read_ == known
