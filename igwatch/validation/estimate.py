"""What a stratified sample says of everybody: shares, sensitivity, specificity, with 95 % limits.

Strata are simple random samples with Horvitz and Thompson's weights N_h / n_h. The limits speak of
the rule and not of tonight's people alone: there is no correction for strata that were read whole.
The interval of a share is Korn and Graubard's (1998): Clopper and Pearson's at the effective number
of forms, which holds for few and for none. Sensitivity and specificity are shares of a total that
is itself estimated; their limits follow from those of both parts by the method of variance
estimates recovery (Zou and Donner 2008), which needs no symmetric error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

LEVEL = 0.95


@dataclass(frozen=True)
class Stratum:
    """`population` people, of whom `read` have an answer, `positive` of them yes."""

    population: int
    read: int
    positive: int


@dataclass(frozen=True)
class Estimate:
    """A share with its limits; `n` forms stand behind it, worth `effective` of a simple sample.

    All None where there is nothing to estimate from.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    effective: float


NOTHING = Estimate(None, None, None, 0, 0.0)


def collapsed(strata: Iterable[Stratum]) -> list[Stratum]:
    """The same people; strata too small for an error (one form or none, not all read) are joined to
    the one read most (Wolter, Introduction to Variance Estimation, 2.5)."""
    given = sorted((s for s in strata if s.population), key=lambda s: (s.read, s.population))
    small = [s for s in given if s.read < 2 and s.read < s.population]
    large = [s for s in given if s not in small]
    if not small:
        return large
    host = large.pop() if large else Stratum(0, 0, 0)
    joined = [host, *small]
    return [
        *large,
        Stratum(
            sum(s.population for s in joined),
            sum(s.read for s in joined),
            sum(s.positive for s in joined),
        ),
    ]


def share(strata: Iterable[Stratum]) -> Estimate:
    """The share of yes among all people of these strata."""
    used = [s for s in collapsed(strata) if s.read]
    if not used:
        return NOTHING
    total = sum(s.population for s in used)
    value = sum(s.population * s.positive / s.read for s in used) / total
    n = sum(s.read for s in used)
    effective = _effective(used, value, total)
    low, high = _clopper_pearson(value, _of_freedom(effective, n, len(used)))
    return Estimate(value, low, high, n, effective)


def _effective(used: Sequence[Stratum], value: float, total: int) -> float:
    """How many of a simple random sample the forms are worth, never more than by their weights
    alone (Kish): where few are yes, an error from the forms themselves says little."""
    by_weight = total**2 / sum(s.population**2 / s.read for s in used)
    variance = sum(map(_variance, used)) / total**2
    by_error = value * (1 - value) / variance if variance > 0 else by_weight
    return min(by_weight, by_error)


def _variance(stratum: Stratum) -> float:
    """Of the estimated number of yes in one stratum."""
    if stratum.read < 2:
        return 0.0
    p = stratum.positive / stratum.read
    return stratum.population**2 * p * (1 - p) / (stratum.read - 1)


def _of_freedom(effective: float, n: int, n_strata: int) -> float:
    """The effective number, less for the degrees of freedom that the strata take."""
    from scipy.special import stdtrit

    if n < 3:
        return effective
    tail = 1 - (1 - LEVEL) / 2
    return float(effective * (stdtrit(n - 1, tail) / stdtrit(max(n - n_strata, 1), tail)) ** 2)


def _clopper_pearson(value: float, n: float) -> tuple[float, float]:
    """Exact limits of a binomial share, also for a number that is not whole."""
    from scipy.special import betaincinv

    yes, tail = n * value, (1 - LEVEL) / 2
    low = 0.0 if value <= 0 else float(betaincinv(yes, n - yes + 1, tail))
    high = 1.0 if value >= 1 else float(betaincinv(yes + 1, n - yes, 1 - tail))
    return low, high


@dataclass(frozen=True)
class Part:
    """A number of people, estimated, and its limits."""

    value: float
    low: float
    high: float


def part_of_whole(part: Part, rest: Part) -> tuple[float, float, float] | None:
    """part / (part + rest) of two independent numbers, with its limits; None where both are 0."""
    if part.value + rest.value <= 0:
        return None
    value = part.value / (part.value + rest.value)

    def below(at: float) -> float:
        """Positive while a share so low is excluded."""
        return _difference(part, rest, at) - sqrt(
            ((1 - at) * (part.value - part.low)) ** 2 + (at * (rest.high - rest.value)) ** 2
        )

    def above(at: float) -> float:
        return _difference(part, rest, at) + sqrt(
            ((1 - at) * (part.high - part.value)) ** 2 + (at * (rest.value - rest.low)) ** 2
        )

    return value, _root(below, 0.0, value), _root(above, value, 1.0)


def _difference(part: Part, rest: Part, at: float) -> float:
    """Is 0 where part / (part + rest) is `at`."""
    return (1 - at) * part.value - at * rest.value


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    at_low, at_high = of(low), of(high)
    if at_low <= 0 and at_high <= 0:
        return low
    if at_low >= 0 and at_high >= 0:
        return high
    return float(brentq(of, low, high, xtol=1e-12))


@dataclass(frozen=True)
class Accuracy:
    """What the flags are worth."""

    ppv: Estimate
    npv: Estimate
    sensitivity: Estimate
    specificity: Estimate


def accuracy(flagged: Sequence[Stratum], unflagged: Sequence[Stratum]) -> Accuracy:
    """From the strata of those who are flagged and of those who are not, by what readers say."""
    right, missed = share(flagged), share(unflagged)
    n_flagged = sum(s.population for s in flagged)
    n_unflagged = sum(s.population for s in unflagged)
    return Accuracy(
        right,
        _less(missed),
        _of_all(
            _part(right, n_flagged), _part(missed, n_unflagged), _n_yes(flagged), _n_yes(unflagged)
        ),
        _of_all(
            _part(_less(missed), n_unflagged),
            _part(_less(right), n_flagged),
            _n_no(unflagged),
            _n_no(flagged),
        ),
    )


def _less(estimate: Estimate) -> Estimate:
    """The share of no."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    return Estimate(
        1 - estimate.value, 1 - estimate.high, 1 - estimate.low, estimate.n, estimate.effective
    )


def _part(estimate: Estimate, people: int) -> Part | None:
    if not people:
        return Part(0, 0, 0)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    return Part(people * estimate.value, people * estimate.low, people * estimate.high)


def _of_all(part: Part | None, rest: Part | None, *yes: list[Stratum]) -> Estimate:
    """`yes`: the forms of those who are counted, by whose weights the number is worth less."""
    found = part_of_whole(part, rest) if part and rest else None
    counted = [s for strata in yes for s in strata if s.positive]
    n = sum(s.positive for s in counted)
    if found is None:
        return Estimate(None, None, None, n, 0.0)
    weights = [(s.population / s.read, s.positive) for s in counted]
    whole = sum(weight * k for weight, k in weights)
    effective = whole**2 / sum(weight**2 * k for weight, k in weights) if whole else 0.0
    return Estimate(*found, n, effective)


def _n_yes(strata: Iterable[Stratum]) -> list[Stratum]:
    return [s for s in strata if s.read]


def _n_no(strata: Iterable[Stratum]) -> list[Stratum]:
    return [Stratum(s.population, s.read, s.read - s.positive) for s in strata if s.read]
