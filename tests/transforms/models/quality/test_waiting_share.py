"""The curve of waiting beside a published one and lifelines, and what of it others may see."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.privacy.unknowns import Range, Unknowns
from tests.shown import SHOWN
from transforms.knowledge import load_knowledge

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lifelines import KaplanMeierFitter

IGM = "selective_igm_deficiency"
MODELS = ("mart.waiting_curve", "mart.waiting_share", "quality.waiting_share")
DAYS = (28, 91, 183, 365)
FEW = int(SHOWN.small_count) - 1
# Weeks of remission under 6-mercaptopurine, + followed no longer (Freireich et al., Blood 1963;21:699),
# and the curve as textbooks print it (Kleinbaum and Klein, Survival Analysis, table 2.3)
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PRINTED = {
    6: (21, 0.8571),
    7: (17, 0.8067),
    10: (15, 0.7529),
    13: (12, 0.6902),
    16: (11, 0.6275),
    22: (7, 0.5378),
    23: (6, 0.4482),
}


def waits(ended: Iterable[tuple[int, bool]], **of: str) -> list[dict[str, Any]]:
    """Rows of mart.repeat_time: the days that each lasted, and whether the repeat was done."""
    return [
        {"rule_id": IGM, "clinic": "North", "age_band": "5_to_17", "days": days, "is_done": done}
        | {"ended_by": "repeat" if done else "answered" if days < 300 else "clock"}
        | of
        for days, done in ended
    ]


def built(fresh, rows: list[dict[str, Any]]) -> Any:
    fresh.lay("run.clock", "as_of | run_id\n2026-01-01 | r")
    fresh.add("mart.repeat_time", rows)
    fresh.build(*MODELS)
    return fresh


def curve(fresh, breakdown: str = "all") -> dict[int, tuple[int, float]]:
    """Of the days on which something was done: how many were at risk, and the share that waits on."""
    rows = fresh.read(
        "SELECT days, n_at_risk, 1 - share_done AS waiting FROM mart.waiting_curve "
        f"WHERE breakdown = '{breakdown}' AND n_done > 0 ORDER BY days"
    )
    return {row["days"]: (row["n_at_risk"], row["waiting"]) for row in rows}


def test_the_curve_is_the_printed_one(fresh):
    ended = [(int(weeks.strip("+")), "+" not in weeks) for weeks in REMISSION.split()]
    found = curve(built(fresh, waits(ended)))
    assert {days: (n, round(share, 4)) for days, (n, share) in found.items()} == PRINTED


def test_a_place_that_asks_has_a_curve_of_its_own_where_it_is_known(fresh):
    """OUT of two feeds are two places; who waits for a repeat that nobody's place asked for is in none."""
    rows = (
        waits([(10, True), (20, False)], facility="north", requested_from="OUT")
        + waits([(5, True)], facility="south", requested_from="OUT")
        + waits([(7, False)], facility="north")
    )
    found = built(fresh, rows).read(
        "SELECT group_name, facility, days, n_at_risk, share_done FROM mart.waiting_curve "
        "WHERE breakdown = 'requester' ORDER BY facility, days"
    )
    assert [tuple(row.values()) for row in found] == [
        ("OUT", "north", 10, 2, 0.5),
        ("OUT", "north", 20, 1, 0.5),
        ("OUT", "south", 5, 1, 1.0),
    ]
    due = fresh.read(
        "SELECT DISTINCT facility, n_due FROM mart.waiting_share WHERE breakdown = 'requester' "
        "ORDER BY facility"
    )
    assert [tuple(row.values()) for row in due] == [("north", 2), ("south", 1)]


def test_others_see_no_place_that_asked(fresh):
    """Nor clinics and ages: what they leave of the whole is a few."""
    ended = [(30, True)] * 40 + [(400, False)] * 40
    rows = waits(ended, facility="north", requested_from="DR QUINCE SURGERY")
    assert shown(built(fresh, rows)) == [(80, 40, 40, 40, 0.5)]
    told = fresh.read("SELECT DISTINCT breakdown, group_name FROM quality.waiting_share")
    assert told == [{"breakdown": "all", "group_name": None}]


@pytest.mark.parametrize("seed", range(12))
def test_the_curve_is_that_of_lifelines(fresh, seed):
    """Drawn with many ties, waits of no day at all, and groups of which nobody or everybody is done."""
    draw = random.Random(seed)
    share = draw.choice([0, 0.3, 0.7, 1])
    longest = draw.choice([3, 60, 900])
    ended = [
        (draw.randrange(longest), draw.random() < share) for _ in range(draw.choice([1, 40, 700]))
    ]
    found = built(fresh, waits(ended)).read(
        "SELECT days, share_done FROM mart.waiting_curve WHERE breakdown = 'clinic' ORDER BY days"
    )
    theirs = KaplanMeierFitter().fit([days for days, _ in ended], [done for _, done in ended])
    assert {row["days"] for row in found} == {days for days, _ in ended}
    for row in found:
        assert row["share_done"] == pytest.approx(1 - theirs.predict(row["days"]), abs=1e-9)


