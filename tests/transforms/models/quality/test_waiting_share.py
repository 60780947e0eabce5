"""The curve of waiting beside a published one and lifelines, and what of it others may see."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable
from typing import Any

import pytest

from transforms.knowledge import load_knowledge

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lifelines import KaplanMeierFitter

IGM = "selective_igm_deficiency"
MODELS = ("mart.waiting_curve", "mart.waiting_share", "quality.waiting_share")
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
    """Were it shown, 40 of 80 would be; the sums of the clinic stay."""
    ended = [(30, True)] * 40 + [(400, False)] * 40
    rows = waits(ended, facility="north", requested_from="DR QUINCE SURGERY")
    assert shown(built(fresh, rows)) == [
        (None, 80, 40, 40, 40, 0.5),
        ("North", 80, 40, 40, 40, 0.5),
    ]


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
        "SELECT group_name, n_due, n_done, n_not_done, n_waiting, share_done FROM quality.waiting_share "
        f"WHERE within_days = {within_days} AND breakdown <> 'age_band' ORDER BY group_name NULLS FIRST"
    )
    return [tuple(row.values()) for row in rows]


def test_others_see_rounded_counts_and_the_share_of_them(fresh):
    """23 of 61 done by half a year, as all waited longer: 25 of 65 as shown (40 rest)."""
    ended = [(30, True)] * 23 + [(400, True)] * 4 + [(400, False)] * 34
    row = (65, 25, 40, 35, 0.38)
    assert shown(built(fresh, waits(ended))) == [(None, *row), ("North", *row)]


@pytest.mark.parametrize("ended", [[(30, True)] * 7 + [(400, False)] * 30, [(30, True)] * 30])
def test_a_group_of_few_on_either_side_has_no_row(fresh, ended):
    assert shown(built(fresh, waits(ended))) == []


def test_who_is_left_out_cannot_be_worked_out_from_the_rest(fresh):
    """South has 3 done of 20: the sum less North would tell it, so East is left out with it."""
    rows = (
        waits([(30, True)] * 40 + [(400, False)] * 40, clinic="North")
        + waits([(30, True)] * 10 + [(400, False)] * 15, clinic="East")
        + waits([(30, True)] * 3 + [(400, False)] * 17, clinic="South")
    )
    # 53 and 72 of all; 40 and 40; what is left out is 13 and 32
    assert [row[:4] for row in shown(built(fresh, rows))] == [
        (None, 125, 55, 70),
        ("North", 80, 40, 40),
    ]


def test_bands_of_age_follow_one_another_without_a_gap():
    bands = load_knowledge()["age_band"].to_pylist()
    assert bands[0]["age_low_days"] == 0
    assert bands[-1]["age_high_days"] is None
    assert [b["age_high_days"] for b in bands[:-1]] == [b["age_low_days"] for b in bands[1:]]
