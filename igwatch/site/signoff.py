"""Which rows of the rules are signed, by whom and when: `<home>/signoff/`, each time anew.

A file there counts as long as its signature holds today: another key, an expired one or a changed
byte takes all its answers away, and is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from igwatch.base.error import IgwatchError
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.sign_row import RuleSet, SignRow, rule_sets
from igwatch.site.signoff_file import AGREE, Answer, SignOffError, digest_of, read_signoff
from igwatch.site.ssh_signature import verify_signature
from warehouse.decision_record import SIGN_OFF, decisions

SIGNED, NOT_AGREED, CHANGED, UNSIGNED = "signed", "not_agreed", "changed", "unsigned"
STATES = (SIGNED, NOT_AGREED, CHANGED, UNSIGNED)


@dataclass(frozen=True)
class SignOff:
    """A file whose signature holds, and what it says."""

    name: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class RefusedSignOff:
    """A file that is not accepted, and why."""

    name: str
    fault: IgwatchError


@dataclass(frozen=True)
class RowState:
    """A row of today's rules: `answers` are each signer's last, to what it is or to what it was."""

    row: SignRow
    state: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class SetState:
    """The rows of one rule set, as they are signed today."""

    rule_set: RuleSet
    rows: tuple[RowState, ...]

    @property
    def counts(self) -> dict[str, int]:
        """State -> rows in it."""
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in STATES}

    @property
    def signers(self) -> dict[str, date]:
        """Who signed rows that stand, and the day on which they last did."""
        days: dict[str, date] = {}
        for row in self.rows:
            if row.state == SIGNED:
                for answer in row.answers:
                    day = answer.signed_at.date()
                    days[answer.signer] = max(day, days.get(answer.signer, day))
        return dict(sorted(days.items()))

    def named(self, state: str) -> list[str]:
        """The rows in a state, in words."""
        return [f"{row.row.kind} {row.row.item}" for row in self.rows if row.state == state]


@dataclass(frozen=True)
class SignatureState:
    """Everything that a home knows of signatures. `gone` are days on which files came that are not
    there any more."""

    sets: tuple[SetState, ...]
    refused: tuple[RefusedSignOff, ...] = field(default=())
    gone: tuple[date, ...] = field(default=())


def signoff_files(home: Home) -> list[Path]:
    """The files of sign-offs that the home keeps."""
    return sorted(home.signoff.glob("*.csv"))


def allowed_signers(home: Home, settings: Settings) -> Path:
    """Who may sign: the site's own file, else the one in the home."""
    return settings.allowed_signers or home.signoff / "allowed_signers"


def check_signoff(home: Home, settings: Settings, path: Path) -> SignOff:
    """The answers of a file with `<file>.sig` beside it. Raises IgwatchError, OSError."""
    content, answers = read_signoff(path)
    signature = path.with_name(f"{path.name}.sig")
    revoked = home.signoff / "revoked_keys"
    verify_signature(
        content, signature, answers[0].signer, allowed_signers(home, settings), revoked
    )
    return SignOff(path.name, tuple(answers))


def checked_signoffs(home: Home, settings: Settings) -> tuple[list[SignOff], list[RefusedSignOff]]:
    """The files of the home that are accepted, and those that are not."""
    accepted, refused = [], []
    for path in signoff_files(home):
        try:
            accepted.append(check_signoff(home, settings, path))
        except IgwatchError as fault:
            refused.append(RefusedSignOff(path.name, fault))
        except OSError as error:
            unread = SignOffError(f"{path.name}: {error.strerror}", "make it readable")
            refused.append(RefusedSignOff(path.name, unread))
    return accepted, refused


def signature_state(home: Home, settings: Settings) -> SignatureState:
    """How far each rule set is signed today."""
    accepted, refused = checked_signoffs(home, settings)
    answers = [answer for signoff in accepted for answer in signoff.answers]
    sets = tuple(state_of_set(each, answers) for each in rule_sets(home))
    return SignatureState(sets, tuple(refused), tuple(_gone(home)))


def state_of_set(rule_set: RuleSet, answers: Iterable[Answer]) -> SetState:
    """Each row by each signer's last answer to it: who says no to it as it is, stands before all
    who agree; an answer to what it was before counts for nothing but to say so."""
    last: dict[tuple[str, str, str, bool], Answer] = {}
    digests = {(row.kind, row.item): row.sha256 for row in rule_set.rows}
    for answer in sorted(answers, key=lambda a: a.signed_at):
        if answer.rule_set == rule_set.name:
            is_now = digests.get((answer.kind, answer.item)) == answer.sha256
            last[answer.kind, answer.item, answer.signer, is_now] = answer
    by_row: dict[tuple[str, str, bool], list[Answer]] = {}
    for (kind, item, _, is_now), answer in last.items():
        by_row.setdefault((kind, item, is_now), []).append(answer)
    return SetState(
        rule_set,
        tuple(
            _row_state(
                row,
                by_row.get((row.kind, row.item, True), []),
                by_row.get((row.kind, row.item, False), []),
            )
            for row in rule_set.rows
        ),
    )


def _row_state(row: SignRow, now: Sequence[Answer], before: Sequence[Answer]) -> RowState:
    if any(answer.answer != AGREE for answer in now):
        return RowState(row, NOT_AGREED, tuple(now))
    if now:
        return RowState(row, SIGNED, tuple(now))
    return RowState(row, CHANGED if before else UNSIGNED, tuple(before))


def _gone(home: Home) -> list[date]:
    """The day of each sign-off that the ledger knows and the home has no more."""
    kept = {digest_of(path.read_bytes()) for path in signoff_files(home)}
    return [
        made.decided_at.date()
        for made in decisions(home.root)
        if made.kind == SIGN_OFF and not {sha256 for _, sha256 in made.sources} <= kept
    ]
