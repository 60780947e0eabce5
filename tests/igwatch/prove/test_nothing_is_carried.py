"""No byte of a canary carries anything of the messages that it is shaped after.

Every field of every segment of a real message, and every cell of a real file, holds a word of its
own here; of none of them may a trace be in the bytes that the scratch home is given. What is
carried are words that tables know or that several patients share.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime

import pytest

from igwatch.night import pipeline
from igwatch.night.run import plan_run
from igwatch.prove.prove import newest_sources, written
from tests.home import SETTINGS, deliver, new_home

AS_OF = date(2025, 8, 5)
HL7_SETTINGS = """
identifier: {authority: NGH, type: MR}
code_map: {IGG: igg, IGA: iga, IGM: igm}
"""
CSV_SETTINGS = """
columns: {comment: Kommentar}
code_map: {IGG: igg, IGA: iga, IGM: igm}
"""
SEED = re.compile(rb"q[a-z]{0,3}seed\d+|7700000\d|19420301|1942-03-01", re.IGNORECASE)


def message(n: int, is_seeded: bool, words: bool = False) -> str:
    """A result message. A seeded one has a seed wherever somebody could write something; with
    `words` also in place of the words that all messages of the feed have."""
    seeds = iter(range(1000))

    def seed(otherwise: str = "") -> str:
        return f"QSeed{n}{next(seeds):03d}" if is_seeded else otherwise

    def word(shared: str) -> str:
        return seed() if words else shared

    born = "19420301" if is_seeded else "19620511"
    pid = [
        *("PID", "1", seed(), f"77{n:06d}^^^NGH^MR~{seed('X1')}^^^{seed('NAT')}^NI", seed()),
        *(f"{seed()}^{seed()}^{seed()}", seed(), born, "F", seed(), "", f"{seed()}^{seed()}"),
        *("", seed(), seed(), "", "", "", seed(), seed()),
    ]
    order = [
        *("OBR", "1", f"77{n:06d}^{seed()}", f"77{n:06d}^{seed()}", f"IGS^{word('Panel')}^LAB"),
        *("", "", "20250804080000", "", "", seed(), "", "", seed(), "20250804090000", word("SER")),
        *(f"{seed()}^{seed()}^{seed()}", seed(), seed(), seed(), seed(), seed()),
        *("20250804110000", "", "", "F", "", "", f"{seed()}^{seed()}"),
    ]
    lines = [
        f"MSH|^~\\&|{seed()}|NGH|{seed()}|{seed()}|20250804120000|{seed()}|ORU^R01|{seed()}|P|2.3.1",
        "|".join(pid),
        f"PD1||||{seed()}^{seed()}",
        f"NK1|1|{seed()}^{seed()}|{seed()}",
        f"PV1|1|O|{seed()}||||{seed()}^{seed()}|{seed()}||||||||||{seed()}",
        f"ZPI|{seed()}|{seed()}",
        f"ORC|RE|{seed()}|{seed()}||||||20250804|{seed()}|{seed()}|{seed()}^{seed()}",
        "|".join(order),
        f"NTE|1||{seed()}",
    ]
    for i, (code, value) in enumerate((("IGG", "10.1"), ("IGA", "2.1"), ("IGM", "1.1")), 1):
        lines += [
            f"OBX|{i}|NM|{code}^{word('Name')}^LAB^{seed()}^{seed()}|{seed()}|{value}"
            f"|{word('g/L')}^{seed()}|{seed('0.1-99')}|{seed()}|{seed()}||{word('F')}"
            f"|||20250804080000|{seed('Lab')}"
            f"|{seed()}^{seed()}|||||||{seed('Org')}|{seed()}",
            f"NTE|1||{seed()}",
            f"ZRS|{seed()}",
        ]
    return "".join(f"{line}\n" for line in lines)


HEADER = (
    "patient_id,assigning_authority,birth_date,sex,order_number,specimen_id,specimen_type,"
    "collected_at,resulted_at,code,code_system,test_name,value,units,reference_range,"
    "abnormal_flag,status,laboratory,Kommentar,Arzt"
)


def rows(n: int, is_seeded: bool, words: bool = False) -> str:
    """The three rows of one patient of a file, seeded as messages are."""
    born = "1942-03-01" if is_seeded else "1962-05-11"
    seeds = iter(range(100))

    def seed(otherwise: str) -> str:
        return f"QSeed{n}{next(seeds):03d}" if is_seeded else otherwise

    def word(shared: str) -> str:
        return seed("") if words else shared

    return "".join(
        f"77{n:06d},{seed('A')},{born},F,77{n:06d},77{n:06d},{word('serum')},2025-08-04 08:00,"
        f"2025-08-04 12:00,{code},{word('LAB')},{word('Name')},1.1,{word('g/L')},{seed('1-2')},,"
        f"{word('F')},{seed('Lab')},{seed('')},{seed('')}\n"
        for code in ("IGG", "IGA", "IGM")
    )


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("carried"))
    usual = "".join(message(n, is_seeded=False) for n in range(1, 4))
    table = "".join(rows(n, is_seeded=False) for n in range(1, 4))
    for feed, settings, first, name in (
        ("hl7", HL7_SETTINGS, usual + message(9, is_seeded=True), "QSeed9.hl7"),
        ("hl7_words", HL7_SETTINGS, usual, "QSeed9.hl7"),
        ("csv", CSV_SETTINGS, f"{HEADER}\n{table}{rows(9, is_seeded=True)}", "results_QSeed9.csv"),
        ("csv_words", CSV_SETTINGS, f"{HEADER}\n{table}", "results_QSeed9.csv"),
    ):
        (home.facility / f"{feed}.yaml").write_text(settings)
        lay(home, feed, name, first, 4)
    lay(home, "hl7_words", "QSeed8.hl7", message(9, is_seeded=True, words=True), 5)
    seeded = rows(9, is_seeded=True, words=True)
    lay(home, "csv_words", "results_QSeed8.csv", f"{HEADER}\n{seeded}", 5)
    pipeline.land(home, SETTINGS)
    run = plan_run(home, AS_OF)
    found = written(home, SETTINGS, run, newest_sources(home, run))
    assert list(home.work.glob("*prove*")) == []
    return {group.facility: group for group in found}


def lay(home, feed: str, name: str, content: str, day: int) -> None:
    path = deliver(home, feed, name, content)
    at = datetime(2025, 8, day, 20, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


FEEDS = ["hl7", "hl7_words", "csv", "csv_words"]


@pytest.mark.parametrize("feed", FEEDS)
def test_a_canary_is_shaped_after_the_seeded_message(groups, feed):
    assert groups[feed].people, groups[feed].not_proven
    for content in groups[feed].files.values():
        assert b"XXxxx0000" in content, "the shape of a seed"


@pytest.mark.parametrize("feed", FEEDS)
def test_no_seed_is_in_its_bytes(groups, feed):
    for (_, name), content in groups[feed].files.items():
        assert not SEED.search(name.encode())
        assert SEED.findall(content) == []


def test_the_search_would_find_a_seed():
    assert len(SEED.findall(message(9, is_seeded=True, words=True).encode())) > 60
    assert len(SEED.findall(rows(9, is_seeded=True, words=True).encode())) > 20


def test_what_several_share_and_what_tables_know_is_carried(groups):
    text = b"".join(groups["hl7"].files.values()).decode()
    assert "IGM^" in text
    assert "|g/L" in text
    assert "^^^NGH^MR" in text
