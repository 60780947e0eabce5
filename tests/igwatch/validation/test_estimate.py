"""Shares with sampling weights and their limits, beside statsmodels, scikit-learn and chart-review."""

import math

import pytest
from chart_review import agree, defines
from sklearn.metrics import cohen_kappa_score, precision_score, recall_score
from statsmodels.stats.inter_rater import cohens_kappa, to_table
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from igwatch.validation.agreement import cohen_kappa, together
from igwatch.validation.estimate import (
    Estimate,
    Part,
    Stratum,
    accuracy,
    collapsed,
    part_of_whole,
    share,
)
from igwatch.validation.score import is_few

FLAGGED = [Stratum(300, 30, 12), Stratum(60, 20, 14), Stratum(20, 20, 18)]
UNFLAGGED = [Stratum(200, 25, 2), Stratum(9000, 80, 1)]


def persons(flagged, unflagged):
    """One row for each form: weight, flagged, read as yes."""
    return [
        (s.population / s.read, is_flagged, number < s.positive)
        for is_flagged, strata in ((True, flagged), (False, unflagged))
        for s in strata
        for number in range(s.read)
    ]


def test_the_shares_are_scikit_learns_with_the_same_weights():
    found = accuracy(FLAGGED, UNFLAGGED)
    weight, guess, truth = zip(*persons(FLAGGED, UNFLAGGED), strict=True)
    given = {"y_true": truth, "y_pred": guess, "sample_weight": weight}
    assert found.ppv.value == pytest.approx(precision_score(**given))
    assert found.sensitivity.value == pytest.approx(recall_score(**given))
    assert found.specificity.value == pytest.approx(recall_score(**given, pos_label=False))
    assert found.npv.value == pytest.approx(precision_score(**given, pos_label=False))


def test_a_weighted_share_is_statsmodels():
    weight, _, truth = zip(*persons(FLAGGED, []), strict=True)
    mean = DescrStatsW([float(t) for t in truth], weights=weight).mean
    assert share(FLAGGED).value == pytest.approx(mean)


@pytest.mark.parametrize(("n", "yes"), [(40, 9), (200, 3), (35, 34)])
def test_the_limits_of_a_simple_sample_are_clopper_and_pearsons_at_its_effective_number(n, yes):
    """Of so many people that none is missed; p(1-p)/var is n - 1 there (Korn and Graubard 1998)."""
    found = share([Stratum(10**12, n, yes)])
    low, high = proportion_confint(yes / n * (n - 1), n - 1, method="beta")
    assert (found.low, found.high) == (pytest.approx(low, rel=1e-6), pytest.approx(high, rel=1e-6))


@pytest.mark.parametrize("n", [3, 30, 300])
def test_none_found_is_the_rule_of_three(n):
    """0 of n: the exact upper limit is 1 - 0.025 ** (1/n); the lower is 0."""
    found = share([Stratum(10**9, n, 0)])
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / n))
    low, high = proportion_confint(0, n, method="beta")
    assert (found.low, found.high) == (low, pytest.approx(high))


def test_by_hand():
    """Two strata of 100 and 300 people: 5 of 10 and 3 of 30 say yes.

    share = (50 + 30) / 400 = 0.2. Its variance: 100² · 0.25 / 9 + 300² · 0.09 / 29 = 277.78 + 279.31
    = 557.09 people², / 400² = 0.0034818; 0.16 / 0.0034818 = 45.95 forms, more than the 40 that
    their weights (10 each) allow, so 40.
    """
    found = share([Stratum(100, 10, 5), Stratum(300, 30, 3)])
    assert found.value == pytest.approx(0.2)
    assert found.effective == pytest.approx(40)
    assert found.n == 40


def test_by_hand_where_the_error_is_larger_than_the_weights_say():
    """100 people: 15 of 30 yes; 100: 5 of 10. Weights 3.33 and 10: Kish 200² / (333.3 + 1000) = 30;
    variance 100² · 0.25 / 29 + 100² · 0.25 / 9 = 86.21 + 277.78 = 363.98, / 200² = 0.0090996;
    0.25 / 0.0090996 = 27.47 forms."""
    found = share([Stratum(100, 30, 15), Stratum(100, 10, 5)])
    assert found.effective == pytest.approx(27.474, abs=1e-3)


def test_a_stratum_read_once_is_joined_to_the_largest_and_one_read_whole_is_not():
    strata = [Stratum(50, 1, 1), Stratum(500, 20, 2), Stratum(1, 1, 0), Stratum(30, 0, 0)]
    assert sorted(collapsed(strata), key=lambda s: s.population) == [
        Stratum(1, 1, 0),
        Stratum(580, 21, 3),
    ]


