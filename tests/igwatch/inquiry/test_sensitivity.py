"""`igwatch sensitivity`: the cohort under another parameter, in counts, and nothing published."""

import pytest

from igwatch.base.error import PipelineError
from igwatch.inquiry.sensitivity import sensitivity, with_parameter
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from transforms.knowledge import load_knowledge

pytestmark = pytest.mark.heavy


def only(rows: str, *names: str) -> str:
    return "".join(row for row in rows.splitlines(True) if any(f",{n}," in row for n in names))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("sensitivity"))
    # two lows 112 days apart; and somebody whose IgM lies between the two tables of limits
    twice = panel("2024-01-10", "0.21") + panel("2024-05-01", "0.2")
    between = panel("2024-01-10", "0.45").replace("ann,", "eve,")
    # and somebody whose IgG and IgA came 40 days after a low IgM
    igm = only(panel("2024-03-25", "0.3"), "IgM")
    others = only(panel("2024-05-04", "0.3"), "IgG", "IgA")
    apart = (igm + others).replace("ann,", "bea,")
    deliver(home, "north", "a.csv", results(twice, between, apart))
    quick_night(home, "2024-05-10")
    return home


@pytest.fixture(scope="module")
def moves(home):
    return sensitivity(home, SETTINGS)["moves"]


def moved(moves, parameter, value):
    return [
        (m["status"], m["baseline"], m["variant"], m["gained"], m["lost"])
        for m in moves
        if (m["parameter"], m["value"]) == (parameter, value) and (m["gained"] or m["lost"])
    ]


def test_a_longer_interval_takes_the_second_low_out(moves):
    assert moved(moves, "min_interval_days", "90") == []
    assert moved(moves, "min_interval_days", "180") == [
        ("persistent", 1, 0, 0, 1), ("repeat_due", 0, 1, 1, 0)]  # fmt: skip


def test_a_third_low_asked_for(moves):
    name = "selective_igm_deficiency: persistent_min_counted"
    assert moved(moves, name, "3") == [("candidate", 0, 1, 1, 0), ("persistent", 1, 0, 0, 1)]


def test_one_table_of_limits_calls_low_what_two_leave_open(moves):
    assert moved(moves, "tables of limits", "PRU_EXETER alone") == [("repeat_due", 0, 1, 1, 0)]
    assert moved(moves, "tables of limits", "MAYO alone") == []


def test_a_fixed_cut_takes_the_place_of_every_table(moves):
    """0.21 and 0.2 stay low below 0.30; 0.3 without IgG and IgA is no more."""
    assert moved(moves, "igm_cut_adult_g_per_l", "0.3") == [("indeterminate", 1, 0, 0, 1)]
    assert moved(moves, "igm_cut_adult_g_per_l", "0.35") == []
    assert moved(moves, "igm_cut_child_g_per_l", "0.2") == []


def test_a_wider_window_joins_what_came_forty_days_later(moves):
    assert moved(moves, "panel_window_days", "60") == [
        ("candidate", 0, 1, 1, 0), ("indeterminate", 1, 0, 0, 1)]  # fmt: skip
    assert moved(moves, "panel_window_days", "7") == []


def test_no_variant_spoils_the_next_and_nothing_is_published(home, moves):
    counts = [m["baseline"] for m in moves if m["status"] == "persistent"]
    assert set(counts) == {1}
    assert ask(home, "SELECT status FROM flag.patient_flag ORDER BY ALL") == [
        ("indeterminate",), ("persistent",)]  # fmt: skip
    assert list(home.work.iterdir()) == []
    assert not any("ann" in str(move.values()) for move in moves)


def test_a_parameter_that_is_so_already_is_no_variant():
    numbers = load_knowledge()["rule_parameter"]
    assert with_parameter(numbers, "*", "min_interval_days", 28) is None
    changed = with_parameter(numbers, "*", "min_interval_days", 60)
    differing = [
        (a["parameter"], b["value"])
        for a, b in zip(numbers.to_pylist(), changed.to_pylist(), strict=True)
        if a != b
    ]
    assert differing == [("min_interval_days", 60.0)]


def test_before_the_first_night_there_is_nothing_to_vary(tmp_path):
    with pytest.raises(PipelineError, match="run: igwatch run"):
        sensitivity(new_home(tmp_path), SETTINGS)
