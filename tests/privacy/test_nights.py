"""What all quality tables of some nights tell of few people: nothing, also who knows how they are made
and holds one night against another. Between the nights one person comes, then a few."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from igwatch.base.knowledge import knowledge_rows
from tests.home import EXPOSURES_HEADER, RESULTS_HEADER, ask, deliver, new_home
from tests.igwatch.nights import quick_night
from tests.privacy.attacker import ALONE, HIDDEN_TO, RELATED, limits, unknowns
from tests.shown import SHOWN
from warehouse.disclosure import published_numbers

FEW = int(SHOWN.small_count) - 1
CODES = {"igg": ("2465-3", 9.1), "iga": ("2458-8", 1.4), "igm": ("2472-9", 0.9)}
# of the small feed as many patients as may be hidden or not, of the other enough for a median
CROWD = {"small": 14, "large": 90}
SECRET = "Zebedee Quill born 1956"
NIGHTS = ("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04")
# codes that the shipped table lists stand as they are: they are nobody's
LOINC = {row["code"] for row in knowledge_rows("code") if row["code_system"] == "LN"}
ROUNDED = ("rounded", "beyond one", "beyond a text", "sum")


def person(facility: str, number: int, day: str, chance: random.Random) -> str:
    """Lines of one person: a panel, some of it low, in no unit, or of a code that nobody mapped."""
    lines = ""
    for analyte, (code, value) in CODES.items():
        draw = chance.random()
        low = 0.1 if draw < 0.2 else 1.0
        unit = "spoons" if 0.2 <= draw < 0.3 else "" if 0.3 <= draw < 0.35 else "g/L"
        name = analyte
        if 0.35 <= draw < 0.45:
            code, name = "IGX", "IgM by another method"
        measured = round(low * value * chance.uniform(0.8, 1.2), 2)
        lines += (
            f"{facility}{number},{facility},1970-05-05,F,o{number}{analyte},,serum,{day},{day},"
            f"{code},{'L' if code == 'IGX' else 'LN'},{name},{measured},{unit},,,F,,\n"
        )
    return lines


def crowd(facility: str, chance: random.Random) -> str:
    days = [f"2024-0{chance.randint(1, 2)}-{chance.randint(1, 9):02}" for _ in range(99)]
    return "".join(person(facility, n, days[n % 12], chance) for n in range(CROWD[facility]))


def stranger(facility: str, day: str) -> str:
    """One person whose test is named by a text that nobody else has."""
    return (
        f"{facility}X,{facility},1956-05-05,F,oX,,serum,{day},{day},"
        f"IGM {SECRET},L,IgM of {SECRET},0.2,g/L,,,F,,\n"
    )


def exposures(facility: str, numbers: range) -> str:
    return "".join(
        f"{facility}{n},{facility},medication,,,newdrug of {facility},2024-01-01,2024-02-01\n"
        for n in numbers
    )


@pytest.fixture(scope="module")
def nights(tmp_path_factory) -> list[dict[str, list[dict[str, Any]]]]:
    """The quality tables of each night, and the true number of measurements by facility."""
    home = new_home(tmp_path_factory.mktemp("privacy"))
    chance = random.Random(19)
    seen = []
    for number, night in enumerate(NIGHTS):
        for facility, n in CROWD.items():
            come = {
                0: crowd(facility, chance),
                1: person(facility, n, "2024-02-05", chance),
                2: stranger(facility, "2024-02-06"),
                3: "".join(person(facility, n + i, "2024-02-05", chance) for i in range(1, FEW)),
            }[number]
            deliver(home, facility, f"{number}.csv", f"{RESULTS_HEADER}\n{come}")
            drugs = exposures(
                facility, range(12) if number == 0 else range(11 + number, 12 + number)
            )
            deliver(home, facility, f"exposures{number}.csv", f"{EXPOSURES_HEADER}\n{drugs}")
        quick_night(home, night)
        seen.append(published(home) | {"truth": truth(home)})
    return seen


def published(home) -> dict[str, list[dict[str, Any]]]:
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        names = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        return {name: con.sql(f"FROM {name}").to_arrow_table().to_pylist() for (name,) in names}


def truth(home) -> list[dict[str, Any]]:
    rows = ask(home, "SELECT facility, count(*) FROM core.measurement GROUP BY facility")
    return [{"facility": facility, "n_measured": n} for facility, n in rows]


def ranges(tables, facility):
    return dict(unknowns(tables, facility).ranges())


def is_told(least: float, most: float) -> bool:
    """Whether somebody knows that it is from one to seven."""
    return least >= 1 and most <= FEW


@pytest.mark.heavy
def test_no_count_of_few_can_be_told_and_one_night_tells_none_of_the_next(nights):
    for facility in CROWD:
        told = [ranges(tables, facility) for tables in nights]
        for tables, found in zip(nights, told, strict=True):
            assert {name: r for name, r in found.items() if is_told(*r)} == {}
            (true,) = [r["n_measured"] for r in tables["truth"] if r["facility"] == facility]
            least, most = found["conservation", "n", "measured"]
            assert least <= true <= most
        for before, after in pairwise(told):
            assert changes_told(before, after) == {}


def changes_told(before, after):
    """The counts of which one night beside the next tells that few came, or few went."""
    found = {}
    for name in before.keys() | after.keys():
        least, most = after.get(name, without_row(name))
        was_least, was_most = before.get(name, without_row(name))
        change = least - was_most, most - was_least
        if is_told(*change) or is_told(-change[1], -change[0]):
            found[name] = change
    return found


def without_row(name) -> tuple[float, float]:
    """A day without a row has few results; of other rows more is asked than how many there are."""
    return (0, HIDDEN_TO["rounded"]) if name[0] == "feed_daily" else (0, float("inf"))


@pytest.mark.heavy
def test_every_number_is_shown_as_is_written_of_it(nights):
    """A count is none, or a multiple of five of which no smaller one could be shown as it is."""
    for tables in nights:
        for number in published_numbers():
            if number.shown not in ROUNDED:
                continue
            for row in tables[number.table]:
                n = row[number.column]
                least = 0 if n is None or number.shown == "sum" else n - SHOWN.step // 2
                assert n is None or n % SHOWN.step == 0, number
                assert n in (None, 0) or number.shown == "sum" or least >= SHOWN.small_count, number


@pytest.mark.heavy
def test_no_text_of_one_person_and_no_digit_of_any_text_is_shown(nights):
    for tables in nights:
        shown = str(tables)
        assert SECRET not in shown
        assert "Zebedee" not in shown
        for row in tables["unmapped_code"]:
            if row["reason_code"] != "rare_text":
                sent = [row["test_name"], None if row["code"] in LOINC else row["code"]]
                assert not any(c.isdigit() for c in str(sent))
    texts = {row["code"] for row in nights[0]["unmapped_code"] if row["facility"] == "large"}
    assert "IGX" in texts


@pytest.mark.heavy
def test_the_line_of_rare_texts_is_the_same_whether_there_is_one_or_none(nights):
    """The stranger of the third night has one, and nobody before her."""
    lines = [
        [r for r in tables["unmapped_code"] if r["reason_code"] == "rare_text"] for tables in nights
    ]
    told = [[(r["facility"], r["test_name"]) for r in rows] for rows in lines]
    assert told[1] == told[2]
    assert len(told[0]) == len(CROWD)


def test_the_attacker_knows_every_table_that_counts():
    """A new one is held against the others, or he says why there is nothing to hold."""
    counting = {number.table for number in published_numbers() if number.shown in ROUNDED}
    assert counting == {*RELATED, *ALONE}
    assert set(RELATED) & set(ALONE) == set()


def test_the_greatest_count_that_is_hidden_is_what_the_attacker_takes_it_for():
    text = HIDDEN_TO["beyond a text"] - FEW
    hidden = {
        "rounded": lambda n: SHOWN(n),
        "beyond one": lambda n: SHOWN.beyond(n, 1),
        "beyond a text": lambda n: SHOWN.beyond(n, int(text)),
    }
    for how, shown in hidden.items():
        assert max(n for n in range(99) if shown(n) is None) == HIDDEN_TO[how]


@pytest.mark.parametrize("n_more", range(1, FEW + 1))
def test_whoever_comes_one_count_beside_another_does_not_tell(n_more):
    for n in range(200):
        before = limits("feed_daily", "n_results", SHOWN(n))
        after = limits("feed_daily", "n_results", SHOWN(n + n_more))
        assert not is_told(after[0] - before[1], after[1] - before[0])
