"""A laboratory changes one thing tonight, and nobody with the pattern came: each is noticed.

Each case is a feed of its own: two nights of a sample laboratory, of which the second has the change.
The state of a canary is from the rules' worked examples (E07, E08, E15, E17, E25), not from a run.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache

import pytest

from igwatch.base.paths import ROOT
from igwatch.night import pipeline
from igwatch.prove.prove import prove
from samples.demo_nights import nights
from tests.home import SETTINGS, new_home

pytestmark = pytest.mark.heavy

AS_OF = date(2025, 8, 5)
ALL = ("correction", "healthy_child", "low_igm_adult", "strong_infant", "unit")
Change = Callable[[bytes], bytes]


def put(old: str, new: str, codec: str = "utf-8") -> Change:
    return lambda content: content.replace(old.encode(codec), new.encode(codec))


def without(text: str) -> Change:
    """The file without the lines that hold this text."""

    def cut(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        return b"".join(line for line in lines if text.encode() not in line)

    return cut


def few(content: bytes) -> bytes:
    """The first two messages only."""
    return b"MSH|" + b"MSH|".join(content.split(b"MSH|")[1:3])


def other_days(content: bytes) -> bytes:
    """Days of a German file as 04/08/2025 instead of 04.08.2025."""
    return re.sub(rb"\b(\d\d)\.(\d\d)\.(\d{4})\b", rb"\1/\2/\3", content)


# case: laboratory, what becomes of its second night (of both, where it is a pair)
CASES: dict[str, tuple[str, Change | tuple[Change, Change]]] = {
    "north": ("northgate", without("IGMQ")),
    "river": ("riverside", put("", "")),
    "lake": ("lakeside", put("", "")),
    "north_code": ("northgate", put("IGM^Immuno", "IGMX^Immuno")),
    "north_unit": ("northgate", put("|g/L|", "|g/XL|")),
    "north_unit_label": ("northgate", put("|g/L|", "|mg/dL|")),
    "north_status": ("northgate", put("|||F\n", "|||FINI\n")),
    "north_specimen": ("northgate", put("SER^Serum", "TUBE7^Tube seven")),
    "north_training": ("northgate", put("|P|2.3.1", "|T|2.3.1")),
    "north_authority": ("northgate", put("^^^NGH^MR", "^^^NGX^MR")),
    "north_no_iga": ("northgate", (without("|IGA^"), without("|IGA^"))),
    "north_few": ("northgate", (lambda content: b"", few)),
    "lake_drugs": ("lakeside", put("", "")),
    "lake_drug_header": ("lakeside", put("", "")),
    "lake_alone": ("lakeside", put("", "")),
    "lake_header": ("lakeside", put("Ergebnis", "Resultat")),
    "lake_code": ("lakeside", put(";IGM;", ";IGM-N;")),
    "lake_unit": ("lakeside", put("mg/dL", "mg/deziL")),
    "lake_status": ("lakeside", put(";F;Seelabor", ";fertig;Seelabor")),
    "lake_specimen": ("lakeside", put(";Serum;", ";Monovette;")),
    "lake_days": ("lakeside", other_days),
}

# what becomes of the files of exposures of both nights
EXPOSURES: dict[str, tuple[Change, Change]] = {
    "lake_alone": (lambda content: b"", lambda content: b""),
    "lake_drugs": (put("", ""), put(",ATC,", ",KLINIK,")),
    "lake_drug_header": (put("", ""), put("patient_id,", "patient_no,")),
}


@cache
def delivered(laboratory: str, night: int) -> list[tuple[str, bytes]]:
    return [(name, content) for of, name, content in nights()[night].files if of == laboratory]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("prove"))
    for case, (laboratory, change) in CASES.items():
        source = ROOT / "samples" / "facility" / "demo" / f"{laboratory}.yaml"
        shutil.copy(source, home.facility / f"{case}.yaml")
        before, tonight = change if isinstance(change, tuple) else (put("", ""), change)
        for night, changed in ((4, before), (5, tonight)):
            for name, content in delivered(laboratory, night):
                if "exposures" not in name:
                    content = changed(content)
                elif case in EXPOSURES:
                    content = EXPOSURES[case][night - 4](content)
                lay(home, case, name, content, night)
    pipeline.land(home, SETTINGS)
    return home


def lay(home, case: str, name: str, content: bytes, night: int) -> None:
    if not content:
        return
    path = home.inbox / case / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    at = datetime(2025, 8, night, 20, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


@pytest.fixture(scope="module")
def proof(home):
    return prove(home, SETTINGS, AS_OF)


@pytest.fixture(scope="module")
def ended(proof):
    """By feed: each canary with its state, step and field."""
    of: dict[str, dict[str, tuple]] = {}
    for one in proof.outcomes:
        name = f"{one.canary} {one.way}".strip()
        of.setdefault(one.facility, {})[name] = (one.state, one.lost_at, one.field)
    return of


FOUND = ("found", None, None)


def test_in_feeds_that_are_as_they_were_everybody_is_found(ended):
    assert ended["north"] == dict.fromkeys(ALL, FOUND)  # it has no feed of exposures
    assert ended["river"] == dict.fromkeys((*ALL, "clozapine"), FOUND)
    assert ended["lake"] == dict.fromkeys((*ALL, "clozapine"), FOUND)


LOST = {
    "north_code": ("unmapped", "OBX-3"),
    "north_unit": ("unusable", "OBX-6"),
    "north_unit_label": ("unusable", "OBX-7"),
    "north_status": ("unusable", "OBX-11"),
    "north_specimen": ("unusable", "SPM-4, OBR-15"),
    "north_training": ("not_read", "MSH-11"),
    "north_authority": ("not_read", "PID-3"),
    "lake_header": ("not_read", "value"),
    "lake_code": ("unmapped", "Testkürzel"),
    "lake_unit": ("unusable", "Einheit"),
    "lake_status": ("unusable", "Status"),
    "lake_specimen": ("unusable", "Material"),
    "lake_days": ("not_read", "collected_at"),
}


@pytest.mark.parametrize("case", sorted(LOST))
def test_a_change_is_named_by_its_step_and_its_field(ended, case):
    lost = {name: told for name, told in ended[case].items() if told[0] == "lost"}
    assert lost, ended[case]
    assert set(lost.values()) == {("lost", *LOST[case])}
    assert {"low_igm_adult", "strong_infant"} <= set(lost)


def test_what_a_feed_never_sent_is_told_and_not_green(proof):
    told = {o.canary: o for o in proof.outcomes if o.facility == "north_no_iga"}
    assert {o.state for o in told.values()} == {"not_proven"}
    assert told["strong_infant"].why == (
        "fewer than 3 patients had iga in the 90 days before its newest delivery"
    )
    few = [o for o in proof.outcomes if o.facility == "north_few"]
    assert {o.state for o in few} == {"not_proven"}
    assert few[0].why.startswith("fewer than 3 patients had igg, iga, igm")


def test_who_promises_exposures_and_sends_none_is_told(ended, proof):
    (told,) = [o for o in proof.outcomes if (o.facility, o.canary) == ("lake_alone", "clozapine")]
    assert told.state == "not_proven"
    assert told.why == "no medication of its feed of exposures lately is one that can be imitated"
    assert {ended["lake_alone"][name] for name in ALL} == {FOUND}


def test_drugs_in_another_system_are_known_by_their_names(ended):
    """Rules 2026.2, 3b: a stated other system never matches ours, a name is recognised."""
    assert ended["lake_drugs"]["clozapine"] == FOUND


def test_drugs_that_are_not_read_any_more_are_a_lost_canary(ended):
    """Without its exposures the feed does not screen, and the low IgM adult is capped (E08)."""
    assert ended["lake_drug_header"]["clozapine"] == ("lost", "not_read", "exposures")
    adult = ended["lake_drug_header"]["low_igm_adult"]
    assert adult == ("lost", "capped", "exposure_feed_silent")


def test_the_same_night_is_not_asked_twice(home, proof):
    assert prove(home, SETTINGS, AS_OF, before=proof) == proof
    assert list(home.work.glob("*prove*")) == []
    assert list(home.work.glob("scratch-*")) == []
