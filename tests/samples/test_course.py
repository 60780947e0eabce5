"""Conditions drawn: as common as prevalence.csv says, and inside the published limits."""

from __future__ import annotations

import numpy as np
import pytest

from samples.course import courses, draw, prevalence, shares
from samples.data_file import keyed, rows
from samples.limits import limits, printed_range
from tests.samples.test_expected import STATUSES


def share(*conditions: str) -> float:
    return sum(s for c, s in zip(courses(), shares(), strict=True) if c.condition in conditions)


def low_igm() -> dict[str, float]:
    """Share of every course whose first IgM is low, high-IgM syndrome aside."""
    pairs = zip(courses(), shares(), strict=True)
    return {
        c.condition: s
        for c, s in pairs
        if c.levels["igm"][0] == "low" and not c.condition.startswith("higm")
    }


def test_shares_add_up():
    assert shares().sum() == pytest.approx(1)
    assert (shares() > 0).all()


def test_most_low_igm_is_not_alone_and_most_of_that_is_not_persistent():
    low = sum(low_igm().values())
    not_alone = share("myeloma", "pan_low", "igm_and_iga_low")
    rate = prevalence()
    assert low == pytest.approx(rate["low_igm"])
    assert not_alone / low == pytest.approx(1 - rate["isolated"])
    primary = low * rate["isolated"] * rate["primary"]
    persistent = share("persistent_low_igm", "definite_low_igm")
    assert persistent / primary == pytest.approx(rate["persistent"])


def test_high_igm_syndrome_is_rare_and_its_igm_often_normal():
    rate = prevalence()
    names = ("higm_strong", "higm_normal_igm", "higm_normal_iga", "higm_low_igm")
    assert share(*names) == pytest.approx(rate["higm"])
    assert share("higm_normal_iga") == pytest.approx(rate["higm"] * rate["higm_normal_iga"])
    assert 0.3 < share("higm_normal_igm") / rate["higm"] < 0.42


@pytest.mark.parametrize("course", courses(), ids=lambda c: c.condition)
def test_values_stand_where_the_level_says(course):
    drawn = draw(course, 200, np.random.default_rng(5))
    age = drawn.age_days[:, None] + drawn.days_before_end[:, :1] - drawn.days_before_end
    for isotype, levels in course.levels.items():
        for test, level in enumerate(levels):
            corner = limits(isotype).at(age[:, test])
            value = drawn.value[isotype][:, test]
            if level in ("low", "mildly_low", "just_low", "very_low"):
                assert (value < corner["lower_limit_min"]).all()
            elif level == "borderline":
                assert (value < corner["lower_limit_max"]).all()
                assert (value > corner["lower_limit_min"]).all()
            elif level == "high":
                assert (value > corner["upper_limit_max"]).all()
            else:
                assert (value >= corner["lower_limit_max"]).all()


@pytest.mark.parametrize("course", courses(), ids=lambda c: c.condition)
def test_tests_come_in_order_within_the_period(course):
    drawn = draw(course, 200, np.random.default_rng(6))
    assert (np.diff(drawn.days_before_end, axis=1) < 0).all()
    assert (drawn.days_before_end >= 0).all()
    assert (drawn.days_before_end <= 460).all()


def test_tables_name_only_what_exists():
    level, exposure = keyed("level", "level"), keyed("exposure", "exposure")
    for course in courses():
        assert {x for levels in course.levels.values() for x in levels} <= set(level)
        assert course.exposure in {"", *exposure}
        assert len({len(levels) for levels in course.levels.values()}) == 1
        assert set(course.expected.values()) <= {"", *STATUSES}
    for row in rows("prevalence"):
        assert row["source_id"]
        assert 0 < float(row["value"]) < 1


def test_printed_ranges_are_those_of_one_table():
    low, high = printed_range("MAYO", "igm", 40 * 365.25)
    corner = limits("igm", ("MAYO",)).at(np.array([40 * 365.25]))
    assert (low, high) == (corner["lower_limit_min"][0], corner["upper_limit_max"][0])
    assert printed_range("MAYO", "igm", None) is None