def test_shares_stand_at_the_days_of_the_knowledge_and_end_where_nobody_was_followed(fresh):
    """Of ten, four were done: after 10, 100, 183 and 200 days; five wait, for 300 days; one left after 90."""
    ended = [(10, True), (100, True), (183, True), (200, True), (90, False), *[(300, False)] * 5]
    found = built(fresh, waits(ended)).read(
        "SELECT within_days, n_due, n_done, n_waiting, share_done, is_few FROM mart.waiting_share "
        "WHERE breakdown = 'all' ORDER BY within_days"
    )
    assert [(r["within_days"], r["share_done"]) for r in found] == [
        (28, pytest.approx(1 / 10)),
        (91, pytest.approx(1 / 10)),
        (183, pytest.approx(1 - 9 / 10 * 7 / 8 * 6 / 7)),  # at risk: 10, then 8 without who left
        (365, None),
    ]
    assert {(r["n_due"], r["n_done"], r["n_waiting"], r["is_few"]) for r in found} == {
        (10, 4, 5, False)
    }


def test_where_all_are_done_no_more_is_to_be_followed(fresh):
    found = built(fresh, waits([(5, True)] * 9)).read(
        "SELECT within_days, share_done, is_few FROM mart.waiting_share WHERE breakdown = 'all'"
    )
    assert {(row["share_done"], row["is_few"]) for row in found} == {(1.0, True)}


def shown(fresh, within_days: int = 183) -> list[tuple]:
    rows = fresh.read(
        "SELECT n_due, n_done, n_not_done, n_waiting, share_done FROM quality.waiting_share "
        f"WHERE within_days = {within_days}"
    )
    return [tuple(row.values()) for row in rows]


def test_others_see_rounded_counts_and_the_share_of_them(fresh):
    """23 of 61 done by half a year, as all waited longer, and 27 by a year: 25 of 60 as shown. The 34
    that wait are 35, which with 25 is no more than 60."""
    ended = [(30, True)] * 23 + [(360, True)] * 4 + [(400, False)] * 34
    assert shown(built(fresh, waits(ended))) == [(60, 25, 35, 35, 0.42)]


@pytest.mark.parametrize("n_done", [0, 7])
def test_where_few_were_done_there_is_no_row(fresh, n_done):
    ended = [(30, True)] * n_done + [(400, False)] * 30
    assert shown(built(fresh, waits(ended))) == []


def told(rows: list[dict[str, Any]]) -> Mapping[str, Range]:
    """How far somebody can tell, from the rows of one wait, who knows that nobody left early: how many
    were due, done by each day, between two days and not done, and how many wait."""
    unknown, steps = Unknowns(), []
    shown_by = {row["within_days"]: row["n_done"] for row in rows}
    unknown.between("due", *limits(rows[0]["n_due"]))
    unknown.between("waiting", *limits(rows[0]["n_waiting"]))
    for day in DAYS:
        steps.append(unknown.between(f"done up to {day}", 0, float("inf")))
        unknown.is_sum(f"done by {day}", steps)
        unknown.is_sum("due", [f"done by {day}", f"not done by {day}"])
        unknown.is_within(f"not done by {day}", ["waiting"])
        unknown.between(f"done by {day}", *limits(shown_by.get(day)))
    return unknown.ranges()


def limits(n: int | None) -> Range:
    return (0, FEW) if n is None else (n - SHOWN.step // 2, n + SHOWN.step // 2)


def drawn(seed: int) -> list[int]:
    """How many were due, done by each of the days, and wait. The first: 22 due, of whom 11 were done by
    the first day and 13 by the next; were those not done rounded too, it would tell of 1 to 4 between."""
    draw = random.Random(seed)
    due = draw.randint(8, 45)
    done = sorted(draw.randint(0, due * 3 // 4) for _ in DAYS)
    return [due, *done, draw.randint(0, due - done[-1])] if seed else [22, 11, 13, 13, 13, 9]


def test_no_count_of_few_can_be_told_of_those_who_were_done_between_two_days(fresh):
    for seed in range(50):
        due, *done, waiting = drawn(seed)
        fresh.add("mart.waiting_share", [
            {"wait": "repeat", "rule_id": f"rule {seed}", "breakdown": "all", "n_due": due,
             "n_waiting": waiting, "within_days": day, "share_done": n / due}
            for day, n in zip(DAYS, done, strict=True)
        ])  # fmt: skip
    fresh.lay("run.clock", "as_of | run_id\n2026-01-01 | r")
    fresh.build("quality.waiting_share")
    n_shown = 0
    for seed in range(50):
        rows = fresh.read(f"FROM quality.waiting_share WHERE rule_id = 'rule {seed}'")
        if rows:
            n_shown += any(row["n_waiting"] for row in rows)
            found = {what: r for what, r in told(rows).items() if r[0] >= 1 and r[1] <= FEW}
            assert found == {}, drawn(seed)
    assert n_shown > 5


def test_bands_of_age_follow_one_another_without_a_gap():
    bands = load_knowledge()["age_band"].to_pylist()
    assert bands[0]["age_low_days"] == 0
    assert bands[-1]["age_high_days"] is None
    assert [b["age_high_days"] for b in bands[:-1]] == [b["age_low_days"] for b in bands[1:]]