@pytest.mark.parametrize(
    ("part", "rest", "value"),
    [
        (Part(90, 80, 95), Part(10, 5, 30), 0.9),
        (Part(90, 80, 95), Part(0, 0, 30), 1.0),
        (Part(0, 0, 5), Part(10, 5, 30), 0.0),
    ],
)
def test_limits_of_a_part_hold_its_value_and_stay_between_0_and_1(part, rest, value):
    found, low, high = part_of_whole(part, rest)
    assert found == pytest.approx(value)
    assert 0 <= low <= found <= high <= 1
    extreme = (part.low / (part.low + rest.high), part.high / (part.high + rest.low))
    assert extreme[0] <= low + 1e-12
    assert high <= extreme[1] + 1e-12


def test_limits_of_a_part_by_donner_and_zous_closed_form():
    """The ratio rest / part by Donner and Zou (2012), turned into a part of the whole."""
    a, b = Part(90, 80, 101), Part(10, 5, 19)
    root = math.sqrt((b.value * a.value) ** 2 - _mover(b.high, b.value, a.low, a.value))
    high_ratio = (b.value * a.value + root) / (a.low * (2 * a.value - a.low))
    root = math.sqrt((b.value * a.value) ** 2 - _mover(b.low, b.value, a.high, a.value))
    low_ratio = (b.value * a.value - root) / (a.high * (2 * a.value - a.high))
    _, low, high = part_of_whole(a, b)
    assert low == pytest.approx(1 / (1 + high_ratio))
    assert high == pytest.approx(1 / (1 + low_ratio))


def _mover(top, top_value, below, below_value):
    return top * below * (2 * top_value - top) * (2 * below_value - below)


def test_none_at_all_is_nothing_to_estimate():
    assert part_of_whole(Part(0, 0, 3), Part(0, 0, 4)) is None
    found = accuracy([], [Stratum(100, 20, 0)])
    assert found.ppv.value is None
    assert found.sensitivity.value is None
    assert found.npv.value == 1.0


@pytest.mark.parametrize(
    ("estimate", "few"),
    [
        (Estimate(0.9, 0.8, 0.95, 60, 55.0), False),
        (Estimate(0.9, 0.8, 0.95, 60, 29.9), True),
        (Estimate(0.5, 0.34, 0.65, 60, 40.0), True),
        (Estimate(0.5, 0.351, 0.65, 60, 40.0), False),
        (Estimate(None, None, None, 0, 0.0), True),
    ],
)
def test_few_forms_or_wide_limits_make_no_bare_share(estimate, few):
    assert is_few(estimate) is few


# --- two readers

ONE = ["yes"] * 20 + ["no"] * 60 + ["unclear"] * 5 + ["yes"] * 6 + ["no"] * 4
TWO = ["yes"] * 20 + ["no"] * 60 + ["unclear"] * 5 + ["no"] * 6 + ["yes"] * 4


def test_kappa_is_scikit_learns_and_its_limits_are_statsmodels():
    found = cohen_kappa(list(zip(ONE, TWO, strict=True)))
    assert found.value == pytest.approx(cohen_kappa_score(ONE, TWO))
    number = {"yes": 0, "no": 1, "unclear": 2}
    table = to_table([[number[a], number[b]] for a, b in zip(ONE, TWO, strict=True)], bins=3)[0]
    theirs = cohens_kappa(table)
    assert found.value == pytest.approx(theirs.kappa)
    assert (found.low, found.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp))


def test_kappa_where_both_say_the_same_of_all_is_undefined():
    assert cohen_kappa([("no", "no")] * 5).value is None
    assert cohen_kappa([]).value is None


def mentions(said):
    label = defines.Label("pattern")
    return defines.Mentions({number: {label} if yes else set() for number, yes in enumerate(said)})


def test_chart_review_says_the_same_of_the_same_forms():
    """chart-review knows no weights: every stratum is drawn at one rate."""
    flagged, unflagged = [Stratum(300, 30, 12), Stratum(200, 20, 14)], [Stratum(800, 80, 3)]
    _, guess, truth = zip(*persons(flagged, unflagged), strict=True)
    annotations = defines.ProjectAnnotations()
    annotations.mentions = {"reader": mentions(truth), "igwatch": mentions(guess)}
    forms = range(len(truth))
    theirs = agree.score_matrix(agree.confusion_matrix(annotations, "reader", "igwatch", forms))
    found = accuracy(flagged, unflagged)
    assert found.ppv.value == pytest.approx(theirs["PPV"])
    assert found.npv.value == pytest.approx(theirs["NPV"])
    assert found.sensitivity.value == pytest.approx(theirs["Sens"])
    assert found.specificity.value == pytest.approx(theirs["Spec"])
    assert cohen_kappa(list(zip(guess, truth, strict=True))).value == pytest.approx(theirs["Kappa"])


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ("yes", "yes"),
        ("unclear", None),
        ("yes yes", "yes"),
        ("no no", "no"),
        ("yes no", None),
        ("yes unclear", None),
        ("yes no yes", "yes"),
        ("yes no unclear", None),
        ("no no yes yes", None),
    ],
)
def test_what_readers_say_together(answers, verdict):
    assert together({f"r{n}": word for n, word in enumerate(answers.split())}) == verdict
