"""What the canaries of the last night came to, kept between the step that asks and those that tell.

A row is a canary of a feed: found, lost or not proven. It holds no person: canaries are invented.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from igwatch.base.atomic_file import write_whole
from igwatch.site.home import Home

FOUND, LOST, NOT_PROVEN = "found", "lost", "not_proven"
TEXT = pa.string()
CANARY = pa.schema(
    [(name, TEXT) for name in ("facility", "canary", "way", "state", "lost_at", "field", "why")]
)


@dataclass(frozen=True)
class Outcome:
    """What became of one canary; no `facility` where it is said of every feed.

    `way` tells canaries apart that stand for another way of sending. `lost_at` is the step at which
    it was lost, `field` where to look, `why` a sentence.
    """

    facility: str | None
    canary: str
    way: str
    state: str
    lost_at: str | None = None
    field: str | None = None
    why: str | None = None

    @property
    def told(self) -> str:
        """In a clause, for an alarm."""
        name = " ".join(filter(None, (self.canary, self.way)))
        where = f" ({self.field})" if self.field else ""
        step = str(self.lost_at).replace("_", " ")
        return f"{self.facility}: canary {name} lost, {step}{where}: {self.why}"


@dataclass(frozen=True)
class Proof:
    """All canaries of a night.

    `digest` is of what they rest on, `sources_digest` of all that had landed, '' where it is said
    of any night. `fault` is what kept them from being asked; one row says so of every feed then.
    """

    digest: str
    sources_digest: str
    outcomes: tuple[Outcome, ...] = ()
    fault: str | None = None

    @property
    def lost(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.state == LOST]

    def n_lost(self) -> dict[str, int]:
        """How many canaries of each feed are lost, by facility."""
        counts = {one.facility: 0 for one in self.outcomes if one.facility}
        for one in self.lost:
            counts[str(one.facility)] += 1
        return counts

    @property
    def alarms(self) -> list[str]:
        """A line for each facility that loses canaries, and one where they could not be asked."""
        lines = [f"a patient would be missed: {_of_facility(each)}" for each in self._by_facility()]
        return [*lines, f"the canaries could not be asked: {self.fault}"] if self.fault else lines

    def _by_facility(self) -> list[list[Outcome]]:
        names = dict.fromkeys(one.facility for one in self.lost)
        return [[one for one in self.lost if one.facility == name] for name in names]


def _of_facility(lost: list[Outcome]) -> str:
    more = f" (and {len(lost) - 1} more)" if lost[1:] else ""
    return lost[0].told + more


def keep_proof(home: Home, proof: Proof) -> None:
    """Keep a night's proof, for the owner alone."""
    write_whole(home.proof, json.dumps(asdict(proof)))


def read_proof(home: Home) -> Proof | None:
    """The proof that was kept last; None where there is none or it is not whole."""
    try:
        kept: dict[str, Any] = json.loads(home.proof.read_text(encoding="utf-8"))
        outcomes = tuple(Outcome(**one) for one in kept["outcomes"])
        return Proof(kept["digest"], kept["sources_digest"], outcomes, kept["fault"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def sources_digest(sources: Iterable[tuple[str, str]]) -> str:
    """A digest of everything that had landed when the canaries were asked."""
    return hashlib.sha256(json.dumps(sorted(sources)).encode()).hexdigest()


def canary_table(home: Home, sources: Iterable[tuple[str, str]]) -> pa.Table:
    """What the canaries came to that were asked of these sources, as the table run.canary; nothing
    where they were asked of others, on another night."""
    proof = read_proof(home)
    is_of_these = proof is not None and proof.sources_digest in ("", sources_digest(sources))
    outcomes = proof.outcomes if proof and is_of_these else ()
    return pa.Table.from_pylist([asdict(one) for one in outcomes], CANARY)
