"""Who is drawn: by strata, spread over ages and feeds, the same for the same seed, equally likely."""

from collections import Counter

import pytest

from igwatch.base.error import PipelineError
from igwatch.validation.draw import allocate, draw_sample
from igwatch.validation.frame import Person, age_band, flagged_states
from transforms.knowledge import load_knowledge


def person(number, state="no_evidence", grade=None, age=15_000, feed="north"):
    return Person(f"k{number:05}", f"p{number}", "A", feed, "F", age, {"r": state}, {"r": grade})


FRAME = [
    *(person(n, age=15_000 if n % 3 else 1_000, feed="north" if n % 2 else "south") for n in range(900)),
    *(person(900 + n, "candidate", "partial") for n in range(60)),
    *(person(960 + n, "definite_pattern", "complete") for n in range(5)),
    person(965, "resolved", "partial"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "n", "taken"),
    [
        ({"a": 1000, "b": 8}, 30, {"a": 25, "b": 5}),  # 10 to 2, the cube roots
        ({"a": 1000, "b": 3}, 30, {"a": 27, "b": 3}),  # b is used up
        ({"a": 1000, "b": 8}, 12, {"a": 10, "b": 2}),
        ({"a": 3, "b": 1}, 10, {"a": 3, "b": 1}),  # everybody
        ({"a": 1000, "b": 1000}, 10, {"a": 5, "b": 5}),
        ({"a": 1000, "b": 1}, 3, {"a": 2, "b": 1}),
    ],
)
def test_small_strata_get_more_than_their_share(sizes, n, taken):
    assert allocate(sizes, n) == taken


def test_too_few_forms_are_told_with_how_many_are_needed():
    with pytest.raises(PipelineError, match="draw at least --n 7"):
        allocate({"a": 10, "b": 10, "c": 10, "d": 1}, 6)


def test_every_stratum_is_drawn_and_nobody_twice():
    sample = draw_sample(FRAME, 100, seed=7)
    assert len({p.patient_key for p in sample.people}) == 100
    assert {s.stratum: s.population for s in sample.strata} == {
        "r no_evidence": 900,
        "r candidate partial": 60,
        "r definite_pattern complete": 5,
        "r resolved partial": 1,
    }
    drawn = Counter(p.stratum for p in sample.people)
    assert drawn == {s.stratum: s.drawn for s in sample.strata}
    assert drawn["r definite_pattern complete"] >= 2


def test_the_same_seed_draws_the_same_in_whatever_order_people_come():
    first = draw_sample(FRAME, 100, 7)
    assert draw_sample(FRAME[::-1], 100, 7) == first
    assert draw_sample(FRAME, 100, 8) != first


def test_within_a_stratum_ages_and_feeds_are_in_proportion():
    sample = draw_sample(FRAME, 100, 7)
    places = Counter(p.place for p in sample.people if p.stratum == "r no_evidence")
    n = sum(places.values())
    shares = {("adult", "north"): 1 / 3, ("adult", "south"): 1 / 3,
              ("infant", "north"): 1 / 6, ("infant", "south"): 1 / 6}  # fmt: skip
    for place, part in shares.items():
        assert abs(places[place] - n * part) < 1.5, place


def test_within_a_stratum_everybody_is_as_likely():
    times = Counter(
        p.patient_id for seed in range(600) for p in draw_sample(FRAME[900:966], 24, seed).people
    )
    (candidates,) = {
        s.drawn for s in draw_sample(FRAME[900:966], 24, 0).strata if s.population == 60
    }
    expected = 600 * candidates / 60
    found = [times[f"p{900 + n}"] for n in range(60)]
    # five standard deviations of a binomial
    margin = 5 * (expected * (1 - candidates / 60)) ** 0.5
    assert all(abs(n - expected) < margin for n in found)


@pytest.mark.parametrize(
    ("age_days", "band"),
    [(None, "unknown"), (0, "infant"), (1826, "infant"), (1827, "child"), (6574, "child"),
     (6575, "adult")],
)  # fmt: skip
def test_age_bands_are_those_of_the_rules(age_days, band):
    assert age_band(age_days) == band


def test_every_state_is_flagged_or_not():
    rows = load_knowledge()["validation_status"].to_pylist()
    own = load_knowledge()["rule"]["own_statuses"].to_pylist()
    known = {row["status"] for row in rows}
    assert {status for names in own for status in names.split("|")} <= known
    assert {row["counts_as"] for row in rows} == {"flagged", "not_flagged"}
    assert "candidate" in flagged_states()
    assert "no_evidence" not in flagged_states()
