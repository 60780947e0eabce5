"""A facility file says what is wrong with it in one line: file, line, key, mend."""

from pathlib import Path

import pytest

from tests.transforms.parse.delivery import delivered
from transforms.parse.facility.code_map import has_check_digit
from transforms.parse.facility.facility import Facility, FacilityError, LocalCode, load_facility

DOCUMENTED = sorted((Path(__file__).resolve().parents[4] / "docs/facility").glob("*.yaml"))


def loaded(folder: Path, text: str) -> Facility:
    (folder / "north.yaml").write_text(text, encoding="utf-8")
    return load_facility(folder, "north")


def test_no_file_is_all_defaults(tmp_path):
    assert load_facility(tmp_path, "north") == Facility(name="north")


@pytest.mark.parametrize("text", ["", "# nothing\n", "zone:\n"])
def test_an_empty_file_is_all_defaults(tmp_path, text):
    assert loaded(tmp_path, text) == Facility(name="north")


@pytest.mark.parametrize("word", ["igm", "IgM", "IGM", "{analyte: IgM}"])
def test_a_code_may_be_an_analyte_in_any_case(tmp_path, word):
    assert loaded(tmp_path, f"code_map:\n  M17: {word}\n").code_map == {
        "M17": LocalCode(analyte="igm")
    }


def test_a_code_may_be_a_loinc_code_and_who_said_so(tmp_path):
    text = "code_map:\n  M17: 2472-9\n  G17: {loinc: 2465-3, approved_by: NAME}\n"
    assert loaded(tmp_path, text).code_map == {
        "M17": LocalCode(loinc="2472-9"),
        "G17": LocalCode(loinc="2465-3", approved_by="NAME"),
    }


def test_codes_are_text_and_keep_their_zeros(tmp_path):
    """YAML would make 83 of 00123, false of NO and a date of 2024-01-31."""
    text = "code_map: {00123: igm, NO: igg, 1e3: iga}\nclinic: 2024-01-31\ndelimiter: ;\n"
    facility = loaded(tmp_path, text)
    assert [*facility.code_map] == ["00123", "NO", "1e3"]
    assert (facility.clinic, facility.delimiter) == ("2024-01-31", ";")


@pytest.mark.parametrize(("written", "sign"), [("tab", "\t"), ('"\\t"', "\t"), ("semicolon", ";")])
def test_delimiters_have_names(tmp_path, written, sign):
    assert loaded(tmp_path, f"delimiter: {written}").delimiter == sign


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("", ""),
        ('decimal_mark: "."', ","),
        ('decimal_mark: ","', ""),
        ('decimal_mark: ","\nthousands: point', "."),
        ('decimal_mark: "."\nthousands: none', ""),
        ('thousands: " "', " "),
        ("thousands: apostrophe", "'"),
    ],
)
def test_a_stated_decimal_point_says_what_a_comma_is(tmp_path, text, sign):
    facility = loaded(tmp_path, text)
    assert facility.thousands_sign == sign
    assert Facility(**facility.model_dump(mode="json")) == facility


def test_words_of_the_facilitys_own_become_known_ones(tmp_path):
    text = "status_map: {Auth (Verified): f, In Error: Entered-In-Error}\nsex_map: {1: female}\n"
    facility = loaded(tmp_path, text + "unit_map: {1: G/L, 2: mg / dL}\n")
    stated = {topic: words for topic, words in facility.local_words().items() if words}
    assert stated == {
        "status": {"Auth (Verified)": "F", "In Error": "ENTERED-IN-ERROR"},
        "sex": {"1": "FEMALE"},
        "unit": {"1": "g/l", "2": "mg/dl"},
    }


def test_a_row_to_skip_is_told_by_one_text_or_several(tmp_path):
    text = "skip_rows_where: {Kind: QC, Flag: [a, b], Note: }\n"
    assert loaded(tmp_path, text).skip_rows_where == {
        "Kind": ("QC",),
        "Flag": ("a", "b"),
        "Note": ("",),
    }


def test_a_wide_column_of_an_analyte_maps_itself(tmp_path):
    facility = loaded(tmp_path, "columns:\n  results:\n    - {value: IgM, code: igm}\n")
    assert facility.code_map == {"igm": LocalCode(analyte="igm")}
    assert Facility(**facility.model_dump(mode="json")) == facility


def test_a_changed_file_is_read_again(tmp_path):
    assert loaded(tmp_path, "clinic: one").clinic_name == "one"
    assert loaded(tmp_path, "clinic: another").clinic_name == "another"


