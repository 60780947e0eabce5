"""A patient's page: each exposure with how its end is known, and what is suspected named as such."""

import pytest

from tests.reports.document import Document


@pytest.fixture(scope="module")
def text(out) -> str:
    pages = [
        path.read_text(encoding="utf-8")
        for path in out.glob("latest-*.html")
        if "quality" not in path.name
    ]
    return " ".join(Document(page).all("body")[0].text for page in pages)


@pytest.mark.parametrize(
    "line",
    [
        "Rituximab (L01FA01): secondary cause; dispensed, from 1 Feb 2017, "
        "ended 2 Mar 2017: its supply of 30 days, counts to 1 Mar 2019",
        "V.a. CLL (C91.1): suspected cause ; listed, from 1 May 2022, no end stated",
        "acute_illness : acute illness; listed, from 28 Oct 2026, ended 1 Nov 2026: stated",
    ],
)
def test_an_exposure_says_how_its_end_is_known(text, line):
    assert line in text


def test_what_is_suspected_stands_out(out):
    pages = [path.read_text(encoding="utf-8") for path in out.glob("latest-*.html")]
    assert sum(page.count("<strong>suspected cause</strong>") for page in pages) == 1
