"""A text that everybody reads says of nobody who they are."""

import re

import pytest

from igwatch.base.error import PipelineError
from igwatch.base.paths import ROOT
from igwatch.decision.personal_text import personal_part
from igwatch.decision.reason import refuse_unsayable
from tests.home import new_home


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("the laboratory telephoned on 2026-03-01", "a date"),
        ("collected 1.3.26, called back", "a date"),
        ("born 01/03/1989", "a date"),
        ("seen on 12.3. by us", "a date"),
        ("the sample of 12/3", "a date"),
        ("drawn on 3 March", "a date"),
        ("drawn 3rd of march, repeated", "a date"),
        ("am 12. März abgenommen", "a date"),
        ("March 3 was a holiday", "a date"),
        ("prélevé le 3 août", "a date"),
        ("drawn 12-Mar-26, called back", "a date"),
        ("drawn 12MAR2026, called back", "a date"),
        ("Mar-12 was a holiday", "a date"),
        ("of the 1er janvier", "a date"),
        ("drawn 5.III.2024", "a date"),
        ("drawn 5/III/24", "a date"),
        ("in 2026-W10", "a date"),
        ("she was born in 1989", "a date"),
        ("DOB 89 is right", "a date"),
        ("geb. 1989", "a date"),
        ("number 47110 is right", "five digits in a row"),
        ("4-7 1.1_0 is right", "five digits in a row"),
        ("４７１１０ is right", "five digits in a row"),
        ("Mrs Miller is right", "a title with a name"),
        ("mrs miller is right", "a title with a name"),
        ("Mr.Miller is right", "a title with a name"),
        ("Mr_Miller is right", "a title with a name"),
        ("mrs-miller is right", "a title with a name"),
        ("sister Mary telephoned", "a title with a name"),
        ("Rev. Miller is right", "a title with a name"),
        ("confirmed by Dr. Ängström", "a title with a name"),
        ("Herr Meier rief an", "a title with a name"),
        ("laut Frau Dr. Özil richtig", "a title with a name"),
        ("Baby Jones was tested", "a title with a name"),
        ("Mme Dupont", "a title with a name"),
        ("right\u202e", "a sign that cannot be seen"),
    ],
)
def test_what_may_name_a_person_is_found(text, holds):
    assert personal_part(text) == holds


@pytest.mark.parametrize(
    "text",
    [
        "the laboratory confirmed the new unit by telephone",
        "the laboratory telephoned: the others are right",
        "10 of 200 results were in mg/dL, a factor of 100",
        "a new analyser may be the cause; 3.5 times the level",
        "we miss the unit column since the upgrade",
        "asked for in writing",
        "the march of values is right",
        "pan and tilt, sir",
        "the sister laboratory in summary 4 of 9 marked it",
        "newborns: 4 of 9 are right",
        "the decimal mark moved by 1 of 10",
        "IgG 4 was measured twice, 1,000 rows",
    ],
)
def test_an_ordinary_reason_is_none(text):
    assert personal_part(text) is None


def test_staff_sign_with_their_title():
    assert personal_part("Dr. Jane Doe", is_staff=True) is None
    assert personal_part("j.doe, 2026-03-01", is_staff=True) == "a date"


@pytest.mark.parametrize(
    ("why", "by", "said"),
    [
        ("Mrs Miller is right", "j.doe", "--why holds a title with a name"),
        ("a new unit", "j.doe 47110", "--by holds five digits in a row"),
    ],
)
def test_such_a_reason_is_refused_with_the_mend(tmp_path, why, by, said):
    with pytest.raises(PipelineError, match=f"{said}; say it without: dashboards show it"):
        refuse_unsayable(new_home(tmp_path), why, by)


def test_every_reason_that_the_pages_show_may_be_given():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    shown = [why for page in pages for why in re.findall(r'--why "([^"]+)"', page.read_text())]
    assert len(shown) > 3
    assert {why: personal_part(why) for why in shown} == dict.fromkeys(shown)
