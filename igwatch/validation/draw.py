"""A stratified sample of everybody, unflagged people too.

Strata are the states and grades under all rules. A state of few people gets more forms than its
share, by power allocation (Bankier 1988, power 1/3): in proportion a sample would hold nobody but
the healthy. Within a stratum people are put in order of age band and feed and taken at equal
steps from a random start, so that the sample is spread over both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

import numpy as np

from igwatch.base.error import PipelineError
from igwatch.validation.frame import Person

LEAST, POWER = 2, 1 / 3
"""Forms of a stratum, without which it has no error; how its size counts."""


@dataclass(frozen=True)
class DrawnStratum:
    """So many people have these states and grades by rule, so many of them were drawn."""

    stratum: str
    states: Mapping[str, str]
    population: int
    drawn: int


@dataclass(frozen=True)
class Sample:
    """The people of a draw in the order of their forms, and the strata they stand for."""

    people: tuple[Person, ...]
    strata: tuple[DrawnStratum, ...]


def draw_sample(frame: Sequence[Person], n: int, seed: int) -> Sample:
    """The same people for the same frame, n and seed. Raises PipelineError where n is too small."""
    rng = np.random.default_rng(seed)
    strata: dict[str, list[Person]] = {}
    for person in sorted(frame, key=lambda p: p.patient_key):
        strata.setdefault(person.stratum, []).append(person)
    taken = allocate({name: len(people) for name, people in strata.items()}, n)
    drawn = [
        person for name in sorted(strata) for person in _systematic(strata[name], taken[name], rng)
    ]
    order = rng.permutation(len(drawn))
    return Sample(
        tuple(drawn[place] for place in order),
        tuple(
            DrawnStratum(name, strata[name][0].states, len(strata[name]), taken[name])
            for name in sorted(strata)
        ),
    )


def allocate(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """How many of each stratum: `LEAST` at least, n in all, or everybody.

    Raises PipelineError where n cannot give every stratum its least.
    """
    taken = {name: min(size, LEAST) for name, size in sizes.items()}
    least = sum(taken.values())
    if n < least:
        raise PipelineError(
            f"{n} forms are too few for {len(sizes)} strata", f"draw at least --n {least}"
        )
    for _ in range(min(n, sum(sizes.values())) - least):
        room = (name for name in sizes if taken[name] < sizes[name])
        # Sainte-Laguë's divisors: whole numbers nearest to the shares
        best = max(room, key=lambda name: (sizes[name] ** POWER / (2 * taken[name] + 1), name))
        taken[best] += 1
    return taken


def _systematic(people: Sequence[Person], n: int, rng: np.random.Generator) -> list[Person]:
    """n of these at equal steps, in random order within age band and feed."""
    shuffled = [people[place] for place in rng.permutation(len(people))]
    ordered = sorted(shuffled, key=lambda person: person.place)
    start = rng.random()
    return [ordered[floor((number + start) * len(ordered) / n)] for number in range(n)]
