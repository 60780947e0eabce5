"""How far readers agree, and what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

YES, NO, UNCLEAR = "yes", "no", "unclear"
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa of two readers over `n` forms, with 95 % limits; None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Kappa:
    """Agreement beyond chance (Cohen 1960), its error as of Fleiss, Cohen and Everitt (1969).

    pairs: what the one and the other said of each form.
    """
    n = len(pairs)
    both = {pair: count / n for pair, count in Counter(pairs).items()}
    words = sorted({word for pair in pairs for word in pair}, key=str)
    first = {w: sum(p for (a, _), p in both.items() if a == w) for w in words}
    second = {w: sum(p for (_, b), p in both.items() if b == w) for w in words}
    chance = sum(first[w] * second[w] for w in words)
    if not n or chance >= 1:
        return Kappa(None, None, None, n)
    agreed = sum(both.get((w, w), 0.0) for w in words)
    kappa = (agreed - chance) / (1 - chance)
    on = sum(both.get((w, w), 0.0) * (1 - (first[w] + second[w]) * (1 - kappa)) ** 2 for w in words)
    off = (1 - kappa) ** 2 * sum(
        p * (second[a] + first[b]) ** 2 for (a, b), p in both.items() if a != b
    )
    rest = (kappa - chance * (1 - kappa)) ** 2
    error = sqrt(max(on + off - rest, 0.0) / n) / (1 - chance)
    return Kappa(kappa, kappa - NORMAL_95 * error, min(kappa + NORMAL_95 * error, 1.0), n)


def together(answers: Mapping[str, str]) -> str | None:
    """What the readers of one form say: yes or no where most of at least two do, or the only one
    does; None where it is to be settled.

    answers: reader -> answer.
    """
    said = Counter(answers.values())
    if len(answers) == 1:
        return next((word for word in (YES, NO) if said[word]), None)
    for word in (YES, NO):
        if said[word] >= 2 and said[word] * 2 > len(answers):
            return word
    return None
