"""Funnels of sites: what leaves one, that nobody can be won back from it, and several together."""

from __future__ import annotations

import csv
import json
import stat
from collections import defaultdict
from itertools import combinations

import pytest

from igwatch.base.shown_count import ShownCount
from igwatch.exchange.funnel import as_shown, few_at_most
from igwatch.site.home import Home
from tests.home import RESULTS_HEADER, deliver, new_home
from tests.igwatch.command_line import command, typed
from tests.igwatch.nights import quick_night

SHOWN = ShownCount(8, 5)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((412, 98, 40, 21, 12, 3, 1), ("410", "100", "40", "20", "10", "few", "few")),
        # 406 is 6 less than 412, which may not be told; 404 is 8 less, which may; 400 is held against 404
        ((412, 406, 404, 400, 12, 9, 9), ("410", "close", "405", "close", "10", "close", "close")),
        ((412, 412, 412, 412, 412, 412, 0), ("410", *["close"] * 5, "few")),
        ((7, 7, 7, 0, 0, 0, 0), ("few",) * 7),
        # 12 and 8 can both be told, their difference of 4 cannot
        ((30, 12, 8, 0, 0, 0, 0), ("30", "10", "close", "few", "few", "few", "few")),
    ],
)
def test_what_is_told_of_a_funnel(counts, told):
    assert as_shown(counts, SHOWN) == list(told)


def test_the_greatest_hidden_count_is_seven():
    """8 is told as 10, of which the least is 8; 7 as 5, of which the least is 3."""
    assert few_at_most(SHOWN) == 7


def test_no_small_count_can_be_won_back_by_subtraction():
    """Whoever knows how we hide, and all of a feed's steps, cannot tell that a count or a difference
    is small: each that is may be none as well, or more than few."""
    possible = defaultdict(list)
    for first in range(31):
        for second in range(first + 1):
            for third in range(second + 1):
                possible[tuple(as_shown((first, second, third), SHOWN))].append(
                    (first, second, third, 0)
                )
    few = few_at_most(SHOWN)
    for behind in possible.values():
        for a, b in combinations(range(4), 2):  # the fourth is nobody: what is left of a count
            values = {counts[a] - counts[b] for counts in behind}
            assert 0 in values or max(values) > few or min(values) > few, (behind, a, b)


# of each feed: normal, low and alone, low with a low IgG
SITES = {
    "hill": {"north": (50, 20, 12)},
    "lake": {"lakeside": (40, 15, 3), "harbour": (30, 10, 2)},
}
VALUES = {
    "normal": ("10.2", "2.0", "1.1"),
    "alone": ("10.2", "2.0", "0.2"),
    "broad": ("3.0", "2.0", "0.2"),
}
CODES = {"2465-3": "IgG", "2458-8": "IgA", "2472-9": "IgM"}


def feed(facility: str, counts: tuple[int, int, int]) -> str:
    lines = [
        f"{facility}-{kind}-{n},{facility},1980-01-05,F,,,serum,2024-01-10,,{code},LN,{name},{value},g/L,,,F,,\n"
        for kind, count in zip(VALUES, counts, strict=True)
        for n in range(count)
        for (code, name), value in zip(CODES.items(), VALUES[kind], strict=True)
    ]
    return RESULTS_HEADER + "\n" + "".join(lines)


@pytest.fixture(scope="module")
def homes(tmp_path_factory) -> dict[str, Home]:
    made = {}
    for site, feeds in SITES.items():
        made[site] = new_home(tmp_path_factory.mktemp(site))
        for facility, counts in feeds.items():
            deliver(made[site], facility, "a.csv", feed(facility, counts))
        quick_night(made[site], "2024-01-20")
    return made


@pytest.fixture(scope="module")
def files(homes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for site, home in homes.items():
        done = command(
            home, "funnel", "export", "--site", site, "--out", str(folder / f"{site}.csv")
        )
        assert (done.returncode, done.stderr) == (0, "")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def joined(homes, files):
    done = typed("funnel", "join", *map(str, files), "--json")
    return json.loads(done.stdout)


@pytest.mark.heavy
def test_two_sites_together_hold_the_truth_between_their_bounds(joined):
    feeds = [counts for site in SITES.values() for counts in site.values()]
    truth = {
        "tested_igm": sum(map(sum, feeds)),
        "low_igm": sum(alone + broad for _, alone, broad in feeds),
        "isolated": sum(alone for _, alone, _ in feeds),
        "repeated": 0, "persistent": 0, "definite": 0,
    }  # fmt: skip
    rows = {row["name"]: row for row in joined["together"]}
    for name, n in truth.items():
        assert rows[name]["at_least"] <= n <= rows[name]["at_most"], name
        assert (
            rows[name]["share_at_least"] <= n / truth["tested_igm"] <= rows[name]["share_at_most"]
        )
    assert [rows[name]["feeds_told"] for name in ("tested_igm", "low_igm", "definite")] == [3, 3, 0]


@pytest.mark.heavy
def test_what_leaves_a_site_is_hidden_where_it_is_small_and_names_nobody(files):
    told = {}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "-alone-" not in path.read_text()
        for row in csv.DictReader(path.open(encoding="utf-8")):
            told.setdefault(row["facility"], []).append(row["n_patients"])
    # 82, 32 and 20; 58, 18 and 15, which is 3 less; 42, 12 and 10, which is 2 less
    assert told["north"][:3] == ["80", "30", "20"]
    assert told["lakeside"][:3] == ["60", "20", "close"]
    assert told["harbour"][:3] == ["40", "10", "close"]
    assert {n for steps in told.values() for n in steps[4:]} == {"few"}


@pytest.mark.heavy
def test_feeds_differ_by_table_of_limits(joined):
    """Low of tested: 30 of 80, 20 of 60 and 10 of 40, as they are told."""
    (low,) = [row for row in joined["by_limits"] if row["name"] == "low_igm"]
    assert (low["feeds"], low["lowest"], low["median"], low["highest"]) == (3, 0.25, 1 / 3, 0.375)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace(",2026.2,", ",2026.1,"), "rules 2026.1 and 2026.2, whose counts do not add"),
        (lambda text: text.replace(",80,", ",eighty,"), "line 2: n_patients is 'eighty'"),
        (lambda text: text.replace("site,as_of", "place,as_of"), "line 1: not the header of a funnel"),
        (lambda text: text, "stands twice; give each site's file once"),
    ],
)  # fmt: skip
def test_files_that_do_not_add_up_are_refused_with_the_mend(files, tmp_path, spoil, said):
    (tmp_path / "spoiled.csv").write_text(spoil(files[0].read_text()))
    done = typed("funnel", "join", *map(str, files), str(tmp_path / "spoiled.csv"))
    assert done.returncode == 1
    assert said in done.stderr
