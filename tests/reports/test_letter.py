"""The letter for a repeat: what it says, who may change it, and what a wrong template comes to."""

from copy import copy

import pytest

from reports.clinic_files import add_letters, clinic_page, write_letters
from reports.clinic_page import load_report
from reports.generation import open_generation
from reports.letter import LetterError, load_letter
from tests.reports.document import Document
from tests.reports.region import region, write_generation

RIVERSIDE = "Riverside Immunology"
STEM = "riverside-immunology"


def template(folder, text: str, name: str = f"{STEM}.txt"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def loaded_report(generation):
    return load_report(open_generation(generation), RIVERSIDE, "x")


def written_with(loaded_report, folder) -> str:
    """The clinic's page without its large plots, its letters by the templates in the folder."""
    report = copy(loaded_report)
    add_letters(report, folder, STEM)
    return clinic_page(report, most_plots=0)


def letters(riverside: str) -> list[str]:
    return [e.text for e in Document(riverside).all("details", "letter")]


def test_whose_repeat_is_due_has_a_letter_on_the_page_and_nobody_else(riverside):
    shown = letters(riverside)
    assert len(shown) == 2
    bert = next(text for text in shown if "4471121" in text)
    assert "The repeat has been overdue since 2 Oct 2026." in bert
    assert "Please take: - IgG, IgA and IgM, all from one sample (serum, gel tube)" in bert
    assert "B- and T-cell numbers with a full blood count (whole blood, EDTA)" in bert
    assert "Still missing for the published definition: history of infections" in bert
    assert "IgM 0.31 low (Riverside Lab)" in bert
    assert "This is a pattern in laboratory results, not a diagnosis." in bert
    cora = next(text for text in shown if "4471122" in text)
    assert "A repeat has been due since 18 Oct 2026." in cora


def test_a_letter_is_of_the_patient_it_stands_with(riverside):
    for patient in Document(riverside).patients():
        identifier = patient.text.split()[0]
        if "Letter for the repeat" in patient.text:
            letter = patient.text.split("Letter for the repeat")[1]
            assert f"Patient {identifier} (REGION)" in letter


@pytest.mark.parametrize("name", [f"{STEM}.txt", "default.txt"])
def test_a_clinic_writes_its_own(loaded_report, tmp_path, name):
    text = "Dear {{ patient.number }}: {% for a in tests %}{{ a.test }} in {{ a.tube }}{% endfor %}"
    folder = template(tmp_path / "letter", text, name)
    page = written_with(loaded_report, folder)
    assert "Dear 4471121: IgG, IgA and IgM, all from one sample in serum, gel tube" in page
    assert "Dear colleague" not in page


def test_a_clinics_own_comes_before_the_one_for_all(tmp_path):
    folder = template(tmp_path / "letter", "own")
    template(folder, "all", "default.txt")
    assert load_letter(folder, STEM).name == f"letter/{STEM}.txt"
    assert load_letter(folder, "other").name == "letter/default.txt"
    assert load_letter(tmp_path / "none", STEM).name == "letter.txt"


FAULTS = [
    ("one\n{% for %}", "line 2: Expected"),
    ("one\n\n{{ patinet.number }}", "line 3: 'patinet' is undefined"),
    ("{{ patient.nmuber }}", "line 1: 'dict object' has no attribute 'nmuber'"),
    ("one\n{{ patient.__class__.__mro__ }}", "line 2: "),
    ("{{ patient.number.__class__ }}", "line 1: "),
    ("{{ patterns.append(1) }}", "line 1: not allowed in a letter"),
    ("{% include '/etc/passwd' %}", "line 1: "),
    ("{{ 1 / 0 }}", "line 1: ZeroDivisionError"),
    ("{% for i in range(99999) %}{{ clinic }}{% endfor %}", "longer than 20,000 characters"),
    ("{% for i in range(9999999) %}{% endfor %}", "line 1: OverflowError"),
]


@pytest.mark.parametrize(("text", "reason"), FAULTS)
def test_a_template_at_fault_is_said_in_one_line_and_holds_up_nothing(
    generation, loaded_report, tmp_path, text, reason
):
    folder = template(tmp_path / "letter", text)
    with pytest.raises(LetterError) as fault:
        write_letters(generation, tmp_path / "out", folder)
    line = str(fault.value)
    assert line.startswith(f"letter/{STEM}.txt")
    assert reason in line
    assert "\n" not in line
    assert "4471121" not in line
    page = written_with(loaded_report, folder)
    assert "The clinic's own letter is not used." in page
    assert reason.split("'")[0] in Document(page).all("p", "fault")[0].text
    assert "Dear colleague" in page


def test_bytes_that_are_no_utf_8_are_said(tmp_path):
    folder = tmp_path / "letter"
    folder.mkdir()
    (folder / "default.txt").write_bytes(b"Universit\xe4t")
    with pytest.raises(LetterError, match=r"letter/default\.txt: not UTF-8"):
        load_letter(folder, STEM)


def test_a_hostile_value_is_text_in_a_letter_and_on_the_page(tmp_path):
    hostile = "</pre><script>alert(1)</script>{{ 7 * 7 }}\u202e"
    flags = [
        row | {"status_reason": hostile, "patient_id": f"{hostile}{row['patient']}"}
        for row in region()["flag.patient_flag"]
    ]
    folder = write_generation(tmp_path / "g", {"flag.patient_flag": flags})
    report = load_report(open_generation(folder), RIVERSIDE, "x")
    letter = load_letter(None, STEM)
    for patient in report.patients:
        patient.letter = letter.write(patient, RIVERSIDE)
    page = clinic_page(report, most_plots=0)
    texts = [patient.letter for patient in report.patients if patient.letter]
    assert texts
    assert all("{{ 7 * 7 }}‹U+202E›" in text for text in texts)
    assert len(Document(page).all("script")) == 1
    assert len(Document(page).all("pre")) == len(texts)


def test_letters_are_files_for_the_owner_alone_that_name_nobody(generation, tmp_path):
    stale = tmp_path / f"2026-11-20-{STEM}-letter-0999.txt"
    stale.write_text("from an earlier run of this night")
    written = write_letters(generation, tmp_path)
    names = [path.name for path in written[RIVERSIDE]]
    assert names == [f"2026-11-20-{STEM}-letter-0002.txt", f"2026-11-20-{STEM}-letter-0003.txt"]
    assert "4471121" in written[RIVERSIDE][0].read_text(encoding="utf-8")
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in written[RIVERSIDE])
    assert not stale.exists()


