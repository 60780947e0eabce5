"""The solver finds what can be told, by cases that are worked out by hand."""

import math

import pytest

from tests.privacy.unknowns import Contradiction, Unknowns


def test_what_is_hidden_beside_a_sum_of_its_own_is_told():
    """80 and 20, rounded, of a sum of 110, rounded: the hidden one is at least 108 - 82 - 22."""
    told = Unknowns()
    told.between("measured", 78, 82)
    told.between("superseded", 18, 22)
    told.between("unusable", 0, 7)
    told.is_sum("read", ["measured", "superseded", "unusable"])
    assert told.ranges()["unusable"] == (0, 7)
    told.between("read", 108, 112)
    assert told.ranges()["unusable"] == (4, 7)
    told.between("read", 111, 112)
    assert told.ranges()["unusable"] == (7, 7)


def test_a_part_is_no_greater_than_its_whole_and_a_rest_has_no_end():
    told = Unknowns()
    told.between("month", 8, 12)
    told.is_within("month", ["low"])
    told.is_sum("all", ["month", "rest"])
    assert told.ranges() == {
        "month": (8, 12),
        "low": (0, 12),
        "all": (8, math.inf),
        "rest": (0, math.inf),
    }


def test_what_cannot_be_is_refused():
    told = Unknowns()
    told.between("part", 8, 12)
    told.between("whole", 0, 7)
    told.is_within("whole", ["part"])
    with pytest.raises(Contradiction):
        told.ranges()
