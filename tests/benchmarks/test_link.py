"""The figure of docs/links.md: what links by birth date and another number find on febrl4."""

import pytest

from benchmarks.link import as_held, measured


@pytest.mark.heavy
def test_links_by_what_raw_holds_find_most_of_febrl4_and_none_that_is_false():
    *_, last = measured(as_held())
    _, n_true, n_false, precision, recall = last
    assert (n_true, n_false, precision) == (4363, 0, 1.0)
    assert recall == pytest.approx(0.873, abs=0.001)
