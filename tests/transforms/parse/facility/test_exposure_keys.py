"""What a facility says of its exposures: taken as meant, or refused in one line with the mend."""

import pytest

from transforms.parse.facility.exposure_keys import MEANINGS, OF_RULES
from transforms.parse.facility.facility import Facility, FacilityError, load_facility


def loaded(folder, text):
    (folder / "north.yaml").write_text(text, encoding="utf-8")
    return load_facility(folder, "north")


def test_left_out_they_say_what_most_feeds_do():
    plain = Facility(name="north")
    assert plain.exposure_delivery == "changes"
    assert plain.exposure_kind_of("medications.csv") is None
    assert plain.event_kinds() == {
        "medication": "ordered", "diagnosis": "listed", "procedure": "administered",
        "finding": "listed",
        "administration": "administered",
    }  # fmt: skip
    assert plain.exposure_from == plain.exposure_list_accepted == ()


def test_one_word_stands_for_all(tmp_path):
    text = (
        "kind: Medication\nexposure_event: Dispensed\nexposure_system: ATC\n"
        "exposure_from: pharmacy\nexposure_list_accepted: list_1.csv\n"
    )
    facility = loaded(tmp_path, text)
    assert facility.exposure_kind_of("anything.csv") == "medication"
    assert set(facility.event_kinds().values()) == {"dispensed", "administered"}
    assert set(facility.exposure_system.values()) == {"ATC"}
    assert facility.exposure_from == ("pharmacy",)
    assert facility.exposure_list_accepted == ("list_1.csv",)
    assert Facility(**facility.model_dump(mode="json")) == facility


def test_a_kind_by_the_beginning_of_a_files_name(tmp_path):
    facility = loaded(tmp_path, "kind: {med: medication, med_p: procedure}\n")
    names = ("MED_1.csv", "med_p_1.csv", "in/med.csv", "med/list.csv", "list_med.csv")
    found = [facility.exposure_kind_of(name) for name in names]
    assert found == ["medication", "procedure", "medication", None, None]


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("topic", ["exposure_status", "exposure_certainty"])
def test_a_word_means_any_meaning(tmp_path, topic, meaning):
    facility = loaded(tmp_path, f"{topic}_map: {{V.a.: {meaning.replace('_', ' ').upper()}}}\n")
    assert facility.local_words()[topic] == {"V.a.": meaning}


def test_a_word_means_what_a_known_word_does(tmp_path, monkeypatch):
    rows = (
        {"field": "word", "as_sent": "entered in error", "meaning": "cancelled"},
        {"field": "ORC-1", "as_sent": "ZZ", "meaning": "stopped"},
    )
    monkeypatch.setattr("transforms.parse.facility.exposure_keys.knowledge_rows", lambda _: rows)
    facility = loaded(tmp_path, "exposure_status_map: {EIE: Entered-In-Error}\n")
    assert facility.exposure_status_map == {"EIE": "cancelled"}
    with pytest.raises(FacilityError, match="no meaning for EIE is ZZ"):
        loaded(tmp_path, "clinic: x\nexposure_status_map: {EIE: ZZ}\n")


def test_accepted_lists_are_words_too(tmp_path):
    facility = loaded(tmp_path, "exposure_list_accepted: [List_1.csv, list_2.csv]\n")
    assert facility.local_words()["exposure_list"] == {
        "LIST_1.CSV": "accepted",
        "LIST_2.CSV": "accepted",
    }


def test_what_is_put_into_the_rows_changes_the_digest_and_what_is_read_at_night_does_not():
    plain = Facility(name="north").layout_sha256()
    for decides in (
        {"kind": "medication"},
        {"exposure_kind_map": {"Rx": "medication"}},
        {"exposure_event": "administered"},
        {"exposure_system": {"diagnosis": "ICD10"}},
        {"columns": {"end_date": ["a", "b"]}},
    ):
        assert Facility(name="north", **decides).layout_sha256() != plain, decides
    for later in (
        {"exposure_delivery": "snapshot"},
        {"exposure_status_map": {"gone": "stopped"}},
        {"exposure_certainty_map": {"V": "suspected"}},
        {"exposure_from": ["south"]},
        {"exposure_list_accepted": ["a.csv"]},
    ):
        assert Facility(name="north", **later).layout_sha256() == plain, later


KINDS = "medication or diagnosis or procedure or finding or administration"
FAULTS = [
    ("exposure_delivery: full", "exposure_delivery: input should be 'changes' or 'snapshot'"),
    ("kind: drug", f"kind: no kind of exposure is drug; write {KINDS}"),
    ("kind: {med: drug}", f"kind: no kind of exposure is drug; write {KINDS}"),
    (
        "kind: [med]",
        "kind: must hold keys and their values; see docs/facility.md",
    ),
    ("exposure_kind_map: {Rx: Rx}", f"exposure_kind_map: no kind of exposure is Rx; write {KINDS}"),
    (
        "exposure_event: given",
        "exposure_event: no event of exposure is given; write ordered or dispensed or administered"
        " or listed",
    ),
    (
        "exposure_event: {drug: ordered}",
        "exposure_event: no kind of exposure is drug; write medication or diagnosis or procedure or finding",
    ),
    (
        "exposure_system: {diagnosis: ' '}",
        "exposure_system: no system is stated for diagnosis; write for example ATC or ICD10",
    ),
    (
        "exposure_status_map: {Rx: fine}",
        f"exposure_status_map: no meaning for Rx is fine; write one of {', '.join((*MEANINGS, *OF_RULES))}",
    ),
    (
        "exposure_certainty_map: {V: stopped, v: suspected}",
        "exposure_certainty_map: stands twice, in capitals and not: v; keep one of them",
    ),
    (
        "exposure_from: [south, ../x]",
        "exposure_from: no facility is ../x; write the name of a folder below inbox/",
    ),
    (
        "exposure_event:\n  medication: [ordered]",
        "exposure_event.medication: must be text",
    ),
]


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=[text for text, _ in FAULTS])
def test_faults(tmp_path, text, message):
    with pytest.raises(FacilityError) as refused:
        loaded(tmp_path, f"zone: UTC\n{text}\n")
    line = 3 if "\n" in text else 2
    assert str(refused.value) == f"north.yaml, line {line}: key {message}"


def test_a_column_of_exposures_is_known(tmp_path):
    text = "columns: {exposure_id: A, days_supply: B, certainty: C, dose: D, event_kind: E}\n"
    assert set(loaded(tmp_path, text).columns.headers()) == {
        "exposure_id", "days_supply", "certainty", "dose", "event_kind",
    }  # fmt: skip
