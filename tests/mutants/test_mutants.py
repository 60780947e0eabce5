"""The list of mutants fits the code: what each changes stands there once, and its tests exist."""

import pytest

from igwatch.base.paths import ROOT
from tests.mutants.mutant import mutants

MUTANTS = mutants()


def test_there_are_enough_and_each_has_its_own_name():
    assert len(MUTANTS) >= 40
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_mutant_fits_the_code(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old
    for test in mutant.tests:
        file, *function = test.split("::")
        assert (ROOT / file).exists(), test
        if function:
            assert f"def {function[0].split('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")