def test_settings_that_decide_the_rows_change_the_digest():
    plain = Facility(name="north")
    assert Facility(name="north", zone="Europe/Paris").layout_sha256() != plain.layout_sha256()
    assert Facility(name="north", clinic="A").layout_sha256() == plain.layout_sha256()
    stated = {"name": "north", "national_identifier": {"scheme": "bsn", "type": "NI"}}
    national = Facility.model_validate(stated)
    assert national.layout_sha256() != plain.layout_sha256()


# A file and the message about it.
FAULTS = [
    ("zone: UTC\nzon: UTC", "line 2: key zon: not a known key; did you mean zone?"),
    (
        "columns:\n  pateint_id: X",
        "line 2: key columns.pateint_id: not a known key; did you mean patient_id?",
    ),
    (
        "columns:\n  results:\n    - value: IgM\n      code: igm\n      unit: g/L",
        "line 5: key columns.results.0.unit: not a known key; did you mean units?",
    ),
    (
        "code_map:\n  M17:\n    loin: 2472-9",
        "line 3: key code_map.M17.loin: not a known key; did you mean loinc?",
    ),
    (
        "identifier: {authorty: NHS}",
        "line 1: key identifier.authorty: not a known key; did you mean authority?",
    ),
    (
        "national_identifier: {scheme: nhs, type: NH}",
        "line 1: key national_identifier.scheme: not a scheme that is known; write one of bsn, "
        "fodselsnummer, nhs_number, nir, personnummer, rijksregister",
    ),
    (
        "zone: UTC\nnational_identifier: {scheme: nir}",
        "line 2: key national_identifier: says of no identifier that it is the number; write its "
        "type or authority, or of a delimited file the header below columns: national_number",
    ),
    (
        "zone: Europe/Lndon",
        "line 1: key zone: not a zone of the IANA database; write for example Europe/London",
    ),
    ("\n\ndecimal_mark: ';'", "line 3: key decimal_mark: input should be '.' or ','"),
    (
        "code_map:\n  M17: 2472-8",
        "line 2: key code_map.M17.loinc: neither a LOINC code (its check digit tells) nor one of"
        " igg, iga, igm, ige, igd, igg1, igg2, igg3, igg4",
    ),
    (
        "code_map:\n  M17: {approved_by: X}",
        "line 2: key code_map.M17: state either loinc or analyte",
    ),
    (
        "code_map:\n  M17: igm\n  G17: igg\n  M17: iga",
        "line 4: key code_map.M17: stated twice, first on line 2; keep one of them",
    ),
    (
        "unit_default:\n  M17:\n    unit: g/L",
        "line 2: key unit_default.M17.approved_by: missing; see docs/facility.md",
    ),
    (
        "columns: patient_id",
        "line 1: key columns: must hold keys and their values; see docs/facility.md",
    ),
    (
        "delimiter: ab",
        "line 1: key delimiter: must be one sign, such as ',' or ';' or '|', or the word tab",
    ),
    (
        "encoding: utf-9",
        "line 1: key encoding: not a character set; write for example utf-8, cp1252, latin-1 or"
        " utf-16",
    ),
    (
        "date_format: '%d.%m.'",
        "line 1: key date_format: must be strptime's, with year, month and day, such as"
        " '%d.%m.%Y %H:%M'",
    ),
    (
        "status_map: {OK: fine}",
        "line 1: key status_map: no meaning for OK is fine; write F, C, P, W or X of HL7 table 0085",
    ),
    ("sex_map: {1: X}", "line 1: key sex_map: no meaning for 1 is X; write F, M, O or U"),
    (
        "specimen_default: gravel",
        "line 1: key specimen_default: not a specimen of knowledge/specimen.csv; write for example"
        " serum or CSF",
    ),
    ("small_count: few", "line 1: key small_count: must be a whole number, such as 8"),
    (
        "clinic: x\nsmall_count: 1",
        "line 2: key small_count: hides nothing; write a whole number from 2 up, or leave it out",
    ),
    (
        "zone: UTC\nunit_map: {1: stone}",
        "line 2: key unit_map: no meaning for 1 is stone; write a unit such as g/L or mg/dL",
    ),
    (
        "zone: UTC\n  clinic: x",
        "line 2: not valid YAML; check the indentation and put quotes around unusual text",
    ),
]


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=[m.split(":")[1] for _, m in FAULTS])
def test_faults(tmp_path, text, message):
    with pytest.raises(FacilityError) as error:
        loaded(tmp_path, text)
    assert str(error.value) == f"north.yaml, {message}"


@pytest.mark.parametrize("encoding", ["utf-32", "cp037", "rot13", "base64"])
def test_a_character_set_has_lines(encoding):
    with pytest.raises(ValueError, match="not a character set"):
        Facility(name="north", encoding=encoding)


