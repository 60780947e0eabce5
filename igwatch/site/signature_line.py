"""What reports, exports and explain say of signatures: who signed which rules, and when."""

from __future__ import annotations

from collections.abc import Sequence

from igwatch.base.atomic_file import write_whole
from igwatch.base.knowledge import COMMON_RULES
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.signoff import (
    CHANGED,
    NOT_AGREED,
    SIGNED,
    UNSIGNED,
    SetState,
    SignatureState,
    signature_state,
    signoff_files,
)
from reports.safe_text import day, safe_text
from reports.wording import wording

MOST_NAMED = 3
CHECK = "igwatch sign check says why"


def signature_lines(home: Home, settings: Settings) -> dict[str, str]:
    """Rule set -> what is to be said of its signatures, the common rules first; they alone where
    nobody ever signed anything."""
    if not signoff_files(home):
        return {COMMON_RULES: wording("shown", "unsigned")}
    return lines_of(signature_state(home, settings))


def lines_of(state: SignatureState) -> dict[str, str]:
    """The same of a state that is known."""
    lines = {each.rule_set.name: _line(each) for each in state.sets}
    lines[COMMON_RULES] += _told(len(state.refused), "sign-off", "not accepted")
    lines[COMMON_RULES] += _told(len(state.gone), "sign-off", "gone from the home")
    return lines


def write_readme(home: Home, settings: Settings) -> None:
    """README.txt of the home: what it is, and who signed the rules it goes by."""
    lines = "\n".join(signature_lines(home, settings).values())
    about = "A home of igwatch: patterns in immunoglobulin results, never a diagnosis."
    write_whole(home.root / "README.txt", f"{about}\n{lines}\n")


def _line(state: SetState) -> str:
    counts, version, n = state.counts, safe_text(state.rule_set.version), len(state.rows)
    if counts[SIGNED] == n:
        return f"All {n} rows of rules {version} are signed: {_signers(state)}."
    if not counts[SIGNED] and not counts[NOT_AGREED] and not counts[CHANGED]:
        if state.rule_set.name == COMMON_RULES:
            return wording("shown", "unsigned")
        return f"Nobody has signed the {n} rows of rules {version}."
    parts = [f"{counts[SIGNED]} of {n} rows of rules {version} are signed"]
    parts[0] += f" ({_signers(state)})" if counts[SIGNED] else ""
    if counts[NOT_AGREED]:
        parts.append(f"not agreed with: {_named(state.named(NOT_AGREED))}")
    if counts[CHANGED]:
        parts.append(f"changed since they were signed: {_named(state.named(CHANGED))}")
    if counts[UNSIGNED]:
        parts.append(f"never signed: {counts[UNSIGNED]}")
    return f"{'; '.join(parts)}."


def _signers(state: SetState) -> str:
    return ", ".join(f"{safe_text(who, 80)} on {day(on)}" for who, on in state.signers.items())


def _named(rows: Sequence[str]) -> str:
    shown = ", ".join(safe_text(row, 80) for row in rows[:MOST_NAMED])
    return shown + (f" and {len(rows) - MOST_NAMED} more" if rows[MOST_NAMED:] else "")


def _told(n: int, what: str, how: str) -> str:
    return f" {n} {what}{'s are' if n > 1 else ' is'} {how}: {CHECK}." if n else ""