def test_letters_of_a_clinic_of_which_another_s_name_is_the_beginning_stay(generation, tmp_path):
    """`North` and `North letter`: 2026-11-20-north-letter-... are files of both."""
    other = tmp_path / f"2026-11-20-{STEM}-letter-letter-0001.txt"
    other.write_text("of the clinic whose name ends in letter")
    write_letters(generation, tmp_path)
    assert other.exists()


SIGNED = {"*": "Rules 2026.1 signed by A. Signer on 3 Nov 2026.", "elsewhere": "Another's rules."}


def test_a_letter_says_who_signed_the_rules_as_the_report_does(generation, tmp_path):
    """Those of a feed of another clinic are none of this one's."""
    report = load_report(open_generation(generation), RIVERSIDE, "x", SIGNED)
    add_letters(report, None, STEM)
    (on_page, *_) = [p.letter for p in report.patients if p.letter]
    assert f"not a diagnosis. {SIGNED['*']}" in on_page
    assert "Another's" not in on_page
    written = write_letters(generation, tmp_path, signatures=SIGNED)
    assert on_page in {path.read_text(encoding="utf-8") for path in written[RIVERSIDE]}


def test_a_letter_by_rules_that_nobody_signed_says_so(generation, tmp_path):
    written = write_letters(generation, tmp_path)[RIVERSIDE]
    assert written
    for path in written:
        assert "No clinician has signed these rules." in path.read_text(encoding="utf-8")