@pytest.mark.parametrize("date_format", ["%d.%m", "%Q", "%Y-%Y-%m-%d", "%H:%M", "yyyy-mm-dd", "%"])
def test_a_date_format_tells_a_day(date_format):
    with pytest.raises(ValueError, match="strptime"):
        Facility(name="north", date_format=date_format)


def test_a_list_is_no_facility(tmp_path):
    with pytest.raises(FacilityError, match=r"north.yaml: must be a mapping of keys"):
        loaded(tmp_path, "- zone")


def test_a_file_of_another_character_set(tmp_path):
    (tmp_path / "north.yaml").write_bytes("clinic: Köln".encode("cp1252"))
    with pytest.raises(FacilityError, match="save the file as UTF-8"):
        load_facility(tmp_path, "north")


def test_yml_would_be_overlooked(tmp_path):
    (tmp_path / "north.yml").write_text("zone: UTC", encoding="utf-8")
    with pytest.raises(FacilityError, match=r"rename it to north\.yaml"):
        load_facility(tmp_path, "north")


@pytest.mark.parametrize("name", ["../north", "St. Mary", "", "a/b", "nörd"])
def test_a_facility_has_a_plain_name(tmp_path, name):
    with pytest.raises(FacilityError, match="letters, digits, _ and -"):
        load_facility(tmp_path, name)


@pytest.mark.parametrize("code", ["2465-3", "2458-8", "2472-9", "19113-0", "2464-6", "14002-0"])
def test_check_digits(code):
    assert has_check_digit(code)
    number, digit = code.split("-")
    assert not any(has_check_digit(f"{number}-{d}") for d in "0123456789" if d != digit)


@pytest.mark.parametrize("path", DOCUMENTED, ids=[path.stem for path in DOCUMENTED])
def test_the_documented_examples_load(path):
    assert load_facility(path.parent, path.stem).name == path.stem


def _sample(name: str) -> tuple[str, Facility]:
    """The rows that a commented example shows, and the facility it is."""
    folder = DOCUMENTED[0].parent
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    shown = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    return "\n".join(shown) + "\n", load_facility(folder, name)


def test_the_documented_long_file_reads_as_it_says(tmp_path):
    text, example = _sample("csv_long")
    settings = example.model_dump(mode="json", exclude={"name"})
    (row,) = delivered(tmp_path, text.encode("cp1252"), **settings)["observation"]
    assert (row["patient_id"], row["assigning_authority"]) == ("0004711", "NORD")
    assert (row["observation_identifier"], row["observation_value"]) == ("IGM", "0,31")
    assert str(row["collected_at"]) == "2024-01-31 08:15:00"
    assert str(row["birth_date"]) == "1987-03-04"


def test_the_documented_wide_file_reads_as_it_says(tmp_path):
    text, example = _sample("csv_wide")
    rows = delivered(tmp_path, text, **example.model_dump(mode="json", exclude={"name"}))
    assert [(r["observation_value"], r["units"]) for r in rows["observation"]] == [
        ("9.1", "g/L"),
        ("1.5", "g/L"),
        ("31", "mg/dL"),
    ]
    assert {str(r["birth_date"]) for r in rows["observation"]} == {"1987-03-04"}


def test_the_documented_file_without_codes_reads_as_it_says(tmp_path):
    text, example = _sample("csv_unit_once")
    settings = example.model_dump(mode="json", exclude={"name"})
    (row,) = delivered(tmp_path, text, **settings)["observation"]
    assert (row["observation_identifier"], row["observation_value"]) == ("IgM, Serum", "31")
    assert example.unit_default["IgM, Serum"].unit == "mg/dL"


def test_the_documented_exposures_and_merges_read_as_they_say(tmp_path):
    text, example = _sample("csv_exposures")
    exposures, merges = text.split("alt|neu", 1)
    settings = example.model_dump(mode="json", exclude={"name"})
    rows = delivered(tmp_path, exposures, name="exposures_1.csv", **settings)
    exposures = [(r["kind"], r["code"], str(r["start_date"]), r["assigning_authority"])
            for r in rows["exposure"]]  # fmt: skip
    assert exposures == [
        ("medication", "L01FA01", "2023-05-01", "NORD"),
        ("diagnosis", "C90.0", "2020-02-03", "NORD"),
    ]
    (merge,) = delivered(tmp_path, f"alt|neu{merges}", name="merges_1.csv", **settings)["merge"]
    assert (merge["retired_id"], merge["surviving_id"]) == ("0004713", "0004711")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "columns: {reference_low: a}\nreference_low: b",
            "reference_low stands under columns too: keep one of them",
        ),
        (
            "decimal_mark: '.'\nthousands: point",
            "thousands and decimal_mark cannot be the same sign",
        ),
    ],
)
def test_keys_that_disagree(tmp_path, text, message):
    with pytest.raises(FacilityError, match=message):
        loaded(tmp_path, text)
